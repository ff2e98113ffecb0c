"""Tables as CSV files that spreadsheets open without harm."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from fastapi import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Spreadsheets need it to read Malayalam.
BYTE_ORDER_MARK: Final = "\ufeff".encode()
CSV: Final = "text/csv; charset=utf-8"
#: What a spreadsheet takes for the beginning of a formula or of a command.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """A text as a spreadsheet may read it: what looks like a formula gets an apostrophe in front.

    Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def download_headers(name: str) -> dict[str, str]:
    """Headers of an answer that is kept as a file. Args: the file's name, in letters that any system can write."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def engine_away() -> Response:
    """The answer to who asks for a file while the engine does not answer: 503."""
    return Response("The engine does not answer; try again.", status_code=503, media_type="text/plain")
