"""What operators ask about reviews is checked against the state; what is kept is what was given out, and stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from indicators.board import Board
from indicators.definition import Catalogue
from indicators.load import read_catalogue
from indicators.publish import BoardPublisher
from indicators.review import KEPT_PERIODS, ReviewDesk
from tests.helpers.small_catalogue import small_reference, write_catalogue
from tests.helpers.store import Store, batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import at
from warehouse.errors import DataError
from warehouse.review import Reviews

REFERENCE = small_reference()
RECEIVED, OVERDUE = "gad_certificate_received", "gad_certificate_overdue_share"
DAY = date(2025, 4, 10)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return read_catalogue(write_catalogue(tmp_path_factory.mktemp("review") / "c"), REFERENCE)[0]


@dataclass
class House:
    store: Store
    board: Board
    publisher: BoardPublisher
    desk: ReviewDesk

    def take(self, *events: dict[str, Any]) -> None:
        """Commit events; nothing is given out yet."""
        now = self.store.clock.at
        self.store.writer.commit(batch(table([one | {"received_at": now} for one in events])), self.board)

    def hold(self, **asked: str) -> str:
        (answer,) = self.desk.hold({"title": "Monthly", "by": "R. Nair", **asked})
        return str(answer["review"])

    def kept(self, review: str, code: str, area: str, period: str = "mtd") -> Any:
        """Numerator and value; None = nothing was kept."""
        asked = {"review": review, "areas": [area], "indicators": [code], "period": period}
        rows = self.store.ask("review_values", **asked)
        return (rows[0]["numerator"], rows[0]["value"]) if rows else None


@pytest.fixture
def house(tmp_path: Path, catalogue: Catalogue) -> Iterator[House]:
    with open_store(tmp_path) as store:
        store.clock.at = at(DAY, 1)  # of the day before, in Greenwich
        board = Board(REFERENCE, store.clock)
        publisher = BoardPublisher(board, catalogue, REFERENCE, store.clock)
        publisher.go_live()
        desk = ReviewDesk(Reviews(store.writer, store.clock), lambda: publisher, catalogue, REFERENCE, store.clock)
        yield House(store, board, publisher, desk)


def opened(name: str, area: str = "T-a-x-1") -> dict[str, Any]:
    return event(f"o{name}", "ksmart", "case.opened", at(DAY, 0), case_id=name, service="certificate", area=area)


def test_what_is_committed_is_kept_and_what_comes_later_changes_nothing(house: House) -> None:
    house.take(opened("1"), opened("2"))
    review = house.hold()
    assert review == "2025-04-10", "the day of the state"
    house.take(opened("3"))
    house.publisher.publish()
    assert house.kept(review, RECEIVED, "T") == (2, 2)
    again = house.hold()
    assert again == "2025-04-10-2"
    assert (house.kept(again, RECEIVED, "T"), house.kept(review, RECEIVED, "T")) == ((3, 3), (2, 2))


def test_a_state_is_kept_down_to_the_series_level_and_a_district_whole(house: House) -> None:
    house.take(opened("1"))
    of_state, of_district = house.hold(), house.hold(area="T-a")
    assert house.kept(of_state, RECEIVED, "T-a-x") == (1, 1)
    assert house.kept(of_state, RECEIVED, "T-a-x-1") is None
    assert house.kept(of_district, RECEIVED, "T-a-x-1") == (1, 1)
    assert house.kept(of_district, RECEIVED, "T") is None
    assert {house.kept(of_state, OVERDUE, "T", period) for period in KEPT_PERIODS} == {(0, 0)}
    assert KEPT_PERIODS == ("today", "7d", "mtd", "fy")


def test_what_the_state_does_not_have_is_refused(house: House) -> None:
    with pytest.raises(DataError, match="there is no place 'elsewhere'"):
        house.hold(area="elsewhere")
    review = house.hold()
    good = {"review": review, "area": "T-a", "task": "Decide", "holder": "Head", "due_on": "2025-05-01", "by": "R."}
    for wrong, said in (
        ({"indicator": "nothing"}, "there is no indicator 'nothing'"),
        ({"due_on": "01-05-2025"}, "due_on = '01-05-2025': must be a day, YYYY-MM-DD"),
        ({"due_on": ""}, "must be a day"),
        ({"area": "elsewhere"}, "there is no place"),
        ({"task": 3}, "task = 3: must be a text"),
    ):
        with pytest.raises(DataError, match=said):
            list(house.desk.agree(good | wrong))
    (answer,) = house.desk.agree(good | {"indicator": RECEIVED})
    (said,) = house.desk.say({"point": answer["point"], "state": "kept", "remark": "done", "by": "R."})
    assert said == {"point": f"{review}.1", "state": "kept"}
    (row,) = house.store.ask("action_points", area="T")
    assert (row["state"], row["indicator"], row["due_on"]) == ("kept", RECEIVED, date(2025, 5, 1))


def test_while_a_history_is_loaded_no_number_is_of_this_moment(house: House) -> None:
    house.publisher.set_phase("loading", 0.5)
    with pytest.raises(DataError, match="still being loaded"):
        house.hold()
    assert house.store.ask("reviews") == []
