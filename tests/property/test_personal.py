"""Whatever text is put anywhere into a row of any kind of file: no number of a person is stored."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.cloudevent import cloudevent_mapping
from ingest.pipeline import Pipeline
from ingest.quarantine import replay
from ingest.rule import Mapping
from tests.helpers.rows import (
    CASES,
    NOW,
    PSEUDONYMS,
    VOCABULARY,
    decoded,
    drain,
    events,
    file_source,
    mapping,
    write,
)
from tests.helpers.search import examples
from tests.helpers.store import Store, open_store
from warehouse.batch import SilentListener
from warehouse.clock import SettableClock
from warehouse.personal import masked

_TIMES = ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4])
#: One row of every kind of event, in columns that hold anything.
EVERYTHING = """
[fields]
case_id = "id"
service = {const = "imported_case"}
area = {column = "area", default = "KL"}
office = "office"
post = "post"
step = {template = "{step} {more}"}
channel = "channel"
amount = "amount"
rating = {column = "rating", map = {good = 4}, default = 3}
[[event]]
kind = "case.opened"
at = "at"
id = "{id}{more}"
[[event]]
kind = "amount.recorded"
at = "at"
[[event]]
kind = "feedback.given"
name = "answer"
at = "at"
[[event]]
kind = "reading.taken"
at = "at"
metric = {const = "level_m"}
asset = "asset"
value = "value"
[[event]]
kind = "event.retracted"
at = "at"
ref = "ref"
when = {column = "ref", present = true}
"""
COLUMNS = ("id", "area", "office", "post", "step", "more", "channel", "amount", "rating", "at", "asset", "value", "ref")


def _times(one: int, other: int) -> int:
    """In the dihedral group of a pentagon, as Verhoeff numbers its elements."""
    if one < 5:
        return (one + other) % 5 if other < 5 else 5 + (one + other - 5) % 5
    return 5 + (one - 5 - other) % 5 if other < 5 else (one - other) % 5


def _check_digit(digits: str) -> str:
    permuted = [list(range(10)), _TIMES[1]]
    while len(permuted) < 8:
        permuted.append([_TIMES[1][digit] for digit in permuted[-1]])
    for last in range(10):
        checked = 0
        for place, digit in enumerate(map(int, reversed(f"{digits}{last}"))):
            checked = _times(checked, permuted[place % 8][digit])
        if checked == 0:
            return str(last)
    raise AssertionError(digits)


#: None begins with 0 or 1.
_aadhaars = st.from_regex(r"[2-9][0-9]{10}", fullmatch=True).map(lambda digits: digits + _check_digit(digits))
_mobiles = st.builds(str.__add__, st.sampled_from("6789"), st.text("0123456789", min_size=9, max_size=9))
_gaps = st.sampled_from(["", " ", "-", "  ", "\u2013", "\u00a0"])
_scripts = st.sampled_from(["0123456789", "൦൧൨൩൪൫൬൭൮൯", "०१२३४५६७८९"])


def _written(number: str, gap: str, script: str) -> str:
    groups = (4, 4, 4) if len(number) == 12 else (5, 5)
    starts = [sum(groups[:place]) for place in range(len(groups))]
    text = gap.join(number[start : start + size] for start, size in zip(starts, groups, strict=True))
    return text.translate(str.maketrans("0123456789", script))


_before = st.sampled_from(["", "no ", "KL/", "അപേക്ഷ ", '"', "a,", "x" * 40, "1234 ", "@"])
_prefixes = st.sampled_from(["", "+91 ", "91-", "0", "0091"])
_after = st.sampled_from(["", " x", "/1", ".", "\n", "\u0d15", "@", " 5"])


def _planted(numbers: st.SearchStrategy[str], prefixes: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, str]]:
    def text(number: str, gap: str, script: str, before: str, prefix: str, after: str) -> tuple[str, str]:
        return number, f"{before}{prefix}{_written(number, gap, script)}{after}"

    return st.builds(text, numbers, _gaps, _scripts, _before, prefixes, _after)


_persons = st.one_of(_planted(_aadhaars, st.just("")), _planted(_mobiles, _prefixes))
_addresses = st.builds(
    "{}@{}.in".format, st.from_regex(r"[a-z]{4,9}", fullmatch=True), st.from_regex(r"[a-z]{4,9}", fullmatch=True)
)
_plain = st.sampled_from(["", "1", "KL", "KL-idukki", "dam-idukki", "2026-04-01", "2026-04-01 10:15", "ok", "12.5"])
cells = st.one_of(_persons, _addresses.map(lambda text: (text, text)), _plain.map(lambda text: ("", text)))
rows = st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, cells)), min_size=1, max_size=4)
Row = dict[str, tuple[str, str]]


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(letter)) for letter in text if letter.isdecimal())


def _texts(store: Store) -> list[str]:
    """Every text in every table."""
    with store.database.cursor() as cursor:
        found = cursor.execute(
            "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal "
            "and database_name not in ('lookup', 'system', 'temp')"
        ).fetchall()
        return [
            text
            for table, column in found
            for (text,) in cursor.execute(f'select "{column}" from "{table}" where "{column}" is not null').fetchall()
        ]


def _given_out(made: Mapping, name: str, content: bytes) -> list[str]:
    """Every text that a file gives to the writer."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(file_source(write(Path(folder), name, content), made)) as source,
    ):
        tables = [table for batch in drain(source) for table in (batch.events, batch.rejected)]
    columns = [column for table in tables for column in table.columns if pa.types.is_string(column.type)]
    return [text for column in columns for text in column.to_pylist() if text is not None]


