"""A wall in one language: one scene that stays, or several in turn by the engine's clock.

What its address pins comes before what the operator chose (dashboard/shown_scenes.py), and that before the settings.

Invariants: which scene is shown follows from the instant alone, so that all screens of a wall, and all processes that
serve them, show the same; while the engine is away the scene stays as it is.
"""

from __future__ import annotations

import logging
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.address import Address
from dashboard.freshness import LOST_AFTER_S
from dashboard.shown_scenes import ShownScenes
from dashboard.views.asked import Asked
from dashboard.views.scope import DEFAULT_PERIOD, Scope
from dashboard.views.wall_frame import Frame, Source
from dashboard.views.wall_layout import wall_layout
from dashboard.views.wall_parts import Scene
from dashboard.views.wall_player import dealt, player
from dashboard.views.wall_scenes import scenes_of
from dashboard.views.wall_setup import night_of, second_of
from dashboard.views.wall_stage import Stage
from dashboard.views.wall_standing import Standing
from dashboard.wall_choice import OWN_SCENES, read_choice
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dashboard.services import Services
    from dashboard.views.wall_frame import Fit
    from dashboard.views.wall_stage import StagedScene

_LOG = logging.getLogger(__name__)
#: An engine that has not answered for so long is not asked.
_ASK_WITHIN_S: Final = 3.0
#: Texts that the browser fills in itself, because they tick.
_WORDS: Final = (
    *("s", "min", "h", "d", "live", "live_nothing", "loading", "connecting", "delayed", "delayed_for"),
    *("lost", "lost_as_of"),
    *("chip_late", "chip_silent", "no_data", "weekdays", "next", "pinned"),
)


class Wall:
    """What a wall shows at each moment; keeps what must not jump between frames (row order, new-row marks)."""

    def __init__(self, services: Services, wall: str, lang: str, pinned: str = "", tile: int = 0) -> None:
        """Make it; nothing is read yet.

        Args:
            services: value copy, queries, reference data, configuration.
            wall: a name of [wall.<name>].
            lang: working language.
            pinned: the scene that stays; "" = the wall's scenes in turn.
            tile: which of four players it is; 0 = the whole wall.
        """
        setup = player(services.config.walls[wall], tile)
        self._tile = tile
        self._services, self._wall, self._setup = services, wall, setup
        self._asked = Asked(
            services, Address(f"/wall/{wall}"), Scope(None, None, DEFAULT_PERIOD), lang, second_of(setup, lang)
        )
        self._layout = wall_layout(wall, setup)
        self._standing = Standing(self._asked, self._layout.attention_rows)
        choice = read_choice(services.config.state.reference)
        self._stage = Stage(self._asked, self._layout, choice, self._standing)
        self._known = scenes_of(choice)
        self._pinned = (pinned,) if pinned else ()
        self._configured = setup.scenes or ("now",)
        self._chosen = ShownScenes(services.config.data.dir)
        self._scenes: dict[str, StagedScene] = {}
        self._engine = ""
        self._shown = self._wanted()[0]
        self._in_turn, self._until_s = self._wanted(), 0.0

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
        if values.engine_id != self._engine:
            self._engine = values.engine_id
            self._standing.forget()
        turns = self._in_turn = self._turns()
        if values.contact_age_s() < LOST_AFTER_S or self._shown not in turns:
            self._shown, self._until_s = self._turn(turns, now)
        if values.contact_age_s() < _ASK_WITHIN_S:
            self._ask(now)
        return self._frame(turns, now)

    def holds_s(self) -> float:
        """Seconds for which the scene stays the one that it is."""
        if len(self._wanted()) < 2:  # then it changes only when somebody chooses another
            return float("inf")
        now = self._services.values.now()
        return self._turn(self._in_turn, now)[1] - now.timestamp()

    def _turns(self) -> tuple[str, ...]:
        """Scenes that come in turn: those of which the catalogue has something, "State now" where it has of none."""
        return tuple(name for name in self._wanted() if self._scene(name).exists()) or ("now",)

    def _wanted(self) -> tuple[str, ...]:
        """Scenes that are to be shown, whether the catalogue has anything of them or not."""
        chosen = dealt([name for name in self._chosen.of(self._wall) if name in self._known], self._tile)
        return self._pinned or chosen or self._configured

    def _scene(self, name: str) -> StagedScene:
        if name not in self._scenes:
            self._scenes[name] = self._known[name](self._stage)
        return self._scenes[name]

    def _turn(self, turns: Sequence[str], now: datetime) -> tuple[str, float]:
        """The scene whose turn it is by the clock alone, and the instant at which the next one comes."""
        lasts_s = [self._setup.dwell_now_s if name == "now" else self._setup.dwell_s for name in turns]
        at, ends = now.timestamp(), list(accumulate(lasts_s))
        begun = at - at % ends[-1]
        return next((name, begun + end) for name, end in zip(turns, ends, strict=True) if at < begun + end)

    def _ask(self, now: datetime) -> None:
        """Ask the engine for what is due; what it cannot answer now stays as it was."""
        try:
            self._standing.ask(now)
            self._scene(self._shown).ask(now)
        except EngineGoneError as error:
            _LOG.warning("the wall keeps its lines and order: %s", error)

    def _frame(self, turns: tuple[str, ...], now: datetime) -> Frame:
        services, asked = self._services, self._asked
        scene = Scene(asked, self._layout, self._standing.history)
        is_long = self._layout.form == "long"
        name = "now" if is_long else self._shown
        rotates = len(turns) > 1
        frame = Frame(
            scene=self._shown,
            form=self._layout.form,
            lang=asked.lang,
            echo_lang=asked.other,
            zone=services.reference.state.timezone,
            zone_label=now.astimezone(services.zone).tzname() or "",
            title=_title(asked, name, asked.lang),
            title_echo=(*_title_echo(asked, name), ""),
            capacity=self._layout.attention_rows,
            events=self._standing.events(now),
            alarm=self._standing.alarm(now),
            sources=_sources(asked),
            scenes=tuple(_scene_name(asked, one, asked.lang) for one in turns),
            place=turns.index(self._shown),
            is_pinned=self._is_pinned(),
            until_ms=round(self._until_s * 1000) if rotates else None,
            night=night_of(self._wall, self._setup),
            legend=(asked.text("wall.legend"), asked.text("wall.legend_short"), ""),
            words={key: language.texts(asked.lang)[f"wall.{key}"] for key in _WORDS},
        )
        if is_long and self._shown != "now":
            frame = self._scene("now").fill(frame, scene, now)
        return self._scene(self._shown).fill(frame, scene, now)

    def _is_pinned(self) -> bool:
        """Whether somebody wants one scene to stay."""
        return bool(self._pinned) or len(self._chosen.of(self._wall)) == 1


