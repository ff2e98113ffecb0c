"""Cells of a snapshot as rows for readers with SQL.

Who may import it: warehouse/maintenance.py, warehouse/review.py and warehouse/seal.py.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.value import METADATA_KEY, Band, State
from warehouse.value_layout import Layout

_INDICATORS_PER_STEP: Final = 50
_NUMBERS: Final = ("numerator", "denominator", "value")


class SnapshotRows:
    """A snapshot, read indicator by indicator.

    Attributes:
        at: instant of the snapshot as ISO text.
        periods, indicators, areas: what its axes stand for.
        layout: where its cells are.
        flat: its columns.
    """

    def __init__(self, snapshot: pa.Table) -> None:
        """Args: snapshot: Shape: SNAPSHOT_SCHEMA with metadata."""
        about = json.loads(snapshot.schema.metadata[METADATA_KEY])
        self.at: str = about["at"]
        self.periods: list[str] = about["periods"]
        self.indicators: list[str] = about["indicators"]
        self.areas: list[str] = about["areas"]
        self.layout = Layout.from_json(about["layout"])
        self.flat: dict[str, Any] = {name: snapshot[name].to_numpy() for name in snapshot.column_names}

    def versioned(
        self, versions: Mapping[str, int], periods: Mapping[str, Collection[str]], areas: Sequence[int] | None = None
    ) -> Iterator[tuple[list[str], pa.Table]]:
        """All values, some indicators at a time, so that nobody waits long for what is done with them.

        Args:
            versions: of the definition of every indicator.
            periods: those wanted of every indicator.
            areas: places in `areas`; None = all.

        Yields:
            Codes of the indicators, and their values. Shape: as `rows`, with definition_version.
        """
        for start in range(0, len(self.indicators), _INDICATORS_PER_STEP):
            codes = self.indicators[start : start + _INDICATORS_PER_STEP]
            wanted = np.array([[period in periods[code] for code in codes] for period in self.periods])
            rows = self.rows(range(start, start + len(codes)), wanted, areas)
            place = rows["indicator"].combine_chunks().dictionary_encode()
            told = pa.array([versions[code] for code in place.dictionary.to_pylist()], pa.int32())
            yield codes, rows.append_column("definition_version", told.take(place.indices))

    def rows(
        self,
        indicators: Sequence[int],
        wanted: npt.NDArray[np.bool_] | None = None,
        areas: Sequence[int] | None = None,
    ) -> pa.Table:
        """Values of some indicators; what was not reported, or does not exist for an area or period, is left out.

        Args:
            indicators: places in `indicators`.
            wanted: periods wanted of each; None = all. Shape: [period, indicator].
            areas: places in `areas`; None = all.

        Returns:
            Shape: indicator, area, period, numerator, denominator, value (null = none), band, state in words; in the
            order of the layout.
        """
        of_areas = range(len(self.areas)) if areas is None else areas
        cells = self.layout.at(*np.ix_(range(len(self.periods)), indicators, of_areas))
        if wanted is not None:
            cells = np.where(wanted[:, :, np.newaxis], cells, self.layout.nowhere)
        indicator, period, area = np.nonzero((cells < self.layout.nowhere).swapaxes(0, 1))
        places = cells[period, indicator, area]
        exists = ~np.isin(self.flat["state"][places], (State.NOT_APPLICABLE, State.NO_DATA))
        places = places[exists]
        names, codes = [self.indicators[place] for place in indicators], [self.areas[place] for place in of_areas]
        numbers = {name: pa.array(self.flat[name][places], from_pandas=True) for name in _NUMBERS}
        return pa.table(
            {
                "indicator": _picked(names, indicator[exists]),
                "area": _picked(codes, area[exists]),
                "period": _picked(self.periods, period[exists]),
                **numbers,
                "band": _picked([band.name.lower() for band in Band], self.flat["band"][places]),
                "state": _picked([state.name.lower() for state in State], self.flat["state"][places]),
            }
        )


def _picked(names: list[str], places: Any) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(places))
