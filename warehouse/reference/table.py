"""Reading of reference tables: rows that know their line, and problems that are collected instead of raised.

Who may import it: warehouse.reference only.
Invariants: a table is read to its end whatever is wrong in it; every problem names file and line; nothing is guessed –
a cell that cannot be read becomes None and a problem.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from warehouse.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path


@dataclass(slots=True)
class Problems:
    """What is wrong in a folder of reference tables.

    Attributes:
        found: messages, each with file and line, in the order in which they were met.
    """

    found: list[str] = field(default_factory=list)

    def add(self, where: str, rule: str) -> None:
        """Note one problem.

        Args:
            where: `file:line`.
            rule: what is wrong and what is allowed.
        """
        self.found.append(f"{where}: {rule}")

    def raise_if_any(self) -> None:
        """Stop with everything that was found.

        Raises:
            DefinitionError: there is at least one problem; one message per line.
        """
        if self.found:
            raise DefinitionError("\n".join(self.found))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, by column, with its line and the place where its problems go.

    Attributes:
        file: file name without folder.
        line: line number, 1 is the header.
        cells: stripped text by column.
        problems: shared by all tables of the folder.
    """

    file: str
    line: int
    cells: dict[str, str]
    problems: Problems

    @property
    def where(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"

    def wrong(self, rule: str) -> None:
        """Note a problem of this row."""
        self.problems.add(self.where, rule)

    def optional(self, column: str) -> str | None:
        """Text of a cell that may be blank."""
        return self.cells.get(column) or None

    def text(self, column: str) -> str:
        """Text of a cell that may not be blank."""
        text = self.cells.get(column, "")
        if not text:
            self.wrong(f"{column} is blank")
        return text

    def many(self, column: str) -> tuple[str, ...]:
        """Parts of a cell that holds a list separated by semicolons."""
        return tuple(part.strip() for part in self.cells.get(column, "").split(";") if part.strip())

    def choice(self, column: str, allowed: Collection[str]) -> str:
        """Text of a cell that must be one of some words."""
        text = self.text(column)
        if text and text not in allowed:
            self.wrong(unknown(column, text, allowed))
        return text

    def known(self, column: str, allowed: Collection[str], *, blank: bool = False) -> str | None:
        """Code in a cell that another table must hold; None when it is blank or unknown."""
        text = self.cells.get(column, "")
        if not text:
            if not blank:
                self.wrong(f"{column} is blank")
            return None
        if text not in allowed:
            self.wrong(unknown(column, text, allowed))
            return None
        return text

    def all_known(self, column: str, allowed: Collection[str]) -> tuple[str, ...]:
        """Codes of a list cell; those that another table does not hold are problems and drop out."""
        codes = self.many(column)
        for code in codes:
            if code not in allowed:
                self.wrong(unknown(column, code, allowed))
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            self.wrong(f"{column} names {code} twice")
        return tuple(code for code in codes if code in allowed)

    def number(self, column: str) -> float | None:
        """Decimal number of a cell that may be blank."""
        text = self.cells.get(column, "")
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not abs(value) < float("inf"):
            self.wrong(f"{column} is {text}, not a number")
            return None
        return value

    def whole(self, column: str, *, least: int = 0) -> int | None:
        """Whole number of a cell that may be blank.

        Args:
            column: name of the column.
            least: smallest allowed value.
        """
        text = self.cells.get(column, "")
        if not text:
            return None
        try:
            value = int(text)
        except ValueError:
            self.wrong(f"{column} is {text}, not a whole number")
            return None
        if value < least:
            self.wrong(f"{column} is {value}, the least is {least}")
            return None
        return value

    def day(self, column: str) -> date | None:
        """Date (YYYY-MM-DD) of a cell that may be blank."""
        text = self.cells.get(column, "")
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.wrong(f"{column} is {text}, not a date like 2026-04-01")
            return None

    def validity(self) -> tuple[date | None, date | None]:
        """First and last day on which the row holds; None is open."""
        first, last = self.day("valid_from"), self.day("valid_to")
        if first is not None and last is not None and last < first:
            self.wrong(f"valid_to {last} is before valid_from {first}")
        return first, last


def unknown(what: str, text: str, allowed: Collection[str]) -> str:
    """Message for a word that is not among those allowed, with the nearest one or all of few."""
    near = get_close_matches(text, list(allowed), 1)
    if near:
        return f"{what} {text} is unknown; nearest is {near[0]}"
    if len(allowed) <= 12:
        return f"{what} {text} is unknown; allowed are {', '.join(sorted(allowed)) or 'none'}"
    return f"{what} {text} is unknown"


def read_table(
    folder: Path, name: str, columns: Sequence[str], optional: Iterable[str], problems: Problems
) -> list[Row]:
    """Rows of one table, header checked.

    Args:
        folder: folder of the state.
        name: file name.
        columns: columns that must be there.
        optional: columns that may be left out.
        problems: where problems go.

    Returns:
        The rows in file order; empty when the file or its header cannot be used.
    """
    path = folder / name
    if not path.is_file():
        problems.add(f"{name}:1", f"there is no such file in {folder}")
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(_rows(name, csv.reader(stream, strict=True), columns, set(columns) | set(optional), problems))
    except (UnicodeDecodeError, csv.Error) as error:
        problems.add(f"{name}:1", f"is not a UTF-8 CSV file: {error}")
        return []


def _rows(
    name: str, reader: Iterable[list[str]], columns: Sequence[str], allowed: set[str], problems: Problems
) -> Iterable[Row]:
    lines = iter(reader)
    header = [cell.strip() for cell in next(lines, [])]
    bad = [f"column {column} is missing" for column in columns if column not in header]
    bad += [unknown("column", column, allowed) for column in header if column not in allowed]
    bad += [f"column {column} comes twice" for column in sorted({c for c in header if header.count(c) > 1})]
    for rule in bad:
        problems.add(f"{name}:1", rule)
    if bad:
        return
    line = 1
    for cells in lines:
        line = getattr(reader, "line_num", line + 1)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problems.add(f"{name}:{line}", f"has {len(cells)} cells, the header has {len(header)}")
            continue
        yield Row(name, line, {column: cell.strip() for column, cell in zip(header, cells, strict=True)}, problems)


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML file with the lines of its keys.

    Attributes:
        file: file name without folder.
        content: parsed content; empty when it could not be parsed.
        text: the file as it stands.
        problems: where problems go.
    """

    file: str
    content: dict[str, object]
    text: str
    problems: Problems

    def line(self, key: str, occurrence: int = 0) -> int:
        """Line of a key at the start of a line, or of a `[[table]]`; 1 when it is not found."""
        starts = (f"{key} ", f"{key}=", f"[[{key}]]", f"[{key}]")
        lines = [number for number, line in enumerate(self.text.splitlines(), 1) if line.startswith(starts)]
        return lines[occurrence] if occurrence < len(lines) else 1

    def wrong(self, key: str, rule: str, occurrence: int = 0) -> None:
        """Note a problem of a key."""
        self.problems.add(f"{self.file}:{self.line(key, occurrence)}", rule)


def read_document(folder: Path, name: str, problems: Problems) -> Document:
    """One TOML file; a file that is missing or broken becomes a problem and an empty document."""
    path = folder / name
    if not path.is_file():
        problems.add(f"{name}:1", f"there is no such file in {folder}")
        return Document(name, {}, "", problems)
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return Document(name, tomllib.loads(text), text, problems)
    except tomllib.TOMLDecodeError as error:
        problems.add(f"{name}:1", str(error))
        return Document(name, {}, text, problems)
