"""Who has reported, of those who ought to: offices that deliver the services, assets that are read.

The rule is the engine's own (indicators/lookup.py): an office has reported when it had work in the financial year or
has open cases; an asset when it was ever read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.views.scope import days_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    import numpy.typing as npt

    from dashboard.services import Services
    from warehouse.reference import Reference

_YEAR: Final = "fy"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many have reported.

    Attributes:
        reporting: of them, this many.
        expected: offices or assets there.
        of: which of the two.
    """

    reporting: int
    expected: int
    of: Literal["offices", "assets"]


@dataclass(frozen=True, slots=True)
class Reported:
    """Who has reported, at every place by itself.

    Attributes:
        reference: areas in pre-order, services, offices.
        worked: above 0 where a service had work. Shape: [service, area].
        read: assets that were read. Shape: [metric, area].
        declared: assets that ought to be. Shape: [metric, area].
    """

    reference: Reference
    worked: npt.NDArray[np.int64]
    read: npt.NDArray[np.int64]
    declared: npt.NDArray[np.int64]

    def coverage(self, subjects: Sequence[str], area: str) -> Coverage | None:
        """Coverage of a number that is counted from some services or metrics; None where nobody has to report.

        Args:
            subjects: codes of services or of metrics.
            area: code of the place.
        """
        place = self.reference.area_index[area]
        inside = slice(place, int(self.reference.area_end[place]))
        rows = [self.reference.metric_index[code] for code in subjects if code in self.reference.metric_index]
        if rows:
            return Coverage(int(self.read[rows, inside].sum()), int(self.declared[rows, inside].sum()), "assets")
        return self._of_offices(subjects, inside)

    def _of_offices(self, subjects: Sequence[str], inside: slice) -> Coverage | None:
        by_kind: dict[str, list[int]] = defaultdict(list)
        for code in subjects:
            service = self.reference.services.get(code)
            if service is not None and service.office_kind is not None:
                by_kind[service.office_kind].append(self.reference.service_index[code])
        reporting = expected = 0
        for kind, rows in by_kind.items():
            at = [place for place in self._places_of(kind) if inside.start <= place < inside.stop]
            worked = self.reference.with_below(self.worked[rows].sum(axis=0, keepdims=True))[0]
            expected += len(at)
            reporting += int(np.count_nonzero(worked[at]))
        return Coverage(reporting, expected, "offices") if expected else None

    def silent_offices(self, services: Iterable[str]) -> tuple[tuple[str, ...], int]:
        """Offices that deliver some of the services and of which nothing was heard, and how many deliver any.

        Args:
            services: codes.

        Returns:
            Codes of the silent ones; the number of all.
        """
        by_kind: dict[str, list[int]] = defaultdict(list)
        for code in services:
            kind = self.reference.services[code].office_kind
            if kind is not None:
                by_kind[kind].append(self.reference.service_index[code])
        silent: list[str] = []
        expected = 0
        for kind, rows in by_kind.items():
            worked = self.reference.with_below(self.worked[rows].sum(axis=0, keepdims=True))[0]
            places = list(self._places_of(kind))
            expected += len(places)
            silent += [f"{self.reference.areas[place].code}/{kind}" for place in places if not worked[place]]
        return tuple(silent), expected

    def _places_of(self, office_kind: str) -> Iterator[int]:
        """Places of the areas that have an office of a kind."""
        for area in self.reference.by_level(self.reference.office_kinds[office_kind].level):
            if f"{area.code}/{office_kind}" in self.reference.offices:
                yield self.reference.area_index[area.code]


def read_reported(services: Services, today: date) -> Reported:
    """Who has reported by now.

    Args:
        services: the engine and reference data.
        today: state-local day.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    reference = services.reference
    begin, _ = days_of(_YEAR, today, reference.state.fiscal_year_start_month)
    table = services.table("reporting", from_day=begin)
    asset = pc.is_valid(table["assets"])
    worked = _leaves(table.filter(pc.invert(asset)), reference.service_index, reference)
    read = _leaves(table.filter(asset), reference.metric_index, reference)
    return Reported(
        reference=reference,
        worked=worked,
        read=read,
        declared=reference.assets_at(),
    )


def _leaves(table: pa.Table, rows: Mapping[str, int], reference: Reference) -> npt.NDArray[np.int64]:
    """Counts at the places themselves; a subject or place that reference data do not know is passed over."""
    shape = len(rows), len(reference.areas)
    subject = _index(table["subject"], rows)
    area = _index(table["area"], reference.area_index)
    known = (subject >= 0) & (area >= 0)
    number = pc.fill_null(table["assets"], 1).to_numpy()
    places = subject[known] * shape[1] + area[known]
    return np.bincount(places, number[known], shape[0] * shape[1]).astype(np.int64).reshape(shape)


def _index(column: pa.ChunkedArray, places: Mapping[str, int]) -> npt.NDArray[np.int64]:
    keys = pa.array(list(places), pa.string())
    values = np.array([*places.values(), -1], dtype=np.int64)
    found: npt.NDArray[np.int64] = pc.fill_null(pc.index_in(column, keys), len(keys)).to_numpy()
    return values[found]
