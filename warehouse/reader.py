"""The named readers: every question the house asks of the warehouse, by name, within the principal's scope."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any, Final

import duckdb
import pyarrow as pa

from warehouse.clock import Clock
from warehouse.database import Database
from warehouse.errors import AccessError, DataError
from warehouse.key import text_keys
from warehouse.lookup import Lookups
from warehouse.principal import Principal
from warehouse.query import QUERIES, Query, Scope, folded, known_then, parameters_in

_SOON: Final = timedelta(hours=48)
#: Beginnings of the names of queries that may take as long as they take, as those may that fold raw events first.
_LONG: Final = (
    "recompute_",
    "fold_",
    "verify_",
    "board_",
    "gauges_as_of",
    "answers_as_of",
    "case_counts",
    "restating_events",
)


class Reader:
    """Answers named queries; any number of threads may ask at once.

    A query sees what was committed when it began.
    """

    def __init__(self, database: Database, lookups: Lookups, clock: Clock, *, most_seconds: float = 30.0) -> None:
        """Make a reader.

        Args:
            database: open.
            lookups: what warehouse.lookup.install gave for it.
            clock: the present instant of queries that are not told one.
            most_seconds: a query that takes longer is interrupted, except recomputations.
        """
        self._database = database
        self._lookups = lookups
        self._clock = clock
        self._most_seconds = most_seconds

    def query(self, name: str, principal: Principal, **given: object) -> pa.Table:
        """Ask one named query.

        Args:
            name: as in warehouse/query.py; what it answers stands at the head of its SQL file.
            principal: who asks; rows outside their scope are as if they did not exist.
            given: parameters; None is the same as leaving it out. Areas outside the scope are refused.

        Returns:
            Shape: columns as selected in the SQL file.

        Raises:
            AccessError: the principal may not ask this, or not of this area.
            DataError: unknown query, unknown or wrong parameter.
            StorageBusyError: it took too long, or the warehouse is being closed.
        """
        query = QUERIES.get(name)
        if query is None:
            raise DataError(f"there is no query {name!r}")
        if query.scope is Scope.STATE and not principal.everywhere:
            raise AccessError(f"{principal.user} may not ask for {query.name}: it is about the whole state")
        values = query.read(given)
        self.check_areas(principal, [values["area"]] if "area" in values else values.get("areas", []))
        values |= self._derived(query, values)
        in_scope = query.scope is Scope.AREA and not principal.everywhere
        if in_scope:
            values["scope"] = sorted(principal.areas)
        before, text = _statements(query, values, in_scope)
        is_long = bool(before) or query.name.startswith(_LONG)
        with self._database.cursor() as cursor, nullcontext() if is_long else self._limited(cursor):
            if not before:
                return _asked(cursor, text, values)
            cursor.begin()
            for statement in before:
                cursor.execute(statement, _used(statement, values))
                cursor.complete()
            found = _asked(cursor, text, values)
            cursor.rollback()  # the temporary tables go with it
            return found

    def check_areas(self, principal: Principal, areas: Iterable[str]) -> None:
        """Refuse areas that do not exist or lie outside the principal's scope.

        Raises:
            DataError: no such area.
            AccessError: outside the principal's scope.
        """
        for area in areas:
            self._lookups.check_area(area, principal)

    def _derived(self, query: Query, values: dict[str, Any]) -> dict[str, Any]:
        """Parameters of the SQL that follow from those given."""
        derived: dict[str, Any] = {}
        if "now" in values:
            now = values.get("on") or values["now"] or self._clock.now()
            derived |= {"now": now, "until": now + _SOON, "today": self._local(now).date()}
        if query.name == "due_by_hour":
            derived["until"] = derived["now"] + timedelta(hours=values["hours"])
        if "case_id" in values:
            derived["key"] = int(text_keys(pa.array([values["case_id"]]))[0])
        if "areas" in values:
            derived["low"] = [area for area in values["areas"] if area in self._lookups.below_series]
        if query.name == "series":
            derived |= _spans(values)
        return derived

    def _local(self, instant: datetime) -> datetime:
        return (instant + self._lookups.offset).replace(tzinfo=None)

    @contextmanager
    def _limited(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        timer = threading.Timer(self._most_seconds, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _statements(query: Query, values: dict[str, Any], in_scope: bool) -> tuple[list[str], str]:
    """What is run first, and the question itself."""
    asked = _as_known_now(query, values, in_scope)
    return known_then(*asked) if "known" in values else asked


def _as_known_now(query: Query, values: dict[str, Any], in_scope: bool) -> tuple[list[str], str]:
    if query.name == "fold_cases":
        return folded(until="on" in values)
    text = query.text(values, in_scope)
    if "on" not in values:
        text = text.replace("/*cases*/", '"case"')
    elif query.name in {"case_counts", "case_list"}:
        before, cases = folded(until=True)
        return [*before, f"create temp table fold_case as {cases}"], text.replace("/*cases*/", "fold_case")
    if query.name == "series":
        wanted = "subject in (select unnest($services::varchar[]))" if "services" in values else "true"
        return [], text.replace("/*subject_filters*/", wanted)
    return [], text


def _used(statement: str, values: dict[str, Any]) -> dict[str, Any] | None:
    return {name: values[name] for name in parameters_in(statement)} or None


def _asked(cursor: duckdb.DuckDBPyConnection, statement: str, values: dict[str, Any]) -> pa.Table:
    return cursor.sql(statement, params=_used(statement, values)).to_arrow_table()


def _spans(values: dict[str, Any]) -> dict[str, Any]:
    from_day, to_day, step = values["from_day"], values["to_day"], values["step_days"]
    if not step or to_day < from_day:
        raise DataError("query series: step_days is at least 1 and to_day not before from_day")
    spans = ((to_day - from_day).days + step) // step
    if spans * max(1, len(values["areas"])) > _MOST_POINTS:
        raise DataError(f"query series: {spans} spans of {len(values['areas'])} areas are too many at once")
    return {"spans": spans, "first_end": to_day - timedelta(days=(spans - 1) * step)}


_MOST_POINTS: Final = 200_000
