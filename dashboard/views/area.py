"""A place's page: the state, a district, a taluk, a local body – whatever levels the state has, one contract.

Three sentences, six numbers, the places below with a total, who holds most, services, last events; the state adds its
tile map, attention list and departments; right above the lowest level offices stand first, in the order of attention;
the lowest level shows its seats and its open files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from dashboard.views.action_points import UNDONE, read_points
from dashboard.views.area_map import area_map, map_link
from dashboard.views.attention_list import attention
from dashboard.views.caselist import read_cases
from dashboard.views.comparison import comparison_choice
from dashboard.views.control import department_choice, period_choice, service_filter
from dashboard.views.departments import department_lines
from dashboard.views.explain import explanation
from dashboard.views.files import brief_links, file_links
from dashboard.views.happening import last_events
from dashboard.views.history import NO_HISTORY
from dashboard.views.holding import late_days, read_holders
from dashboard.views.lead import due_sentence, third_sentence, worst_sentence
from dashboard.views.numbers import numbers
from dashboard.views.offices import judged_offices, level_of, made_row, office_rows
from dashboard.views.place import Link, area_name, office_name, place, post_name
from dashboard.views.ranking import Sources, ranking, read_sources
from dashboard.views.resource_cards import resource_cards
from dashboard.views.service_load import service_loads
from dashboard.views.tiles import overdue_tiles
from dashboard.views.today import today
from dashboard.views.work import judge, read_work
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.views.action_points import Point
    from dashboard.views.area_map import AreaMap
    from dashboard.views.asked import Asked
    from dashboard.views.attention_list import Attention
    from dashboard.views.caselist import Cases
    from dashboard.views.control import Choice
    from dashboard.views.departments import DepartmentLine
    from dashboard.views.explain import Explanation
    from dashboard.views.happening import Happening
    from dashboard.views.holding import Holder
    from dashboard.views.lead import Sentence
    from dashboard.views.numbers import Number
    from dashboard.views.offices import OfficeRow
    from dashboard.views.place import Place
    from dashboard.views.ranking import Ranking
    from dashboard.views.resource_cards import ResourceCard
    from dashboard.views.service_load import ServiceLoad
    from dashboard.views.tiles import TileMap
    from warehouse.reference import Area

_OFFICES: Final = 6
_SERVICES: Final = 6
_EVENTS: Final = 6
ATTENTION_ROWS: Final = 11
_CASES: Final = 25
_OFFICE_ROWS: Final = 15
Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """An office and post that hold overdue work.

    Attributes:
        office: with the link to its page, or to its cases where reference data do not know it.
        post: name.
        cases: how many.
        list_href: those cases.
        part: of the largest holder, 0 to 1.
        oldest_days: whole days past the limit of its oldest case.
    """

    office: Link
    post: str
    cases: int
    list_href: str
    part: float
    oldest_days: int | None


@dataclass(frozen=True, slots=True)
class Offices:
    """Who holds most.

    Attributes:
        lines: the first of them.
        of: how many office-and-post pairs hold some.
        all_href: everything that is overdue here.
    """

    lines: tuple[OfficeLine, ...]
    of: int
    all_href: str


@dataclass(frozen=True, slots=True)
class AreaView:
    """Everything on a place's page.

    Attributes:
        lang: working language.
        place: which place.
        is_state: whether it is the whole state.
        choices: menus above the page.
        filters: what narrows the page, each with the link that takes it away.
        sentences: what needs somebody today.
        numbers: the row of numbers.
        ranking: places below; None at the lowest level.
        files: the same places as files.
        briefs: two pages about the place for a meeting, and the same as a picture.
        review: questions about it.
        points: what was agreed in reviews and is still to be done.
        offices: who holds most; None where `works` stands instead and while the engine does not answer.
        works: offices right above the lowest level, seats at it, in the order of attention; None elsewhere and while
            the engine does not answer.
        also: places that lie partly in this one or that this one lies partly in, counted elsewhere or here alone.
        resources: what is not an application, one of each kind, worst first; empty for the state, which has tiles.
        resources_href: all resources of the place.
        services: services by overdue work.
        services_href: explanation-free link to all overdue cases.
        events: last events; None while the engine does not answer.
        cases: open cases, longest past their limit first, at the lowest level only.
        tiles: map of the places below; None without positions.
        area_map: the same by their real boundaries; None unless it is asked for and the deployment has them.
        map_link: shows that map, or takes it away; None where there is none.
        attention: what needs attention most, for the state; None while the engine does not answer.
        attention_files: the same as files.
        departments: for the state.
        explanation: the open panel.
        offices_href: all offices of the place.
        open_href: all its open cases.
        has_works: whether offices or seats stand on the page.
        has_data: whether there is any value yet.
    """

    lang: str
    place: Place
    is_state: bool
    choices: tuple[Choice, ...]
    filters: tuple[Link, ...]
    sentences: tuple[Sentence, ...]
    numbers: tuple[Number, ...]
    ranking: Ranking | None
    files: tuple[Link, ...]
    briefs: tuple[Link, Link]
    review: Link
    points: tuple[Point, ...]
    offices: Offices | None
    works: tuple[OfficeRow, ...] | None
    also: tuple[Link, ...]
    resources: tuple[ResourceCard, ...]
    resources_href: str
    services: tuple[ServiceLoad, ...]
    events: tuple[Happening, ...] | None
    cases: Cases | None
    tiles: TileMap | None
    area_map: AreaMap | None
    map_link: Link | None
    attention: Attention | None
    attention_files: tuple[Link, ...]
    departments: tuple[DepartmentLine, ...]
    explanation: Explanation | None
    offices_href: str
    open_href: str
    has_works: bool
    has_data: bool


def area_view(asked: Asked, area: Area) -> AreaView:
    """The page of a place."""
    return _Page(asked, area).view()


class _Page:
    """What the parts of one page share: one read of holders and history, one version of the values."""

    def __init__(self, asked: Asked, area: Area) -> None:
        self.asked, self.area = asked, area
        self.values = asked.services.values
        self.today = today(asked.services)
        self.children = asked.services.reference.children(area.code)
        self.is_state = area.parent is None
        self.is_above_lowest = bool(self.children) and not any(
            asked.services.reference.children(child.code) for child in self.children
        )
        self.has_works = not self.is_state and (self.is_above_lowest or not self.children)
        self.connected = True
        self._read()

    def _read(self) -> None:
        try:
            self.sources = read_sources(self.asked, self.area, self.children, self.today)
        except EngineGoneError:
            self.connected = False
            self.sources = Sources(self.asked, NO_HISTORY, None)

    def _try(self, read: Callable[[], Shown]) -> Shown | None:
        """What a query gives; None, and no further query on this page, once the engine does not answer."""
        if not self.connected:
            return None
        try:
            return read()
        except EngineGoneError:
            self.connected = False
            return None

    def view(self) -> AreaView:
        """The whole page."""
        table: Ranking | None = None
        row_of_numbers: tuple[Number, ...] = ()
        if self.values.loaded:
            with self.values.reading():
                table = ranking(self.sources, self.area, self.children) if self.children else None
                row_of_numbers = numbers(
                    self.asked, self.area.code, self.sources.history, yardstick=self.sources.yardstick
                )
        asked, code = self.asked, self.area.code
        return AreaView(
            lang=asked.lang,
            place=place(asked, self.area),
            is_state=self.is_state,
            choices=(
                period_choice(asked, self.today),
                comparison_choice(asked, self.sources.comparison),
                department_choice(asked),
            ),
            filters=service_filter(asked),
            sentences=self._try(lambda: self._sentences(table, row_of_numbers)) or (),
            numbers=row_of_numbers,
            ranking=table,
            files=file_links(asked, "places", at=code, explain=None),
            briefs=brief_links(asked, code),
            review=Link(
                asked.text("review.title"), asked.address.to("/review", at=None if self.is_state else code).href
            ),
            points=self._try(self._points) or (),
            offices=None if self.has_works else self._try(self._offices),
            works=self._works(),
            also=self._also(),
            resources=resource_cards(asked, self.area) if self.values.loaded and not self.is_state else (),
            resources_href=asked.address.to("/resources", at=code).href,
            services=service_loads(asked, code, _SERVICES),
            events=self._try(lambda: last_events(asked, code, asked.scope.services, _EVENTS)),
            cases=None if self.children else self._try(self._cases),
            tiles=overdue_tiles(asked, self.children) if self.is_state else None,
            area_map=area_map(asked, self.area, self.children),
            map_link=map_link(asked, self.area),
            attention=self._try(lambda: attention(asked, ATTENTION_ROWS))
            if self.is_state and self.values.loaded
            else None,
            attention_files=file_links(asked, "attention", explain=None, at=None),
            departments=department_lines(asked, code) if self.is_state else (),
            explanation=explanation(asked, self.today),
            offices_href=asked.address.to("/offices", at=code).href,
            open_href=asked.list_href("open", code),
            has_works=self.has_works,
            has_data=self.values.loaded,
        )

    def _sentences(self, table: Ranking | None, row_of_numbers: Sequence[Number]) -> tuple[Sentence, ...]:
        if not row_of_numbers:
            return ()
        places = [child.code for child in self.children] or [self.area.code]
        figures = {number.measure: number.figure for number in row_of_numbers}
        codes = [number.figure.code for number in row_of_numbers]
        return (
            worst_sentence(self.asked, places, figures["overdue"], self.today),
            due_sentence(self.asked, self.area.code, figures["due_48h"]),
            third_sentence(self.asked, self.area.code, table.rows if table else (), codes, self.sources.comparison),
        )

    def _points(self) -> tuple[Point, ...]:
        return tuple(one for one in read_points(self.asked, self.area.code) if one.standing in UNDONE)

    def _offices(self) -> Offices:
        holders = read_holders(self.asked, "overdue", self.area.code, limit=_OFFICES)
        most = holders[0].cases if holders else 1
        return Offices(
            tuple(self._office(one, most) for one in holders),
            self.sources.held_at(self.area.code).seats,
            self.asked.list_href("overdue", self.area.code),
        )

    def _office(self, one: Holder, most: int) -> OfficeLine:
        listed = self.asked.list_href("overdue", "" if one.office else one.area, office=one.office)
        return OfficeLine(
            office=Link(office_name(self.asked, one.office), self.asked.office_href(one.office) or listed),
            post=post_name(self.asked, one.post),
            cases=one.cases,
            list_href=self.asked.list_href("overdue", self.area.code, office=one.office, post=one.post),
            part=one.cases / most,
            oldest_days=late_days(one.oldest_due_at, self.asked.now),
        )

    def _cases(self) -> Cases:
        params = self.asked.scope.params()
        return read_cases(self.asked, view="open", area=self.area.code, sort="past", limit=_CASES, offset=0, **params)

    def _works(self) -> tuple[OfficeRow, ...] | None:
        if not self.has_works:
            return None
        return self._try(self._office_rows if self.children else self._seats)

    def _office_rows(self) -> tuple[OfficeRow, ...]:
        offices = judged_offices(self.asked, read_work(self.asked, "office", area=self.area.code))
        return office_rows(self.asked, offices[:_OFFICE_ROWS], area=self.area.code)

    def _seats(self) -> tuple[OfficeRow, ...]:
        asked = self.asked
        open_ones = (work for work in read_work(asked, "seat", area=self.area.code) if work.open)
        return tuple(
            made_row(
                asked,
                one,
                Link(office_name(asked, one.work.office), asked.office_href(one.work.office)),
                area=self.area.code,
                note=post_name(asked, one.work.post),
            )
            for one in judge(asked, open_ones, lambda code: level_of(asked, code))
        )

    def _also(self) -> tuple[Link, ...]:
        """Bodies of other taluks that lie partly here; further taluks in which this body lies."""
        reference = self.asked.services.reference
        codes = [one.code for one in reference.areas if self.area.code in one.also_in] or self.area.also_in
        return tuple(Link(area_name(self.asked, code), self.asked.area_href(code)) for code in codes)
