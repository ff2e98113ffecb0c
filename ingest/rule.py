"""The mapping language as values: what ingest/mapping.py reads from config and ingest/decode.py carries out.

Who may import it: ingest only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from unicodedata import normalize

from warehouse.personal import masked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Dict

    from ingest.vocabulary import Range, Vocabulary
    from warehouse.batch import Restating
    from warehouse.pseudonym import Pseudonyms

ClockChange = Literal["reject", "earlier", "later"]
DayOfMonth = Literal["", "first", "last"]
DurationUnit = Literal["", "seconds", "minutes", "hours", "days"]
Format = Literal["csv", "jsonl", "parquet", "xlsx", "xes", "cloudevents"]
#: Fields by which records are told apart and found together.
IDS: Final = frozenset({"case_id", "asset", "ref"})
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """Text with columns in braces, such as `{case}/{task}`.

    Attributes:
        text: as written.
        columns: the columns named, in order.
        literals: the text before, between and after them; one more than columns.
    """

    text: str
    columns: tuple[str, ...]
    literals: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Split a template at its braces."""
        parts = _PLACEHOLDER.split(text)
        return cls(text, columns=tuple(parts[1::2]), literals=tuple(parts[0::2]))


@dataclass(frozen=True, slots=True)
class TimeNotation:
    """How instants are written.

    Attributes:
        formats: tried in this order: `iso`, `rfc3339` (iso that must say its offset), `epoch_s`, `epoch_ms`, `excel`,
            `financial_year` (and a month of it), `financial_quarter`, or a strptime format.
        timezone: IANA name of the zone of times without an offset.
        clock_change: which instant a local time is that the autumn clock change makes twice (or the spring one skips).
        day: a time stands for its month, and begins with the month's first or last day; empty = it stands for itself.
        months: how many months the period has that ends with it: more than one for quarters and years.
        year_starts: month in which a financial year begins, 1…12.
    """

    formats: tuple[str, ...] = ("iso",)
    timezone: str = "UTC"
    clock_change: ClockChange = "reject"
    day: DayOfMonth = ""
    months: int = 1
    year_starts: int = 4


