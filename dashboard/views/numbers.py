"""The row of numbers on top of a place's page: open, overdue, due soon, in time, median days, satisfied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.views.comparison import PARTS_OF_SHARE
from dashboard.views.figure import Figure, figure, part
from dashboard.views.history import NO_LINE, Line
from dashboard.views.scope import EARLIER
from dashboard.views.variation import judged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.format import Change
    from dashboard.views.asked import Asked
    from dashboard.views.comparison import Yardstick
    from dashboard.views.history import History

_STOCKS: Final = frozenset({"open", "overdue", "due_48h"})
#: Measures of the roll-up on top of a place's page.
MEASURES: Final = ("open", "overdue", "due_48h", "in_time_share", "median_days", "satisfied_share")


@dataclass(frozen=True, slots=True)
class Number:
    """One of the numbers.

    Attributes:
        measure: which one; names its label in the language files.
        figure: the number.
        beside: a second figure of the same thing, e.g. the overdue share beside the overdue count; None for most.
        line: 13 weeks.
        change: against what the page is compared with.
        is_of_share: whether it is that of the share: of the number itself, or of the one beside it.
        compared: since when, in words.
        above: the same number of the whole state, for shares below it; None at the state itself.
        href: opens the explanation.
    """

    measure: str
    figure: Figure
    beside: Figure | None
    line: Line
    change: Change | None
    is_of_share: bool
    compared: str
    above: Figure | None
    href: str


def numbers(
    asked: Asked,
    area: str,
    history: History,
    measures: Sequence[str] = MEASURES,
    *,
    href: Callable[[str, str], str] | None = None,
    yardstick: Yardstick | None = None,
) -> tuple[Number, ...]:
    """The numbers of a place.

    Args:
        asked: the request.
        area: code of the place.
        history: weekly sums with this area among them; NO_HISTORY while the engine does not answer.
        measures: which.
        href: opens the explanation of an indicator at a place; the page's own place when it is not said.
        yardstick: what they are compared with; None = stocks with a week ago, flows with the month before.
    """
    opens = href or asked.explain_href
    return tuple(_number(asked, area, history, measure, href=opens, yardstick=yardstick) for measure in measures)


def _number(
    asked: Asked,
    area: str,
    history: History,
    measure: str,
    *,
    href: Callable[[str, str], str],
    yardstick: Yardstick | None,
) -> Number:
    services, scope = asked.services, asked.scope
    code = scope.code(measure)
    shown = _shown(asked, measure, area)
    line = history.line_of(services.values.indicators.get(code), area)
    if measure in _STOCKS:
        line = line.with_last(shown.value)
    share = scope.code("overdue_share")
    beside = figure(services, share, area, scope.period) if measure == "overdue" else None
    compares_beside = beside is not None and yardstick is not None and yardstick.is_of_shares
    present = beside if beside is not None and compares_beside else shown
    if yardstick is not None:
        name = "overdue_share" if compares_beside else measure
        before, compared = yardstick.measure(asked, name, area), yardstick.words
    elif measure in _STOCKS:
        before, compared = line.week_ago, asked.text("compared.week")
    else:
        before, compared = _month_before(asked, area, code)
    change = _change(present, before)
    return Number(
        measure=measure,
        figure=shown,
        beside=beside,
        line=line if line.is_drawn else NO_LINE,
        change=judged(change, line) if measure in _STOCKS and not compares_beside else change,
        is_of_share=present.is_share,
        compared=compared,
        above=_state_share(asked, share if measure == "overdue" else code, area),
        href=href(shown.code, area),
    )


def _shown(asked: Asked, measure: str, area: str) -> Figure:
    """The number; of a service without an indicator of its own for a count, the part of its overdue share."""
    services, scope = asked.services, asked.scope
    if scope.code(measure) in services.values.indicators or measure not in PARTS_OF_SHARE:
        return figure(services, scope.code(measure), area, scope.period)
    share = figure(services, scope.code("overdue_share"), area, scope.period)
    return part(share, None, above=measure == "overdue")


def _month_before(asked: Asked, area: str, code: str) -> tuple[float | None, str]:
    period = EARLIER.get(asked.scope.period)
    if period is None:
        return None, ""
    key = "month" if period == "pmtd" else "week"
    return figure(asked.services, code, area, period).value, asked.text(f"compared.{key}")


def _change(shown: Figure, earlier: float | None) -> Change | None:
    # A late number keeps its value, but what changed is not known; what changed in a small base is chance.
    if shown.value is None or earlier is None or shown.is_late or shown.is_small:
        return None
    return form.change(shown.value - earlier, shown.decimals)


def _state_share(asked: Asked, code: str, area: str) -> Figure | None:
    state = asked.services.reference.areas[0].code
    if area == state:
        return None
    above = figure(asked.services, code, state, asked.scope.period)
    return above if above.is_share and above.value is not None else None
