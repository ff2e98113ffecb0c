"""A number of a past day twice: as it was known when the day was sealed, and as it is known now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from indicators.as_of import QueryReader
from indicators.definition import Definition
from indicators.lookup import NumberAnswer
from indicators.pattern import subjects_of
from indicators.period import ALIKE, span_of
from indicators.seal import sealed_period, sealed_periods
from warehouse.value import Band, State

if TYPE_CHECKING:
    from warehouse.principal import Principal
    from warehouse.reference import Reference

#: Stocks and levels of a day follow from all days before it.
_EARLIEST: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class KnownThen:
    """A sealed value.

    Attributes:
        value, numerator, denominator: None = none; see state.
        band, state: see warehouse/value.py.
        definition_version: of the definition it was computed by; None where there was no value.
        sealed_at: instant up to which events were known.
        was_shown: it was on the screens when the day ended; False = the day was made up later.
    """

    value: float | None
    numerator: float | None
    denominator: float | None
    band: Band
    state: State
    definition_version: int | None
    sealed_at: datetime
    was_shown: bool


@dataclass(frozen=True, slots=True)
class RestatedBy:
    """Events about an indicator's subjects that came after a day was sealed and touch the days of its value.

    Attributes:
        late, corrected, retracted: how many of each.
        first_received_at, last_received_at: when they came; None if there were none.
    """

    late: int
    corrected: int
    retracted: int
    first_received_at: datetime | None
    last_received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """A number as known then and as known now.

    Attributes:
        then: as sealed.
        now: folded anew from all events known today, up to the end of the day.
        difference: value now minus value then; None unless both have one.
        restated_by: what came in between.
    """

    then: KnownThen
    now: NumberAnswer
    difference: float | None
    restated_by: RestatedBy


def known(
    item: Definition, now: NumberAnswer, on: date, *, reference: Reference, reader: QueryReader, principal: Principal
) -> Known | None:
    """Compare a number with what was sealed of it.

    Args:
        item: the indicator.
        now: its value on the board of the end of the day.
        on: local day.
        reference: the state.
        reader: the warehouse, or the client of a running engine.
        principal: who asks.

    Returns:
        None where the day, or this period of the indicator, is not sealed.
    """
    period = sealed_period(item, now.period)
    if period not in sealed_periods(item):
        return None
    rows = reader.query(
        "sealed_values", principal, indicator=item.code, area=now.area, period=period, from_day=on, to_day=on
    ).to_pylist()
    if not rows:
        return None
    (row,) = rows
    then = KnownThen(
        value=row["value"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        band=Band[(row["band"] or Band.UNBANDED.name).upper()],
        state=State[row["state"].upper()],
        definition_version=row["definition_version"],
        sealed_at=row["sealed_at"],
        was_shown=row["was_shown"],
    )
    begin = _EARLIEST if item.time in ALIKE else span_of(now.period, on, reference.state.fiscal_year_start_month)[0]
    told = reader.query(
        "restating_events",
        principal,
        subjects=list(subjects_of(item)),
        area=now.area,
        from_day=begin,
        to_day=on,
        since=then.sealed_at,
    ).to_pylist()
    counts = {one["what"]: one["events"] for one in told}
    restated = RestatedBy(
        counts.get("late", 0),
        counts.get("corrected", 0),
        counts.get("retracted", 0),
        min((one["first_received_at"] for one in told), default=None),
        max((one["last_received_at"] for one in told), default=None),
    )
    difference = None if now.value is None or then.value is None else now.value - then.value
    return Known(then, now, difference, restated)
