"""Reading of one TOML table of a mapping: every problem is collected with the full name of its key.

Who may import it: ingest only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


@dataclass(slots=True)
class Problems:
    """What is wrong in a mapping; everything is said at once."""

    found: list[str] = field(default_factory=list)

    def add(self, key: str, rule: str) -> None:
        """Note one problem. Args: key: full name; rule: what is wrong and what is allowed."""
        self.found.append(f"{key}: {rule}")

    def raise_if_any(self) -> None:
        """Stop with everything that was found.

        Raises:
            ConfigError: there is at least one problem; one per line.
        """
        if self.found:
            raise ConfigError("\n".join(self.found))


def nearest(word: str, allowed: Collection[str]) -> str:
    """Say what is allowed instead of a word: the nearest one, and all when they are few."""
    near = [f"nearest is {close}" for close in get_close_matches(word, sorted(allowed), 1, cutoff=0.5)]
    if len(allowed) <= (8 if near else 20):
        near.append(f"allowed are {', '.join(sorted(allowed)) or 'none'}")
    return "; ".join(near) or f"{len(allowed)} are known, none like it"


@dataclass(frozen=True, slots=True)
class Settings:
    """One TOML table.

    Attributes:
        key: full name of the table, such as `source.boston311.fields`.
        content: its keys and values.
        problems: where problems go.
    """

    key: str
    content: Mapping[str, Any]
    problems: Problems

    def wrong(self, name: str, rule: str) -> None:
        """Note a problem of one key of the table."""
        self.problems.add(f"{self.key}.{name}" if name else self.key, rule)

    def only(self, allowed: Collection[str]) -> None:
        """Refuse keys that do not exist, naming the nearest one that does."""
        for name in self.content:
            if name not in allowed:
                self.wrong(name, f"there is no such key; {nearest(name, allowed)}")

    def text(self, name: str, default: str = "") -> str:
        """Text of a key."""
        value = self.content.get(name, default)
        if isinstance(value, str):
            return value
        self.wrong(name, f"must be text, not {value!r}")
        return default

    def choice(self, name: str, allowed: Collection[str], default: str) -> str:
        """Text of a key that must be one of a few words."""
        value = self.text(name, default)
        if value in allowed:
            return value
        self.wrong(name, f"{value!r} is not known; {nearest(value, allowed)}")
        return default

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """One text or a list of texts."""
        value = self.content.get(name)
        if value is None:
            return default
        many = [value] if isinstance(value, str) else value
        if isinstance(many, list | tuple) and all(isinstance(one, str) for one in many):
            return tuple(many)
        self.wrong(name, f"must be text or a list of texts, not {value!r}")
        return default

    def scalars(self, name: str) -> tuple[str, ...]:
        """A list of texts or numbers, all as text."""
        value = self.content.get(name)
        if isinstance(value, list | tuple) and value and all(is_scalar(one) for one in value):
            return tuple(as_text(one) for one in value)
        self.wrong(name, f"must be a list of texts or numbers that is not empty, not {value!r}")
        return ()

    def scalar(self, name: str) -> str | None:
        """A text or a number, as text; None when the key is not there."""
        value = self.content.get(name)
        if value is None or is_scalar(value):
            return None if value is None else as_text(value)
        self.wrong(name, f"must be a text or a number, not {value!r}")
        return None

    def number(self, name: str, default: float | None = None) -> float | None:
        """Number of a key."""
        value = self.content.get(name, default)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        self.wrong(name, f"must be a number, not {value!r}")
        return default

    def bounded(self, name: str, default: float, least: float, most: float) -> float:
        """Number of a key, from `least` to `most`; the default when it is not there or wrong."""
        number = self.number(name, default)
        if number is None or not least <= number <= most:
            self.wrong(name, f"must be {least:g} to {most:g}, not {number}")
            return default
        return number

    def flag(self, name: str) -> bool:
        """True or false; false when the key is not there."""
        value = self.content.get(name, False)
        if isinstance(value, bool):
            return value
        self.wrong(name, f"must be true or false, not {value!r}")
        return False

    def table(self, name: str) -> Settings:
        """The table under a key; empty when it is not there."""
        value = self.content.get(name, {})
        if not isinstance(value, Mapping):
            self.wrong(name, "must be a table")
            value = {}
        return Settings(f"{self.key}.{name}", value, self.problems)

    def tables(self, name: str) -> Iterator[Settings]:
        """The tables of a list, numbered from 1; one table alone counts as a list of one."""
        value = self.content.get(name, [])
        many = [value] if isinstance(value, Mapping) else value
        if not isinstance(many, list | tuple) or not all(isinstance(one, Mapping) for one in many):
            self.wrong(name, "must be a list of tables")
            return
        for number, one in enumerate(many, 1):
            yield Settings(f"{self.key}.{name}[{number}]", one, self.problems)


def is_scalar(value: object) -> bool:
    """Whether a TOML value is one text, number or truth value."""
    return isinstance(value, str | int | float | bool)


def as_text(value: object) -> str:
    """A TOML value as a cell would hold it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
