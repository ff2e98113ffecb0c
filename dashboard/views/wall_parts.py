"""What every panel of the wall is made from, and the state-wide numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.freshness import Freshness
from dashboard.views.figure import Figure, figure
from dashboard.views.scope import EARLIER
from dashboard.views.wall_frame import Bilingual, Number, Spark
from warehouse.value import Band

if TYPE_CHECKING:
    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from dashboard.views.history import History, Line
    from dashboard.views.wall_frame import Arrow, Fit, Mark
    from dashboard.views.wall_layout import Layout
    from warehouse.reference import Area

#: Which numbers a wall shows that has room for so many, in order of measure.
_SHOWN: Final = {
    5: ("received", "in_time_share", "overdue", "due_48h", "satisfied_share"),
    4: ("in_time_share", "overdue", "due_48h", "satisfied_share"),
    3: ("in_time_share", "overdue", "due_48h"),
}
_PERIODS: Final = {"received": "today"}
_STOCKS: Final = ("overdue", "due_48h")
#: What the line of a number is made of: numerator, denominator, factor.
_LINES: Final = {
    "received": ("received", "1", 1.0),
    "in_time_share": ("in_time", "decided", 100.0),
    "overdue": ("overdue", "1", 1.0),
    "due_48h": ("due_48h", "1", 1.0),
    "satisfied_share": ("satisfied", "feedback", 100.0),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What every panel is made from.

    Attributes:
        asked: value copy, reference data, configuration, working language.
        layout: what has room.
        history: 26 weeks of the state; NO_HISTORY before the first answer.
    """

    asked: Asked
    layout: Layout
    history: History

    @property
    def services(self) -> Services:
        """Value copy, reference data, configuration."""
        return self.asked.services

    @property
    def lang(self) -> str:
        """Working language."""
        return self.asked.lang

    @property
    def state(self) -> Area:
        """The state itself."""
        return self.services.reference.areas[0]

    def text(self, key: str, **params: object) -> str:
        """A text of the wall in the working language."""
        return self.asked.text(f"wall.{key}", **params)

    def both(self, key: str) -> Bilingual:
        """A heading of the wall in both languages."""
        return Bilingual(language.text(f"wall.{key}", self.lang), language.echo(f"wall.{key}", self.asked.other))

    def both_with(self, key: str, *, english: str, local: str) -> Bilingual:
        """A heading of the wall in both languages with a word put into `{word}`."""

        def said(lang: str) -> str:
            return language.echo(f"wall.{key}", lang, word=self.asked.name_in(lang, english, local))

        return Bilingual(said(self.lang), said(self.asked.other))

    def clock(self, fresh_at: Figure) -> str:
        """Time of day, or the day, up to which a late or silent figure holds; "" when nothing ever came."""
        at, zone = fresh_at.fresh.at, self.services.zone
        if at is None:
            return ""
        return form.clock_or_day(at, self.services.values.now(), zone)


def mark_of(shown: Figure) -> Mark:
    """The mark of a figure: stale before any colour."""
    if shown.fresh.freshness is not Freshness.LIVE:
        return "stale"
    return {Band.RED: "red", Band.AMBER: "amber"}.get(shown.band, "")  # type: ignore[return-value]


def numbers(scene: Scene) -> tuple[Number, ...]:
    """The state-wide numbers that have room."""
    return tuple(_number(scene, measure) for measure in _SHOWN[scene.layout.numbers])


def _number(scene: Scene, measure: str) -> Number:
    shown = figure(scene.services, f"gov_{measure}", scene.state.code, _PERIODS.get(measure, "mtd"))
    line = _line(scene, measure, shown)
    arrow, change, note = _comparison(scene, measure, shown, line)
    return Number(
        code=shown.code,
        label=scene.both(f"number.{measure}"),
        mark=_number_mark(scene, measure, shown),
        value=_value(shown),
        unit="%" if shown.is_share and shown.value is not None else "",
        freshness=shown.fresh.freshness.value,
        arrow=arrow,
        change=change,
        note=note,
        spark=spark_of(line, shown.target),
    )


def _value(shown: Figure) -> Fit:
    if shown.value is None:
        return (form.NOT_APPLICABLE,)
    if shown.is_share:
        return (form.percent_figure(shown.value),)
    return (form.integer(shown.value), form.short(shown.value))


def _number_mark(scene: Scene, measure: str, shown: Figure) -> Mark:
    """The overdue count has no thresholds of its own: it takes the colour of its share of open work."""
    if measure == "overdue" and shown.band is Band.UNBANDED:
        return mark_of(figure(scene.services, "gov_overdue_share", scene.state.code, "mtd"))
    return mark_of(shown)


