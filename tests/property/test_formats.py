"""A table gives the same events whatever it is written as."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.rows import CASES, mapping, read
from tests.helpers.search import examples

Table = list[dict[str, Any]]
COLUMNS = ("id", "opened", "closed", "due", "result")
START = datetime.fromisoformat("2026-01-01")
_instants = st.integers(0, 300 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
_rows = st.fixed_dictionaries(
    {
        "id": st.text(alphabet="ab1 ;|,\"'é", min_size=1, max_size=8).map(lambda text: f"N{text}N"),
        "opened": _instants,
        "closed": st.one_of(st.none(), _instants),
        "due": st.none(),
        "result": st.sampled_from(["ok", "no"]),
    }
)
_tables = st.lists(_rows, min_size=1, max_size=12)
_endings = st.sampled_from(["\n", "\r\n"])


def _text(cell: Any) -> str:
    return cell.isoformat(" ") if isinstance(cell, datetime) else cell or ""


def _csv(table: Table, delimiter: str, ending: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, delimiter=delimiter, lineterminator=ending)
    writer.writeheader()
    writer.writerows({name: _text(cell) for name, cell in row.items()} for row in table)
    return text.getvalue()


def _events(name: str, write: Callable[[Path], object], declared: str = "", made: str = CASES) -> list[tuple[str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        result = read(path, mapping(declared + made), batch_rows=5)
    assert result.rejected.num_rows == 0, result.rejected.to_pylist()
    return sorted(zip(result.events["event_id"].to_pylist(), result.events["digest"].to_pylist(), strict=True))


def _unique(table: Table) -> Table:
    """The same with different case numbers, which differ without regard to spaces at their ends."""
    return [{**row, "id": f"{number}/{row['id']}"} for number, row in enumerate(table)]


def _plain(table: Table) -> list[tuple[str, int]]:
    return _events("a.csv", lambda path: path.write_text(_csv(table, ",", "\n"), newline=""))


def _zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@settings(deadline=None, max_examples=examples(30))
@given(
    _tables.map(_unique),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(
        ["", "utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le", "utf-16-be"],
    ),
    st.sampled_from(["plain", "gzip", "zip"]),
    _endings,
)
def test_delimiters_encodings_and_packings(
    table: Table, delimiter: str, encoding: str, packing: str, ending: str
) -> None:
    content = _csv(table, delimiter, ending).encode(encoding or "utf-8")
    has_mark = encoding in {"", "utf-8-sig", "utf-16"}
    declared = "" if has_mark else f'encoding = "{encoding}"\n'
    name, write = {
        "plain": ("a.csv", lambda path: path.write_bytes(content)),
        "gzip": ("a.tsv.gz", lambda path: path.write_bytes(gzip.compress(content))),
        "zip": ("a.zip", lambda path: _zip(path, {"in/a.txt": content})),
    }[packing]
    assert _events(name, write, declared) == _plain(table)


@settings(deadline=None, max_examples=examples(30))
@given(_tables.map(_unique), st.sampled_from([None, 0, 2]), st.sampled_from(["\n", "\r\n"]))
def test_json_parquet_and_excel(table: Table, indent: int | None, ending: str) -> None:
    def excel(path: Path) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        for cells in (COLUMNS, *([row[name] for name in COLUMNS] for row in table)):
            sheet.append(cells)
        book.create_sheet("notes").append(["nothing of it"])
        book.save(path)

    def lines(path: Path) -> None:
        path.write_text("\n".join(json.dumps(row, default=_text) for row in table))

    def parquet(path: Path) -> None:
        pq.write_table(pa.Table.from_pylist(table, schema=_schema()), path)

    def document(path: Path) -> None:
        text = json.dumps({"of": "it", "in": {"rows": table}}, default=_text, indent=indent)
        path.write_bytes(text.replace("\n", ending).encode())

    expected = _plain(table)
    assert _events("a.jsonl", lines) == expected
    assert _events("a.json", document, 'rows = "in.rows"\n') == expected
    assert _events("b.json", lambda path: path.write_text(json.dumps(table, default=_text, indent=indent))) == expected
    assert _events("a.parquet", parquet) == expected
    assert _events("a.xlsx", excel) == expected


_gaps = st.text(alphabet=" _\u00a0\n", min_size=1, max_size=3)
_edges = st.text(alphabet=" \u00a0\ufeff\u200b", max_size=2)


@settings(deadline=None, max_examples=examples(30))
@given(_tables.map(_unique), st.data())
def test_headings_that_only_look_different(table: Table, data: st.DataObject) -> None:
    """Case, what stands between and around the words, order and further columns change nothing of the events."""
    words = {name: f"{name} of it" for name in COLUMNS}
    cases = CASES
    for name, heading in words.items():
        cases = cases.replace(f'= "{name}"', f'= {{column = ["other {name}", "{heading}"]}}')
    cases = cases.replace("{column = {column = ", "{column = ").replace("}, map", ", map")

    def noisy(heading: str) -> str:
        parts = [data.draw(st.sampled_from([part, part.upper(), part.title()])) for part in heading.split()]
        return data.draw(_edges) + "".join(f"{part}{data.draw(_gaps)}" for part in parts[:-1]) + parts[-1]

    order = data.draw(st.permutations([*COLUMNS, "new"]))
    headings = [noisy(words.get(name, "new heading here")) for name in order]

    def write(path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(headings)
            writer.writerows([_text(row.get(name)) for name in order] for row in table)

    assert _events("a.csv", write, made=cases) == _plain(table)


def _schema() -> pa.Schema:
    instants = [(name, pa.timestamp("us")) for name in ("opened", "closed", "due")]
    return pa.schema([("id", pa.string()), *instants, ("result", pa.string())])


@settings(deadline=None, max_examples=examples(30))
@given(_tables.map(_unique), st.integers(0, 12))
def test_members_of_an_archive_are_read_one_after_the_other(table: Table, cut: int) -> None:
    parts = {"1.csv": _csv(table[:cut], ",", "\n").encode(), "2.csv": _csv(table[cut:], ";", "\n").encode()}
    assert _events("a.zip", lambda path: _zip(path, parts)) == _plain(table)