def _assert_clean(texts: list[str], given_rows: list[Row]) -> None:
    for planted, text in [cell for row in given_rows for cell in row.values() if cell[0]]:
        if "@" in planted:
            assert not any(planted in stored for stored in texts)
        else:
            assert not any(planted in _digits(part) for stored in texts for part in stored.split(":")), text


def _as_csv(given_rows: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([row[name][1] for name in COLUMNS] for row in given_rows)
    return text.getvalue().encode()


def _as_lines(given_rows: list[Row]) -> bytes:
    return b"\n".join(json.dumps({name: cell[1] for name, cell in row.items()}).encode() for row in given_rows)


def _as_events(given_rows: list[Row]) -> bytes:
    def event(row: Row) -> dict[str, Any]:
        cell = {name: text for name, (_, text) in row.items()}
        names = {"case_id": "id", "area": "area", "office": "office", "post": "post", "step": "step", "asset": "asset"}
        data = {field: cell[name] for field, name in names.items()} | {"service": "birth", "ref": cell["ref"]}
        return {
            "specversion": "1.0",
            "id": cell["more"] or "e",
            "source": "test" if cell["rating"] in {"", "1"} else cell["rating"],
            "type": "cm.case.opened" if cell["channel"] in {"", "ok"} else cell["channel"],
            "time": cell["at"] if cell["amount"] else "2026-04-01T10:00:00Z",
            "data": data,
        }

    return b"\n".join(json.dumps(event(row)).encode() for row in given_rows)


@pytest.mark.parametrize(
    ("name", "written", "made"),
    [
        ("rows.csv", _as_csv, mapping(EVERYTHING)),
        ("rows.jsonl", _as_lines, mapping(EVERYTHING)),
        ("events.jsonl", _as_events, cloudevent_mapping("test", VOCABULARY, PSEUDONYMS)),
    ],
    ids=["csv", "jsonl", "cloudevents"],
)
@settings(max_examples=examples(25), deadline=None)
@given(rows)
def test_no_number_of_a_person_is_given_to_the_writer(
    name: str, written: Callable[[list[Row]], bytes], made: Mapping, given_rows: list[Row]
) -> None:
    texts = _given_out(made, name, written(given_rows))
    assert texts
    _assert_clean(texts, given_rows)


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(_persons, min_size=2, max_size=8, unique_by=lambda one: one[1]))
@example([("9847012345", "9847012345"), ("9847012346", "9847012346"), ("999941057058", "999941057058")])
def test_ids_that_hold_such_numbers_stay_distinct_and_join(planted: list[tuple[str, str]]) -> None:
    ids = sorted({text.replace("\n", " ").strip() for _, text in planted})
    opened = decoded(CASES, *({"id": one, "opened": "2026-04-01"} for one in ids)).events["case_id"].to_pylist()
    closed = {"closed": "2026-04-02", "result": "ok"}
    decided = decoded(CASES, *({"id": one, **closed} for one in ids)).events["case_id"].to_pylist()
    assert opened == decided
    assert len(set(opened)) == len(ids)


