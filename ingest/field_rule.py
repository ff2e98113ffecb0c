"""Reads one field of a mapping: a column, a constant or a table of both, and checks the codes written in it.

Who may import it: ingest.mapping only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import pyarrow as pa

from ingest.instant import parse_instants
from ingest.kind import KIND_RULES, RANGES
from ingest.number import parse_plain
from ingest.rule import FieldRule, NumberNotation, Template, TimeNotation, composed, without_case
from ingest.settings import as_text, is_scalar, nearest
from ingest.vocabulary import Range
from warehouse.event import KINDS, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from ingest.rule import DurationUnit
    from ingest.settings import Settings
    from ingest.vocabulary import Vocabulary

TIMES: Final = frozenset({"at", "due_at", "received_at"})
NUMBERS: Final = frozenset({"amount", "rating", "value"})
TEXTS: Final = frozenset({"case_id", "office", "post", "step", "channel", "asset", "ref"})
_WAYS: Final = ("column", "const", "template", "whole_state")
_EVERY: Final = ("column", "const", "map", "any_case", "default", "empty", "optional", "first_filled")
#: How the two instants of a duration are written.
_OF_SINCE: Final = ("timezone", "formats", "clock_change")
#: What is said of numbers, and of no duration.
_OF_NUMBERS: Final = ("const", "map", "default", "decimal", "thousands", "unit")
_DURATIONS: Final = ("seconds", "minutes", "hours", "days")
_MORE: Final = {
    "time": ("timezone", "formats", "clock_change", "day", "period", "year_starts", "template"),
    "number": ("decimal", "thousands", "unit", "scale", "min", "max", "duration", "since", *_OF_SINCE),
    "text": ("template",),
    "area": ("by", "level", "within", "whole_state"),
    "asset": ("by", "template"),
    "code": (),
}
#: Amounts are stated in rupees unless scale says otherwise, and kept in paise.
_SCALES: Final = {"amount": 100.0}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for all fields of a mapping unless a field says otherwise.

    Attributes:
        time: notation of instants.
        number: notation of numbers.
        empty: texts that mean empty.
        case_prefix: put before case ids.
        vocabulary: codes of the state.
    """

    time: TimeNotation
    number: NumberNotation
    empty: frozenset[str]
    case_prefix: str
    vocabulary: Vocabulary


def read_kind(settings: Settings, defaults: Defaults) -> FieldRule | None:
    """The kind of an entry: `kind = "case.opened"`, or a table when a column says it; None when it is missing."""
    written = settings.content.get("kind")
    if not isinstance(written, str):
        return read_field(settings, "kind", defaults, lambda _, default: default) if written is not None else None
    if written not in KINDS:
        settings.wrong("kind", f"{written!r} is not a kind of event; {nearest(written, KINDS)}")
        return None
    return FieldRule(f"{settings.key}.kind", const=written)


def read_field(
    settings: Settings, name: str, defaults: Defaults, read_time: Callable[[Settings, TimeNotation], TimeNotation]
) -> FieldRule | None:
    """Read one field.

    Args:
        settings: the table that it stands in.
        name: the field.
        defaults: of the mapping.
        read_time: reads the notation of instants.

    Returns:
        None when it is not there or cannot be read.
    """
    written = settings.content.get(name)
    prefix = defaults.case_prefix if name == "case_id" else ""
    if isinstance(written, str):
        rule = FieldRule(
            f"{settings.key}.{name}",
            columns=(written,),
            empty=defaults.empty,
            time=defaults.time,
            number=defaults.number,
            scale=_SCALES.get(name, 1.0),
            within=RANGES.get(name),
            prefix=prefix,
        )
        if not written:
            settings.wrong(name, "is empty; name a column")
        return rule
    if written is None:
        return None
    if not isinstance(written, Mapping):
        settings.wrong(name, "must be the name of a column, or a table with one of " + ", ".join(_WAYS))
        return None
    table = settings.table(name)
    kind = _kind_of(name)
    table.only((*_EVERY, *_MORE[kind], *(("citizen",) if name == "case_id" else ())))
    if sum(way in table.content for way in _WAYS) != 1:
        allowed = [way for way in _WAYS if way in _EVERY or way in _MORE[kind]]
        table.wrong("", f"needs exactly one of {', '.join(allowed)}")
        return None
    timed = kind == "time" or "since" in table.content
    rule = _rule(table, name, defaults, read_time(table, defaults.time) if timed else defaults.time, prefix)
    _check_written(table, name, rule, defaults.vocabulary)
    if rule.optional and not rule.all_columns():
        table.wrong("optional", "belongs to column or template")
    if rule.any_case and rule.names is None:
        table.wrong("any_case", "belongs to map")
    if rule.first_filled and len(rule.columns) < 2:
        table.wrong("first_filled", "belongs to a list of columns")
    if kind == "number":
        _check_duration(table, rule)
    return rule


def _check_duration(table: Settings, rule: FieldRule) -> None:
    for key in _OF_NUMBERS if rule.duration else ("since",):
        if key in table.content:
            table.wrong(key, "is not said of a duration" if rule.duration else "belongs to duration")
    for key in _OF_SINCE:
        if key in table.content and not rule.since:
            table.wrong(key, "belongs to since")


