"""What is peculiar to a state: which feed a case comes by, what people ask for, who is slow, what is in trouble.

A story is a TOML file beside this module (stories/<state code>.toml). Names in it that the reference data do not hold
are passed over, so that a story outlives a change of the catalogue; a state without a story gets `default.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from warehouse.errors import ConfigError

FOLDER: Final = Path(__file__).with_name("stories")


@dataclass(frozen=True, slots=True)
class Habit:
    """How people and offices treat one service.

    Attributes:
        weight: how often it is asked for, against the other services.
        online: share of applications made without a visit.
        late: share decided after the limit in an average office.
        asked: share in which the applicant is asked something and the clock stops.
        rejected: share of decisions that reject.
        delivered: share of approved cases with a delivery of their own.
        reopened: share of decided cases that come back.
        fee: share of cases with a payment.
        fee_rupees: least and most that is paid.
        fee_on: "opening" or "decision".
        nominal_days: time that an average office takes for a case without a limit.
        round_clock: is work done day and night, and asked for by phone.
        season: weight of each month, January first.
    """

    weight: float = 1.0
    online: float = 0.45
    late: float = 0.085
    asked: float = 0.06
    rejected: float = 0.05
    delivered: float = 0.85
    reopened: float = 0.0
    fee: float = 0.15
    fee_rupees: tuple[float, float] = (20.0, 200.0)
    fee_on: str = "opening"
    nominal_days: float = 30.0
    round_clock: bool = False
    season: tuple[float, ...] = (1.0,) * 12


@dataclass(frozen=True, slots=True)
class Trouble:
    """A place that stands out.

    Attributes:
        area: code of the place; everything below it belongs to it.
        services: patterns of service codes that are meant.
        odds: factor on the odds of missing the limit.
        growth: factor that is reached over the last weeks before the simulation begins.
        volume: factor on the number of cases.
        lateness: factor on the time by which a missed limit is missed.
    """

    area: str
    services: tuple[str, ...] = ("*",)
    odds: float = 1.0
    growth: float = 1.0
    volume: float = 1.0
    lateness: float = 1.0


@dataclass(frozen=True, slots=True)
class Supply:
    """How the readings of a metric run.

    Attributes:
        metric: pattern of metric codes.
        typical: middle value in the metric's unit (of a flow: of a day), or in units of capacity, note or bound.
        of_capacity: typical is counted in the asset's capacity.
        of_note: typical is counted in a number of the asset's note, found by this regular expression.
        of: another metric of the asset in which typical is counted (beds occupied of beds); `*` stands in it for
            what it stands for in `metric`.
        multiple: typical is a multiple of that metric; else it is a share of it, never above 1.
        spread: how far assets differ from each other, as a share of typical.
        swing: how far one asset moves around its own middle, as a share of it.
        daily: share of a level that follows the time of day (peak in the evening).
        hours: when a flow flows: always, transport (5 to 23), day (7 to 20) or morning (7 to 14 o'clock).
        season: weight of each month, January first.
        whole: only whole numbers.
        closed: neither flows nor is read on days off.
        expected: of a flow: share of its bound, or of itself without losses, that is announced as expectation.
        per_day: readings a day wanted in live operation; 0 = let the rate decide.
        every_days: least days between two readings, of what is reported once a week or a month; 0 = any time.
        keep_within: least and most value, instead of the metric's range.
    """

    metric: str
    typical: float = 1.0
    of_capacity: bool = False
    of_note: str = ""
    of: str = ""
    multiple: bool = False
    spread: float = 0.2
    swing: float = 0.05
    daily: float = 0.0
    hours: str = "always"
    season: tuple[float, ...] = (1.0,) * 12
    whole: bool = False
    closed: bool = False
    expected: float = 0.0
    per_day: float = 0.0
    every_days: float = 0.0
    keep_within: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Failing:
    """An asset whose readings stand out.

    Attributes:
        assets: patterns of asset codes.
        metric: pattern of metric codes.
        value: what it falls or rises to (of a bounded metric: the share of its bound).
        since_days: how long before the simulation's beginning it started.
    """

    assets: tuple[str, ...]
    metric: str
    value: float
    since_days: float = 4.0


@dataclass(frozen=True, slots=True)
class Rule:
    """Which feed the cases of a service come by, if all given conditions hold.

    Attributes:
        feed: name of the source.
        departments: codes; empty = any.
        services: patterns of codes; empty = any.
        area_kinds: kinds of area; empty = any.
    """

    feed: str
    departments: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    area_kinds: tuple[str, ...] = ()

    def fits(self, department: str, service: str, area_kind: str) -> bool:
        """Whether the rule speaks of cases of this service in an area of this kind."""
        return (
            (not self.departments or department in self.departments)
            and (not self.services or matches(service, self.services))
            and (not self.area_kinds or area_kind in self.area_kinds)
        )


@dataclass(frozen=True, slots=True)
class Feed:
    """One source system.

    Attributes:
        name: of the source in config.
        prefix: two letters that begin its receipt numbers.
        lag_s: usual time from happening to arrival.
        outages_per_day: how often nothing arrives for a while, on average.
        outage_min: least and most length of such a time.
    """

    name: str
    prefix: str
    lag_s: float = 10.0
    outages_per_day: float = 0.0
    outage_min: tuple[float, float] = (20.0, 40.0)


@dataclass(frozen=True, slots=True)
class Story:
    """Everything peculiar to a state; see the module and the classes above.

    Attributes:
        feeds: all source systems; the order is the order of codes.
        default_feed: takes what no rule names.
        reading_feeds: feed by the name that metrics give as their source, where the two differ.
        feedback_feed: brings what citizens say.
        rules: the first that fits decides the feed of a case.
        habits: by pattern of service code or `kind:<kind>`; later ones refine earlier ones.
        troubles: factors multiply where several fit.
        supplies: the first that fits a metric decides.
        failing: the first that fits an asset and a metric decides.
        feedback_share: share of delivered cases that are called.
        pleased_in_time: share of satisfied answers when the limit was kept.
        pleased_late: the same when it was missed.
        withdrawn: share of cases that the applicant takes back.
    """

    feeds: tuple[Feed, ...]
    default_feed: str
    feedback_feed: str
    reading_feeds: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    habits: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    troubles: tuple[Trouble, ...] = ()
    supplies: tuple[Supply, ...] = ()
    failing: tuple[Failing, ...] = ()
    feedback_share: float = 0.12
    pleased_in_time: float = 0.81
    pleased_late: float = 0.47
    withdrawn: float = 0.012

    def feed_names(self) -> tuple[str, ...]:
        """Names of all feeds, in the order of their codes."""
        return tuple(feed.name for feed in self.feeds)

    def habit(self, service: str, kind: str) -> Habit:
        """The habit of a service: everything that fits, put over each other in the order of the file."""
        merged: dict[str, Any] = {}
        for pattern, values in self.habits:
            if pattern == f"kind:{kind}" or fnmatchcase(service, pattern):
                merged.update(values)
        return Habit(**merged)

    def feed_of(self, department: str, service: str, area_kind: str) -> str:
        """Name of the feed by which a case comes."""
        for rule in self.rules:
            if rule.fits(department, service, area_kind):
                return rule.feed
        return self.default_feed

    def supply_of(self, metric: str) -> Supply:
        """How a metric runs; a metric that no line names gets the defaults."""
        for supply in self.supplies:
            if fnmatchcase(metric, supply.metric):
                return _with_same_star(supply, metric)
        return Supply(metric)


def _with_same_star(supply: Supply, metric: str) -> Supply:
    if "*" not in supply.of:
        return supply
    before, _, after = supply.metric.partition("*")
    return replace(supply, of=supply.of.replace("*", metric[len(before) : len(metric) - len(after)]))


def matches(code: str, patterns: tuple[str, ...]) -> bool:
    """Whether a code fits one of the patterns (shell style: `*permit*`)."""
    return any(fnmatchcase(code, pattern) for pattern in patterns)


def load_story(state: str, folder: Path = FOLDER) -> Story:
    """Read the story of a state.

    Args:
        state: code of the state; without a file of its own it gets `default.toml`.
        folder: where stories lie.

    Raises:
        ConfigError: the file is not TOML, or says something unknown; names the file.
    """
    file = folder / f"{state}.toml"
    if not file.exists():
        file = folder / "default.toml"
    try:
        plain = tomllib.loads(file.read_text(encoding="utf-8"))
        return _story(plain)
    except (OSError, tomllib.TOMLDecodeError, TypeError, KeyError) as error:
        raise ConfigError(f"{file}: not a story of the simulator: {error}") from error


def _story(plain: Mapping[str, Any]) -> Story:
    return Story(
        feeds=tuple(Feed(**_tuples(one)) for one in plain["feed"]),
        rules=tuple(Rule(**_tuples(one)) for one in plain.get("rule", ())),
        habits=tuple((pattern, _tuples(values)) for pattern, values in plain.get("habit", {}).items()),
        troubles=tuple(Trouble(**_tuples(one)) for one in plain.get("trouble", ())),
        supplies=tuple(Supply(**_tuples(one)) for one in plain.get("supply", ())),
        failing=tuple(Failing(**_tuples(one)) for one in plain.get("failing", ())),
        **plain.get("story", {}),
    )


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
