"""Tokens in a file of the data folder: who holds one is let in as the source, screen or person that it was made for.

Invariants: only hashes are stored, in a file that its owner alone may read; a hash is compared in constant time; what
the file says holds from the next request on, without a restart; of tokens that are made at once each is good.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from warehouse.errors import ConfigError
from warehouse.small_file import alone, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

#: Files of tokens in a data folder: of sources, of walls' screens, of operators. Backups keep all of them.
SOURCES_FILE: Final = "tokens.json"
WALLS_FILE: Final = "wall_tokens.json"
OPERATORS_FILE: Final = "operator_keys.json"
FILES: Final = (SOURCES_FILE, WALLS_FILE, OPERATORS_FILE)
#: Stands before every token, so that one that leaked into a log or a repository is recognised.
PREFIX: Final = "cmd_"
_OWNER_ONLY: Final = 0o600
#: 256 bits: no rate limit is needed against guessing, and no slow hash against whoever reads the file.
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Token:
    """What is stored of a token.

    Attributes:
        id: names it, to revoke it.
        hash: SHA-256 of the token, hexadecimal.
        made_at: instant, ISO 8601.
        source: whose events it lets in; "" = nobody's.
        wall: the wall that it shows; "" = none.
        name: whose it is or what it is for, in words.
        network: range of addresses from which it is good; "" = from everywhere.
    """

    id: str
    hash: str
    made_at: str
    source: str = ""
    wall: str = ""
    name: str = ""
    network: str = ""


_FIELDS: Final = tuple(one.name for one in fields(Token))


class TokenFile:
    """The tokens of one file."""

    def __init__(self, path: Path) -> None:
        """Args: path: JSON file; one that does not exist holds no tokens."""
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._tokens: tuple[Token, ...] = ()

    def tokens(self) -> tuple[Token, ...]:
        """What the file holds now, in the order in which they were made.

        Raises:
            ConfigError: it is not a file of tokens, or cannot be read.
        """
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_ino)
            if stamp != self._stamp:
                self._tokens = _parsed(self._path)
                self._stamp = stamp
        except FileNotFoundError:
            self._tokens, self._stamp = (), None
        except OSError as error:
            raise ConfigError(f"{self._path}: cannot be read: {error.strerror}") from error
        return self._tokens

    def find(self, token: str) -> Token | None:
        """What is stored of a token; None = it is not known, or not any more.

        Raises:
            ConfigError: as `tokens`.
        """
        told = _hash(token)
        found = None
        for one in self.tokens():  # all of them, so that the time tells nothing
            if compare_digest(told, one.hash):
                found = one
        return found

    def source_of(self, token: str) -> str | None:
        """Whose events a token lets in; None = nobody's.

        Raises:
            ConfigError: as `tokens`.
        """
        found = self.find(token)
        return None if found is None else found.source or None

    def make(
        self, source: str, now: datetime, *, wall: str = "", name: str = "", network: str = ""
    ) -> tuple[Token, str]:
        """Make a token.

        Args:
            source: whose events it lets in; "" = nobody's.
            now: the present instant.
            wall: the wall that it shows; "" = none.
            name: whose it is or what it is for, in words.
            network: range of addresses from which it is good; "" = from everywhere.

        Returns:
            What is stored of it, and the token itself, which nobody can find out later.
        """
        token = PREFIX + secrets.token_urlsafe(_BYTES)
        made_at = now.isoformat(timespec="seconds")
        stored = Token(secrets.token_hex(4), _hash(token), made_at, source, wall, name, network)
        with alone(self._path.parent):
            self._write((*self._tokens_now(), stored))
        return stored, token

    def kept(self, source: str, path: Path, now: datetime) -> str:
        """The token that a sender on this machine keeps in a file; made when there is none, or it is good no more.

        Args:
            source: whose events it lets in.
            path: the sender's file; its owner alone may read it.
            now: the present instant.

        Raises:
            ConfigError: as `tokens`.
        """
        written = path.read_text(encoding="utf-8") if path.exists() else ""
        if self.source_of(written) == source:
            return written
        token = self.make(source, now)[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, token, _OWNER_ONLY)
        return token

    def revoke(self, token_id: str) -> Token:
        """Let a token be good no more.

        Raises:
            ConfigError: there is no such token.
        """
        with alone(self._path.parent):
            tokens = self._tokens_now()
            gone = next((one for one in tokens if one.id == token_id), None)
            if gone is None:
                known = ", ".join(one.id for one in tokens) or "none"
                raise ConfigError(f"{self._path}: there is no token {token_id!r}; there are {known}")
            self._write([one for one in tokens if one is not gone])
        return gone

    def _tokens_now(self) -> tuple[Token, ...]:
        """As `tokens`, whatever the file's time says: clocks of disks tick every few milliseconds."""
        self._stamp = None
        return self.tokens()

    def _write(self, tokens: Sequence[Token]) -> None:
        write_whole(self._path, json.dumps([_said(one) for one in tokens], indent=1), _OWNER_ONLY)


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _parsed(path: Path) -> tuple[Token, ...]:
    try:
        rows: Any = json.loads(path.read_text(encoding="utf-8"))
        return tuple(Token(**{name: str(row[name]) for name in _FIELDS if name in row}) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: is not a file of tokens as `run.py token make` writes it") from error


def _said(token: Token) -> dict[str, str]:
    return {name: text for name, text in asdict(token).items() if text}
