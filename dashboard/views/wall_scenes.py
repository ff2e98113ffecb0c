"""The scenes of a wall: each fills a frame with its panels.

Invariants: figures are those of the moment; the order of rows stands still for a minute; a scene of which the
catalogue has nothing does not exist. On a long wall "State now" always stands, and the other scenes have its fourth
zone in turn; a small wall shows one idea of each scene.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from dashboard import format as form
from dashboard.views.figure import figure
from dashboard.views.history import DESK_WEEKS, NO_HISTORY, read_history
from dashboard.views.holding import holding, read_held, read_holders
from dashboard.views.today import today
from dashboard.views.wall_attention import attention
from dashboard.views.wall_cards import cards, chosen_numbers, has_cards
from dashboard.views.wall_departments import all_departments, departments
from dashboard.views.wall_frame import Bilingual, Hours, Number, Panel, Ranking, Tick
from dashboard.views.wall_parts import mark_of, numbers, stale_note
from dashboard.views.wall_rankings import area_ranking, department_ranking, office_ranking, soon, worst_areas
from dashboard.views.wall_standing import FROZEN, is_due
from dashboard.views.wall_tiles import TileRoom, districts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from dashboard.views.holding import Held, Holder
    from dashboard.views.wall_frame import Frame
    from dashboard.views.wall_layout import Layout
    from dashboard.views.wall_parts import Scene
    from dashboard.views.wall_standing import Standing
    from dashboard.wall_choice import WallChoice

#: Hours ahead of the numbers of "About to breach", for walls with room for all of them and for three.
_SPANS_H: Final = (6, 12, 24, 48)
_FEW_SPANS_H: Final = (6, 24, 48)
_HOURS: Final = 48
_TICK_EVERY_H: Final = 12
_MOST_AREAS: Final = 12
_MOST_OFFICES: Final = 8
_MOST_DEPARTMENTS: Final = 8
_MOST_LINES: Final = 4


@dataclass(frozen=True, slots=True)
class Stage:
    """What scenes are made with.

    Attributes:
        asked: value copy, queries, reference data, working language.
        layout: what has room.
        choice: which indicators the state wants to see.
        standing: attention list and watch, which all scenes share.
    """

    asked: Asked
    layout: Layout
    choice: WallChoice
    standing: Standing

    @property
    def services(self) -> Services:
        """Value copy, queries, reference data."""
        return self.asked.services


class FilledScene(Protocol):
    """One scene."""

    def exists(self) -> bool:
        """Whether the catalogue has anything of it."""
        ...

    def ask(self, now: datetime) -> None:
        """Ask the engine for what is due.

        Raises:
            EngineGoneError: it does not answer; what it cannot answer now stays as it was.
        """
        ...

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with the panels of the scene.

        Args:
            frame: what all scenes have in common.
            scene: value copy, language, what has room.
            now: the engine's instant.
        """
        ...


class StateNow:
    """Is the state all right at this moment, and where not?"""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def exists(self) -> bool:
        """Always."""
        return True

    def ask(self, now: datetime) -> None:
        """Nothing: the standing part has asked."""

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


