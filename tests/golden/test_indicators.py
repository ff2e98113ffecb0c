"""Real indicators of the catalogue against queries written by hand, on one warehouse filled through the real writer.

Every case is computed three ways – by the board, by the SQL back end over the cells, by the query in indicators.toml
over the raw events.
"""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest

from indicators.as_of import board_as_of
from indicators.board import Board
from indicators.definition import Catalogue
from indicators.load import load_catalogue
from indicators.lookup import value
from indicators.publish import BoardPublisher
from tests.helpers.house import CATALOGUE
from tests.helpers.repeated import sql_of
from warehouse.batch import BATCH_SCHEMA, Batch, empty_rejected
from warehouse.clock import SettableClock
from warehouse.database import Database
from warehouse.event import EVENT_SCHEMA
from warehouse.lookup import install
from warehouse.principal import Principal
from warehouse.reader import Reader
from warehouse.reference import Reference, load_reference
from warehouse.writer import Writer

FOLDER = Path(__file__).parent
ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZONE).astimezone(UTC)
DAY = date(2026, 11, 20)
CASES = tomllib.loads((FOLDER / "indicators.toml").read_text(encoding="utf-8"))["case"]

#: Events as they count, said once and simply: without retracted ones, fields replaced by the latest correction.
GOOD = """
create temp table good as
select e.event_id, e.kind, e.occurred_at, e.day, e.case_id, coalesce(c.service, e.service) as service,
    coalesce(c.area, e.area) as area, coalesce(c.outcome, e.outcome) as outcome, e.rating, e.amount, e.metric, e.asset,
    coalesce(c."value", e."value") as "value"
from event e
left join (select ref, arg_max(service, occurred_at) as service, arg_max(area, occurred_at) as area,
        arg_max(outcome, occurred_at) as outcome, arg_max("value", occurred_at) as "value"
    from event where kind = 'event.corrected' group by ref) c on c.ref = e.event_id
where e.kind not in ('event.corrected', 'event.retracted')
    and e.event_id not in (select ref from event where kind = 'event.retracted')"""


def event_rows() -> Iterator[dict[str, Any]]:
    """The rows of events.csv, `times` over; the number of a copy is added to its case."""
    lines = (line for line in (FOLDER / "events.csv").read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    for row in csv.DictReader(lines):
        at = datetime.fromisoformat(row["at"]).replace(tzinfo=ZONE)
        for copy in range(int(row["times"])):
            case = f"{row['case']}-{copy}" if row["case"] else None
            own = row["ref"] and f"{row['kind']}/{row['ref']}"
            name = own or (
                f"{row['metric']}/{row['asset']}/{row['at']}" if row["metric"] else f"{case}/{row['kind']}/{row['at']}"
            )
            if row["kind"] == "case.opened":
                name = f"{case}/case.opened"
            ref = f"{case}/case.opened" if row["ref"] and case else row["ref"]
            yield {
                "event_id": name, "source": "golden", "kind": row["kind"], "occurred_at": at.astimezone(UTC),
                "received_at": NOW, "day": at.date(), "case_id": case, "service": row["service"] or None,
                "area": row["area"] or None, "outcome": row["outcome"] or None,
                "rating": int(row["rating"]) if row["rating"] else None,
                "amount": round(float(row["rupees"]) * 100) if row["rupees"] else None,
                "metric": row["metric"] or None, "asset": row["asset"] or None,
                "value": float(row["value"]) if row["value"] else None, "ref": ref or None, "digest": 1,
            }  # fmt: skip


@dataclass
class Golden:
    """The filled warehouse and everything over it."""

    reference: Reference
    catalogue: Catalogue
    board: Board
    reader: Reader
    publisher: BoardPublisher
    connection: duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Golden]:
    reference = load_reference("warehouse/states/kerala")
    catalogue = load_catalogue(CATALOGUE, reference)
    clock = SettableClock(NOW)
    database = Database(tmp_path_factory.mktemp("golden") / "warehouse.duckdb")
    lookups = install(reference, database)
    writer = Writer(database, clock)
    board = Board(reference, clock)
    rows = list(event_rows())
    for begin in range(0, len(rows), 97):
        part = pa.Table.from_pylist(rows[begin : begin + 97], schema=EVENT_SCHEMA)
        numbers = pa.array(range(part.num_rows), pa.int32())
        events = part.append_column(BATCH_SCHEMA.field("row"), numbers)
        writer.commit(Batch("golden", events, empty_rejected(), part.num_rows), board)
    publisher = BoardPublisher(board, catalogue, reference, clock)
    board.tick()
    publisher.publish()
    with database.cursor() as connection:
        connection.execute(GOOD)
        people = [(area.code, area.population or 0) for area in reference.areas]
        table = pa.table({"area": [code for code, _ in people], "population": [count for _, count in people]})
        connection.register("people", table)
        connection.execute("create temp table everybody as select * from people")
        yield Golden(reference, catalogue, board, Reader(database, lookups, clock), publisher, connection)
    writer.close()
    database.close()