def _kind_of(name: str) -> str:
    if name in TIMES:
        return "time"
    if name in NUMBERS:
        return "number"
    if name in {"area", "asset"}:
        return name
    return "text" if name in TEXTS else "code"


def _rule(table: Settings, name: str, defaults: Defaults, time: TimeNotation, prefix: str) -> FieldRule:
    const = defaults.vocabulary.root if table.content.get("whole_state") is True else table.scalar("const")
    if "whole_state" in table.content and table.content["whole_state"] is not True:
        table.wrong("whole_state", "must be true")
    template = Template.parse(table.text("template")) if "template" in table.content else None
    if template is not None and not template.columns:
        table.wrong("template", "must name at least one column in braces, such as {ward}")
    number = NumberNotation(
        table.text("decimal", defaults.number.decimal),
        table.text("thousands", defaults.number.thousands),
        table.texts("unit"),
    )
    return FieldRule(
        table.key,
        columns=table.texts("column"),
        const=const,
        template=template,
        names=_names(table) if "map" in table.content else None,
        any_case=table.flag("any_case"),
        default=table.scalar("default"),
        empty=defaults.empty | frozenset(table.texts("empty")),
        time=time,
        number=number,
        scale=table.number("scale", _SCALES.get(name, 1.0)) or 1.0,
        within=_range(table, name),
        codes=_codes(table, name, defaults.vocabulary),
        by=str(table.content.get("by", "name")),
        prefix=prefix,
        around=table.text("within"),
        citizen=table.flag("citizen"),
        optional=table.flag("optional"),
        first_filled=table.flag("first_filled"),
        duration=cast("DurationUnit", table.choice("duration", _DURATIONS, "") if "duration" in table.content else ""),
        since=table.text("since"),
    )


def _names(table: Settings) -> dict[str, str]:
    names = table.table("map").content
    bad = [raw for raw, value in names.items() if not is_scalar(value)]
    for raw in bad:
        table.wrong(f"map.{raw}", "must be a text or a number")
    loose = without_case if table.flag("any_case") else composed
    read: dict[str, str] = {}
    for raw, value in names.items():
        if raw not in bad and read.setdefault(loose(raw.strip()), as_text(value)) != as_text(value):
            table.wrong(f"map.{raw}", "stands for two values, because case does not matter")
    return read


def _range(table: Settings, name: str) -> Range | None:
    least, most = table.number("min"), table.number("max")
    if least is not None and most is not None and least > most:
        table.wrong("min", f"{least} is above max {most}")
    return Range(least, most) if least is not None or most is not None else RANGES.get(name)


def _codes(table: Settings, name: str, vocabulary: Vocabulary) -> Mapping[str, str] | None:
    if "by" not in table.content:
        if "level" in table.content:
            table.wrong("level", 'belongs to by = "name", "lgd" or "lsg"')
        if "within" in table.content:
            table.wrong("within", 'belongs to by = "name"')
        return None
    if name == "asset":
        table.choice("by", ("name",), "name")
        return vocabulary.asset_names
    by = table.choice("by", ("name", "lgd", "lsg"), "name")
    if by != "name" and "within" in table.content:
        table.wrong("within", 'belongs to by = "name"')
    levels = vocabulary.levels()
    level = table.text("level")
    if level not in levels:
        table.wrong("level", f"{level!r} is not a level of area; {nearest(level, levels)}")
        return None
    if by == "lsg":
        return vocabulary.places_by_lsg(level)
    if by == "lgd":
        return vocabulary.places_by_lgd(level)
    # where the column of the area around is empty, a name that only one place has is enough
    around = vocabulary.places_within(level) if "within" in table.content else {}
    return {**vocabulary.places_by_name(level), **around}


def _check_written(table: Settings, name: str, rule: FieldRule, vocabulary: Vocabulary) -> None:
    """Refuse constants, defaults and map values that could never be right."""
    written = [(key, value) for key, value in (("const", rule.const), ("default", rule.default)) if value is not None]
    written += [(f"map.{raw}", value) for raw, value in (rule.names or {}).items()]
    known = _known(name, vocabulary)
    for key, value in written:
        if known is not None and value not in known:
            table.wrong(key, f"{name} {value!r} is not known; {nearest(value, known)}")
        elif name in NUMBERS and _bad(parse_plain(pa.array([value], pa.string()))[1]):
            table.wrong(key, f"{value!r} is not a number")
        elif name in TIMES and _bad(parse_instants(pa.array([value], pa.string()), rule.time)[1]):
            table.wrong(key, f"{value!r} is not a time in the formats {', '.join(rule.time.formats)}")


def _bad(mask: Iterable[bool]) -> bool:
    return any(bool(one) for one in mask)


def _known(name: str, vocabulary: Vocabulary) -> Collection[str] | None:
    return {
        "kind": KIND_RULES,
        "outcome": OUTCOMES,
        "service": vocabulary.services,
        "area": vocabulary.places,
        "metric": vocabulary.metrics,
    }.get(name)
