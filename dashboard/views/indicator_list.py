"""All indicators as columns: what never changes (names, units, targets) and what is true now at one place.

Invariants: both have one entry per indicator in the order of the catalogue; a number of a silent source is not told, a
colour of a late one neither, so that the browser cannot show either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dashboard import format as form
from dashboard import language
from dashboard.freshness import Freshness
from dashboard.views.attention_order import attention_places, worsening
from dashboard.views.coverage import read_reported
from dashboard.views.earlier import earlier_flows, earlier_stock, read_stocks
from dashboard.views.place import named, service_name
from dashboard.views.scope import CHOICES, DEFAULT_PERIOD
from dashboard.views.target import target_at
from dashboard.views.today import today
from warehouse.errors import EngineGoneError
from warehouse.value import PERIODS, Band

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from dashboard.catalogue import Indicator
    from dashboard.freshness import AsOf
    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from dashboard.views.coverage import Coverage
    from warehouse.reference import Area, Department

_DIGITS: Final = 6
_DAY_S: Final = 86_400
_LATE: Final = 2
_URGENCY: Final = {Band.RED: 0, Band.AMBER: 1}
_REST: Final = 3

#: Each indicator in the period in which it is shown where nobody chose one, as departments count them.
OWN_PERIOD: Final = "own"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Place and period of a list; what an address names wrongly counts as not asked for.

    Attributes:
        area: the place.
        period: one of CHOICES.
        review: id of the review that numbers are compared with; "" = with the time before.
    """

    area: Area
    period: str
    review: str = ""

    @classmethod
    def of(cls, asked: Asked) -> Wanted:
        """What an address asks for with `area`, `period` and `review`."""
        reference, code, period = asked.services.reference, asked.address.get("area"), asked.address.get("period")
        area = reference.area(code) if code in reference.area_index else reference.areas[0]
        chosen = period if period in {*CHOICES, OWN_PERIOD} else DEFAULT_PERIOD
        return cls(area, chosen, asked.address.get("review"))

    def periods(self, indicators: Sequence[Indicator]) -> list[str]:
        """The period in which each indicator is shown."""
        return [one.headline_period if self.period == OWN_PERIOD else self.period for one in indicators]


def name_columns(asked: Asked) -> dict[str, Any]:
    """What does not change while an engine runs.

    Returns:
        `code`, `name`, `echo` (the name in the other language, for searching), `department` and `about` and `unit`
        (places in `departments`, `abouts`, `units`), `decimals`, `direction`, `time`, `source` (place in `sources`,
        lists of names, which have `source_titles`).
    """
    services = asked.services
    indicators = list(services.values.indicators.values())
    names = [named(asked, one.name_en, one.name_local) for one in indicators]
    departments = {one.code: place for place, one in enumerate(services.reference.departments.values())}
    abouts, units = _Numbered(), _Numbered()
    sources = {names: place for place, names in enumerate(dict.fromkeys(one.sources for one in indicators))}
    return {
        "code": [one.code for one in indicators],
        "name": [name.text for name in names],
        "echo": [name.echo for name in names],
        "department": [departments.get(one.department, -1) for one in indicators],
        "departments": [_department(asked, one) for one in services.reference.departments.values()],
        "about": [abouts.place(about(asked, one)) for one in indicators],
        "abouts": abouts.texts,
        "unit": [units.place(_unit(asked, one)) for one in indicators],
        "units": units.texts,
        "decimals": [one.decimals for one in indicators],
        "direction": [one.direction for one in indicators],
        "time": [one.time for one in indicators],
        "source": [sources[one.sources] for one in indicators],
        "sources": [list(names) for names in sources],
        "source_titles": {
            name: asked.chosen(one.title, one.title_local) for name, one in services.values.sources.items()
        },
    }


@dataclass(frozen=True, slots=True)
class Background:
    """What the engine is asked for about a place beside its present values; it changes slowly.

    Attributes:
        stocks: values a week ago of indicators of open work; NaN = not known. Shape: [indicator].
        late_days: days by which the overdue work of an indicator's services is late, added up. Shape: [indicator].
        coverage: who reported; None where nobody in particular has to. Shape: [indicator].
        kept: values at a review by indicator and period; None = what was before is asked for, not a review.
        is_complete: whether the engine answered.
    """

    stocks: npt.NDArray[np.float64]
    late_days: npt.NDArray[np.float64]
    coverage: tuple[Coverage | None, ...]
    kept: Mapping[tuple[str, str], float] | None = None
    is_complete: bool = True


