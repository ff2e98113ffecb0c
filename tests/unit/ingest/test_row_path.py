"""Rows inside lists inside lists, and which elements of a list count."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.sources.json_rows import split_objects
from ingest.sources.row_path import row_path

DAY = {
    "date": "2026-04-01",
    "Data": [
        {
            "module": "TL",
            "groups": [{"by": "type", "buckets": [{"v": 1}, {"v": 2}]}, {"by": "mode", "buckets": [{"v": 3}]}],
        },
        {"module": "PT", "groups": [{"by": "tax", "buckets": [{"v": 4}]}]},
        {"module": "COMMON"},
    ],
}


def rows(way: str, *documents: Any) -> list[tuple[Any, ...]]:
    lines = [json.dumps(one).encode() for one in documents]
    chunk = split_objects(("date", "module", "by", "v"), {}, row_path(way), lines, 1, "x")
    assert chunk.numbers.tolist() == list(range(1, len(chunk.numbers) + 1))
    return [tuple(row.values()) for row in chunk.table.to_pylist()]


def test_one_list_makes_a_row_of_each_element() -> None:
    assert [row[:2] for row in rows("Data", {**DAY, "Data": [{"module": "TL"}, {"module": "PT"}]})] == [
        ("2026-04-01", "TL"),
        ("2026-04-01", "PT"),
    ]


def test_lists_inside_lists_are_read_to_the_innermost_and_a_row_without_one_stays() -> None:
    assert rows("Data/groups/buckets", DAY) == [
        ("2026-04-01", "TL", "type", "1"),
        ("2026-04-01", "TL", "type", "2"),
        ("2026-04-01", "TL", "mode", "3"),
        ("2026-04-01", "PT", "tax", "4"),
        ("2026-04-01", "COMMON", None, None),
    ]


def test_only_named_elements_count_and_where_none_does_the_row_stays_without_them() -> None:
    assert rows("Data/groups[by=type|tax]/buckets", DAY) == [
        ("2026-04-01", "TL", "type", "1"),
        ("2026-04-01", "TL", "type", "2"),
        ("2026-04-01", "PT", "tax", "4"),
        ("2026-04-01", "COMMON", None, None),
    ]
    assert rows("Data[module=PT]/groups[by=none]/buckets", DAY) == [("2026-04-01", "PT", None, None)]


@pytest.mark.parametrize(
    ("way", "found"),
    [
        ("Data[by=1]", ["number", "fraction", "text"]),
        ("Data[by=true]", ["truth"]),
        ("Data[by=0|false]", ["zero"]),
        ("Data[by=a]", []),
        ("Data[by.code=a]", ["object"]),
        ("Data[by=None]", []),
    ],
)
def test_elements_count_by_the_text_of_a_cell_and_never_by_lists_or_objects(way: str, found: list[str]) -> None:
    by = {
        "number": 1,
        "fraction": 1.0,
        "text": "1",
        "truth": True,
        "zero": 0,
        "list": ["a"],
        "object": {"code": "a"},
        "null": None,
    }
    listed = [{"module": name, "by": value} for name, value in by.items()]
    lines = [json.dumps(one).encode() for one in ({"Data": listed}, {"top": [{"Data": listed}]})]
    inner = way.replace("Data", "top/Data")
    for line, path in zip(lines, (way, inner), strict=True):
        chunk = split_objects(("module",), {}, row_path(path), [line], 1, "x")
        assert [name for name in chunk.table["module"].to_pylist() if name] == found


def test_what_is_stated_by_several_groupings_counts_by_the_first_that_is_there() -> None:
    assert rows("Data/groups[by=none>mode>type|tax]/buckets", DAY) == [
        ("2026-04-01", "TL", "mode", "3"),
        ("2026-04-01", "PT", "tax", "4"),
        ("2026-04-01", "COMMON", None, None),
    ]
    assert rows("Data[module=none>COMMON>PT]/groups", DAY) == [("2026-04-01", "COMMON", None, None)]


def test_the_outermost_list_must_be_there() -> None:
    chunk = split_objects(("v",), {}, row_path("Data/groups"), [b'{"Data": 1}', b"{}"], 1, "x")
    assert [one.detail for one in chunk.refused] == ["Data is not a list of objects"] * 2


@pytest.mark.parametrize("text", ["Data/", "/Data", "Data[by]", "Data[by=]", "Data[by=a", "Data[by=a]x"])
def test_what_is_no_way_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither the key of a list"):
        row_path(text)
