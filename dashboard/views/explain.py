"""How a number is made: value, its two parts with their lists, half a year, rules, sources, owner, last events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.address import area_at
from dashboard.views.expected import expected_words
from dashboard.views.figure import Figure, figure
from dashboard.views.happening import kinds_counted, last_events
from dashboard.views.history import EXPLAIN_WEEKS, NO_LINE, Line, read_history
from dashboard.views.limit import limit_words
from dashboard.views.metric_history import metric_line
from dashboard.views.peers import peer_medians
from dashboard.views.place import Link, place, post_name
from dashboard.views.restated import DAYS as RESTATED_DAYS
from dashboard.views.restated import read_restated, restated
from dashboard.views.scope import CHOICES, asked_period
from dashboard.views.target import target_at
from warehouse.errors import EngineGoneError
from warehouse.measure import duration_class_h
from warehouse.value import State

if TYPE_CHECKING:
    from datetime import date, datetime

    from dashboard.address import Address
    from dashboard.catalogue import Bounds, Indicator
    from dashboard.freshness import Freshness
    from dashboard.views.asked import Asked
    from dashboard.views.daily import Daily
    from dashboard.views.happening import Happening
    from warehouse.reference import Area

#: Expressions whose cases can be listed → view of the list.
LISTS: Final = {
    "overdue": "overdue",
    "open": "open",
    "due_48h": "due48",
    "paused": "paused",
    "open_undated": "undated",
    "received": "received",
    "decided": "decided",
    "approved": "approved",
    "rejected": "rejected",
    "in_time": "in_time",
    "late": "late",
    "in_time + late": "dated",
}
_EVENTS: Final = 4
#: Measures in which a time limit is involved.
_TIMED: Final = ("overdue", "in_time", "due_48h", "late")


@dataclass(frozen=True, slots=True)
class Part:
    """Numerator or denominator.

    Attributes:
        value: None when there is none.
        words: what is counted.
        href: list of the cases behind it; "" where they cannot be listed.
    """

    value: float | None
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source of a number.

    Attributes:
        title: name of the system.
        last_event_at: instant of its newest event.
        expected: within what something is expected, in words.
        freshness: live, late or silent.
    """

    title: str
    last_event_at: datetime | None
    expected: str
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Explanation:
    """The panel.

    Attributes:
        title: name of the indicator.
        where: place it is shown for.
        figure: the number.
        unit: words of the unit, "" for plain counts.
        numerator: what is counted.
        denominator: what it is divided by; None for a count.
        factor: what the quotient is multiplied by.
        state_value: the whole state's value; None at the state.
        peer_value: median of similar places.
        line: 26 weeks.
        bounds: thresholds at this level.
        better: lower | higher | range | neutral.
        rules: (label, text) pairs: clock, colour, what was shown otherwise, definition, legal basis.
        sources: where it comes from.
        events: the last ones counted.
        list_link: to the numerator's cases; None where they cannot be listed.
        close_href: the page without the panel.
        page_href: the indicator's own page.
    """

    title: str
    where: str
    figure: Figure
    unit: str
    numerator: Part
    denominator: Part | None
    factor: float
    state_value: float | None
    peer_value: float | None
    line: Line
    bounds: Bounds | None
    better: str
    rules: tuple[tuple[str, str], ...]
    sources: tuple[SourceLine, ...]
    events: tuple[Happening, ...]
    list_link: Link | None
    close_href: str
    page_href: str

    @property
    def is_small(self) -> bool:
        """Whether its base is too small for a colour."""
        return self.figure.cell.state is State.SMALL_BASE


def explanation(asked: Asked, today: date, *, is_headline: bool = False) -> Explanation | None:
    """The panel that an address asks for with `explain` and a place.

    The place is `of` on pages that are about the place `at`, else `at`, else the page's own. None when the address
    asks for no explanation or for something unknown.

    Args:
        asked: the request.
        today: state-local day.
        is_headline: whether the page shows every indicator in its own period.
    """
    services, address = asked.services, asked.address
    indicator = services.values.indicators.get(address.get("explain"))
    top = services.reference.areas[0].code
    page = area_at(services.reference, address.path)
    code = address.get("of") or address.get("at", top if page is None else page.code)
    if indicator is None or code not in services.reference.area_index:
        return None
    period = ("" if is_headline else asked_period(services, address)) or indicator.headline_period
    return explained(asked, indicator, services.reference.area(code), period, today)


