"""Record → Definition: every field typed, expressions parsed, thresholds read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from indicators.definition import Definition, Direction, Origin, Thresholds, TimeOperator, Words
from indicators.expression import Expression, ExpressionError, Missing, Names, Number, parse
from indicators.issue import Issue
from indicators.nesting import Formula, Nesting, has_nested
from indicators.record import FieldReader, Record

if TYPE_CHECKING:
    from warehouse.reference import Reference

#: Name of the rule that finds expressions outside the language.
EXPRESSION: Final = "expression"
_NOTHING: Final = Expression("1", Number(1.0))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What definitions may name, from reference data.

    Attributes:
        services, metrics: codes.
        order: place of every subject code in reference data.
        language: code of the state's language.
        metric_sources: name of the source that each metric's readings come from.
        levels: codes of the levels of area.
        aggregate_of: the measure that `reported` stands for, by metric.
        constants: named numbers of the catalogue.
    """

    services: frozenset[str]
    metrics: frozenset[str]
    order: Mapping[str, int]
    language: str
    metric_sources: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    aggregate_of: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, reference: Reference, language: str, constants: Mapping[str, float] | None = None) -> Vocabulary:
        """The vocabulary of a state's reference data and of a catalogue's constants."""
        order = {code: place for place, code in enumerate(reference.subjects)}
        sources = {code: metric.source for code, metric in reference.metrics.items() if metric.source}
        services, metrics = frozenset(reference.services), frozenset(reference.metrics)
        return cls(
            services=services,
            metrics=metrics,
            order=MappingProxyType(order),
            language=language,
            metric_sources=MappingProxyType(sources),
            levels=tuple(level.code for level in reference.state.levels),
            aggregate_of={code: "level" for code, metric in reference.metrics.items() if metric.time == "level"},
            constants=constants or {},
        )

    def names(self, subjects: tuple[str, ...]) -> Names:
        """What the expressions of an indicator about some subjects may name."""
        return Names(
            subjects=subjects,
            services=self.services,
            metrics=self.metrics,
            constants=self.constants,
            levels=self.levels,
            aggregate_of=self.aggregate_of,
        )


def build_definition(record: Record, words: Vocabulary) -> tuple[Definition | None, list[Issue]]:
    """Make the definition of a record.

    Args:
        record: its fields, merged.
        words: what may be named.

    Returns:
        The definition, or None if anything is wrong, and what is wrong.
    """
    reader = FieldReader(record, words.language)
    reader.check_names()
    subjects = _subjects(reader, words)
    names = words.names(subjects)
    missing = reader.choice("missing", Missing) if "missing" in record.fields else Missing.SKIP
    quantile = reader.number_or_none("quantile")
    direction = reader.choice("direction", Direction)
    made = Definition(
        code=reader.text("code"),
        department=reader.text("department"),
        family=reader.text("family", ""),
        subjects=subjects,
        numerator=_expression(reader, "numerator", names, missing, "decided" if quantile is not None else None),
        denominator=_expression(reader, "denominator", names, missing, "1"),
        quantile=quantile,
        factor=reader.number("factor", 1.0),
        name=_words(reader, "name"),
        unit=_words(reader, "unit"),
        decimals=reader.whole("decimals", 0),
        direction=direction,
        time=reader.choice("time", TimeOperator),
        bands=MappingProxyType(dict(_bands(reader, direction))),
        target=reader.number_or_none("target"),
        minimum_base=reader.number("minimum_base", 0.0),
        sources=_sources(subjects, words) or reader.texts("sources"),
        freshness_budget_s=reader.whole("freshness_budget_s"),
        owner_post=reader.text("owner_post"),
        version=reader.whole("version"),
        valid_from=reader.day("valid_from"),
        reason=reader.text("reason"),
        words_numerator=_words(reader, "words_numerator"),
        words_denominator=_words(reader, "words_denominator", ""),
        legal_basis=reader.text("legal_basis", ""),
        headline_period=reader.text("headline_period", "mtd"),
        origin=record.origin,
        places=dict(_places(record)),
    )
    return (None if reader.issues else made), reader.issues


