"""The indicator catalogue as the screens know it: one frozen Indicator per row of the engine's catalogue table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from dashboard import format as form

if TYPE_CHECKING:
    import pyarrow as pa

#: Thresholds under this key hold for every level that has none of its own.
DEFAULT_LEVEL: Final = "default"
#: How codes of roll-ups begin; the rule code_prefix of the catalogue sees to it.
_ROLL_UPS: Final = ("gov_", "dept_")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Thresholds of one level, in the indicator's unit; None where there is no such bound.

    A value on a threshold is still on its better side. A range has a low and a high bound, other directions one.
    """

    amber_low: float | None = None
    red_low: float | None = None
    amber_high: float | None = None
    red_high: float | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator, as far as screens show it.

    Attributes:
        code, index: name and place on the snapshot's second axis.
        department, family, subjects: what it is about; subjects are service and metric codes.
        name_en, name_local, unit_en, unit_local: words.
        decimals: digits shown after the point.
        direction: lower | higher | range | neutral is better.
        time: flow | stock | level | quantile.
        numerator, denominator, factor: the formula in the closed expression language.
        words_numerator_en, words_numerator_local, words_denominator_en, words_denominator_local: what is counted.
        bands: thresholds per level code, or DEFAULT_LEVEL.
        target: value the owner wants; None = none stated.
        counts_cases: it sets cases against cases or people, so that their numbers tell what may be chance.
        is_proportion: all that its numerator counts is among what its denominator counts.
        minimum_base: denominator below which nothing is banded.
        sources: names of source systems.
        freshness_budget_s: seconds after which a silent source makes the value late.
        owner_post: post that answers for the definition.
        version, valid_from: of this wording.
        legal_basis: of the limit.
        headline_period: period shown when nobody chose one.
    """

    code: str
    index: int
    department: str
    family: str
    subjects: tuple[str, ...]
    name_en: str
    name_local: str
    unit_en: str
    unit_local: str
    decimals: int
    direction: str
    time: str
    numerator: str
    denominator: str
    factor: float
    words_numerator_en: str
    words_numerator_local: str
    words_denominator_en: str
    words_denominator_local: str
    bands: Mapping[str, Bounds]
    target: float | None
    counts_cases: bool
    is_proportion: bool
    minimum_base: float
    sources: tuple[str, ...]
    freshness_budget_s: float
    owner_post: str
    version: int
    valid_from: date
    legal_basis: str
    headline_period: str

    @property
    def is_count(self) -> bool:
        """Whether it only counts: no denominator of its own, and no quantile."""
        return self.denominator in {"", "1"} and self.time != "quantile"

    @property
    def grows(self) -> bool:
        """Whether it counts what flows: the number of a month so far says nothing against that of another day of it."""
        return self.time == "flow" and self.is_count

    @property
    def is_roll_up(self) -> bool:
        """Whether it adds up the whole government or a department; what it counts is counted by others too."""
        return self.code.startswith(_ROLL_UPS)

    @property
    def is_share(self) -> bool:
        """Whether its value is a percentage."""
        return self.unit_en == "%"

    def digits(self, value: float | None) -> str:
        """A value as it is written, without its unit; "–" for None."""
        return form.percent_figure(value) if self.is_share else form.number(value, self.decimals)

    def bounds(self, level: str) -> Bounds | None:
        """The thresholds for areas of a level; None if values there are never banded."""
        return self.bands.get(level) or self.bands.get(DEFAULT_LEVEL)


def read_catalogue(table: pa.Table) -> dict[str, Indicator]:
    """All indicators by code, in snapshot order.

    Args:
        table: the engine's catalogue. Shape: one row per indicator, columns as the attributes of Indicator.
    """
    return {row["code"]: _indicator(row) for row in table.to_pylist()}


def _indicator(row: Mapping[str, Any]) -> Indicator:
    read = {"bands", "subjects", "sources", "valid_from"}
    since = row["valid_from"]
    return Indicator(
        **{name: row[name] for name in Indicator.__slots__ if name not in read},
        bands={level: _bounds(given, row["direction"]) for level, given in json.loads(row["bands"] or "{}").items()},
        valid_from=date.fromisoformat(since) if isinstance(since, str) else since,
        subjects=tuple(row["subjects"] or ()),
        sources=tuple(row["sources"] or ()),
    )


def _bounds(given: Mapping[str, float | list[float]], direction: str) -> Bounds:
    limits: dict[str, float] = {}
    for name in ("amber", "red"):
        value = given.get(name)
        if isinstance(value, list):
            limits[f"{name}_low"], limits[f"{name}_high"] = value
        elif value is not None:
            limits[f"{name}_{'low' if direction == 'higher' else 'high'}"] = value
    return Bounds(**limits)
