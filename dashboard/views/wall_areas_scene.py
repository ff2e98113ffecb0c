"""Scene "Districts and taluks" of the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.views.history import DESK_WEEKS, NO_HISTORY, read_history
from dashboard.views.holding import read_held
from dashboard.views.today import today
from dashboard.views.wall_frame import Panel, Ranking
from dashboard.views.wall_rankings import area_ranking, worst_areas
from dashboard.views.wall_stage import StagedScene, placed
from dashboard.views.wall_standing import FROZEN, is_due
from dashboard.views.wall_tiles import TileRoom, districts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dashboard.views.holding import Held
    from dashboard.views.wall_frame import Bilingual, Frame
    from dashboard.views.wall_parts import Scene
    from dashboard.views.wall_stage import Stage

_MOST_AREAS: Final = 12


class DistrictsAndTaluks(StagedScene):
    """Where is it worst: all districts, and the worst of the areas that have daily series."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._at: datetime | None = None
        self._areas: tuple[str, ...] = ()
        self._held: Mapping[tuple[str, bool], Held] = {}
        self._history = NO_HISTORY

    def exists(self) -> bool:
        """Whether the catalogue has the chosen share."""
        return self._stage.choice.districts in self._stage.services.values.indicators

    def ask(self, now: datetime) -> None:
        """Once a minute: order of the taluks, who holds the cases there, weekly lines.

        Raises:
            EngineGoneError: the engine does not answer.
        """
        if not is_due(self._at, now, FROZEN):
            return
        services = self._stage.services
        count = self._stage.layout.rows(133, beside=130, most=_MOST_AREAS)
        areas = worst_areas(services, services.values.indicators[self._stage.choice.districts], count)
        above = [area.code for area in services.reference.by_level(services.reference.state.levels[1].code)]
        self._history = read_history(services, [*above, *areas], None, DESK_WEEKS, today(services))
        self._held = read_held(self._stage.asked, "overdue", areas) if areas else {}
        self._areas, self._at = areas, now

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with the tiles and the list; a small wall shows only the tiles, a long one only the list."""
        layout, code = scene.layout, self._stage.choice.districts
        listed = Ranking(
            heading=_plural_heading(scene),
            caption=(scene.text("taluks.caption"), scene.text("attention.caption_short"), ""),
            rows=area_ranking(scene, scene.services.values.indicators[code], self._areas, self._held, self._history),
            capacity=layout.rows(133, beside=130, most=_MOST_AREAS),
            calm="",
        )
        if layout.form == "long":
            return placed(frame, scene, Panel("zone", "ranking", listed))
        beside = 203 if layout.form == "wide" else 100
        rows = layout.rows(84, beside=beside, most=20)
        small = layout.form == "small"
        tall = layout.rows(117, beside=beside, most=20)
        room = TileRoom(min(rows, 7) if small else rows, tall, is_list=small, list_columns=2 if small else 1)
        tiles = districts(scene, code, "districts.heading", room, history=self._history)
        return placed(frame, scene, Panel("main", "tiles", tiles), Panel("side", "ranking", listed))


def _plural_heading(scene: Scene) -> Bilingual:
    """What areas with daily series are called, as a heading that says they are the worst."""
    state = scene.services.reference.state
    level = next(one for one in state.levels if one.code == state.series_level)
    return scene.both_with("taluks.heading", english=level.plural_en.lower(), local=level.plural_local)
