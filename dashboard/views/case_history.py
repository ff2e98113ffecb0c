"""What was told of a case, as a reader follows it: each event with what was corrected, and the steps it went through.

Invariants: events stay in the order in which the warehouse takes them; a retracted event is shown and counts for
nothing; of several corrections the latest holds; a pause stops the clock only if it began before the limit had passed
(docs/clock.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_CORRECTED, _RETRACTED = "event.corrected", "event.retracted"
#: What a correction can say, where the case is and how it went.
_CORRECTABLE: Final = (
    *("service", "area", "office", "post", "step", "outcome", "channel"),
    *("due_at", "amount", "rating"),
)
#: What the page shows of an event, in the order of Told.
_SHOWN: Final = ("office", "post", "step", "outcome")
_OPENS: Final = frozenset({"case.opened", "case.reopened"})
_CLOSES: Final = frozenset({"case.decided", "case.withdrawn"})


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a case.

    Attributes:
        event_id, source, kind, at: which event; `at` is when it happened.
        office, post, step, outcome: as they now hold, after corrections; "" when not said.
        mark: corrected | retracted, "" for an event that stands as it came.
        marked_at: instant of that correction; None without one.
        changed: names of the fields that the correction changed.
    """

    event_id: str
    source: str
    kind: str
    at: datetime
    office: str = ""
    post: str = ""
    step: str = ""
    outcome: str = ""
    mark: Literal["", "corrected", "retracted"] = ""
    marked_at: datetime | None = None
    changed: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether it counts."""
        return self.mark != "retracted"


@dataclass(frozen=True, slots=True)
class Step:
    """A case at one seat.

    Attributes:
        office, post, name: where; name is the source's own word for the step. "" when not said.
        from_at, to_at: from when to when; an open case's last step ends at the present instant.
        paused: spans in which the clock stood still, within the step.
        is_now: whether the case is there now.
    """

    office: str
    post: str
    name: str
    from_at: datetime
    to_at: datetime
    paused: tuple[tuple[datetime, datetime], ...] = ()
    is_now: bool = False


def told_events(rows: Sequence[Mapping[str, Any]]) -> tuple[Told, ...]:
    """Events with their corrections put in.

    Args:
        rows: of the `case_events` query, in its order.
    """
    said: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in rows:
        if row["kind"] in {_CORRECTED, _RETRACTED}:
            key = (row["source"], row["ref"])
            if key not in said or _weight(row) > _weight(said[key]):
                said[key] = row
    originals = (row for row in rows if row["kind"] not in {_CORRECTED, _RETRACTED})
    return tuple(_told(row, said.get((row["source"], row["event_id"]))) for row in originals)


def _weight(row: Mapping[str, Any]) -> tuple[object, ...]:
    # A retraction is for good, whatever was corrected after it.
    return (row["kind"] == _RETRACTED, row["occurred_at"], row["event_id"])


def _told(row: Mapping[str, Any], correction: Mapping[str, Any] | None) -> Told:
    office, post, step, outcome = (row[name] or "" for name in _SHOWN)
    told = Told(row["event_id"], row["source"], row["kind"], row["occurred_at"], office, post, step, outcome)
    if correction is None:
        return told
    if correction["kind"] == _RETRACTED:
        return replace(told, mark="retracted", marked_at=correction["occurred_at"])
    changed = tuple(name for name in _CORRECTABLE if correction[name] is not None and correction[name] != row[name])
    holds: dict[str, Any] = {name: correction[name] for name in _SHOWN if correction[name]}
    return replace(told, mark="corrected", marked_at=correction["occurred_at"], changed=changed, **holds)


def steps(events: Iterable[Told], due_at: datetime | None, now: datetime) -> tuple[Step, ...]:
    """The seats that a case went through, in order.

    Args:
        events: from `told_events`.
        due_at: the case's effective due instant; None without a limit, then no pause matters to a clock.
        now: end of the last step of an open case.
    """
    walk = _Walk(due_at)
    for event in events:
        if event.stands:
            walk.take(event)
    return walk.ended(now)


class _Walk:
    """Goes through the events once."""

    def __init__(self, due_at: datetime | None) -> None:
        self.due_at = due_at
        self.done: list[Step] = []
        self.now: Step | None = None
        self.paused_at: datetime | None = None
        self.seat = ("", "")

    def take(self, event: Told) -> None:
        """The next event that counts."""
        if event.kind in _CLOSES:
            self._leave(event.at)
            return
        if event.kind in _OPENS or (event.kind == "case.moved" and self.now is not None):
            self._move(event)
        elif event.kind == "case.paused" and self.now is not None:
            self._sit(event)
            if self.paused_at is None and (self.due_at is None or event.at <= self.due_at):
                self.paused_at = event.at
        elif event.kind == "case.resumed" and self.now is not None:
            self._sit(event)
            self._resume(event.at)

    def ended(self, now: datetime) -> tuple[Step, ...]:
        """All steps; the case is still at the last one unless it was closed."""
        if self.now is not None:
            if self.paused_at is not None:
                self._pause_until(now)
            self.done.append(replace(self.now, to_at=now, is_now=True))
        return tuple(self.done)

    def _move(self, event: Told) -> None:
        """To the seat that an event names; what it does not name stays."""
        paused_at = self.paused_at
        seat = (event.office or self.seat[0], event.post or self.seat[1])
        name = event.step or (self.now.name if self.now else "")
        if self.now is not None and (seat, name) == (self.seat, self.now.name):
            return
        self._leave(event.at)
        self.seat, self.paused_at = seat, paused_at and event.at
        self.now = Step(*seat, name, event.at, event.at)

    def _sit(self, event: Told) -> None:
        """Some sources name a seat first with what was done there."""
        if self.now is not None and (event.office or event.post or event.step):
            self._move(replace(event, step=event.step or self.now.name))

    def _leave(self, at: datetime) -> None:
        if self.now is None:
            return
        self._resume(at)
        self.done.append(replace(self.now, to_at=at))
        self.now = None

    def _resume(self, at: datetime) -> None:
        if self.paused_at is not None:
            self._pause_until(at)
            self.paused_at = None

    def _pause_until(self, at: datetime) -> None:
        if self.now is not None and self.paused_at is not None and at > self.paused_at:
            self.now = replace(self.now, paused=(*self.now.paused, (self.paused_at, at)))
