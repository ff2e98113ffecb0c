"""Reads a state's folder into a Reference and refuses it with all its problems at once.

Who may import it: warehouse.reference; everybody else imports load_reference from there.
Errors: DefinitionError, one `file:line: rule` per line of its message.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warehouse.reference.model import (
    HEAD,
    Area,
    Asset,
    Department,
    Holiday,
    Level,
    Limit,
    Metric,
    Named,
    OfficeForm,
    OfficeKind,
    Post,
    Service,
    State,
    Unit,
)
from warehouse.reference.table import Document, Problems, Row, read_document, read_table, unknown
from warehouse.reference.whole import Reference, pre_order

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS: Final = ("hours", "days", "working_days", "none")
STATUSES: Final = ("in force", "to be confirmed")
CASE_KINDS: Final = ("application", "file", "grievance", "appeal", "ticket", "project")
_AREA_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]*")
_ASSET_CODE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DEPARTMENT_CODE: Final = re.compile(r"[A-Z][A-Z0-9]*")


def load_reference(folder: Path | str) -> Reference:
    """Read and check a state's folder.

    Args:
        folder: holds state.toml and the CSV tables of docs/reference.md.

    Returns:
        The frozen whole.

    Raises:
        DefinitionError: something in the folder breaks a rule; every problem with file and line.
    """
    return _Loader(Path(folder)).load()


class _Loader:
    """Reads the tables in the order in which they depend on each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems = Problems()

    def load(self) -> Reference:
        state = self._state()
        if state is None:
            self.problems.raise_if_any()
            raise AssertionError("a folder without a state has problems")
        areas = self._areas(state)
        departments = self._departments()
        posts = self._posts()
        office_kinds = self._office_kinds(state, departments, posts)
        services = self._services(state, departments, office_kinds, posts)
        metrics = self._metrics(departments, services)
        assets = self._assets({area.code for area in areas}, metrics)
        holidays = self._holidays()
        self.problems.raise_if_any()
        return Reference(state, pre_order(areas), departments, posts, office_kinds, services, metrics, assets, holidays)

    # state.toml

    def _state(self) -> State | None:
        document = read_document(self.folder, "state.toml", self.problems)
        if not document.content:
            return None
        reader = _StateReader(document)
        state = reader.state()
        return state if state.levels else None

    # tables

    def _rows(self, name: str, columns: str, optional: str = "") -> list[Row]:
        return read_table(self.folder, name, columns.split(), optional.split(), self.problems)

    def _code(self, row: Row, pattern: re.Pattern[str], seen: dict[str, int]) -> str:
        """Code of a row: of the right shape and not seen before in its table."""
        code = row.text("code")
        if code and not pattern.fullmatch(code):
            row.wrong(f"code {code} does not look like {pattern.pattern}")
        if code in seen:
            row.wrong(f"code {code} was given in line {seen[code]} already")
        seen.setdefault(code, row.line)
        return code

    def _departments(self) -> dict[str, Department]:
        seen: dict[str, int] = {}
        found: list[Department] = []
        for row in self._rows("departments.csv", "code name_en name_local short_en short_local sort", "name_hi"):
            found.append(
                Department(
                    code=self._code(row, _DEPARTMENT_CODE, seen),
                    name_en=row.text("name_en"),
                    name_local=row.text("name_local"),
                    name_hi=row.optional("name_hi"),
                    short_en=row.text("short_en"),
                    short_local=row.text("short_local"),
                    sort=row.whole("sort") or len(found) + 1,
                )
            )
        return {department.code: department for department in sorted(found, key=lambda d: d.sort)}

    def _posts(self) -> dict[str, Post]:
        seen: dict[str, int] = {}
        return {
            post.code: post
            for row in self._rows("posts.csv", "code name_en name_local")
            for post in [Post(self._code(row, _CODE, seen), row.text("name_en"), row.text("name_local"))]
        }

    def _areas(self, state: State) -> list[Area]:
        columns = "code level parent name_en name_local lgd_code population tile_x tile_y valid_from valid_to"
        rows = self._rows("areas.csv", columns, "also_in kind class tile_span")
        return _AreaReader(state, rows, self.problems).areas()

    def _office_kinds(
        self, state: State, departments: dict[str, Department], posts: dict[str, Post]
    ) -> dict[str, OfficeKind]:
        kinds: dict[str, OfficeKind] = {}
        levels = {level.code for level in state.levels}
        columns = "code department level name_en name_local head_post posts"
        for row in self._rows("office_kinds.csv", columns, "area_kinds"):
            code = row.text("code")
            if code and not _CODE.fullmatch(code):
                row.wrong(f"code {code} does not look like {_CODE.pattern}")
            head = row.known("head_post", posts)
            form = OfficeForm(
                area_kinds=row.all_known("area_kinds", state.kinds),
                name_en=row.text("name_en"),
                name_local=row.text("name_local"),
                head_post=head or "",
                posts=row.all_known("posts", posts),
            )
            if not form.posts:
                row.wrong("posts is blank; a case passes at least the head post")
            kind = OfficeKind(code, row.known("department", departments) or "", row.choice("level", levels), (form,))
            kinds[code] = self._with_form(row, kinds.get(code), kind)
        return kinds

    @staticmethod
    def _with_form(row: Row, before: OfficeKind | None, kind: OfficeKind) -> OfficeKind:
        """An office kind that comes in several lines, one for each group of area kinds."""
        if before is None:
            return kind
        if (before.department, before.level) != (kind.department, kind.level):
            row.wrong(f"code {kind.code} comes with another department or level above")
        taken = {area_kind for form in before.forms for area_kind in form.area_kinds}
        new = set(kind.forms[0].area_kinds)
        if not new or any(not form.area_kinds for form in before.forms):
            row.wrong(f"code {kind.code} is given twice without area_kinds to tell its lines apart")
        if taken & new:
            row.wrong(f"code {kind.code} is given twice for area kind {', '.join(sorted(taken & new))}")
        return OfficeKind(before.code, before.department, before.level, before.forms + kind.forms)

    def _services(
        self,
        state: State,
        departments: dict[str, Department],
        office_kinds: dict[str, OfficeKind],
        posts: dict[str, Post],
    ) -> dict[str, Service]:
        overrides = {code: f"limit_{code}" for code in state.classes}
        columns = (
            "code department module name_en name_local office_kind level limit unit legal_basis status"
            " valid_from valid_to kind"
        )
        services: dict[str, Service] = {}
        for row in self._rows("services.csv", columns, " ".join((*overrides.values(), "posts"))):
            service = self._service(row, state, departments, office_kinds, posts)
            before = services.get(service.code)
            services[service.code] = service if before is None else _later(row, before, service)
        return services

    @staticmethod
    def _service(
        row: Row,
        state: State,
        departments: dict[str, Department],
        office_kinds: dict[str, OfficeKind],
        posts: dict[str, Post],
    ) -> Service:
        code = row.text("code")
        if code and not _CODE.fullmatch(code):
            row.wrong(f"code {code} does not look like {_CODE.pattern}")
        depth = {level.code: depth for depth, level in enumerate(state.levels)}
        level = row.known("level", depth, blank=True)
        office_kind = row.known("office_kind", office_kinds, blank=True)
        if bool(row.cells["level"]) != bool(row.cells["office_kind"]):
            row.wrong("office_kind and level are given both or not at all")
        if level is not None and office_kind is not None:
            stands_at = office_kinds[office_kind].level
            if depth.get(stands_at, 0) > depth[level]:
                row.wrong(f"level is {level}, but {office_kind} stands below, at {stands_at}")
        return Service(
            code=code,
            department=row.known("department", departments) or "",
            module=row.text("module"),
            name_en=row.text("name_en"),
            name_local=row.text("name_local"),
            office_kind=office_kind,
            level=level,
            kind=row.choice("kind", CASE_KINDS),
            posts=row.all_known("posts", {HEAD, *posts}),
            limits=(_limit(row, state),),
        )

    def _metrics(self, departments: dict[str, Department], services: dict[str, Service]) -> dict[str, Metric]:
        seen: dict[str, int] = {}
        metrics: dict[str, Metric] = {}
        columns = "code department name_en name_local unit_en unit_local time decimals min max"
        for row in self._rows("metrics.csv", columns, "source"):
            code = self._code(row, _CODE, seen)
            if code in services:
                row.wrong(f"code {code} is a service's code as well")
            least, most = row.number("min"), row.number("max")
            if least is not None and most is not None and most < least:
                row.wrong(f"max {most:g} is less than min {least:g}")
            if bool(row.optional("unit_en")) != bool(row.optional("unit_local")):
                row.wrong("unit_en and unit_local are given both or not at all")
            metrics[code] = Metric(
                code=code,
                department=row.known("department", departments) or "",
                name_en=row.text("name_en"),
                name_local=row.text("name_local"),
                unit_en=row.optional("unit_en"),
                unit_local=row.optional("unit_local"),
                time=cast("Literal['flow', 'level']", row.choice("time", ("flow", "level"))),
                decimals=row.whole("decimals") or 0,
                least=least,
                most=most,
                source=row.optional("source"),
            )
        return metrics

    def _assets(self, areas: set[str], metrics: dict[str, Metric]) -> dict[str, Asset]:
        seen: dict[str, int] = {}
        assets: dict[str, Asset] = {}
        for row in self._rows("assets.csv", "code kind area name_en name_local metrics", "capacity note"):
            code = self._code(row, _ASSET_CODE, seen)
            if not row.many("metrics"):
                row.wrong("metrics is blank; an asset is there to be read")
            capacity = row.number("capacity")
            if capacity is not None and capacity < 0:
                row.wrong(f"capacity is {capacity:g}, the least is 0")
            assets[code] = Asset(
                code=code,
                kind=row.text("kind"),
                area=row.known("area", areas) or "",
                name_en=row.text("name_en"),
                name_local=row.text("name_local"),
                metrics=row.all_known("metrics", metrics),
                capacity=capacity,
                note=row.optional("note"),
            )
        return assets

    def _holidays(self) -> tuple[Holiday, ...]:
        found: dict[object, Holiday] = {}
        for row in self._rows("holidays.csv", "on name_en name_local", "note"):
            row.text("on")
            on = row.day("on")
            if on is None:
                continue
            if on in found:
                row.wrong(f"{on} is given twice; put both names into one row")
            found[on] = Holiday(on, row.text("name_en"), row.text("name_local"), row.optional("note"))
        return tuple(sorted(found.values(), key=lambda holiday: holiday.on))