class DistrictsAndTaluks:
    """Where is it worst: all districts, and the worst of the areas that have daily series."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
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
            return _placed(frame, scene, Panel("zone", "ranking", listed))
        beside = 203 if layout.form == "wide" else 100
        rows = layout.rows(84, beside=beside, most=20)
        small = layout.form == "small"
        tall = layout.rows(117, beside=beside, most=20)
        room = TileRoom(min(rows, 7) if small else rows, tall, is_list=small, list_columns=2 if small else 1)
        tiles = districts(scene, code, "districts.heading", room, history=self._history)
        return _placed(frame, scene, Panel("main", "tiles", tiles), Panel("side", "ranking", listed))


class AboutToBreach:
    """What passes its limit in the next two days, hour by hour, and who holds it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._at: datetime | None = None
        self._holders: tuple[Holder, ...] = ()
        self._hours: tuple[tuple[datetime, int], ...] = ()

    def exists(self) -> bool:
        """Always: every state has limits."""
        return True

    def ask(self, now: datetime) -> None:
        """Once a minute: cases by hour, and who holds them.

        Raises:
            EngineGoneError: the engine does not answer.
        """
        if not is_due(self._at, now, FROZEN):
            return
        asked, state = self._stage.asked, self._stage.services.reference.areas[0].code
        rows = self._stage.services.rows("due_by_hour", area=state, now=now, hours=_HOURS).to_pylist()
        self._holders = holding(read_holders(asked, "due48", state)).holders[:_MOST_OFFICES]
        self._hours = tuple((row["hour_at"], int(row["cases"])) for row in rows)
        self._at = now

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with numbers, curve and offices; a small or long wall does without the curve."""
        layout = scene.layout
        capacity = layout.rows(
            122 if layout.form == "small" else 150, beside=130, most=_MOST_OFFICES, above=layout.short_strip_height
        )
        listed = Ranking(
            heading=scene.both("breach.offices"),
            caption=(scene.text("breach.offices_caption"), ""),
            rows=office_ranking(scene, self._holders[:capacity]),
            capacity=capacity,
            calm="" if self._holders else scene.text("breach.calm"),
        )
        if layout.form == "long":
            return _placed(frame, scene, Panel("zone", "ranking", listed))
        shown = self._numbers(scene, now)
        panels = (Panel("main", "hours", self._curve(scene, now)), Panel("side", "ranking", listed))
        return _placed(frame, scene, *panels, strip=shown)

    def _within(self, now: datetime, hours: int) -> int:
        return sum(cases for at, cases in self._hours if at < now + timedelta(hours=hours))

    def _numbers(self, scene: Scene, now: datetime) -> tuple[Number, ...]:
        due = figure(scene.services, "gov_due_48h", scene.state.code, "mtd")
        stale = stale_note(scene, due)
        return tuple(
            Number(
                code=f"due_{hours}h",
                label=_within_label(scene, hours),
                mark=mark_of(due),
                value=(form.NOT_APPLICABLE,) if due.value is None else (form.integer(self._within(now, hours)),),
                unit="",
                freshness=due.fresh.freshness.value,
                arrow="",
                change="",
                note=stale or (scene.text("breach.until", clock=soon(scene, now + timedelta(hours=hours))), ""),
                spark=None,
            )
            for hours in (_FEW_SPANS_H if scene.layout.form == "small" else _SPANS_H)
        )

    def _curve(self, scene: Scene, now: datetime) -> Hours:
        total = self._within(now, _HOURS)
        most = max(total, 1)
        return Hours(
            heading=scene.both("breach.curve"),
            caption=(scene.text("breach.curve_caption"), ""),
            heights=tuple(round(100 * self._within(now, hours) / most, 1) for hours in range(_HOURS + 1)),
            hours=tuple(
                Tick(100 * hours / _HOURS, soon(scene, now + timedelta(hours=hours)))
                for hours in range(0, _HOURS, _TICK_EVERY_H)
            ),
            counts=tuple(
                Tick(round(100 * count / most, 1), form.integer(count)) for count in sorted({0, total // 2, total})
            ),
        )


class AllDepartments:
    """Every department with its red and amber indicators, and what is worst in the worst of them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def exists(self) -> bool:
        """Always."""
        return True

    def ask(self, now: datetime) -> None:
        """Nothing: all of it is in the value copy."""

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with all departments, and beside them the worst ones where there is room."""
        layout = scene.layout
        small = layout.form == "small"
        counts = all_departments(scene, 2, layout.rows(64, beside=170 if small else 290, most=40))
        if layout.form == "long":
            return _placed(frame, scene, Panel("zone", "counts", counts))
        worst = department_ranking(scene, layout.rows(165, beside=130, most=_MOST_DEPARTMENTS))
        return _placed(frame, scene, Panel("main", "counts", counts), Panel("side", "ranking", worst))


class Resources:
    """Where will something run out first: beds, oxygen, power, water, buses, grain."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def exists(self) -> bool:
        """Whether the catalogue has anything of the chosen cards."""
        return has_cards(self._stage.services, self._stage.choice.resources)

    def ask(self, now: datetime) -> None:
        """Nothing: all of it is in the value copy."""

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with the cards."""
        layout, chosen = scene.layout, self._stage.choice.resources
        columns = 4 if layout.form == "wide" else 2
        rows = -(-len(chosen) // columns)
        lines = _card_lines(layout.slot_height, rows)
        slot: Final = "zone" if layout.form == "long" else "full"
        return _placed(frame, scene, Panel(slot, "cards", cards(scene, chosen, columns, lines)))


class Citizens:
    """Were people served: their answers, what was opened again, grievances and helplines."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def exists(self) -> bool:
        """Whether the catalogue has anything of the choice."""
        services, choice = self._stage.services, self._stage.choice
        return has_cards(services, choice.citizens) or choice.satisfaction in services.values.indicators

    def ask(self, now: datetime) -> None:
        """Nothing: all of it is in the value copy."""

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with numbers, districts and cards; a small wall without districts, a long one only the cards."""
        layout, choice = scene.layout, self._stage.choice
        rows = -(-len(choice.citizens) // 2)
        if layout.form == "long":
            made = cards(scene, choice.citizens, 2, _card_lines(layout.slot_height, rows))
            return _placed(frame, scene, Panel("zone", "cards", made))
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
        return _placed(frame, scene, *panels, strip=chosen_numbers(scene, choice.numbers, layout.numbers))


#: By name, as they stand in the settings.
SCENES: Final[
    Mapping[
        str, Callable[[Stage], StateNow | DistrictsAndTaluks | AboutToBreach | AllDepartments | Resources | Citizens]
    ]
] = {
    "now": StateNow,
    "districts": DistrictsAndTaluks,
    "breach": AboutToBreach,
    "departments": AllDepartments,
    "resources": Resources,
    "citizens": Citizens,
}
#: The half that a small wall shows of scenes that have two.
_SMALL_SLOTS: Final = {"districts": ("main",), "breach": ("side",), "departments": ("main",), "citizens": ("side",)}


def _placed(frame: Frame, scene: Scene, *panels: Panel, strip: tuple[Number, ...] = ()) -> Frame:
    """The frame with panels; on a long wall beside what stands there already, on a small one only what has room."""
    if scene.layout.form == "long":
        return replace(frame, departments=None, panels=panels)
    kept = _SMALL_SLOTS.get(frame.scene) if scene.layout.form == "small" else None
    shown = tuple(replace(one, slot="full") for one in panels if one.slot in kept) if kept else panels
    return replace(frame, panels=shown, numbers=strip)


def _card_lines(height: int, rows: int) -> int:
    """Indicators that a card has room for when so many cards stand one below the other."""
    return max(1, min(_MOST_LINES, ((height - 28 * (rows - 1)) // rows - 120) // 136))


def _plural_heading(scene: Scene) -> Bilingual:
    """What areas with daily series are called, as a heading that says they are the worst."""
    state = scene.services.reference.state
    level = next(one for one in state.levels if one.code == state.series_level)
    return scene.both_with("taluks.heading", english=level.plural_en.lower(), local=level.plural_local)


def _within_label(scene: Scene, hours: int) -> Bilingual:
    return scene.both_with("breach.within", english=str(hours), local=str(hours))
