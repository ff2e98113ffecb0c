"""Keeps reviews: the values that were on the screens when one was held, and what was agreed in it.

Nothing is ever changed: what becomes of an action point is said in rows of its own. A review is there when its row in
`review` is: values are written before it by short tasks on the write thread, so that commits wait little, and those of
a review that was cut off mean nothing and are removed by the next.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

import duckdb
import pyarrow as pa

from warehouse.clock import Clock
from warehouse.errors import DataError
from warehouse.personal import masked
from warehouse.review_rules import MOST_CHARACTERS, POINT_STATES
from warehouse.snapshot_rows import SnapshotRows
from warehouse.writer import Writer

_REMOVE_LEFT_OVER: Final = "delete from review_value where review not in (select review from review)"
_ADD_VALUES: Final = "insert into review_value by name select * from given"


@dataclass(frozen=True, slots=True)
class ActionPoint:
    """What is to be agreed.

    Attributes:
        review: id of the review.
        area: code of the place that it is about.
        task: what is to be done.
        holder: post and office, or department, that does it.
        due_on: last local day on which it is done in time.
        indicator: code of the number that will show it; "" = none.
    """

    review: str
    area: str
    task: str
    holder: str
    due_on: date
    indicator: str = ""


class Reviews:
    """The reviews of a warehouse."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        """Nothing is written yet.

        Args:
            writer: owns the write thread.
            clock: for when something was said.
        """
        self._writer, self._clock = writer, clock
        self._holding = threading.Lock()

    def hold(
        self,
        day: date,
        area: str,
        title: str,
        held_by: str,
        snapshot: pa.Table,
        *,
        versions: Mapping[str, int],
        areas: Collection[str],
        periods: Collection[str],
    ) -> str:
        """Keep a review with the values of this moment.

        Args:
            day: state-local; names the review.
            area: code of the place that is reviewed.
            title: in words.
            held_by: who says so.
            snapshot: the values. Shape: SNAPSHOT_SCHEMA with metadata.
            versions: of the definition of every indicator of the snapshot.
            areas: codes of the places whose values are kept.
            periods: those that are kept.

        Returns:
            Id of the review: its day, with a number from the second of a day on.

        Raises:
            DataError: no title, or one that is too long.
        """
        words, by = _words("title", title), masked(held_by)
        with self._holding:
            review = self._writer.run(partial(_begun, day=day))
            shown = SnapshotRows(snapshot)
            places = [place for place, code in enumerate(shown.areas) if code in areas]
            for _, values in shown.versioned(versions, dict.fromkeys(shown.indicators, periods), places):
                self._writer.run(partial(self._append, review=review, values=values))
            row = [review, area, words, self._clock.now(), by]
            self._writer.run(partial(_added, statement="insert into review values ($1, $2, $3, $4, $5)", row=row))
        return review

    def agree(self, point: ActionPoint, agreed_by: str) -> str:
        """Keep an action point. Args: agreed_by: who says so. Returns: its id.

        Raises:
            DataError: there is no such review, or no words, or too many.
        """
        task, holder = _words("task", point.task), _words("holder", point.holder)
        row = [point.review, point.area, task, holder, point.due_on, point.indicator or None]
        return self._writer.run(partial(_agreed, row=[*row, self._clock.now(), masked(agreed_by)]))

    def say(self, point: str, state: str, remark: str, said_by: str) -> None:
        """Say what became of an action point.

        Args:
            point: its id.
            state: one of POINT_STATES.
            remark: in words; may be "".
            said_by: who says so.

        Raises:
            DataError: there is no such point or state, or the remark is too long.
        """
        if state not in POINT_STATES:
            raise DataError(f"an action point is {', '.join(POINT_STATES)}, not {state!r}")
        words = _words("remark", remark) if remark.strip() else ""
        self._writer.run(partial(_said, row=[point, state, words, self._clock.now(), masked(said_by)]))

    def _append(self, _: duckdb.DuckDBPyConnection, review: str, values: pa.Table) -> None:
        named = values.append_column("review", pa.array([review] * values.num_rows, pa.string()))
        self._writer.statements.write(_ADD_VALUES, named)


def _words(name: str, given: str) -> str:
    words = masked(" ".join(given.split()))
    if not words or len(words) > MOST_CHARACTERS:
        raise DataError(f"{name} has 1 to {MOST_CHARACTERS} characters, not {len(words)}")
    return words


def _begun(connection: duckdb.DuckDBPyConnection, day: date) -> str:
    connection.execute(_REMOVE_LEFT_OVER)
    connection.complete()
    known = {row[0] for row in connection.execute("select review from review").fetchall()}
    name, number = day.isoformat(), 1
    while (found := name if number == 1 else f"{name}-{number}") in known:
        number += 1
    return found


def _added(connection: duckdb.DuckDBPyConnection, statement: str, row: list[object]) -> None:
    connection.execute(statement, row)
    connection.complete()


def _agreed(connection: duckdb.DuckDBPyConnection, row: list[object]) -> str:
    review = row[0]
    if _count(connection, "select count(*) from review where review = $1", review) == 0:
        raise DataError(f"there is no review {review!r}")
    number = 1 + _count(connection, "select count(*) from action_point where review = $1", review)
    point = f"{review}.{number}"
    _added(connection, "insert into action_point values ($1, $2, $3, $4, $5, $6, $7, $8, $9)", [point, *row])
    return point


def _said(connection: duckdb.DuckDBPyConnection, row: list[object]) -> None:
    if _count(connection, "select count(*) from action_point where point = $1", row[0]) == 0:
        raise DataError(f"there is no action point {row[0]!r}")
    _added(connection, "insert into action_word values ($1, $2, $3, $4, $5)", row)


def _count(connection: duckdb.DuckDBPyConnection, statement: str, *given: object) -> int:
    return int(connection.execute(statement, list(given)).fetchall()[0][0])
