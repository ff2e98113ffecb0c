"""Scene "About to breach" of the wall."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.views.figure import figure
from dashboard.views.holding import holding, read_holders
from dashboard.views.wall_frame import Hours, Number, Panel, Ranking, Tick
from dashboard.views.wall_parts import mark_of, stale_note
from dashboard.views.wall_rankings import office_ranking, soon
from dashboard.views.wall_stage import StagedScene, placed
from dashboard.views.wall_standing import FROZEN, is_due

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.views.holding import Holder
    from dashboard.views.wall_frame import Bilingual, Frame
    from dashboard.views.wall_parts import Scene
    from dashboard.views.wall_stage import Stage

#: Hours ahead of the numbers, for walls with room for all of them and for three.
_SPANS_H: Final = (6, 12, 24, 48)
_FEW_SPANS_H: Final = (6, 24, 48)
_HOURS: Final = 48
_TICK_EVERY_H: Final = 12
_MOST_OFFICES: Final = 8


class AboutToBreach(StagedScene):
    """What passes its limit in the next two days, hour by hour, and who holds it."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._at: datetime | None = None
        self._holders: tuple[Holder, ...] = ()
        self._hours: tuple[tuple[datetime, int], ...] = ()

    def ask(self, now: datetime) -> None:
        """Once a minute: cases by hour, and who holds them.

        Raises:
            EngineGoneError: the engine does not answer.
        """
        if not is_due(self._at, now, FROZEN):
            return
        asked, state = self._stage.asked, self._stage.services.reference.areas[0].code
        rows = self._stage.services.rows("due_by_hour", area=state, now=now, hours=_HOURS)
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
            return placed(frame, scene, Panel("zone", "ranking", listed))
        shown = self._numbers(scene, now)
        panels = (Panel("main", "hours", self._curve(scene, now)), Panel("side", "ranking", listed))
        return placed(frame, scene, *panels, strip=shown)

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


def _within_label(scene: Scene, hours: int) -> Bilingual:
    return scene.both_with("breach.within", english=str(hours), local=str(hours))
