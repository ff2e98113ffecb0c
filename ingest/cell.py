"""Carries out one field rule over a table of rows: cells → canonical values and the cells that cannot be taken.

Who may import it: ingest.decode only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.check import by_unique, check_text, outside, range_words, unknown_reason
from ingest.field_rule import NUMBERS, TIMES
from ingest.instant import is_compact, parse_instants, to_arrow
from ingest.month_name import with_english_months
from ingest.number import LARGEST, SMALLEST, parse_durations, parse_numbers, western_digits
from ingest.reason import Reason
from ingest.refusal import Problem
from ingest.rule import IDS
from ingest.vocabulary import folded, number_key, within_key
from warehouse.personal import BREAKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ingest.instant import Instants
    from ingest.number import Numbers
    from ingest.personal_cells import PersonalCells
    from ingest.refusal import Mask
    from ingest.rule import FieldRule, Template
    from ingest.vocabulary import Vocabulary

#: What spreadsheets make of a long number when they write it as text.
_SHORTENED: Final = r"^-?\d([.,]\d+)?[eE]\+\d+$"
#: Whole numbers up to here are written out when a column of a file holds fractions.
_WRITTEN_OUT: Final = 1e15
#: What rows give instead of a code, in words.
_CODED: Final = {"name": "name", "lgd": "LGD code", "lsg": "state's own number"}
_SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
_INTEGERS: Final = {"amount": pa.int64(), "rating": pa.int8()}
#: What spreadsheets leave over of a zero.
_ROUNDED: Final = 1e-9
#: Ten thousand crore rupees in paise: nine hundred thousand such amounts still fit the 64 bits of a sum.
_LARGEST_INTEGER: Final = {"amount": 1e13, "rating": 127.0}


@dataclass(frozen=True, slots=True)
class Values:
    """One field of all rows.

    Attributes:
        array: in the type of the event schema; null = empty, or bad.
        problems: cells that hold something that cannot be taken.
    """

    array: pa.Array
    problems: tuple[Problem, ...] = ()

    def given(self) -> Mask:
        """Rows that have a value, good or bad."""
        mask: Mask = self.array.is_valid().to_numpy(zero_copy_only=False)
        for problem in self.problems:
            mask = mask | problem.mask
        return mask


@dataclass(slots=True)
class Cells:
    """The cells of a table, cleaned once per column and read once per rule.

    Attributes:
        table: rows as the file gave them.
        vocabulary: codes of the state.
        personal: takes numbers of persons out.
    """

    table: pa.Table
    vocabulary: Vocabulary
    personal: PersonalCells
    _read: dict[tuple[str, frozenset[str]], pa.Array] = field(default_factory=dict)
    _texts: dict[tuple[str, frozenset[str]], pa.Array] = field(default_factory=dict)
    _values: dict[tuple[str, str], Values] = field(default_factory=dict)

    def text(self, column: str, empty: frozenset[str]) -> pa.Array:
        """A column as it may be kept: as `read` gives it, without numbers of persons."""
        key = (column, empty)
        if key not in self._texts:
            self._texts[key] = self.personal.of_column(column, self.read(column, empty))
        return self._texts[key]

    def read(self, column: str, empty: frozenset[str]) -> pa.Array:
        """A column as trimmed text; null where it is empty or holds one of the texts that mean empty."""
        key = (column, empty)
        if key not in self._read:
            text = pc.utf8_trim_whitespace(_as_text(self._column(column)))
            nothing = pc.is_in(text, value_set=pa.array(["", *sorted(empty)], pa.string()))
            self._read[key] = pc.if_else(nothing, pa.scalar(None, pa.string()), text)
        return self._read[key]

    def shortened(self, name: str, columns: Sequence[str], empty: frozenset[str]) -> list[Problem]:
        """Cells that name nothing any more, because a long number in them has lost its last digits.

        Args:
            name: of the field that is made from the columns.
            columns: hold names.
            empty: texts that mean empty.
        """
        problems = []
        for column in columns:
            text = self.read(column, empty)
            if not pc.any(pc.match_substring(text, "+")).as_py():
                continue
            lost = pc.fill_null(pc.match_substring_regex(text, _SHORTENED), False).to_numpy(zero_copy_only=False)
            says = f"has lost its last digits; column {column!r} must be text in the program that writes the file"
            problems += [Problem(lost, unknown_reason(name), says, text)] if lost.any() else []
        return problems

    def _column(self, name: str) -> pa.Array:
        return self.table.column(name).combine_chunks()

    def _date_or_text(self, name: str, empty: frozenset[str]) -> pa.Array:
        """A column as `read` gives it; dates of a workbook, which are instants at midnight, as 2026-04-01."""
        column = self._column(name)
        if _is_local(column.type) and pc.all(pc.equal(column, pc.floor_temporal(column, unit="day"))).as_py():
            return column.cast(pa.date32()).cast(pa.string())
        return self.read(name, empty)

    def joined(self, template: Template, empty: frozenset[str]) -> pa.Array:
        """A template filled in; null where one of its columns is empty."""
        text = _filled(template, [self.text(column, empty) for column in template.columns])
        apart = all(BREAKS & set(literal) for literal in template.literals[1:-1])
        return text if apart else self.personal.of_joined(template.text, text)

    def values(self, name: str, rule: FieldRule) -> Values:
        """Read a field for all rows."""
        key = (name, rule.key)
        if key not in self._values:
            if name in TIMES:
                values = self._instants(name, rule)
            elif name in NUMBERS:
                values = self._numbers(name, rule)
            else:
                values = self._words(name, rule)
            self._values[key] = self._without_contradictions(rule, values)
        return self._values[key]

    def _without_contradictions(self, rule: FieldRule, values: Values) -> Values:
        """The same without the cells of which the file has two under headings for one column, with different texts."""
        present = [column for column in rule.columns if not pa.types.is_null(self.table.schema.field(column).type)]
        if len(present) < 2 or rule.first_filled:
            return values
        texts = [self.read(column, rule.empty) for column in present]
        filled = pc.coalesce(*texts)
        differ = np.logical_or.reduce([pc.fill_null(pc.not_equal(filled, text), False) for text in texts])
        if not differ.any():
            return values
        named = " and ".join(map(repr, present))
        says = f"is not all that columns {named} say; first_filled = true takes the first that is filled"
        array = pc.if_else(pa.array(differ), pa.scalar(None, values.array.type), values.array)
        return Values(array, (Problem(differ, Reason.BAD_VALUE, says, filled), *values.problems))

    def _raw(self, rule: FieldRule, text: Callable[[str, frozenset[str]], pa.Array]) -> pa.Array:
        """What a rule starts from: constant, template, or the first column that is not empty.

        Args:
            rule: of the field.
            text: gives a column.
        """
        if rule.const is not None:
            return pa.repeat(pa.scalar(rule.const, pa.string()), len(self.table))
        if rule.template is not None:
            return _filled(rule.template, [text(column, rule.empty) for column in rule.template.columns])
        texts = [text(column, rule.empty) for column in rule.columns]
        return texts[0] if len(texts) == 1 else pc.coalesce(*texts)

    def _words(self, name: str, rule: FieldRule) -> Values:
        raw = self._raw(rule, self.text) if rule.template is None else self.joined(rule.template, rule.empty)
        text, problems = self._coded(name, rule, raw)
        if rule.default is not None:
            text = text.fill_null(rule.default)
        problems += check_text(name, text, raw, self.vocabulary)
        if name in IDS and rule.names is None and rule.codes is None:
            problems += self.shortened(name, rule.all_columns(), rule.empty)
        if rule.prefix:
            text = pc.binary_join_element_wise(rule.prefix, text, "")
        for problem in problems:
            text = pc.if_else(pa.array(problem.mask), pa.scalar(None, pa.string()), text)
        return Values(text, tuple(problems))

    def _coded(self, name: str, rule: FieldRule, raw: pa.Array) -> tuple[pa.Array, list[Problem]]:
        """Raw text through `map`, then through names or LGD numbers."""
        if (rule.names is None and rule.codes is None) or rule.const is not None:
            return raw, []
        codes = rule.codes or {}
        if rule.around:
            places = pc.fill_null(self.text(rule.around, rule.empty), "")
            pairs = pc.binary_join_element_wise(places, raw, "\0")
            text = by_unique(pairs, lambda pair: _placed(rule, codes, *pair.split("\0", 1)))
        else:
            key = folded if rule.by == "name" else number_key
            text = by_unique(raw, lambda word: rule.named(word) or codes.get(key(word)))
        lost = pc.and_(raw.is_valid(), text.is_null()).to_numpy(zero_copy_only=False)
        if rule.default is not None or not lost.any():
            return text, []
        says = "is not in map" if rule.codes is None else f"is the {_CODED[rule.by]} of no {name}, or of several"
        return text, [Problem(lost, unknown_reason(name), says, raw)]

    def _instants(self, name: str, rule: FieldRule) -> Values:
        instants, problem = self._times(rule)
        return Values(to_arrow(instants), (problem,) if problem.mask.any() else ())

    def _times(self, rule: FieldRule) -> tuple[Instants, Problem]:
        """Instants, NaT where there is none, and the cells that are none."""
        cells = self._typed(rule) if rule.template is None else _mapped(rule, self._raw(rule, self._date_or_text))
        text = with_english_months(western_digits(cells)) if pa.types.is_string(cells.type) else cells
        instants, bad = parse_instants(text, rule.time)
        says = f"is not a time between 1900 and 2100 in the formats {', '.join(rule.time.formats)}"
        if any(is_compact(form) for form in rule.time.formats):
            says += ", of which those without separators need all digits, 01 and not 1"
        if rule.time.timezone != "UTC":
            says += f", or does not say which hour of a clock change in {rule.time.timezone} it is"
        return instants, Problem(bad, Reason.BAD_TIME, says, cells)

    def _durations(self, rule: FieldRule) -> tuple[Numbers, pa.Array, list[Problem]]:
        """Durations in the unit of the rule, NaN where there is none; the cells; those that cannot be taken."""
        second = _SECONDS[rule.duration]
        if not rule.since:
            cells = self._raw(rule, self.read)
            numbers, bad = parse_durations(western_digits(cells))
            says = "is no duration in hours and minutes, such as 1:45 or 26:05:30"
            return numbers / second, cells, [Problem(bad, Reason.BAD_NUMBER, says, cells)]
        # a duration knows no months
        rule = replace(rule, time=replace(rule.time, day=""))
        (ends, no_end), (starts, no_start) = self._times(rule), self._times(replace(rule, columns=(rule.since,)))
        with np.errstate(invalid="ignore"):
            before = Problem(ends < starts, Reason.BAD_TIME, f"is before {rule.since}", no_end.cells)
        return (ends - starts) / np.timedelta64(second, "s"), no_end.cells, [no_end, no_start, before]

    def _numbers(self, name: str, rule: FieldRule) -> Values:
        if rule.duration:
            numbers, cells, problems = self._durations(rule)
        else:
            cells = self._typed(rule)
            text = western_digits(cells) if pa.types.is_string(cells.type) else cells
            numbers, bad = parse_numbers(text, rule.number)
            problems = [Problem(bad, Reason.BAD_NUMBER, "is not a number", cells)]
        numbers = numbers * rule.scale
        with np.errstate(invalid="ignore"):
            large = np.abs(numbers) > _LARGEST_INTEGER.get(name, LARGEST)
            broken = (np.rint(numbers) != numbers) & ~np.isnan(numbers) if name == "rating" else np.zeros_like(large)
            size = np.abs(numbers)
            small = (size > _ROUNDED) & (size < SMALLEST) if name == "value" else np.zeros_like(large)
        problems.append(Problem(large, Reason.BAD_NUMBER, "is too large", cells))
        problems.append(Problem(broken, Reason.BAD_NUMBER, "is not a whole number", cells))
        problems.append(Problem(small, Reason.BAD_NUMBER, "is too small: readings count in thousandths", cells))
        limits = rule.within
        if limits is not None:
            far = outside(numbers, limits) & ~large & ~broken
            problems.append(Problem(far, Reason.OUT_OF_RANGE, range_words(limits), cells))
        numbers = np.where(np.logical_or.reduce([problem.mask for problem in problems]), np.nan, numbers)
        return Values(_as_type(name, numbers), tuple(problem for problem in problems if problem.mask.any()))

    def _typed(self, rule: FieldRule) -> pa.Array:
        """Cells in the type that the file has, or as text where the rule talks of texts."""
        if rule.const is not None or rule.names is not None or rule.default is not None:
            return _mapped(rule, self._raw(rule, self.read))
        kinds = {column: self.table.schema.field(column).type for column in rule.columns}
        types = {kind for kind in kinds.values() if not pa.types.is_null(kind)}
        if len(types) != 1 or not all(_is_typed(kind) for kind in types):
            return self._raw(rule, self.read)
        columns = [self._column(column) for column, kind in kinds.items() if kind in types]
        return columns[0] if len(columns) == 1 else pc.coalesce(*columns)


def _mapped(rule: FieldRule, text: pa.Array) -> pa.Array:
    """Texts of numbers and times through `map`, which only names words for some, and `default`."""
    if rule.names is not None:
        other = rule.default
        text = by_unique(text, lambda word: rule.named(word) or (word if other is None else other))
    return text if rule.default is None else text.fill_null(rule.default)


def _placed(rule: FieldRule, codes: Mapping[str, str], around: str, name: str) -> str | None:
    """The place of a name that lies in the named area, if one is named. Args: codes: see FieldRule."""
    return rule.named(name) or codes.get(within_key(around, name) if around else folded(name))


def _filled(template: Template, texts: Sequence[pa.Array]) -> pa.Array:
    """A template with the texts of its columns; null where one of them is empty."""
    parts: list[pa.Array | pa.Scalar] = [pa.scalar(template.literals[0])]
    for text, literal in zip(texts, template.literals[1:], strict=True):
        parts += [text, pa.scalar(literal)]
    return pc.binary_join_element_wise(*parts, "", null_handling="emit_null")


def _as_type(name: str, numbers: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pa.Array:
    if name not in _INTEGERS:
        return pa.array(numbers, pa.float64(), from_pandas=True)
    empty = np.isnan(numbers)
    whole = np.rint(np.where(empty, 0, numbers)).astype("int64")
    return pa.array(whole, mask=empty).cast(_INTEGERS[name])


def _as_text(column: pa.Array) -> pa.Array:
    """Cells as text; a whole number among fractions is written out, not as 2.30412345678e+11."""
    text = column.cast(pa.string())
    if not pa.types.is_floating(column.type):
        return text
    numbers = column.cast(pa.float64())
    whole = pc.and_(pc.equal(numbers, pc.floor(numbers)), pc.less(pc.abs(numbers), _WRITTEN_OUT))
    return pc.if_else(
        pc.fill_null(whole, False), pc.if_else(whole, numbers, 0).cast(pa.int64()).cast(pa.string()), text
    )


def _is_local(kind: pa.DataType) -> bool:
    """Whether a column holds times on the wall clock."""
    return bool(pa.types.is_timestamp(kind)) and kind.tz is None


def _is_typed(kind: pa.DataType) -> bool:
    """Whether a column of a file holds instants or numbers already."""
    types = pa.types
    return bool(types.is_temporal(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))
