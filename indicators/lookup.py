"""Questions about single indicators, for the command line: which there are, what they mean, how a number is made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indicators.definition import Catalogue, Definition
from indicators.evaluate import Evaluator
from indicators.issue import Issue
from indicators.load import Sources, read_catalogue
from indicators.period import periods_of
from indicators.plan import Board, Static
from warehouse.errors import DataError
from warehouse.value import PERIODS, Band, State

if TYPE_CHECKING:
    from warehouse.reference import Reference


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One indicator in a list."""

    code: str
    department: str
    family: str
    name_en: str
    name_local: str
    unit: str
    time: str
    formula: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of those who ought to have reported did; None where that cannot be said.

    Attributes:
        reporting: offices that had a case in the financial year or have one open, or assets with a reading.
        expected: offices that deliver the services there, or assets that report the metrics there.
        of: `offices` or `assets`.
    """

    reporting: int
    expected: int
    of: str


@dataclass(frozen=True, slots=True)
class NumberAnswer:
    """One number and what it is made of.

    Attributes:
        code, area, period: what was asked.
        value, numerator, denominator: None = none; see state.
        unit: in English.
        band, state: see warehouse/value.py.
        coverage: who reported; None if nobody in particular has to.
        as_of: newest event of its sources, UTC; None if nothing was ever heard.
        age_s: seconds since then.
        definition_version: of the definition it was computed by.
        formula: the definition's formula.
    """

    code: str
    area: str
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    unit: str
    band: Band
    state: State
    coverage: Coverage | None
    as_of: datetime | None
    age_s: float | None
    definition_version: int
    formula: str


def catalogue_rows(catalogue: Catalogue, department: str | None = None) -> list[CatalogueRow]:
    """The indicators, or those of one department, in catalogue order."""
    return [
        CatalogueRow(
            code=item.code,
            department=item.department,
            family=item.family,
            name_en=item.name.en,
            name_local=item.name.local,
            unit=item.unit.en,
            time=item.time.value,
            formula=item.formula,
        )
        for item in catalogue.definitions
        if department in {None, item.department}
    ]


def show(catalogue: Catalogue, code: str) -> Definition:
    """The definition with a code.

    Raises:
        DataError: there is none; names the nearest codes.
    """
    if code in catalogue.index:
        return catalogue[code]
    near = get_close_matches(code, catalogue.index, n=3) or [one for one in catalogue.index if code in one][:3]
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise DataError(f"there is no indicator {code!r}{hint}")


def check(folder: Path, reference: Reference, sources: Sources | None = None) -> list[Issue]:
    """Everything that is wrong with a catalogue, errors and warnings, by file and line.

    Args:
        folder: as for load_catalogue.
        reference: the state.
        sources: the declared sources; None = do not check them.
    """
    return read_catalogue(folder, reference, sources)[1]


def value(
    item: Definition,
    board: Board,
    reference: Reference,
    *,
    area: str | None = None,
    period: str | None = None,
    now: datetime | None = None,
    last_event_at: datetime | None = None,
) -> NumberAnswer:
    """One number from a board.

    Args:
        item: the indicator.
        board: loaded; board_as_of gives one of a past day.
        reference: the state.
        area: code of a place; None = the whole state.
        period: one of PERIODS; None = the indicator's headline period.
        now: the instant against which the age is counted.
        last_event_at: newest event of the indicator's sources.

    Raises:
        DataError: unknown area or period.
    """
    area = area or reference.areas[0].code
    period = period or item.headline_period
    if area not in reference.area_index:
        near = get_close_matches(area, reference.area_index, n=3)
        raise DataError(f"there is no area {area!r}" + (f"; nearest: {', '.join(near)}" if near else ""))
    if period not in PERIODS:
        raise DataError(f"there is no period {period!r}; periods are {', '.join(PERIODS)}")
    numbers, band, state = _cell(item, board, reference, reference.area_index[area], period)
    return NumberAnswer(
        code=item.code,
        area=area,
        period=period,
        value=numbers[0],
        numerator=numbers[1],
        denominator=numbers[2],
        unit=item.unit.en,
        band=band,
        state=state,
        coverage=coverage(item, board, reference, area),
        as_of=last_event_at,
        age_s=(now - last_event_at).total_seconds() if now is not None and last_event_at is not None else None,
        definition_version=item.version,
        formula=item.formula,
    )


def _cell(
    item: Definition, board: Board, reference: Reference, place: int, period: str
) -> tuple[tuple[float | None, ...], Band, State]:
    if period not in periods_of(item):
        return (None, None, None), Band.UNBANDED, State.NOT_APPLICABLE
    for part in Evaluator(Catalogue.of((item,)), reference).evaluate(board, areas=np.array([place])):
        if PERIODS.index(period) in part.periods:
            span = min(part.periods.index(PERIODS.index(period)), part.values.value.shape[1] - 1)
            cell = 0, span, part.areas.tolist().index(place)
            numbers = (part.values.value[cell], part.values.numerator[cell], part.values.denominator[cell])
            plain = tuple(None if math.isnan(number) else float(number) for number in numbers)
            return plain, Band(int(part.values.band[cell])), State(int(part.values.state[cell]))
    return (None, None, None), Band.UNBANDED, State.NOT_APPLICABLE


def coverage(item: Definition, board: Board, reference: Reference, area: str) -> Coverage | None:
    """Who reported for an indicator in an area.

    Args:
        item: the indicator.
        board: the numbers.
        reference: offices and assets.
        area: code of the place.
    """
    place = reference.area_index[area]
    terms = [term for term in (*item.numerator.terms(), *item.denominator.terms()) if not term.is_static]
    metrics = sorted({code for term in terms if not term.is_service for code in term.subjects})
    if metrics:
        rows = sorted(reference.metric_index[code] for code in metrics)
        pairs = np.array(rows) * len(reference.areas) + place
        reporting = board.at([("today", "assets_reporting")], pairs)
        expected = Static.of(reference).declared[rows, place]
        return Coverage(int(reporting.sum()), int(expected.sum()), "assets")
    return _office_coverage({code for term in terms for code in term.subjects}, board, reference, place)


def all_offices(board: Board, reference: Reference) -> Coverage:
    """Offices of the whole state with a case of any service in the financial year or an open one, of all that deliver.

    Args:
        board: the numbers.
        reference: offices and services.
    """
    found = _office_coverage(set(reference.services), board, reference, 0)
    return Coverage(0, 0, "offices") if found is None else found


def _office_coverage(services: set[str], board: Board, reference: Reference, place: int) -> Coverage | None:
    by_kind: dict[str, list[int]] = {}
    for code in services:
        kind = reference.services[code].office_kind
        if kind is not None:
            by_kind.setdefault(kind, []).append(reference.service_index[code])
    inside = range(place, int(reference.area_end[place]))
    active = {kind: _areas_with_any(board, np.array(rows), len(reference.areas)) for kind, rows in by_kind.items()}
    reporting = expected = 0
    for office in reference.offices.values():
        where = reference.area_index[office.area]
        if office.kind in by_kind and where in inside:
            expected += 1
            reporting += bool(active[office.kind][where])
    return Coverage(reporting, expected, "offices") if expected else None


def _areas_with_any(board: Board, services: NDArray[np.intp], areas: int) -> NDArray[np.bool_]:
    """Where services had a case in the financial year or have one open. Shape: [area]."""
    counted = (("fy", "received"), ("fy", "decided"), ("today", "open"))
    pairs = np.sort(services)[:, np.newaxis] * areas + np.arange(areas)
    found: NDArray[np.bool_] = np.any(board.at(counted, pairs.ravel()).reshape(-1, areas), axis=0)
    return found
