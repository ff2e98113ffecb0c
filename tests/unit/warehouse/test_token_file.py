"""Tokens: only hashes are stored, and the file may be changed while it is used."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.helpers.rows import NOW
from warehouse.errors import ConfigError
from warehouse.token_file import TokenFile


def test_a_token_lets_in_its_source_and_is_not_stored(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tokens.json"
    file = TokenFile(path)
    assert file.tokens() == ()
    stored, token = file.make("ksmart", NOW)
    _, other = file.make("kseb", NOW)
    assert (file.source_of(token), file.source_of(other)) == ("ksmart", "kseb")
    assert file.source_of(token + "x") is None
    assert file.source_of(stored.hash) is None
    assert token not in path.read_text()
    assert token.removeprefix("cmd_") not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_process_sees_at_once_what_was_made_and_revoked(tmp_path: Path) -> None:
    one, other = TokenFile(tmp_path / "tokens.json"), TokenFile(tmp_path / "tokens.json")
    stored, token = one.make("ksmart", NOW)
    assert other.source_of(token) == "ksmart"
    assert one.revoke(stored.id) == stored
    assert other.source_of(token) is None
    (tmp_path / "tokens.json").unlink()
    assert other.tokens() == ()


def test_a_token_that_is_not_there_cannot_be_revoked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no token 'x'; there are none"):
        TokenFile(tmp_path / "tokens.json").revoke("x")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"id": "a"}]', "\xff"])
def test_a_file_of_something_else_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_bytes(text.encode("latin-1"))
    if text == "{}":
        path.write_text('{"a": 1}')
    with pytest.raises(ConfigError, match="is not a file of tokens"):
        TokenFile(path).tokens()


def test_a_sender_keeps_its_token_until_it_is_revoked(tmp_path: Path) -> None:
    file, kept = TokenFile(tmp_path / "tokens.json"), tmp_path / "sender" / "token"
    token = file.kept("ksmart", kept, NOW)
    assert (file.kept("ksmart", kept, NOW), len(file.tokens())) == (token, 1)
    assert file.source_of(token) == "ksmart"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    file.revoke(file.tokens()[0].id)
    other = file.kept("ksmart", kept, NOW)
    assert other != token
    assert file.source_of(other) == "ksmart"


def test_of_tokens_made_and_revoked_at_once_each_counts(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    old = [TokenFile(path).make(f"old{number}", NOW)[0] for number in range(10)]

    def make(number: int) -> str:
        if number < 10:
            TokenFile(path).revoke(old[number].id)
        return TokenFile(path).make(f"new{number}", NOW)[1]

    with ThreadPoolExecutor(8) as people:
        tokens = list(people.map(make, range(30)))
    file = TokenFile(path)
    assert [token for token in tokens if file.source_of(token) is None] == []
    assert len(file.tokens()) == len(tokens), "the old ones are gone"
    assert [one.name for one in tmp_path.iterdir()] == ["tokens.json"]
