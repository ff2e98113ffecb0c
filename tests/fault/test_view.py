"""A view of a real PostgreSQL: every row once, whatever ties, comes late, is killed, hangs or changes its columns."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.killed import run_helper
from tests.helpers.postgres import DEPARTMENT, PASSWORD, Postgres, running_postgres
from tests.helpers.rows import CASES
from tests.helpers.viewing import VIEW, viewing
from warehouse.errors import SourceRefusedError

KILLS = [("begun", 2), ("position written", 1), ("committed", 1), ("applied", 2)]


@pytest.fixture(scope="module")
def running() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def server(running: Postgres) -> Postgres:
    running.run(DEPARTMENT)
    return running


def numbers(count: int) -> list[str]:
    return sorted(str(number) for number in range(count))


def test_rows_that_share_a_cursor_are_all_read_page_by_page(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 23)
    with viewing(tmp_path, server.dsn) as view:
        view.until(lambda: len(view.cases()) == 5)
        assert (view.position()["cursor"], view.position()["key"]) == ("2026-10-31 12:00:00+05:30", "12")
        view.until(lambda: view.position().get("since") is not None)
        assert view.cases() == numbers(23)
        assert view.counts() == (23, 23, 0)


def test_a_later_poll_brings_what_is_new_was_changed_or_was_committed_late(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 10, step_s=60)
    with viewing(tmp_path, server.dsn, VIEW + "overlap = 120\n") as view:
        view.poll()
        assert view.cases() == numbers(10)
        server.fill(10, 1, "2026-10-31 12:07:30+05:30")
        server.fill(11, 1, "2026-10-31 12:30+05:30")
        server.run(
            "update dept.kept set closed = '2026-05-01', result = 'ok', changed_at = '2026-10-31 12:31+05:30' "
            "where number = '0'"
        )
        view.poll()
        assert view.cases() == sorted([*numbers(12), "0"]), "opened once, decided once"
        received, accepted, duplicates = view.counts()
        assert (accepted, received - accepted - duplicates) == (13, 0)
    with viewing(tmp_path, server.dsn, VIEW + "overlap = 120\n") as view:
        view.poll()
        assert view.counts()[1] == accepted, "a restart of ours counts nothing twice"


def test_a_cursor_in_the_future_hides_no_row(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 1, "9999-12-31 00:00Z")
    with viewing(tmp_path, server.dsn) as view:
        view.poll()
        server.run("insert into dept.kept (number, opened) values ('1', '2026-04-01')")
        view.poll()
        assert view.cases() == numbers(2)


@pytest.mark.parametrize(
    ("kind", "values"),
    [("bigint", ("9007199254740993", "9007199254740995")), ("numeric", ("1.25", "1.5")), ("text", ("a", "b")),
     ("date", ("2026-05-01", "2026-05-02")), ("timestamp", ("2026-05-01 10:00", "2026-05-01 10:00:00.000001"))],
)  # fmt: skip
def test_any_column_that_grows_may_be_the_cursor(
    server: Postgres, tmp_path: Path, kind: str, values: tuple[str, str]
) -> None:
    server.run(f"alter table dept.kept add grows {kind}")
    server.run("drop view dept.applications; create view dept.applications as select *, number id from dept.kept")
    server.run("grant select on dept.applications to cm_reader")
    text = VIEW.replace("changed_at", "grows") + "overlap = 0\n"
    add = "insert into dept.kept (number, opened, grows) values (%s, '2026-04-01', %s)"
    server.run(add, "0", values[0])
    with viewing(tmp_path, server.dsn, text) as view:
        view.poll()
        server.run(add, "1", values[1])
        view.poll()
        assert view.cases() == numbers(2)
        view.poll()
        assert view.counts() == (4, 2, 2), "the last row is asked for again, the one before it is not"


def test_a_row_without_a_cursor_is_said_and_the_others_are_read(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 7)
    server.run("update dept.kept set changed_at = null where number = '3'")
    with viewing(tmp_path, server.dsn) as view:
        assert "nothing in column changed_at are not read" in view.trouble()
        assert len(view.cases()) == 6
        server.run("update dept.kept set changed_at = now()")
        view.poll()
        assert view.cases() == numbers(7)
        assert not view.pipeline.troubles()


def test_a_row_without_a_key_stops_the_poll_before_it(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 7, step_s=60)
    server.run("update dept.kept set number = null where number = '6'")
    with viewing(tmp_path, server.dsn) as view:
        assert view.trouble() == "dept.applications: a row has nothing in column id"
        assert view.cases() == numbers(5)


def test_a_column_that_is_missing_is_named_until_it_is_back(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 3)
    server.run("alter view dept.applications rename closed to closed_on")
    with viewing(tmp_path, server.dsn) as view:
        said = '"dept"."applications": source test needs column \'closed\', the view does not have it; nearest is '
        assert view.trouble() == f"{said}closed_on; allowed are changed_at, closed_on, due, id, opened, result"
        server.run("alter view dept.applications rename closed_on to closed")
        view.until(lambda: view.cases() == numbers(3), step_s=0.5)


def test_a_view_that_is_not_there_and_a_refused_user_are_said(server: Postgres, tmp_path: Path) -> None:
    with viewing(tmp_path, server.dsn, VIEW.replace("applications", "Applications")) as view:
        assert view.trouble() == 'there is no view "dept"."Applications", or our user may not see it'
    with viewing(tmp_path, server.dsn.replace("cm_reader", "nobody")) as view:
        assert "password authentication failed" in view.trouble()
    server.run("revoke select on dept.applications from cm_reader")
    with viewing(tmp_path, server.dsn) as view:
        assert view.trouble() == "dept.applications: permission denied for view applications"


def test_a_wrong_password_is_shown_rarely_and_the_right_one_at_once(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 3)

    def refused() -> int:
        return (server.folder / "log").read_text(errors="replace").count("password authentication failed")

    with viewing(tmp_path, server.dsn) as view:
        (tmp_path / "password").write_text("wrong")
        before = refused()
        end = view.clock.now() + timedelta(minutes=14)
        view.until(lambda: view.clock.now() > end, step_s=0.5)
        assert refused() - before == 2, "one at once, one after five minutes"
        assert "password authentication failed" in view.trouble()
        (tmp_path / "password").write_text(PASSWORD)
        view.until(lambda: view.cases() == numbers(3), step_s=0.5)


def test_nothing_can_be_written_and_no_number_of_a_person_is_kept(server: Postgres, tmp_path: Path) -> None:
    server.run(
        "create function dept.spoil() returns text language plpgsql as "
        "$$ begin delete from dept.kept; return 'x'; end $$; drop view dept.applications; "
        "create view dept.applications as select *, number id, dept.spoil() spoilt from dept.kept; "
        "grant select on dept.applications to cm_reader; grant all on dept.kept to cm_reader"
    )
    server.fill(0, 1)
    with viewing(tmp_path, server.dsn, rows=CASES.replace('"due"', '"spoilt"')) as view:
        assert "in a read-only transaction" in view.trouble()
    mobiles = [f"98470{number:05}" for number in range(12)]
    server.run("delete from dept.kept")
    for mobile in mobiles:
        server.run("insert into dept.kept (number, opened, changed_at) values (%s, '2026-04-01', '2026-04-01')", mobile)
    server.run("create or replace view dept.applications as select *, number id, 'x' spoilt from dept.kept")
    places = set()
    with viewing(tmp_path, server.dsn) as view:

        def all_cases() -> bool:
            places.add(str(view.position()))
            return len(view.cases()) == len(mobiles)

        view.until(all_cases)
        assert not [place for place in places if "98470" in place]
        assert len(set(view.cases())) == len(mobiles)


def test_what_is_committed_late_while_there_is_no_connection_is_not_missed(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 25, "2026-10-31 12:00+05:30", step_s=60)
    server.fill(25, 5, "2026-10-31 20:00+05:30")
    with viewing(tmp_path, server.dsn, VIEW + "overlap = 3600\n") as view:
        view.until(lambda: len(view.cases()) == 5)
        server.run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cm_reader'")
        server.fill(30, 1, "2026-10-31 11:59+05:30")
        view.until(lambda: view.position().get("since") is not None, step_s=0.5)
        first = len(view.cases())
        view.poll()
        assert (first, view.cases()) == (30, numbers(31))
        assert view.position()["since"] == "2026-10-31 20:00:00+05:30", "a poll of one piece has seen everything"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_server_that_is_killed_between_two_pages_is_read_on_when_it_is_back(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 40)
    with viewing(tmp_path, server.dsn) as view:
        view.until(lambda: len(view.cases()) >= 10)
        server.kill()
        assert view.trouble()
        server.start()
        view.until(lambda: view.position().get("since") is not None, step_s=0.5)
        assert view.cases() == numbers(40)
        assert view.counts() == (40, 40, 0)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_server_that_hangs_is_given_up_and_one_that_is_slow_is_told_to_stop(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 20)
    text = VIEW.replace("timeout_s = 20", "timeout_s = 1")
    with viewing(tmp_path, server.dsn, text) as view:
        view.until(lambda: len(view.cases()) >= 5)
        server.signal(signal.SIGSTOP)
        try:
            assert view.trouble()
        finally:
            server.signal(signal.SIGCONT)
        view.until(lambda: view.position().get("since") is not None, step_s=0.5)
        assert view.counts() == (20, 20, 0)
    server.run("create or replace view dept.applications as select number id, opened, closed, result, "
               "due || pg_sleep(30) due, changed_at from dept.kept; update dept.kept set due = ''")  # fmt: skip
    with viewing(tmp_path, server.dsn, text) as view:
        assert view.trouble() == "dept.applications: canceling statement due to statement timeout"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_whatever_of_ours_is_killed_every_row_counts_once(server: Postgres, tmp_path: Path) -> None:
    server.fill(0, 30)

    def run(moment: str, nth: int) -> int:
        return run_helper("viewing", tmp_path, server.dsn, moment, nth)

    for moment, nth in KILLS:
        assert run(moment, nth) == -signal.SIGKILL, moment
    assert run("never", 0) == 0
    with viewing(tmp_path, server.dsn) as view:
        assert view.cases() == numbers(30)
        assert view.counts() == (30, 30, 0)


def test_a_stored_position_of_another_kind_is_refused(tmp_path: Path) -> None:
    with (
        viewing(tmp_path, "host=127.0.0.1 dbname=d user=u") as view,
        pytest.raises(SourceRefusedError, match="in a view"),
    ):
        type(view.source)(view.source._settings, view.source._mapping, view.clock, {"database": '{"offset": 3}'})
