"""Where the time comes from; nothing else in the house asks the operating system for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present instant."""

    def now(self) -> datetime:
        """The present instant as an aware UTC datetime."""
        ...


def has_come(at: datetime, now: datetime, *, set_at: datetime) -> bool:
    """Whether an instant that something waits for has come; also when the clock was set back since.

    Otherwise a clock that goes back by an hour would make everything that is due every few seconds wait for an hour.

    Args:
        at: what is waited for.
        now: the present instant.
        set_at: when it was said that `at` is waited for.
    """
    return now >= at or now < set_at


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class ShiftedClock:
    """A clock that runs at real speed but began at another instant (rehearsals, screenshots, demos at night).

    Attributes:
        starts_at: the aware instant that this clock shows when it is made.
    """

    starts_at: datetime
    _offset: timedelta = field(init=False)

    def __post_init__(self) -> None:
        self._offset = self.starts_at - datetime.now(UTC)

    def now(self) -> datetime:
        """The shifted instant, UTC."""
        return datetime.now(UTC) + self._offset


@dataclass(slots=True)
class SettableClock:
    """A clock that stands still until a test moves it.

    Attributes:
        at: the aware instant shown.
    """

    at: datetime

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move forward (or back, to test a clock that was set wrong)."""
        self.at += by
