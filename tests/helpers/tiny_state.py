"""A state of ten areas, four services and two metrics, small enough to count by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from indicators.axes import Axes
from indicators.sla import LimitUnit
from warehouse.reference import (
    Area,
    Asset,
    Department,
    Holiday,
    Level,
    Limit,
    Metric,
    Named,
    Reference,
    Service,
    State,
)

ZONE: Final = ZoneInfo("Asia/Kolkata")
#: code → (parent, class), in pre-order.
AREAS: Final[dict[str, tuple[str | None, str | None]]] = {
    "T": (None, None),
    "T-a": ("T", None),
    "T-a-x": ("T-a", None),
    "T-a-x-1": ("T-a-x", "rural"),
    "T-a-x-2": ("T-a-x", "urban"),
    "T-a-y": ("T-a", None),
    "T-a-y-1": ("T-a-y", "hilly"),
    "T-b": ("T", None),
    "T-b-z": ("T-b", None),
    "T-b-z-1": ("T-b-z", "town"),
}
#: service → list of (valid_from, valid_to, unit, amount, overrides by class).
RULES: Final[dict[str, list[tuple[date, date, LimitUnit, int, dict[str, int]]]]] = {
    "file": [(date(2000, 1, 1), date(2099, 12, 31), LimitUnit.HOURS, 30, {})],
    "certificate": [
        (date(2000, 1, 1), date(2025, 4, 9), LimitUnit.DAYS, 7, {"urban": 4}),
        (date(2025, 4, 10), date(2099, 12, 31), LimitUnit.DAYS, 3, {}),
    ],
    "permit": [(date(2000, 1, 1), date(2099, 12, 31), LimitUnit.WORKING_DAYS, 4, {"hilly": 6})],
    "plain": [],
}
METRICS: Final = ("beds", "power")
ASSETS: Final = {"H1": "T-a-x-1", "H2": "T-a-y"}
HOLIDAYS: Final = frozenset({date(2025, 3, 31), date(2025, 4, 14), date(2025, 4, 18)})
_UNIT_NAMES: Final = {LimitUnit.HOURS: "hours", LimitUnit.DAYS: "days", LimitUnit.WORKING_DAYS: "working_days"}
CLOCK_AT: Final = datetime(2025, 4, 16, 6, 30, tzinfo=UTC)


def series_area_of(area: str) -> str:
    """The taluk of an area, or the area itself above taluks."""
    return "-".join(area.split("-")[:3])


def local_day(instant: datetime) -> date:
    """State-local day of an instant."""
    return instant.astimezone(ZONE).date()


def is_working_day(day: date) -> bool:
    """Sundays, second Saturdays and holidays are off."""
    return not (day.weekday() == 6 or (day.weekday() == 5 and 8 <= day.day <= 14) or day in HOLIDAYS)


def _limit(rule: tuple[date, date, LimitUnit, int, dict[str, int]]) -> Limit:
    start, end, unit, amount, own = rule
    return Limit(amount, _UNIT_NAMES[unit], own, "Tiny Act 2000", "in force", start, end)


def _area(code: str, parent: str | None, area_class: str | None) -> Area:
    level = ("state", "district", "taluk", "body")[code.count("-")]
    return Area(code, level, parent, code, code, None, area_class, None, 1000, None, 1, None, None, ())


@cache
def reference() -> Reference:
    """The tiny state as a Reference."""
    state = State(
        code="T", name_en="Tiny", name_local="Tiny", languages=("en", "ml"), timezone=ZONE.key,
        levels=tuple(Level(code, code, code, code, code) for code in ("state", "district", "taluk", "body")),
        series_level="taluk", fiscal_year_start_month=4, weekly_off=frozenset({6}), off_saturdays=frozenset({2}),
        kinds={}, classes={code: Named(code, code, code) for code in ("urban", "town", "rural", "hilly")},
    )  # fmt: skip
    no_limit = Limit(None, "none", {}, None, "in force", None, None)
    services = [
        Service(
            code, "GAD", "tiny", code, code, None, None, "application", (), tuple(map(_limit, rules)) or (no_limit,)
        )
        for code, rules in RULES.items()
    ]
    return Reference(
        state=state,
        areas=tuple(_area(code, parent, area_class) for code, (parent, area_class) in AREAS.items()),
        departments={"GAD": Department("GAD", "General", "General", "General", "General", "General", 1)},
        posts={}, office_kinds={},
        services={service.code: service for service in services},
        metrics={code: Metric(code, "GAD", code, code, None, None, "level", 0, None, None, None) for code in METRICS},
        assets={code: Asset(code, "thing", area, code, code, METRICS, None, None) for code, area in ASSETS.items()},
        holiday_rows=tuple(Holiday(day, "Day off", "Day off", None) for day in sorted(HOLIDAYS)),
    )  # fmt: skip


def axes() -> Axes:
    """The axes of the tiny state."""
    return Axes.of(reference())


def at(day: date, hour: int = 10, minute: int = 0, second: float = 0) -> datetime:
    """An instant given in local time."""
    start = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return (start + timedelta(hours=hour, minutes=minute, seconds=second)).astimezone(UTC)
