"""Reads a [source.<name>] table of config.toml into a Mapping; docs/events.md describes the language.

Who may import it: run.py and ingest.
Errors: ConfigError with one `source.<name>.<key>: what is wrong, what is allowed` per line, all problems at once.
Invariants: codes written in a mapping (services, areas, metrics, outcomes, kinds) are known when it is loaded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping as MappingABC
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import available_timezones

from ingest.cloudevent import cloudevent_mapping
from ingest.expectation import KEYS as EXPECTATION_KEYS
from ingest.field_rule import Defaults, read_field, read_kind
from ingest.instant import SPECIAL_FORMATS, ambiguous_text, known_format, says_day
from ingest.kind import FIELDS, KIND_RULES
from ingest.rule import Condition, EntryRule, FieldRule, FileNotation, Mapping, NumberNotation, Template, TimeNotation
from ingest.settings import Problems, Settings, nearest
from ingest.sources.row_path import row_path
from ingest.vocabulary import Vocabulary
from warehouse.batch import Restating

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as Dict

    from ingest.rule import ClockChange, DayOfMonth, Format
    from warehouse.pseudonym import Pseudonyms
    from warehouse.reference import Reference

FORMATS: Final = ("csv", "jsonl", "parquet", "xlsx", "xes", "cloudevents")
CLOCK_CHANGES: Final = ("reject", "earlier", "later")
DAYS: Final = ("first", "last")
#: What a time stands for by its last day, with the months that it has.
PERIODS: Final = {"month": 1, "quarter": 3, "year": 12}
#: What a bad value refuses.
REFUSED: Final = ("row", "event")
#: Keys about the source itself; screens show them, ingest does not read them.
_ABOUT: Final = ("title", "title_local", "department", *EXPECTATION_KEYS)
_FILE: Final = (
    "format",
    "encoding",
    "delimiter",
    "quote",
    "columns",
    "skip_lines",
    "heading_rows",
    "rows",
    "row_keys",
    "headings",
    "file_name",
    "sheets",
    "title_rows",
    "fill_down",
)
_NOTATION: Final = (
    "timezone",
    "formats",
    "clock_change",
    "day",
    "period",
    "year_starts",
    "decimal",
    "thousands",
    "empty",
    "case_prefix",
)
#: How its rows come here; read by the transports (ingest/sources).
_TRANSPORTS: Final = ("database", "folder", "kafka", "poll")
#: A header of more rows is a form, not a table.
_MOST_HEADING_ROWS: Final = 5
TOP_KEYS: Final = (*_ABOUT, *_FILE, *_NOTATION, *_TRANSPORTS, "restates", "fields", "event")
ENTRY_KEYS: Final = ("name", "kind", "at", "when", "id", "once", "required", "refuse", "each", *FIELDS)
_TESTS: Final = ("in", "not_in", "equals", "like", "not_like", "present", "absent")


def load_mapping(name: str, table: Dict[str, Any], reference: Reference, pseudonyms: Pseudonyms) -> Mapping:
    """Read the mapping of a source.

    Args:
        name: name of the source.
        table: the [source.<name>] table as it stands in config.
        reference: of the state; codes in the mapping and in rows are checked against it.
        pseudonyms: of the installation.

    Raises:
        ConfigError: the mapping cannot be used.
    """
    return read_mapping(name, table, Vocabulary.of(reference), pseudonyms)


def read_mapping(name: str, table: Dict[str, Any], vocabulary: Vocabulary, pseudonyms: Pseudonyms) -> Mapping:
    """The same as load_mapping with a ready vocabulary."""
    problems = Problems()
    top = Settings(f"source.{name}", table, problems)
    top.only(TOP_KEYS)
    file = _file(top)
    defaults = Defaults(
        time=read_time(top, TimeNotation(timezone=vocabulary.timezone, year_starts=vocabulary.year_starts)),
        number=NumberNotation(_mark(top, "decimal", "."), _mark(top, "thousands", "")),
        empty=frozenset(top.texts("empty")),
        case_prefix=top.text("case_prefix"),
        vocabulary=vocabulary,
    )
    common = _fields(top.table("fields"), defaults)
    entries = tuple(
        _entry(settings, number, common, defaults)
        for number, written in enumerate(top.tables("event"), 1)
        for settings in _each(written, number)
    )
    if not entries and file.format != "cloudevents":
        top.wrong("event", f"a source without format = 'cloudevents' needs at least one [[source.{name}.event]]")
    if (entries or common) and file.format == "cloudevents":
        top.wrong("event", "CloudEvents say themselves what they are: this format takes no fields and no event")
    _check_different(top, entries)
    restating = _restating(top, entries, vocabulary) if top.flag("restates") else None
    problems.raise_if_any()
    if file.format == "cloudevents":
        return cloudevent_mapping(name, vocabulary, pseudonyms, file)
    columns = tuple(dict.fromkeys(column for entry in entries for column in entry.columns()))
    for key, named in (("fill_down", file.fill_down), ("headings", file.headings)):
        for column in named:
            if column not in columns:
                top.wrong(key, f"no event reads {column!r}; {nearest(column, columns)}")
    for column, others in file.headings.items():
        for twice in set(others) & set(columns):
            top.wrong(f"headings.{column}", f"{twice!r} is another column that events read")
    problems.raise_if_any()
    entries = tuple(_with_pseudonyms(entry, pseudonyms) for entry in entries)
    return Mapping(name, file, entries, columns, vocabulary, pseudonyms, defaults.empty, restating)


def _with_pseudonyms(entry: EntryRule, pseudonyms: Pseudonyms) -> EntryRule:
    """The same, by which texts that look like numbers of persons are also known as they stand in ids and quarantine."""
    fields = {name: _known_again(rule, pseudonyms) for name, rule in entry.fields.items()}
    when = tuple(
        replace(test, values=tuple(dict.fromkeys((*test.values, *map(pseudonyms.of_code, test.values)))))
        for test in entry.when
    )
    return replace(entry, kind=_known_again(entry.kind, pseudonyms), fields=fields, when=when)


def _known_again(rule: FieldRule, pseudonyms: Pseudonyms) -> FieldRule:
    if rule.names is None:
        return rule
    return replace(rule, names={**rule.names, **{pseudonyms.of_code(raw): to for raw, to in rule.names.items()}})


def read_time(settings: Settings, default: TimeNotation) -> TimeNotation:
    """Notation of instants, from the keys timezone, formats, clock_change, day, period and year_starts."""
    zone = settings.text("timezone", default.timezone)
    if zone not in available_timezones():
        settings.wrong("timezone", f"{zone!r} is not an IANA time zone; {nearest(zone, available_timezones())}")
        zone = default.timezone
    formats = settings.texts("formats", default.formats)
    day = cast("DayOfMonth", settings.choice("day", DAYS, default.day) if "day" in settings.content else default.day)
    starts = int(settings.bounded("year_starts", default.year_starts, 1, 12))
    for form in formats:
        if not known_format(form):
            settings.wrong(
                "formats",
                f"{form!r} is neither {', '.join(SPECIAL_FORMATS)} nor a strptime format with year, month and day, "
                "such as %d/%m/%Y %H:%M, or with year and month",
            )
        elif not day and not says_day(form):
            settings.wrong(
                "formats", f"{form!r} says no day: declare day = 'first' or 'last', the day by which a month is known"
            )
    _check_unlike(settings, formats)
    change = cast("ClockChange", settings.choice("clock_change", CLOCK_CHANGES, default.clock_change))
    return TimeNotation(formats or default.formats, zone, change, day, _months(settings, formats, day, default), starts)


def _months(settings: Settings, formats: tuple[str, ...], day: DayOfMonth, default: TimeNotation) -> int:
    """How many months a time stands for."""
    if "period" in settings.content:
        if day != "last":
            settings.wrong("period", "belongs to day = 'last', by which months, quarters and years are known")
        return PERIODS[settings.choice("period", PERIODS, "month")]
    quarters = "formats" in settings.content and set(formats) == {"financial_quarter"}
    return PERIODS["quarter"] if quarters else default.months


def _check_unlike(settings: Settings, formats: tuple[str, ...]) -> None:
    """No text may be one day in one format and another day in another one: which is meant is never guessed."""
    for one, other in combinations([form for form in formats if known_format(form)], 2):
        text = ambiguous_text(one, other)
        if text is not None:
            settings.wrong(
                "formats", f"{text!r} is one day as {one!r} and another as {other!r}; declare only one of them"
            )


def _file(top: Settings) -> FileNotation:
    form = top.choice("format", FORMATS, "csv") if "format" in top.content else None
    encoding = top.text("encoding")
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError:
        top.wrong("encoding", f"{encoding!r} is not an encoding such as utf-8, cp1252 or utf-16")
    skip = top.number("skip_lines", 0) or 0
    headings = top.table("headings")
    if "heading_rows" in top.content and "columns" in top.content:
        top.wrong("heading_rows", "says that there is a header, and `columns` that there is none")
    if top.text("title_rows") and not skip:
        top.wrong("title_rows", "looks at the rows before the header that `skip_lines` passes over; say how many")
    return FileNotation(
        format=cast("Format | None", form),
        encoding=encoding,
        delimiter=_mark(top, "delimiter", ""),
        quote=_mark(top, "quote", '"'),
        columns=top.texts("columns"),
        skip_lines=int(skip),
        heading_rows=int(top.bounded("heading_rows", 1, 1, _MOST_HEADING_ROWS)),
        rows=_rows(top),
        row_keys=_row_keys(top),
        headings={name: headings.texts(name) for name in headings.content},
        name=_pattern(top, "file_name"),
        sheets=_pattern(top, "sheets"),
        title=_pattern(top, "title_rows"),
        fill_down=top.texts("fill_down"),
    )


def _pattern(top: Settings, name: str) -> str:
    pattern = top.text(name)
    try:
        named = re.compile(pattern).groupindex
    except re.error as error:
        top.wrong(name, f"is not a regular expression: {error}")
        return ""
    if pattern and not named and name != "sheets":
        top.wrong(name, f"{pattern!r} needs a named group for each column, such as (?P<month>[0-9-]+)")
    return pattern


def _rows(top: Settings) -> str:
    text = top.text("rows")
    try:
        row_path(text)
    except ValueError as error:
        top.wrong("rows", str(error))
        return ""
    return text


def _row_keys(top: Settings) -> str:
    text = top.text("row_keys")
    if text and (not top.content.get("rows") or "/" in top.text("rows")):
        top.wrong("row_keys", "is used with rows only, and with one list: rows that are lists hold no lists inside")
    if text.count("/") > 1 or (text and not all(text.split("/"))):
        top.wrong("row_keys", f"{text!r} is neither the key of a list of texts nor one such as fields/id")
    return text


def _mark(top: Settings, name: str, default: str) -> str:
    mark = top.text(name, default)
    optional = name in {"thousands", "quote"} or name not in top.content
    if (len(mark) == 1 and mark not in "\r\n" and (mark.isascii() or name == "thousands")) or (optional and not mark):
        return mark
    top.wrong(name, f"must be one character, not {mark!r}")
    return default


def _fields(settings: Settings, defaults: Defaults) -> dict[str, FieldRule]:
    settings.only(FIELDS)
    return {
        name: rule
        for name in FIELDS
        if name in settings.content and (rule := read_field(settings, name, defaults, read_time)) is not None
    }


def _each(settings: Settings, number: int) -> Iterator[Settings]:
    """An entry, or one for every heading of its `each`: with the heading for {each} and what it stands for for {as}."""
    each = settings.content.get("each")
    if each is None:
        yield settings
        return
    texts = isinstance(each, list | tuple) and all(isinstance(one, str) for one in each)
    listed = each if texts else ()
    headings = each if isinstance(each, MappingABC) else dict(zip(listed, listed, strict=True))
    if not headings or not all(isinstance(text, str) for text in headings.values()) or len(headings) < len(listed):
        settings.wrong("each", "must be a list of headings, or a table of headings and what each stands for")
        return
    name = settings.text("name") or str(number)
    for heading, text in headings.items():
        told = {key: _told(value, heading, text) for key, value in settings.content.items() if key != "each"}
        yield Settings(f"{settings.key}[{heading}]", {**told, "name": f"{name}/{heading}"}, settings.problems)


def _told(value: Any, heading: str, text: str) -> Any:
    """A value of the mapping with a heading put in, however deep."""
    if isinstance(value, str):
        return value.replace("{each}", heading).replace("{as}", text)
    if isinstance(value, MappingABC):
        return {_told(key, heading, text): _told(one, heading, text) for key, one in value.items()}
    return [_told(one, heading, text) for one in value] if isinstance(value, list | tuple) else value


def _entry(settings: Settings, number: int, common: Dict[str, FieldRule], defaults: Defaults) -> EntryRule:
    settings.only(ENTRY_KEYS)
    own = {
        name: rule
        for name in FIELDS
        if name in settings.content and (rule := read_field(settings, name, defaults, read_time)) is not None
    }
    kind = read_kind(settings, defaults)
    template = settings.text("id")
    entry = EntryRule(
        name=settings.text("name") or str(number),
        kind=kind or FieldRule(f"{settings.key}.kind", const=""),
        at=read_field(settings, "at", defaults, read_time) or FieldRule(f"{settings.key}.at"),
        when=tuple(_conditions(settings)),
        event_id=_template(settings, "id", template) if template else None,
        once=settings.flag("once"),
        required=settings.flag("required"),
        fields={**common, **own},
        alone=settings.choice("refuse", REFUSED, "row") == "event",
    )
    for missing in {"kind", "at"} - settings.content.keys():
        settings.wrong(missing, "an event needs it")
    if kind is not None:
        _check_kinds(settings, entry, own)
    return entry


def _template(settings: Settings, name: str, text: str) -> Template:
    template = Template.parse(text)
    if not template.columns or any(mark in literal for literal in template.literals for mark in "{}"):
        settings.wrong(name, f"{text!r} must name at least one column in braces, such as {{case_id}}")
    return template


def _conditions(settings: Settings) -> Iterable[Condition]:
    for test in settings.tables("when"):
        test.only(("column", *_TESTS))
        column = test.text("column")
        named = [name for name in _TESTS if name in test.content]
        if not column or len(named) != 1:
            test.wrong("", f"needs a column and exactly one of {', '.join(_TESTS)}")
            continue
        yield _condition(test, column, named[0])


def _condition(test: Settings, column: str, name: str) -> Condition:
    if name in {"present", "absent"}:
        if not test.flag(name):
            test.wrong(name, "must be true; the opposite test is its own word")
        return Condition(column, "present" if name == "present" else "absent")
    if name == "equals":
        return Condition(column, "in", (test.scalar(name) or "",))
    if name in {"like", "not_like"}:
        pattern = test.text(name)
        if "*" not in pattern:
            test.wrong(name, f"{pattern!r} has no * in it; for one exact text use equals")
        literal = ".*".join(_quoted(part) for part in pattern.split("*"))
        return Condition(column, "like" if name == "like" else "not_like", pattern=f"(?s)^{literal}$")
    return Condition(column, "in" if name == "in" else "not_in", test.scalars(name))


def _quoted(text: str) -> str:
    """Text as RE2 takes it literally."""
    return "".join(letter if letter.isalnum() or ord(letter) > 127 else f"\\x{ord(letter):02x}" for letter in text)


def _check_kinds(settings: Settings, entry: EntryRule, own: Dict[str, FieldRule]) -> None:
    """Every kind that the entry can give has what it needs, and nothing was mapped in vain."""
    kinds = _possible_kinds(entry.kind)
    for kind in kinds:
        rule = KIND_RULES[kind]
        given = set(entry.fields)
        if {"metric", "asset"} <= rule.needs and given & {"area", "asset"}:
            given |= {"area", "asset"}
        for field in FIELDS:
            if field in rule.needs - given:
                also = " (or asset)" if field == "area" and "asset" in rule.needs else ""
                settings.wrong(field, f"{kind} needs it{also}; map it here or in fields")
        if rule.case_or_place and "case_id" not in given:
            if not {"service", "area"} <= given:
                settings.wrong("case_id", f"{kind} needs a case_id, or else both service and area")
            if entry.event_id is None:
                settings.wrong("id", f"{kind} without a case_id needs an id of its own, made from columns")
    taken = frozenset().union(*(KIND_RULES[kind].takes for kind in kinds))
    for field in own:
        if kinds and field not in taken:
            settings.wrong(field, f"{' or '.join(kinds)} does not take it; {nearest(field, taken)}")


def _possible_kinds(rule: FieldRule) -> list[str]:
    written = [rule.const, rule.default, *(rule.names or {}).values()]
    return [kind for kind in dict.fromkeys(written) if kind is not None and kind in KIND_RULES]


def _check_different(top: Settings, entries: tuple[EntryRule, ...]) -> None:
    ids = [entry.event_id.text for entry in entries if entry.event_id]
    names = [entry.name for entry in entries]
    for what, many in (("id", ids), ("name", names)):
        for twice in sorted({one for one in many if many.count(one) > 1}):
            top.wrong("event", f"two entries have the {what} {twice!r}; events of one source need different ones")


def _restating(top: Settings, entries: tuple[EntryRule, ...], vocabulary: Vocabulary) -> Restating:
    """How a source restates: by the instants that it states, or by what comes last."""
    stated = ["received_at" in entry.fields for entry in entries]
    if any(stated) and not all(stated):
        top.wrong("restates", "either all events take received_at, the instant of the statement, or none does")
    if not entries:
        top.wrong("restates", "CloudEvents are corrected by cm.event.corrected")
    months = [entry.at.time.months for entry in entries if entry.at.time.day == "last"]
    return Restating(all(stated), vocabulary.timezone, max(months, default=0))