def _limit(row: Row, state: State) -> Limit:
    """Time limit of a service row."""
    unit = cast("Unit", row.choice("unit", UNITS))
    limit = row.whole("limit")
    by_class: dict[str, int] = {}
    for area_class in state.classes:
        own = row.whole(f"limit_{area_class}")
        if own is not None:
            by_class[area_class] = own
    if unit == "none" and (limit is not None or by_class):
        row.wrong("unit is none, but a limit is given")
    if unit in ("hours", "days", "working_days") and limit is None and not row.cells.get("limit"):
        row.wrong(f"limit is blank, but unit is {unit}; a service without limit has unit none")
    legal_basis = row.optional("legal_basis")
    status = row.choice("status", STATUSES)
    if status == "in force" and legal_basis is None:
        row.wrong("status is in force without legal_basis")
    return Limit(limit, unit, by_class, legal_basis, status, *row.validity())


def _later(row: Row, before: Service, service: Service) -> Service:
    """A service whose limit changed: the same service, one more limit that begins after the last one ended."""
    last, new = before.current, service.current
    if new.valid_from is None or last.valid_to is None or new.valid_from <= last.valid_to:
        row.wrong(
            f"code {service.code} is given twice; a later limit needs a valid_from after the valid_to of the one above"
        )
    same = ("department", "module", "name_en", "name_local", "office_kind", "level", "kind", "posts")
    for attribute in same:
        if getattr(before, attribute) != getattr(service, attribute):
            row.wrong(f"code {service.code} comes with another {attribute} above; only the limit may change")
    return Service(
        **{attribute: getattr(before, attribute) for attribute in ("code", *same)},
        limits=before.limits + service.limits,
    )


