"""Disorder: as much of it as was asked for, and nothing that could not really happen."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ingest.sources.simulator import Parameters
from ingest.sources.simulator.block import KIND_CODE, Block, Nature, new_block
from ingest.sources.simulator.disorder import DRAWS, LATEST_S, Lags, disorder
from ingest.sources.simulator.story import Feed
from tests.helpers.simulated import FEW, events_of, everything, rejected_of, simulation

ORDERLY = dataclasses.replace(FEW, late_share=0.0, duplicate_share=0.0, corrected_share=0.0, malformed_share=0.0)
FEEDS = (Feed("a", "AA", lag_s=10), Feed("b", "BB", lag_s=5, outages_per_day=6, outage_min=(20, 40)))
DAY_US = 86_400_000_000


def _block(rows: int, feed: int = 0) -> Block:
    at_us = 20_000 * DAY_US + np.linspace(0, DAY_US, rows).astype(np.int64)
    return new_block(
        rows, at_us=at_us, feed=feed, office=0, area=0, service=0, day=20_000, kind=KIND_CODE["case.decided"]
    )


def _disordered(parameters: Parameters, block: Block) -> Block:
    draws = np.random.default_rng(5).random((DRAWS, block.size))
    return disorder(block, parameters, Lags(1, FEEDS), draws)


@pytest.mark.parametrize("share", ["late_share", "duplicate_share", "corrected_share", "malformed_share"])
def test_shares_are_kept(share: str) -> None:
    rows = 50_000
    block = _disordered(dataclasses.replace(ORDERLY, **{share: 0.1}), _block(rows))
    added = np.count_nonzero(block["nature"] != Nature.ORDINARY)
    late = np.count_nonzero((block["received_us"] - block["at_us"] > 600e6) & (block["nature"] == Nature.ORDINARY))
    assert block.size == rows + added
    assert (added + late) / rows == pytest.approx(0.1, rel=0.05)


def test_without_shares_only_lags_remain() -> None:
    block = _disordered(ORDERLY, _block(10_000))
    assert block.size == 10_000
    lag_s = (block["received_us"] - block["at_us"]) / 1e6
    assert lag_s.min() > 0
    assert np.mean(lag_s) == pytest.approx(10, rel=0.1)


def test_nothing_is_later_than_a_resumed_simulation_looks_back() -> None:
    block = _disordered(dataclasses.replace(ORDERLY, late_share=1.0), _block(50_000))
    assert (block["received_us"] - block["at_us"]).max() <= (LATEST_S + 600) * 1e6


def test_nothing_arrives_while_a_feed_is_silent() -> None:
    arrivals = np.sort(_disordered(ORDERLY, _block(20_000, feed=1))["received_us"])
    gaps_s = np.diff(arrivals) / 1e6
    assert np.count_nonzero(gaps_s > 15 * 60) >= 4
    assert gaps_s.max() < 3 * 3_600


@pytest.fixture(scope="module")
def untidy() -> tuple[pa.Table, pa.Table]:
    parameters = dataclasses.replace(
        FEW, late_share=0.2, duplicate_share=0.05, corrected_share=0.1, malformed_share=0.05, batch_rows=50_000
    )
    batches = everything(simulation(parameters))
    return events_of(batches), rejected_of(batches)


def test_repeated_rows_say_the_same(untidy: tuple[pa.Table, pa.Table]) -> None:
    events, _ = untidy
    said: dict[tuple[str, str], set[int]] = {}
    for source, event_id, digest in zip(
        events["source"].to_pylist(), events["event_id"].to_pylist(), events["digest"].to_pylist(), strict=True
    ):
        said.setdefault((source, event_id), set()).add(digest)
    assert all(len(digests) == 1 for digests in said.values())
    assert events.num_rows > 1.03 * len(said)


def test_corrections_speak_of_events_that_exist(untidy: tuple[pa.Table, pa.Table]) -> None:
    events, _ = untidy
    kinds = events["kind"].to_pylist()
    known = {
        (s, e): k for s, e, k in zip(events["source"].to_pylist(), events["event_id"].to_pylist(), kinds, strict=True)
    }
    changes = events.filter(pc.is_in(events["kind"], pa.array(["event.corrected", "event.retracted"]))).to_pylist()
    assert {change["kind"] for change in changes} == {"event.corrected", "event.retracted"}
    for change in changes:
        # the original may still be on its way at the end of the history
        original = known.get((change["source"], change["ref"]))
        if original is None:
            continue
        assert change["received_at"] > change["occurred_at"]
        if change["kind"] == "event.retracted":
            assert original in {"amount.recorded", "feedback.given", "reading.taken"}
            assert [change[name] for name in ("case_id", "amount", "rating", "value")] == [None] * 4
        else:
            field = {
                "case.decided": "outcome",
                "amount.recorded": "amount",
                "feedback.given": "rating",
                "reading.taken": "value",
            }
            assert change[field[original]] is not None
    assert sum((change["source"], change["ref"]) in known for change in changes) > 0.9 * len(changes)


def test_malformed_rows_are_refused_for_many_reasons(untidy: tuple[pa.Table, pa.Table]) -> None:
    _, rejected = untidy
    reasons = Counter(rejected["reason"].to_pylist())
    assert {"unknown_service", "bad_time", "missing", "out_of_range", "unknown_area", "not_json"} <= set(reasons)
    assert all(detail for detail in rejected["detail"].to_pylist())
    assert len(set(rejected["rejected_id"].to_pylist())) > 0.99 * rejected.num_rows
