"""Where the values of a snapshot stand: only cells that can exist have a place.

Most indicators are about services or assets that exist in few areas, and many have no value in most periods: of all
combinations of period, indicator and area two in three do not exist. Values are therefore kept in flat arrays, one
indicator after the other; those of one indicator plane by plane, one plane for each period (or one for several periods
that are alike); those of a plane area by area, for the areas in which the indicator exists.

Every flat array has one element more than the layout has places: `nowhere`, the place of all cells that do not exist.

Who may import it: everybody, as warehouse/value.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warehouse.value import METADATA_KEY, PERIODS, Band, State

Places = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_NONE: Final = -1


class Layout:
    """The places of all cells of a catalogue in a state.

    Attributes:
        size: number of places.
        nowhere: place of every cell that does not exist, = size.
        starts: first place of every indicator. Shape: [indicator].
        ends: place after its last one. Shape: [indicator].
    """

    def __init__(self, planes: npt.ArrayLike, masks: npt.ArrayLike, mask_of: npt.ArrayLike) -> None:
        """Lay out.

        Args:
            planes: which plane of an indicator holds a period, −1 = none. Shape: [indicator, period of PERIODS].
            masks: sets of areas. Shape: [mask, area].
            mask_of: which set each indicator exists in. Shape: [indicator].
        """
        self._planes = np.asarray(planes, dtype=np.int64).reshape(-1, len(PERIODS))
        self._masks: Bools = np.atleast_2d(np.asarray(masks, dtype=np.bool_))
        self._mask_of = np.asarray(mask_of, dtype=np.int64)
        self._rank = np.where(self._masks, np.cumsum(self._masks, axis=1) - 1, _NONE)
        self._widths = self._masks.sum(axis=1)[self._mask_of]
        self.ends: Places = np.cumsum(self._widths * (self._planes.max(axis=1, initial=_NONE) + 1))
        self.starts: Places = np.concatenate([np.zeros(1, dtype=np.int64), self.ends[:-1]])[: len(self.ends)]
        self.size = self.nowhere = int(self.ends[-1]) if len(self.ends) else 0
        self._listed = [np.flatnonzero(mask) for mask in self._masks]
        self._first_listed = np.concatenate([[0], np.cumsum([len(areas) for areas in self._listed])[:-1]])
        self._all_listed = np.concatenate(self._listed)

    @classmethod
    def dense(cls, indicators: int, areas: int) -> Layout:
        """Every indicator has values in every period and area."""
        planes = np.tile(np.arange(len(PERIODS)), (indicators, 1))
        return cls(planes, np.ones((1, areas)), np.zeros(indicators))

    def at(self, period: npt.ArrayLike, indicator: npt.ArrayLike, area: npt.ArrayLike) -> Places:
        """Places of cells, `nowhere` for those that do not exist.

        Args:
            period: places in PERIODS.
            indicator: places in the catalogue.
            area: places in reference.areas. All three are broadcast against each other.
        """
        row = np.asarray(indicator, dtype=np.intp)
        plane = self._planes[row, np.asarray(period, dtype=np.intp)]
        rank = self._rank[self._mask_of[row], np.asarray(area, dtype=np.intp)]
        place = self.starts[row] + plane * self._widths[row] + rank
        return np.where((plane < 0) | (rank < 0), self.nowhere, place)

    def place(self, period: int, indicator: int, area: int) -> int:
        """Place of one cell, see `at`."""
        plane = self._planes.item(indicator, period)
        rank = self._rank.item(self._mask_of.item(indicator), area)
        if plane < 0 or rank < 0:
            return self.nowhere
        return self.starts.item(indicator) + plane * self._widths.item(indicator) + rank

    def whose(self, places: npt.NDArray[np.integer]) -> tuple[Places, Places]:
        """Indicator and area of each of some places (not of `nowhere`)."""
        indicator = np.searchsorted(self.starts, places, side="right") - 1
        rank = (places - self.starts[indicator]) % self._widths[indicator]
        return indicator, self._all_listed[self._first_listed[self._mask_of[indicator]] + rank]

    def areas_of(self, indicator: int) -> Places:
        """Places of the areas in which an indicator exists, in order."""
        return self._listed[int(self._mask_of[indicator])]

    def with_more(self, more: Mapping[int, Bools]) -> Layout:
        """A layout in which some indicators exist in more areas.

        Args:
            more: the additional areas by place of the indicator. Shape of each: [area].
        """
        masks = {mask.tobytes(): number for number, mask in enumerate(self._masks)}
        rows, mask_of = list(self._masks), self._mask_of.copy()
        for indicator, areas in more.items():
            mask = self._masks[self._mask_of[indicator]] | areas
            if mask.tobytes() not in masks:
                masks[mask.tobytes()] = len(rows)
                rows.append(mask)
            mask_of[indicator] = masks[mask.tobytes()]
        return Layout(self._planes, np.array(rows), mask_of)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` takes, as JSON values."""
        kinds, kind_of = np.unique(self._planes, axis=0, return_inverse=True)
        return {
            "kinds": kinds.tolist(),
            "kind_of": kind_of.reshape(-1).tolist(),
            "masks": [np.packbits(mask).tobytes().hex() for mask in self._masks],
            "mask_of": self._mask_of.tolist(),
            "areas": self._masks.shape[1],
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Layout:
        """The layout that `to_json` described."""
        bits = [np.frombuffer(bytes.fromhex(mask), dtype=np.uint8) for mask in plain["masks"]]
        masks = [np.unpackbits(packed, count=plain["areas"]) for packed in bits]
        kinds = np.array(plain["kinds"], dtype=np.int64).reshape(-1, len(PERIODS))
        return cls(kinds[plain["kind_of"]], np.array(masks), plain["mask_of"])


@dataclass(frozen=True, slots=True)
class FlatValues:
    """Values in the order of a layout, and one more for `nowhere`; NaN = none.

    Attributes:
        value, numerator, denominator: Shape: [place], float64.
        band, state: codes of warehouse/value.py. Shape: [place], uint8.
    """

    value: npt.NDArray[np.float64]
    numerator: npt.NDArray[np.float64]
    denominator: npt.NDArray[np.float64]
    band: npt.NDArray[np.uint8]
    state: npt.NDArray[np.uint8]

    @classmethod
    def nothing(cls, layout: Layout) -> FlatValues:
        """No data anywhere; not applicable nowhere."""
        value, numerator, denominator = (np.full(layout.size + 1, np.nan) for _ in range(3))
        band = np.full(layout.size + 1, Band.UNBANDED, dtype=np.uint8)
        state = np.full(layout.size + 1, State.NO_DATA, dtype=np.uint8)
        state[layout.nowhere] = State.NOT_APPLICABLE
        return cls(value, numerator, denominator, band, state)

    def moved(self, old: Layout, new: Layout) -> FlatValues:
        """The same values in another layout of the same catalogue in which every cell of the old one exists."""
        result = FlatValues.nothing(new)
        periods = np.arange(len(PERIODS))[:, np.newaxis]
        for indicator in range(len(old.starts)):
            areas = old.areas_of(indicator)
            source, target = old.at(periods, indicator, areas), new.at(periods, indicator, areas)
            exists = source != old.nowhere
            for field in fields(FlatValues):
                getattr(result, field.name)[target[exists]] = getattr(self, field.name)[source[exists]]
        return result


#: Names of the flat arrays, in the order of the columns of a snapshot.
COLUMNS: Final = tuple(field.name for field in fields(FlatValues))


def read_snapshot(table: pa.Table) -> tuple[Layout, FlatValues]:
    """Layout and values of a snapshot, the values as arrays of one's own.

    Args:
        table: Shape: SNAPSHOT_SCHEMA with metadata.
    """
    layout = Layout.from_json(json.loads(table.schema.metadata[METADATA_KEY])["layout"])
    flat = FlatValues.nothing(layout)
    for name in COLUMNS:
        getattr(flat, name)[: layout.size] = table[name].to_numpy()
    return layout, flat
