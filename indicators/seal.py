"""Closes days: takes the closing values at local midnight and has them sealed; makes up missed days later.

What is sealed of an indicator are its headline period and, where that is another number, the day itself. A day that
was missed – nobody was there at midnight – is folded anew from the events up to its end, as far as they are known when
it is made up; its row in sealed_day says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from indicators.as_of import end_of_day
from indicators.board import Board
from indicators.definition import Catalogue, Definition, TimeOperator
from indicators.period import ALIKE
from indicators.publish import BoardPublisher
from warehouse.clock import Clock, SettableClock
from warehouse.seal import Sealed, Seals

if TYPE_CHECKING:
    from warehouse.reference import Reference

#: Days that are made up at most; those before stay unsealed.
MOST_MISSED_DAYS: Final = 31


def sealed_period(item: Definition, period: str) -> str:
    """The period under which a value is sealed: all periods of a stock or level that end now have the same.

    Args:
        item: the indicator.
        period: one of PERIODS.
    """
    return "today" if item.time in ALIKE else period


def sealed_periods(item: Definition) -> tuple[str, ...]:
    """Periods of an indicator that are sealed."""
    if item.time is TimeOperator.QUANTILE:
        return (item.headline_period,)
    return tuple(dict.fromkeys(("today", sealed_period(item, item.headline_period))))


@dataclass(frozen=True, slots=True)
class _Closing:
    """Values of a day as it was closed.

    Attributes:
        day: state-local.
        snapshot: Shape: SNAPSHOT_SCHEMA with metadata.
        at: instant up to which events were known.
    """

    day: date
    snapshot: pa.Table
    at: datetime


class Sealer:
    """Takes closing values and sees to it that every day is sealed, in order."""

    def __init__(
        self,
        seals: Seals,
        board_of: Callable[[date], Board],
        catalogue: Catalogue,
        reference: Reference,
        clock: Clock,
    ) -> None:
        """Nothing runs by itself.

        Args:
            seals: where days are sealed.
            board_of: the board of the end of a past day, for days that were missed.
            catalogue: the indicators.
            reference: the state.
            clock: says which day it is.
        """
        self._seals, self._board_of = seals, board_of
        self._catalogue, self._reference, self._clock = catalogue, reference, clock
        self._zone = ZoneInfo(reference.state.timezone)
        self._indicators = {item.code: Sealed(item.version, sealed_periods(item)) for item in catalogue.definitions}
        self._closing: _Closing | None = None
        self._sealing = threading.Lock()
        self._advancing = threading.Lock()

    def advance(self, board: Board, publisher: BoardPublisher | None, load: Callable[[], None]) -> None:
        """Move the board to this instant, and over midnight once, whoever comes first.

        Args:
            board: is moved.
            publisher: gives out its values; None = nobody is shown any, so that none are to be kept.
            load: has the board count the present day.
        """
        with self._advancing:
            if board.needs_roll():
                if publisher is not None:
                    self.close(board, publisher)
                load()
            board.tick()

    def close(self, board: Board, publisher: BoardPublisher) -> None:
        """Take the closing values of the board's day, before it rolls over; quick, writes nothing.

        Stocks are moved to the last instant of the day and given out, so that what is due that day has fallen due.

        Args:
            board: still counts the day that ends.
            publisher: gives out its values.
        """
        day = board.today
        if self._today() <= day:  # the clock was set back: the day has not ended
            return
        board.tick(end_of_day(day, self._zone.key))
        publisher.publish()
        self._closing = _Closing(day, publisher.snapshot(), self._clock.now())

    def seal(self) -> dict[date, int]:
        """Seal all days that have ended and are not sealed: the one just closed and, before it, those missed.

        Returns:
            Rows written by day.
        """
        done: dict[date, int] = {}
        with self._sealing:
            for day in self._unsealed():
                closing = self._closing
                was_shown = closing is not None and closing.day == day
                if closing is None or not was_shown:
                    closing = self._made_up(day)
                count = self._seals.seal(
                    day, closing.snapshot, self._indicators, sealed_at=closing.at, was_shown=was_shown
                )
                if count is not None:
                    done[day] = count
            if self._closing is not None and self._closing.day in done:
                self._closing = None
        return done

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    def _unsealed(self) -> Iterator[date]:
        today, last = self._today(), self._seals.last()
        first = self._seals.begun(today) if last is None else last + timedelta(days=1)
        if last is None and self._closing is not None:
            first = min(first, self._closing.day)
        first = max(first, today - timedelta(days=MOST_MISSED_DAYS))
        return (first + timedelta(days=ahead) for ahead in range((today - first).days))

    def _made_up(self, day: date) -> _Closing:
        at = self._clock.now()
        board = self._board_of(day)
        clock = SettableClock(end_of_day(day, self._zone.key))
        publisher = BoardPublisher(board, self._catalogue, self._reference, clock)
        publisher.set_phase("live")
        publisher.publish()
        return _Closing(day, publisher.snapshot(), at)
