"""A table that is published again and again with other figures: up to 27 snapshots of every district and month.

The snapshots are replayed in their order, one a day, and every day is sealed at midnight. Derived figures that were
published beside their parts must come out of the parts after every single snapshot; what was shown on a past day must
come back; what is known now is the last snapshot.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from indicators.as_of import board_as_of
from indicators.board import Board
from indicators.definition import Catalogue
from indicators.known import known
from indicators.load import read_catalogue
from indicators.lookup import value
from indicators.publish import BoardPublisher
from indicators.seal import Sealer
from indicators.verify import verify
from ingest.mapping import load_mapping
from ingest.pipeline import Pipeline
from ingest.rule import Mapping
from ingest.sources.files import FileSource
from tests.helpers.maharashtra import snapshots, write_state
from tests.helpers.rows import PSEUDONYMS
from warehouse.batch import CommitResult
from warehouse.clock import SettableClock
from warehouse.database import Database
from warehouse.lookup import install
from warehouse.principal import Principal
from warehouse.reader import Reader
from warehouse.reference import Reference, load_reference
from warehouse.seal import Seals
from warehouse.value import State
from warehouse.writer import Writer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FOLDER: Final = Path(__file__).parent / "maharashtra"
EVERYBODY: Final = Principal.state_reader()
ZONE: Final = ZoneInfo("Asia/Kolkata")
FIRST_DAY: Final = date(2025, 11, 1)
IMPOSSIBLE: Final = "percentage_payments_gererated_within_15_days"
PARTS: Final = (
    "Wages", "Material_and_skilled_Wages", "Total_Adm_Expenditure", "Persondays_of_Central_Liability_so_far",
    "Total_Households_Worked",
)  # fmt: skip
#: Figures are published with ten significant digits; so are the parts that they are computed from.
DIGITS: Final = 1e-9
#: Indicator → the published figure.
DERIVED: Final = {
    "nrega_total_expenditure": "Total_Exp",
    "nrega_wage_rate": "Average_Wage_rate_per_day_per_person",
    "nrega_days_per_household": "Average_days_of_employment_provided_per_Household",
}


def day_of(number: int) -> date:
    """The day on which snapshots of a round arrive."""
    return FIRST_DAY + timedelta(days=number)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZONE).astimezone(UTC)


@dataclass
class Replay:
    """A house over the state, and what came of the replay.

    Attributes:
        wrong: figures that did not come out as published, with where.
        compared: rows compared.
    """

    folder: Path
    snapshots: pd.DataFrame
    reference: Reference
    catalogue: Catalogue
    clock: SettableClock
    writer: Writer
    reader: Reader
    board: Board
    publisher: BoardPublisher
    pipeline: Pipeline
    sealer: Sealer
    mappings: list[Mapping]
    wrong: list[str] = field(default_factory=list)
    compared: int = 0

    def begin_day(self, day: date) -> None:
        """Midnight: close and seal the day before, roll over."""
        self.clock.at = datetime.combine(day, time(0, 0, 0, 100_000), ZONE).astimezone(UTC)
        self.sealer.close(self.board, self.publisher)
        self.writer.run(lambda _: self.board.load(self.reader), in_transaction=False)
        self.sealer.seal()
        self.clock.at = noon(day)

    def take(self, rows: pd.DataFrame) -> None:
        """Load the snapshots of a round, and compare what is shown afterwards with what was published."""
        path = self.folder / "snapshot.csv"
        rows.drop(columns=["round", "area", "account"]).to_csv(path, index=False)
        for mapping in self.mappings:
            assert sum(one.received for one in self.load(mapping, path)) == len(rows)
        self.publisher.publish()
        for row in rows.itertuples():
            self.compared += 1
            for code in DERIVED:
                held = self.publisher.held(code, row.area, "today")
                if not as_published(held.value, held.state, code, row):
                    self.wrong.append(f"{row.account} {row.round} {code}: {getattr(row, DERIVED[code])}, not {held}")

    def load(self, mapping: Mapping, path: Path) -> list[CommitResult]:
        return list(self.pipeline.load(FileSource(path, mapping, self.clock)))

    def sealed(self, code: str, area: str, first: date, last: date) -> list[dict[str, Any]]:
        """Sealed values, day by day."""
        return self.reader.query(
            "sealed_values", EVERYBODY, indicator=code, area=area, period="today", from_day=first, to_day=last
        ).to_pylist()

    def accounts(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Some accounts with all their snapshots: those of two districts in the two years that were restated."""
        restated = self.snapshots[self.snapshots.district_code.isin([1810, 1825])].groupby("area")
        yield from ((area, rows) for area, rows in restated if len(rows) > 1)


