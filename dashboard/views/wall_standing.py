"""What every scene of a wall shows around its panels: what has just happened, and what needs attention.

Invariants: what the engine must be asked for (lines, holders, events) is asked rarely and kept while it is away,
because the browser says by itself that it is; the watch goes on whichever scene is shown, so that what turned red is
told in all of them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.views.attention import Ranked, rank, read_bands
from dashboard.views.danger import Alarm, danger_parts
from dashboard.views.history import EXPLAIN_WEEKS, NO_HISTORY, read_history
from dashboard.views.place import service_name
from dashboard.views.today import today
from dashboard.views.wall_attention import read_week_ago, what_of, where_of
from dashboard.views.wall_frame import Event
from dashboard.views.wall_watch import Watch

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.views.asked import Asked
    from dashboard.views.wall_frame import Fit

#: Row order stands still for so long.
FROZEN: Final = timedelta(seconds=60)
_NEW_FOR: Final = timedelta(seconds=60)
_HISTORY_EVERY: Final = timedelta(seconds=60)
_EVENTS_EVERY: Final = timedelta(seconds=8)
_EVENT_KINDS: Final = ("case.decided", "case.delivered", "case.reopened")
_EVENTS_ASKED: Final = 6
#: Turns to red are told for so long.
_TURN_TOLD_FOR: Final = timedelta(minutes=10)


class Standing:
    """Lines of the state, attention list, watch and events of one wall in one language."""

    def __init__(self, asked: Asked, attention_rows: int) -> None:
        """Make it; nothing is read yet.

        Args:
            asked: value copy, queries, reference data, working language.
            attention_rows: rows of the attention list.
        """
        self._asked, self._services, self._rows = asked, asked.services, attention_rows
        self.watch = Watch(asked.services)
        self._alarm = Alarm(asked.services)
        self.history = NO_HISTORY
        self.ranked = Ranked()
        self.week_ago: dict[str, float] = {}
        self._events: tuple[Event, ...] = ()
        self._entered: dict[str, datetime] = {}
        self._ranked_phase = ""
        self._history_at: datetime | None = None
        self._ranked_at: datetime | None = None
        self._events_at: datetime | None = None

    def forget(self) -> None:
        """Ask for everything anew: it is another engine."""
        self._history_at = self._ranked_at = self._events_at = None

    def ask(self, now: datetime) -> None:
        """Ask the engine for what is due.

        Raises:
            EngineGoneError: it does not answer; what it cannot answer now stays as it was.
        """
        self._ask_history(now)
        self._ask_ranking(now)
        self._ask_events(now)

    def entered_lately(self, now: datetime) -> frozenset[str]:
        """Ids of concerns that came into the list less than a minute ago."""
        return frozenset(one for one, at in self._entered.items() if now - at < _NEW_FOR)

    def events(self, now: datetime) -> tuple[Event, ...]:
        """What turned red lately, then what happened last."""
        return (*self._turns(now), *self._events)

    def alarm(self, now: datetime) -> Event | None:
        """A danger to life that nobody has acknowledged yet."""
        told = self._alarm.look(now)
        if told is None:
            return None
        (danger, since), asked, code = told, self._asked, told[0].line.indicator
        what, value, place = danger_parts(asked, danger)
        if not danger.is_current:
            at = form.clock_or_day(self._services.values.as_of(code).at, now, self._services.zone)
            place = tuple(f"{one} · {asked.text('wall.as_of', clock=at)}" for one in place)
        return Event(
            id=f"{code}|{danger.area}|{since.isoformat()}",
            clock=form.clock(since, self._services.zone),
            text=(
                *_texts(asked, "wall.event.danger", what=(what,), value=(value,), place=place),
                *_texts(asked, "wall.event.danger_short", what=(what,), place=place[-2:]),
            ),
            red=True,
        )

    def _ask_history(self, now: datetime) -> None:
        if is_due(self._history_at, now, _HISTORY_EVERY):
            self._history_at = now
            state = self._services.reference.areas[0].code
            self.history = read_history(self._services, [state], None, EXPLAIN_WEEKS, today(self._services))

    def _ask_ranking(self, now: datetime) -> None:
        phase = self._services.values.status.phase
        if not is_due(self._ranked_at, now, FROZEN) and phase == self._ranked_phase:
            return
        is_first = self._ranked_at is None or phase != self._ranked_phase
        self._ranked_at, self._ranked_phase = now, phase
        bands = read_bands(self._services)
        self.watch.look(bands, now, today(self._services))
        ranked = rank(self._asked, bands, self._rows)
        self.week_ago = read_week_ago(self._services, ranked.concerns)
        known = {} if is_first else self._entered
        begun = now - _NEW_FOR if is_first else now
        self._entered = {one.id: known.get(one.id, begun) for one in ranked.concerns}
        self.ranked = ranked

    def _ask_events(self, now: datetime) -> None:
        if not is_due(self._events_at, now, _EVENTS_EVERY):
            return
        self._events_at = now
        state = self._services.reference.areas[0].code
        rows = self._services.rows("recent_events", area=state, kinds=list(_EVENT_KINDS), limit=_EVENTS_ASKED)
        self._events = tuple(self._event(row) for row in rows if row["service"] and row["area"])

    def _event(self, row: dict[str, object]) -> Event:
        asked = self._asked
        at: datetime = row["occurred_at"]  # type: ignore[assignment]
        key = f"wall.event.{str(row['kind']).replace('.', '_')}"
        key = f"{key}_{row['outcome']}" if row.get("outcome") else key
        name = service_name(asked, str(row["service"]))
        return Event(
            id=str(row.get("event_id") or f"{row['case_id']}|{row['kind']}|{at.isoformat()}"),
            clock=form.clock(at, self._services.zone),
            text=_texts(asked, key, service=(name, name.split(" (")[0]), place=where_of(asked, str(row["area"]))),
            red=False,
        )

    def _turns(self, now: datetime) -> tuple[Event, ...]:
        asked, indicators = self._asked, self._services.values.indicators
        return tuple(
            Event(
                id=f"{turn.concern.id}|{turn.at.isoformat()}",
                clock=form.clock(turn.at, self._services.zone),
                text=_texts(
                    asked,
                    "wall.event.turned_red",
                    what=what_of(asked, indicators[turn.concern.indicator]),
                    place=where_of(asked, turn.concern.area),
                ),
                red=True,
            )
            for turn in self.watch.turns
            if now - turn.at < _TURN_TOLD_FOR
        )


def is_due(at: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether something that was last done at an instant is to be done again."""
    return at is None or now - at >= every or now < at


def _texts(asked: Asked, key: str, **parts: Fit) -> Fit:
    """One sentence with its parts ever shorter, longest first."""
    steps = max(len(choices) for choices in parts.values())
    cut = [{name: fit[min(step, len(fit) - 1)] for name, fit in parts.items()} for step in range(steps)]
    return tuple(dict.fromkeys(asked.text(key, **texts) for texts in cut))
