"""A simulated state small enough for unit tests: all of Kerala's places and services, few cases, few assets."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import pyarrow as pa

from ingest.sources.simulator import Parameters, Simulation, Story, load_story
from warehouse.batch import BATCH_SCHEMA, Batch
from warehouse.clock import SettableClock
from warehouse.event import REJECTED_SCHEMA
from warehouse.reference import Reference, load_reference

ROOT: Final = Path(__file__).resolve().parents[2]
#: A Friday afternoon, local time 16:42.
BEGAN_AT: Final = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)
ASSETS: Final = (
    "hospital-th-palakkad-pattambi",
    "hospital-mch-kollam",
    "depot-thodupuzha",
    "depot-moolamattom",
    "water-alappuzha-kuttanad",
    "ration-palakkad-pattambi",
    "schools-palakkad-pattambi",
    "feeders-idukki-devikulam",
    "ambulances-wayanad-mananthavady",
    "dam-malankara",
)
FEW: Final = Parameters(cases=2_000, history_days=40, seed=7, live=False, events_per_minute=120, batch_rows=1_500)


@cache
def kerala() -> Reference:
    """The reference data of the demo with a handful of assets."""
    whole = load_reference(ROOT / "warehouse" / "states" / "kerala")
    return dataclasses.replace(whole, assets={code: whole.assets[code] for code in ASSETS})


@cache
def story() -> Story:
    """The story of the demo."""
    return load_story("KL")


def simulation(
    parameters: Parameters = FEW,
    clock: SettableClock | None = None,
    positions: Mapping[str, str | None] | None = None,
) -> Simulation:
    """A simulation that begins at BEGAN_AT unless a clock says otherwise."""
    return Simulation(kerala(), story(), parameters, clock or SettableClock(BEGAN_AT), positions)


def everything(one: Simulation) -> list[Batch]:
    """All batches that can be had now, feed by feed in turns as the pipeline takes them."""
    batches: list[Batch] = []
    while taken := [batch for feed in one.feeds if (batch := feed.next_batch()) is not None]:
        batches += taken
    return batches


def events_of(batches: Iterable[Batch]) -> pa.Table:
    """All events. Shape: BATCH_SCHEMA."""
    return pa.concat_tables([BATCH_SCHEMA.empty_table(), *(batch.events for batch in batches)])


def rejected_of(batches: Iterable[Batch]) -> pa.Table:
    """All refused rows. Shape: REJECTED_SCHEMA."""
    return pa.concat_tables([REJECTED_SCHEMA.empty_table(), *(batch.rejected for batch in batches)])


def positions_of(batches: Iterable[Batch]) -> dict[str, str | None]:
    """The last position of each feed, as a warehouse would hold it."""
    return {batch.source: batch.position for batch in batches}


def counted(batches: list[Batch]) -> Counter[tuple[str, str, int]]:
    """Every row with its arrival; repeated rows count as often as they come."""
    events = events_of(batches)
    received = events["received_at"].cast(pa.int64()).to_pylist()
    rows = Counter(zip(events["source"].to_pylist(), events["event_id"].to_pylist(), received, strict=True))
    refused = rejected_of(batches)
    return rows + Counter(
        zip(
            refused["source"].to_pylist(),
            refused["rejected_id"].to_pylist(),
            refused["received_at"].cast(pa.int64()).to_pylist(),
            strict=True,
        )
    )
