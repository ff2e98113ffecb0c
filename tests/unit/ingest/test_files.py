"""Files as people really send them: each kind is read, and only what is broken is refused."""

from __future__ import annotations

import gzip
import json
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.rule import Mapping
from ingest.sources.blocks import ROW_BYTES
from tests.helpers.rows import (
    CASES,
    READINGS,
    assert_accounted,
    drain,
    events,
    file_source,
    mapping,
    read,
    refused,
    write,
)
from warehouse.errors import DataError, SourceGoneError, SourceRefusedError

HEADER = "id,opened,closed,due,result\n"
ROW = "{},2026-04-01 10:00:00,,,\n"
#: Small enough for several blocks in every test file.
SMALL = {"block_bytes": 64}


def cases(path: Path, made: Mapping | None = None, **options: Any) -> list[str]:
    """Case numbers of a file, in order; the file is accounted for."""
    result = read(path, made or mapping(CASES), **options)
    for row in (result,):
        assert_accounted(row)
    return [str(event["case_id"]).removeprefix("t:") for event in events(result)]


@pytest.mark.parametrize("options", [{}, SMALL])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEADER + ROW.format(1) + ROW.format(2), ["1", "2"]),
        ("\ufeff" + HEADER + ROW.format(1), ["1"]),
        ((HEADER + ROW.format(1) + ROW.format(2)).replace("\n", "\r\n"), ["1", "2"]),
        ((HEADER + ROW.format(1)).rstrip(), ["1"]),
        (HEADER + "\n\n" + ROW.format(1) + "\n" + ROW.format(2) + "\n\n", ["1", "2"]),
        (HEADER, []),
        (" opened , result,id,extra,due,closed\n2026-04-01,,7,x,,\n", ["7"]),
        (HEADER + ROW.format('"a,b"') + ROW.format('"say ""x"""'), ["a,b", 'say "x"']),
        ('id,opened,closed,due,result,note\n1,2026-04-01,,,,"two\nlines"\n2,2026-04-01,,,,x\n', ["1", "2"]),
        (HEADER + "".join(ROW.format(number) for number in range(50)), [str(number) for number in range(50)]),
        (HEADER + ROW.format("അപേക്ഷ/൧"), ["അപേക്ഷ/൧"]),
    ],
)
def test_csv(tmp_path: Path, content: str, expected: list[str], options: dict[str, int]) -> None:
    assert cases(write(tmp_path, "a.csv", content), **options) == expected
    assert cases(write(tmp_path, "a.csv.gz", content), **options) == expected


def said(path: Path) -> list[tuple[str, ...]]:
    """Columns that the batches of a file say."""
    with closing(file_source(path, mapping(CASES), batch_rows=4)) as source:
        return [batch.columns for batch in drain(source)]


def test_the_first_batch_of_a_file_says_all_of_its_columns_read_or_not(tmp_path: Path) -> None:
    header, rows = HEADER.replace("id", "ward,id"), "".join(f"x,{ROW.format(number)}" for number in range(9))
    first, *others = said(write(tmp_path, "a.csv", header + rows))
    assert first == ("ward", "id", "opened", "closed", "due", "result")
    assert others
    assert not any(others)
    columns = {"id": ["1"], "opened": ["2026-04-01"], "closed": [""], "due": [""], "result": [""], "ward": [7]}
    assert said(parquet(tmp_path / "a.parquet", **columns)) == [tuple(columns)]
    named = header.replace("ward", "9847012345") + rows[: rows.index("\n") + 1]
    assert said(write(tmp_path, "b.csv", named))[0][0] == "[mobile]"


