"""Reads the [source.<name>.database] table: which view of a department's database is read, how, and how often.

Who may import it: ingest.sources, run.py.
Errors: ConfigError with one `source.<name>.database.<key>: what is wrong, what is allowed` per line, all problems at
once.
Invariants: a password is never in config.toml and never in a message; it is read anew for every connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingest.settings import Problems, Settings
from ingest.sources.poll_settings import is_loopback
from ingest.sources.secret import Secret, read_secret

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict
    from pathlib import Path

    from ingest.rule import Mapping

KEYS: Final = (
    "dsn",
    "password",
    "view",
    "cursor",
    "key",
    "overlap",
    "interval_s",
    "timeout_s",
    "page_rows",
)
#: Words of `sslmode` with which nobody on the way reads along.
_TLS: Final = ("require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """How one view is read.

    Attributes:
        name: of the source.
        dsn: where the database is, as libpq writes it, without password.
        view: its name, after that of its schema and a dot if it has one; as it is, capitals included.
        cursor: column that only grows: a row that is new or was changed has a value at least as large as those before.
        key: column that tells rows with the same cursor apart.
        timezone: IANA name of the zone that times without an offset are in.
        password: of the user; None = the database asks for none.
        overlap: how far back of the largest cursor a poll begins: seconds of times, steps of numbers.
        interval_s: from the begin of one poll to the begin of the next.
        timeout_s: most that the database may take for one page.
        page_rows: most rows of a page.
    """

    name: str
    dsn: str
    view: str
    cursor: str
    key: str
    timezone: str
    password: Secret | None = None
    overlap: float = 300.0
    interval_s: float = 60.0
    timeout_s: float = 30.0
    page_rows: int = 10_000


def read_view(name: str, table: Dict[str, Any], mapping: Mapping, folder: Path) -> ViewSettings:
    """Read how a view is to be read.

    Args:
        name: of the source.
        table: the [source.<name>] table; it has a table `database`.
        mapping: of the source.
        folder: that relative paths are relative to.

    Raises:
        ConfigError: a key is unknown, missing or wrong.
    """
    problems = Problems()
    top = Settings(f"source.{name}", table, problems)
    if mapping.file.format is not None or mapping.file.rows:
        top.wrong("format" if mapping.file.format else "rows", "a view has rows and columns of its own: leave it out")
    database = top.table("database")
    database.only(KEYS)
    for key in ("view", "cursor", "key"):
        if not database.text(key):
            database.wrong(key, "is needed")
    password = read_secret(database, "password", folder)
    settings = ViewSettings(
        name=name,
        dsn=_dsn(database, secret=password is not None),
        view=database.text("view"),
        cursor=database.text("cursor"),
        key=database.text("key"),
        timezone=top.text("timezone", mapping.vocabulary.timezone),
        password=password,
        overlap=database.bounded("overlap", 300, 0, 10_000_000),
        interval_s=database.bounded("interval_s", 60, 1, 86_400),
        timeout_s=database.bounded("timeout_s", 30, 1, 3600),
        page_rows=int(database.bounded("page_rows", 10_000, 1, 1_000_000)),
    )
    problems.raise_if_any()
    return settings


def _dsn(database: Settings, *, secret: bool) -> str:
    # takes time that only sources of this kind have to wait for
    from psycopg import ProgrammingError  # noqa: PLC0415
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    dsn = database.text("dsn")
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items()}
    except ProgrammingError:
        # what libpq says may quote a password
        parts = {}
    if not parts.get("host") or not parts.get("dbname") or not parts.get("user"):
        database.wrong("dsn", "must name host, dbname and user, such as host=db.example.gov.in dbname=d user=u")
    elif "password" in parts:
        database.wrong("dsn", "must not hold a password; say where it is with the key password")
    elif secret and not _is_near(parts["host"]) and parts.get("sslmode") not in _TLS:
        database.wrong("dsn", f"must have sslmode = {', '.join(_TLS)}, because a password is sent with it")
    return dsn


def _is_near(host: str) -> bool:
    """Whether a connection does not leave the machine; a path is that of a socket."""
    return host.startswith("/") or is_loopback(host)