def read_background(services: Services, area: str, review: str = "") -> Background:
    """Ask the engine about a place; without an answer nothing is known.

    Args:
        services: engine, catalogue, reference data.
        area: code.
        review: id of the review that numbers are compared with; "" = none.
    """
    indicators, on = list(services.values.indicators.values()), today(services)
    try:
        stocks, late_s = read_stocks(services, area, on)
        reported = read_reported(services, on)
        rows = services.rows("review_values", review=review, areas=[area]) if review else None
    except EngineGoneError:
        nothing = np.full(len(indicators), np.nan)
        return Background(nothing, np.zeros(len(indicators)), (None,) * len(indicators), is_complete=False)
    coverage = {subjects: reported.coverage(subjects, area) for subjects in {one.subjects for one in indicators}}
    return Background(
        stocks=np.array([earlier_stock(one, stocks) for one in indicators]),
        late_days=np.array([sum(late_s.get(code, 0) for code in one.subjects) / _DAY_S for one in indicators]),
        coverage=tuple(coverage[one.subjects] for one in indicators),
        kept=None if rows is None else {(row["indicator"], row["period"]): _or_nan(row["value"]) for row in rows},
    )


def value_columns(services: Services, wanted: Wanted, background: Background) -> dict[str, Any]:
    """What is true now at a place.

    Args:
        services: value copy, loaded, and reference data.
        wanted: place and period.
        background: of the place.

    Returns:
        `value`, `band`, `state`, `target` (null = none set), `change` (null = not known), `fresh` (place in
        `freshness`), `reporting`, `expected`
        (null = nobody in particular has to), `assets` (whether those are assets), `order` (of attention, from 0);
        with `area`, `period`, `version`, `engine`, and `complete`: whether the engine answered for all of it.
    """
    indicators = list(services.values.indicators.values())
    value, band, state, version, engine = _present(services, wanted)
    freshness, fresh, urgency = _freshness(services, indicators, band)
    silent = np.array([freshness[one].freshness is Freshness.SILENT for one in fresh], dtype=bool)
    late = np.array([freshness[one].freshness is not Freshness.LIVE for one in fresh], dtype=bool)
    value, band = np.where(silent, np.nan, value), np.where(late, int(Band.UNBANDED), band)
    if background.kept is None:
        earlier = _earlier(services, indicators, wanted)
        earlier = np.where(np.isnan(earlier), background.stocks, earlier)
    else:
        earlier = _kept(indicators, wanted, background.kept)
    # A late number keeps its value, but what changed is not known.
    change = np.where(late, np.nan, value - earlier)
    worse = np.where(late, 0.0, worsening(value, earlier, [one.direction for one in indicators]))
    is_case = np.array([_is_case(services, one) for one in indicators], dtype=bool)
    coverage = background.coverage
    return {
        "area": wanted.area.code,
        "period": wanted.period,
        "version": version,
        "engine": engine,
        "complete": background.is_complete,
        "value": np.round(value, _DIGITS),
        "band": band,
        "state": state,
        "target": [target_at(services, one, wanted.area.code) for one in indicators],
        "change": np.round(change, _DIGITS),
        "fresh": fresh,
        "freshness": [_told(services, one, names) for one, names in zip(freshness, _sources(indicators), strict=True)],
        "reporting": [None if one is None else one.reporting for one in coverage],
        "expected": [None if one is None else one.expected for one in coverage],
        "assets": [one is not None and one.of == "assets" for one in coverage],
        "order": attention_places(urgency, is_case, background.late_days, worse),
    }


def list_words(asked: Asked) -> dict[str, str]:
    """The texts that the browser needs for the list, by their last keys."""
    begin = "indicators."
    own = [key for key in language.texts(language.ENGLISH) if key.startswith(begin)]
    borrowed = (
        "number.no_data",
        "number.no_data_since",
        "number.error",
        "number.never",
        "unit.points",
        "export.csv",
        "export.xlsx",
        "export.pdf",
        "export.png",
    )
    return {key.rpartition(".")[2]: asked.text(key) for key in (*own, *borrowed)}