def _title(asked: Asked, scene: str, lang: str) -> Fit:
    """Heading of the wall, with the state's name in the script of the language."""
    state = asked.services.reference.state
    name = asked.name_in(lang, state.name_en, state.name_local)
    if scene == "now":
        return (*(language.text(f"wall.{key}", lang, state=name) for key in ("title", "title_short")), name)
    short = _scene_name(asked, scene, lang)
    words = _level_words(asked, lang)
    key, words = (scene, words) if scene in OWN_SCENES else ("pack", {"pack": short[0]})
    return (language.text(f"wall.title_of.{key}", lang, state=name, **words), *short)


def _title_echo(asked: Asked, scene: str) -> Fit:
    """The heading in the language of echoes; only the state's name where that language has no texts."""
    if not asked.other:
        return ()
    has_texts = asked.other in language.languages()
    return _title(asked, scene, asked.other) if has_texts else (asked.services.reference.state.name_local,)


def scene_words(asked: Asked, scene: str) -> str:
    """What a scene is called, in the working language."""
    return _scene_name(asked, scene, asked.lang)[0]


def _scene_name(asked: Asked, scene: str, lang: str) -> Fit:
    for pack in read_choice(asked.services.config.state.reference).packs:
        if pack.scene == scene:
            return (asked.name_in(lang, pack.name_en, pack.name_local),)
    words = _level_words(asked, lang)
    return tuple(language.text(f"wall.{key}.{scene}", lang, **words) for key in ("scene", "scene_short"))


def _level_words(asked: Asked, lang: str) -> dict[str, str]:
    """What the level below the state and the one with daily series are called: districts and taluks, or otherwise."""
    state = asked.services.reference.state
    series = next(level for level in state.levels if level.code == state.series_level)
    first, second = (asked.name_in(lang, one.plural_en, one.plural_local) for one in (state.levels[1], series))
    return {"First": first, "first": first.lower(), "second": second.lower()}


def _sources(asked: Asked) -> tuple[Source, ...]:
    """Systems that are expected to send; of a log loaded by hand there is no age to watch."""
    return tuple(
        Source(
            name=one.name,
            title=asked.chosen(one.title, one.title_local),
            last_event_at_ms=form.millis(one.last_event_at),
            late_at_ms=form.millis(one.late_at),
            silent_at_ms=form.millis(one.silent_at),
        )
        for one in asked.services.values.status.sources
        if one.expected_interval_s > 0
    )
