"""What an indicator is: one frozen record, checked before it is made.

Invariants: a Definition in memory has passed every rule in indicators/rule; codes are unique; expressions are parsed;
every name exists in English and in the state's language. The order of a Catalogue is the second axis of every
snapshot and never changes while the engine runs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from indicators.expression import POPULATION, Expression
from warehouse.measure import CASE_COUNTS
from warehouse.value import Band

#: Thresholds under this key hold for every level that has none of its own.
DEFAULT_LEVEL: Final = "default"


class Direction(StrEnum):
    """Which way is better."""

    LOWER = "lower"
    HIGHER = "higher"
    RANGE = "range"  # inside the thresholds is better: reservoir levels, bed occupancy
    NEUTRAL = "neutral"  # a volume: neither more nor less is better; never banded


class TimeOperator(StrEnum):
    """How the value of a period comes about."""

    FLOW = "flow"  # summed over the days of the period
    STOCK = "stock"  # counted now; the same in every period that ends now, none for earlier spans
    LEVEL = "level"  # last reading of every asset; as for stocks
    QUANTILE = "quantile"  # from the merged histogram of decision times


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a definition was written.

    Attributes:
        file: path as given to the loader.
        line: 1-based line of its record or field.
        column: 1-based column of its value.
    """

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Values up to which an indicator is normal or amber, in its own unit; infinite where there is no bound.

    Normal lies inside [amber_low, amber_high], amber outside it but inside [red_low, red_high], red outside both.
    A value exactly on a threshold is still on its better side: "past the threshold" is what changes the band.
    """

    amber_low: float = -math.inf
    red_low: float = -math.inf
    amber_high: float = math.inf
    red_high: float = math.inf

    def band(self, value: float) -> Band:
        """The band of one value; a missing value has none."""
        if math.isnan(value):
            return Band.UNBANDED
        if not self.red_low <= value <= self.red_high:
            return Band.RED
        return Band.NORMAL if self.amber_low <= value <= self.amber_high else Band.AMBER

    def to_json(self) -> dict[str, float | list[float]]:
        """Plain values as in the catalogue: {"amber": 12, "red": 15}, or pairs for a range."""
        plain: dict[str, float | list[float]] = {}
        for name, low, high in (("amber", self.amber_low, self.amber_high), ("red", self.red_low, self.red_high)):
            bounds = [bound for bound in (low, high) if math.isfinite(bound)]
            if bounds:
                plain[name] = bounds if len(bounds) == 2 else bounds[0]
        return plain


@dataclass(frozen=True, slots=True)
class Words:
    """One text in English and in the state's language."""

    en: str
    local: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator.

    Attributes:
        code: e.g. `lsg_building_permit_overdue_share`.
        department: code of the department that answers for it.
        family: name of the family it was expanded from; empty if written by hand.
        subjects: service and metric codes it is about, in the order of reference data.
        numerator: expression, summed over the area first; it says what counts of which nothing was reported.
        denominator: the same; the constant 1 for an indicator that only counts.
        quantile: share of decisions that took at most the value's time; None unless time is quantile.
        factor: the quotient is multiplied by it, e.g. 100 for a percentage.
        name, unit: what it is called and counted in.
        decimals: digits after the point when shown.
        direction, time: see the enums.
        bands: thresholds by level of area; DEFAULT_LEVEL for the rest. Empty = never banded.
        target: the value the owner wants to reach; None if there is none.
        minimum_base: a denominator below it is a small base: shown, never banded. 0 = any base will do.
        sources: names of the source systems, as in config.toml.
        freshness_budget_s: seconds after which a silent source makes the value late.
        owner_post: code of the post that answers for the definition.
        version, valid_from, reason: of this wording of the definition.
        words_numerator, words_denominator: what is counted, in words.
        legal_basis: of the limit, where one is involved.
        headline_period: the period shown when nobody chose one.
        origin: where it was written: its table, or that of the service or group it was expanded over.
        places: where each of its fields was written, by name; a part of one as `bands.state`.
    """

    code: str
    department: str
    subjects: tuple[str, ...]
    numerator: Expression
    denominator: Expression
    factor: float
    name: Words
    unit: Words
    decimals: int
    direction: Direction
    time: TimeOperator
    sources: tuple[str, ...]
    freshness_budget_s: int
    owner_post: str
    version: int
    valid_from: date
    reason: str
    words_numerator: Words
    words_denominator: Words
    headline_period: str
    origin: Origin
    family: str = ""
    quantile: float | None = None
    bands: Mapping[str, Thresholds] = field(default_factory=lambda: MappingProxyType({}))
    target: float | None = None
    minimum_base: float = 0.0
    legal_basis: str = ""
    places: Mapping[str, Origin] = field(default_factory=dict, repr=False, compare=False)

    def place(self, name: str) -> Origin:
        """Where a field (or a part of one, `bands.state`) was written; its table if it was not."""
        return self.places.get(name) or self.places.get(name.partition(".")[0]) or self.origin

    @property
    def texts(self) -> tuple[tuple[str, Words], ...]:
        """Its texts in both languages with the names of their fields, without the suffix; only those that it has."""
        texts = (
            ("name", self.name),
            ("unit", self.unit),
            ("words_numerator", self.words_numerator),
            ("words_denominator", self.words_denominator),
        )
        return texts if self.words_denominator != Words("", "") else texts[:-1]

    @property
    def is_count(self) -> bool:
        """Whether it has no denominator of its own."""
        return self.denominator.is_one() and self.quantile is None

    @property
    def counts_cases(self) -> bool:
        """Whether it sets cases or answers against cases, answers or people, so that their numbers tell chance."""
        return _is_sum_of(self.numerator, CASE_COUNTS) and _is_sum_of(self.denominator, CASE_COUNTS | {POPULATION})

    @property
    def formula(self) -> str:
        """The whole formula in the expression language, as people read it."""
        if self.quantile is not None:
            return f"quantile({self.quantile:g}) of decision times × {self.factor:g}"
        text = self.numerator.text if self.is_count else f"({self.numerator.text}) ÷ ({self.denominator.text})"
        return text if self.factor == 1 else f"{text} × {self.factor:g}"

    def thresholds(self, level: str) -> Thresholds | None:
        """The thresholds for areas of a level; None if values there are never banded."""
        return self.bands.get(level) or self.bands.get(DEFAULT_LEVEL)

    def bands_json(self) -> str:
        """The thresholds per level as JSON, for the catalogue table."""
        return json.dumps({level: bounds.to_json() for level, bounds in self.bands.items()}, separators=(",", ":"))


def _is_sum_of(expression: Expression, measures: frozenset[str]) -> bool:
    linear = expression.linear()
    if linear is None or linear[1] != 0 or not linear[0]:
        return False
    return all(part == 1 and term.measure in measures for term, part in linear[0].items())


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All indicators in force, in snapshot order.

    Attributes:
        definitions: the indicators.
        index: position by code.
    """

    definitions: tuple[Definition, ...]
    index: Mapping[str, int]

    @classmethod
    def of(cls, definitions: tuple[Definition, ...]) -> Catalogue:
        """A catalogue of these definitions in this order."""
        return cls(definitions, MappingProxyType({item.code: place for place, item in enumerate(definitions)}))

    def __getitem__(self, code: str) -> Definition:
        return self.definitions[self.index[code]]

    def __len__(self) -> int:
        return len(self.definitions)
