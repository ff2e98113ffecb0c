"""Control rooms at the levels of departments, heads of department and collectors: what came in, is open, is past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.control_room_choice import read_rooms
from dashboard.freshness import Freshness
from dashboard.views.at_place import asked_area, explain_here
from dashboard.views.control import department_choice, period_choice, place_choice, service_filter
from dashboard.views.control_room_rows import Rooms
from dashboard.views.explain import explanation
from dashboard.views.figure import figure
from dashboard.views.files import file_links
from dashboard.views.lead import Sentence
from dashboard.views.place import Link, place
from dashboard.views.today import today
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dashboard.choice_file import Line
    from dashboard.views.asked import Asked
    from dashboard.views.control import Choice
    from dashboard.views.control_room_rows import RoomRow, RoomTable
    from dashboard.views.explain import Explanation
    from dashboard.views.figure import Figure
    from dashboard.views.lead import Tone
    from dashboard.views.place import Place
    from warehouse.reference import Area

_TONES: Final[Mapping[Band, Tone]] = {Band.RED: "red", Band.AMBER: "amber"}


@dataclass(frozen=True, slots=True)
class CallLine:
    """A number about the calls of a level.

    Attributes:
        level: which.
        name: with its page about the place.
        figure: the number.
        href: opens how it is made.
        newest: newest event of the source that is furthest behind; None when nothing ever came.
    """

    level: str
    name: Link
    figure: Figure
    href: str
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class ControlRoomsView:
    """Everything on the page.

    Attributes:
        lang: working language.
        place: what they answer for.
        choices: menus of period, place and department.
        filters: what narrows the page.
        sentences: one for each level that has something past its limit.
        levels: the levels in sum.
        tables: their places, departments and services.
        calls: numbers about calls.
        explanation: the open panel.
        files: the tables as files.
        is_engine_away: whether ages and offices cannot be told.
    """

    lang: str
    place: Place
    choices: tuple[Choice, ...]
    filters: tuple[Link, ...]
    sentences: tuple[Sentence, ...]
    levels: tuple[RoomRow, ...]
    tables: tuple[RoomTable, ...]
    calls: tuple[CallLine, ...]
    explanation: Explanation | None
    files: tuple[Link, ...]
    is_engine_away: bool


def control_rooms_view(asked: Asked) -> ControlRoomsView:
    """The page of an address: of the state, or of the place `at`. The value copy is loaded."""
    area, on = asked_area(asked), today(asked.services)
    rooms = Rooms(asked, area)
    levels = rooms.levels()
    tables = rooms.tables()
    return ControlRoomsView(
        lang=asked.lang,
        place=place(asked, area),
        choices=(
            period_choice(asked, on),
            place_choice(asked, area, "at", of=None, explain=None),
            department_choice(asked, rooms.departments),
        ),
        filters=service_filter(asked),
        sentences=tuple(_sentence(asked, one, tables) for one in levels if one.overdue.value),
        levels=levels,
        tables=tables,
        calls=_calls(asked, area),
        explanation=explanation(asked, on),
        files=file_links(asked, "control-rooms", explain=None, of=None, rows=None),
        is_engine_away=rooms.is_engine_away,
    )


def _sentence(asked: Asked, level: RoomRow, tables: Sequence[RoomTable]) -> Sentence:
    """How much is past its limit at a level, and where most of it is."""
    lead = asked.text(
        "control_rooms.lead",
        level=level.name.text,
        overdue=form.integer(level.overdue.value),
        open=form.integer(level.open.value),
    )
    rest = [] if level.oldest_days is None else [asked.text("control_rooms.lead_oldest", days=str(level.oldest_days))]
    rows = [row for table in tables if table.level == level.code for row in table.rows if row.overdue.value]
    link = Link(asked.text("control_rooms.lead_open"), level.name.href)
    if rows:
        most = max(rows, key=lambda row: row.overdue.value or 0)
        rest.append(asked.text("control_rooms.lead_most", name=most.name.text, count=form.integer(most.overdue.value)))
    is_live = level.share.fresh.freshness is Freshness.LIVE
    return Sentence(_TONES.get(level.share.band, "calm") if is_live else "stale", lead, " ".join(rest), link)


def _calls(asked: Asked, area: Area) -> tuple[CallLine, ...]:
    rooms = read_rooms(asked.services.config.state.reference)
    found = [_call(asked, level, line, area) for level, room in rooms.items() for line in room.lines]
    return tuple(one for one in found if one is not None)


def _call(asked: Asked, level: str, line: Line, area: Area) -> CallLine | None:
    values, department = asked.services.values, asked.scope.department
    indicator = values.indicators.get(line.indicator)
    if indicator is None or (department is not None and indicator.department != department.code):
        return None
    period = asked.scope.period if indicator.time == "flow" else indicator.headline_period
    shown = figure(asked.services, indicator.code, area.code, period)
    if shown.cell.state is State.NOT_APPLICABLE:
        return None
    heard = [values.sources[name].last_event_at for name in indicator.sources if name in values.sources]
    return CallLine(
        level=level,
        name=Link(asked.chosen(line.name_en, line.name_local), asked.indicator_href(indicator.code, area.code, period)),
        figure=shown,
        href=explain_here(asked, shown),
        newest=min((at for at in heard if at is not None), default=None),
    )
