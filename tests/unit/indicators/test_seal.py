"""Every day is sealed, in order: as it was shown at midnight, or made up where nobody was there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from indicators.as_of import board_as_of
from indicators.board import Board
from indicators.definition import Catalogue
from indicators.known import known
from indicators.load import read_catalogue
from indicators.lookup import value
from indicators.publish import BoardPublisher
from indicators.seal import MOST_MISSED_DAYS, Sealer, sealed_period, sealed_periods
from tests.helpers.small_catalogue import small_reference, write_catalogue
from tests.helpers.store import EVERYBODY, Store, batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import ZONE, at
from warehouse.seal import Seals

REFERENCE = small_reference()
CODE = "gad_certificate_received"


def april(day: int) -> date:
    return date(2025, 4, day)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return read_catalogue(write_catalogue(tmp_path_factory.mktemp("seal") / "c"), REFERENCE)[0]


@dataclass
class House:
    store: Store
    board: Board
    publisher: BoardPublisher
    sealer: Sealer
    catalogue: Catalogue

    def take(self, *events: dict[str, Any]) -> None:
        now = self.store.clock.at
        self.store.writer.commit(batch(table([one | {"received_at": now} for one in events])), self.board)
        self.publisher.publish()

    def cross_midnight(self, day: date, *, shown: bool = True) -> None:
        """To the first instant of a day."""
        self.store.clock.at = datetime.combine(day, time(0, 0, 0, 50_000), ZONE).astimezone(UTC)
        if shown:
            self.sealer.close(self.board, self.publisher)
        self.load()

    def load(self) -> None:
        self.store.writer.run(lambda _: self.board.load(self.store.reader), in_transaction=False)

    def sealed(self, code: str = CODE, area: str = "T", period: str = "today") -> list[tuple[int, Any, bool]]:
        """Day, value, and whether it was shown."""
        asked = {"indicator": code, "area": area, "period": period, "from_day": april(1), "to_day": date(2025, 6, 30)}
        return [(row["day"].day, row["value"], row["was_shown"]) for row in self.store.ask("sealed_values", **asked)]


@pytest.fixture
def house(tmp_path: Path, catalogue: Catalogue) -> Iterator[House]:
    with open_store(tmp_path) as store:
        store.clock.at = at(april(10), 12)
        board = Board(REFERENCE, store.clock)
        publisher = BoardPublisher(board, catalogue, REFERENCE, store.clock)
        publisher.set_phase("live")

        def board_of(day: date) -> Board:
            return board_as_of(day, REFERENCE, store.reader, EVERYBODY)

        sealer = Sealer(Seals(store.database, store.writer), board_of, catalogue, REFERENCE, store.clock)
        yield House(store, board, publisher, sealer, catalogue)


def opened(name: str, day: date, hour: int = 10, area: str = "T-a-x-1") -> dict[str, Any]:
    return event(f"o{name}", "ksmart", "case.opened", at(day, hour), case_id=name, service="certificate", area=area)


def test_the_day_is_closed_once_whoever_comes_first(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.take(*(opened(f"c{number}", april(10)) for number in range(7)))
    house.store.clock.at = datetime.combine(april(11), time(0, 0, 0, 50_000), ZONE).astimezone(UTC)
    begun, whole = threading.Event(), house.publisher.publish

    def slowly() -> int:
        begun.set()
        sleep(0.5)  # for long enough that the other, were it let in, would have rolled over
        return whole()

    monkeypatch.setattr(house.publisher, "publish", slowly)

    def advance() -> None:
        house.sealer.advance(house.board, house.publisher, house.load)

    first, second = threading.Thread(target=advance), threading.Thread(target=advance)
    first.start()
    assert begun.wait(10)
    monkeypatch.setattr(house.publisher, "publish", whole)
    second.start()
    for one in (first, second):
        one.join(10)
    house.store.clock.at += timedelta(seconds=30)
    house.sealer.seal()
    assert house.sealed() == [(10, 7.0, True)]


def test_the_day_itself_and_the_headline_period_are_sealed(catalogue: Catalogue) -> None:
    periods = {
        code: sealed_periods(catalogue[code])
        for code in (CODE, "gad_certificate_overdue_share", "all_median_days", "beds_average")
    }
    assert periods == {
        CODE: ("today", "mtd"),
        "gad_certificate_overdue_share": ("today",),
        "all_median_days": ("mtd",),
        "beds_average": ("today",),
    }
    assert sealed_period(catalogue["beds_average"], "fy") == "today"
    assert sealed_period(catalogue[CODE], "fy") == "fy"


def test_a_day_is_sealed_as_it_was_shown_and_late_events_do_not_change_it(house: House) -> None:
    assert house.sealer.seal() == {}, "the day has not ended"
    house.take(opened("1", april(10)), opened("2", april(10)))
    house.cross_midnight(april(11))
    house.take(opened("3", april(10), 11))
    assert list(house.sealer.seal()) == [april(10)]
    assert house.sealer.seal() == {}
    assert house.sealed() == [(10, 2, True)]
    assert house.sealed(period="mtd", area="T-a-x") == [(10, 2, True)]
    house.cross_midnight(april(12))
    house.sealer.seal()
    assert house.sealed() == [(10, 2, True), (11, 0, True)]
    assert house.sealed(period="mtd") == [(10, 2, True), (11, 3, True)]


def test_what_falls_due_at_the_end_of_a_day_is_overdue_when_it_is_sealed(house: House) -> None:
    house.take(opened("1", april(10), area="T-a-x-2"))  # three days
    house.cross_midnight(april(13), shown=False)
    house.publisher.publish()
    house.cross_midnight(april(14))
    house.sealer.seal()
    assert house.sealed("gad_certificate_overdue_share")[-1] == (13, 100, True)


def test_missed_days_are_made_up_in_order_and_say_so(house: House) -> None:
    house.take(opened("1", april(10)))
    assert house.sealer.seal() == {}
    house.cross_midnight(april(12), shown=False)
    house.take(opened("2", april(10)), opened("3", april(11)), opened("4", april(12), 0))
    assert list(house.sealer.seal()) == [april(10), april(11)]
    assert house.sealed() == [(10, 2, False), (11, 1, False)]
    house.cross_midnight(april(13))
    house.sealer.seal()
    assert house.sealed() == [(10, 2, False), (11, 1, False), (12, 1, True)]
    rows = house.store.ask(
        "sealed_values", indicator=CODE, area="T", period="today", from_day=april(10), to_day=april(12)
    )
    assert [row["sealed_at"] for row in rows] == [at(april(12), 0, 0, 0.05)] * 2 + [at(april(13), 0, 0, 0.05)]


def test_no_more_than_a_month_is_made_up(house: House) -> None:
    house.cross_midnight(april(11))
    house.sealer.seal()
    house.cross_midnight(april(11) + timedelta(days=40), shown=False)
    days = list(house.sealer.seal())
    assert len(days) == MOST_MISSED_DAYS
    assert days[-1] == april(11) + timedelta(days=39)


def test_a_clock_that_was_set_back_closes_nothing(house: House) -> None:
    house.take(opened("1", april(10)))
    house.store.clock.at = at(april(9), 12)
    house.sealer.close(house.board, house.publisher)
    house.store.writer.run(lambda _: house.board.load(house.store.reader), in_transaction=False)
    assert house.sealer.seal() == {}
    assert house.sealed() == []


def test_known_then_and_known_now_differ_by_what_came_in_between(house: House) -> None:
    house.take(opened("1", april(9)), opened("2", april(10)), opened("5", april(10), area="T-b-z-1"))
    house.cross_midnight(april(11))
    house.sealer.seal()
    later = at(april(12), 9)
    house.store.clock.at = later
    house.take(
        opened("3", april(10), 9),
        opened("4", april(12), 8),
        event("x", "ksmart", "event.retracted", later, ref="o2"),
        event("y", "ksmart", "event.corrected", later, ref="o5", area="T-a-x-1"),
        event("z", "ksmart", "case.decided", at(april(10), 15), case_id="1", outcome="approved"),
    )
    board = board_as_of(april(10), REFERENCE, house.store.reader, EVERYBODY)
    board.take_touched()

    def ask(area: str, period: str = "today") -> Any:
        item = house.catalogue[CODE]
        now = value(item, board, REFERENCE, area=area, period=period)
        return known(item, now, april(10), reference=REFERENCE, reader=house.store.reader, principal=EVERYBODY)

    both = ask("T-a")
    assert (both.then.value, both.now.value, both.difference) == (1, 2, 1)
    restated = both.restated_by
    assert (restated.late, restated.corrected, restated.retracted) == (2, 1, 1)
    assert restated.first_received_at == restated.last_received_at == later
    assert (both.then.was_shown, both.then.definition_version) == (True, 1)
    other = ask("T-b")
    assert (other.then.value, other.now.value, other.difference) == (1, 0, -1)
    assert (other.restated_by.late, other.restated_by.corrected, other.restated_by.retracted) == (0, 1, 0)
    assert ask("T", "7d") is None, "this period is not sealed"
    assert ask("T-a-y").restated_by.first_received_at is None
