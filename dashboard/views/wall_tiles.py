"""Districts on the wall: a tile map where all have a place on it and the panel has room, else a list, worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.views.figure import Figure, figure
from dashboard.views.history import NO_HISTORY, History
from dashboard.views.place import named
from dashboard.views.wall_frame import Bilingual, Districts, KeyEntry, Tile
from dashboard.views.wall_parts import before_like, change_since, mark_of, spark_of

if TYPE_CHECKING:
    from dashboard.views.wall_parts import Scene
    from warehouse.reference import Area

#: Tile columns that a panel has room for, at the size in which district names are read.
_TILE_COLUMNS: Final = 2


@dataclass(frozen=True, slots=True)
class TileRoom:
    """What a panel of districts has room for.

    Attributes:
        rows: of one line of text each.
        tall_rows: of two, with the name in the second language below.
        is_list: never a map.
        list_columns: columns of the list.
    """

    rows: int
    tall_rows: int
    is_list: bool = False
    list_columns: int = 1


def districts(scene: Scene, code: str, heading: str, room: TileRoom, *, history: History = NO_HISTORY) -> Districts:
    """The areas below the state with one share.

    Args:
        scene: value copy and language.
        code: of the indicator.
        heading: key of the heading's text.
        room: what has room.
        history: weekly sums of these areas, for lines and changes; NO_HISTORY for tiles without.
    """
    services = scene.services
    level = services.reference.state.levels[1].code
    areas = services.reference.by_level(level)
    shares = {area.code: _share(scene, code, area.code) for area in areas}
    columns = max((area.tile[0] + area.tile_span for area in areas if area.tile is not None), default=0)
    rows = max((area.tile[1] + 1 for area in areas if area.tile is not None), default=0)
    mapped = all(area.tile is not None for area in areas)
    if room.is_list or not mapped or columns > _TILE_COLUMNS or rows > room.rows:
        ordered = sorted(areas, key=lambda area: _worst_first(scene, shares[area.code]))
        ordered = ordered[: room.rows * room.list_columns]
        columns, rows, mapped = 0, min(room.rows, -(-len(ordered) // room.list_columns)), False
    else:
        ordered = list(areas)
    return Districts(
        heading=scene.both(heading),
        tiles=tuple(_tile(scene, area, shares[area.code], history, mapped=mapped) for area in ordered),
        columns=columns,
        rows=rows,
        lines=2 if rows <= room.tall_rows else 1,
        key=_key(scene, code, level, len(areas) - len(ordered)),
        list_columns=room.list_columns,
    )


def _share(scene: Scene, code: str, area: str) -> Figure:
    indicator = scene.services.values.indicators.get(code)
    return figure(scene.services, code, area, "mtd" if indicator is None else indicator.headline_period)


def _worst_first(scene: Scene, share: Figure) -> tuple[float, ...]:
    indicator = scene.services.values.indicators.get(share.code)
    sign = -1 if indicator is not None and indicator.direction == "higher" else 1
    return (share.urgency, -sign * (share.value or 0))


def _tile(scene: Scene, area: Area, share: Figure, history: History, *, mapped: bool) -> Tile:
    name = named(scene.asked, area.name_en, area.name_local)
    column, row = area.tile if mapped and area.tile is not None else (0, 0)
    indicator = scene.services.values.indicators.get(share.code)
    line = history.line_of(indicator, area.code).with_last(share.value)
    is_flow = indicator is not None and indicator.time == "flow"
    earlier = before_like(scene, share) if is_flow else line.week_ago
    arrow, change = change_since(share, earlier)
    return Tile(
        code=area.code,
        name=Bilingual(name.text, name.echo),
        value=share.digits(share.value),
        mark=mark_of(share),
        column=column,
        row=row,
        span=area.tile_span,
        arrow=arrow,
        change=change,
        spark=spark_of(line, None),
    )


def _key(scene: Scene, code: str, level: str, not_shown: int) -> tuple[KeyEntry, ...]:
    """Thresholds, whichever side of them is bad, and the state's own figure."""
    indicator = scene.services.values.indicators.get(code)
    bounds = None if indicator is None else indicator.bounds(level)
    entries: list[KeyEntry] = []
    if bounds is not None and bounds.red_high is not None:
        red = form.number(bounds.red_high, 0)
        entries.append(KeyEntry("red", scene.text("districts.over", red=red)))
        if bounds.amber_high is not None:
            amber = form.number(bounds.amber_high, 0)
            entries.append(KeyEntry("amber", scene.text("districts.between", amber=amber, red=red)))
    elif bounds is not None and bounds.red_low is not None:
        red = form.number(bounds.red_low, 0)
        entries.append(KeyEntry("red", scene.text("districts.under", red=red)))
        if bounds.amber_low is not None:
            amber = form.number(bounds.amber_low, 0)
            entries.append(KeyEntry("amber", scene.text("districts.between", amber=red, red=amber)))
    state = scene.state
    share = _share(scene, code, state.code)
    name = scene.asked.chosen(state.name_en, state.name_local)
    entries.append(KeyEntry("", scene.text("districts.state", state=name, share=form.percent_figure(share.value))))
    if not_shown:
        entries.append(KeyEntry("", scene.text("districts.more", count=form.integer(not_shown))))
    return tuple(entries)
