"""One number as it stands on a screen: value, parts, colour, age, and why there is none where there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.copy import Cell
from dashboard.freshness import LIVE_NOW, AsOf, Freshness
from dashboard.views.span import span_cells, span_freshness
from dashboard.views.target import target_at
from warehouse.value import PERIODS, Band, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.catalogue import Indicator
    from dashboard.services import Services

#: Order of attention by colour: red, amber, late, the rest.
_RED, _AMBER, _LATE, _REST = range(4)
_ABSENT: Final = Cell(None, None, None, Band.UNBANDED, State.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of one indicator at one place in one period.

    Attributes:
        code, area, period: which number it is; they make its explanation's address.
        cell: value, numerator, denominator, band, state.
        fresh: how fresh its sources are.
        decimals: digits shown after the point.
        unit_en, unit_local: what it is counted in; "%" for shares.
        is_count: whether it counts cases, whose unit its name says.
        target: the value the owner wants; None = none stated.
    """

    code: str
    area: str
    period: str
    cell: Cell = _ABSENT
    fresh: AsOf = LIVE_NOW
    decimals: int = 0
    unit_en: str = ""
    unit_local: str = ""
    is_count: bool = False
    target: float | None = None

    @property
    def value(self) -> float | None:
        """The value; None when there is none or when all of its sources are silent."""
        return None if self.fresh.freshness is Freshness.SILENT else self.cell.value

    @property
    def band(self) -> Band:
        """The colour; a late or silent number has none."""
        return self.cell.band if self.fresh.freshness is Freshness.LIVE else Band.UNBANDED

    @property
    def is_ranked(self) -> bool:
        """Whether it may be compared with others: its base is large enough and it is current."""
        return self.value is not None and self.cell.state is State.OK and self.fresh.at is None

    @property
    def is_small(self) -> bool:
        """Whether it is shown as "small base": so few cases are behind it that chance makes it."""
        return self.value is not None and self.cell.state is State.SMALL_BASE and not self.is_count

    @property
    def is_late(self) -> bool:
        """Whether it is shown with "as of"."""
        return self.fresh.freshness is Freshness.LATE

    @property
    def urgency(self) -> int:
        """Place of its colour in the order of attention, lowest first."""
        if self.fresh.freshness is not Freshness.LIVE:
            return _LATE
        return {Band.RED: _RED, Band.AMBER: _AMBER}.get(self.cell.band, _REST)

    @property
    def is_share(self) -> bool:
        """Whether it is a percentage."""
        return self.unit_en == "%"

    def digits(self, value: float | None) -> str:
        """A value as this number is written, without its unit; "–" for None."""
        return form.percent_figure(value) if self.is_share else form.number(value, self.decimals)


def figure(services: Services, code: str, area: str, period: str) -> Figure:
    """The number of an indicator at a place; "not applicable" where there is no such indicator or place."""
    return figures(services, code, (area,), period)[0]


def figures(services: Services, code: str, areas: Sequence[str], period: str) -> list[Figure]:
    """The same at several places, in their order."""
    indicator = services.values.indicators.get(code)
    if indicator is None:
        return [Figure(code, area, period) for area in areas]
    known = [area for area in areas if area in services.reference.area_index]
    is_held = period in PERIODS
    read = services.values.cells(code, known, period) if is_held else span_cells(services, indicator, known, period)
    cells = dict(zip(known, read, strict=True))
    fresh = services.values.as_of(code) if is_held else span_freshness(services, indicator, period)
    is_count = indicator.is_count and _is_about_services(services, indicator)
    return [
        Figure(
            code=code,
            area=area,
            period=period,
            cell=cells[area],
            fresh=fresh,
            decimals=indicator.decimals,
            unit_en=indicator.unit_en,
            unit_local=indicator.unit_local,
            is_count=is_count,
            target=target_at(services, indicator, area),
        )
        if area in cells
        else Figure(code, area, period)
        for area in areas
    ]


def _is_about_services(services: Services, indicator: Indicator) -> bool:
    return all(subject in services.reference.services for subject in indicator.subjects[:1])


def part(whole: Figure, indicator: Indicator | None, *, above: bool = True) -> Figure:
    """A part of a figure as a count of its own, e.g. overdue cases of an overdue share.

    Args:
        whole: the figure.
        indicator: the count's own indicator, if there is one, which then explains it.
        above: the numerator, not the denominator.
    """
    count = whole.cell.numerator if above else whole.cell.denominator
    cell = replace(whole.cell, value=count, numerator=count, denominator=None)
    code = whole.code if indicator is None else indicator.code
    return replace(whole, code=code, cell=cell, decimals=0, unit_en="", unit_local="", is_count=True, target=None)
