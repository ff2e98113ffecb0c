"""What was shown of a number when its day was closed, where something else is known now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard.views.daily import read_daily

if TYPE_CHECKING:
    from datetime import date

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked
    from dashboard.views.daily import Daily

#: Days that are looked back at; most of what comes late comes within them.
DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class Restated:
    """The last day that is known otherwise now.

    Attributes:
        day: state-local.
        shown: as it was sealed.
        known: as it is known now.
        count: days among the last DAYS of which that is so.
    """

    day: date
    shown: float
    known: float
    count: int


def read_restated(asked: Asked, indicator: Indicator, area: str, today: date) -> Restated | None:
    """The same, asked of the engine. Args: as of read_daily."""
    daily = read_daily(asked, indicator, area, None, today, count=DAYS)
    return None if daily is None else restated(daily, indicator)


def restated(daily: Daily, indicator: Indicator) -> Restated | None:
    """The last closed day of which something else was shown; None where there is none, or nobody can say.

    Args:
        daily: at least DAYS days; the last one is not closed.
        indicator: which; what differs by less than half of the last digit does not count.
    """
    days = slice(-DAYS, -1)
    found = [
        (day, shown, known)
        for day, shown, known in zip(daily.days[days], daily.shown[days], daily.values[days], strict=True)
        if shown is not None and known is not None and round(shown - known, indicator.decimals) != 0
    ]
    return Restated(*found[-1], len(found)) if found else None
