"""A dropped JSON file may be one document, laid out in any way; JSON lines stay JSON lines."""

from __future__ import annotations

import gzip
import json
from contextlib import closing
from pathlib import Path

import pytest

from ingest.sources import json_document
from ingest.sources.json_document import read_document
from tests.helpers.rows import CASES, assert_accounted, drain, events, file_source, mapping, read, refused, write
from warehouse.errors import DataError

ROWS = [{"id": str(number), "opened": "2026-04-01"} for number in range(1, 8)]
NUMBERS = [row["id"] for row in ROWS]
LISTED = 'rows = "answer.records"\n'


def cases(path: Path, declared: str = "", **options: int) -> list[str]:
    result = read(path, mapping(declared + CASES), **options)
    assert_accounted(result)
    return [str(event["case_id"]).removeprefix("t:") for event in events(result)]


@pytest.mark.parametrize("indent", [None, 0, 2, "\t"])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ndjson", "a.json.gz"])
def test_lists_and_objects_with_a_list_in_any_layout(tmp_path: Path, name: str, indent: int | str | None) -> None:
    assert cases(write(tmp_path, name, json.dumps(ROWS, indent=indent)), batch_rows=3) == NUMBERS
    inside = {"opened": "never", "answer": {"total": 7, "records": ROWS}}
    assert cases(write(tmp_path, name, json.dumps(inside, indent=indent)), LISTED, batch_rows=3) == NUMBERS
    assert cases(write(tmp_path, name, "\ufeff\n\n" + json.dumps(ROWS[0], indent=indent))) == ["1"]


def test_a_list_with_one_row_per_line_is_a_list(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in ROWS]
    assert cases(write(tmp_path, "a.json", "[" + ",\n".join(lines) + "]")) == NUMBERS
    assert cases(write(tmp_path, "b.json", "[\n" + ",\n".join(lines) + "\n]\n")) == NUMBERS
    assert (
        cases(write(tmp_path, "c.json", '{"answer": {"records": [\n' + "\n,".join(lines) + "\n]}}"), LISTED) == NUMBERS
    )
    assert cases(write(tmp_path, "d.json", "[]")) == []


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("first", ["", '{"id": "x"\n', "{bad\n", "[1]\n", '{"id": "x", "opened": \n', "1\n"])
def test_json_lines_stay_lines_whatever_the_first_one_holds(tmp_path: Path, first: str, ending: str) -> None:
    content = (first + "".join(json.dumps(row) + "\n" for row in ROWS)).replace("\n", ending)
    path = write(tmp_path, "a.json", content)
    assert read_document(path, "") is None
    assert cases(path) == NUMBERS
    assert refused(read(path, mapping(CASES))) == ([("not_json", None)] if first else [])


def test_a_reader_goes_on_where_it_was(tmp_path: Path) -> None:
    for declared, document in (("", ROWS), (LISTED, {"answer": {"records": ROWS}})):
        path, made = write(tmp_path, "a.json", json.dumps(document, indent=1)), mapping(declared + CASES)
        with closing(file_source(path, made, batch_rows=3)) as source:
            first = source.next_batch()
            position = source.position()
        with closing(file_source(path, made, batch_rows=3, position=position)) as source:
            rest = drain(source)
        told = [row for batch in (first, *rest) if batch for row in batch.events.select(["case_id", "row"]).to_pylist()]
        assert told == [{"case_id": f"t:{number}", "row": number} for number in range(1, 8)]


def test_a_row_that_is_none_is_refused_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", json.dumps([ROWS[0], 7, None, [1], ROWS[1], {"id": "x" * (2 << 20)}, ROWS[2]]))
    assert cases(path) == ["1", "2", "3"]
    result = read(path, mapping(CASES))
    assert sorted(refused(result), key=str) == [("not_json", None)] * 3 + [("too_large", None)]
    assert sorted(result.rejected["origin"].to_pylist()) == [f"a.json:{row}" for row in (2, 3, 4, 6)]


def test_a_document_without_the_list_is_a_refused_row(tmp_path: Path) -> None:
    result = read(write(tmp_path, "a.json", json.dumps({"answer": {"rows": ROWS}}, indent=1)), mapping(LISTED + CASES))
    assert result.rejected["detail"].to_pylist() == ["answer.records is not a list of objects"]


def test_a_document_that_is_too_large_or_broken_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = json.dumps(ROWS * 1000, indent=1)
    path = write(tmp_path, "a.json", whole[:-5])
    with pytest.raises(DataError, match=r"a\.json is not JSON: .*truncated"):
        file_source(path, mapping(CASES))
    for name in ("b.json", "b.json.gz"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(whole.encode()) if name.endswith("gz") else whole.encode())
        assert len(read_document(path, "") or ()) == 7000
        with pytest.raises(DataError, match="is one JSON document of more than 0 MiB; write one object per line"):
            read_document(path, "", 1 << 16)
    assert json_document.DOCUMENT_BYTES == 64 << 20, "as docs/events.md says"


def test_a_long_document_on_one_line(tmp_path: Path) -> None:
    rows = [{"id": str(number), "opened": "2026-04-01", "note": "x" * 100} for number in range(20_000)]
    assert len(cases(write(tmp_path, "a.json", json.dumps({"answer": {"records": rows}})), LISTED)) == 20_000
    assert len(cases(write(tmp_path, "b.json", json.dumps(rows)))) == 20_000


def test_cloudevents_may_be_a_list(tmp_path: Path) -> None:
    event = {
        "specversion": "1.0", "id": "1", "source": "test", "type": "cm.case.opened", "time": "2026-04-01T10:00:00Z",
        "data": {"case_id": "1", "service": "birth", "area": "KL"},
    }  # fmt: skip
    path = write(tmp_path, "a.json", json.dumps([event, {**event, "id": "2"}], indent=2))
    assert read(path, mapping('format = "cloudevents"')).events.num_rows == 2
