"""The rows of a view of PostgreSQL, page by page: in one read-only transaction per poll, by a cursor of the server.

Who may import it: ingest.sources.
Invariants: pages are in the order of cursor and key; a page after another one begins right behind its last row, on the
same connection or on a new one; nothing of psycopg's own exceptions leaves it.
"""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from ingest.heading import find_columns
from ingest.settings import nearest
from warehouse.errors import DataError, LoginRefusedError, SourceGoneError
from warehouse.personal import masked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.login import Login
    from ingest.sources.view_settings import ViewSettings

_TIMES: Final = ("timestamp with time zone", "timestamp without time zone", "date")
_NUMBERS: Final = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
#: Settings of the transaction, so that a pool between us and the database gives them to nobody else.
_SETTINGS: Final = """
    select set_config('statement_timeout', %(limit)s, true), set_config('TimeZone', %(zone)s, true),
        set_config('idle_in_transaction_session_timeout', %(limit)s, true), set_config('DateStyle', 'ISO', true),
        set_config('extra_float_digits', '1', true)"""
_COLUMNS: Final = """
    select attname, format_type(coalesce(nullif(typbasetype, 0), atttypid), null)
    from pg_attribute join pg_type on pg_type.oid = atttypid
    where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped"""


@dataclass(frozen=True, slots=True)
class ViewPlace:
    """What is read next.

    Attributes:
        since: up to which cursor the polls that have ended saw everything; None = the view is read from its beginning.
        seen: the same of this poll, when it had to go on with another connection; None = it had not.
        cursor: of the last row of this poll; None = a poll begins.
        key: of the same row; None = unknown, rows with that cursor are read again.
    """

    since: str | None = None
    seen: str | None = None
    cursor: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ViewPage:
    """Rows as they came.

    Attributes:
        rows: cursor, key and the wanted columns of each, as text.
        last: whether the poll ends with it.
        resumed: whether it is the first page of another connection than that of the page before.
        unseen: whether there are rows without a cursor, which no poll gives; known on the last page.
    """

    rows: Sequence[tuple[str | None, ...]]
    last: bool
    resumed: bool = False
    unseen: bool = False


