"""Takes numbers of persons out of cells before anything of them is kept; docs/decisions/0011-privacy-at-the-door.md.

Who may import it: ingest only.
Invariants: a column that holds none comes back as it is; a cell comes back the same whatever stands beside it, and
unchanged when it comes a second time (from quarantine).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.refusal import raw_json
from warehouse.personal import GAP, masked, replaced, verhoeff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Mapping as Dict

    from ingest.refusal import Refused
    from ingest.rule import Mapping
    from warehouse.personal import Kind

#: Shorter texts, in bytes, hold no address, no number.
_SHORTEST_ADDRESS: Final = 6
_SHORTEST_NUMBER: Final = 10
#: A column that repeats itself among so many cells is looked at word by word.
_LOOKED_AT: Final = 500
_SHAPES: Final = ((5, 5), (3, 3, 4), (4, 3, 3), (4, 4, 4))


def _pattern(digit: str) -> str:
    """What has the shape of a number, right or wrong, as RE2 reads it. Args: digit: class of one digit."""
    return "|".join(GAP.join(f"{digit}{{{size}}}" for size in shape) for shape in _SHAPES)


_ASCII: Final = _pattern("[0-9]")
_ANY: Final = _pattern("\\p{Nd}")


@dataclass(slots=True)
class PersonalCells:
    """Takes them out of the rows of one table and counts the rows.

    Attributes:
        mapping: says which columns hold ids.
        found: by column and kind, the numbers of the rows in which something was found; negative for rows outside the
            table.
    """

    mapping: Mapping
    found: dict[tuple[str, Kind], set[int]] = field(default_factory=dict)

    def counts(self) -> Dict[tuple[str, str], int]:
        """In how many rows something was found, by column and kind."""
        return {place: len(rows) for place, rows in self.found.items()}

    def of_column(self, name: str, text: pa.Array) -> pa.Array:
        """A column of the table; null stays null."""
        where = text.is_valid() if name in self.mapping.citizen_columns else suspects(text)
        return self._replaced(name, text, where, lambda cell, kinds: self._of_cell(name, cell, kinds))

    def of_joined(self, template: str, text: pa.Array) -> pa.Array:
        """Ids that were put together from cells; two cells may make a number that neither holds.

        Args:
            template: by which; counted as if it were a column.
            text: the ids.
        """
        pseudonyms = self.mapping.pseudonyms

        def read(cell: str, kinds: set[Kind]) -> str:
            return _noting(cell, pseudonyms.of, kinds, in_id=True)

        return self._replaced(template, text, suspects(text), read)

    def _replaced(self, name: str, text: pa.Array, where: pa.Array, read: Callable[[str, set[Kind]], str]) -> pa.Array:
        if not pc.any(where).as_py():
            return text
        coded = text.filter(where).dictionary_encode()
        rows = np.flatnonzero(where.to_numpy(zero_copy_only=False))
        codes = coded.indices.to_numpy()
        words, kinds_of = [], []
        for word in coded.dictionary.to_pylist():
            kinds: set[Kind] = set()
            words.append(read(word, kinds))
            kinds_of.append(kinds)
        for kind in set().union(*kinds_of):
            has = np.array([kind in kinds for kinds in kinds_of])
            self.found.setdefault((name, kind), set()).update(rows[has[codes]].tolist())
        return pc.replace_with_mask(text, where, pa.array(words, pa.string()).take(coded.indices))

    def _of_cell(self, name: str, cell: str, kinds: set[Kind]) -> str:
        pseudonyms = self.mapping.pseudonyms
        if name in self.mapping.citizen_columns:
            return pseudonyms.of_citizen(cell)
        if cell in self.mapping.codes.get(name, ()):
            return pseudonyms.of_code(cell)
        if name in self.mapping.id_columns:
            return _noting(cell, pseudonyms.of, kinds, in_id=True)
        return _noting(cell, lambda kind, _: f"[{kind}]", kinds)

    def of_refused(self, refused: Iterable[tuple[int, Refused]]) -> list[Refused]:
        """Refused rows as quarantine may keep them. Args: refused: with their numbers, see `found`."""
        numbered = list(refused)
        texts = pa.array([f"{row.raw}\n{row.detail}\n{row.origin}" for _, row in numbered], pa.string())
        # an escaped letter may be a digit
        looked_at = pc.or_(suspects(texts), pc.match_substring(texts, "\\u")).to_pylist()
        every = bool(self.mapping.citizen_columns)
        return [
            self._of_row(number, row) if every or look else row
            for (number, row), look in zip(numbered, looked_at, strict=True)
        ]

    def _of_row(self, number: int, row: Refused) -> Refused:
        cells, clean = json.loads(row.raw), {}
        for name, cell in cells.items():
            kinds: set[Kind] = set()
            clean[name] = self._of_raw(name, cell, kinds)
            for kind in kinds:
                self.found.setdefault((name, kind), set()).add(number)
        raw = row.raw if clean == cells else raw_json(clean)
        return replace(row, raw=raw, detail=masked(row.detail), origin=masked(row.origin))

    def _of_raw(self, name: str, cell: object, kinds: set[Kind]) -> object:
        text = cell if isinstance(cell, str) else str(cell)
        clean = self._of_cell(name, text, kinds)
        return cell if clean == text else clean


def _noting(cell: str, instead: Callable[[Kind, str], str], kinds: set[Kind], *, in_id: bool = False) -> str:
    def noted(kind: Kind, found: str) -> str:
        kinds.add(kind)
        return instead(kind, found)

    return replaced(cell, noted, in_id=in_id)


def suspects(text: pa.Array) -> pa.Array:
    """Which cells may hold a number or address of a person: all of those that do, few of those that do not.

    Shape: flags without nulls, as long as `text`.
    """
    if len(pc.unique(text.slice(0, _LOOKED_AT))) > _LOOKED_AT // 2:
        return _suspects(text)
    coded = text.dictionary_encode()
    return pc.fill_null(_suspects(coded.dictionary).take(coded.indices), False)


def _suspects(text: pa.Array) -> pa.Array:
    longest = pc.max(pc.binary_length(text)).as_py() or 0
    if longest < _SHORTEST_ADDRESS:
        return pa.repeat(False, len(text))
    where = pc.match_substring(text, "@")
    if longest >= _SHORTEST_NUMBER:
        ascii_only = pc.all(pc.string_is_ascii(text)).as_py()
        where = pc.or_(where, pc.match_substring_regex(text, _ASCII if ascii_only else _ANY))
    where = pc.fill_null(where, False)
    return _without_other_twelves(text, where) if pc.any(where).as_py() else where


def _without_other_twelves(text: pa.Array, where: pa.Array) -> pa.Array:
    """Spare cells that are twelve digits and nothing else, and no number of a person: many case numbers are."""
    plain = pc.and_(pc.equal(pc.binary_length(text), 12), pc.ascii_is_decimal(text))
    twelve = pc.and_(where, pc.fill_null(plain, False))
    if not pc.any(twelve).as_py():
        return where
    letters = text.filter(twelve).cast(pa.binary(12)).buffers()[1]
    digits = np.frombuffer(letters, np.uint8).reshape(-1, 12) - ord("0")
    mobile = (digits[:, 0] == 9) & (digits[:, 1] == 1) & (digits[:, 2] >= 6)
    return pc.replace_with_mask(where, twelve, pa.array(verhoeff(digits) | mobile))