def about(asked: Asked, indicator: Indicator) -> str:
    """The service or reading that an indicator is about, or how many; "" where that is everything."""
    reference, subjects = asked.services.reference, indicator.subjects
    if not subjects or indicator.code.startswith("gov_"):
        return asked.text("indicators.about_all")
    if len(subjects) > 1:
        kind = "services" if subjects[0] in reference.services else "readings"
        return asked.text(f"indicators.about_{kind}", count=len(subjects))
    if subjects[0] in reference.services:
        return service_name(asked, subjects[0])
    metric = reference.metrics.get(subjects[0])
    return subjects[0] if metric is None else asked.chosen(metric.name_en, metric.name_local)


def _department(asked: Asked, department: Department) -> dict[str, str]:
    return {
        "code": department.code.lower(),
        "name": asked.chosen(department.name_en, department.name_local),
        "short": asked.chosen(department.short_en, department.short_local),
    }


class _Numbered:
    """Texts that repeat, each once."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    @property
    def texts(self) -> list[str]:
        return list(self._places)

    def place(self, text: str) -> int:
        return self._places.setdefault(text, len(self._places))


def _unit(asked: Asked, indicator: Indicator) -> str:
    return language.chosen(indicator.unit_en, indicator.unit_local, asked.lang)


def _is_case(services: Services, indicator: Indicator) -> bool:
    return any(subject in services.reference.services for subject in indicator.subjects[:1])


def _present(
    services: Services, wanted: Wanted
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64], int, str]:
    """Value, band and state of all indicators, all of one version, with the version and its engine."""
    count = len(services.values.indicators)
    with services.values.reading() as values:
        area = services.values.area_index(wanted.area.code)
        periods = [PERIODS.index(period) for period in wanted.periods(list(services.values.indicators.values()))]
        at = values.layout.at(np.array(periods, dtype=np.intp), np.arange(count), area)
        flat = values.flat
        band, state = flat.band[at].astype(np.int64), flat.state[at].astype(np.int64)
        return flat.value[at], band, state, values.version, values.engine_id


def _earlier(services: Services, indicators: Sequence[Indicator], wanted: Wanted) -> npt.NDArray[np.float64]:
    """Values of flows in the same span earlier. Shape: [indicator]; NaN = none."""
    periods = np.array(wanted.periods(indicators))
    earlier = np.full(len(indicators), np.nan)
    for period in set(periods.tolist()):
        found = earlier_flows(services, indicators, wanted.area.code, period)
        earlier = np.where(periods == period, found, earlier)
    return earlier


def _kept(
    indicators: Sequence[Indicator], wanted: Wanted, kept: Mapping[tuple[str, str], float]
) -> npt.NDArray[np.float64]:
    """Values at a review. Shape: [indicator]; NaN = none, or a count that grows within its period."""
    return np.array(
        [
            np.nan if one.grows else kept.get((one.code, period), np.nan)
            for one, period in zip(indicators, wanted.periods(indicators), strict=True)
        ]
    )


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _sources(indicators: Sequence[Indicator]) -> list[tuple[str, ...]]:
    return [names for names, _ in dict.fromkeys((one.sources, one.freshness_budget_s) for one in indicators)]


def _freshness(
    services: Services, indicators: Sequence[Indicator], band: npt.NDArray[np.int64]
) -> tuple[list[AsOf], list[int], npt.NDArray[np.int64]]:
    """Freshness of each set of sources, which set each indicator has, and its urgency."""
    keys = {
        key: place for place, key in enumerate(dict.fromkeys((i.sources, i.freshness_budget_s) for i in indicators))
    }
    freshness = [services.values.freshness_of(*key) for key in keys]
    fresh = [keys[one.sources, one.freshness_budget_s] for one in indicators]
    urgency = [
        _URGENCY.get(Band(colour), _REST) if freshness[key].freshness is Freshness.LIVE else _LATE
        for key, colour in zip(fresh, band.tolist(), strict=True)
    ]
    return freshness, fresh, np.array(urgency, dtype=np.int64)


def _told(services: Services, fresh: AsOf, names: Sequence[str]) -> dict[str, Any]:
    """How fresh a set of sources is, and the newest event of the one that is furthest behind."""
    known = [services.values.sources[name].last_event_at for name in names if name in services.values.sources]
    heard = [at for at in known if at is not None]
    return {
        "state": fresh.freshness.value,
        "at_ms": form.millis(fresh.at),
        "newest_ms": form.millis(min(heard, default=None)),
    }
