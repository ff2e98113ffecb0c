"""Single questions of the command line are answered in full or refused with what is near."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from indicators.definition import Catalogue
from indicators.load import read_catalogue
from indicators.lookup import Coverage, catalogue_rows, check, show, value
from tests.helpers.fake_board import FakeBoard
from tests.helpers.repeated import sql_of
from tests.helpers.small_catalogue import DEPARTMENT, small_reference, write_catalogue
from warehouse.errors import DataError
from warehouse.value import Band, State

REFERENCE = small_reference()
NOW = datetime(2025, 4, 16, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return read_catalogue(write_catalogue(tmp_path_factory.mktemp("lookup") / "c"), REFERENCE)[0]


@pytest.fixture
def board() -> FakeBoard:
    board = FakeBoard(REFERENCE)
    board.put("", "overdue", "certificate", "T-a-x-1", 16)
    board.put("", "open", "certificate", "T-a-x-1", 100)
    board.put("", "level", "beds", "T-a-x-1", 12_000)
    board.put("", "assets", "beds", "T-a-x-1", 1)
    return board


def test_a_value_comes_with_everything_it_is_made_of(catalogue: Catalogue, board: FakeBoard) -> None:
    item = catalogue["gad_certificate_overdue_share"]
    answer = value(item, board, REFERENCE, area="T-a", now=NOW, last_event_at=NOW - timedelta(minutes=5))
    assert (answer.value, answer.numerator, answer.denominator) == (16, 16, 100)
    assert (answer.unit, answer.band, answer.state, answer.period) == ("%", Band.RED, State.OK, "today")
    assert (answer.age_s, answer.definition_version, answer.formula) == (300, 1, "(overdue) ÷ (open) × 100")
    assert answer.coverage == Coverage(1, 3, "offices")


def test_the_whole_state_is_asked_for_by_default_and_levels_count_assets(
    catalogue: Catalogue, board: FakeBoard
) -> None:
    answer = value(catalogue["beds_average"], board, REFERENCE)
    assert (answer.area, answer.value) == ("T", 12)
    assert answer.coverage == Coverage(1, 2, "assets")
    assert answer.age_s is None


def test_a_period_that_its_kind_does_not_have_is_not_applicable(catalogue: Catalogue, board: FakeBoard) -> None:
    answer = value(catalogue["gad_certificate_overdue_share"], board, REFERENCE, period="p7d")
    assert (answer.value, answer.state) == (None, State.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("asked", "says"), [({"area": "T-q"}, "no area 'T-q'; nearest: T-"), ({"period": "week"}, "periods are today")]
)
def test_what_does_not_exist_is_refused_with_what_does(
    catalogue: Catalogue, board: FakeBoard, asked: dict[str, str], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        value(catalogue["beds_average"], board, REFERENCE, **asked)


@pytest.mark.parametrize(
    ("code", "says"), [("bed_average", "nearest: beds_average"), ("power", "nearest: power_used"), ("zzz", "'zzz'$")]
)
def test_an_unknown_code_is_refused_with_the_nearest(catalogue: Catalogue, code: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        show(catalogue, code)


def test_lists_and_checks(catalogue: Catalogue, tmp_path: Path) -> None:
    assert show(catalogue, "beds_average").code == "beds_average"
    rows = catalogue_rows(catalogue, "GAD")
    assert (len(rows), rows[0].code, rows[0].formula) == (len(catalogue), "all_received", "received")
    assert catalogue_rows(catalogue, "XYZ") == []
    folder = write_catalogue(tmp_path / "c", department=DEPARTMENT.replace('"sum(power)"', '"sum(pwr)"'))
    assert "expression" in {issue.rule for issue in check(folder, REFERENCE)}


def test_the_statement_names_span_and_subjects(catalogue: Catalogue) -> None:
    text = sql_of(
        catalogue["gad_certificate_received"], REFERENCE, "mtd", now=NOW, today=date(2025, 4, 16), areas=["T"]
    )
    assert "between date '2025-04-01' and date '2025-04-16'" in text
    assert "c.subject in ('certificate')" in text