def expected_rows(golden: Golden, case: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Numerator and denominator by area, from the case's own query."""
    listed = ", ".join(f"'{area}'" for area in case["areas"])
    golden.connection.execute(f"create or replace temp view wanted as select * from everybody where area in ({listed})")
    rows = golden.connection.execute(case["query"]).fetchall()
    assert {row[0] for row in rows} == set(case["areas"])
    return {row[0]: (_number(row[1]), _number(row[2])) for row in rows}


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def same(one: float | None, other: float | None) -> bool:
    one, other = _number(one), _number(other)
    return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-9)


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{case['indicator']}-{case['period']}-{case['areas'][0]}" for case in CASES]
)
def test_board_and_sql_give_what_the_query_gives(golden: Golden, case: dict[str, Any]) -> None:
    item = golden.catalogue[case["indicator"]]
    text = sql_of(item, golden.reference, case["period"], now=NOW, today=DAY, areas=case["areas"])
    from_sql = {row[0]: row[1:] for row in golden.connection.execute(text).fetchall()}
    for area, (numerator, denominator) in expected_rows(golden, case).items():
        held = golden.publisher.held(item.code, area, case["period"])
        value_expected = case.get("value", item.factor * numerator / denominator if denominator else math.nan)
        if case["state"] in {"no_data", "not_applicable"}:
            value_expected = math.nan
        shown = (held.value, held.numerator, held.denominator)
        assert all(map(same, shown, (value_expected, numerator, denominator))), (area, shown, numerator, denominator)
        if case["state"] in {"ok", "small_base"}:
            sql_numerator, sql_denominator, sql_value = from_sql[area]
            assert same(sql_numerator, numerator), (area, sql_numerator)
            assert same(sql_denominator, denominator), (area, sql_denominator)
            assert same(sql_value, value_expected), (area, sql_value)
    first = golden.publisher.held(item.code, case["areas"][0], case["period"])
    assert (first.state.name.lower(), first.band.name.lower()) == (case["state"], case["band"])


def test_there_are_cases_of_every_state_and_band() -> None:
    assert len(CASES) >= 20
    assert {case["state"] for case in CASES} == {"ok", "no_data", "not_applicable", "small_base"}
    assert {case["band"] for case in CASES} == {"unbanded", "normal", "amber", "red"}


def test_sql_and_board_agree_for_every_family_and_every_indicator_written_out(golden: Golden) -> None:
    by_family = {
        item.family: item for item in golden.catalogue.definitions if "income" in item.code or "gov" in item.code
    }
    written_out = [item for item in golden.catalogue.definitions if not item.family]
    places = [area.code for area in golden.reference.areas if area.code.startswith("KL-palakkad-mannarkkad")]
    different = []
    for item in (*by_family.values(), *written_out):
        areas = ["KL", "KL-palakkad", "KL-palakkad-pattambi", "KL-idukki", *places]
        text = sql_of(item, golden.reference, item.headline_period, now=NOW, today=DAY, areas=areas)
        for area, numerator, denominator, number in golden.connection.execute(text).fetchall():
            held = golden.publisher.held(item.code, area, item.headline_period)
            if math.isnan(held.value):
                continue
            pairs = (held.value, number), (held.denominator, denominator)
            if not all(same(*pair) for pair in pairs) or not (item.quantile or same(held.numerator, numerator)):
                different.append((item.code, area, held, number))
    assert not different[:5]


def test_coverage_says_who_reported(golden: Golden) -> None:
    answer = value(golden.catalogue["hfw_beds_occupied_share"], golden.board, golden.reference, area="KL-palakkad")
    assert answer.coverage is not None
    assert (answer.coverage.reporting, answer.coverage.of) == (2, "assets")
    assert answer.coverage.expected > 2
    answer = value(
        golden.catalogue["rev_income_certificate_received"], golden.board, golden.reference, area="KL-palakkad"
    )
    assert answer.coverage is not None
    assert (answer.coverage.reporting, answer.coverage.expected, answer.coverage.of) == (2, 7, "offices")
    assert (answer.value, answer.unit, answer.definition_version) == (145, "applications", 1)


def test_a_past_day_is_folded_anew_from_the_events_up_to_it(golden: Golden) -> None:
    """On 10 November: three cases just reopened are open again, and nothing of the days after has happened."""
    board = board_as_of(date(2026, 11, 10), golden.reference, golden.reader, Principal.state_reader())
    board.take_touched()

    def ask(code: str, period: str = "mtd", area: str = "KL-palakkad-mannarkkad") -> tuple[float | None, ...]:
        answer = value(golden.catalogue[code], board, golden.reference, area=area, period=period)
        return answer.value, answer.numerator, answer.denominator

    received = 40 + 10 + 35 + 2 + 3 + 1 + 5
    assert ask("rev_income_certificate_received") == (received, received, 1)
    assert ask("rev_income_certificate_open") == (10 + 35 + 2 + 3, 50, 1)
    assert ask("rev_income_certificate_overdue") == (10 + 3, 13, 1)
    assert ask("rev_income_certificate_in_time_share") == (100, 45, 45)
    assert ask("rev_income_certificate_satisfied_share") == (75, 24, 32)
    assert ask("lsg_building_permit_fees_rupees")[0] == 1501
    assert ask("rev_income_certificate_median_days", "fy")[2] == 40 + 30 + 8 + 5
    assert ask("trn_bus_trips_run_share", "fy") == (None, None, 0)
