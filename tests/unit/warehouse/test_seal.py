"""Sealed days: small, found again, never changed, sealed or not sealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import warehouse.seal
from tests.helpers.shown_values import shown_values
from tests.helpers.store import Store, open_store
from warehouse.seal import Sealed, Seals

AT = datetime(2025, 4, 20, 0, 0, 1, tzinfo=UTC)
AREAS = ("T", "T-a")
#: Values of indicator a and b in both areas; None = no data.
Values = dict[str, tuple[float | None, float | None]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as built:
        yield built


@pytest.fixture
def seals(store: Store) -> Seals:
    return Seals(store.database, store.writer)


def seal(seals: Seals, day: date, values: Values, version: int = 1) -> int | None:
    indicators = {code: Sealed(version, ("today", "mtd") if code == "a" else ("mtd",)) for code in values}
    return seals.seal(day, shown_values(values, AREAS, AT), indicators, sealed_at=AT, was_shown=True)


def found(store: Store, code: str, area: str, period: str = "mtd") -> dict[int, tuple[Any, ...]]:
    """Value, state and version by day of the month."""
    asked = {"indicator": code, "area": area, "period": period}
    rows = store.ask("sealed_values", **asked, from_day=date(2025, 4, 1), to_day=date(2025, 5, 31))
    assert all(row["sealed_at"] == AT and row["was_shown"] for row in rows)
    return {row["day"].day: (row["value"], row["state"], row["definition_version"]) for row in rows}


def april(day: int) -> date:
    return date(2025, 4, day)


def test_a_day_is_found_though_only_what_differs_was_written(store: Store, seals: Seals) -> None:
    assert seal(seals, april(10), {"a": (1, 2), "b": (3, None)}) == 5  # a in two periods, b in one area
    assert seal(seals, april(11), {"a": (1, 2), "b": (3, None)}) == 0
    assert seal(seals, april(13), {"a": (1, 7), "b": (None, 4)}) == 2 + 2
    assert found(store, "a", "T") == dict.fromkeys((10, 11, 13), (1, "ok", 1))
    assert found(store, "a", "T-a", "today") == {10: (2, "ok", 1), 11: (2, "ok", 1), 13: (7, "ok", 1)}
    assert found(store, "b", "T") == {10: (3, "ok", 1), 11: (3, "ok", 1), 13: (None, "no_data", 1)}
    assert found(store, "b", "T-a") == {10: (None, "no_data", None), 11: (None, "no_data", None), 13: (4, "ok", 1)}
    assert found(store, "b", "T", "today") == dict.fromkeys((10, 11, 13), (None, "no_data", None)), "is not kept"


def test_a_value_that_is_gone_stays_gone_and_is_written_once(store: Store, seals: Seals) -> None:
    seal(seals, april(10), {"a": (1, 2), "b": (3, 3)})
    assert seal(seals, april(11), {"a": (1, 2), "b": (None, 3)}) == 1
    assert seal(seals, april(12), {"a": (1, 2), "b": (None, 3)}) == 0
    assert found(store, "b", "T")[12] == (None, "no_data", 1)


def test_the_first_sealed_day_of_a_month_is_whole(store: Store, seals: Seals) -> None:
    seal(seals, april(29), {"a": (1, 2), "b": (3, None)})
    assert seal(seals, date(2025, 5, 2), {"a": (1, 2), "b": (None, None)}) == 4
    assert found(store, "a", "T") == {29: (1, "ok", 1), 2: (1, "ok", 1)}
    assert found(store, "b", "T") == {29: (3, "ok", 1), 2: (None, "no_data", None)}, "nothing is carried over"


def test_a_new_version_and_an_indicator_that_is_gone_are_told(store: Store, seals: Seals) -> None:
    seal(seals, april(10), {"a": (1, 2), "b": (3, 3)})
    assert seal(seals, april(11), {"a": (1, 2)}, version=2) == 4 + 2
    assert found(store, "a", "T") == {10: (1, "ok", 1), 11: (1, "ok", 2)}
    assert found(store, "b", "T") == {10: (3, "ok", 1), 11: (None, "no_data", 1)}


@pytest.mark.parametrize("day", [9, 10])
def test_what_is_sealed_is_left_as_it_is(store: Store, seals: Seals, day: int) -> None:
    seal(seals, april(10), {"a": (1, 2)})
    assert seal(seals, april(day), {"a": (8, 8)}) is None
    assert found(store, "a", "T") == {10: (1, "ok", 1)}
    assert store.count("value_day") == 4


def test_a_sealing_that_was_cut_off_leaves_the_day_unsealed(
    store: Store, seals: Seals, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(seals, april(10), {"a": (1, 2)})
    with monkeypatch.context() as cut:
        cut.setattr(warehouse.seal, "_mark", lambda *_, **__: (_ for _ in ()).throw(OSError("cut off")))
        with pytest.raises(OSError, match="cut off"):
            seal(seals, april(11), {"a": (5, 6)})
    assert store.count("value_day") == 8, "it was under way"
    assert seals.last() == april(10)
    assert found(store, "a", "T") == {10: (1, "ok", 1)}
    assert seal(seals, april(12), {"a": (1, 9)}) == 2
    assert found(store, "a", "T") == {10: (1, "ok", 1), 12: (1, "ok", 1)}
    assert found(store, "a", "T-a") == {10: (2, "ok", 1), 12: (9, "ok", 1)}


def test_days_are_sealed_from_the_first_time_that_somebody_asks(seals: Seals) -> None:
    assert seals.last() is None
    assert seals.begun(april(3)) == april(3)
    assert seals.begun(april(9)) == april(3)