@pytest.mark.parametrize("options", [{}, SMALL])
@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"1,2026-04-01\n", "bad_row"),
        (b"1,2026-04-01,,,,,,,,\n", "bad_row"),
        (b'"1,2026-04-01,,,\n', "bad_row"),
        (b'1,2026-04-01,,,"\n', "bad_row"),
        (b"\xff\xfe1,2026-04-01,,,\n", "bad_encoding"),
        (b"1\xff,2026-04-01\n", "bad_row"),
        (b"1,2026-04-01,,,\xe0\xb4\n", "bad_encoding"),
    ],
)
def test_a_broken_line_is_refused_and_its_neighbours_are_not(
    tmp_path: Path, broken: bytes, reason: str, options: dict[str, int]
) -> None:
    good = [ROW.format(name).encode() for name in ("a", "b", "c", "d")]
    path = write(tmp_path, "a.csv", HEADER.encode() + good[0] + good[1] + broken + good[2] + good[3])
    result = read(path, mapping(CASES), **options)
    assert [event["case_id"] for event in events(result)] == ["t:a", "t:b", "t:c", "t:d"]
    assert [row["reason"] for row in result.rejected.to_pylist()] == [reason]
    assert result.rejected["origin"].to_pylist() == ["a.csv:3"]
    assert_accounted(result)


def test_of_a_row_that_cannot_be_split_only_size_and_hash_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", HEADER + "1,2026-04-01,9876 5432 1098\n")
    raw = read(path, mapping(CASES)).rejected["raw"][0].as_py()
    assert "9876" not in raw
    assert '"bytes":27' in raw


def test_only_columns_of_the_mapping_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "id,opened,closed,due,result,mobile\n1,x,,,,9846012345\n")
    assert "9846012345" not in str(read(path, mapping(CASES)).rejected.to_pylist())


def test_a_stray_quote_does_not_swallow_the_rest_of_a_large_file(tmp_path: Path) -> None:
    rows = 40_000
    lines = [ROW.format(number) for number in range(rows)]
    lines[10] = '10,2026-04-01,,,"no end\n'
    result = read(write(tmp_path, "a.csv", HEADER + "".join(lines)), mapping(CASES), block_bytes=1 << 20)
    assert result.rows == rows
    assert refused(result) == [("bad_row", None)]
    assert_accounted(result)


def test_a_row_that_is_too_large_is_refused_without_being_held(tmp_path: Path) -> None:
    huge = "1,2026-04-01,,," + "x" * (3 * ROW_BYTES) + "\n"
    for name in ("a.csv", "a.csv.gz"):
        path = write(tmp_path, name, HEADER + ROW.format("a") + huge + ROW.format("b"))
        result = read(path, mapping(CASES), block_bytes=1 << 16)
        assert [event["case_id"] for event in events(result)] == ["t:a", "t:b"]
        assert refused(result) == [("too_large", None)]


