"""Scene "Review", pinned for a meeting: what to ask today, of whom – the questions of /review about the state."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dashboard.views.figure import figure
from dashboard.views.review import review_questions
from dashboard.views.wall_frame import Panel, QuestionRow, Questions
from dashboard.views.wall_parts import numbers, stale_note
from dashboard.views.wall_stage import StagedScene, placed
from dashboard.views.wall_standing import FROZEN, is_due
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dashboard.views.review import Question
    from dashboard.views.wall_frame import Fit, Frame, Mark
    from dashboard.views.wall_parts import Scene
    from dashboard.views.wall_stage import Stage

_MOST_ROWS: Final = 9
#: Fewer questions than this do not get taller rows.
_LEAST_ROWS: Final = 4
#: Height of a row, and of heading and padding, by arrangement.
_ROW: Final = {"small": 122, "wide": 200, "long": 220}
_BESIDE: Final = {"small": 90, "wide": 150, "long": 150}
_MARKS: Final[dict[Band, Mark]] = {Band.RED: "red", Band.AMBER: "amber"}


class Review(StagedScene):
    """What to ask today, each with what was found and who answers."""

    def __init__(self, stage: Stage) -> None:
        """Nothing is asked yet. Args: as for every scene."""
        super().__init__(stage)
        self._found: tuple[Question, ...] | None = None
        self._at: datetime | None = None

    def ask(self, now: datetime) -> None:
        """Look for questions once a minute; while the engine does not answer the last ones stay."""
        if not is_due(self._at, now, FROZEN):
            return
        asked = self._stage.asked
        found = review_questions(asked, asked.services.reference.areas[0])
        if found is not None:
            self._found, self._at = found, now

    def fill(self, frame: Frame, scene: Scene, now: datetime) -> Frame:
        """The frame with the state's numbers and the questions that have room, some of every kind."""
        layout = scene.layout
        capacity = layout.rows(
            _ROW[layout.form], beside=_BESIDE[layout.form], most=_MOST_ROWS, above=layout.strip_height
        )
        shown = some_of_each(self._found or (), capacity)
        calm = "" if shown else scene.text("review.waiting" if self._found is None else "review.none")
        stale = stale_note(scene, figure(scene.services, "gov_overdue", scene.state.code, "mtd"))
        listed = Questions(
            heading=scene.both("review.ask"),
            caption=(*(stale or (scene.text("review.caption"),)), ""),
            to=scene.text("review.to"),
            rows=tuple(_row(number, one) for number, one in enumerate(shown, start=1)),
            capacity=max(len(shown), min(capacity, _LEAST_ROWS)),
            calm=calm,
        )
        if layout.form == "long":
            return placed(frame, scene, Panel("zone", "questions", listed))
        return placed(frame, scene, Panel("full", "questions", listed), strip=numbers(scene))


def some_of_each(found: Sequence[Question], count: int) -> tuple[Question, ...]:
    """So many questions, in their order, that the first of every kind comes before the second of any.

    Args:
        found: in the order of kinds, the weightiest of each first.
        count: most questions.
    """
    seen: Counter[str] = Counter()
    places = []
    for place, one in enumerate(found):
        places.append((seen[one.kind], place))
        seen[one.kind] += 1
    kept = sorted(place for _, place in sorted(places)[:count])
    return tuple(found[place] for place in kept)


def _row(number: int, one: Question) -> QuestionRow:
    mark: Mark = "cleared" if one.kind == "bright" else _MARKS.get(one.band, "")
    return QuestionRow(
        id=f"{one.kind} {one.link.href}",
        number=str(number),
        mark=mark,
        what=(one.fact, *one.shorter),
        question=(one.question, ""),
        who=_answerer(one.to),
    )


def _answerer(to: str) -> Fit:
    """Post and office, then the post alone."""
    return tuple(dict.fromkeys((to, to.partition(", ")[0])))
