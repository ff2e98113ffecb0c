"""What readers get: one version, exactly what changed, and a reset when they are too far behind."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from indicators.definition import Catalogue
from indicators.load import read_catalogue
from indicators.publish import LOADING_INTERVAL, REMEMBERED_VERSIONS, BoardPublisher
from tests.helpers.fake_board import FakeBoard
from tests.helpers.small_catalogue import small_reference, write_catalogue
from warehouse.clock import SettableClock
from warehouse.value import CHANGES_SCHEMA, METADATA_KEY, PERIODS, SNAPSHOT_SCHEMA, Band, Publisher, State
from warehouse.value_layout import FlatValues, Layout

REFERENCE = small_reference()
NAMES = ("value", "numerator", "denominator", "band", "state")
Make = Callable[..., BoardPublisher]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder: Path = tmp_path_factory.mktemp("publish") / "c"
    return read_catalogue(write_catalogue(folder), REFERENCE)[0]


@pytest.fixture
def board() -> FakeBoard:
    board = FakeBoard(REFERENCE)
    board.put_always("received", "certificate", "T-a-x-1", 5)
    board.put("", "open", "certificate", "T-a-x-1", 40)
    return board


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(datetime(2025, 4, 16, 6, 30, tzinfo=UTC))


@pytest.fixture
def publisher(board: FakeBoard, catalogue: Catalogue, clock: SettableClock) -> BoardPublisher:
    made = BoardPublisher(board, catalogue, REFERENCE, clock)
    made.set_phase("live")
    return made


def about(table: pa.Table) -> dict:
    return json.loads(table.schema.metadata[METADATA_KEY])


def dense(table: pa.Table, name: str, catalogue: Catalogue) -> np.ndarray:
    """A column of a snapshot. Shape: [period, indicator, area]."""
    column = np.append(table[name].to_numpy(), getattr(FlatValues.nothing(Layout.dense(0, 1)), name))
    axes = np.ix_(range(len(PERIODS)), range(len(catalogue)), range(len(REFERENCE.areas)))
    return column[Layout.from_json(about(table)["layout"]).at(*axes)]


def test_is_the_publisher_that_the_server_asks_for(publisher: BoardPublisher) -> None:
    served: Publisher = publisher
    assert len(served.engine_id) == 16


def test_snapshot_has_the_shape_and_order_it_promises(publisher: BoardPublisher, catalogue: Catalogue) -> None:
    publisher.publish()
    table = publisher.snapshot()
    assert table.schema.equals(SNAPSHOT_SCHEMA)
    said = about(table)
    assert said["periods"] == list(PERIODS)
    assert said["indicators"] == publisher.catalogue()["code"].to_pylist()
    assert said["areas"] == [area.code for area in REFERENCE.areas]
    assert (said["version"], said["engine"]) == (1, publisher.engine_id)
    row, area = catalogue.index["gad_certificate_received"], REFERENCE.area_index["T-a"]
    assert dense(table, "value", catalogue)[PERIODS.index("mtd"), row, area] == 5


def test_before_anything_is_evaluated_there_is_no_data(publisher: BoardPublisher, catalogue: Catalogue) -> None:
    table = publisher.snapshot()
    assert about(table)["version"] == 0
    assert np.isnan(table["value"].to_numpy()).all()
    state = dense(table, "state", catalogue)
    assert (state[PERIODS.index("mtd"), catalogue.index["all_received"]] == State.NO_DATA).all()
    assert (state[PERIODS.index("p7d"), catalogue.index["all_overdue_share"]] == State.NOT_APPLICABLE).all()
    assert (state[PERIODS.index("today"), catalogue.index["all_median_days"]] == State.NOT_APPLICABLE).all()


def test_nothing_new_on_the_board_publishes_nothing(publisher: BoardPublisher) -> None:
    assert publisher.publish() > 0
    assert publisher.publish() == 0
    assert publisher.version == 1


def test_changes_are_exactly_the_cells_that_differ(
    publisher: BoardPublisher, board: FakeBoard, catalogue: Catalogue
) -> None:
    publisher.publish()
    before = publisher.snapshot()
    board.put("mtd", "received", "permit", "T-b-z", 2)
    board.put("fy", "received", "permit", "T-b-z", 2)
    publisher.publish()
    after, changes = publisher.snapshot(), publisher.changes(1, 0)
    assert changes.schema.equals(CHANGES_SCHEMA)
    assert about(changes)["version"] == 2
    assert about(changes)["reset"] is False
    differs = np.zeros(before.num_rows, dtype=bool)
    for name in NAMES:
        one, other = before[name].to_numpy(), after[name].to_numpy()
        differs |= ~((one == other) | ((one != one) & (other != other)))
    cells = changes["cell"].to_numpy()
    assert sorted(cells) == list(np.flatnonzero(differs))
    for name in NAMES:
        np.testing.assert_array_equal(changes[name].to_numpy(), after[name].to_numpy()[cells])
    codes = {catalogue.definitions[row].code for row in Layout.from_json(about(after)["layout"]).whose(cells)[0]}
    assert codes == {"all_received", "gad_permit_received", "received_per_lakh"}


def test_a_change_of_a_stock_is_in_all_periods_that_end_now(
    publisher: BoardPublisher, board: FakeBoard, catalogue: Catalogue
) -> None:
    publisher.publish()
    board.put("", "overdue", "certificate", "T-a-x-1", 4)
    publisher.publish()
    for period in ("today", "7d", "mtd", "fy"):
        held = publisher.held("gad_certificate_overdue_share", "T-a-x-1", period)
        assert (held.value, held.band) == (10, Band.NORMAL)
    assert publisher.held("gad_certificate_overdue_share", "T-a-x-1", "p7d").state is State.NOT_APPLICABLE
    cells = publisher.changes(1, 0)["cell"].to_numpy()
    indicators, areas = Layout.from_json(about(publisher.snapshot())["layout"]).whose(cells)
    share = catalogue.index["gad_certificate_overdue_share"]
    assert [REFERENCE.areas[area].code for area in areas[indicators == share]] == ["T", "T-a", "T-a-x", "T-a-x-1"]


def test_what_is_counted_where_no_office_delivers_it_gets_a_place_and_readers_begin_again(
    publisher: BoardPublisher, board: FakeBoard, catalogue: Catalogue
) -> None:
    board.put_always("received", "certificate", "T-a-x-1", 2)
    publisher.publish()
    before = publisher.snapshot()
    assert publisher.held("gad_permit_received", "T-a-x-1", "mtd").state is State.NOT_APPLICABLE
    board.put_always("received", "permit", "T-a-x-1", 7)
    publisher.publish()
    assert about(publisher.changes(1, 0))["reset"] is True
    after = publisher.snapshot()
    assert after.num_rows > before.num_rows
    assert publisher.held("gad_permit_received", "T-a-x-1", "mtd").value == 7
    row, others = catalogue.index["gad_permit_received"], np.ones(len(catalogue), dtype=bool)
    others[[row, *(catalogue.index[code] for code in ("all_received", "received_per_lakh"))]] = False
    for name in NAMES:
        one, other = dense(before, name, catalogue)[:, others], dense(after, name, catalogue)[:, others]
        np.testing.assert_array_equal(one, other)
    version = publisher.version
    board.put_always("received", "permit", "T-a-x-1", 8)
    publisher.publish()
    assert about(publisher.changes(version, 0))["reset"] is False


def test_places_for_all_that_is_counted_where_no_office_delivers_it_are_made_at_once(
    publisher: BoardPublisher, board: FakeBoard
) -> None:
    publisher.publish()
    version = publisher.version
    board.put_always("received", "permit", "T-a-x-1", 7)
    board.put("", "open", "permit", "T-a-x-1", 3)
    publisher.publish()
    assert publisher.held("gad_permit_received", "T-a-x-1", "mtd").value == 7
    assert publisher.held("gad_permit_overdue_share", "T-a-x-1", "today").denominator == 3
    # laying values out anew takes long: one version with the places, one with the values
    assert publisher.version == version + 2


def test_several_versions_are_merged_and_end_at_the_newest(publisher: BoardPublisher, board: FakeBoard) -> None:
    publisher.publish()
    for _ in range(3):
        board.put("mtd", "received", "permit", "T-b-z", 1)
        publisher.publish()
    changes = publisher.changes(1, 0)
    assert about(changes)["version"] == 4
    assert len(set(changes["cell"].to_pylist())) == changes.num_rows
    assert 3 in changes["value"].to_pylist()
    assert publisher.changes(4, 0).num_rows == 0


@pytest.mark.parametrize("since", [99, -1])
def test_an_unknown_version_is_a_reset(publisher: BoardPublisher, since: int) -> None:
    publisher.publish()
    changes = publisher.changes(since, 0)
    assert about(changes)["reset"] is True
    assert changes.num_rows == 0


def test_who_is_too_far_behind_gets_a_reset(publisher: BoardPublisher, board: FakeBoard) -> None:
    publisher.publish()
    for _ in range(REMEMBERED_VERSIONS + 1):
        board.put("mtd", "received", "permit", "T-b-z", 1)
        publisher.publish()
    assert about(publisher.changes(1, 0))["reset"] is True
    assert about(publisher.changes(2, 0))["reset"] is False


def test_a_change_of_most_cells_is_a_reset(publisher: BoardPublisher, board: FakeBoard) -> None:
    publisher.publish()
    random = np.random.default_rng(1)
    board.fill(lambda shape: random.integers(1, 90, shape))
    board.touched = set(range(len(REFERENCE.subjects)))
    publisher.publish()
    assert about(publisher.changes(1, 0))["reset"] is True


def test_changes_waits_for_the_first_change(publisher: BoardPublisher, board: FakeBoard) -> None:
    publisher.publish()
    begin = time.monotonic()
    assert publisher.changes(1, 0.05).num_rows == 0
    assert time.monotonic() - begin >= 0.05
    board.put("mtd", "received", "permit", "T-b-z", 1)
    timer = threading.Timer(0.05, publisher.publish)
    timer.start()
    changes = publisher.changes(1, 30)
    timer.join()
    assert changes.num_rows > 0


def test_readers_never_see_half_a_version(publisher: BoardPublisher, board: FakeBoard, catalogue: Catalogue) -> None:
    publisher.publish()
    row = catalogue.index["gad_permit_received"]
    ended = threading.Event()
    torn: list[tuple[float, float]] = []

    def read() -> None:
        while not ended.is_set():
            value = dense(publisher.snapshot(), "value", catalogue)
            pair = value[PERIODS.index("mtd"), row, 0], value[PERIODS.index("fy"), row, 0]
            if pair[0] != pair[1] and not np.isnan(pair).all():
                torn.append(pair)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(60):
        board.put("mtd", "received", "permit", "T-b-z", 1)
        board.put("fy", "received", "permit", "T-b-z", 1)
        publisher.publish()
    ended.set()
    for reader in readers:
        reader.join()
    assert not torn


def test_while_loading_values_are_evaluated_seldom(
    publisher: BoardPublisher, board: FakeBoard, clock: SettableClock
) -> None:
    publisher.set_phase("loading", 0.25)
    publisher.publish()
    board.put("mtd", "received", "permit", "T-b-z", 1)
    clock.advance(LOADING_INTERVAL - timedelta(seconds=1))
    assert publisher.publish() == 0
    clock.advance(timedelta(seconds=1))
    assert publisher.publish() > 0
    board.put("mtd", "received", "permit", "T-b-z", 1)
    publisher.set_phase("live")
    assert publisher.publish() > 0


def test_what_was_loaded_is_given_out_before_the_engine_is_called_live(
    publisher: BoardPublisher, board: FakeBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.set_phase("loading", 0.9)
    publisher.publish()
    board.put("mtd", "received", "permit", "T-b-z", 1)
    phases = []
    take_touched = board.take_touched
    monkeypatch.setattr(board, "take_touched", lambda: phases.append(publisher.status()["phase"]) or take_touched())
    version = publisher.version
    publisher.go_live()
    assert (phases, publisher.version, publisher.status()["phase"]) == (["loading"], version + 1, "live")


def test_a_failed_evaluation_changes_nothing_and_is_made_up(
    publisher: BoardPublisher, board: FakeBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.publish()
    board.put_always("received", "permit", "T-b-z", 7)
    with monkeypatch.context() as broken:
        broken.setattr(board, "in_use", lambda: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            publisher.publish()
    assert publisher.version == 1
    publisher.publish()
    assert publisher.held("gad_permit_received", "T-b-z", "mtd").value == 7


def test_status_says_phase_sources_and_how_many_indicators_they_feed(
    board: FakeBoard, catalogue: Catalogue, clock: SettableClock
) -> None:
    made = BoardPublisher(
        board, catalogue, REFERENCE, clock,
        sources=lambda: [{"name": "tiny", "received": 3}, {"name": "other", "received": 0}],
        calendar_day=lambda: date(2025, 4, 16),
    )  # fmt: skip
    made.set_phase("loading", 1.7)
    status = about(made.changes(0, 0))["status"]
    assert status["server_now"] == "2025-04-16T06:30:00+00:00"
    assert (status["phase"], status["progress"], status["calendar_day"]) == ("loading", 1.0, "2025-04-16")
    assert status["sources"] == [
        {"name": "tiny", "received": 3, "indicators": len(catalogue)},
        {"name": "other", "received": 0, "indicators": 0},
    ]
