"""The key of pseudonyms: made once, for its owner only, and the only one that a warehouse is filled under."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.store import open_store
from warehouse.errors import ConfigError
from warehouse.personal import masked
from warehouse.pseudonym import Pseudonyms, bind_key, load_key


def test_a_key_is_made_once_and_its_owner_alone_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "data" / "pseudonym.key"
    key = load_key(file, make=True)
    assert load_key(file, make=True) == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]
    assert load_key(tmp_path / "other.key", make=True) != key


def test_a_named_key_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"named\.key"):
        load_key(tmp_path / "named.key", make=False)
    short = tmp_path / "short.key"
    short.write_text("abcd")
    with pytest.raises(ConfigError, match="64 hexadecimal digits, not 4"):
        load_key(short, make=False)


def test_a_warehouse_takes_no_other_key(tmp_path: Path) -> None:
    for _ in range(2):
        with open_store(tmp_path) as store:
            bind_key(store.writer, b"one", tmp_path / "key")
    with open_store(tmp_path) as store, pytest.raises(ConfigError, match="is not the key under which"):
        bind_key(store.writer, b"other", tmp_path / "key")


def test_a_pseudonym_depends_on_number_kind_and_key_and_shows_no_digit() -> None:
    one, other = Pseudonyms(b"one"), Pseudonyms(b"other")
    made = one.of("mobile", "9847012345")
    assert made == Pseudonyms(b"one").of("mobile", "9847012345")
    assert (
        len({made, one.of("mobile", "9847012346"), one.of("aadhaar", "9847012345"), other.of("mobile", "9847012345")})
        == 4
    )
    assert made.startswith("mobile-")
    assert not any(letter.isdigit() for letter in made)
    assert masked(made) == made


def test_a_citizens_number_that_is_a_pseudonym_already_stays() -> None:
    pseudonyms = Pseudonyms(b"one")
    made = pseudonyms.of_citizen("1946")
    assert made.startswith("citizen-")
    assert pseudonyms.of_citizen(made) == made
