"""A state's choice among its indicators and services, as a file beside its reference data: read, refused by key.

What a file names wrongly is an error with file and key; that a catalogue lacks an indicator is none.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator with its name on the wall.

    Attributes:
        indicator: code.
        name_en, name_local: short enough for a card.
    """

    indicator: str
    name_en: str
    name_local: str


def read_file(file: Path) -> dict[str, Any]:
    """The content of a file that exists.

    Raises:
        ConfigError: it is no TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from error


def read_lines(file: Path, where: str, given: object) -> tuple[Line, ...]:
    """The indicators that a key names.

    Args:
        file: the file.
        where: where in it.
        given: what stands there.

    Raises:
        ConfigError: names file and key.
    """
    keys = [each.name for each in fields(Line)]
    lines = []
    for number, entry in enumerate(read_tables(file, where, given), start=1):
        check_complete(file, f"{where}[{number}]", entry, keys)
        lines.append(Line(*(read_text(file, f"{where}[{number}].{key}", entry[key]) for key in keys)))
    return tuple(lines)


def read_table(file: Path, name: str, plain: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """A table of the file; empty without it.

    Args:
        file: the file.
        name: its name.
        plain: the file's content.
        keys: keys that it may have.

    Raises:
        ConfigError: names file and key.
    """
    table = plain.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: {name} is a table: [{name}]")
    check_known(file, f"{name}.", table, keys)
    return table


def read_tables(file: Path, where: str, given: object) -> list[dict[str, Any]]:
    """A list of tables.

    Args:
        file: the file.
        where: where in it.
        given: what stands there.

    Raises:
        ConfigError: names file and key.
    """
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ConfigError(f"{file}: {where} is a list of tables")
    return given


def check_complete(file: Path, where: str, entry: dict[str, Any], keys: Sequence[str]) -> None:
    """Refuse a table that lacks a key or has an unknown one.

    Args:
        file: the file.
        where: where in it.
        entry: the table.
        keys: all of its keys.

    Raises:
        ConfigError: names file and key.
    """
    check_known(file, f"{where}.", entry, keys)
    missing = [key for key in keys if key not in entry]
    if missing:
        raise ConfigError(f"{file}: {where} lacks {', '.join(missing)}")


def check_known(file: Path, prefix: str, table: dict[str, Any], keys: Sequence[str]) -> None:
    """Refuse a table that has an unknown key.

    Args:
        file: the file.
        prefix: what stands before its keys.
        table: the table.
        keys: the keys that are allowed.

    Raises:
        ConfigError: names file and key.
    """
    for key in table:
        if key not in keys:
            raise ConfigError(f"{file}: {prefix}{key} is unknown; allowed are {', '.join(keys)}")


def read_text(file: Path, where: str, given: object) -> str:
    """A text.

    Args:
        file: the file.
        where: where in it.
        given: what stands there.

    Raises:
        ConfigError: names file and key.
    """
    if not isinstance(given, str):
        raise ConfigError(f"{file}: {where} = {given!r}: must be a text")
    return given
