"""What all indicators of a place were before: flows in the same span earlier, stocks at the end of the day a week ago.

A flow has an earlier value where the board keeps one (seven days, the month); readings that stand at once have none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard.views.history import WEEK_DAYS
from dashboard.views.scope import EARLIER
from warehouse.value import PERIODS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import numpy.typing as npt

    from dashboard.catalogue import Indicator
    from dashboard.services import Services

#: Stocks that can be told for the end of a past day.
_STOCKS: Final = ("open", "overdue", "due_48h")
_PARENTHESES: Final = re.compile(r"^\((.*)\)$")

Stocks = dict[str, dict[str, int]]


def read_stocks(services: Services, area: str, today: date) -> tuple[Stocks, dict[str, int]]:
    """Open work of every service at a place, a week ago; and how late its overdue work is now.

    Args:
        services: the engine.
        area: code.
        today: state-local day.

    Returns:
        Service → measure → count at the end of the day a week ago; service → seconds late, added up.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    on_day = today - timedelta(days=WEEK_DAYS)
    rows = services.rows("service_stocks", area=area, on_day=on_day, now=services.values.now())
    stocks = {row["service"]: {name: int(row[name]) for name in _STOCKS} for row in rows}
    return stocks, {row["service"]: int(row["late_s"]) for row in rows}


def earlier_flows(
    services: Services, indicators: Sequence[Indicator], area: str, period: str
) -> npt.NDArray[np.float64]:
    """Values in the same span earlier. Shape: [indicator]; NaN = none.

    Args:
        services: the value copy, loaded.
        indicators: in any order.
        area: code.
        period: one of the periods that a reader may choose.
    """
    before = EARLIER.get(period)
    if before is None:
        return np.full(len(indicators), np.nan)
    rows = np.array([one.index for one in indicators], dtype=np.intp)
    is_flow = np.array([one.time == "flow" for one in indicators])
    with services.values.reading() as values:
        at = values.layout.at(PERIODS.index(before), rows, services.values.area_index(area))
        return np.where(is_flow, values.flat.value[at], np.nan)


def earlier_stock(indicator: Indicator, stocks: Mapping[str, Mapping[str, int]]) -> float:
    """An indicator of open work a week ago; NaN where it is made of more than open, overdue and due work.

    Args:
        indicator: any.
        stocks: from `read_stocks`.
    """
    if indicator.time != "stock":
        return float("nan")
    sums: dict[str, int] = defaultdict(int)
    for subject in indicator.subjects:
        for name, count in stocks.get(subject, {}).items():
            sums[name] += count
    above, below = _sum(indicator.numerator, sums), _sum(indicator.denominator, sums)
    return above / below * indicator.factor if below else float("nan")


def _sum(expression: str, sums: Mapping[str, int]) -> float:
    if expression in {"", "1"}:
        return 1.0
    names = [name.strip() for name in _PARENTHESES.sub(r"\1", expression.strip()).split("+")]
    return float(sum(sums[name] for name in names)) if all(name in _STOCKS for name in names) else float("nan")