def test_no_number_of_a_person_is_in_the_warehouse(tmp_path: Path) -> None:
    numbers = ("9847012345", "999941057058", "+91 98470 12346", "൯൮൪൭൦൧൨൩൪൭", "a.b@example.in")
    sent = [
        dict.fromkeys(COLUMNS, "1") | {"area": "KL", "at": "2026-04-01"} | dict.fromkeys(names, f"{number} {turn}")
        for number in numbers
        for turn, column in enumerate(COLUMNS)
        for names in ({column}, {column, "id"})
    ]
    sent += [row | {"amount": number} for row in sent[:4] for number in ("9847012345", "999941057058")]  # conflicts
    made = mapping(EVERYTHING)
    file = write(tmp_path, "9847012345.jsonl", "\n".join(json.dumps(row) for row in sent))
    with open_store(tmp_path / "data") as store:
        pipeline = Pipeline((), store.writer, SilentListener(), SettableClock(NOW))
        (first,), (again,) = (list(pipeline.load(file_source(file, made))) for _ in range(2))
        assert first.accepted > 40
        assert first.rejected > 50
        assert again.duplicates == again.received
        assert {row["reason"] for row in store.ask("rejected_summary")} >= {"conflict", "bad_number", "unknown_area"}
        texts = _texts(store)
        counted = store.ask("personal_counts", source="test")
    assert {row["kind"] for row in counted} == {"aadhaar", "mobile", "e-mail"}
    for kind, least in (("aadhaar", 2), ("mobile", 6), ("e-mail", 2)):
        rows = {row["field"]: row["rows"] for row in counted if row["kind"] == kind}
        read = set(COLUMNS) - {"rating"}  # whatever stands there becomes 3
        assert rows.keys() >= read
        assert all(rows[column] >= least for column in read), kind
    assert not [text for text in texts if text != masked(text)]
    for number in numbers:
        assert not [text for text in texts if number in text]


def test_numbers_in_numbers_stay() -> None:
    row = {
        "id": "A",
        "more": "1",
        "at": "2026-04-01",
        "amount": "9847012345",
        "value": "9847012345",
        "asset": "dam-idukki",
    }
    told = events(decoded(EVERYTHING, row))
    assert [one["amount"] for one in told if "amount" in one] == [984701234500]
    assert [one["value"] for one in told if "value" in one] == [9847012345.0]


def test_what_was_refused_is_taken_later_as_if_it_came_then(tmp_path: Path) -> None:
    lines = [{"id": number, "opened": "2026-04-01", "closed": "soon"} for number in ("9847012345", "9847012346")]
    file = write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines)))
    mended = mapping(CASES.replace('at = "closed"', 'at = {column = "closed", empty = ["soon"]}'))
    with open_store(tmp_path / "data") as store:
        pipeline = Pipeline((), store.writer, SilentListener(), SettableClock(NOW))
        (result,) = pipeline.load(file_source(file, mapping(CASES)))
        assert result.rejected == 2
        (done,) = replay(store.writer, store.reader, SilentListener(), lambda _: mended, SettableClock(NOW))
        assert done.accepted == 2
        (again,) = pipeline.load(file_source(file, mended))
        assert again.duplicates == 2


