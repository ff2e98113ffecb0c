"""Scene "State now": is the state all right at this moment, and where not?

Invariants: figures are those of the moment; the order of the attention list stands still for a minute at a time, so
that it can be read; what the engine must be asked for (lines, holders, events) is asked rarely and kept while it is
away, because the browser says by itself that it is.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.address import Address
from dashboard.views.asked import Asked
from dashboard.views.attention import Ranked, rank, read_bands
from dashboard.views.history import EXPLAIN_WEEKS, NO_HISTORY, read_history
from dashboard.views.place import other_language, service_name
from dashboard.views.scope import DEFAULT_PERIOD, Scope
from dashboard.views.today import today
from dashboard.views.wall_attention import attention, read_week_ago, what_of, where_of
from dashboard.views.wall_frame import Event, Frame, Source
from dashboard.views.wall_layout import wall_layout
from dashboard.views.wall_parts import Scene, departments, districts, numbers
from dashboard.views.wall_watch import Watch
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.copy import ValueCopy
    from dashboard.services import Services
    from dashboard.views.wall_frame import Fit

_LOG = logging.getLogger(__name__)
_FROZEN: Final = timedelta(seconds=60)
_NEW_FOR: Final = timedelta(seconds=60)
_HISTORY_EVERY: Final = timedelta(seconds=60)
_EVENTS_EVERY: Final = timedelta(seconds=8)
_EVENT_KINDS: Final = ("case.decided", "case.delivered", "case.reopened")
_EVENTS_ASKED: Final = 6
#: Turns to red are told for so long.
_TURN_TOLD_FOR: Final = timedelta(minutes=10)
#: An engine that has not answered for so long is not asked.
_ASK_WITHIN_S: Final = 3.0
#: Texts that the browser fills in itself, because they tick.
_WORDS: Final = (
    *("s", "min", "h", "d", "live", "live_nothing", "loading", "connecting", "lost", "lost_as_of"),
    *("chip_late", "chip_silent", "no_data", "weekdays"),
)


class StateNow:
    """The scene for one wall in one language."""

    def __init__(self, services: Services, wall: str, lang: str) -> None:
        """Make it; nothing is read yet.

        Args:
            services: value copy, queries, reference data, configuration.
            wall: a name of [wall.<name>].
            lang: working language.
        """
        self._services = services
        self._asked = Asked(services, Address(f"/wall/{wall}"), Scope(None, None, DEFAULT_PERIOD), lang)
        self._layout = wall_layout(wall, services.config.walls[wall])
        self._watch = Watch(services)
        self._engine = ""
        self._history = NO_HISTORY
        self._history_at: datetime | None = None
        self._ranked, self._ranked_phase = Ranked(), ""
        self._ranked_at: datetime | None = None
        self._week_ago: dict[str, float] = {}
        self._entered: dict[str, datetime] = {}
        self._events: tuple[Event, ...] = ()
        self._events_at: datetime | None = None

    def build(self) -> Frame:
        """The view model of this moment.

        Raises:
            EngineGoneError: nothing was ever heard of the engine.
        """
        values = self._services.values
        if not values.loaded:
            message = "the engine has not answered since this process began"
            raise EngineGoneError(message)
        now = values.now()
        self._forget_other_engine(values)
        if values.contact_age_s() < _ASK_WITHIN_S:
            self._ask(now)
        return self._frame(Scene(self._asked, self._layout, self._history), now)

    def _forget_other_engine(self, values: ValueCopy) -> None:
        if values.engine_id != self._engine:
            self._engine = values.engine_id
            self._history_at = self._ranked_at = self._events_at = None

    def _ask(self, now: datetime) -> None:
        """Ask the engine for what is due; what it cannot answer now stays as it was."""
        try:
            self._ask_history(now)
            self._ask_ranking(now)
            self._ask_events(now)
        except EngineGoneError as error:
            _LOG.warning("the wall keeps its lines and order: %s", error)

    def _ask_history(self, now: datetime) -> None:
        if _is_due(self._history_at, now, _HISTORY_EVERY):
            self._history_at = now
            state = self._services.reference.areas[0].code
            self._history = read_history(self._services, [state], None, EXPLAIN_WEEKS, today(self._services))

    def _ask_ranking(self, now: datetime) -> None:
        phase = self._services.values.status.phase
        if not _is_due(self._ranked_at, now, _FROZEN) and phase == self._ranked_phase:
            return
        is_first = self._ranked_at is None or phase != self._ranked_phase
        self._ranked_at, self._ranked_phase = now, phase
        bands = read_bands(self._services)
        self._watch.look(bands, now, today(self._services))
        ranked = rank(self._asked, bands, self._layout.attention_rows)
        self._week_ago = read_week_ago(self._services, ranked.concerns)
        known = {} if is_first else self._entered
        begun = now - _NEW_FOR if is_first else now
        self._entered = {one.id: known.get(one.id, begun) for one in ranked.concerns}
        self._ranked = ranked

    def _ask_events(self, now: datetime) -> None:
        if not _is_due(self._events_at, now, _EVENTS_EVERY):
            return
        self._events_at = now
        state = self._services.reference.areas[0].code
        table = self._services.rows("recent_events", area=state, kinds=list(_EVENT_KINDS), limit=_EVENTS_ASKED)
        self._events = tuple(self._event(row) for row in table.to_pylist() if row["service"] and row["area"])

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
            for turn in self._watch.turns
            if now - turn.at < _TURN_TOLD_FOR
        )

    def _frame(self, scene: Scene, now: datetime) -> Frame:
        services, asked = self._services, self._asked
        since = form.clock(self._watch.since, services.zone)
        new = frozenset(one for one, at in self._entered.items() if now - at < _NEW_FOR)
        return Frame(
            scene="now",
            form=self._layout.form,
            lang=asked.lang,
            echo_lang=other_language(services, asked.lang),
            zone=services.reference.state.timezone,
            zone_label=now.astimezone(services.zone).tzname() or "",
            title=_title(asked, asked.lang),
            title_echo=(*_title(asked, other_language(services, asked.lang)), ""),
            capacity=self._layout.attention_rows,
            numbers=numbers(scene),
            districts=districts(scene),
            attention=attention(scene, self._ranked, self._week_ago, new, self._watch.cleared(since)),
            departments=departments(scene),
            events=(*self._turns(now), *self._events),
            sources=_sources(asked),
            scenes=(asked.text("wall.scene.now"),),
            place=0,
            legend=(asked.text("wall.legend"), asked.text("wall.legend_short"), ""),
            words={key: language.texts(asked.lang)[f"wall.{key}"] for key in _WORDS},
        )


def _title(asked: Asked, lang: str) -> Fit:
    """Heading of the wall, with the state's name in the script of the language."""
    state = asked.services.reference.state
    name = language.chosen(state.name_en, state.name_local, lang)
    return (*(language.text(f"wall.{key}", lang, state=name) for key in ("title", "title_short")), name)


def _sources(asked: Asked) -> tuple[Source, ...]:
    """Systems that are expected to send; of a log loaded by hand there is no age to watch."""
    return tuple(
        Source(
            name=one.name,
            title=asked.chosen(one.title, one.title_local),
            last_event_at_ms=None if one.last_event_at is None else round(one.last_event_at.timestamp() * 1000),
            expected_interval_s=one.expected_interval_s,
        )
        for one in asked.services.values.status.sources
        if one.expected_interval_s > 0
    )


def _texts(asked: Asked, key: str, **parts: Fit) -> Fit:
    """One sentence with its parts ever shorter, longest first."""
    steps = max(len(choices) for choices in parts.values())
    cut = [{name: fit[min(step, len(fit) - 1)] for name, fit in parts.items()} for step in range(steps)]
    return tuple(dict.fromkeys(asked.text(key, **texts) for texts in cut))


def _is_due(at: datetime | None, now: datetime, every: timedelta) -> bool:
    return at is None or now - at >= every or now < at
