"""The query `held`: who holds most in each of some areas, counted a second time by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from warehouse.batch import CASE_SCHEMA
from warehouse.clock import SettableClock
from warehouse.database import Database
from warehouse.lookup import install
from warehouse.principal import Principal
from warehouse.reader import Reader
from warehouse.reference import load_reference

KERALA = Path(__file__).resolve().parents[3] / "warehouse" / "states" / "kerala"
NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
PLACES = ("KL-palakkad", "KL-palakkad-mannarkkad", "KL-palakkad-attappadi", "KL-idukki")


def _cases() -> list[dict[str, object]]:
    dice = random.Random(5)
    rows = []
    for number in range(300):
        area = dice.choice(PLACES)
        due_at = NOW - timedelta(hours=dice.randint(-40, 500))
        rows.append(
            dict.fromkeys(CASE_SCHEMA.names)
            | {
                "case_id": f"C{number}",
                "source": "t",
                "service": dice.choice(("birth_registration", "land_tax")),
                "area": area,
                "office": dice.choice((f"{area}/a", f"{area}/b", None)),
                "post": dice.choice(("clerk", "head", None)),
                "status": "open",
                "opened_at": NOW - timedelta(days=60),
                "opened_day": (NOW - timedelta(days=60)).date(),
                "due_at": due_at,
                "due_stated": False,
                "paused_s": 0,
                "reopened": 0,
                "last_event_at": NOW - timedelta(days=60),
            }
        )
    return rows


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[tuple[Reader, list[dict[str, object]]]]:
    reference = load_reference(KERALA)
    rows = _cases()
    with closing(Database(tmp_path / "w.duckdb")) as database:
        lookups = install(reference, database)
        database.writer.register("given", pa.Table.from_pylist(rows, schema=CASE_SCHEMA))
        columns = ", ".join(CASE_SCHEMA.names)
        database.writer.execute(
            f'insert into "case" ({columns}, case_key, number) select *, hash(case_id), 0 from given'
        )
        yield Reader(database, lookups, SettableClock(NOW)), rows


def test_counts_and_seats_of_an_area_are_those_of_the_cases_below_it(
    reader: tuple[Reader, list[dict[str, object]]],
) -> None:
    read, rows = reader
    areas = ["KL", "KL-palakkad", "KL-palakkad-mannarkkad"]
    table = read.query("held", Principal.state_reader(), areas=areas, view="overdue", now=NOW).to_pylist()
    late = [row for row in rows if row["due_at"] < NOW]
    for found in table:
        own = [
            row
            for row in late
            if row["area"] == found["area"]
            or (not found["is_own"] and str(row["area"]).startswith(f"{found['area']}-"))
        ]
        seats = Counter((row["office"], row["post"]) for row in own)
        assert found["cases"] == len(own)
        assert found["seats"] == len(seats)
        assert found["offices"] == len({office for office, _ in seats if office})
        assert found["most"] == max(seats.values())
        assert seats[found["office"], found["post"]] == found["most"]
        seat = (found["office"], found["post"])
        assert found["oldest_of_most"] == min(row["due_at"] for row in own if (row["office"], row["post"]) == seat)
        assert found["oldest_due_at"] == min(row["due_at"] for row in own)
        assert found["late_s_sum"] == sum(int((NOW - row["due_at"]).total_seconds()) for row in own)
    assert [(row["area"], row["is_own"]) for row in table] == [
        ("KL", False),
        ("KL-palakkad", False),
        ("KL-palakkad", True),
        ("KL-palakkad-mannarkkad", False),
        ("KL-palakkad-mannarkkad", True),
    ]


def test_only_the_services_asked_for_are_counted(reader: tuple[Reader, list[dict[str, object]]]) -> None:
    read, rows = reader
    table = read.query(
        "held", Principal.state_reader(), areas=["KL"], services=["land_tax"], view="overdue", now=NOW
    ).to_pylist()
    assert table[0]["cases"] == sum(row["service"] == "land_tax" and row["due_at"] < NOW for row in rows)
