"""What a [source.<name>.database] table may say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ingest.sources.view_settings import ViewSettings, read_view
from tests.helpers.rows import CASES, mapping
from warehouse.errors import ConfigError

DSN = 'dsn = "host=db.example.gov.in dbname=pearl user=cm sslmode=verify-full"\n'
VIEW = 'view = "cm.deeds"\ncursor = "changed_at"\nkey = "doc_no"\n'


def read(text: str, folder: Path = Path(), described: str = CASES) -> ViewSettings:
    return read_view("test", {"database": tomllib.loads(text)}, mapping(described), folder)


def wrong(text: str, folder: Path = Path(), described: str = CASES) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, folder, described)
    return [line.removeprefix("source.test.") for line in str(caught.value).split("\n")]


def test_a_database_and_three_names_are_enough() -> None:
    dsn = "host=db.example.gov.in dbname=pearl user=cm sslmode=verify-full"
    assert read(DSN + VIEW) == ViewSettings("test", dsn, "cm.deeds", "changed_at", "doc_no", "Asia/Kolkata")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DSN + VIEW.replace('key = "doc_no"', ""), "database.key: is needed"),
        (f"{DSN}{VIEW}vew = 1", "database.vew: there is no such key; nearest is view"),
        (f"{DSN}{VIEW}page_rows = 0", "database.page_rows: must be 1 to 1e+06, not 0"),
        (VIEW, "database.dsn: must name host, dbname and user"),
        (f'dsn = "postgresql://u@db.example/"\n{VIEW}', "database.dsn: must name host, dbname and user"),
        (f'dsn = "hots=x monsoon-42"\n{VIEW}', "database.dsn: must name host, dbname and user"),
        (f'dsn = "postgresql://u:monsoon-42@db.example/d"\n{VIEW}', "database.dsn: must not hold a password"),
        (f'{DSN}{VIEW}password = "monsoon-42"', "database.password: must be {env ="),
    ],
)
def test_what_is_wrong_is_said_with_the_key_and_without_the_password(text: str, said: str) -> None:
    (line,) = wrong(text)
    assert line.startswith(said)
    assert "monsoon" not in line


def test_a_password_is_not_sent_in_the_clear(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    table = f'{VIEW}password = {{file = "secret"}}\n'
    (line,) = wrong('dsn = "host=db.example dbname=d user=u sslmode=prefer"\n' + table, tmp_path)
    assert line.startswith("database.dsn: must have sslmode = require, verify-ca, verify-full")
    for host in ("127.0.0.1", "/run/postgresql"):
        assert read(f'dsn = "host={host} dbname=d user=u"\n{table}', tmp_path).password is not None


def test_a_view_has_no_file_format() -> None:
    (line,) = wrong(DSN + VIEW, described=f'format = "csv"\n{CASES}')
    assert line == "format: a view has rows and columns of its own: leave it out"
