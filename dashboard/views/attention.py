"""What needs attention most, over all indicators and all places down to the level that has daily series.

The rule, which fits on one line of the screen: red before amber; within a colour applications and utilities in turn;
among applications most person-days past the limit first, among utilities most people living there; what comes from a
late source stands after what is current. No weights, no score. One row per service or reading: its worst place, with
the number of other places that have the same colour. Places under the minimum base have no colour and never appear.

Source: shared design guide, section 4 (attention order) and section 3.4 (drawing attention without blinking).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard.freshness import Freshness
from dashboard.views.holding import NOBODY, Holding, holding, read_holders
from warehouse.value import PERIODS, Band

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from dashboard.catalogue import Indicator
    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from dashboard.views.holding import Holder

#: For so many services per colour and row shown is it asked who holds their overdue cases.
_ASKED_PER_ROW: Final = 2


@dataclass(frozen=True, slots=True)
class Bands:
    """Colours of all indicators that can need attention at all places that can be named.

    Attributes:
        indicators: one per row.
        places: area indexes, one per column, in pre-order.
        depth: depth of the level of each column, the state is 0.
        band: uint8 [indicator, place].
        count: float64 [indicator, place], numerators; NaN where there is none.
    """

    indicators: tuple[Indicator, ...]
    places: npt.NDArray[np.intp]
    depth: npt.NDArray[np.intp]
    band: npt.NDArray[np.uint8]
    count: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Concern:
    """One service or reading with the place where it is worst.

    Attributes:
        key: what it is about: codes of services or metrics.
        indicator: code.
        area: code of the worst place.
        band: its colour there.
        places: how many places of that level have that colour.
        is_utility: about a reading, not about cases.
        is_current: no source of it is late.
        weight: person-days past the limit, or people living there.
        held: who holds the overdue cases there.
    """

    key: tuple[str, ...]
    indicator: str
    area: str
    band: Band
    places: int
    is_utility: bool
    is_current: bool
    weight: float
    held: Holding = NOBODY

    @property
    def id(self) -> str:
        """Same thing at the same place, same id."""
        return f"{self.indicator}|{self.area}"


@dataclass(frozen=True, slots=True)
class Ranked:
    """The attention list at one moment.

    Attributes:
        concerns: worst first, at most as many as were asked for.
        more_red: services and readings that are red somewhere and not among them.
        more_amber: the same for amber.
    """

    concerns: tuple[Concern, ...] = ()
    more_red: int = 0
    more_amber: int = 0


def read_bands(services: Services) -> Bands:
    """Present colours of everything that can need attention.

    Args:
        services: value copy, loaded, and reference data.
    """
    reference, levels = services.reference, services.reference.state.levels
    deepest = next(depth for depth, level in enumerate(levels) if level.code == reference.state.series_level)
    depth_of = {level.code: depth for depth, level in enumerate(levels)}
    depths = np.array([depth_of[area.level] for area in reference.areas])
    places = np.flatnonzero((depths > 0) & (depths <= deepest))
    indicators = tuple(one for one in services.values.indicators.values() if _can_need_attention(services, one))
    rows = np.array([one.index for one in indicators], dtype=np.intp)
    periods = np.array([PERIODS.index(one.headline_period) for one in indicators], dtype=np.intp)
    with services.values.reading() as values:
        at = values.layout.at(periods[:, None], rows[:, None], places[None, :])
        band, count = values.flat.band[at], values.flat.numerator[at]
    return Bands(indicators, places, depths[places], band, count)


def rank(asked: Asked, bands: Bands, rows: int) -> Ranked:
    """The attention list.

    Args:
        asked: value copy, queries, reference data.
        bands: from `read_bands`.
        rows: most concerns.

    Raises:
        EngineGoneError: the engine does not answer who holds what.
    """
    services, groups = asked.services, _groups(bands)
    worst = {key: _worst_band(bands, own) for key, own in groups.items()}
    listed: list[Concern] = []
    seen = {Band.RED: 0, Band.AMBER: 0}
    for colour in (Band.RED, Band.AMBER):
        coloured = [key for key, band in worst.items() if band == colour]
        seen[colour] = len(coloured)
        if len(listed) < rows:
            cases = [key for key in coloured if key[0] in services.reference.services]
            readings = [key for key in coloured if key[0] not in services.reference.services]
            first = sorted(cases, key=lambda key: -_most(bands, groups[key], colour))[: rows * _ASKED_PER_ROW]
            lanes = (
                _sorted(_case_concern(asked, bands, key, groups[key], colour) for key in first),
                _sorted(_reading_concern(services, bands, groups[key], colour) for key in readings),
            )
            listed += [one for one in chain.from_iterable(zip_longest(*lanes)) if one is not None]
    shown = tuple(listed[:rows])
    return Ranked(
        shown,
        seen[Band.RED] - sum(one.band is Band.RED for one in shown),
        seen[Band.AMBER] - sum(one.band is Band.AMBER for one in shown),
    )


def _can_need_attention(services: Services, indicator: Indicator) -> bool:
    if not indicator.bands or not indicator.subjects or indicator.is_roll_up:
        return False
    return indicator.subjects[0] not in services.reference.services or len(indicator.subjects) == 1


def _groups(bands: Bands) -> dict[tuple[str, ...], list[int]]:
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, indicator in enumerate(bands.indicators):
        groups[indicator.subjects].append(row)
    return groups


def _worst_band(bands: Bands, own: Sequence[int]) -> int:
    return int(bands.band[own].max(initial=0))


def _most(bands: Bands, own: Sequence[int], colour: Band) -> float:
    """Largest numerator among the places of a colour: the most cases, before it is known how late they are."""
    part = bands.count[own]
    return float(np.nan_to_num(np.where(bands.band[own] == colour, part, 0)).max(initial=0))


def _row_of(bands: Bands, own: Sequence[int], colour: Band) -> int:
    """The indicator that speaks for a group: one of the worst colour, overdue work before others."""
    coloured = [row for row in own if (bands.band[row] == colour).any()]
    return next((row for row in coloured if bands.indicators[row].numerator == "overdue"), coloured[0])


def _places_of(bands: Bands, row: int, colour: Band) -> npt.NDArray[np.intp]:
    """Columns of a colour at the deepest level that has it: the taluk says more than its district."""
    coloured = np.flatnonzero(bands.band[row] == colour)
    return coloured[bands.depth[coloured] == bands.depth[coloured].max()]


def _case_concern(asked: Asked, bands: Bands, key: tuple[str, ...], own: Sequence[int], colour: Band) -> Concern:
    services, row = asked.services, _row_of(bands, own, colour)
    columns = _places_of(bands, row, colour)
    held = read_holders(asked, "overdue", services.reference.areas[0].code, service=key[0])
    by_place = _split(services, bands.places[columns], held)
    column = max(columns, key=lambda one: (by_place[int(bands.places[one])].late_days, _filled(bands.count[row, one])))
    at = by_place[int(bands.places[column])]
    found = _concern(services, bands, row, column, len(columns), weight=at.late_days, is_utility=False)
    return replace(found, held=at)


def _reading_concern(services: Services, bands: Bands, own: Sequence[int], colour: Band) -> Concern:
    row = _row_of(bands, own, colour)
    columns = _places_of(bands, row, colour)
    people = [services.reference.areas[bands.places[column]].population or 0 for column in columns]
    place = int(np.argmax(people))
    return _concern(services, bands, row, columns[place], len(columns), weight=people[place], is_utility=True)


def _concern(
    services: Services, bands: Bands, row: int, column: int, places: int, *, weight: float, is_utility: bool
) -> Concern:
    indicator = bands.indicators[row]
    return Concern(
        key=indicator.subjects,
        indicator=indicator.code,
        area=services.reference.areas[bands.places[column]].code,
        band=Band(int(bands.band[row, column])),
        places=places,
        is_utility=is_utility,
        is_current=services.values.as_of(indicator.code).freshness is Freshness.LIVE,
        weight=weight,
    )


def _split(services: Services, places: npt.NDArray[np.intp], held: Iterable[Holder]) -> Mapping[int, Holding]:
    """What is held in each of some areas of one level."""
    reference = services.reference
    starts = np.sort(places)
    by_place: dict[int, list[Holder]] = {int(place): [] for place in places}
    for one in held:
        index = reference.area_index.get(one.area, -1)
        at = int(np.searchsorted(starts, index, side="right")) - 1
        if at >= 0 and index < reference.area_end[starts[at]]:
            by_place[int(starts[at])].append(one)
    return {place: holding(rows) for place, rows in by_place.items()}


def _sorted(concerns: Iterable[Concern]) -> list[Concern]:
    return sorted(concerns, key=lambda one: (not one.is_current, -one.weight, one.key))


def _filled(number: float) -> float:
    return 0.0 if np.isnan(number) else float(number)