def test_of_a_citizens_own_number_only_a_pseudonym_is_kept() -> None:
    made = CASES.replace('case_id = "id"', 'case_id = {column = "id", citizen = true}')
    (event,) = events(decoded(made, {"id": "1946-12", "opened": "2026-04-01"}))
    assert event["case_id"] == f"t:{PSEUDONYMS.of_citizen('1946-12')}"
    (refused,) = decoded(made, {"id": "1946-12", "opened": "?"}).rejected.to_pylist()
    assert "1946" not in "".join(map(str, refused.values()))
    (later,) = events(decoded(made, json.loads(refused["raw"]) | {"opened": "2026-04-01"}))
    assert later["case_id"] == event["case_id"]


#: Health facilities have national numbers of ten digits, which look like mobile numbers; here four are declared.
FACILITIES = """
[[event]]
kind = "reading.taken"
name = "beds"
when = {column = "nin", not_in = ["6123456789"]}
at = "at"
metric = {const = "beds"}
asset = {column = "nin", map = {"7284517390" = "hospital-a", "8284517390" = "hospital-b"}}
area = {column = "in", map = {"9284517390" = "KL-idukki"}, default = "KL"}
office = "nin"
id = "{n}"
value = "beds"
"""


def test_declared_codes_that_look_like_numbers_are_looked_up_and_reach_no_disk_either(tmp_path: Path) -> None:
    rows = [
        {"nin": "7284517390", "in": "9284517390", "beds": "5"},
        {"nin": "6123456789", "beds": "5"},  # excluded
        {"nin": "9847012345", "beds": "6"},  # not declared
        {"nin": "7284517390", "in": "9284517390", "beds": "many"},  # refused for another reason
    ]
    lines = [json.dumps({"n": number, "at": "2026-04-01", **row}) for number, row in enumerate(rows)]
    file = write(tmp_path, "a.jsonl", "\n".join(lines))
    more = FACILITIES.replace("map = {", 'map = {"9847012345" = "hospital-c", ', 1)
    mended = mapping(more.replace('value = "beds"', 'value = {column = "beds", map = {many = 9}}'))
    with open_store(tmp_path / "data") as store:
        pipeline = Pipeline((), store.writer, SilentListener(), SettableClock(NOW))
        (first,) = pipeline.load(file_source(file, mapping(FACILITIES)))
        assert (first.accepted, first.rejected) == (1, 3)
        assert {row["reason"] for row in store.ask("rejected_list")} == {"bad_number", "bad_value", "no_event"}
        counted = store.ask("personal_counts", source="test")
        assert [(row["field"], row["rows"]) for row in counted] == [("nin", 1)], "a declared code is nobody's number"
        (done,) = replay(store.writer, store.reader, SilentListener(), lambda _: mended, SettableClock(NOW))
        assert (done.accepted, done.refused) == (2, 1)
        with store.database.cursor() as cursor:
            told = cursor.sql("select asset, area, value from event order by value").fetchall()
        texts = _texts(store)
    assert told == [("hospital-a", "KL-idukki", 5.0), ("hospital-c", "KL", 6.0), ("hospital-a", "KL-idukki", 9.0)]
    assert not [text for text in texts if text != masked(text)]


def test_a_number_is_counted_by_the_column_in_which_it_stood() -> None:
    rows = [
        {"id": "A", "opened": "2026-04-01", "closed": "9847012345"},
        {"id": "999941057058", "opened": "2026-04-01", "closed": "a.b@example.in"},
        {"id": "B", "opened": "9847012345", "closed": "9847012345"},
    ]
    # a row counts once, whether the number is found in the cell, in what quarantine keeps of it, or in both
    assert decoded(CASES, *rows).personal == {
        ("closed", "mobile"): 2,
        ("opened", "mobile"): 1,
        ("id", "aadhaar"): 1,
        ("closed", "e-mail"): 1,
    }
