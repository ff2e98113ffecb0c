"""Pseudonyms: what stands for a number of a person where records must still be told apart and found together.

A pseudonym is a hash under the key of the installation: the same number has the same pseudonym for ever, and without
the key nobody can try out all numbers to find which one it stands for.

Who may import it: run.py, ingest.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from warehouse.errors import ConfigError
from warehouse.personal import lettered, replaced
from warehouse.setting import keep_setting, read_setting
from warehouse.small_file import make_secret

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from warehouse.writer import Writer

KEY_BYTES: Final = 32
_FINGERPRINT: Final = "pseudonym_key"
_CITIZEN: Final = re.compile("citizen-[a-p]{16}")


class Pseudonyms:
    """Makes pseudonyms under one key."""

    def __init__(self, key: bytes) -> None:
        """Args: key: random bytes, at most 64."""
        self._key = key

    def of(self, kind: str, text: str) -> str:
        """The pseudonym of a text. Args: kind: what it is, kept readable, such as `mobile`."""
        made = blake2b(f"{kind}\0{text}".encode(), digest_size=8, key=self._key).hexdigest()
        return f"{kind}-{lettered(made)}"

    def of_citizen(self, text: str) -> str:
        """The pseudonym of a citizen's own number, whatever it looks like; a pseudonym stays what it is."""
        return text if _CITIZEN.fullmatch(text) else self.of("citizen", text)

    def of_code(self, text: str) -> str:
        """A code of a place or thing that looks like the number of a person, as it stands in ids."""
        return replaced(text, self.of, in_id=True)


def load_key(file: Path, *, make: bool) -> bytes:
    """Read the key of the installation.

    Args:
        file: holds the key in hexadecimal digits and nothing else.
        make: make the file when there is none, readable for its owner only.

    Raises:
        ConfigError: there is no such file, or it does not hold a key.
    """
    try:
        if make:
            make_secret(file, KEY_BYTES)
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file}: the key of pseudonyms cannot be read: {error}") from error
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{file}: a key of pseudonyms is {2 * KEY_BYTES} hexadecimal digits, not {2 * len(key)}")
    return key


def bind_key(writer: Writer, key: bytes, file: Path) -> None:
    """Make sure that a warehouse is used with one key only: under another, known rows would count again.

    Args:
        writer: of the warehouse.
        key: of the installation.
        file: where it was read, for the message.

    Raises:
        ConfigError: the warehouse was filled under another key.
    """
    fingerprint = lettered(blake2b(b"fingerprint", digest_size=8, key=key).hexdigest())

    def bind(connection: duckdb.DuckDBPyConnection) -> str:
        found = read_setting(connection, _FINGERPRINT)
        if found is None:
            keep_setting(connection, _FINGERPRINT, fingerprint)
        return found or fingerprint

    if writer.run(bind) != fingerprint:
        raise ConfigError(
            f"{file} is not the key under which this warehouse was filled: pseudonyms would differ and known rows "
            "count again. Put the right key there; it belongs to the backup of the warehouse"
        )
