"""Figures stated anew become corrections; what holds is what came, or was stated, last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.helpers.store import Store, batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import ZONE
from warehouse.batch import Batch, CommitResult, Restating, SilentListener
from warehouse.transaction import TransactionReader

READ_AT = datetime(2025, 3, 31, 6, 0, tzinfo=UTC)
NOON = datetime(2025, 4, 1, 6, 30, tzinfo=UTC)
BY_ARRIVAL = Restating(as_stated=False, timezone=ZONE.key)
AS_STATED = Restating(as_stated=True, timezone=ZONE.key)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as built:
        yield built


def stated(value: float, at: datetime = NOON, name: str = "r1", **other: Any) -> dict[str, Any]:
    """A reading as a mapping would give it; the digest follows from the contents."""
    fields = {"metric": "beds", "asset": "H1", "area": "T-a-x-1", "value": value} | other
    return event(name, "ksmart", "reading.taken", READ_AT, received_at=at, digest=int(value * 100) + 7, **fields)


def batch_of(*events: dict[str, Any], restating: Restating | None = BY_ARRIVAL) -> Batch:
    return replace(batch(table(list(events))), restating=restating)


def take(store: Store, *events: dict[str, Any], restating: Restating | None = BY_ARRIVAL) -> CommitResult:
    return store.writer.commit(batch_of(*events, restating=restating), SilentListener())


def counts(result: CommitResult) -> tuple[int, int, int]:
    assert result.received == result.accepted + result.rejected + result.duplicates
    return result.accepted, result.rejected, result.duplicates


def holds(store: Store, name: str = "r1") -> tuple[float, int]:
    """The value that holds, and how many corrections there are."""

    def read(_: Any) -> pa.Table:
        names = pa.table({"source": ["ksmart"], "event_id": [name]})
        statements = store.writer.statements
        reader = TransactionReader(statements, store.writer.known, store.writer.known.events)
        return pa.concat_tables([reader.events_of_names(names), reader.corrections_of(names)])

    first, *said = store.writer.run(read).sort_by("occurred_at").to_pylist()
    assert first["event_id"] == name
    for one in said:
        assert (one["kind"], one["ref"], one["metric"], one["asset"]) == ("event.corrected", name, None, None)
        assert one["day"] == one["occurred_at"].astimezone(ZONE).date()
    return [first, *said][-1]["value"], len(said)


def test_another_figure_is_a_correction_and_the_same_again_is_not(store: Store) -> None:
    assert counts(take(store, stated(5))) == (1, 0, 0)
    assert counts(take(store, stated(5, NOON + timedelta(days=1)))) == (0, 0, 1)
    assert counts(take(store, stated(6, NOON + timedelta(days=2)))) == (1, 0, 0)
    assert counts(take(store, stated(6, NOON + timedelta(days=3)))) == (0, 0, 1)
    assert holds(store) == (6, 1)


def test_a_figure_that_comes_back_holds_again(store: Store) -> None:
    for day, value in enumerate([5, 6, 5, 6, 6, 5]):
        take(store, stated(value, NOON + timedelta(days=day)))
    assert holds(store) == (5, 4)


def test_of_several_in_one_batch_the_last_row_holds(store: Store) -> None:
    assert counts(take(store, stated(5), stated(6), stated(6), stated(4), stated(9, name="r2"))) == (4, 0, 1)
    assert holds(store) == (4, 2)
    assert holds(store, "r2") == (9, 0)
    assert counts(take(store, stated(4), stated(7))) == (1, 0, 1), "at the very same instant"
    assert holds(store) == (7, 3)


def test_batches_of_one_transaction_know_of_each_other(store: Store) -> None:
    batches = [batch_of(stated(5)), batch_of(stated(6)), batch_of(stated(6)), batch_of(stated(5))]
    results = store.writer.submit(batches, SilentListener()).result()
    assert [counts(one) for one in results] == [(1, 0, 0), (1, 0, 0), (0, 0, 1), (1, 0, 0)]
    assert holds(store) == (5, 2)


def test_the_latest_statement_holds_however_they_arrive(store: Store) -> None:
    days = {value: NOON + timedelta(days=value) for value in range(9)}
    assert counts(take(store, stated(3, days[3]), restating=AS_STATED)) == (1, 0, 0)
    assert counts(take(store, stated(7, days[7]), restating=AS_STATED)) == (1, 0, 0)
    assert counts(take(store, stated(1, days[1]), stated(5, days[5]), restating=AS_STATED)) == (1, 0, 1), (
        "1 is outdated"
    )
    assert holds(store) == (7, 2)
    everything = [stated(value, days[value]) for value in (1, 3, 5, 7)]
    assert counts(take(store, *everything, restating=AS_STATED)) == (0, 0, 4)
    assert counts(take(store, stated(7, days[6]), restating=AS_STATED)) == (1, 0, 0), "known a day earlier"
    assert holds(store) == (7, 3)


def test_two_statements_of_one_instant_contradict_each_other(store: Store) -> None:
    assert counts(take(store, stated(5), stated(6), restating=AS_STATED)) == (1, 1, 0)
    assert [row["reason"] for row in store.ask("rejected_list")] == ["conflict"]
    assert holds(store) == (5, 0)


@pytest.mark.parametrize("other", [{"metric": "power"}, {"asset": "H2"}])
def test_what_a_correction_cannot_change_is_a_contradiction(store: Store, other: dict[str, str]) -> None:
    take(store, stated(5))
    assert counts(take(store, stated(6, **other), stated(8, name="r2"))) == (1, 1, 0)
    assert holds(store) == (5, 0)


def test_without_restating_another_figure_is_a_contradiction(store: Store) -> None:
    take(store, stated(5), restating=None)
    assert counts(take(store, stated(6), restating=None)) == (0, 1, 0)
    assert holds(store) == (5, 0)


def test_a_quarter_may_be_stated_in_each_of_its_months(store: Store) -> None:
    quarters = replace(BY_ARRIVAL, months=3)
    for month, value, told in ((4, 5, (1, 0, 0)), (5, 6, (1, 0, 0)), (6, 7, (1, 0, 0)), (7, 8, (0, 1, 0))):
        at = datetime(2025, month, 30, tzinfo=UTC)
        assert counts(take(store, stated(value, at) | {"occurred_at": at}, restating=quarters)) == told


def test_a_month_may_be_stated_before_it_ends_and_another_one_is_a_conflict(store: Store) -> None:
    by_month = replace(BY_ARRIVAL, months=1)

    def take_of(day: int, value: float, month: int = 3) -> tuple[int, int, int]:
        at = datetime(2025, month, day, tzinfo=UTC)
        return counts(take(store, stated(value, at) | {"occurred_at": at}, restating=by_month))

    assert take_of(10, 5) == (1, 0, 0)
    assert take_of(20, 5) == (0, 0, 1)
    assert take_of(20, 6) == (1, 0, 0)
    assert take_of(28, 7) == (1, 0, 0)
    assert holds(store) == (7, 2)
    assert take_of(1, 8, month=4) == (0, 1, 0)
    assert holds(store) == (7, 2)
    assert counts(take(store, stated(9) | {"occurred_at": NOON})) == (0, 1, 0), "without months the instant is fixed"