def explained(
    asked: Asked, indicator: Indicator, area: Area, period: str, today: date, *, daily: Daily | None = None
) -> Explanation:
    """How a number is made.

    Args:
        asked: the request.
        indicator: which number.
        area: where.
        period: one of PERIODS, or a span of days.
        today: state-local day.
        daily: its days, where the page has them already.
    """
    services, code = asked.services, area.code
    top = services.reference.areas[0].code
    shown = figure(services, indicator.code, code, period)
    numerator = _part(asked, indicator, shown, above=True)
    denominator = _part(asked, indicator, shown, above=False)
    peers = {} if indicator.is_count else peer_medians(services, area.level, indicator.code, period)
    return Explanation(
        title=asked.chosen(indicator.name_en, indicator.name_local),
        where=place(asked, area).title.text,
        figure=shown,
        unit=asked.chosen(indicator.unit_en, indicator.unit_local),
        numerator=numerator,
        denominator=None if indicator.is_count else denominator,
        factor=indicator.factor,
        state_value=None if code == top else figure(services, indicator.code, top, period).value,
        peer_value=peers.get(code),
        line=_line(asked, indicator, code, shown, today),
        bounds=indicator.bounds(area.level),
        better=indicator.direction,
        rules=_rules(asked, indicator, area, shown, _restated(asked, indicator, area, today, daily)),
        sources=_sources(asked, indicator),
        events=_events(asked, indicator, code),
        list_link=_list_link(asked, numerator),
        close_href=_closed(asked.address).href,
        page_href=asked.indicator_href(indicator.code, code, period),
    )


def _closed(address: Address) -> Address:
    return address.but(explain=None, of=None) if address.get("of") else address.but(explain=None, at=None)


def _part(asked: Asked, indicator: Indicator, shown: Figure, *, above: bool) -> Part:
    expression = indicator.numerator if above else indicator.denominator
    value = shown.cell.numerator if above else shown.cell.denominator
    words = (
        (indicator.words_numerator_en, indicator.words_numerator_local)
        if above
        else (indicator.words_denominator_en, indicator.words_denominator_local)
    )
    view = LISTS.get(expression.strip("() "), "")
    about_services = all(subject in asked.services.reference.services for subject in indicator.subjects)
    return Part(value, asked.chosen(*words), _cases_href(asked, indicator, shown, view) if about_services else "")


def _cases_href(asked: Asked, indicator: Indicator, shown: Figure, view: str) -> str:
    """The list of the cases of an indicator's subjects, whatever department the page is about."""
    if not view or shown.period not in {*CHOICES, asked.scope.period}:
        return ""
    service = indicator.subjects[0] if len(indicator.subjects) == 1 else None
    department = indicator.department.lower() if indicator.code.startswith("dept_") else None
    period = shown.period if indicator.time == "flow" else None
    return asked.address.to("/breaches").but(view=view, at=shown.area, svc=service, dept=department, period=period).href


def _list_link(asked: Asked, part: Part) -> Link | None:
    if not part.href or not part.value:
        return None
    return Link(asked.text("lead.open_count", count=form.integer(part.value)), part.href)


def _line(asked: Asked, indicator: Indicator, area: str, shown: Figure, today: date) -> Line:
    services, wanted = asked.services, _only_services(asked, indicator)
    try:
        if wanted == []:
            line = metric_line(services, indicator, area, EXPLAIN_WEEKS, today)
        else:
            line = read_history(services, [area], wanted, EXPLAIN_WEEKS, today).line_of(indicator, area)
    except EngineGoneError:
        return NO_LINE
    line = line if indicator.time == "flow" else line.with_last(shown.value)
    return line if line.is_drawn else NO_LINE


def _only_services(asked: Asked, indicator: Indicator) -> list[str] | None:
    """Services to ask the history for; None = all, which the engine answers from fewer rows; none for readings."""
    wanted = [code for code in indicator.subjects if code in asked.services.reference.services]
    return None if indicator.code.startswith("gov_") else wanted


def _events(asked: Asked, indicator: Indicator, area: str) -> tuple[Happening, ...]:
    wanted = _only_services(asked, indicator)
    if wanted is not None and not wanted:
        return ()
    try:
        return last_events(asked, area, wanted, _EVENTS, kinds_counted(indicator))
    except EngineGoneError:
        return ()


