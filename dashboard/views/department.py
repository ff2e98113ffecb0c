"""Departments: how their indicators stand, and one department's indicators against the places below the state.

Order of the matrix: indicators red in the state first, then amber and late ones; within a colour those that are red,
then amber, in most places. Places with most red stand first. Indicators that are normal everywhere are counted, not
shown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.address import area_path
from dashboard.views.department_standing import read_standing, worst_indicator
from dashboard.views.figure import Figure, figure, figures
from dashboard.views.files import file_links
from dashboard.views.indicator_list import OWN_PERIOD
from dashboard.views.matrix import Matrix, coloured, column_order, matrix_row
from dashboard.views.place import Link, Name, level_below, named
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked
    from warehouse.reference import Area, Department

_ROWS: Final = 30
_STANDS: Final = ("red", "amber", "stale", "normal")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many indicators stand how in the state as a whole.

    Attributes:
        red, amber, stale, normal: late and silent ones are stale, never normal.
    """

    red: int = 0
    amber: int = 0
    stale: int = 0
    normal: int = 0

    @classmethod
    def of(cls, counted: Counter[str]) -> Counts:
        """From a counter by these names."""
        return cls(*(counted[name] for name in _STANDS))


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """One department in the list.

    Attributes:
        name: with the link to its page.
        counts: of its indicators.
        worst: its worst indicator with the link to it; None where none is red or amber.
        figure: that indicator's number in the state.
        hrefs: list of its red, amber and late indicators.
    """

    name: Link
    counts: Counts
    worst: Link | None
    figure: Figure | None
    hrefs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DepartmentsView:
    """The list of departments, most red first.

    Attributes:
        rows: one each.
        total: all together.
        hrefs: list of all red, amber and late indicators.
        files: the list as files.
    """

    rows: tuple[DepartmentRow, ...]
    total: Counts
    hrefs: Mapping[str, str]
    files: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """Everything on a department's page.

    Attributes:
        lang: working language.
        name: full name in both languages.
        counts: of its indicators in the state as a whole.
        level_word, level_words: what the places are called, in the singular and the plural.
        matrix: indicators against the state and the places below it.
        more: how many further ones need attention.
        calm: how many are normal, or without a colour, everywhere.
        all_href: all its indicators.
        hrefs: its red, amber and late ones.
    """

    lang: str
    name: Name
    counts: Counts
    level_word: str
    level_words: str
    matrix: Matrix
    more: int
    calm: int
    all_href: str
    hrefs: Mapping[str, str]


def departments_view(asked: Asked) -> DepartmentsView:
    """All departments that have indicators. Args: the request; the value copy is loaded."""
    services = asked.services
    standing, state = read_standing(services), services.reference.areas[0].code
    rows = []
    for code in standing.order:
        department = services.reference.departments.get(code)
        if department is None:
            continue
        worst = worst_indicator(services, standing, code)
        rows.append(
            DepartmentRow(
                name=Link(asked.chosen(department.name_en, department.name_local), asked.department_href(code)),
                counts=Counts.of(standing.by_department[code]),
                worst=None if worst is None else _link(asked, worst, state),
                figure=None if worst is None else figure(services, worst.code, state, worst.headline_period),
                hrefs=_hrefs(asked, code.lower()),
            )
        )
    return DepartmentsView(tuple(rows), Counts.of(standing.total), _hrefs(asked, ""), file_links(asked, "departments"))


def department_view(asked: Asked, department: Department) -> DepartmentView:
    """The page of a department.

    Args:
        asked: the request; the value copy is loaded.
        department: which.
    """
    services, state = asked.services, asked.services.reference.areas[0]
    places = services.reference.children(state.code)
    own = [one for one in services.values.indicators.values() if one.department == department.code]
    areas = [area.code for area in (state, *places)]
    read = {one.code: figures(services, one.code, areas, one.headline_period) for one in own}
    shown = sorted((one for one in own if _needs_attention(read[one.code])), key=lambda one: _order(read[one.code]))
    columns = column_order([read[one.code] for one in shown], len(places))
    below = level_below(services, state)
    dept = department.code.lower()
    return DepartmentView(
        lang=asked.lang,
        name=named(asked, department.name_en, department.name_local),
        counts=Counts.of(read_standing(services).by_department.get(department.code, Counter())),
        level_word="" if below is None else asked.chosen(below.name_en, below.name_local),
        level_words="" if below is None else asked.chosen(below.plural_en, below.plural_local),
        matrix=Matrix(
            whole=_place(asked, state, dept),
            places=tuple(_place(asked, places[at], dept) for at in columns),
            rows=tuple(
                matrix_row(_link(asked, one, state.code), read[one.code], columns, _opened(asked))
                for one in shown[:_ROWS]
            ),
        ),
        more=max(0, len(shown) - _ROWS),
        calm=len(own) - len(shown),
        all_href=asked.address.to("/indicators", department=dept, dept=None, svc=None).href,
        hrefs=_hrefs(asked, dept),
    )


def _hrefs(asked: Asked, dept: str) -> Mapping[str, str]:
    """Where the counts of a department, or of all of them, lead: the indicators that stand so."""
    to = asked.address.to
    return {
        band: to("/indicators", department=dept, band=band, dept=None, svc=None, period=OWN_PERIOD).href
        for band in ("red", "amber", "stale")
    }


def _opened(asked: Asked) -> Callable[[Figure], str]:
    return lambda shown: asked.indicator_href(shown.code, shown.area, shown.period)


def _link(asked: Asked, indicator: Indicator, area: str) -> Link:
    name = asked.chosen(indicator.name_en, indicator.name_local)
    return Link(name, asked.indicator_href(indicator.code, area, indicator.headline_period))


def _place(asked: Asked, area: Area, dept: str) -> Link:
    path = area_path(asked.services.reference, area.code)
    return Link(asked.chosen(area.name_en, area.name_local), asked.address.to(path, dept=dept).href)


def _needs_attention(row: Sequence[Figure]) -> bool:
    return any(shown.band in {Band.RED, Band.AMBER} for shown in row) or _is_stale(row[0])


def _is_stale(shown: Figure) -> bool:
    return shown.fresh.at is not None or shown.cell.state in {State.NO_DATA, State.ERROR}


def _order(row: Sequence[Figure]) -> tuple[int, int, int]:
    return (row[0].urgency, *coloured(row[1:]))
