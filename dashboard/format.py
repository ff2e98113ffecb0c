"""Numbers, dates and ages as text: Indian grouping, lakh and crore, DD-MM-YYYY, Latin digits in every language.

The browser's twin is assets/js/format.js; both are held to tests/unit/dashboard/format_cases.json.
Invariants: None becomes "–" (not applicable) and is never confused with 0; arrows and marks are never characters
(Noto Sans has none), so a change is a direction and an unsigned number.

Source: shared design guide, section 6 (number, date and language rules).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from dashboard import language

NOT_APPLICABLE: Final = "–"
#: U+2212 stands at the height of the digits and is never broken from them at the end of a line, as a hyphen is.
MINUS: Final = "−"
LAKH: Final = 100_000
CRORE: Final = 10_000_000
_PAISE: Final = 100

Direction = Literal["up", "down", "same"]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference, ready to be drawn as an arrow and an unsigned number.

    Attributes:
        direction: which arrow.
        text: the size of the change without sign, e.g. "58"; "0" when nothing changed.
        is_unusual: more than the weeks before make usual (dashboard/views/variation.py).
    """

    direction: Direction
    text: str
    is_unusual: bool = False


def integer(value: float | None) -> str:
    """Whole number in Indian grouping: 999 · 1,204 · 1,62,480 · 3,05,76,110."""
    return NOT_APPLICABLE if value is None else _grouped(value, 0)


def number(value: float | None, decimals: int) -> str:
    """Number in Indian grouping with a fixed count of decimals (exact zero is "0").

    Args:
        value: the number, in whatever unit stands beside it.
        decimals: digits after the point.
    """
    if value is None:
        return NOT_APPLICABLE
    return "0" if value == 0 else _grouped(value, decimals)


def short(value: float | None, lang: str = "en") -> str:
    """Large number for wall and axes in lakh or crore with two to three significant digits; grouped below one lakh.

    Args:
        value: a count.
        lang: language of the words "lakh" and "crore".
    """
    if value is None:
        return NOT_APPLICABLE
    if abs(_rounded(value, 0)) < LAKH:
        return _grouped(value, 0)
    in_crores = abs(_three_digits(value / LAKH)) >= CRORE // LAKH
    base, word = (CRORE, "crore") if in_crores else (LAKH, "lakh")
    return f"{_significant(value / base)} {language.text(f'unit.{word}', lang)}"


def money(paise: float | None, lang: str = "en") -> str:
    """Amount in rupees, grouped; from one lakh in lakh, from one crore in crores (₹500 · ₹12.3 Cr · ₹1,759 Cr).

    Args:
        paise: the amount in hundredths of a rupee.
        lang: language of the words for lakh and crore.
    """
    if paise is None:
        return NOT_APPLICABLE
    rupees = paise / _PAISE
    sign = MINUS if rupees < 0 else ""
    if abs(_rounded(rupees, 0)) < LAKH:
        return f"{sign}₹{_grouped(abs(rupees), 0)}"
    in_crores = abs(_three_digits(rupees / LAKH)) >= CRORE // LAKH
    base, word = (CRORE, "crore_money") if in_crores else (LAKH, "lakh")
    return f"{sign}₹{_significant(abs(rupees) / base)} {language.text(f'unit.{word}', lang)}"


def percent(value_pct: float | None) -> str:
    """Share with its sign: one decimal under 99.95 ("91.8 %"), whole from there; exact zero is "0 %".

    Args:
        value_pct: the share in per cent (0–100), as the catalogue's factor of 100 makes it.
    """
    return NOT_APPLICABLE if value_pct is None else f"{percent_figure(value_pct)} %"


def percent_figure(value_pct: float | None) -> str:
    """The same figure without the sign, for tables whose heading carries it."""
    if value_pct is None:
        return NOT_APPLICABLE
    return number(value_pct, 0 if abs(value_pct) >= 99.95 else 1)


