"""The loop never loses a batch, and one source's trouble is no other's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.pipeline import FIRST_WAIT, LONGEST_WAIT, SETTLED_AFTER, Pipeline
from ingest.sources.memory import MemorySource
from tests.helpers.rows import CASES, NOW, decoded
from tests.helpers.store import open_store
from warehouse.batch import Batch, BatchListener, CommitResult, SilentListener
from warehouse.clock import SettableClock
from warehouse.errors import (
    CMError,
    DataError,
    InternalError,
    SourceGoneError,
    SourceRefusedError,
    StorageBrokenError,
    StorageBusyError,
)


def batch(name: str, number: int) -> Batch:
    result = decoded(CASES, {"id": f"{name}{number}", "opened": "2026-04-01"})
    return Batch(name, result.events, result.rejected, result.rows)


def batches(name: str, count: int) -> list[Batch]:
    return [batch(name, number) for number in range(count)]


class Ledger:
    """A writer that keeps case numbers in the order of commits, and fails when told to.

    Attributes:
        troubles: raised by the next commits, one each; None lets one pass.
    """

    def __init__(self, *troubles: CMError | None) -> None:
        self.written: list[str] = []
        self.troubles = list(troubles)

    def submit(self, batches: Sequence[Batch], listener: BatchListener) -> Future[list[CommitResult]]:
        trouble = self.troubles.pop(0) if self.troubles else None
        done: Future[list[CommitResult]] = Future()
        if trouble is not None:
            done.set_exception(trouble)
        else:
            self.written += [case for batch in batches for case in batch.events["case_id"].to_pylist()]
            done.set_result([CommitResult(one.received, one.received, 0, 0, one.events.num_rows) for one in batches])
        return done


class Stumbling(MemorySource):
    """A source whose reads raise what they are told, one each; None lets one pass."""

    def __init__(self, name: str, count: int, *troubles: Exception | None) -> None:
        super().__init__(name, batches(name, count))
        self.troubles = list(troubles)
        self.closed = 0

    def next_batch(self) -> Batch | None:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble
        return super().next_batch()

    def close(self) -> None:
        self.closed += 1


def pipeline(ledger: Ledger, *sources: MemorySource) -> tuple[Pipeline, SettableClock]:
    clock = SettableClock(NOW)
    return Pipeline(sources, ledger, SilentListener(), clock, idle_s=0.001), clock


def until_idle(line: Pipeline, advance: Callable[[], None] = lambda: None) -> None:
    for _ in range(50):
        line.run_once()
        advance()


def test_sources_take_turns() -> None:
    ledger = Ledger()
    line, _ = pipeline(ledger, Stumbling("a", 3), Stumbling("b", 1))
    until_idle(line)
    assert ledger.written == ["t:a0", "t:b0", "t:a1", "t:a2"]
    assert not line.run_once()


def test_a_busy_warehouse_gets_the_same_batch_again() -> None:
    ledger = Ledger(None, StorageBusyError("locked"), StorageBusyError("locked"))
    line, clock = pipeline(ledger, Stumbling("a", 3))
    assert line.run_once()
    assert not line.run_once()
    assert not line.run_once(), "it waits before it tries again"
    until_idle(line, lambda: clock.advance(timedelta(seconds=1)))
    assert ledger.written == ["t:a0", "t:a1", "t:a2"]


def test_a_source_that_is_gone_is_asked_again_after_longer_and_longer_waits() -> None:
    source = Stumbling("a", 1, *[SourceGoneError("no answer") for _ in range(20)])
    line, clock = pipeline(Ledger(), source, Stumbling("b", 1))
    tries = []
    for _ in range(2_000):
        before = len(source.troubles)
        line.run_once()
        if len(source.troubles) < before:
            tries.append(clock.now())
        clock.advance(timedelta(milliseconds=250))
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[:3] == [timedelta(seconds=seconds) for seconds in (0.25, 0.5, 1)]
    assert max(waits) == LONGEST_WAIT


@pytest.mark.parametrize("error", [SourceRefusedError("unknown"), DataError("torn"), ValueError("our own bug")])
def test_a_source_that_fails_for_good_stops_alone(error: Exception) -> None:
    ledger = Ledger()
    bad = Stumbling("bad", 2, None, error)
    line, _ = pipeline(ledger, bad, Stumbling("good", 3))
    until_idle(line)
    assert ledger.written == ["t:bad0", "t:good0", "t:good1", "t:good2"]
    assert [(failure.source, failure.error) for failure in line.failures] == [("bad", error)]
    assert bad.closed == 1


def test_what_is_wrong_with_a_source_is_said_until_it_is_well_again() -> None:
    source = Stumbling("a", 1, SourceGoneError("no answer"))
    line, clock = pipeline(Ledger(), source, Stumbling("b", 1))
    line.run_once()
    assert line.troubles() == {"a": "no answer"}
    clock.advance(timedelta(seconds=1))
    line.run_once()
    assert line.troubles() == {}


def test_a_source_that_gives_nothing_is_well_when_it_has_not_failed_for_a_while() -> None:
    source = Stumbling("a", 1, SourceGoneError("no answer"))
    line, clock = pipeline(Ledger(), source)
    line.run_once()
    clock.advance(FIRST_WAIT + SETTLED_AFTER - timedelta(seconds=1))
    assert line.troubles() == {"a": "no answer"}
    clock.advance(timedelta(seconds=2))
    assert line.troubles() == {}


def test_a_source_that_was_given_up_is_in_trouble_until_it_is_added_again() -> None:
    ledger = Ledger()
    line, clock = pipeline(ledger, Stumbling("a", 1, SourceRefusedError("messages are lost")))
    until_idle(line)
    clock.advance(timedelta(days=1))
    assert line.troubles() == {"a": "messages are lost"}
    line.add(Stumbling("a", 1))
    assert (line.troubles(), line.failures) == ({}, ())
    until_idle(line)
    assert ledger.written == ["t:a0"]


def test_a_broken_warehouse_stops_the_loop_and_the_sources_are_closed() -> None:
    source = Stumbling("a", 3)
    line, _ = pipeline(Ledger(None, StorageBrokenError("disk full")), source)
    with pytest.raises(StorageBrokenError):
        line.run(threading.Event())
    assert source.closed == 1


def test_it_runs_until_told_to_stop_and_takes_new_sources_meanwhile() -> None:
    ledger = Ledger()
    line, _ = pipeline(ledger, Stumbling("a", 1))
    stop = threading.Event()
    thread = threading.Thread(target=line.run, args=(stop,))
    thread.start()
    line.add(Stumbling("b", 2))
    for _ in range(500):
        if len(ledger.written) == 3:
            break
        stop.wait(0.01)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert sorted(ledger.written) == ["t:a0", "t:b0", "t:b1"]


def test_one_source_whose_batch_is_refused_does_not_hold_up_the_others() -> None:
    wrong = InternalError("the columns are wrong")
    ledger = Ledger(wrong, None, wrong)
    line, _ = pipeline(ledger, Stumbling("a", 2), Stumbling("bad", 2), Stumbling("b", 2))
    until_idle(line)
    assert ledger.written == ["t:a0", "t:b0", "t:a1", "t:b1"]
    assert [(failure.source, failure.error) for failure in line.failures] == [("bad", wrong)]


def test_the_next_batch_is_taken_while_one_is_committed() -> None:
    source = Stumbling("a", 3)
    ledger = Ledger()
    taken: list[str] = []
    submit = ledger.submit

    def watched(batches: Sequence[Batch], listener: BatchListener) -> Future[list[CommitResult]]:
        taken.append(source.position())
        return submit(batches, listener)

    ledger.submit = watched  # type: ignore[method-assign]
    line, _ = pipeline(ledger, source)
    line.run_once()
    assert taken == ['{"batch": 1}']
    assert source.position() == '{"batch": 2}'
    assert ledger.written == ["t:a0"]
    until_idle(line)
    assert ledger.written == ["t:a0", "t:a1", "t:a2"]


def test_what_goes_wrong_ahead_of_its_turn_waits_for_it() -> None:
    ledger = Ledger(None, StorageBusyError("locked"))
    bad = Stumbling("bad", 3, None, None, SourceRefusedError("unknown"))
    line, clock = pipeline(ledger, bad)
    until_idle(line, lambda: clock.advance(timedelta(seconds=1)))
    assert ledger.written == ["t:bad0", "t:bad1"]
    assert bad.closed == 1


def test_a_file_is_loaded_to_its_end_beside_the_loop() -> None:
    ledger = Ledger(None, StorageBusyError("locked"))
    source = Stumbling("a", 3)
    line = Pipeline((), ledger, SilentListener(), _Running(), idle_s=0.001)
    assert [result.received for result in line.load(source)] == [1, 1, 1]
    assert ledger.written == ["t:a0", "t:a1", "t:a2"]
    assert source.closed == 1


def test_a_file_that_tears_keeps_what_was_committed() -> None:
    ledger = Ledger()
    line, _ = pipeline(ledger)
    loading = line.load(Stumbling("a", 3, None, DataError("torn")))
    assert next(loading).received == 1
    with pytest.raises(DataError):
        next(loading)
    assert ledger.written == ["t:a0"]


class _Running(SettableClock):
    """A clock on which every look takes a second."""

    def __init__(self) -> None:
        super().__init__(NOW)

    def now(self):  # type: ignore[no-untyped-def]
        self.advance(timedelta(seconds=1))
        return self.at


def test_memory_source_goes_on_where_it_was() -> None:
    source = MemorySource("a", batches("a", 3))
    source.next_batch()
    resumed = MemorySource("a", batches("a", 3), source.position())
    taken = resumed.next_batch()
    assert taken is not None
    assert taken.position == '{"batch": 2}'


def test_what_is_pushed_for_a_source_does_not_move_the_source(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        own = replace(batch("a", 0), position='{"day": 7}')
        store.writer.commit(own, SilentListener())
        line = Pipeline((), store.writer, SilentListener(), SettableClock(NOW))
        assert [result.accepted for result in line.load(MemorySource("a", [batch("a", 1)]))] == [1]
        positions = {row["partition"]: row["position"] for row in store.ask("source_positions", source="a")}
        assert positions[""] == '{"day": 7}'


def test_a_source_that_comes_in_two_ways_is_given_up_in_one() -> None:
    bad, other = Stumbling("a", 1, SourceRefusedError("lost")), MemorySource("a", batches("a", 1))
    line, _ = pipeline(Ledger(), bad)
    until_idle(line)
    line.add(other)
    assert [failure.source for failure in line.failures] == ["a"], "the other way says nothing about this one"
    assert (line.runs("a", Stumbling), line.runs("a", MemorySource)) == (False, True)
    line.add(Stumbling("a", 1))
    assert not line.failures
    assert line.runs("a", Stumbling)