@dataclass(frozen=True, slots=True)
class NumberNotation:
    """How numbers are written.

    Attributes:
        decimal: the decimal sign.
        thousands: the sign between groups of digits, empty = none but what can be nothing else.
        units: may stand behind a number and say nothing.
    """

    decimal: str = "."
    thousands: str = ""
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where the value of a field comes from.

    Attributes:
        key: where it stands in config, for messages.
        columns: other headings of the same column, of which a file has one; see first_filled.
        optional: a file may lack all of them.
        first_filled: they are different columns, of which the first one that is not empty counts.
        const: the value itself, instead of columns.
        template: several columns put together, instead of columns.
        names: `composed` raw text → value; a text that is not in it is refused unless there is a default.
        default: value of an empty cell, or of a text that `names` does not hold.
        empty: texts that mean empty.
        time: notation, for instants.
        number: notation, for numbers.
        scale: the number is multiplied by this.
        within: range the number must be in, besides the metric's own.
        codes: folded text, or `number_key`, → code, for areas and assets that are given by name or number.
        by: what codes are found by: `name`, `lgd` or `lsg`.
        around: column that names an area in which the place lies; keys of codes are then those of `within_key`, too.
        any_case: case and the number of spaces do not matter in names; its keys are written as `without_case` does.
        prefix: put before the text.
        citizen: the text is a citizen's own number, of which only a pseudonym is kept.
        duration: unit in which the number is counted of what is written in hours and minutes; empty = it is a number.
        since: column of an instant; the duration goes from there to the instant that the columns say.
    """

    key: str
    columns: tuple[str, ...] = ()
    const: str | None = None
    template: Template | None = None
    names: Dict[str, str] | None = None
    default: str | None = None
    empty: frozenset[str] = frozenset()
    time: TimeNotation = field(default_factory=TimeNotation)
    number: NumberNotation = field(default_factory=NumberNotation)
    scale: float = 1.0
    within: Range | None = None
    codes: Dict[str, str] | None = None
    by: str = "name"
    prefix: str = ""
    citizen: bool = False
    optional: bool = False
    first_filled: bool = False
    around: str = ""
    any_case: bool = False
    duration: DurationUnit = ""
    since: str = ""

    def named(self, word: str) -> str | None:
        """What `names` says of a text; None when it says nothing."""
        return (self.names or {}).get(without_case(word) if self.any_case else composed(word))

    def all_columns(self) -> tuple[str, ...]:
        """Every column that it reads."""
        columns = self.template.columns if self.template else self.columns
        return (*columns, *self._others())

    def _others(self) -> tuple[str, ...]:
        return tuple(column for column in (self.around, self.since) if column)

    def needed(self) -> tuple[tuple[str, ...], ...]:
        """Groups of columns; a file has at least one of every group."""
        if self.optional:
            return ()
        groups = tuple((column,) for column in self.template.columns) if self.template else (self.columns,)
        return (*groups, *((column,) for column in self._others()))


def without_case(word: str) -> str:
    """A text as it is compared where case and the number of spaces do not matter."""
    return " ".join(composed(word).casefold().split())


def composed(word: str) -> str:
    """A text as it is compared: a vowel sign or an accent may be one letter or several that look the same."""
    return normalize("NFC", word)


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one column; an entry applies to the rows that pass all of its tests.

    Attributes:
        column: whose text is tested.
        test: `in`, `not_in` (against values), `like`, `not_like` (against a pattern), `present` or `absent`.
        values: texts compared with.
        pattern: regular expression made from a pattern with `*`.
    """

    column: str
    test: Literal["in", "not_in", "like", "not_like", "present", "absent"]
    values: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class EntryRule:
    """One `[[source.<name>.event]]`: an event that a row may give.

    Attributes:
        name: its own name or its number in the mapping, part of event ids.
        kind: kind of event.
        at: when it happened; where that is empty there is no event.
        when: tests that a row must pass.
        event_id: own id; None = made from case or asset, kind, name and instant.
        once: only the first row of a case counts, others are not compared with it.
        required: a row without `at` (or without the measured value) is refused instead of giving no event.
        alone: what cannot be taken refuses this event only, as long as the row gives another one.
        fields: by name of the event's field, the mapping's common fields included.
    """

    name: str
    kind: FieldRule
    at: FieldRule
    when: tuple[Condition, ...]
    event_id: Template | None
    once: bool
    required: bool
    fields: Dict[str, FieldRule]
    alone: bool = False

    def columns(self) -> Iterator[str]:
        """Every column that it reads, those of its id included; some of them more than once."""
        for rule in (self.kind, self.at, *self.fields.values()):
            yield from rule.all_columns()
        yield from (test.column for test in self.when)
        yield from self.event_id.columns if self.event_id else ()

    def id_columns(self) -> tuple[str, ...]:
        """Columns that the ids of its events are made of."""
        if self.event_id is not None:
            return self.event_id.columns
        named = ("case_id", "asset" if "asset" in self.fields else "area", "metric", "ref")
        rules = (*(self.fields[name] for name in named if name in self.fields), self.at)
        return tuple(column for rule in rules for column in rule.all_columns())

    def texts(self) -> Iterator[tuple[str, str]]:
        """Columns with the texts of theirs that `map` and conditions name."""
        for rule in (self.kind, self.at, *self.fields.values()):
            yield from ((column, text) for column in rule.columns for text in rule.names or ())
        yield from ((test.column, text) for test in self.when for text in test.values)

    def needed(self) -> Iterator[tuple[str, ...]]:
        """Groups of columns; a file has at least one of every group."""
        for rule in (self.kind, self.at, *self.fields.values()):
            yield from rule.needed()
        named = [test.column for test in self.when]
        yield from ((column,) for column in (*named, *(self.event_id.columns if self.event_id else ())))


