"""Small drawings: sparkline, half a year with bands, bar with a tick, dot on a scale, bars by hour.

Bars start at zero; a dot's scale is stated by its caller; the last point of a line is marked; target lines are dashed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.components import html
from dashboard.components.svg import Svg, shape, text
from dashboard.format import integer
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dashboard.catalogue import Bounds
    from dashboard.components.html import Element
    from dashboard.views.history import Line

_SPARK_W: Final = 100
_SPARK_H: Final = 24
_PAD: Final = 3.0
#: Part of the height that a flat line's scale is widened by, so that a steady number looks steady.
_LEAST_SPAN: Final = 0.1
_YEAR_W: Final = 344
_YEAR_H: Final = 96
_YEAR_PAD: Final = 8
_HOURS_W: Final = 640
_HOURS_H: Final = 190
_DOTS: Final = {Band.RED: "cm-chart__dot--red", Band.AMBER: "cm-chart__dot--amber"}


def sparkline(line: Line, label: str, *, band: Band = Band.UNBANDED, target: float | None = None) -> Element:
    """A line without axes; an empty box of the same size where there is none.

    Args:
        line: weekly values.
        label: what it shows, for those who do not see it.
        band: colour of the last point.
        target: drawn dashed; None = none.
    """
    if not line.is_drawn:
        return html.Span(className="cm-spark cm-spark--none")
    low, high = _span(line.values, [target])
    markup = ""
    if target is not None:
        y = _y(target, low, high, _SPARK_H, _PAD)
        markup += shape("path", class_="cm-chart__target", d=f"M{_PAD} {y:.1f}H{_SPARK_W - _PAD}")
    points = _points(line.values, (low, high), (_SPARK_W, _SPARK_H), _PAD)
    markup += shape("path", class_="cm-chart__line", d=_path(points))
    x, y = points[-1]
    # A line of no length with a round cap stays a round dot however the drawing is stretched.
    markup += shape("path", class_=dot_name("cm-chart__dot", band), d=f"M{x:.1f} {y:.1f}h.01")
    return Svg(markup, box=f"0 0 {_SPARK_W} {_SPARK_H}", label=label, className="cm-spark", stretch=True)


def half_year(line: Line, label: str, *, bounds: Bounds | None, band: Band, compare: float | None) -> Element:
    """26 weeks with the bands of their thresholds behind them.

    Args:
        line: weekly values.
        label: what it shows.
        bounds: thresholds; drawn as shaded bands where the scale reaches them.
        band: colour of the last point.
        compare: dashed line of another place; None = none.
    """
    low, high = _span(line.values, [compare])

    def at(value: float) -> float:
        return _y(value, low, high, _YEAR_H, _YEAR_PAD)

    markup = "".join(shaded_bands(bounds, (low, high), at, left=_YEAR_PAD, width=_YEAR_W - 2 * _YEAR_PAD))
    if compare is not None:
        markup += shape("path", class_="cm-chart__target", d=f"M{_YEAR_PAD} {at(compare):.1f}H{_YEAR_W - _YEAR_PAD}")
    base = _YEAR_H - _YEAR_PAD / 2
    markup += shape("path", class_="cm-chart__axis", d=f"M{_YEAR_PAD} {base}H{_YEAR_W - _YEAR_PAD}")
    points = _points(line.values, (low, high), (_YEAR_W, _YEAR_H), _YEAR_PAD)
    markup += shape("path", class_="cm-chart__line cm-chart__line--strong", d=_path(points))
    x, y = points[-1]
    markup += shape("circle", class_=dot_name("cm-chart__end", band), cx=x, cy=y, r=4.2)
    return Svg(markup, box=f"0 0 {_YEAR_W} {_YEAR_H}", label=label, className="cm-half-year")


def dot_name(name: str, band: Band) -> str:
    """Class of the last point of a line in a band's colour. Args: class of such points; band of the value."""
    return f"{name} {_DOTS.get(band, '')}".strip()


def shaded_bands(
    bounds: Bounds | None, span: tuple[float, float], y: Callable[[float], float], *, left: float, width: float
) -> list[str]:
    """Shaded parts of the scale that lie past the thresholds.

    Args:
        bounds: thresholds; None shades nothing.
        span: ends of the scale.
        y: where a value stands.
        left: where the shading begins.
        width: how far it goes.
    """
    if bounds is None:
        return []
    low, high = span
    parts = (
        ("cm-chart__red", bounds.red_high, high),
        ("cm-chart__amber", bounds.amber_high, bounds.red_high if bounds.red_high is not None else high),
        ("cm-chart__amber", bounds.red_low if bounds.red_low is not None else low, bounds.amber_low),
        ("cm-chart__red", low, bounds.red_low),
    )
    drawn = []
    for name, under, over in parts:
        if under is None or over is None:
            continue
        bottom, top = max(low, under), min(high, over)
        if top > bottom:
            drawn.append(shape("rect", class_=name, x=left, y=y(top), width=width, height=y(bottom) - y(top)))
    return drawn