class _AreaReader:
    """Turns the rows of areas.csv into areas and checks the tree that they make."""

    def __init__(self, state: State, rows: list[Row], problems: Problems) -> None:
        self.state = state
        self.rows = rows
        self.problems = problems
        self.depth = {level.code: depth for depth, level in enumerate(state.levels)}

    def areas(self) -> list[Area]:
        first: dict[str, Row] = {}
        for row in self.rows:
            code = row.text("code")
            if code in first:
                row.wrong(f"code {code} was given in line {first[code].line} already")
            first.setdefault(code, row)
        found = [self._area(row) for row in self.rows]
        by_code = {area.code: area for area in found}
        tops = [row for row in self.rows if not row.cells["parent"]]
        if self.rows and len(tops) != 1:
            where = tops[1].where if len(tops) > 1 else self.rows[0].where
            self.problems.add(where, f"{len(tops)} areas have no parent; exactly the state has none")
        for row, area in zip(self.rows, found, strict=True):
            self._check_place(row, area, by_code)
        self._check_tiles(found)
        self._check_lgd(found)
        self._check_cycles(by_code)
        return found

    def _area(self, row: Row) -> Area:
        tile_x, tile_y = row.whole("tile_x"), row.whole("tile_y")
        if (tile_x is None) != (tile_y is None):
            row.wrong("tile_x and tile_y are given both or not at all")
        first, last = row.validity()
        return Area(
            code=row.cells["code"],
            level=row.choice("level", self.depth),
            parent=row.optional("parent"),
            name_en=row.text("name_en"),
            name_local=row.text("name_local"),
            kind=row.known("kind", self.state.kinds, blank=True),
            area_class=row.known("class", self.state.classes, blank=True),
            lgd_code=row.optional("lgd_code"),
            population=row.whole("population"),
            tile=None if tile_x is None or tile_y is None else (tile_x, tile_y),
            tile_span=row.whole("tile_span", least=1) or 1,
            valid_from=first,
            valid_to=last,
            also_in=row.many("also_in"),
        )

    def _check_place(self, row: Row, area: Area, by_code: dict[str, Area]) -> None:
        """Parent, code, further parents and validity of one area."""
        if area.parent is None:
            if area.code != self.state.code:
                row.wrong(f"the topmost area has code {area.code}, the state is {self.state.code}")
            if self.depth.get(area.level, 0) != 0:
                row.wrong(f"level is {area.level}, but only the state has no parent")
            return
        parent = by_code.get(area.parent)
        if parent is None:
            row.wrong(unknown("parent", area.parent, by_code))
            return
        if self.depth.get(area.level, 0) != self.depth.get(parent.level, 0) + 1:
            row.wrong(f"level is {area.level}, but its parent {parent.code} is a {parent.level}")
        if not area.code.startswith(f"{parent.code}-") or not _AREA_SLUG.fullmatch(area.slug):
            row.wrong(f"code {area.code} is not {parent.code}- and a slug of small letters and digits")
        for code in area.also_in:
            other = by_code.get(code)
            if other is None:
                row.wrong(unknown("also_in", code, by_code))
            elif other.level != parent.level or code == area.parent:
                row.wrong(f"also_in {code} is not another {parent.level}")
        if _outside(area, parent):
            row.wrong(f"is valid on days on which its parent {parent.code} is not")

    def _check_tiles(self, areas: list[Area]) -> None:
        taken: dict[tuple[str | None, int, int], tuple[Area, Row]] = {}
        for row, area in zip(self.rows, areas, strict=True):
            if area.tile is None:
                continue
            for column in range(area.tile[0], area.tile[0] + area.tile_span):
                place = (area.parent, column, area.tile[1])
                other = taken.setdefault(place, (area, row))[0]
                if other is not area and _together(area, other):
                    row.wrong(f"its tile {column},{area.tile[1]} is taken by {other.code}")

    def _check_lgd(self, areas: list[Area]) -> None:
        taken: dict[tuple[str, str], Area] = {}
        for row, area in zip(self.rows, areas, strict=True):
            if area.lgd_code is None:
                continue
            other = taken.setdefault((area.level, area.lgd_code), area)
            if other is not area:
                row.wrong(f"lgd_code {area.lgd_code} belongs to {other.code} already")

    def _check_cycles(self, by_code: dict[str, Area]) -> None:
        for row in self.rows:
            seen = {row.cells["code"]}
            parent = by_code[row.cells["code"]].parent
            while parent is not None and parent in by_code:
                if parent in seen:
                    row.wrong(f"lies in itself by way of {parent}")
                    break
                seen.add(parent)
                parent = by_code[parent].parent