def _places(record: Record) -> Iterator[tuple[str, Origin]]:
    for name, located in record.fields.items():
        yield name, located.origin
        for part, origin in located.parts.items():
            yield f"{name}.{part}", origin


def _subjects(reader: FieldReader, words: Vocabulary) -> tuple[str, ...]:
    asked = reader.texts("subjects")
    for code in asked:
        if code not in words.order:
            reader.wrong("subjects", f"`{code}` is neither a service nor a metric of the reference data")
    if not asked:
        reader.wrong("subjects", "at least one service or metric is needed")
    return tuple(sorted({code for code in asked if code in words.order}, key=words.order.__getitem__))


def _sources(subjects: tuple[str, ...], words: Vocabulary) -> tuple[str, ...]:
    """Where the readings come from, as the reference data say; nothing for an indicator about services."""
    return tuple(dict.fromkeys(words.metric_sources[code] for code in subjects if code in words.metric_sources))


def _expression(reader: FieldReader, name: str, names: Names, missing: Missing, default: str | None) -> Expression:
    text = reader.text(name, default)
    if not text:
        return _NOTHING
    try:
        return parse(text, names, missing)
    except ExpressionError as error:
        place = reader.place(name)
        message = f"column {place.column + error.column - 1}: {name} `{text}`: {error.message}"
        reader.issues.append(Issue.error(EXPRESSION, place, message))
        return _NOTHING


def put_in(definitions: Iterable[Definition]) -> tuple[list[Definition], list[Issue]]:
    """Put the indicators that others refer to by `#code` in their places.

    Args:
        definitions: all of the catalogue.

    Returns:
        The definitions without references, and what is wrong with the others: an unknown code, a circle with all its
        places, a quantile.
    """
    given = list(definitions)
    nesting = Nesting(
        {
            item.code: Formula(item.numerator, item.denominator, item.factor, item.quantile is None, str(item.origin))
            for item in reversed(given)
        }
    )
    made: list[Definition] = []
    issues: list[Issue] = []
    for item in given:
        if not (has_nested(item.numerator) or has_nested(item.denominator)):
            made.append(item)
            continue
        try:
            formula = nesting.resolved(item.code)
        except ExpressionError as error:
            issues.append(Issue.error(EXPRESSION, item.origin, f"{item.code}: {error.message}"))
        else:
            made.append(replace(item, numerator=formula.numerator, denominator=formula.denominator))
    return made, issues


def _words(reader: FieldReader, name: str, default: str | None = None) -> Words:
    return Words(reader.text(f"{name}_en", default), reader.text(f"{name}_{reader.language}", default))


def _bands(reader: FieldReader, direction: Direction) -> Iterator[tuple[str, Thresholds]]:
    for level, plain in reader.table("bands").items():
        if not isinstance(plain, Mapping) or not plain or set(plain) - {"amber", "red"}:
            reader.wrong("bands", f"{level}: a table with amber, red or both is needed, not {plain!r}")
            continue
        bounds = {mark: _bounds(reader, level, value, direction) for mark, value in plain.items()}
        amber = bounds.get("amber", bounds.get("red", (-math.inf, math.inf)))
        red = bounds.get("red", (-math.inf, math.inf))
        yield level, Thresholds(amber_low=amber[0], red_low=red[0], amber_high=amber[1], red_high=red[1])


def _bounds(reader: FieldReader, level: str, value: object, direction: Direction) -> tuple[float, float]:
    written = value if isinstance(value, list) else [value]
    numbers = [float(item) for item in written if isinstance(item, int | float) and not isinstance(item, bool)]
    wanted = 2 if direction is Direction.RANGE else 1
    if len(numbers) != wanted or len(written) != wanted:
        what = "a pair [low, high]" if wanted == 2 else "one number"
        reader.wrong("bands", f"{level}: direction {direction} needs {what}, not {value!r}")
        return -math.inf, math.inf
    if direction is Direction.RANGE:
        return numbers[0], numbers[1]
    return (numbers[0], math.inf) if direction is Direction.HIGHER else (-math.inf, numbers[0])
