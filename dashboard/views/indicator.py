"""The page of one indicator at one place: the number, how it is made, its year, where it is worst, how cases spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard import format as form
from dashboard.freshness import Freshness
from dashboard.views.below import read_below
from dashboard.views.comparison import OF_INDICATOR, comparison_choice, comparison_or_before, read_yardstick
from dashboard.views.control import period_choice, place_choice
from dashboard.views.coverage import read_reported
from dashboard.views.daily import read_daily
from dashboard.views.earlier import earlier_flows, earlier_stock, read_stocks
from dashboard.views.explain import explained
from dashboard.views.figure import figure
from dashboard.views.files import file_links
from dashboard.views.funnel import read_funnel
from dashboard.views.place import Link, Name, area_name, named, place
from dashboard.views.scope import asked_period
from dashboard.views.spread import read_spread
from dashboard.views.step_times import indicator_step_times
from dashboard.views.today import today
from dashboard.views.year_ago import read_year_ago
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from dashboard.catalogue import Indicator
    from dashboard.format import Change
    from dashboard.views.asked import Asked
    from dashboard.views.below import Below
    from dashboard.views.comparison import Comparison
    from dashboard.views.control import Choice
    from dashboard.views.coverage import Coverage
    from dashboard.views.daily import Daily
    from dashboard.views.explain import Explanation
    from dashboard.views.figure import Figure
    from dashboard.views.funnel import Funnel, NoFunnel
    from dashboard.views.place import Place
    from dashboard.views.spread import Spread
    from dashboard.views.step_times import StepTimes
    from dashboard.views.year_ago import YearAgo
    from warehouse.reference import Area

#: Value of the query key `table` that shows the year as a table: two thousand cells that most readers do not want.
_YEAR: Final = "year"


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """Everything on the page.

    Attributes:
        lang: working language.
        name: of the indicator, in both languages.
        place: where.
        crumbs: state, all indicators, those of the department.
        choices: menus of place, period and comparison.
        shown: the number and how it is made.
        change: against what the page is compared with.
        compared: since when, in words.
        year_ago: the same span of the year before; None where there is none of its kind.
        coverage: who has reported.
        daily: a year by day; None while the engine does not answer.
        below: the places one level below.
        funnel: the same against the limits of chance, or why not at the moment; None where chance has none.
        spread: ages or decision times of the cases; None where there are none.
        step_times: where the time of decided cases went; None where it counts no cases of one department.
        step_files: the same as files.
        files: the year as files.
        funnel_files: the funnel as files.
        spread_files: the spread as files.
        has_table: whether the year is shown as a table too.
        table_href: the page with the table, or without it.
    """

    lang: str
    name: Name
    place: Place
    crumbs: tuple[Link, ...]
    choices: tuple[Choice, ...]
    shown: Explanation
    change: Change | None
    compared: str
    year_ago: YearAgo | None
    coverage: Coverage | None
    daily: Daily | None
    below: Below
    funnel: Funnel | NoFunnel | None
    spread: Spread | None
    step_times: StepTimes | None
    step_files: tuple[Link, ...]
    files: tuple[Link, ...]
    funnel_files: tuple[Link, ...]
    spread_files: tuple[Link, ...]
    has_table: bool
    table_href: str


@dataclass(frozen=True, slots=True)
class IndicatorAt:
    """What an address names.

    Attributes:
        indicator: which number.
        area: where.
        period: of flows.
    """

    indicator: Indicator
    area: Area
    period: str

    @classmethod
    def of(cls, asked: Asked, code: str) -> IndicatorAt | None:
        """An indicator with the place and period of the query; None when there is no such indicator.

        Args:
            asked: the request; a place or period that does not exist counts as not asked for.
            code: of the indicator.
        """
        indicator = asked.services.values.indicators.get(code)
        if indicator is None:
            return None
        reference, area = asked.services.reference, asked.address.get("area")
        return cls(
            indicator,
            reference.area(area) if area in reference.area_index else reference.areas[0],
            asked_period(asked.services, asked.address) or indicator.headline_period,
        )


def indicator_view(asked: Asked, at: IndicatorAt) -> IndicatorView:
    """The page of an indicator."""
    indicator, area, on = at.indicator, at.area, today(asked.services)
    present = figure(asked.services, indicator.code, area.code, at.period).value
    daily = read_daily(asked, indicator, area.code, present, on)
    shown = explained(asked, indicator, area, at.period, on, daily=daily)
    comparison = comparison_or_before(asked, area, OF_INDICATOR)
    change, compared = _change(asked, at, shown.figure, comparison)
    below = read_below(asked, indicator, area, at.period)
    has_table = asked.address.get("table") == _YEAR
    return IndicatorView(
        lang=asked.lang,
        name=named(asked, indicator.name_en, indicator.name_local),
        place=place(asked, area),
        crumbs=_crumbs(asked, at),
        choices=(
            place_choice(asked, area, "area"),
            period_choice(asked, on, at.period, indicator.headline_period),
            comparison_choice(asked, comparison),
        ),
        shown=shown,
        change=change,
        compared=compared,
        year_ago=read_year_ago(asked, indicator, area.code, at.period, on),
        coverage=_coverage(asked, at),
        daily=daily,
        below=below,
        funnel=read_funnel(asked, indicator, area, at.period, below),
        spread=read_spread(asked, indicator, area.code, at.period, on),
        step_times=indicator_step_times(asked, indicator, area.code),
        step_files=file_links(asked, "steps", code=indicator.code, table=None),
        files=file_links(asked, "indicator", code=indicator.code, table=None),
        funnel_files=file_links(asked, "funnel", code=indicator.code, table=None, period=at.period),
        spread_files=file_links(asked, "spread", code=indicator.code, table=None, period=at.period),
        has_table=has_table,
        table_href=asked.address.but(table=None if has_table else _YEAR).href,
    )


def _crumbs(asked: Asked, at: IndicatorAt) -> tuple[Link, ...]:
    services, address = asked.services, asked.address
    kept = {key: address.get(key) for key in ("area", "period")}
    state = Link(area_name(asked, services.reference.areas[0].code), address.to("/").href)
    every = Link(asked.text("indicators.title"), address.to("/indicators", **kept).href)
    department = services.reference.departments.get(at.indicator.department)
    if department is None:
        return state, every
    own = address.to("/indicators", **kept, department=department.code.lower()).href
    return state, every, Link(asked.chosen(department.short_en, department.short_local), own)


def _change(asked: Asked, at: IndicatorAt, shown: Figure, comparison: Comparison) -> tuple[Change | None, str]:
    if shown.value is None or shown.is_small or shown.fresh.freshness is not Freshness.LIVE:
        return None, ""
    if comparison.kind != "before":
        return _against(asked, at, shown, comparison)
    services, indicator = asked.services, at.indicator
    earlier = float(earlier_flows(services, [indicator], at.area.code, at.period)[0])
    compared = "month" if at.period == "mtd" else "week"
    if np.isnan(earlier) and indicator.time == "stock":
        compared = "week"
        try:
            earlier = earlier_stock(indicator, read_stocks(services, at.area.code, today(services))[0])
        except EngineGoneError:
            return None, ""
    if np.isnan(earlier):
        return None, ""
    return form.change(shown.value - earlier, shown.decimals), asked.text(f"compared.{compared}")


def _against(asked: Asked, at: IndicatorAt, shown: Figure, comparison: Comparison) -> tuple[Change | None, str]:
    area, code = at.area.code, at.indicator.code
    try:
        yardstick = read_yardstick(asked, comparison, [area], [code], today(asked.services), period=at.period)
    except EngineGoneError:
        return None, ""
    before = None if yardstick is None else yardstick.value(at.indicator, area)
    if yardstick is None or before is None or shown.value is None:
        return None, ""
    return form.change(shown.value - before, shown.decimals), yardstick.words


def _coverage(asked: Asked, at: IndicatorAt) -> Coverage | None:
    try:
        return read_reported(asked.services, today(asked.services)).coverage(at.indicator.subjects, at.area.code)
    except EngineGoneError:
        return None
