"""TOML that remembers on which line everything was written, so that an error can say where to look."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from indicators.definition import Origin
from warehouse.errors import DefinitionError

#: Keys and indices from the top of the document, e.g. ("indicator", 3, "numerator").
KeyPath = tuple[str | int, ...]

_HEADER: Final = re.compile(r"\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY: Final = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\")(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"))*)\s*=")
_PIECE: Final = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*$|[\[\]{}]')
_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")


@dataclass(frozen=True, slots=True)
class TomlText:
    """A parsed document with the line of every key.

    Attributes:
        file: how the file is called in messages.
        values: what tomllib read.
        places: 1-based line and column by path of keys: of the first character of a text, else of the value;
            tables have the place of their header.
    """

    file: str
    values: Mapping[str, object]
    places: Mapping[KeyPath, tuple[int, int]]

    def origin(self, *path: str | int) -> Origin:
        """The place of the key, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return Origin(self.file, *self.places[path[:length]])
        return Origin(self.file, 1)


def read_toml(path: Path, called: str) -> TomlText:
    """Read a file.

    Args:
        path: the file.
        called: how messages call it.

    Raises:
        DefinitionError: if it is not TOML in UTF-8; names file, line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _PLACE.search(str(error))
        where = f"{match[1]}:{match[2]}" if match and match[1] else f"{text.count(chr(10)) + 1}:1"
        raise DefinitionError(f"{called}:{where}: not TOML: {_PLACE.sub('', str(error)).strip()}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{called}:1: cannot be read as UTF-8 text: {error}") from error
    return TomlText(called, values, _places(text))


def _places(text: str) -> dict[KeyPath, tuple[int, int]]:
    found: dict[KeyPath, tuple[int, int]] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    inside = _Inside()
    for number, line in enumerate(text.splitlines(), start=1):
        if inside.value:
            inside.pass_over(line)
        elif header := _HEADER.match(line):
            table = _table_path(header[2], header[1] == "[[", counts)
            found.setdefault(table, (number, 1))
        elif key := _KEY.match(line):
            value = line[key.end() :].lstrip()
            column = len(line) - len(value) + (value[:1] in {'"', "'"})
            keys = _keys(key[1])
            for length in range(1, len(keys) + 1):  # `bands.state = …` is also where `bands` begins
                found.setdefault((*table, *keys[:length]), (number, column + 1))
            inside.pass_over(value)
    return found


@dataclass(slots=True)
class _Inside:
    """Whether a value goes on in the next line: open brackets, or an open triple-quoted text."""

    depth: int = 0
    quote: str = ""

    @property
    def value(self) -> bool:
        return self.depth > 0 or bool(self.quote)

    def pass_over(self, line: str) -> None:
        if self.quote:
            end = line.find(self.quote)
            if end < 0:
                return
            line = line[end + 3 :]
            self.quote = ""
        for piece in _PIECE.finditer(line):
            mark = piece[0]
            if mark in {'"""', "'''"}:
                self.quote = mark
                self.pass_over(line[piece.end() :])
                return
            self.depth += (mark in "[{") - (mark in "]}")


def _keys(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip('"') for part in dotted.split("."))


def _table_path(dotted: str, is_array: bool, counts: dict[KeyPath, int]) -> KeyPath:
    path: KeyPath = ()
    parts = _keys(dotted)
    for place, part in enumerate(parts):
        path = (*path, part)
        if is_array and place == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
