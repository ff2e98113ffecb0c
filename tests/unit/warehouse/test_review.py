"""Reviews: what was on the screens stays as it was, whatever happens in between; what is said of a point is added."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.shown_values import shown_values
from tests.helpers.store import Store, open_store
from warehouse.errors import AccessError, DataError, StorageBusyError
from warehouse.principal import Principal
from warehouse.review import ActionPoint, Reviews
from warehouse.review_rules import MOST_CHARACTERS

AT = datetime(2025, 4, 20, 5, tzinfo=UTC)
DAY = date(2025, 4, 20)
AREAS = ("T", "T-a", "T-b")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as built:
        yield built


@pytest.fixture
def reviews(store: Store) -> Reviews:
    return Reviews(store.writer, store.clock)


def hold(reviews: Reviews, values: dict[str, tuple[float | None, ...]], title: str = "Monthly") -> str:
    asked = {"versions": dict.fromkeys(values, 3), "areas": ["T", "T-a"], "periods": ["today", "mtd"]}
    return reviews.hold(DAY, "T", title, "R. Nair", shown_values(values, AREAS, AT), **asked)


def kept(store: Store, review: str, **more: object) -> dict[tuple[str, str, str], Any]:
    rows = store.ask("review_values", review=review, areas=list(AREAS), **more)
    return {(row["indicator"], row["area"], row["period"]): row["value"] for row in rows}


def point(review: str, **more: Any) -> ActionPoint:
    given = {"area": "T-a", "task": "Clear the backlog", "holder": "Tahsildar", "due_on": date(2025, 5, 1)}
    return ActionPoint(review=review, **given | more)


def test_a_review_keeps_the_values_of_its_moment_and_of_its_places_alone(store: Store, reviews: Reviews) -> None:
    many = {f"i{number}": (number, number + 0.5, 7) for number in range(120)}
    assert hold(reviews, many | {"none": (None, 1, 1)}) == "2025-04-20"
    assert hold(reviews, {"i0": (9, 9, 9)}, "Second of the day") == "2025-04-20-2"
    assert [(row["review"], row["title"], row["held_by"]) for row in store.ask("reviews")] == [
        ("2025-04-20-2", "Second of the day", "R. Nair"),
        ("2025-04-20", "Monthly", "R. Nair"),
    ]
    found = kept(store, "2025-04-20")
    assert len(found) == (120 * 2 + 1) * 2, "three hundred values of two places and two periods; none is none"
    assert found["i119", "T-a", "mtd"] == 119.5
    assert not any(area == "T-b" for _, area, _ in found)
    assert kept(store, "2025-04-20", indicators=["i7"], period="today") == {
        ("i7", "T", "today"): 7,
        ("i7", "T-a", "today"): 7.5,
    }
    assert kept(store, "2025-04-20-2") == {("i0", area, period): 9 for area in AREAS[:2] for period in ("today", "mtd")}
    versions = {row["definition_version"] for row in store.ask("review_values", review="2025-04-20", areas=["T"])}
    assert versions == {3}


def test_what_a_review_that_was_cut_off_left_is_no_review_and_is_removed(
    store: Store, reviews: Reviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, asked = store.writer.run, []

    def cut_off(task: Any, **more: Any) -> Any:
        asked.append(task)
        if len(asked) == 3:
            raise StorageBusyError("cut off")
        return run(task, **more)

    with monkeypatch.context() as patched:
        patched.setattr(store.writer, "run", cut_off)
        with pytest.raises(StorageBusyError):
            hold(reviews, {f"i{number}": (1, 2, 3) for number in range(60)})
    assert store.count("review_value") > 0
    assert store.ask("reviews") == []
    hold(reviews, {"a": (1, 2, 3)})
    assert store.count("review_value") == 4


def test_two_reviews_at_once_have_two_names(store: Store, reviews: Reviews) -> None:
    held: list[str] = []
    threads = [threading.Thread(target=lambda: held.append(hold(reviews, {"a": (1, 2, 3)}))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(held) == ["2025-04-20", "2025-04-20-2", "2025-04-20-3", "2025-04-20-4"]


def test_the_last_word_about_a_point_holds_and_the_others_stay(store: Store, reviews: Reviews) -> None:
    review = hold(reviews, {"a": (1, 2, 3)})
    first, second = reviews.agree(point(review), "R. Nair"), reviews.agree(point(review, area="T-b"), "R. Nair")
    assert (first, second) == (f"{review}.1", f"{review}.2")
    assert [row["state"] for row in store.ask("action_points")] == ["open", "open"]
    for state, remark in (("kept", "done"), ("open", "not so"), ("kept", "")):
        reviews.say(first, state, remark, "S. Menon")
    by_point = {row["point"]: row for row in store.ask("action_points")}
    assert (by_point[first]["state"], by_point[first]["remark"], by_point[first]["said_by"]) == ("kept", "", "S. Menon")
    assert by_point[second]["state"] == "open"
    assert by_point[second]["remark"] is None
    assert store.count("action_word") == 3
    assert [row["point"] for row in store.ask("action_points", area="T-b")] == [second]


def test_a_collector_is_shown_what_was_kept_and_agreed_of_the_own_district(store: Store, reviews: Reviews) -> None:
    review = hold(reviews, {"a": (1, 2, 3)})
    for area in ("T", "T-a", "T-b"):
        reviews.agree(point(review, area=area), "R. Nair")
    collector = Principal(user="c", role="collector", areas=frozenset({"T-a"}))
    ask = store.reader.query
    assert [row["review"] for row in ask("reviews", collector).to_pylist()] == [review]
    assert [row["area"] for row in ask("action_points", collector).to_pylist()] == ["T-a"]
    assert {row["area"] for row in ask("review_values", collector, review=review, areas=["T-a"]).to_pylist()} == {"T-a"}
    with pytest.raises(AccessError):
        ask("review_values", collector, review=review, areas=["T"])


def test_what_cannot_be_is_refused_and_nothing_is_kept(store: Store, reviews: Reviews) -> None:
    with pytest.raises(DataError, match="title has 1 to 300 characters, not 0"):
        hold(reviews, {"a": (1, 2, 3)}, "  ")
    with pytest.raises(DataError, match="not 301"):
        hold(reviews, {"a": (1, 2, 3)}, "x" * (MOST_CHARACTERS + 1))
    review = hold(reviews, {"a": (1, 2, 3)})
    with pytest.raises(DataError, match="there is no review 'elsewhere'"):
        reviews.agree(point("elsewhere"), "R. Nair")
    with pytest.raises(DataError, match="holder has 1 to 300"):
        reviews.agree(point(review, holder=""), "R. Nair")
    with pytest.raises(DataError, match="there is no action point"):
        reviews.say(f"{review}.1", "kept", "", "R. Nair")
    agreed = reviews.agree(point(review), "R. Nair")
    with pytest.raises(DataError, match="kept, dropped, open, not 'finished'"):
        reviews.say(agreed, "finished", "", "R. Nair")
    assert (store.count("review"), store.count("action_point"), store.count("action_word")) == (1, 1, 0)


def test_no_number_of_a_person_reaches_the_disk(store: Store, reviews: Reviews) -> None:
    review = hold(reviews, {"a": (1, 2, 3)}, "With Aadhaar 2345 6789 0124")
    reviews.agree(point(review, task="Call 98470 12345", holder="clerk@example.org"), "R. Nair")
    (row,) = store.ask("action_points")
    told = f"{store.ask('reviews')[0]['title']} {row['task']} {row['holder']}"
    for part in ("2345 6789", "98470", "clerk@"):
        assert part not in told