def _together(one: Area, other: Area) -> bool:
    """Whether two areas exist on some day both."""
    return not (
        (one.valid_to is not None and other.valid_from is not None and one.valid_to < other.valid_from)
        or (other.valid_to is not None and one.valid_from is not None and other.valid_to < one.valid_from)
    )


def _outside(area: Area, parent: Area) -> bool:
    """Whether an area exists on some day on which its parent does not."""
    before = parent.valid_from is not None and (area.valid_from is None or area.valid_from < parent.valid_from)
    after = parent.valid_to is not None and (area.valid_to is None or area.valid_to > parent.valid_to)
    return before or after


class _StateReader:
    """Reads state.toml key by key."""

    KEYS: Final = frozenset(
        [
            "code",
            "name_en",
            "name_local",
            "languages",
            "timezone",
            "levels",
            "series_level",
            "fiscal_year_start_month",
            "weekly_off",
            "off_saturdays",
            "kinds",
            "classes",
        ]
    )

    def __init__(self, document: Document) -> None:
        self.document = document

    def state(self) -> State:
        for key in sorted(self.document.content.keys() - self.KEYS):
            self.document.wrong(key, unknown("key", key, self.KEYS))
        levels = tuple(
            Level(
                entry["code"],
                entry["name_en"],
                entry["name_local"],
                entry.get("plural_en", entry["name_en"]),
                entry.get("plural_local", entry["name_local"]),
            )
            for entry in self._entries("levels", ("plural_en", "plural_local"))
        )
        if not levels:
            self.document.wrong("levels", "levels is missing; at least one [[levels]] is needed")
        series_level = self._text("series_level")
        codes = [level.code for level in levels]
        if levels and series_level not in codes:
            self.document.wrong("series_level", unknown("series_level", series_level, codes))
        return State(
            code=self._text("code"),
            name_en=self._text("name_en"),
            name_local=self._text("name_local"),
            languages=tuple(self._texts("languages")) or ("en",),
            timezone=self._timezone(),
            levels=levels,
            series_level=series_level,
            fiscal_year_start_month=self._whole("fiscal_year_start_month", 1, 12),
            weekly_off=self._weekdays(),
            off_saturdays=self._saturdays(),
            kinds=self._named("kinds"),
            classes=self._named("classes"),
        )

    def _text(self, key: str) -> str:
        value = self.document.content.get(key)
        if not isinstance(value, str) or not value:
            self.document.wrong(key, f"{key} is missing or not a text")
            return ""
        return value

    def _texts(self, key: str) -> list[str]:
        value = self.document.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            self.document.wrong(key, f"{key} is not a list of texts")
            return []
        return value

    def _whole(self, key: str, least: int, most: int) -> int:
        value = self.document.content.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.document.wrong(key, f"{key} is not a whole number from {least} to {most}")
            return least
        return value

    def _timezone(self) -> str:
        name = self._text("timezone")
        try:
            ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            self.document.wrong("timezone", f"timezone {name} is unknown")
        return name

    def _weekdays(self) -> frozenset[int]:
        names = self._texts("weekly_off")
        for name in names:
            if name not in WEEKDAYS:
                self.document.wrong("weekly_off", unknown("weekly_off", name, WEEKDAYS))
        return frozenset(WEEKDAYS.index(name) for name in names if name in WEEKDAYS)

    def _saturdays(self) -> frozenset[int]:
        value = self.document.content.get("off_saturdays", [])
        if not isinstance(value, list) or not all(isinstance(part, int) and 1 <= part <= 5 for part in value):
            self.document.wrong("off_saturdays", "off_saturdays is not a list of numbers from 1 to 5")
            return frozenset()
        return frozenset(value)

    def _entries(self, key: str, optional: tuple[str, ...] = ()) -> list[dict[str, str]]:
        """Tables of an array, each with code and names."""
        value = self.document.content.get(key, [])
        if not isinstance(value, list):
            self.document.wrong(key, f"{key} is not written as [[{key}]]")
            return []
        good: list[dict[str, str]] = []
        seen: set[str] = set()
        needed = ("code", "name_en", "name_local")
        for place, entry in enumerate(value):
            if not isinstance(entry, dict) or not all(isinstance(part, str) and part for part in entry.values()):
                self.document.wrong(key, f"{key} holds something else than texts", place)
                continue
            missing = [part for part in needed if part not in entry]
            extra = [part for part in entry if part not in needed + optional]
            for part in missing:
                self.document.wrong(key, f"{part} is missing", place)
            for part in extra:
                self.document.wrong(key, unknown("key", part, needed + optional), place)
            if missing:
                continue
            if entry["code"] in seen:
                self.document.wrong(key, f"code {entry['code']} comes twice", place)
            seen.add(entry["code"])
            good.append(entry)
        return good

    def _named(self, key: str) -> dict[str, Named]:
        return {
            entry["code"]: Named(entry["code"], entry["name_en"], entry["name_local"]) for entry in self._entries(key)
        }
