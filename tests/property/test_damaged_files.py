"""A file of any kind, damaged anywhere: it is loaded or refused, and the next one is loaded."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt

from tests.helpers.dropping import open_drop
from tests.helpers.search import examples

COLUMNS: Final = ("id", "opened", "closed", "due", "result")
OPENED: Final = [datetime.fromisoformat("2026-04-01T10:00") + timedelta(minutes=row) for row in range(40)]
ROWS: Final = [(f"ക{row}", f"{at:%Y-%m-%d %H:%M}", "", "", "ok") for row, at in enumerate(OPENED)]
CSV: Final = "".join(f"{','.join(row)}\n" for row in (COLUMNS, *ROWS)).encode()


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    """What is saved into a file."""
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def parquet(compression: str) -> bytes:
    columns = dict(zip(COLUMNS, map(list, zip(*ROWS, strict=True)), strict=True))
    typed = {
        **columns,
        "opened": pa.array(OPENED, pa.timestamp("s")),
        "closed": pa.array(OPENED, pa.timestamp("ns")),
        "due": pa.array(OPENED, pa.timestamp("ms", "Asia/Kolkata")),
        "result": pa.array(columns["result"]).dictionary_encode(),
    }
    return saved(lambda file: pq.write_table(pa.table(typed), file, compression=compression))


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    for row in (COLUMNS, *ROWS):
        book.active.append(row)
    return saved(book.save)


def xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("cases")
    for number, row in enumerate((COLUMNS, *ROWS)):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    return saved(book.save)


def packed(members: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    def save(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", how) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return saved(save)


def ods() -> bytes:
    spaces = " ".join(
        f"xmlns:{name}='urn:oasis:names:tc:opendocument:xmlns:{name}:1.0'"
        for name in ("office", "table", "text", "manifest")
    )
    cells = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    rows = "".join(f"<table:table-row>{''.join(map(cells.format, row))}</table:table-row>" for row in (COLUMNS, *ROWS))
    sheet = f"<table:table table:name='S'>{rows}</table:table>"
    return packed(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f"<manifest:manifest {spaces}/>".encode(),
            "content.xml": (
                f"<office:document-content {spaces}><office:body><office:spreadsheet>{sheet}"
                "</office:spreadsheet></office:body></office:document-content>"
            ).encode(),
        }
    )


def xes() -> bytes:
    def event(row: tuple[str, ...]) -> str:
        values = "".join(f"<string key='{key}' value='{value}'/>" for key, value in zip(COLUMNS, row, strict=True))
        return f"<trace><event>{values}</event></trace>"

    return f"<log xmlns='http://www.xes-standard.org/'>{''.join(map(event, ROWS))}</log>".encode()


def html() -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in (COLUMNS, *ROWS))
    return f"<table>{rows}</table>".encode()


_OBJECTS: Final = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]
_LINES: Final = "\n".join(map(json.dumps, _OBJECTS)).encode()
FILES: Final[dict[str, Callable[[], bytes]]] = {
    "plain.csv": lambda: CSV,
    "wide.csv": lambda: CSV.decode().encode("utf-16"),
    "packed.csv.gz": lambda: gzip.compress(CSV),
    "lines.jsonl": lambda: _LINES,
    "packed.jsonl.gz": lambda: gzip.compress(_LINES),
    "document.json": lambda: json.dumps(_OBJECTS, indent=1).encode(),
    "snappy.parquet": lambda: parquet("snappy"),
    "gzip.parquet": lambda: parquet("gzip"),
    "zstd.parquet": lambda: parquet("zstd"),
    "none.parquet": lambda: parquet("none"),
    "a.xlsx": xlsx,
    "a.xls": xls,
    "a.ods": ods,
    "a.html": html,
    "a.xes": xes,
    "stored.zip": lambda: packed({"b.csv": CSV, "c.jsonl": _LINES}),
    "deflated.zip": lambda: packed({"b.csv": CSV, "c.jsonl": _LINES}, zipfile.ZIP_DEFLATED),
    "bzip2.zip": lambda: packed({"b.csv": CSV}, zipfile.ZIP_BZIP2),
    "lzma.zip": lambda: packed({"b.csv": CSV}, zipfile.ZIP_LZMA),
    "workbook.zip": lambda: packed({"b.xlsx": xlsx(), "c.parquet": parquet("none")}),
}


def damaged(whole: bytes, chance: random.Random) -> bytes:
    """A file cut short, with some other bytes, or with zeros for a part of it."""
    data, how = bytearray(whole), chance.randrange(4)
    at = chance.randrange(len(data))
    if how == 0:
        return bytes(data[:at])
    if how == 1:
        end = min(at + chance.choice((1, 16, 512)), len(data))
        data[at:end] = bytes(end - at)
        return bytes(data)
    for _ in range(chance.choice((1, 2, 8, 40))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_loaded_or_refused_and_the_next_one_is_loaded(tmp_path: Path, name: str) -> None:
    chance, whole = random.Random(name), FILES[name]()
    files = {f"0.{name}": whole}
    files |= {f"{number}.{name}": damaged(whole, chance) for number in range(1, examples(20))}
    with open_drop(tmp_path) as drop:
        for one, content in files.items():
            os.utime(drop.put(one, content), (0, 0))
        drop.put("next.csv", ",".join(COLUMNS) + "\nnext,2026-04-01,,,\n")
        drop.settle()
        while drop.files() + drop.files("taken"):
            drop.look()
            assert not drop.pipeline.failures
            assert not drop.pipeline.troubles()
        refused = [one for one in drop.files("refused") if not one.endswith(".reason.txt")]
        repeated = [one for one in drop.files("repeated") if not one.endswith(".reason.txt")]
        assert sorted(drop.files("done") + refused + repeated) == sorted([*files, "next.csv"])
        assert drop.files("refused") == sorted([*refused, *(f"{one}.reason.txt" for one in refused)])
        assert f"0.{name}" in drop.files("done")
        assert "next" in drop.cases()
