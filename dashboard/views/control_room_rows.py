"""Rows of control rooms: levels, places, departments and services with what came in, is open and is past its limit.

Counts are those of the indicators of the single services, added up: numerators and denominators each, never shares. A
sum is as fresh as the sources of all of its parts, and has no colour: nobody set thresholds for it. Cases without a
limit are in none of the numbers of open work.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dashboard.control_room_choice import services_by_level
from dashboard.copy import Cell
from dashboard.views.at_place import page_of
from dashboard.views.figure import Figure, figure, part
from dashboard.views.holding import late_days, read_held
from dashboard.views.place import Link, area_name, level_name, office_name, service_name
from dashboard.views.work import read_work
from warehouse.errors import EngineGoneError
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked
    from warehouse.reference import Area

_MEASURES: Final = ("received", "overdue_share", "in_time_share")


@dataclass(frozen=True, slots=True)
class RoomRow:
    """One level, place, department or service.

    Attributes:
        code: of it.
        name: with the page that says more of it.
        received: in the period.
        open, overdue, share: cases that have a limit, those past it, and their share.
        in_time: per cent decided in time.
        oldest_days: whole days that the oldest is past its limit; None where nothing is, or while nobody can say.
        office: the office that holds most of what is overdue; None where it is not known.
        list_href: what is overdue, one by one; "" for a sum that no list shows.
    """

    code: str
    name: Link
    received: Figure
    open: Figure
    overdue: Figure
    share: Figure
    in_time: Figure
    oldest_days: int | None
    office: Link | None
    list_href: str


@dataclass(frozen=True, slots=True)
class RoomTable:
    """The rows of a level.

    Attributes:
        level: one of LEVELS.
        by: place | department | service.
        rows: most past their limit first; of places the last one may be what is recorded at the place itself.
    """

    level: str
    by: str
    rows: tuple[RoomRow, ...]


class Rooms:
    """The rows of one request, with what the engine told about ages and offices."""

    def __init__(self, asked: Asked, area: Area) -> None:
        """Find the services of every level that are asked for.

        Args:
            asked: the request, for department, service and period.
            area: the place.
        """
        services = asked.services
        every = services_by_level(services.config.state.reference, services.reference)
        wanted = asked.scope.services
        self.asked, self.area = asked, area
        self.departments = {services.reference.services[one].department for codes in every.values() for one in codes}
        self.services = {
            level: tuple(code for code in codes if wanted is None or code in wanted) for level, codes in every.items()
        }
        self.is_engine_away = False
        self._indicators = _by_subject(services.values.indicators.values())

    def levels(self) -> tuple[RoomRow, ...]:
        """One row for each level that has something at the place."""
        found = [self._level(level, codes) for level, codes in self.services.items()]
        return tuple(row for row in found if row.share.cell.state is not State.NOT_APPLICABLE)

    def tables(self) -> tuple[RoomTable, ...]:
        """The parts of every level: places below, and departments, or the services of the one that is asked for."""
        made = [
            RoomTable(level, by, rows)
            for level, codes in self.services.items()
            for by, rows in (("place", self._places(codes)), self._kinds(level, codes))
        ]
        return tuple(one for one in made if one.rows)

    def _level(self, level: str, codes: Sequence[str]) -> RoomRow:
        asked = self.asked
        held = self._held(codes, [self.area.code]).get(self.area.code, (None, None))
        list_href = _list_href(asked, self.area.code, codes)
        name = Link(asked.text(f"control_rooms.{level}"), list_href or f"#rooms-{level}")
        return self._row(level, name, self.area.code, codes, held, list_href=list_href)

    def _places(self, codes: Sequence[str]) -> tuple[RoomRow, ...]:
        """The places below, and what is recorded at the place itself, which none of them has."""
        asked, children = self.asked, self.asked.services.reference.children(self.area.code)
        below = [code for code in codes if children and self._depth(code) >= self._level_depth(children[0].level)]
        if not below:
            return ()
        held = self._held(below, [one.code for one in children])
        rows = [
            self._row(
                one.code,
                Link(area_name(asked, one.code), page_of(asked, one.code)),
                one.code,
                below,
                held.get(one.code, (None, None)),
                list_href=_list_href(asked, one.code, below),
            )
            for one in children
        ]
        return (*_ordered(rows), *self._own([code for code in codes if code not in below]))

    def _own(self, codes: Sequence[str]) -> tuple[RoomRow, ...]:
        if not codes:
            return ()
        name = Link(self.asked.text("table.own", level=level_name(self.asked, self.area)), "")
        held = self._held(codes, [self.area.code]).get(self.area.code, (None, None))
        list_href = _list_href(self.asked, self.area.code, codes)
        return _ordered([self._row(self.area.code, name, self.area.code, codes, held, list_href=list_href)])

    def _depth(self, service: str) -> int:
        """How deep the cases of a service are recorded."""
        level = self.asked.services.reference.services[service].level
        return len(self.asked.services.reference.state.levels) if level is None else self._level_depth(level)

    def _level_depth(self, level: str) -> int:
        return [one.code for one in self.asked.services.reference.state.levels].index(level)

    def _kinds(self, level: str, codes: Sequence[str]) -> tuple[str, tuple[RoomRow, ...]]:
        asked, reference = self.asked, self.asked.services.reference
        oldest = self._oldest_by_service(codes)
        groups: dict[str, list[str]] = defaultdict(list)
        is_one = asked.scope.department is not None or len({reference.services[code].department for code in codes}) == 1
        for code in codes:
            groups[code if is_one else reference.services[code].department].append(code)
        if len(groups) == 1 and asked.scope.department is None:
            return "service", ()
        rows = [
            self._row(
                key,
                self._service_link(key) if is_one else self._department_link(key),
                self.area.code,
                own,
                (min((oldest[one] for one in own if one in oldest), default=None), None),
                list_href=_list_href(asked, self.area.code, own),
            )
            for key, own in groups.items()
        ]
        return "service" if is_one else "department", _ordered(rows)

    def _service_link(self, code: str) -> Link:
        share = self._indicators.get((code, "overdue_share"))
        href = "" if share is None else self.asked.indicator_href(share.code, self.area.code, self.asked.scope.period)
        return Link(service_name(self.asked, code), href)

    def _department_link(self, code: str) -> Link:
        department = self.asked.services.reference.departments[code]
        href = self.asked.address.but(dept=code.lower(), svc=None, explain=None, of=None).href
        return Link(self.asked.chosen(department.short_en, department.short_local), href)

    def _row(
        self,
        code: str,
        name: Link,
        area: str,
        services: Sequence[str],
        held: tuple[datetime | None, str | None],
        *,
        list_href: str,
    ) -> RoomRow:
        asked = self.asked
        received, share, in_time = (self._sum(measure, services, area) for measure in _MEASURES)
        due_at, office = held
        return RoomRow(
            code=code,
            name=name,
            received=received,
            open=part(share, None, above=False),
            overdue=part(share, None),
            share=share,
            in_time=in_time,
            oldest_days=late_days(due_at, asked.now),
            office=None if not office else Link(office_name(asked, office), asked.office_href(office)),
            list_href=list_href,
        )

    def _sum(self, measure: str, services: Sequence[str], area: str) -> Figure:
        """A measure of some services together: of one of them its own number, of several the sum of their parts."""
        asked, values = self.asked, self.asked.services.values
        own = [found for one in services if (found := self._indicators.get((one, measure))) is not None]
        shown = [(one, figure(asked.services, one.code, area, asked.scope.period)) for one in own]
        shown = [(one, told) for one, told in shown if told.cell.state is not State.NOT_APPLICABLE]
        if len(shown) <= 1:
            return shown[0][1] if shown else Figure("", area, asked.scope.period)
        indicators = [one for one, _ in shown]
        above, below = (
            [getattr(told.cell, name) for _, told in shown if getattr(told.cell, name) is not None]
            for name in ("numerator", "denominator")
        )
        cell = _added(above, below, indicators[0])
        sources = tuple(sorted({name for one in indicators for name in one.sources}))
        fresh = values.freshness_of(sources, max(one.freshness_budget_s for one in indicators))
        return replace(shown[0][1], code="", cell=cell, fresh=fresh, target=None)

    def _held(self, services: Sequence[str], areas: Sequence[str]) -> dict[str, tuple[datetime | None, str | None]]:
        """Where something is overdue: the earliest due instant and the office that holds most."""
        if not services:
            return {}
        try:
            found = read_held(self._narrowed(services), "overdue", areas)
        except EngineGoneError:
            self.is_engine_away = True
            return {}
        return {area: (held.oldest_due_at, held.office) for (area, is_own), held in found.items() if not is_own}

    def _oldest_by_service(self, services: Sequence[str]) -> dict[str, datetime]:
        if not services:
            return {}
        try:
            found = read_work(self._narrowed(services), "service", area=self.area.code)
        except EngineGoneError:
            self.is_engine_away = True
            return {}
        return {one.service: one.oldest_due_at for one in found if one.oldest_due_at is not None}

    def _narrowed(self, services: Sequence[str]) -> Asked:
        return replace(self.asked, scope=replace(self.asked.scope, services=tuple(services)))


def _by_subject(indicators: Iterable[Indicator]) -> dict[tuple[str, str], Indicator]:
    """The indicator of a measure about a single service."""
    return {(one.subjects[0], one.family): one for one in indicators if len(one.subjects) == 1 and one.family}


def _added(above: Sequence[float], below: Sequence[float], like: Indicator) -> Cell:
    counted = sum(above) if above else None
    if like.is_count:
        return Cell(counted, counted, None, Band.UNBANDED, State.NO_DATA if counted is None else State.OK)
    cases = sum(below)
    if counted is None or not cases:
        return Cell(None, counted, cases, Band.UNBANDED, State.NO_DATA)
    state = State.OK if cases >= like.minimum_base else State.SMALL_BASE
    return Cell(counted / cases * like.factor, counted, cases, Band.UNBANDED, state)


def _list_href(asked: Asked, area: str, services: Sequence[str]) -> str:
    return asked.list_href("overdue", area, svc=services[0]) if len(services) == 1 else ""


def _ordered(rows: Iterable[RoomRow]) -> tuple[RoomRow, ...]:
    """Those that exist: red, amber, late, the rest; then most past their limit first."""
    known = [row for row in rows if row.share.cell.state is not State.NOT_APPLICABLE]
    return tuple(sorted(known, key=lambda row: (row.share.urgency, -(row.overdue.value or 0), row.name.text)))
