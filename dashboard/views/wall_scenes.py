"""The scenes of a wall: each fills a frame with its panels.

Invariants: figures are those of the moment; the order of rows stands still for a minute; a scene of which the
catalogue has nothing does not exist. On a long wall "State now" always stands, and the other scenes have its fourth
zone in turn; a small wall shows one idea of each scene.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.views.wall_areas_scene import DistrictsAndTaluks
from dashboard.views.wall_attention import attention
from dashboard.views.wall_breach_scene import AboutToBreach
from dashboard.views.wall_cards import cards, chosen_numbers, has_cards
from dashboard.views.wall_departments import all_departments, departments
from dashboard.views.wall_frame import Panel
from dashboard.views.wall_lasting import lasting_numbers
from dashboard.views.wall_parts import numbers
from dashboard.views.wall_rankings import department_ranking
from dashboard.views.wall_review import Review
from dashboard.views.wall_stage import StagedScene, placed
from dashboard.views.wall_tiles import TileRoom, districts
from dashboard.wall_choice import OWN_SCENES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from dashboard.views.wall_frame import Frame
    from dashboard.views.wall_parts import Scene
    from dashboard.views.wall_stage import Stage
    from dashboard.wall_choice import Pack, WallChoice

_MOST_DEPARTMENTS: Final = 8
_MOST_LINES: Final = 4


class StateNow(StagedScene):
    """Is the state all right at this moment, and where not?"""

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with numbers, districts, attention list and departments."""
        standing, layout = self._stage.standing, scene.layout
        since = form.clock(standing.watch.since, scene.services.zone)
        room = TileRoom(layout.district_rows, layout.tall_rows, is_list=layout.form == "small")
        return replace(
            frame,
            numbers=numbers(scene),
            districts=districts(scene, "gov_overdue_share", "districts.heading", room),
            attention=attention(
                scene,
                standing.ranked,
                standing.week_ago,
                standing.entered_lately(now),
                standing.watch.cleared(since),
            ),
            departments=departments(scene),
        )


class AllDepartments(StagedScene):
    """Every department with its red and amber indicators, and what is worst in the worst of them."""

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with all departments, and beside them the worst ones where there is room."""
        layout = scene.layout
        small = layout.form == "small"
        counts = all_departments(scene, 2, layout.rows(64, beside=170 if small else 290, most=40))
        if layout.form == "long":
            return placed(frame, scene, Panel("zone", "counts", counts))
        worst = department_ranking(scene, layout.rows(165, beside=130, most=_MOST_DEPARTMENTS))
        return placed(frame, scene, Panel("main", "counts", counts), Panel("side", "ranking", worst))


class Resources(StagedScene):
    """Where will something run out first: beds, oxygen, power, water, buses, grain; or what a pack chooses instead."""

    def __init__(self, stage: Stage, pack: Pack | None = None) -> None:
        """Nothing is asked yet.

        Args:
            stage: what scenes are made with.
            pack: what is shown; None = the resources and utilities of every day.
        """
        super().__init__(stage)
        choice = stage.choice
        self._is_everyday = pack is None
        self._lasting, self._cards = (choice.lasting, choice.resources) if pack is None else (pack.lasting, pack.cards)

    def exists(self) -> bool:
        """Whether the catalogue has anything of the chosen cards."""
        return has_cards(self._stage.services, self._cards)

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with the cards; above them, where there is room, what lasts shortest."""
        layout = scene.layout
        columns = 4 if layout.form == "wide" else 2
        rows = -(-len(self._cards) // columns)
        strip = lasting_numbers(scene, self._lasting, layout.numbers) if layout.form == "wide" else ()
        above = {one.code for one in strip}
        chosen = [
            replace(card, lines=tuple(line for line in card.lines if line.indicator not in above))
            for card in self._cards
        ]
        lines = _card_lines(layout.slot_height - (layout.short_strip_height if strip else 0), rows)
        slot: Final = "zone" if layout.form == "long" else "full"
        made = cards(scene, chosen, columns, lines, at_worst=layout.form == "small" and self._is_everyday)
        return placed(frame, scene, Panel(slot, "cards", made), strip=strip)


class Citizens(StagedScene):
    """Were people served: their answers, what was opened again, grievances and helplines."""

    def exists(self) -> bool:
        """Whether the catalogue has anything of the choice."""
        services, choice = self._stage.services, self._stage.choice
        return has_cards(services, choice.citizens) or choice.satisfaction in services.values.indicators

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with numbers, districts and cards; a small wall without districts, a long one only the cards."""
        layout, choice = scene.layout, self._stage.choice
        rows = -(-len(choice.citizens) // 2)
        if layout.form == "long":
            made = cards(scene, choice.citizens, 2, _card_lines(layout.slot_height, rows))
            return placed(frame, scene, Panel("zone", "cards", made))
        panels = []
        if choice.satisfaction in scene.services.values.indicators:
            room = TileRoom(
                layout.rows(84, beside=203, most=20, above=layout.strip_height),
                layout.rows(117, beside=203, most=20, above=layout.strip_height),
            )
            panels.append(Panel("main", "tiles", districts(scene, choice.satisfaction, "citizens.districts", room)))
        if has_cards(scene.services, choice.citizens):
            lines = _card_lines(layout.slot_height - layout.strip_height, rows)
            panels.append(Panel("side", "cards", cards(scene, choice.citizens, 2, lines)))
        return placed(frame, scene, *panels, strip=chosen_numbers(scene, choice.numbers, layout.numbers))


#: Of every state, in the order of OWN_SCENES.
_OWN: Final[tuple[Callable[[Stage], StagedScene], ...]] = (
    StateNow,
    DistrictsAndTaluks,
    AboutToBreach,
    AllDepartments,
    Resources,
    Citizens,
    Review,
)
#: Scenes that come only when somebody pins them.
PINNED: Final = frozenset({"review"})


def scenes_of(choice: WallChoice) -> Mapping[str, Callable[[Stage], StagedScene]]:
    """All scenes of a state by name: those of every state, then its packs."""
    packs = {pack.scene: partial(Resources, pack=pack) for pack in choice.packs}
    return {**dict(zip(OWN_SCENES, _OWN, strict=True)), **packs}


def _card_lines(height: int, rows: int) -> int:
    """Indicators that a card has room for when so many cards stand one below the other."""
    return max(1, min(_MOST_LINES, ((height - 28 * (rows - 1)) // rows - 120) // 136))
