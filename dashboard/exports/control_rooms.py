"""Control rooms as a table: levels, their places, departments and services, with both parts of every share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.exports.about import about
from dashboard.exports.cell import colour, worth
from dashboard.exports.table import Column, Table, exact, local
from dashboard.views.at_place import asked_area
from dashboard.views.control import department_choice, period_choice, service_filter
from dashboard.views.control_room_rows import Rooms
from dashboard.views.place import place
from dashboard.views.today import today
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked
    from dashboard.views.control_room_rows import RoomRow

_COLUMNS: Final = {
    "level": 22,
    "by": 14,
    "code": 26,
    "name": 30,
    "band": 14,
    "received": 12,
    "open": 12,
    "overdue": 12,
    "share": 12,
    "in_time": 14,
    "dated": 14,
    "oldest": 14,
    "office": 30,
    "late_as_of": 18,
}
_FIGURES: Final = {"share", "in_time"}
_NOT_ON_PAPER: Final = {"code", "dated"}


def control_rooms_table(asked: Asked) -> Table:
    """Every row of the page of an address.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    area, on, department = asked_area(asked), today(asked.services), asked.scope.department
    here = place(asked, area)
    rooms = Rooms(asked, area)
    levels = rooms.levels()
    rows = [_row(asked, one.code, asked.text("control_rooms.level"), one) for one in levels]
    for table in rooms.tables():
        by = here.level_word if table.by == "place" else asked.text(f"table.{table.by}")
        rows += [_row(asked, table.level, by, one) for one in table.rows]
    if rooms.is_engine_away:
        message = "what is oldest and who holds it"
        raise EngineGoneError(message)
    facts: list[tuple[str, Value]] = [("period", period_choice(asked, on).value)]
    facts += [] if department is None else [("narrowed", department_choice(asked).value)]
    facts += [("narrowed", link.text) for link in service_filter(asked)]
    return Table(
        name=f"control_rooms_{area.slug}_{asked.scope.period}_{on:%Y-%m-%d}",
        sheet=asked.text("control_rooms.title"),
        about=about(asked, asked.text("control_rooms.title"), here.title.text, facts=facts),
        columns=tuple(
            Column(asked.text(f"csv_control_rooms.{key}"), width, key in _FIGURES, key not in _NOT_ON_PAPER)
            for key, width in _COLUMNS.items()
        ),
        rows=rows,
    )


def _row(asked: Asked, level: str, by: str, one: RoomRow) -> Sequence[Value]:
    return [
        asked.text(f"control_rooms.{level}"),
        by,
        one.code,
        one.name.text,
        colour(asked, one.share),
        worth(asked, one.received),
        worth(asked, one.open),
        worth(asked, one.overdue),
        worth(asked, one.share),
        worth(asked, one.in_time),
        exact(one.in_time.cell.denominator) if one.in_time.value is not None else None,
        one.oldest_days,
        None if one.office is None else one.office.text,
        local(one.share.fresh.at, asked.services.zone),
    ]
