"""What the benchmark says of latencies, on instants that the test chooses."""

from __future__ import annotations

import types
from typing import Any

import pyarrow as pa
import pytest

from ingest.bench import latency
from ingest.bench.latency import Observed, figures


class Steady:
    """A house whose steady clock the test moves: a commit and a publication take no time of their own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        self.version = 0
        monkeypatch.setattr(latency, "time", types.SimpleNamespace(monotonic=lambda: self.now_s))
        self.board = self
        self.publisher = self
        self.observed = Observed(self)  # type: ignore[arg-type]

    def prepare(self, events: pa.Table, reader: Any) -> pa.Table:
        return events

    def apply(self, change: pa.Table) -> None:
        self.version += 1

    def advance(self) -> None: ...

    def publish(self) -> int:
        self.during_publish()
        return 1

    def during_publish(self) -> None: ...

    def commit(self, at_s: float, *names: str) -> None:
        self.now_s = at_s
        self.observed.apply(self.observed.prepare(pa.table({"event_id": list(names)}), None))  # type: ignore[arg-type]

    def published(self, at_s: float) -> None:
        self.now_s = at_s
        self.observed.publish()


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Steady:
    return Steady(monkeypatch)


def test_value_of_an_event_is_current_with_the_first_publication_after_its_commit(house: Steady) -> None:
    house.commit(1.0, "a", "b")
    house.published(1.5)
    house.published(1.7)  # nothing new
    house.commit(2.0, "d")
    house.commit(2.1, "c")
    house.published(2.5)
    applied_s, current_s = house.observed.instants(["a", "b", "c", "d"])
    assert applied_s.tolist() == [1.0, 1.0, 2.1, 2.0]
    assert current_s.tolist() == [1.5, 1.5, 2.5, 2.5]


def test_a_commit_during_an_evaluation_is_current_with_the_next_one(house: Steady) -> None:
    house.commit(1.0, "a")
    house.during_publish = lambda: house.commit(1.4, "b")  # type: ignore[method-assign]
    house.published(1.3)
    house.during_publish = lambda: None  # type: ignore[method-assign]
    house.published(1.9)
    assert house.observed.instants(["a", "b"])[1].tolist() == [1.4, 1.9]


def test_latency_counts_from_when_an_event_was_due(house: Steady) -> None:
    sent = [(0.1 * number, 0.1 * number + 0.03) for number in range(10)]
    names = [f"e{number}" for number in range(10)]
    for (due_s, _), name in zip(sent, names, strict=True):
        house.commit(due_s + 0.05, name)
        house.published(due_s + 0.08)
    found = figures(house.observed, names, sent, 10)
    assert found["sent_to_value"]["p50_ms"] == pytest.approx(80)
    assert found["sent_to_committed"]["p99_ms"] == pytest.approx(50)
    assert found["committed_to_value"]["max_ms"] == pytest.approx(30)
    assert found["due_to_sent"]["p95_ms"] == pytest.approx(30)
    assert (found["held"], found["events_per_commit"]) == (True, 1)
    assert found["achieved_events_per_s"] == pytest.approx(10)


def test_a_rate_that_is_not_held_is_said_to_be_none(house: Steady) -> None:
    """Half as many are taken as come: what is due at t is current at 2 t."""
    sent = [(0.1 * number, 0.1 * number) for number in range(1, 100)]
    names = [f"e{number}" for number in range(1, 100)]
    for (due_s, _), name in zip(sent, names, strict=True):
        house.commit(2 * due_s, name)
        house.published(2 * due_s)
    found = figures(house.observed, names, sent, 10)
    assert not found["held"]
    assert found["growth_ms_per_s"] == pytest.approx(1000)
    assert found["achieved_events_per_s"] == pytest.approx(5)
    assert found["events"] == 89  # the first second does not count
