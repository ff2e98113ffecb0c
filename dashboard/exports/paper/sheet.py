"""A table as the template table.typ takes it: columns and rows of text, as the screens write them."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from dashboard import format as form
from dashboard.exports.paper.chart import chart_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exports.table import Bars, Table, Value
    from dashboard.views.asked import Asked

#: Some thirty pages and seconds; who needs more takes a file.
MOST_ROWS: Final = 1_000
#: Of a picture, which is looked at whole.
PICTURE_ROWS: Final = 40
#: A column with a number in one of so many rows is one of numbers.
_JUDGED_BY: Final = 200
#: A number with a part below one says so under this.
_WITH_A_DECIMAL: Final = 10
#: In characters: the longest word of a heading has room.
_NARROWEST: Final = 16


def sheet(asked: Asked, table: Table, most_rows: int = MOST_ROWS) -> dict[str, Any]:
    """The data of a table for paper, without empty columns; of a longer one the first rows, as its end says.

    Its chart stands above the rows.

    Args:
        asked: the request, for the language.
        table: its rows are read.
        most_rows: that are printed; 0 leaves the rows out, for the sake of the chart.

    Raises:
        EngineGoneError: the engine does not answer any more.
    """
    rows = list(islice(table.rows, most_rows + 1))
    filled = [any(row[number] is not None for row in rows) or not rows for number in range(len(table.columns))]
    kept = [number for number, column in enumerate(table.columns) if column.on_paper and filled[number]]
    is_cut = len(rows) > most_rows > 0
    numeric = [any(isinstance(row[number], (int, float)) for row in rows[:_JUDGED_BY]) for number in kept]
    (_, title), *about = table.about
    return {
        "lang": asked.lang,
        "title": str(title),
        "about": [[label, _told(table, value)] for label, value in about if value != ""],
        "chart": None if table.chart is None else chart_data(table.chart),
        "columns": [
            {
                "heading": table.columns[number].heading,
                "width": max(table.columns[number].width, _NARROWEST),
                "right": right,
            }
            for number, right in zip(kept, numeric, strict=True)
            if most_rows
        ],
        "rows": [[_cell(table, row, number) for number in kept] for row in rows[:most_rows]],
        "bars": None if table.bars is None else _bars(table.bars, kept, most_rows),
        "cut": asked.text("paper.cut", count=form.integer(most_rows)) if is_cut else "",
        **foot(asked, str(title)),
    }


def _bars(bars: Bars, kept: Sequence[int], most_rows: int) -> dict[str, Any]:
    return {
        "heading": bars.heading,
        "note": bars.note,
        "before": sum(number < bars.before for number in kept),
        "bars": [{"bar": one.part, "tick": one.tick, "hatched": one.is_hatched} for one in bars.bars[:most_rows]],
    }


def foot(asked: Asked, title: str) -> dict[str, str]:
    """What stands at the foot of every page: what it is, the instant, and the words for the page's number."""
    at = asked.text("paper.as_of", at=form.day_clock(asked.now, asked.services.zone))
    page = asked.text("paper.page", page="{page}", pages="{pages}")
    return {"foot": f"{asked.text('shell.product')} · {title} · {at}", "page": page}


def _told(table: Table, value: Value) -> str:
    """A value of the head; a number there is one of the indicator."""
    return table.written((), value) if isinstance(value, (int, float)) else _words(value)


def _cell(table: Table, row: Sequence[Value], number: int) -> str:
    """A value in the words of the screens."""
    value = row[number]
    if isinstance(value, (int, float)):
        if table.columns[number].is_figure:
            return table.written(row, value)
        return form.number(value, 1 if abs(value) < _WITH_A_DECIMAL and not float(value).is_integer() else 0)
    return _words(value)


def _words(value: Value) -> str:
    if value is None:
        return form.NOT_APPLICABLE
    if isinstance(value, datetime):
        return f"{form.day(value.date())} {value:%H:%M}"
    return form.day(value) if isinstance(value, date) else str(value)