@dataclass(frozen=True, slots=True)
class FileNotation:
    """How a file is written.

    Attributes:
        format: None = by the ending of its name.
        encoding: of text files; empty = UTF-8, or what the byte order mark says.
        delimiter: between values of a CSV row; empty = the one that gives the columns of the mapping.
        quote: round values of a CSV row; empty = none.
        columns: names of the columns of a CSV file that has no header row.
        skip_lines: lines before the header of a CSV file, rows before that of a sheet.
        heading_rows: how many rows the header has; the upper ones name groups of columns.
        rows: key of the list of rows inside each JSON object; empty = every object is one row.
        row_keys: way to the keys of rows that are lists, such as `fields/id`; empty = rows are objects.
        headings: other headings of a column, by the name that the mapping uses; a row or file has one of them.
        name: regular expression; its named groups are columns that the name of the file fills. Empty = there are none.
        sheets: the same for the names of the sheets of a workbook that are read. Empty = the one that has the columns.
        title: the same for the text of the lines or rows that are skipped before the header.
        fill_down: columns of a sheet or CSV file that are filled in the first row of a group only, outer groups first.
    """

    format: Format | None = None
    encoding: str = ""
    delimiter: str = ""
    quote: str = '"'
    columns: tuple[str, ...] = ()
    skip_lines: int = 0
    heading_rows: int = 1
    rows: str = ""
    row_keys: str = ""
    headings: Dict[str, tuple[str, ...]] = field(default_factory=dict)
    name: str = ""
    sheets: str = ""
    title: str = ""
    fill_down: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the rows of one source become events.

    Attributes:
        name: of the source.
        file: how files are written.
        entries: the events that a row may give, in order.
        columns: every column that is read; nothing else of a row is ever kept.
        vocabulary: codes of the state.
        pseudonyms: stand for numbers of persons in ids.
        empty: texts that mean empty in conditions and ids.
        restating: a known event with other contents is a correction; None = it is a contradiction.
        codes: by column, the texts that `map` and conditions name and that look like numbers of persons, but are none.
        id_columns: columns that ids are made from, or that have such codes; a number of a person in them becomes a
            pseudonym, elsewhere a mask.
        citizen_columns: columns of which only a pseudonym is kept.
        needed: groups of columns; a file has at least one of every group.
    """

    name: str
    file: FileNotation
    entries: tuple[EntryRule, ...]
    columns: tuple[str, ...]
    vocabulary: Vocabulary
    pseudonyms: Pseudonyms
    empty: frozenset[str] = frozenset()
    restating: Restating | None = None
    codes: Dict[str, frozenset[str]] = field(init=False)
    id_columns: frozenset[str] = field(init=False)
    citizen_columns: frozenset[str] = field(init=False)
    needed: tuple[tuple[str, ...], ...] = field(init=False)

    def __post_init__(self) -> None:
        ids = [rule for entry in self.entries for name, rule in entry.fields.items() if name in IDS]
        columns = {column for rule in ids for column in rule.all_columns()}
        own = {column for entry in self.entries if entry.event_id for column in entry.event_id.columns}
        codes: dict[str, set[str]] = {}
        for column, text in (named for entry in self.entries for named in entry.texts()):
            if masked(text) != text:
                codes.setdefault(column, set()).add(text)
        object.__setattr__(self, "codes", {column: frozenset(texts) for column, texts in codes.items()})
        object.__setattr__(self, "id_columns", frozenset(columns | own | codes.keys()))
        citizen = {column for rule in ids if rule.citizen for column in rule.all_columns()}
        object.__setattr__(self, "citizen_columns", frozenset(citizen))
        patterns = (self.file.name, self.file.sheets, self.file.title)
        given = {group for pattern in patterns for group in re.compile(pattern).groupindex}
        needed = dict.fromkeys(group for entry in self.entries for group in entry.needed() if group)
        object.__setattr__(self, "needed", tuple(group for group in needed if not given & set(group)))