def change(delta: float | None, decimals: int = 0) -> Change | None:
    """The direction and unsigned size of a difference; None where there is nothing to compare with.

    Args:
        delta: present minus earlier value, in the value's own unit (points for a share).
        decimals: digits after the point.
    """
    if delta is None:
        return None
    size = _rounded(abs(delta), decimals)
    if size == 0:
        return Change("same", "0")
    return Change("up" if delta > 0 else "down", number(float(size), decimals))


def day(on: date | None) -> str:
    """Calendar day as DD-MM-YYYY."""
    return NOT_APPLICABLE if on is None else f"{on.day:02d}-{on.month:02d}-{on.year:04d}"


def clock(at: datetime | None, zone: tzinfo, *, seconds: bool = False) -> str:
    """Time of day on a 24-hour clock in the state's zone.

    Args:
        at: an aware instant.
        zone: the state's time zone.
        seconds: whether seconds are shown.
    """
    if at is None:
        return NOT_APPLICABLE
    return at.astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def clock_or_day(at: datetime | None, now: datetime, zone: tzinfo) -> str:
    """Time of day of an instant of today, else its day: 16:42, 19-11 of the same year, 19-11-2025.

    Args:
        at: an aware instant.
        now: the present one, which says what today is.
        zone: the state's time zone.
    """
    if at is None:
        return NOT_APPLICABLE
    then, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    return clock(at, zone) if then == today else short_day(then, today)


def short_day(on: date, today: date) -> str:
    """Calendar day, without the year where that is this one: 19-11, 19-11-2025."""
    return f"{on:%d-%m}" if on.year == today.year else day(on)


def day_clock(at: datetime | None, zone: tzinfo) -> str:
    """Day and time of an instant in the state's zone: 20-11-2026 16:42."""
    if at is None:
        return NOT_APPLICABLE
    return f"{day(at.astimezone(zone).date())} {clock(at, zone)}"


def age(age_s: float | None, lang: str = "en") -> str:
    """How long ago: seconds under a minute, minutes under an hour, hours under two days, then days.

    Args:
        age_s: seconds; anything below zero counts as zero (clocks of sources run ahead).
        lang: language of the unit.
    """
    if age_s is None:
        return NOT_APPLICABLE
    whole_s = max(0, int(age_s))
    for limit_s, unit_s, unit in ((60, 1, "s"), (3600, 60, "min"), (172_800, 3600, "h")):
        if whole_s < limit_s:
            return f"{whole_s // unit_s} {language.text(f'unit.{unit}', lang)}"
    return f"{_grouped(whole_s // 86_400, 0)} {language.text('unit.d', lang)}"


def financial_year(on: date, start_month: int = 4) -> str:
    """Financial year that a day lies in: 2026-27 for 22-11-2026.

    Args:
        on: a state-local day.
        start_month: first month of the year (April in India).
    """
    first = on.year if on.month >= start_month else on.year - 1
    return f"{first}-{(first + 1) % 100:02d}"


def _rounded(value: float, decimals: int) -> Decimal:
    """Half away from zero on the exact binary value, which is what the browser's toFixed does."""
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _grouped(value: float, decimals: int) -> str:
    digits = f"{_rounded(value, decimals):f}"
    sign = MINUS if digits.startswith("-") else ""
    whole, _, fraction = digits.removeprefix("-").partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    text = ",".join([*pairs, tail]) + (f".{fraction}" if fraction else "")
    return text if text.strip("0.,") == "" else sign + text


def _decimals_for_three_digits(value: float) -> int:
    size = abs(value)
    return 2 if size < 9.995 else 1 if size < 99.95 else 0


def _three_digits(value: float) -> Decimal:
    return _rounded(value, _decimals_for_three_digits(value))


def _significant(value: float) -> str:
    """Three significant digits, of which a last zero after the point is dropped while two remain."""
    decimals = _decimals_for_three_digits(value)
    text = _grouped(value, decimals)
    return text.removesuffix("0").removesuffix(".") if decimals else text


def millis(at: datetime | None) -> int | None:
    """An instant as whole milliseconds since 1970, which is what browsers count in."""
    return None if at is None else round(at.timestamp() * 1000)
