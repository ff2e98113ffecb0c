"""Panels of the wall made from the value copy: state-wide numbers, districts, departments."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard import format as form
from dashboard import language
from dashboard.freshness import Freshness
from dashboard.views.figure import Figure, figure
from dashboard.views.place import named, other_language
from dashboard.views.wall_frame import Bilingual, DepartmentRow, Departments, Districts, KeyEntry, Number, Spark, Tile
from warehouse.value import PERIODS, Band, State

if TYPE_CHECKING:
    from collections.abc import Sequence

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
#: How an indicator stands; one that is late, silent or without a value is never counted as normal.
_STANDS: Final = ("stale", "red", "amber", "normal")
_NO_VALUE: Final = (State.NO_DATA, State.ERROR)
#: Tile columns that a panel has room for, at the size in which district names are read.
_TILE_COLUMNS: Final = 2


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
        other = other_language(self.services, self.lang)
        return Bilingual(language.text(f"wall.{key}", self.lang), language.text(f"wall.{key}", other))

    def clock(self, fresh_at: Figure) -> str:
        """Time of day, or day and time, up to which a late or silent figure holds; "" when nothing ever came."""
        at, zone = fresh_at.fresh.at, self.services.zone
        if at is None:
            return ""
        same_day = at.astimezone(zone).date() == self.services.values.now().astimezone(zone).date()
        return form.clock(at, zone) if same_day else form.day(at.astimezone(zone).date())


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
        spark=_spark(line, shown.target),
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
    stale = _stale_note(scene, shown)
    if stale is not None:
        return "", "", stale
    if measure == "received":
        now = figure(scene.services, shown.code, scene.state.code, "7d").value
        before = figure(scene.services, shown.code, scene.state.code, "p7d").value
        delta = None if not before or now is None else (now / before - 1) * 100
        week = scene.text("number.week")
        arrow, size = _arrow(delta, 1)
        long = scene.text("number.week_received", count=form.integer(now))
        return arrow, f"{size} %" if size else "", (long, week, "")
    if measure in _STOCKS:
        delta = None if shown.value is None or line.week_ago is None else shown.value - line.week_ago
        return (*_arrow(delta, 0), _stock_note(scene, measure))
    week_ago = figure(scene.services, shown.code, scene.state.code, "p7d").value
    now = figure(scene.services, shown.code, scene.state.code, "7d").value
    delta = None if now is None or week_ago is None else now - week_ago
    return (*_arrow(delta, 1), _share_note(scene, measure, shown, has_change=delta is not None))


def _stale_note(scene: Scene, shown: Figure) -> Fit | None:
    clock = scene.clock(shown)
    if shown.fresh.freshness is Freshness.SILENT:
        return (scene.text("no_data_since", clock=clock) if clock else scene.text("no_data"),)
    if shown.value is None:
        return (scene.text("no_data"),)
    return (scene.text("as_of", clock=clock),) if shown.is_late else None


def _stock_note(scene: Scene, measure: str) -> Fit:
    week = scene.text("number.week")
    if measure != "due_48h":
        return (week, "")
    opened = figure(scene.services, "gov_open", scene.state.code, "mtd").value
    of_open = f"· {scene.text('number.of_open', open=form.integer(opened))}"
    return (f"{week} {of_open}", of_open, week, "")


def _share_note(scene: Scene, measure: str, shown: Figure, *, has_change: bool) -> Fit:
    points = scene.text("number.points") if has_change else ""
    points_week = scene.text("number.points_week") if has_change else ""
    if measure == "satisfied_share":
        rest = scene.text("number.answers", count=form.integer(shown.cell.denominator))
    elif shown.target is not None:
        rest = scene.text("number.target", target=form.number(shown.target, 0))
    else:
        rest = ""
    joined = tuple(" · ".join(part for part in parts if part) for parts in ((points_week, rest), (points, rest)))
    return (*joined, f"· {rest}" if has_change and rest else rest, points, "")


def _arrow(delta: float | None, decimals: int) -> tuple[Arrow, str]:
    change = form.change(delta, decimals)
    return ("", "") if change is None else (change.direction, change.text)


def _spark(line: Line, target: float | None) -> Spark | None:
    """Heights in per cent between the least and the most of line and target."""
    known = [value for value in (*line.values, target) if value is not None]
    if not line.is_drawn:
        return None
    least, most = min(known), max(known)
    span = (most - least) or 1.0

    def height(value: float | None) -> float | None:
        return None if value is None else round(100 * (value - least) / span, 1)

    return Spark(tuple(height(value) for value in line.values), height(target))


def districts(scene: Scene) -> Districts:
    """The areas below the state: a tile map where all have a place on it and the panel has room, else a list."""
    services, layout = scene.services, scene.layout
    level = services.reference.state.levels[1].code
    areas = services.reference.by_level(level)
    shares = {area.code: figure(services, "gov_overdue_share", area.code, "mtd") for area in areas}
    columns = max((area.tile[0] + area.tile_span for area in areas if area.tile is not None), default=0)
    rows = max((area.tile[1] + 1 for area in areas if area.tile is not None), default=0)
    mapped = all(area.tile is not None for area in areas)
    if layout.form == "small" or not mapped or columns > _TILE_COLUMNS or rows > layout.district_rows:
        ordered = sorted(areas, key=lambda area: _worst_first(shares[area.code]))[: layout.district_rows]
        columns, rows, mapped = 0, len(ordered), False
    else:
        ordered = list(areas)
    return Districts(
        heading=scene.both("districts.heading"),
        tiles=tuple(_tile(scene, area, shares[area.code], mapped=mapped) for area in ordered),
        columns=columns,
        rows=rows,
        lines=2 if rows <= layout.tall_rows else 1,
        key=_key(scene, level, len(areas) - len(ordered)),
    )


def _worst_first(share: Figure) -> tuple[float, ...]:
    return (share.urgency, -(share.value or 0))


def _tile(scene: Scene, area: Area, share: Figure, *, mapped: bool) -> Tile:
    name = named(scene.asked, area.name_en, area.name_local)
    column, row = area.tile if mapped and area.tile is not None else (0, 0)
    return Tile(
        code=area.code,
        name=Bilingual(name.text, name.echo),
        value=form.percent_figure(share.value),
        mark=mark_of(share),
        column=column,
        row=row,
        span=area.tile_span,
    )


def _key(scene: Scene, level: str, not_shown: int) -> tuple[KeyEntry, ...]:
    indicator = scene.services.values.indicators.get("gov_overdue_share")
    bounds = None if indicator is None else indicator.bounds(level)
    entries: list[KeyEntry] = []
    if bounds is not None and bounds.red_high is not None:
        red = form.number(bounds.red_high, 0)
        entries.append(KeyEntry("red", scene.text("districts.over", red=red)))
        if bounds.amber_high is not None:
            amber = form.number(bounds.amber_high, 0)
            entries.append(KeyEntry("amber", scene.text("districts.between", amber=amber, red=red)))
    state = scene.state
    share = figure(scene.services, "gov_overdue_share", state.code, "mtd")
    name = scene.asked.chosen(state.name_en, state.name_local)
    entries.append(KeyEntry("", scene.text("districts.state", state=name, share=form.percent_figure(share.value))))
    if not_shown:
        entries.append(KeyEntry("", scene.text("districts.more", count=form.integer(not_shown))))
    return tuple(entries)


def departments(scene: Scene) -> Departments | None:
    """Red and amber indicators of the state as a whole by department; None where the panel has no room."""
    if not scene.layout.department_rows:
        return None
    by_department, total = _counts(scene)
    order = sorted(by_department, key=lambda code: (-by_department[code]["red"], -by_department[code]["amber"], code))
    troubled = [code for code in order if by_department[code]["red"] + by_department[code]["amber"]]
    shown = troubled[: scene.layout.department_rows - 1]
    others = [code for code in order if code not in shown]
    rest = Counter({"red": 0, "amber": 0})
    for code in others:
        rest.update(by_department[code])
    longest = max((each["red"] + each["amber"] for each in (*by_department.values(), rest)), default=0) or 1
    rows = [_department_row(scene, (code,), by_department[code], longest) for code in shown]
    if others:
        rows.append(_department_row(scene, others, rest, longest, is_rest=True))
    return Departments(
        heading=scene.both("departments.heading"),
        caption=scene.text("departments.caption", count=form.integer(sum(total.values()))),
        rows=tuple(rows),
        red=total["red"],
        amber=total["amber"],
        stale=total["stale"],
        normal=total["normal"],
        normal_text=(form.integer(total["normal"]), scene.text("departments.normal")),
        stale_text=(form.integer(total["stale"]), scene.text("departments.stale")),
    )


def _counts(scene: Scene) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """How many indicators stand how in the state as a whole: by department, and all."""
    values = scene.services.values
    indicators = tuple(values.indicators.values())
    periods = np.array([PERIODS.index(one.headline_period) for one in indicators])
    places = np.array([one.index for one in indicators])
    with values.reading() as held:
        at = held.layout.at(periods, places, values.area_index(scene.state.code))
        bands, states = held.flat.band[at], held.flat.state[at]
    budgets = {(one.sources, one.freshness_budget_s) for one in indicators}
    behind = {one for one in budgets if values.freshness_of(*one).freshness is not Freshness.LIVE}
    is_stale = np.array([(one.sources, one.freshness_budget_s) in behind for one in indicators])
    stands = np.select([is_stale | np.isin(states, _NO_VALUE), bands == Band.RED, bands == Band.AMBER], [0, 1, 2], 3)
    pairs = Counter(zip((one.department for one in indicators), stands.tolist(), strict=True))
    by_department: dict[str, Counter[str]] = {}
    for (department, stand), count in pairs.items():
        by_department.setdefault(department, Counter())[_STANDS[stand]] += count
    return by_department, sum(by_department.values(), Counter())


def _department_row(
    scene: Scene, codes: Sequence[str], counts: Counter[str], longest: int, *, is_rest: bool = False
) -> DepartmentRow:
    if is_rest:
        name: Fit = (scene.text("departments.others", count=len(codes)),)
    else:
        department = scene.services.reference.departments.get(codes[0])
        name = (codes[0] if department is None else scene.asked.chosen(department.short_en, department.short_local),)
    return DepartmentRow(
        name=name,
        red=form.integer(counts["red"]),
        amber=form.integer(counts["amber"]),
        red_pct=round(100 * counts["red"] / longest, 1),
        amber_pct=round(100 * counts["amber"] / longest, 1),
        is_rest=is_rest,
    )