def as_published(number: float, state: State, code: str, row: Any) -> bool:
    """Whether a value is the published figure; a table without person-days publishes 0 where there is no quotient."""
    published = getattr(row, DERIVED[code])
    if code != "nrega_total_expenditure" and row.Persondays_of_Central_Liability_so_far == 0:
        return state is State.NO_DATA and published == 0
    if state is not State.OK:
        return False
    if code == "nrega_days_per_household":
        return int(number) == published
    return bool(abs(number - published) <= DIGITS * abs(published))


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    folder = tmp_path_factory.mktemp("maharashtra")
    rows = snapshots()
    reference = load_reference(write_state(folder / "state", rows))
    (folder / "catalogue").mkdir()
    shutil.copy(FOLDER / "nrega.toml", folder / "catalogue")
    (folder / "catalogue" / "families.toml").write_text("", encoding="utf-8")
    catalogue, issues = read_catalogue(folder / "catalogue", reference, {"nrega": {}})
    # a state without services has no roll-ups, and codes, lakh rupees and days per household stay as published
    assert {issue.rule for issue in issues} <= {"rollups_complete", "code_prefix", "money_factor", "time_factor"}
    tables = tomllib.loads((FOLDER / "mapping.toml").read_text(encoding="utf-8"))["source"]
    clock = SettableClock(noon(FIRST_DAY))
    database = Database(folder / "warehouse.duckdb")
    writer = Writer(database, clock)
    reader = Reader(database, install(reference, database), clock)
    board = Board(reference, clock)
    publisher = BoardPublisher(board, catalogue, reference, clock)
    publisher.set_phase("live")
    sealer = Sealer(
        Seals(database, writer), lambda day: board_as_of(day, reference, reader, EVERYBODY), catalogue, reference, clock
    )
    made = Replay(
        folder, rows, reference, catalogue, clock, writer, reader, board, publisher,
        Pipeline((), writer, board, clock), sealer,
        [load_mapping(name, table, reference, PSEUDONYMS) for name, table in tables.items()],
    )  # fmt: skip
    try:
        for number, of_round in rows.groupby("round"):
            if number:
                made.begin_day(day_of(number))
            made.take(of_round)
        made.begin_day(day_of(number + 1))
        yield made
    finally:
        writer.close()
        database.close()


def test_derived_figures_come_out_of_their_parts_after_every_snapshot(replay: Replay) -> None:
    assert replay.compared == len(replay.snapshots) == 16_376
    assert not replay.wrong[:5], len(replay.wrong)


def test_what_was_shown_on_a_past_day_comes_back(replay: Replay) -> None:
    rounds = int(replay.snapshots["round"].max()) + 1
    changed = 0
    for area, rows in replay.accounts():
        assert 11 <= len(rows) <= rounds == 27
        for code in DERIVED:
            sealed = replay.sealed(code, area, day_of(0), day_of(rounds))
            assert [row["day"] for row in sealed] == [day_of(number) for number in range(rounds)]
            assert all(row["was_shown"] for row in sealed)
            for row, shown in zip(sealed, [*rows.itertuples(), *[rows.iloc[-1]] * (rounds - len(rows))], strict=True):
                number = float("nan") if row["value"] is None else row["value"]
                assert as_published(number, State[row["state"].upper()], code, shown), (row, shown)
            changed += len({row["value"] for row in sealed}) > 1
    assert changed > 90, "figures were restated"


def test_a_past_day_is_known_then_by_its_own_snapshot_and_now_by_the_last(replay: Replay) -> None:
    on, number = day_of(9), 9
    board = board_as_of(on, replay.reference, replay.reader, EVERYBODY)
    as_known_then = board_as_of(on, replay.reference, replay.reader, EVERYBODY, known_on=on)
    board.take_touched()
    as_known_then.take_touched()
    item = replay.catalogue["nrega_total_expenditure"]
    for area, rows in replay.accounts():
        now = value(item, board, replay.reference, area=area)
        both = known(item, now, on, reference=replay.reference, reader=replay.reader, principal=EVERYBODY)
        assert both is not None
        assert both.now.value == pytest.approx(rows.Total_Exp.iloc[-1], rel=DIGITS)
        assert both.then.value == pytest.approx(rows.Total_Exp.iloc[number], rel=DIGITS)
        assert both.difference == both.now.value - both.then.value
        assert value(item, as_known_then, replay.reference, area=area).value == both.then.value, "without a seal"
        changed = int((rows[list(PARTS[:3])].diff().iloc[number + 1 :] != 0).sum().sum())
        assert (both.restated_by.late, both.restated_by.corrected, both.restated_by.retracted) == (0, changed, 0)
        assert both.restated_by.last_received_at in {None, *(noon(day_of(later)) for later in range(10, 27))}


def test_impossible_percentages_are_refused_one_by_one_and_never_averaged_or_ranked(replay: Replay) -> None:
    table = replay.snapshots
    impossible = table[IMPOSSIBLE] > 100
    assert impossible.sum() == 12_882
    different = table[impossible].drop_duplicates(["account", IMPOSSIBLE])
    refused = replay.reader.query("rejected_summary", EVERYBODY).to_pylist()
    assert [(row["source"], row["reason"], row["rows"]) for row in refused] == [
        ("nrega", "out_of_range", len(different))
    ]
    last = table[~impossible].groupby("area")[IMPOSSIBLE].last()
    ranked = {}
    for area in table.area.unique():
        held = replay.publisher.held("nrega_paid_in_15_days", area, "today")
        if held.state is State.OK:
            ranked[area] = held.value
    assert ranked == pytest.approx(dict(last))
    assert max(ranked.values()) <= 100
    whole = replay.publisher.held("nrega_paid_in_15_days", "MH", "today")
    assert (whole.denominator, whole.value) == (len(last), pytest.approx(last.mean()))


def test_incremental_equals_recomputed(replay: Replay) -> None:
    report = verify(replay.reader, replay.board, replay.clock.now())
    assert report.different == 0, report
    assert report.compared > 20_000


def test_a_snapshot_that_comes_again_says_nothing_new(replay: Replay) -> None:
    for mapping in replay.mappings:
        again = replay.load(mapping, replay.folder / "snapshot.csv")
        assert [(one.accepted, one.events) for one in again] == [(0, 0)]


def test_only_what_differs_is_written(replay: Replay) -> None:
    with replay.reader._database.cursor() as cursor:
        found = cursor.execute(
            'select s."day", s.changed, count(v."day") from sealed_day s left join value_day v using ("day") '
            "group by all order by 1"
        ).fetchall()
    assert [changed for _, changed, _ in found] == [rows for _, _, rows in found]
    first, *others = (rows for _, _, rows in found)
    assert max(others) < first / 3
