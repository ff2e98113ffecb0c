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

from dashboard.views.scope import first_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
    """Who has reported, at every place with all below it.

    Attributes:
        reference: areas in pre-order, services.
        active: whether a service had work. Shape: [service, area].
        read: assets that were read. Shape: [metric, area].
        declared: assets that ought to be. Shape: [metric, area].
        offices: places of the offices of each kind.
    """

    reference: Reference
    active: npt.NDArray[np.bool_]
    read: npt.NDArray[np.int64]
    declared: npt.NDArray[np.int64]
    offices: Mapping[str, npt.NDArray[np.int64]]

    def coverage(self, subjects: Sequence[str], area: str) -> Coverage | None:
        """Coverage of a number that is counted from some services or metrics; None where nobody has to report.

        Args:
            subjects: codes of services or of metrics.
            area: code of the place.
        """
        place = self.reference.area_index[area]
        rows = [self.reference.metric_index[code] for code in subjects if code in self.reference.metric_index]
        if rows:
            return Coverage(int(self.read[rows, place].sum()), int(self.declared[rows, place].sum()), "assets")
        return self._of_offices(subjects, place)

    def _of_offices(self, subjects: Sequence[str], place: int) -> Coverage | None:
        by_kind: dict[str, list[int]] = defaultdict(list)
        for code in subjects:
            service = self.reference.services.get(code)
            if service is not None and service.office_kind is not None:
                by_kind[service.office_kind].append(self.reference.service_index[code])
        end = int(self.reference.area_end[place])
        reporting = expected = 0
        for kind, rows in by_kind.items():
            at = self.offices.get(kind, np.zeros(0, dtype=np.int64))
            at = at[(at >= place) & (at < end)]
            expected += len(at)
            reporting += int(self.active[rows][:, at].any(axis=0).sum())
        return Coverage(reporting, expected, "offices") if expected else None


def read_reported(services: Services, today: date) -> Reported:
    """Who has reported by now.

    Args:
        services: the engine and reference data.
        today: state-local day.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    reference = services.reference
    begin = first_day(_YEAR, today, reference.state.fiscal_year_start_month)
    table = services.rows("reporting", from_day=begin)
    asset = pc.is_valid(table["assets"])
    worked = _leaves(table.filter(pc.invert(asset)), reference.service_index, reference)
    read = _leaves(table.filter(asset), reference.metric_index, reference)
    return Reported(
        reference=reference,
        active=reference.with_below(worked) > 0,
        read=reference.with_below(read),
        declared=reference.assets_declared(),
        offices=_offices(reference),
    )


def _leaves(table: pa.Table, rows: Mapping[str, int], reference: Reference) -> npt.NDArray[np.int64]:
    """Counts at the places themselves; a subject or place that reference data do not know is passed over."""
    counts = np.zeros((len(rows), len(reference.areas)), dtype=np.int64)
    subject = _index(table["subject"], rows)
    area = _index(table["area"], reference.area_index)
    known = (subject >= 0) & (area >= 0)
    number = pc.fill_null(table["assets"], 1).to_numpy()
    np.add.at(counts, (subject[known], area[known]), number[known])
    return counts


def _index(column: pa.ChunkedArray, places: Mapping[str, int]) -> npt.NDArray[np.int64]:
    keys = pa.array(list(places), pa.string())
    values = np.array([*places.values(), -1], dtype=np.int64)
    found: npt.NDArray[np.int64] = pc.fill_null(pc.index_in(column, keys), len(keys)).to_numpy()
    return values[found]


def _offices(reference: Reference) -> dict[str, npt.NDArray[np.int64]]:
    places: dict[str, list[int]] = defaultdict(list)
    for office in reference.offices.values():
        places[office.kind].append(reference.area_index[office.area])
    return {kind: np.array(at, dtype=np.int64) for kind, at in places.items()}
