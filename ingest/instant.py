"""Text and typed columns → instants, by declared notations only: an ambiguous time is never guessed.

Who may import it: ingest only.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ingest.number import parse_plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ingest.rule import ClockChange, TimeNotation

INSTANT: Final = pa.timestamp("us", tz="UTC")
SPECIAL_FORMATS: Final = ("iso", "rfc3339", "epoch_s", "epoch_ms", "excel")
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
_EXCEL_DAY_0: Final = np.datetime64("1899-12-30", "us")

Instants: TypeAlias = "NDArray[np.datetime64]"
Mask: TypeAlias = "NDArray[np.bool_]"


def known_format(text: str) -> bool:
    """Whether a format is a special one, or a strptime format that says year, month and day."""
    if text in SPECIAL_FORMATS:
        return True
    sample = datetime(2011, 12, 25, 13, 14, 15)  # noqa: DTZ001 – only its digits matter
    try:
        read = pd.to_datetime(sample.strftime(text), format=text)
    except (ValueError, TypeError):
        return False
    return bool((read.year, read.month, read.day) == (2011, 12, 25))


def ambiguous_text(one: str, other: str) -> str | None:
    """A text that two formats read as different days, such as 03/02/2011 by day or by month first; None = none.

    Args:
        one: a known format.
        other: another one.
    """
    if {one, other} & set(SPECIAL_FORMATS):
        return None
    for sample in (datetime(2011, 2, 3, 4, 5, 6), datetime(2001, 2, 3, 4, 5, 6)):  # noqa: DTZ001 – only their digits
        for form, reads in ((one, other), (other, one)):
            text = sample.strftime(form)
            read = pd.to_datetime(text, format=reads, errors="coerce")
            if not pd.isna(read) and read.date() != sample.date():
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
    if form in SPECIAL_FORMATS:
        return _counted(text, form, notation)
    read = pd.DatetimeIndex(
        pd.to_datetime(text.to_numpy(zero_copy_only=False), format=form, errors="coerce", utc="%z" in form)
    )
    if read.tz is not None:
        return read.tz_localize(None).as_unit("us").to_numpy()
    return to_utc(read.as_unit("us").to_numpy(), notation.timezone, notation.clock_change)


def _iso(text: pa.Array, notation: TimeNotation) -> Instants:
    instants = np.full(len(text), _NAT)
    local = pc.match_substring_regex(text, _LOCAL).to_numpy(zero_copy_only=False)
    if local.any():
        read = _cast(text.filter(pa.array(local)), zoned=False)
        instants[local] = to_utc(read, notation.timezone, notation.clock_change)
    return instants if local.all() else _zoned(text, instants)


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


def local_days(instants: pa.Array, timezone: str) -> pa.Array:
    """Local dates of instants. Shape: date32, as long as `instants`."""
    utc = pd.DatetimeIndex(instants.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)).tz_localize("UTC")
    # pandas, because Arrow finds time zones only where the operating system has them
    local = utc.tz_convert(ZoneInfo(timezone)).tz_localize(None).to_numpy()
    return pa.array(local.astype("datetime64[D]"), pa.date32())