def bar(part: float | None, *, tick: float | None = None, label: str = "", small: bool = False) -> Element:
    """A bar from zero with a tick for comparison.

    Args:
        part: length, 0 to 1; None draws the empty track.
        tick: where the tick stands, 0 to 1; None = no tick.
        label: what the tick means.
        small: thinner and shorter.
    """
    inside: list[Element] = []
    if part is not None:
        inside.append(html.I(className="cm-bar__fill", style={"width": f"{_percent(part)}%"}))
    if tick is not None:
        inside.append(html.I(className="cm-bar__tick", style={"left": f"{_percent(tick)}%"}, title=label))
    return html.Span(inside, className="cm-bar cm-bar--small" if small else "cm-bar")


def dot_scale(value: float | None, low: float, high: float, *, target: float | None) -> Element:
    """A dot on a stated scale with the target as a tick.

    Args:
        value: where the dot stands; below the scale it stands at its foot; None = no dot.
        low: left end of the scale.
        high: right end.
        target: the tick; None = none.
    """
    inside: list[Element] = []
    if target is not None:
        inside.append(html.I(className="cm-dot__tick", style={"left": f"{_percent((target - low) / (high - low))}%"}))
    if value is not None:
        inside.append(html.I(className="cm-dot__dot", style={"left": f"{_percent((value - low) / (high - low))}%"}))
    return html.Span(inside, className="cm-dot")


def hour_bars(bars: Sequence[tuple[str, str, int]], label: str) -> Element:
    """Counts by hour: a bar each, the hour under every sixth, a hair line at midnight.

    Args:
        bars: (hour "16", day "21-11" at midnight else "", count) in order.
        label: what it shows, for those who do not see it.
    """
    most = max((count for _, _, count in bars), default=0) or 1
    step = _HOURS_W / max(len(bars), 1)
    floor = _HOURS_H - 22
    pieces, is_labelled = [shape("path", class_="cm-chart__axis", d=f"M0 {floor}H{_HOURS_W}")], False
    for place, (hour, day, count) in enumerate(bars):
        x, height = place * step, count / most * (floor - 36)
        pieces.append(shape("rect", class_="cm-hours__bar", x=x + 2, y=floor - height, width=step - 4, height=height))
        if count == most and count and not is_labelled:
            is_labelled = True
            pieces.append(text(str(count), class_="cm-hours__most", x=x + step / 2, y=floor - height - 4))
        if day:
            pieces.append(shape("path", class_="cm-hours__midnight", d=f"M{x:.1f} 2V{floor}"))
            pieces.append(text(day, class_="cm-hours__day", x=x + 4, y=12))
        if place % 6 == 0:
            pieces.append(text(hour, class_="cm-hours__hour", x=x + step / 2, y=_HOURS_H - 6))
    return Svg("".join(pieces), box=f"0 0 {_HOURS_W} {_HOURS_H}", label=label, className="cm-hours")


def class_bars(bars: Sequence[tuple[str, int, int]], label: str) -> Svg:
    """Counts by class: a bar each, its lower edge under it and its count over it; a part may be marked as overdue.

    Args:
        bars: (lower edge, count, how many of them are overdue) in order.
        label: what it shows, for those who do not see it.
    """
    most = max((count for _, count, _ in bars), default=0) or 1
    step, floor = _HOURS_W / max(len(bars), 1), _HOURS_H - 22
    pieces = [shape("path", class_="cm-chart__axis", d=f"M0 {floor}H{_HOURS_W}")]
    for place, (edge, count, overdue) in enumerate(bars):
        x, width = place * step + 3, step - 6
        height, late = count / most * (floor - 24), overdue / most * (floor - 24)
        pieces.append(shape("rect", class_="cm-hours__bar", x=x, y=floor - height, width=width, height=height))
        if overdue:
            pieces.append(shape("rect", class_="cm-classes__late", x=x, y=floor - late, width=width, height=late))
        middle = place * step + step / 2
        pieces.append(text(integer(count), class_="cm-hours__most", x=middle, y=floor - height - 5))
        pieces.append(text(edge, class_="cm-hours__hour", x=middle, y=_HOURS_H - 6))
    return Svg("".join(pieces), box=f"0 0 {_HOURS_W} {_HOURS_H}", label=label, className="cm-hours cm-classes")


def _span(values: Sequence[float | None], others: Sequence[float | None]) -> tuple[float, float]:
    known = [value for value in (*values, *others) if value is not None]
    low, high = min(known), max(known)
    least = max(abs(high), abs(low)) * _LEAST_SPAN or 1.0
    if high - low < least:
        middle = (high + low) / 2
        low, high = middle - least / 2, middle + least / 2
    return low, high


def _y(value: float, low: float, high: float, height: float, pad: float) -> float:
    return height - pad - (value - low) / (high - low) * (height - 2 * pad)


def _points(
    values: Sequence[float | None], span: tuple[float, float], size: tuple[float, float], pad: float
) -> list[tuple[float, float]]:
    width, height = size
    step = (width - 2 * pad) / max(len(values) - 1, 1)
    return [
        (pad + place * step, _y(value, *span, height, pad)) for place, value in enumerate(values) if value is not None
    ]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _percent(part: float) -> str:
    return f"{min(max(part, 0.0), 1.0) * 100:.1f}"
