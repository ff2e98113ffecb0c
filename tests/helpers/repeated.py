"""The statement that repeats a number on the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from indicators.definition import Definition
from indicators.sql import frame_of, statement
from warehouse.reference import Reference


def sql_of(
    item: Definition,
    reference: Reference,
    period: str,
    *,
    now: datetime,
    today: date,
    areas: Sequence[str] | None = None,
) -> str:
    """The statement of an indicator. Args: now: instant for stocks; today: day that the period ends with."""
    frame = frame_of(item, period, today, now, reference.state.fiscal_year_start_month)
    return statement(item, reference, frame, areas)
