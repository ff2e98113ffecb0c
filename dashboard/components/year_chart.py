"""A year day by day: bands of the thresholds, target, line, and below it which days are sealed.

Drawn as inline SVG; what it shows is also a table and a file. Days without a value are gaps in the line, never joined.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from dashboard.components.chart import dot_name, shaded_bands
from dashboard.components.scale import round_ticks
from dashboard.components.svg import Svg, shape, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.catalogue import Bounds
    from dashboard.views.daily import Daily
    from warehouse.value import Band

_W: Final = 960
_H: Final = 300
#: Room for eight digits in Indian grouping.
_LEFT: Final = 76
_RIGHT: Final = 14
_TOP: Final = 12
_FLOOR: Final = 246
_STRIP: Final = 8
#: Radius of the ring round what a sealed day showed.
SHOWN_R: Final = 3
#: Part of the scale's width that is left free above and below the line.
_AIR: Final = 0.06


def year_chart(
    daily: Daily,
    label: str,
    *,
    bounds: Bounds | None,
    target: float | None,
    band: Band,
    written: Callable[[float], str],
) -> Svg:
    """The drawing.

    Args:
        daily: the year; drawn.
        label: what it shows, for those who do not see it.
        bounds: thresholds, shaded where the scale reaches them.
        target: dashed line; None = none.
        band: colour of the last point.
        written: a value as text, for the scale.
    """
    low, high, ticks = _scale(daily, target)
    height = _FLOOR - _TOP

    def y(value: float) -> float:
        # Single days may lie far outside the scale of seven; they end at its edge.
        return _FLOOR - min(max((value - low) / (high - low), 0.0), 1.0) * height

    step = (_W - _LEFT - _RIGHT) / max(len(daily.days) - 1, 1)
    pieces = shaded_bands(bounds, (low, high), y, left=_LEFT, width=_W - _LEFT - _RIGHT)
    for tick in ticks:
        pieces.append(shape("path", class_="cm-year__grid", d=f"M{_LEFT} {y(tick):.1f}H{_W - _RIGHT}"))
        pieces.append(text(written(tick), class_="cm-year__tick", x=_LEFT - 8, y=y(tick) + 4))
    pieces += _months(daily, step)
    pieces += _strip(daily, step)
    if target is not None:
        pieces.append(shape("path", class_="cm-chart__target", d=f"M{_LEFT} {y(target):.1f}H{_W - _RIGHT}"))
    if daily.values != daily.line:
        pieces.append(shape("path", class_="cm-year__days", d=_path(daily.values, step, y)))
    pieces.append(shape("path", class_="cm-chart__line cm-chart__line--strong", d=_path(daily.line, step, y)))
    pieces += _restated(daily, step, y)
    last = max(place for place, value in enumerate(daily.line) if value is not None)
    end = dot_name("cm-chart__end", band)
    pieces.append(shape("circle", class_=end, cx=_LEFT + last * step, cy=y(daily.line[last] or 0.0), r=5))
    return Svg("".join(pieces), box=f"0 0 {_W} {_H}", label=label, className="cm-year")


def _scale(daily: Daily, target: float | None) -> tuple[float, float, list[float]]:
    """Ends of the scale and round values on it; it need not begin at zero, which is why it is written out."""
    known = sorted(value for value in (*daily.line, *daily.shown) if value is not None)
    low, high = known[0], known[-1]
    if target is not None and low - (high - low) <= target <= high + 2 * (high - low):
        low, high = min(low, target), max(high, target)
    span = (high - low) or abs(high) * 0.1 or 1.0
    low, high = low - span * _AIR if low < 0 or low > span * _AIR else 0.0, high + span * _AIR
    return low, high, round_ticks(low, high)


def _months(daily: Daily, step: float) -> list[str]:
    """A hair line and the month where one begins."""
    pieces = [shape("path", class_="cm-chart__axis", d=f"M{_LEFT} {_FLOOR}H{_W - _RIGHT}")]
    for place, day in enumerate(daily.days):
        x = _LEFT + place * step
        if day.day == 1:
            pieces.append(shape("path", class_="cm-year__month", d=f"M{x:.1f} {_TOP}V{_FLOOR}"))
            if x < _W - 50:
                pieces.append(text(f"{day.month:02d}-{day.year}", class_="cm-year__day", x=x + 3, y=_H - 8))
    return pieces


def _strip(daily: Daily, step: float) -> list[str]:
    """Which days are sealed, which not, and of which nothing is known, as runs of equal days."""
    kinds = [
        "unknown" if value is None and not sealed else "sealed" if sealed else "open"
        for value, sealed in zip(daily.line, daily.is_sealed, strict=True)
    ]
    pieces, begin = [], 0
    for place in range(1, len(kinds) + 1):
        if place == len(kinds) or kinds[place] != kinds[begin]:
            x, width = _LEFT + (begin - 0.5) * step, (place - begin) * step
            name = f"cm-year__strip cm-year__strip--{kinds[begin]}"
            pieces.append(shape("rect", class_=name, x=x, y=_FLOOR + 8, width=width, height=_STRIP))
            begin = place
    return pieces


def _restated(daily: Daily, step: float, y: Callable[[float], float]) -> list[str]:
    """A ring where a sealed day showed something else than is known now."""
    return [
        shape("circle", class_="cm-year__shown", cx=_LEFT + place * step, cy=y(shown), r=SHOWN_R)
        for place, shown in _shown_otherwise(daily)
    ]


def has_restated(daily: Daily) -> bool:
    """Whether a sealed day showed something else than is known now. Args: the year."""
    return bool(_shown_otherwise(daily))


def _shown_otherwise(daily: Daily) -> list[tuple[int, float]]:
    """The places of such days, with what they showed."""
    return [
        (place, shown)
        for place, (shown, now) in enumerate(zip(daily.shown, daily.values, strict=True))
        if shown is not None and now is not None and not math.isclose(shown, now, rel_tol=1e-6, abs_tol=1e-6)
    ]


def _path(values: Sequence[float | None], step: float, y: Callable[[float], float]) -> str:
    parts, is_down = [], False
    for place, value in enumerate(values):
        if value is None:
            is_down = False
            continue
        # A line of no length with a round cap is a dot: a day between two gaps is seen.
        parts.append(f"{'L' if is_down else 'M'}{_LEFT + place * step:.1f} {y(value):.1f}{'' if is_down else 'h.01'}")
        is_down = True
    return "".join(parts)