class ViewRows:
    """Reads one view; `cut` may be called from another thread."""

    def __init__(self, settings: ViewSettings, mapping: SourceMapping, login: Login) -> None:
        """Nothing is connected yet. Args: mapping: names what is wanted of each row; login: attempts to be let in."""
        self._settings, self._mapping, self._login = settings, mapping, login
        self._connection: psycopg.Connection[tuple[str | None, ...]] | None = None
        self._cursor: psycopg.ServerCursor[tuple[str | None, ...]] | None = None

    def page(self, place: ViewPlace) -> ViewPage:
        """The next page.

        Args:
            place: where it begins; that after the page before, unless something went wrong since.

        Raises:
            LoginRefusedError: the database does not let us in, now or a short while ago.
            SourceGoneError: the database does not answer, the view is not there or lacks a column, or a
                row has no key.
        """
        try:
            page = self._fetched(place)
        except (psycopg.Error, OSError, UnicodeDecodeError) as error:
            self.close()
            raise SourceGoneError(f"{self._settings.view}: {_said(error)}") from error
        except SourceGoneError:
            self.close()
            raise
        if page.last:
            self.close()
        return page

    def _fetched(self, place: ViewPlace) -> ViewPage:
        resumed = self._cursor is None and place.cursor is not None
        cursor = self._cursor or self._begin(place)
        rows = cursor.fetchmany(self._settings.page_rows)
        if any(row[1] is None for row in rows):
            raise SourceGoneError(f"{self._settings.view}: a row has nothing in column {self._settings.key}")
        last = len(rows) < self._settings.page_rows
        return ViewPage(rows, last, resumed, unseen=last and self._unseen(cursor.connection))

    def _begin(self, place: ViewPlace) -> psycopg.ServerCursor[tuple[str | None, ...]]:
        settings = self._settings
        with self._login.attempt():
            connection = self._connected()
        self._connection = connection
        connection.read_only = True
        limit = {"limit": f"{settings.timeout_s * 1000:.0f}", "zone": settings.timezone}
        connection.execute(_SETTINGS, limit)
        types = self._types(connection)
        self._cursor = connection.cursor(name="cm_dashboard")
        self._cursor.execute(self._statement(place, types), {**asdict(place), "overlap": settings.overlap})
        return self._cursor

    def _connected(self) -> psycopg.Connection[tuple[str | None, ...]]:
        settings = self._settings
        try:
            return psycopg.connect(
                settings.dsn,
                password=None if settings.password is None else settings.password.read(),
                connect_timeout=max(2, round(settings.timeout_s)),
                application_name="cm-dashboard",
                client_encoding="UTF8",
                prepare_threshold=None,
            )
        except psycopg.OperationalError as error:
            if _is_refusal(error):
                raise LoginRefusedError(f"{settings.view}: {_said(error)}") from error
            raise

    def _types(self, connection: psycopg.Connection[tuple[str | None, ...]]) -> Mapping[str, str]:
        """Type of every column of the view, by name."""
        name = self._view().as_string(connection)
        found = {str(column): str(kind) for column, kind in connection.execute(_COLUMNS, [name]).fetchall()}
        if not found:
            raise SourceGoneError(f"there is no view {name}, or our user may not see it")
        for column in (self._settings.cursor, self._settings.key):
            if column not in found:
                raise SourceGoneError(f"{name} has no column {column}; {nearest(column, found)}")
        return found

    def _wanted(self, types: Mapping[str, str]) -> list[sql.Composable]:
        """What is selected of each row; a column that the view lacks, and may lack, is null."""
        headings = list(types)
        try:
            places = find_columns(self._mapping, headings, "the view")
        except DataError as error:
            raise SourceGoneError(f"{self._view().as_string()}: {error}") from error
        named = [None if place is None else headings[place] for place in places]
        return [
            sql.SQL("null::text") if column is None else sql.SQL("{}::text").format(sql.Identifier(column))
            for column in (self._settings.cursor, self._settings.key, *named)
        ]

    def _view(self) -> sql.Identifier:
        return sql.Identifier(*self._settings.view.split("."))

    def _statement(self, place: ViewPlace, types: Mapping[str, str]) -> sql.Composed:
        cursor, key = sql.Identifier(self._settings.cursor), sql.Identifier(self._settings.key)
        cursor_type, key_type = sql.SQL(types[self._settings.cursor]), sql.SQL(types[self._settings.key])
        if place.key is not None:
            begin = sql.SQL("({}, {}) > (%(cursor)s::{}, %(key)s::{})").format(cursor, key, cursor_type, key_type)
        elif place.cursor is not None:
            begin = sql.SQL("{} >= %(cursor)s::{}").format(cursor, cursor_type)
        elif place.since is not None:
            begin = sql.SQL("{} >= {}").format(cursor, _start(types[self._settings.cursor]))
        else:
            begin = sql.SQL("{} is not null").format(cursor)
        return sql.SQL("select {} from {} where {} order by {}, {}").format(
            sql.SQL(", ").join(self._wanted(types)),
            self._view(),
            begin,
            cursor,
            key,
        )

    def _unseen(self, connection: psycopg.Connection[tuple[str | None, ...]]) -> bool:
        """Whether a row has no cursor; found at the end of an index on it, if there is one."""
        cursor = sql.Identifier(self._settings.cursor)
        statement = sql.SQL("select ({} is null)::text from {} order by {} desc nulls first limit 1")
        first = connection.execute(statement.format(cursor, self._view(), cursor)).fetchone()
        return first is not None and first[0] == "true"

    def cut(self) -> None:
        """Have a page that is waited for fail now; may be called at any time."""
        connection = self._connection
        if connection is None:
            return
        with contextlib.suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection; may be called twice."""
        connection, cursor, self._connection, self._cursor = self._connection, self._cursor, None, None
        if connection is not None:
            connection.close()
        if cursor is not None:
            # after its connection, so that the server is not asked
            cursor.close()


def _start(kind: str) -> sql.SQL:
    """Where a poll begins. A cursor that lies in the future hides nothing: only the present counts."""
    if kind in _TIMES:
        return sql.SQL(f"least(%(since)s::{kind}, now()::{kind}) - make_interval(secs => %(overlap)s)")
    if kind in _NUMBERS:
        return sql.SQL(f"%(since)s::{kind} - %(overlap)s::{kind}")
    return sql.SQL(f"%(since)s::{kind}")


def _is_refusal(error: psycopg.OperationalError) -> bool:
    """Whether the server asked for a password and then ended it; libpq does not tell the code of such an error."""
    asked = error.pgconn
    return asked is not None and (asked.needs_password or (asked.used_password and "FATAL:" in str(error)))


def _said(error: Exception) -> str:
    """The first line of what the database said; its other lines quote statements and rows."""
    return masked((str(error).strip().splitlines() or [type(error).__name__])[0])
