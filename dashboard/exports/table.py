"""A table that leaves the screen, before it is known as what kind of file.

Invariants: all writers take this and nothing else, so that files of one address say the same; a number
is a number, a day a day, an instant is in the state's time without a zone (no spreadsheet knows zones).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from dashboard import format as form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from zoneinfo import ZoneInfo

    from dashboard.components.legend import Chart

#: What may stand in a cell; None is an empty one.
Value = str | int | float | date | datetime | None

_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        heading: above it, in the working language.
        width: in characters.
        is_figure: whether it holds values of an indicator, which paper shows with that indicator's digits.
        on_paper: whether there is room for it on paper.
    """

    heading: str
    width: int
    is_figure: bool = False
    on_paper: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        part: its length, 0 to 1.
        tick: where its tick stands, 0 to 1; None = no tick.
        is_hatched: whether it is hatched and not full.
    """

    part: float
    tick: float | None
    is_hatched: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars that a screen has in its rows; on paper only, since other files are reckoned with.

    Attributes:
        heading: above them.
        note: what they mean.
        before: number of the column that they stand before.
        bars: one for each row.
    """

    heading: str
    note: str
    before: int
    bars: tuple[Bar, ...]


def _percent(_: Sequence[Value], value: float) -> str:
    return form.percent_figure(value)


@dataclass(frozen=True, slots=True)
class Table:
    """One file's content.

    Attributes:
        name: of the file, without its ending, in letters that any system can write.
        sheet: what the sheet of a workbook is called, at most 31 characters.
        about: what the table is: title, place, what narrows it, instant, late sources. Label and value.
        columns: from left to right.
        rows: as many values each as there are columns; read once, so that no list has to fit into memory.
        written: how paper writes a figure of a row.
        bars: in the rows; None for none.
        chart: what the screen draws of it, which paper shows too; None where it draws nothing.
    """

    name: str
    sheet: str
    about: tuple[tuple[str, Value], ...]
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Value]]
    written: Callable[[Sequence[Value], float], str] = _percent
    bars: Bars | None = None
    chart: Chart | None = None


def exact(value: float | None) -> int | float | None:
    """A number as a file gives it: six digits after the point, none where it is whole."""
    if value is None:
        return None
    rounded = round(float(value), _DIGITS)
    return int(rounded) if rounded.is_integer() else rounded


def local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """An instant as the clock of the state shows it, to the minute."""
    return None if at is None else at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def local_day(at: datetime | None, zone: ZoneInfo) -> date | None:
    """The day of an instant in the state."""
    return None if at is None else at.astimezone(zone).date()