def _line(scene: Scene, measure: str, shown: Figure) -> Line:
    numerator, denominator, factor = _LINES[measure]
    line = scene.history.line(scene.state.code, numerator, denominator, factor)
    if measure in _STOCKS:
        return line.with_last(shown.value)
    week = figure(scene.services, shown.code, scene.state.code, "7d")
    return line.with_last(week.value)


def _comparison(scene: Scene, measure: str, shown: Figure, line: Line) -> tuple[Arrow, str, Fit]:
    """Arrow, size and note; a late number loses its arrow, because what changed is not known."""
    stale = stale_note(scene, shown)
    if stale is not None:
        return "", "", stale
    if measure == "received":
        now = figure(scene.services, shown.code, scene.state.code, "7d").value
        before = figure(scene.services, shown.code, scene.state.code, "p7d").value
        delta = None if not before or now is None else (now / before - 1) * 100
        week = scene.text("number.week")
        arrow, size = arrow_of(delta, 1)
        long = scene.text("number.week_received", count=form.integer(now))
        return arrow, f"{size} %" if size else "", (long, week, "")
    if measure in _STOCKS:
        delta = None if shown.value is None or line.week_ago is None else shown.value - line.week_ago
        return (*arrow_of(delta, 0), _stock_note(scene, measure))
    arrow, size = change_since(shown, before_like(scene, shown))
    return arrow, size, _share_note(scene, measure, shown, has_change=bool(size))


def before_like(scene: Scene, shown: Figure) -> float | None:
    """A flow's value in the span before, like for like, which desk pages compare it with too; None = not known."""
    earlier = EARLIER.get(shown.period)
    return None if earlier is None else figure(scene.services, shown.code, shown.area, earlier).value


def change_note(scene: Scene, shown: Figure) -> str:
    """What stands after a change on the span before: its unit where the figure is a share, and since when."""
    since = scene.text("number.month" if shown.period == "mtd" else "number.week")
    return f"{scene.text('number.points')} {since}" if shown.is_share else since


def stale_note(scene: Scene, shown: Figure) -> Fit | None:
    """What stands beside a figure that is not of this moment; None beside one that is."""
    clock = scene.clock(shown)
    if shown.fresh.freshness is Freshness.SILENT:
        return (scene.text("no_data_since", clock=clock) if clock else scene.text("no_data"),)
    if shown.value is None:
        return (scene.text("no_data"),)
    return (scene.text("as_of", clock=clock),) if shown.is_late else None


def small_note(scene: Scene, shown: Figure) -> str:
    """Why a figure has no colour; "" where its base is large enough."""
    return scene.asked.text("indicator.small_base") if shown.is_small else ""


def _stock_note(scene: Scene, measure: str) -> Fit:
    week = scene.text("number.week")
    if measure != "due_48h":
        return (week, "")
    opened = figure(scene.services, "gov_open", scene.state.code, "mtd").value
    of_open = f"· {scene.text('number.of_open', open=form.integer(opened))}"
    return (f"{week} {of_open}", week, "")


def _share_note(scene: Scene, measure: str, shown: Figure, *, has_change: bool) -> Fit:
    points = change_note(scene, shown) if has_change else small_note(scene, shown)
    if measure == "satisfied_share":
        rest = scene.text("number.answers", count=form.integer(shown.cell.denominator))
    elif shown.target is not None:
        rest = scene.text("number.target", target=form.number(shown.target, 0))
    else:
        rest = ""
    joined = " · ".join(part for part in (points, rest) if part)
    return (joined, points, scene.text("number.points")) if has_change else (joined, points or rest, "")


def arrow_of(delta: float | None, decimals: int) -> tuple[Arrow, str]:
    """Direction and size of a change; both empty where there is nothing to compare with."""
    change = form.change(delta, decimals)
    return ("", "") if change is None else (change.direction, change.text)


def change_since(shown: Figure, earlier: float | None, decimals: int = 1) -> tuple[Arrow, str]:
    """Direction and size of a figure's change; a late or silent one has none, and a small base changes by chance."""
    if shown.value is None or earlier is None or shown.is_late or shown.is_small:
        return "", ""
    return arrow_of(shown.value - earlier, decimals)


def spark_of(line: Line, target: float | None) -> Spark | None:
    """Heights in per cent between the least and the most of line and target."""
    known = [value for value in (*line.values, target) if value is not None]
    if not line.is_drawn:
        return None
    least, most = min(known), max(known)
    span = (most - least) or 1.0

    def height(value: float | None) -> float | None:
        return None if value is None else round(100 * (value - least) / span, 1)

    return Spark(tuple(height(value) for value in line.values), height(target))
