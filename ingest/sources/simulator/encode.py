"""Codes → the checked event shape: Arrow columns taken from look-up arrays, and numbers as printed on receipts.

Receipt numbers look like `KS-2026-LB0123-3260047`: system, year, office, and a number that begins with the day of the
year, so that it can be given without knowing what was given before. Nothing in it says who applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingest.sources.simulator.block import NONE, Block, Nature, picked
from ingest.sources.simulator.days import Days, Ints, date_of
from ingest.sources.simulator.plan import CHANNELS, STEPS
from ingest.sources.simulator.points import Points
from ingest.sources.simulator.story import Story
from warehouse.batch import BATCH_SCHEMA
from warehouse.event import KINDS, OUTCOMES
from warehouse.reference import Reference

_NUMBER: Final = np.dtype(
    [("prefix", "S3"), ("year", "S5"), ("office", "S7"), ("day", "S3"), ("serial", "S4"), ("dot", "S1"), ("seq", "S2")]
)
_CASE_BYTES: Final = 22
_DIGITS_2: Final = np.array([f"{number:02d}" for number in range(100)], "S2")
_DIGITS_3: Final = np.array([f"{number:03d}" for number in range(367)], "S3")
_DIGITS_4: Final = np.array([f"{number:04d}" for number in range(10_000)], "S4")
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Encoder:
    """Look-up arrays of one state.

    Attributes:
        days: the calendar.
        words: text by column, as string arrays.
        prefixes: `KS-` by feed.
        office_numbers: `LB0123-` by office.
        years: `2026-` by day from `days.first`.
        day_numbers: day of the year by day from `days.first`.
        points: assets and metrics.
        point_ids: `asset/metric/` by point.
    """

    days: Days
    words: dict[str, pa.Array]
    prefixes: npt.NDArray[np.bytes_]
    office_numbers: npt.NDArray[np.bytes_]
    years: npt.NDArray[np.bytes_]
    day_numbers: Ints
    points: Points
    point_ids: pa.Array

    @classmethod
    def make(cls, reference: Reference, story: Story, days: Days, points: Points) -> Encoder:
        """Lay out the look-up arrays."""
        words = {
            "source": story.feed_names(),
            "kind": KINDS,
            "service": tuple(reference.services),
            "area": tuple(area.code for area in reference.areas),
            "office": tuple(reference.offices),
            "post": tuple(reference.posts),
            "step": STEPS,
            "outcome": OUTCOMES,
            "channel": CHANNELS,
            "metric": points.metrics,
            "asset": points.assets,
        }
        dates = [date_of(days.first + step) for step in range(days.midnight_s.size)]
        return cls(
            days=days,
            words={name: pa.array(codes, pa.string()) for name, codes in words.items()},
            prefixes=np.array([f"{feed.prefix}-" for feed in story.feeds], "S3"),
            office_numbers=np.array([f"{number}-" for number in office_numbers(reference)], "S7"),
            years=np.array([f"{on.year}-" for on in dates], "S5"),
            day_numbers=np.array([on.timetuple().tm_yday for on in dates]),
            points=points,
            point_ids=pa.array(
                [f"{asset}/{metric}/" for asset, metric in zip(points.assets, points.metrics, strict=True)], pa.string()
            ),
        )

    def table(self, block: Block) -> pa.Table:
        """Events as they are handed to the writer, in the block's order; each is a row of its own.

        Args:
            block: no malformed rows.

        Shape: BATCH_SCHEMA.
        """
        size = block.size
        columns: dict[str, Any] = {
            "event_id": self._event_ids(block),
            "source": self._words("source", block["feed"]),
            "kind": self._words("kind", block["kind"]),
            "occurred_at": pa.array(block["at_us"], BATCH_SCHEMA.field("occurred_at").type),
            "received_at": pa.array(block["received_us"], BATCH_SCHEMA.field("received_at").type),
            "day": self._local_days(block),
            "case_id": self._case_ids(block),
            "amount": pa.array(block["amount"], mask=block["amount"] < 0),
            "rating": pa.array(block["rating"], mask=block["rating"] < 0),
            "value": pa.array(block["value"], mask=np.isnan(block["value"])),
            "metric": self._words("metric", self._said(block, "point")),
            "asset": self._words("asset", self._said(block, "point")),
            "ref": self._references(block),
            "digest": pa.array(digests(block)),
            "due_at": pa.nulls(size, BATCH_SCHEMA.field("due_at").type),
            "row": pa.array(np.arange(size, dtype=np.int32)),
        }
        for name in ("service", "area", "office", "post", "step", "outcome", "channel"):
            columns[name] = self._words(name, self._said(block, name))
        return pa.table([columns[name] for name in BATCH_SCHEMA.names], schema=BATCH_SCHEMA)

    @staticmethod
    def _said(block: Block, name: str) -> Any:
        """Codes of a column; a retraction says nothing but what it retracts."""
        return np.where(block["nature"] == Nature.RETRACTION, NONE, block[name])

    def _words(self, name: str, codes: Any) -> pa.Array:
        missing = codes < 0
        if missing.all():
            return pa.nulls(codes.size, pa.string())
        indices = pa.array(codes, mask=missing) if missing.any() else pa.array(codes)
        return self.words[name].take(indices)

    def _local_days(self, block: Block) -> pa.Array:
        days = self.days.day_of(block["at_us"] / 1e6)
        return pa.array(days.astype(np.int32)).view(pa.date32())

    def _numbers(self, block: Block, seq: Any) -> npt.NDArray[np.void]:
        """Receipt number and event number, as fixed-width bytes."""
        rows = np.empty(block.size, _NUMBER)
        day = block["day"] - self.days.first
        rows["prefix"] = self.prefixes[block["prefix"]]
        rows["year"] = self.years[day]
        rows["office"] = self.office_numbers[block["office"]]
        rows["day"] = _DIGITS_3[self.day_numbers[day]]
        rows["serial"] = _DIGITS_4[block["serial"]]
        rows["dot"] = b"."
        rows["seq"] = _DIGITS_2[seq]
        return rows

    def _case_ids(self, block: Block) -> pa.Array:
        of_case = (block["point"] == NONE) & (block["nature"] != Nature.RETRACTION)
        numbers = self._numbers(picked(block, of_case), block["seq"][of_case])
        text = numbers.view(np.uint8).reshape(-1, _NUMBER.itemsize)[:, :_CASE_BYTES]
        offsets = np.concatenate([[0], np.cumsum(of_case * _CASE_BYTES)]).astype(np.int32)
        valid = None if of_case.all() else pa.py_buffer(np.packbits(of_case, bitorder="little"))
        buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text))]
        return pa.Array.from_buffers(pa.string(), block.size, buffers)

    def _case_event_ids(self, block: Block, seq: Any) -> pa.Array:
        numbers = self._numbers(block, seq)
        offsets = np.arange(block.size + 1, dtype=np.int32) * _NUMBER.itemsize
        return pa.Array.from_buffers(pa.string(), block.size, [None, pa.py_buffer(offsets), pa.py_buffer(numbers)])

    def _reading_ids(self, block: Block, at_us: Any, seq: Any) -> pa.Array:
        seconds = pa.array(at_us // 1_000_000).cast(pa.string())
        suffix = pa.array(["", "/expected"]).take(pa.array((seq % 20).astype(np.int8)))
        said = pa.array(["", "/later"]).take(pa.array((seq >= 20).astype(np.int8)))
        return pc.binary_join_element_wise(self.point_ids.take(pa.array(block["point"])), seconds, suffix, said, "")

    def _event_ids(self, block: Block) -> pa.Array:
        said = (block["nature"] == Nature.CORRECTION) | (block["nature"] == Nature.RETRACTION)
        at_us = np.where(said, block["ref_at_us"], block["at_us"])
        return self._ids(block, at_us, block["seq"])

    def _ids(self, block: Block, at_us: Any, seq: Any) -> pa.Array:
        of_case = block["point"] == NONE
        if of_case.all():
            return self._case_event_ids(block, seq)
        rest = ~of_case
        both = [
            self._case_event_ids(picked(block, of_case), seq[of_case]),
            self._reading_ids(picked(block, rest), at_us[rest], seq[rest]),
        ]
        place = np.empty(block.size, np.int64)
        place[of_case] = np.arange(of_case.sum())
        place[rest] = of_case.sum() + np.arange(rest.sum())
        return pa.concat_arrays(both).take(pa.array(place))

    def _references(self, block: Block) -> pa.Array:
        said = np.flatnonzero((block["nature"] == Nature.CORRECTION) | (block["nature"] == Nature.RETRACTION))
        if not said.size:
            return pa.nulls(block.size, pa.string())
        rows = picked(block, said)
        meant = self._ids(rows, rows["ref_at_us"], rows["ref_seq"])
        place = np.full(block.size, NONE)
        place[said] = np.arange(said.size)
        return meant.take(pa.array(place, mask=place < 0))


def office_numbers(reference: Reference) -> list[str]:
    """`LB0123` for every office: two letters for its kind, its number within the kind."""
    letters = _kind_letters(reference)
    counts: dict[str, int] = {}
    numbers = []
    for office in reference.offices.values():
        counts[office.kind] = counts.get(office.kind, 0) + 1
        numbers.append(f"{letters[office.kind]}{counts[office.kind]:04d}")
    return numbers


def _kind_letters(reference: Reference) -> dict[str, str]:
    """Two letters for every kind of office, as near to its code as uniqueness allows."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    taken: dict[str, str] = {}
    for kind in reference.office_kinds:
        words = kind.upper().split("_")
        wanted = [words[0][0] + words[-1][0] if len(words) > 1 else kind[:2].upper(), kind[:2].upper()]
        wanted += [words[0][0] + letter for letter in alphabet]
        wanted += [first + second for first in alphabet for second in alphabet]
        free = next(pair for pair in wanted if pair.isalpha() and pair not in taken)
        taken[free] = kind
    return {kind: pair for pair, kind in taken.items()}


def digests(block: Block) -> npt.NDArray[np.uint64]:
    """A hash of what each event says; arrival is no part of it, so that a repeated row has the same one."""
    parts = (
        block["at_us"].view(np.uint64),
        _packed(block, "office", "day"),
        _packed(block, "point", "service", "serial"),
        _packed(block, "kind", "post", "step", "outcome"),
        _packed(block, "channel", "rating", "seq", "ref_seq"),
        block["amount"].view(np.uint64),
        np.ascontiguousarray(block["value"]).view(np.uint64),
    )
    state = np.zeros(block.size, np.uint64)
    for part in parts:
        state = (state ^ part) * _MIX
        state ^= state >> np.uint64(29)
    return state


def _packed(block: Block, *names: str) -> npt.NDArray[np.uint64]:
    """Several small columns in one word."""
    word = np.zeros(block.size, np.uint64)
    for name in names:
        word = (word << np.uint64(16)) ^ block[name].astype(np.int64).view(np.uint64)
    return word