def test_columns_that_come_in_another_order_or_are_added_do_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "new,result,due,closed,opened,id\n,,,,2026-04-01,1\n")
    assert cases(path) == ["1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id,open,closed,due,result\n", "needs column 'opened', the file does not have it; nearest is open"),
        ("id,id,opened,closed,due,result\n", "needs column 'id', the file has it 2 times"),
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("id,opened,closed,due,result\r1,2026-04-01,,,\r", "names of the columns cannot be read"),
        ("PK\x03\x04 not a table", "needs column 'opened'"),
    ],
)
def test_a_file_without_the_columns_is_refused_as_a_whole(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        file_source(write(tmp_path, "a.csv", content), mapping(CASES))


def test_other_notations_of_csv(tmp_path: Path) -> None:
    semicolon = mapping('delimiter = ";"\nencoding = "cp1252"\nskip_lines = 2\n' + CASES)
    path = write(tmp_path, "a.csv", f"Report\n\n{HEADER}{ROW.format('é')}".replace(",", ";").encode("cp1252"))
    assert cases(path, semicolon) == ["é"]
    utf16 = mapping('encoding = "utf-16"\n' + CASES)
    assert cases(write(tmp_path, "b.csv", (HEADER + ROW.format("ക")).encode("utf-16")), utf16) == ["ക"]
    headless = mapping('columns = ["id", "opened", "closed", "due", "result"]\n' + CASES)
    assert cases(write(tmp_path, "c.csv", ROW.format("1")), headless) == ["1"]
    quoteless = mapping('quote = ""\n' + CASES)
    assert cases(write(tmp_path, "d.csv", HEADER + ROW.format('5" pipe')), quoteless) == ['5" pipe']


def test_bytes_that_the_encoding_does_not_know_refuse_their_row(tmp_path: Path) -> None:
    content = (HEADER + ROW.format("a")).encode() + b"\x81,2026-04-01,,,\n"
    result = read(write(tmp_path, "a.csv", content), mapping('encoding = "cp1252"\n' + CASES))
    assert refused(result) == [("bad_encoding", "id")]


def test_a_packed_file_that_ends_too_early_is_said_and_what_was_read_stays(tmp_path: Path) -> None:
    whole = gzip.compress((HEADER + "".join(ROW.format(n) for n in range(200_000))).encode())
    path = tmp_path / "a.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with closing(file_source(path, mapping(CASES), block_bytes=1 << 16)) as source:
        batch = source.next_batch()
        assert batch is not None
        assert batch.received > 0
        with pytest.raises(DataError, match="cannot be read to its end"):
            drain(source)


@pytest.mark.parametrize("options", [{}, SMALL])
def test_json_lines(tmp_path: Path, options: dict[str, int]) -> None:
    nested = mapping(CASES.replace('"opened"', '"dates.opened"', 1).replace("at = ", "at = "))
    lines = [
        '{"id": "1", "dates": {"opened": "2026-04-01"}}',
        '{"id": 2, "dates.opened": "2026-04-01", "mobile": "9846012345"}',
        "",
        "{",
        "[1]",
        '{"id": {"a": 1}, "dates": {"opened": "2026-04-01"}}',
        '{"id": 3, "dates": {"opened": null}}',
        '{"id": 4.0, "dates": {"opened": "2026-04-01"}}',
        '{"id": "\\ud800", "dates": {}}',
    ]
    path = write(tmp_path, "a.jsonl", "\n".join(lines))
    assert cases(path, nested, **options) == ["1", "2", "4"]
    result = read(path, nested, **options)
    assert sorted(refused(result), key=str) == [
        ("bad_value", "id"),
        ("no_event", None),
        ("not_json", None),
        ("not_json", None),
        ("not_json", None),
    ]
    assert "9846012345" not in str(result.rejected.to_pylist())


def test_rows_inside_json_objects(tmp_path: Path) -> None:
    text = 'rows = "data"\n' + CASES.replace('"opened"', '"meta.on"', 1)
    lines = '{"meta": {"on": "2026-04-01"}, "data": [{"id": 1}, {"id": 2}]}\n{"data": 5}\n'
    result = read(write(tmp_path, "a.json", lines), mapping(text))
    assert [event["case_id"] for event in events(result)] == ["t:1", "t:2"]
    assert refused(result) == [("not_json", None)]
    assert result.rejected["origin"].to_pylist() == ["a.json:3"]


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return path


def test_parquet_keeps_types_and_takes_structs_apart(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    made = mapping(CASES.replace('"opened"', '"dates.opened"', 1))
    on = datetime(2026, 4, 1, tzinfo=UTC)
    path = parquet(
        tmp_path / "a.parquet",
        id=pa.array([1, 2, None]),
        dates=pa.array([{"opened": on}, {"opened": None}, {"opened": on}]),
        closed=pa.array([None, None, None], pa.date32()),
        due=pa.array([on, None, None]),
        result=pa.array(["ok", None, None]).dictionary_encode(),
        tags=pa.array([["a"], [], None]),
    )
    result = read(path, made)
    assert [event["case_id"] for event in events(result)] == ["t:1"]
    assert events(result)[0]["occurred_at"] == on
    assert refused(result) == [("no_event", None), ("missing", "case_id")]
    with pytest.raises(DataError, match="needs column 'tags'"):
        file_source(path, mapping(CASES.replace('"opened"', '"tags"', 1)))


def test_an_instant_of_parquet_that_no_calendar_has_refuses_its_row(tmp_path: Path) -> None:
    opened = pa.array([1_775_000_000, 10**13], pa.int64()).view(pa.timestamp("s"))
    empty = pa.nulls(2, pa.string())
    path = parquet(tmp_path / "a.parquet", id=["1", "2"], opened=opened, closed=empty, due=empty, result=empty)
    result = read(path, mapping(CASES))
    assert [event["case_id"] for event in events(result)] == ["t:1"]
    assert refused(result) == [("bad_time", "at")]


def test_text_of_parquet_that_is_none_refuses_the_file_and_says_the_column(tmp_path: Path) -> None:
    text = pa.array([b"\xff"]).view(pa.string())
    path = parquet(tmp_path / "a.parquet", id=["1"], opened=["2026-04-01"], closed=text, due=[""], result=[""])
    with pytest.raises(DataError, match=r"a\.parquet cannot be read to its end: column 'closed': .*UTF8"):
        read(path, mapping(CASES))


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a Parquet file"):
        file_source(write(tmp_path, "a.parquet", "id\n1\n"), mapping(CASES))


XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/" xes.version="1.0">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="name"/></global>
  <string key="concept:name" value="the log"/>
  <trace>
    <string key="concept:name" value="case 1"/>
    <list key="parts"><string key="concept:name" value="inner"/></list>
    <event>
      <string key="concept:name" value="registered"><string key="note" value="inner"/></string>
      <date key="time:timestamp" value="2026-04-01T10:00:00.000+05:30"/>
      <int key="amount" value="5"/>
    </event>
    <event><string key="concept:name" value="closed"/><date key="time:timestamp" value="2026-04-02T10:00:00Z"/></event>
  </trace>
  <trace>
    <event><string key="concept:name" value="registered"/><date key="time:timestamp" value="2026-04-03"/></event>
    <string key="concept:name" value="case 2"/>
  </trace>
</log>
"""
XES_MAPPING = """
[fields]
case_id = "case:concept:name"
service = {const = "birth"}
area = {whole_state = true}
step = "concept:name"
[[event]]
kind = {column = "concept:name", map = {registered = "case.opened"}, default = "case.moved"}
at = "time:timestamp"
"""


@pytest.mark.parametrize("name", ["a.xes", "a.xes.gz"])
@pytest.mark.parametrize("batch_rows", [1, 2, 1000])
def test_xes(tmp_path: Path, name: str, batch_rows: int) -> None:
    result = read(write(tmp_path, name, XES), mapping(XES_MAPPING), batch_rows=batch_rows)
    assert [(event["kind"], event["case_id"], event["step"]) for event in events(result)] == [
        ("case.opened", "case 1", "registered"),
        ("case.moved", "case 1", "closed"),
        ("case.opened", "case 2", "registered"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<html><body/></html>", "it has no <log>"),
        ("id,opened", "is not an XES file"),
        (XES[:-60], "is not an XES file"),
        ('<!DOCTYPE log [<!ENTITY a "aaaa">]><log>&a;</log>', "declares a document type"),
    ],
)
def test_a_file_that_is_no_event_log_is_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(write(tmp_path, "a.xes", content), mapping(XES_MAPPING))


def test_what_a_file_is_comes_from_the_mapping_or_from_its_name(tmp_path: Path) -> None:
    path = write(tmp_path, "export", HEADER + ROW.format("1"))
    with pytest.raises(DataError, match="set format in source"):
        file_source(path, mapping(CASES))
    assert cases(path, mapping('format = "csv"\n' + CASES)) == ["1"]


def test_a_file_that_is_not_there_may_come_later(tmp_path: Path) -> None:
    with pytest.raises(SourceGoneError):
        file_source(tmp_path / "none.csv", mapping(CASES))


@pytest.mark.parametrize("position", ["x", "[1]", '{"row": -1}', '{"row": "a"}'])
def test_a_position_of_something_else_is_refused(tmp_path: Path, position: str) -> None:
    with pytest.raises(SourceRefusedError):
        file_source(write(tmp_path, "a.csv", HEADER), mapping(CASES), position=position)


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv.gz", HEADER + ROW.format("1") * 100)
    with closing(file_source(path, mapping(CASES))) as source:
        drain(source)
        read_bytes, total = source.progress()
    assert read_bytes == total > 0


TITLED = """
skip_lines = 3
title_rows = '(?s)Place: (?P<asset>\\w+).*MPR for (?P<month>[A-Z][a-z]+ [0-9]{4})'
""" + READINGS.replace('at = "at"', 'at = {column = "month", formats = "%B %Y", day = "first"}')


def test_what_stands_above_the_header_may_fill_columns(tmp_path: Path) -> None:
    made = mapping(TITLED)
    for title in ('Place: h,\n\n"MPR for April 2026",\n', "Place: h\r\n\r\nMPR for April 2026\r\n"):
        result = read(write(tmp_path, "a.csv", f"{title}value,beds\n7,1\nx,1\n"), made)
        assert [(str(one["day"]), one["asset"], one["value"]) for one in events(result)] == [("2026-04-01", "h", 7)]
        assert json.loads(result.rejected["raw"][0].as_py()) == {"month": "April 2026", "asset": "h", "value": "x"}
    with pytest.raises(DataError, match=r"a\.csv: no text above the header is like .*which title_rows declares"):
        file_source(write(tmp_path, "a.csv", "Place: h\nMPR\n\nvalue\n7\n"), made)
    with pytest.raises(DataError, match=r"a\.jsonl has no header; title_rows"):
        file_source(write(tmp_path, "a.jsonl", "{}"), made)


def test_a_file_with_a_title_is_gone_on_with(tmp_path: Path) -> None:
    rows = "".join(f"{value}\n" for value in range(100))
    path = write(tmp_path, "a.csv", f"Place: h\nMPR for April 2026\n\nvalue\n{rows}")
    with closing(file_source(path, mapping(TITLED), batch_rows=60)) as source:
        source.next_batch()
        position = source.position()
    with closing(file_source(path, mapping(TITLED), position=position)) as source:
        (rest,) = drain(source)
    assert set(rest.events["asset"].to_pylist()) == {"h"}


def test_the_name_of_a_file_may_fill_columns(tmp_path: Path) -> None:
    text = READINGS.replace('at = "at"', 'at = {column = "month", formats = "%Y-%m", day = "first"}')
    made = mapping("file_name = 'beds_(?P<month>[0-9]{4}-[0-9]{2})(_(?P<asset>[a-z]+))?'\n" + text)
    for name in ("beds_2026-04_h.csv", "beds_2026-04_h.csv.gz"):
        (event,) = events(read(write(tmp_path, name, "value\n7\n"), made))
        assert (str(event["day"]), event["asset"], event["value"]) == ("2026-04-01", "h", 7)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("beds_2026-04_a.csv", "value\n7\n")
        archive.writestr("beds_2026-05_b.csv", "value\n8\nx\n")
    result = read(tmp_path / "a.zip", made)
    assert [(str(event["day"]), event["asset"]) for event in events(result)] == [
        ("2026-04-01", "a"),
        ("2026-05-01", "b"),
    ]
    assert result.rejected["raw"].to_pylist() == ['{"month":"2026-05","asset":"b","value":"x"}']
    (event,) = events(read(write(tmp_path, "beds_2026-06.jsonl", '{"value": 9}'), made))
    assert (event["value"], event["asset"]) == (9, "KL-idukki")
    with pytest.raises(DataError, match=r"beds\.csv: the name is not like beds_"):
        file_source(write(tmp_path, "beds.csv", "value\n7\n"), made)