def _sources(asked: Asked, indicator: Indicator) -> tuple[SourceLine, ...]:
    known = asked.services.values.sources
    return tuple(
        SourceLine(
            asked.chosen(one.title, one.title_local),
            one.last_event_at,
            expected_words(asked, one),
            one.freshness(asked.now),
        )
        for one in (known[name] for name in indicator.sources if name in known)
    )


def _rules(asked: Asked, indicator: Indicator, area: Area, shown: Figure, earlier: str) -> tuple[tuple[str, str], ...]:
    rules = (
        ("explain.precision", precision(asked, indicator, shown)),
        ("explain.clock", _clock(asked, indicator, area)),
        ("explain.colour", _colour(asked, indicator, area)),
        ("explain.restated", earlier),
        ("explain.definition", _definition(asked, indicator)),
        ("explain.law", indicator.legal_basis),
    )
    return tuple((asked.text(label), text) for label, text in rules if text)


def precision(asked: Asked, indicator: Indicator, shown: Figure) -> str:
    """Between which edges the exact value lies of a quantile, which is read from a histogram; "" for other numbers."""
    if indicator.time != "quantile" or shown.value is None:
        return ""
    low_h, high_h = duration_class_h(shown.value / indicator.factor)
    low, unit = form.number(low_h * indicator.factor, indicator.decimals), _unit(asked, indicator)
    if high_h is None:
        return asked.text("explain.at_least", low=low, unit=unit)
    return asked.text(
        "explain.between", low=low, high=form.number(high_h * indicator.factor, indicator.decimals), unit=unit
    )


def _unit(asked: Asked, indicator: Indicator) -> str:
    return asked.chosen(indicator.unit_en, indicator.unit_local)


def _clock(asked: Asked, indicator: Indicator, area: Area) -> str:
    """How time is counted: the service's own limit where the number is about one service."""
    formula = f"{indicator.numerator} {indicator.denominator}"
    if not any(measure in formula for measure in _TIMED):
        return ""
    service = asked.services.reference.services.get(indicator.subjects[0]) if len(indicator.subjects) == 1 else None
    if service is None:
        return asked.text("explain.clock_many")
    limit = limit_words(asked, service.current, area)
    return asked.text("explain.clock_one", limit=limit) if limit else asked.text("explain.no_limit")


def _colour(asked: Asked, indicator: Indicator, area: Area) -> str:
    bounds = indicator.bounds(area.level)
    pieces = [] if bounds is None else _bounds_words(asked, bounds, indicator)
    target = target_at(asked.services, indicator, area.code)
    if target is not None:
        pieces.append(asked.text("explain.target", value=_with_unit(asked, target, indicator)))
    if pieces and indicator.minimum_base:
        pieces.append(asked.text("explain.base", count=form.integer(indicator.minimum_base)))
    return ", ".join(pieces)


def _bounds_words(asked: Asked, bounds: Bounds, indicator: Indicator) -> list[str]:
    limits = (
        ("explain.red_over", bounds.red_high),
        ("explain.amber_over", bounds.amber_high),
        ("explain.red_under", bounds.red_low),
        ("explain.amber_under", bounds.amber_low),
    )
    return [asked.text(key, value=_with_unit(asked, value, indicator)) for key, value in limits if value is not None]


def _restated(asked: Asked, indicator: Indicator, area: Area, today: date, daily: Daily | None) -> str:
    """What was shown of the last day that is known otherwise now."""
    found = restated(daily, indicator) if daily else read_restated(asked, indicator, area.code, today)
    if found is None:
        return ""
    words = {"day": form.day(found.day), "count": form.integer(found.count), "days": form.integer(RESTATED_DAYS)}
    values = {
        name: _in_digits(asked, value, indicator) for name, value in (("shown", found.shown), ("known", found.known))
    }
    return asked.text("explain.restated_text", **words, **values)


def _in_digits(asked: Asked, value: float, indicator: Indicator) -> str:
    return f"{form.number(value, indicator.decimals)} {_unit(asked, indicator)}".rstrip()


def _with_unit(asked: Asked, value: float, indicator: Indicator) -> str:
    unit = _unit(asked, indicator)
    decimals = 0 if value == int(value) else indicator.decimals
    return f"{form.number(value, decimals)} {unit}".rstrip()


def _definition(asked: Asked, indicator: Indicator) -> str:
    return asked.text(
        "explain.definition_text",
        code=indicator.code,
        version=indicator.version,
        since=form.day(indicator.valid_from),
        owner=post_name(asked, indicator.owner_post) or indicator.owner_post,
    )
