"""Reads a state's folder into a Reference and refuses it with all its problems at once.

Who may import it: warehouse.reference; everybody else imports load_reference from there.
Errors: DefinitionError, one `file:line: rule` per line of its message.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal, cast

from warehouse.reference.model import (
    HEAD,
    Area,
    Asset,
    Department,
    Holiday,
    Limit,
    Metric,
    OfficeForm,
    OfficeKind,
    Post,
    Service,
    State,
    Target,
    Unit,
)
from warehouse.reference.state_file import StateReader
from warehouse.reference.table import Problems, Row, read_document, read_table
from warehouse.reference.tree import AreaReader
from warehouse.reference.whole import Reference, pre_order

UNITS: Final = ("hours", "days", "working_days", "none")
STATUSES: Final = ("in force", "to be confirmed")
CASE_KINDS: Final = ("application", "file", "grievance", "appeal", "ticket", "project")
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
        targets = self._targets({area.code: area.level for area in areas}, [level.code for level in state.levels])
        self.problems.raise_if_any()
        return Reference(
            state, pre_order(areas), departments, posts, office_kinds, services, metrics, assets, holidays, targets
        )

    # state.toml

    def _state(self) -> State | None:
        document = read_document(self.folder, "state.toml", self.problems)
        if not document.content:
            return None
        reader = StateReader(document)
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
        rows = self._rows("areas.csv", columns, "also_in name_hi kind class tile_span lsg_code aliases")
        return AreaReader(state, rows, self.problems).areas()

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

    def _targets(self, areas: dict[str, str], levels: list[str]) -> tuple[Target, ...]:
        """Targets of places; a state need not have any."""
        if not (self.folder / "targets.csv").is_file():
            return ()
        found: list[Target] = []
        columns = "indicator area level first_day last_day target basis"
        for row in self._rows("targets.csv", columns):
            target = self._target(row, areas, levels)
            if target is None:
                continue
            for other in found:
                if _overlap(target, other):
                    row.wrong(f"line {other.line} sets a target of {target.indicator} there for some of these days too")
            found.append(target)
        return tuple(found)

    @staticmethod
    def _target(row: Row, areas: dict[str, str], levels: list[str]) -> Target | None:
        indicator, area, basis = row.text("indicator"), row.known("area", areas), row.text("basis")
        level = row.known("level", levels, blank=True)
        if area is not None and level is not None and levels.index(level) <= levels.index(areas[area]):
            row.wrong(f"level {level} does not lie inside {area}; leave it blank for {area} itself")
        row.text("first_day"), row.text("target")
        first, last, value = row.day("first_day"), row.day("last_day"), row.number("target")
        if first is not None and last is not None and last < first:
            row.wrong(f"last_day {last} is before first_day {first}")
        if area is None or first is None or value is None:
            return None
        return Target(indicator, area, level, first, last, value, basis, row.line)


def _overlap(one: Target, other: Target) -> bool:
    if (one.indicator, one.area, one.level) != (other.indicator, other.area, other.level):
        return False
    early, late = sorted((one, other), key=lambda target: target.first_day)
    return early.holds_on(late.first_day)


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
