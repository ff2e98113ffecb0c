"""Text and typed columns → instants, by declared notations only: an ambiguous time is never guessed.

Who may import it: ingest only.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ingest.number import parse_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ingest.rule import ClockChange, TimeNotation

INSTANT: Final = pa.timestamp("us", tz="UTC")
SPECIAL_FORMATS: Final = ("iso", "rfc3339", "epoch_s", "epoch_ms", "excel", "financial_year", "financial_quarter")
#: Numbers of today by formats that count; seconds or milliseconds since 1970 could be nearly any of them.
_COUNTED: Final = {"epoch_s": "1712102400", "epoch_ms": "1712102400", "excel": "45385"}
#: Those that name a month or a quarter, and no day of it.
_DAYLESS: Final = frozenset({"financial_year", "financial_quarter"})
_SAMPLE: Final = datetime(2011, 12, 25, 13, 14, 15)  # noqa: DTZ001 – only its digits matter
#: Instants outside are refused: the years 0001 and 9999 are placeholders, not times.
EARLIEST: Final = np.datetime64("1900-01-01T00:00:00", "us")
LATEST: Final = np.datetime64("2100-12-31T23:59:59", "us")
_NAT: Final = np.datetime64("NaT", "us")
_DATE: Final = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME: Final = r"[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?"
#: The last second of a UTC day with a leap second; in other zones it stands elsewhere in the day.
_LEAP: Final = f"{_DATE}[T ]([01]\\d|2[0-3]):[0-5]\\d:60(\\.\\d{{1,9}})?(Z|[+-]\\d\\d(:?\\d\\d)?)$"
_LOCAL: Final = f"{_DATE}({_TIME})?$"
_ZONED: Final = f"{_DATE}{_TIME}(Z|[+-]\\d\\d(:?\\d\\d)?)$"
_BASIC: Final = r"^(\d{4})(\d{2})(\d{2})$"
_MONTH: Final = r"^\d{4}-(0[1-9]|1[0-2])$"
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z]{3,9}\b\.?")
_OF_YEAR: Final = r"[A-Za-z]{3,9}\.?|\d{1,2}"
#: Q1, Quarter 2, 3rd quarter, Qtr. IV, with the months of it in brackets or without.
_WORD_QUARTER: Final = r"q(?:uarter|tr)?\.?"
_QUARTER: Final = (
    rf"(?:{_WORD_QUARTER}[\s-]*(?:[1-4]|i{{1,3}}|iv)|(?:[1-4](?:st|nd|rd|th)?|i{{1,3}}|iv)[\s-]*{_WORD_QUARTER})"
    r"(?:\s*\([^()]*\))?"
)


def _of_year(part: str) -> re.Pattern[str]:
    """2024-25 and 2024-2025, with FY or without, and a part of it before or behind."""
    return re.compile(
        rf"(?:(?P<before>{part})[\s,/-]+)?(?:f\.?y\.?[\s-]*)?(?P<year>\d{{4}})"
        rf"(?:\s*[-\u2013/]\s*(?P<next>\d{{4}}|\d\d))?(?:[\s,/-]+(?P<behind>{part}))?",
        re.IGNORECASE,
    )


_FINANCIAL: Final = _of_year(_OF_YEAR)
_QUARTERLY: Final = _of_year(_QUARTER)
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
#: Digits that parts of a time have when they are written in full.
_WIDTHS: Final = {"Y": 4, "G": 4, "j": 3, "w": 1, "u": 1, **dict.fromkeys("ymdHIMSUWV", 2)}
#: Milliseconds since 1970 in the JSON of older .NET services; an offset behind them does not change the instant.
_DOT_NET: Final = r"^/Date\((-?\d+)([+-]\d{4})?\)/$"
_EXCEL_DAY_0: Final = np.datetime64("1899-12-30", "us")

Instants: TypeAlias = "NDArray[np.datetime64]"
Mask: TypeAlias = "NDArray[np.bool_]"


def known_format(text: str) -> bool:
    """Whether a format is a special one, or a strptime format that says year and month at least."""
    return text in SPECIAL_FORMATS or _day_read(text) is not None


def says_day(form: str) -> bool:
    """Whether a known format says which day of a month it is."""
    return form not in _DAYLESS if form in SPECIAL_FORMATS else _day_read(form) == _SAMPLE.day


def _day_read(form: str) -> int | None:
    """Which day a strptime format reads when it has written our sample; None where it does not read the month."""
    try:
        read = pd.to_datetime(_SAMPLE.strftime(form), format=form)
    except (ValueError, TypeError):
        return None
    return read.day if (read.year, read.month) == (_SAMPLE.year, _SAMPLE.month) else None


def ambiguous_text(one: str, other: str) -> str | None:
    """A text that two formats read as different days, such as 03/02/2011 by day or by month first; None = none.

    Args:
        one: a known format.
        other: another one, which is tried after it.
    """
    if one.startswith("epoch") and other in _COUNTED:
        return _COUNTED[other]
    if {one, other} & set(SPECIAL_FORMATS):
        return None
    days = says_day(one) and says_day(other)
    for sample in (datetime(2011, 2, 3, 4, 5, 6), datetime(2001, 2, 3, 4, 5, 6)):  # noqa: DTZ001 – only their digits
        for form, reads in ((one, other), (other, one)):
            text = sample.strftime(form)
            read = pd.to_datetime(text, format=reads, errors="coerce")
            if pd.isna(read):
                continue
            if (read.year, read.month) != (sample.year, sample.month) or (days and read.day != sample.day):
                return text
    return None


def parse_instants(column: pa.Array, notation: TimeNotation) -> tuple[Instants, Mask]:
    """Read a column of times.

    Args:
        column: text (null = empty), or a typed column of timestamps or dates.
        notation: how they are written.

    Returns:
        UTC instants, NaT where there is none, and a mask of the cells that hold something that is not an instant.
    """
    present = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        instants = _typed(column, notation)
    else:
        instants = _from_text(column.cast(pa.string()), present, notation)
    with np.errstate(invalid="ignore"):
        instants[~((instants >= EARLIEST) & (instants <= LATEST))] = _NAT
    if notation.day:
        instants = day_of_month(instants, notation)
    return instants, present & np.isnat(instants)


def _typed(column: pa.Array, notation: TimeNotation) -> Instants:
    zoned = pa.types.is_timestamp(column.type) and column.type.tz is not None
    plain = column.cast(pa.timestamp("us", tz=column.type.tz if zoned else None), safe=False)
    values = plain.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False).astype("datetime64[us]")
    return values if zoned else to_utc(values, notation.timezone, notation.clock_change)


def _from_text(text: pa.Array, left: Mask, notation: TimeNotation) -> Instants:
    instants = np.full(len(text), _NAT)
    left = left.copy()
    for form in notation.formats:
        where = np.flatnonzero(left)
        if not len(where):
            break
        part = text if len(where) == len(text) else text.take(pa.array(where))
        read = _one_format(part, form, notation)
        instants[where] = read
        left[where] = np.isnat(read)
    return instants


def _one_format(text: pa.Array, form: str, notation: TimeNotation) -> Instants:
    if form == "iso":
        return _iso(text, notation)
    if form == "rfc3339":
        return _zoned(text, np.full(len(text), _NAT))
    if form == "financial_year":
        return _months_of_years(text, notation, _month_of_year)
    if form == "financial_quarter":
        # a quarter is known by the first day of its first month, or the last day of its last
        return _months_of_years(text, notation, partial(_month_of_quarter, last=notation.day == "last"))
    if form in SPECIAL_FORMATS:
        return _counted(text, form, notation)
    if is_compact(form):
        text = pc.if_else(pc.match_substring_regex(text, _in_full(form)), text, pa.scalar(None, pa.string()))
    instants = _strptime(text, form)
    if ("%b" in form or "%B" in form) and np.isnat(instants).any():
        left = np.isnat(instants)
        # some shorten months to four letters, and write out what is short anyway
        words = text.filter(pa.array(left)).to_pylist()
        short = [None if word is None else _WORD.sub(_shortened, word) for word in words]
        instants[left] = _strptime(pa.array(short, pa.string()), form.replace("%B", "%b"))
    return instants if "%z" in form else to_utc(instants, notation.timezone, notation.clock_change)


def is_compact(form: str) -> bool:
    """Whether parts of a time stand side by side in a format, so that only their widths tell them apart."""
    return "\\d{" in _in_full(form)


@cache
def _in_full(form: str) -> str:
    """A pattern of texts in which the parts of a format that stand side by side have all of their digits."""
    parts = re.findall("%(.)|([^%]+)", form, re.DOTALL)
    runs = [[name for name, _ in run] for _, run in groupby(parts, lambda part: part[0] in _WIDTHS)]
    wanted = [sum(_WIDTHS.get(name, 0) for name in run) if len(run) > 1 else 0 for run in runs]
    return "(?s)^" + "".join(f"\\d{{{width}}}" if width else ".+" for width in wanted) + "$"


def _strptime(text: pa.Array, form: str) -> Instants:
    """Times on the wall clock, or UTC where the format says an offset."""
    cells = text.to_numpy(zero_copy_only=False)
    read = pd.DatetimeIndex(pd.to_datetime(cells, format=form, errors="coerce", utc="%z" in form))
    return read.tz_localize(None).as_unit("us").to_numpy().copy()


def _shortened(word: re.Match[str]) -> str:
    """The name of a month by its first three letters; another word stays."""
    number = _month(word[0])
    return word[0] if number is None else _MONTHS[number - 1][:3]


def _month(text: str) -> int | None:
    """Number of a month that is written as a number, or by three letters of its name or more."""
    if text.isdecimal():
        return int(text) if 1 <= int(text) <= len(_MONTHS) else None
    name = text.rstrip(".").lower()
    found = [number for number, month in enumerate(_MONTHS, 1) if len(name) > 2 and month.startswith(name)]
    return found[0] if found else None


def _months_of_years(text: pa.Array, notation: TimeNotation, month: Callable[[str, int], np.datetime64]) -> Instants:
    """Months of financial years, as the instants at which they begin. Args: month: reads one."""
    coded = text.dictionary_encode()
    months = [month(word, notation.year_starts) for word in coded.dictionary.to_pylist()]
    if not months:
        return np.full(len(text), _NAT)
    places = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    begins: Instants = np.array(months, dtype="datetime64[us]").take(places)
    begins[text.is_null().to_numpy(zero_copy_only=False)] = _NAT
    return to_utc(begins, notation.timezone, notation.clock_change)


def _month_of_year(text: str, starts: int) -> np.datetime64:
    """The first day of a month such as `2024-25 Dec`; NaT for anything else.

    Args:
        text: a financial year and a month, in either order.
        starts: month in which the year begins; where that is January the year is one number.
    """
    year, part = _parted(text, _FINANCIAL, starts)
    month = _month(part) if part else None
    return _NAT if month is None else np.datetime64(f"{year + (month < starts):04d}-{month:02d}", "us")


def _month_of_quarter(text: str, starts: int, *, last: bool) -> np.datetime64:
    """The first day of the first or last month of a quarter such as `2024-25 Q3`; NaT for anything else.

    Args:
        text: a financial year and a quarter, in either order; months in brackets must be those of the quarter.
        starts: month in which the year begins.
        last: its last month.
    """
    year, part = _parted(text, _QUARTERLY, starts)
    if not part:
        return _NAT
    name, _, bracket = part.lower().partition("(")
    number = re.sub(rf"{_WORD_QUARTER}|st|nd|rd|th|[\s-]", "", name)
    quarter = _ROMAN.get(number) or int(number)
    first = np.datetime64(f"{year:04d}-{starts:02d}", "M") + 3 * (quarter - 1)
    months = [_MONTHS[int(str(first + step)[5:]) - 1] for step in range(3)]
    told = re.findall(r"[a-z]{3,}", bracket)
    if told and not (months[0].startswith(told[0]) and months[-1].startswith(told[-1])):
        return _NAT
    return (first + (2 if last else 0)).astype("datetime64[us]")


def _parted(text: str, pattern: re.Pattern[str], starts: int) -> tuple[int, str]:
    """The year in which a financial year begins, and the part of it; "" where it is not written so."""
    found = pattern.fullmatch(text)
    if found is None or (found["before"] is None) == (found["behind"] is None):
        return 0, ""
    year, following = int(found["year"]), found["next"]
    is_next = following is not None and int(following) == (year + 1 if len(following) > 2 else (year + 1) % 100)
    if is_next == (starts == 1) or (starts == 1 and following is not None):
        return 0, ""
    return year, found["before"] or found["behind"]


def day_of_month(instants: Instants, notation: TimeNotation) -> Instants:
    """The first or last day of the months in which instants lie, in their time zone, as instants at which it begins."""
    months = _wall_clock(instants, notation.timezone).astype("datetime64[M]")
    days = months.astype("datetime64[D]") if notation.day == "first" else (months + 1).astype("datetime64[D]") - 1
    return _begins(days, notation.timezone)


def brought_forward(ends: Instants, known: Instants, timezone: str, months: int) -> Instants:
    """When periods count from that were told of before their last day.

    Args:
        ends: the instants at which the last days of periods begin.
        known: when each was told.
        timezone: in which they are months, quarters or years.
        months: how many they have.

    Returns:
        The beginning of the day on which a period was told that was under way then; otherwise its end.
    """
    first = (_wall_clock(ends, timezone).astype("datetime64[M]") - (months - 1)).astype("datetime64[D]")
    today = _begins(_wall_clock(known, timezone).astype("datetime64[D]"), timezone)
    return np.where((known < ends) & (_begins(first, timezone) <= known), today, ends)


def _begins(days: Instants, timezone: str) -> Instants:
    """The instants at which days begin; one whose midnight the clock skips begins with the change."""
    return to_utc(days.astype("datetime64[us]"), timezone, "earlier")


def _iso(text: pa.Array, notation: TimeNotation) -> Instants:
    instants = np.full(len(text), _NAT)
    local = pc.match_substring_regex(text, _LOCAL).to_numpy(zero_copy_only=False)
    if local.any():
        read = _cast(text.filter(pa.array(local)), zoned=False)
        instants[local] = to_utc(read, notation.timezone, notation.clock_change)
    if local.all():
        return instants
    _zoned(text, instants)
    left: Mask = np.isnat(instants)
    if left.any():
        months = [(_MONTH, r"\0-01")] if notation.day else []
        for pattern, dashed in [(_BASIC, r"\1-\2-\3"), *months]:
            other = left & pc.match_substring_regex(text, pattern).to_numpy(zero_copy_only=False)
            if other.any():
                written = pc.replace_substring_regex(text.filter(pa.array(other)), pattern, dashed)
                instants[other] = _iso(written, notation)
    return instants


def _zoned(text: pa.Array, instants: Instants) -> Instants:
    """Fill in the times that say their offset."""
    zoned = pc.match_substring_regex(text, _ZONED).to_numpy(zero_copy_only=False)
    if zoned.any():
        instants[zoned] = _cast(text.filter(pa.array(zoned)), zoned=True)
    leap = (
        np.zeros(0, np.bool_) if zoned.all() else pc.match_substring_regex(text, _LEAP).to_numpy(zero_copy_only=False)
    )
    if leap.any():
        instants[leap] = _leap_seconds(text.filter(pa.array(leap)))
    return instants


def _leap_seconds(text: pa.Array) -> Instants:
    """Leap seconds as the second after, which our clocks have; the 60th second of any other minute is no time."""
    before = _cast(pc.replace_substring_regex(text, r":60(\.\d+)?", ":59"), zoned=True)
    after = before + np.timedelta64(1, "s")
    return np.where(after == after.astype("datetime64[D]"), after, _NAT)


def _cast(text: pa.Array, *, zoned: bool) -> Instants:
    try:
        read = text.cast(pa.timestamp("us", tz="UTC" if zoned else None))
    except pa.ArrowInvalid:  # a 30 February, or more than six digits of a second: slower, cell by cell
        coerced = pd.to_datetime(text.to_numpy(zero_copy_only=False), format="ISO8601", errors="coerce", utc=zoned)
        index = pd.DatetimeIndex(coerced)
        return (index.tz_localize(None) if zoned else index).as_unit("us").to_numpy().copy()
    return read.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False).copy()


def _counted(text: pa.Array, form: str, notation: TimeNotation) -> Instants:
    if form == "epoch_ms" and pc.any(pc.starts_with(text, "/Date(")).as_py():
        text = pc.replace_substring_regex(text, _DOT_NET, r"\1")
    numbers, _ = parse_plain(text)
    with np.errstate(invalid="ignore"):
        numbers = np.where(np.abs(numbers) < 1e14, numbers, np.nan)
    per_unit = {"epoch_s": 1e6, "epoch_ms": 1e3, "excel": 86_400e6}[form]
    start = _EXCEL_DAY_0 if form == "excel" else np.datetime64("1970-01-01", "us")
    with np.errstate(over="ignore"):
        scaled = np.rint(numbers * per_unit)
    scaled = np.where(np.abs(scaled) < 9e18, scaled, np.nan)
    steps = np.where(np.isnan(scaled), 0, scaled).astype("int64").astype("timedelta64[us]")
    instants = np.where(np.isnan(scaled), _NAT, start + steps)
    return to_utc(instants, notation.timezone, notation.clock_change) if form == "excel" else instants


def to_utc(local: Instants, timezone: str, clock_change: ClockChange) -> Instants:
    """Local times of a zone → UTC.

    Args:
        local: times on the wall clock.
        timezone: IANA name.
        clock_change: `reject` makes an hour that comes twice, or not at all, NaT; `earlier` and `later` choose one of
            the two, and take the instant of the change for a time that the clock skipped.
    """
    if timezone == "UTC":
        return local
    twice = {"reject": "NaT", "earlier": np.ones(len(local), bool), "later": np.zeros(len(local), bool)}[clock_change]
    skipped = "NaT" if clock_change == "reject" else "shift_forward"
    with np.errstate(invalid="ignore"):
        usable = np.where((local >= EARLIEST) & (local <= LATEST), local, _NAT)
    local_index = pd.DatetimeIndex(usable)
    # the stubs of pandas do not know arrays of flags for `ambiguous`
    index = local_index.tz_localize(ZoneInfo(timezone), ambiguous=twice, nonexistent=skipped)  # type: ignore[arg-type]
    return index.tz_convert("UTC").tz_localize(None).as_unit("us").to_numpy().copy()


def to_arrow(instants: Instants) -> pa.Array:
    """UTC instants as an Arrow column; NaT becomes null."""
    return pa.array(instants.astype("datetime64[us]"), pa.timestamp("us")).cast(INSTANT)


def instants_of(column: pa.Array) -> Instants:
    """The opposite of `to_arrow`."""
    instants: Instants = column.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
    return instants


def local_days(instants: pa.Array, timezone: str) -> pa.Array:
    """Local dates of instants. Shape: date32, as long as `instants`."""
    local = _wall_clock(instants_of(instants), timezone)
    return pa.array(local.astype("datetime64[D]"), pa.date32())


def _wall_clock(instants: Instants, timezone: str) -> Instants:
    """What clocks of a zone show at UTC instants."""
    # pandas, because Arrow finds time zones only where the operating system has them
    local = pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(ZoneInfo(timezone)).tz_localize(None)
    return local.as_unit("us").to_numpy()
