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
