"""JSON objects as rows of text: what a value says is what its cell says."""

from __future__ import annotations

import json

import pytest

from ingest.sources.json_rows import split_objects
from ingest.sources.row_path import row_path

NUMBERS = ["20240401000000000001", "20240401000000000002", "18446744073709551616", "-9223372036854775809", "7"]


@pytest.mark.parametrize("way", ["", "rows", "rows/inner"])
def test_whole_numbers_keep_all_of_their_digits(way: str) -> None:
    rows = [f'{{"no": {number}}}' for number in NUMBERS]
    inside = {"": rows, "rows": [f'{{"rows": [{", ".join(rows)}]}}']}
    lines = inside.get(way, [f'{{"rows": [{{"inner": [{", ".join(rows)}]}}]}}'])
    chunk = split_objects(("no",), {}, row_path(way), [line.encode() for line in lines], 1, "x")
    assert chunk.table["no"].to_pylist() == NUMBERS


@pytest.mark.parametrize("line", [b"{", b'{"no": 1e999}', b'{"no": "\xff"}', b'{"no": "\\ud800"}', b"[" * 100_000])
def test_what_is_not_json_is_refused(line: bytes) -> None:
    chunk = split_objects(("no",), {}, (), [line, json.dumps({"no": 1}).encode()], 1, "x")
    assert [one.reason for one in chunk.refused] == ["not_json"]
    assert chunk.table["no"].to_pylist() == ["1"]


HEADED = {"page": {"fields": [{"id": "no"}, {"id": "by"}]}, "names": ["no", "by"], "data": [["7", 1], ["8", 2], [9]]}


@pytest.mark.parametrize("keys", ["page.fields/id", "names"])
def test_rows_that_are_lists_have_the_keys_that_stand_elsewhere(keys: str) -> None:
    lines = [json.dumps(HEADED).encode()]
    chunk = split_objects(("no", "by"), {}, row_path("data"), lines, 1, "x", keys)
    assert chunk.table.to_pylist() == [{"no": "7", "by": "1"}, {"no": "8", "by": "2"}]
    assert chunk.numbers.tolist() == [1, 2]
    assert [(one.origin, one.detail) for one in chunk.refused] == [
        ("x:3", f"does not have as many values as {keys} has keys")
    ]
    counted = split_objects(("no",), {}, row_path("data[by=2]"), lines, 1, "x", keys)
    assert counted.table["no"].to_pylist() == ["8"]


@pytest.mark.parametrize("names", [None, [], ["no", "no"], ["no", 1], [{"id": "no"}, {}]])
def test_keys_that_are_no_list_of_texts_refuse_the_whole(names: object) -> None:
    document = json.dumps({"data": [["7", 1]], "names": names}).encode()
    chunk = split_objects(("no",), {}, row_path("data"), [document], 1, "x", "names/id")
    assert [one.detail for one in chunk.refused] == ["names/id is not a list of texts that differ"]
