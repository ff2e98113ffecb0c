"""The sentences on top of a page, "needs you today": each from a rule, each with the link to its list.

Rules, in this order; where the numbers of the page are silent, the first two say that it is not known, and "nothing"
is said of live numbers only:
1. the service and place with the most overdue cases, worst colour first;
2. what passes its limit within 48 hours, and who holds most of it;
3. a source that is late, or else the place that got worse most since the last review, or in a week.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from dashboard import format as form
from dashboard import language
from dashboard.freshness import Freshness
from dashboard.views.history import read_history
from dashboard.views.holding import NONE_HELD, holding, late_days, read_held, read_holders
from dashboard.views.place import Link, seat_name, service_name, told_apart
from dashboard.views.service_load import worst_pairs
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from dashboard.freshness import SourceStatus
    from dashboard.views.asked import Asked
    from dashboard.views.comparison import Comparison
    from dashboard.views.figure import Figure
    from dashboard.views.ranking import Row
    from dashboard.views.service_load import Worst

Tone = Literal["red", "amber", "stale", "calm"]
_WEEKS_TO_COMPARE: Final = 2


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that needs somebody.

    Attributes:
        tone: its mark and edge.
        lead: what and where, with the count; set in bold.
        rest: change and who holds it.
        link: to the list behind it.
    """

    tone: Tone
    lead: str
    rest: str
    link: Link


def worst_sentence(asked: Asked, places: Sequence[str], overdue: Figure, today: date) -> Sentence:
    """Rule 1: the service and place with the most overdue cases.

    Args:
        asked: the request.
        places: codes of the places below, or the place itself when there are none.
        overdue: the number of the page's place.
        today: state-local day.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    worst = [] if overdue.value is None else worst_pairs(asked, places, 1)
    if not worst and not _is_none(overdue) and overdue.cell.state is not State.NOT_APPLICABLE:
        return _unknown(asked, "overdue")
    if not worst:
        link = asked.list_href("open", places[0] if len(places) == 1 else "")
        return Sentence("calm", asked.text("lead.none_overdue"), "", Link(asked.text("lead.open_list"), link))
    one = worst[0]
    count = one.share.cell.numerator or 0
    lead = language.counted(
        "lead.overdue",
        asked.lang,
        count,
        count=form.integer(count),
        service=service_name(asked, one.service),
        place=told_apart(asked, one.area),
    )
    rest = " ".join(part for part in (_since_week(asked, one, count, today), _who_holds(asked, one)) if part)
    link = asked.list_href("overdue", one.area, svc=one.service)
    return Sentence(
        _tone(one.share.band), lead, rest, Link(asked.text("lead.open_count", count=form.integer(count)), link)
    )


def due_sentence(asked: Asked, area: str, figure: Figure) -> Sentence:
    """Rule 2: what passes its limit within 48 hours.

    Args:
        asked: the request.
        area: code of the page's place.
        figure: how many cases, as the number beside says.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    link, due = Link(asked.text("lead.open_list"), asked.list_href("due48", area)), figure.value
    if figure.cell.state is State.NOT_APPLICABLE:  # a service without an indicator of its own for it
        due = read_held(asked, "due48", [area]).get((area, False), NONE_HELD).cases
    elif not due and not _is_none(figure):
        return _unknown(asked, "due")
    if not due:
        return Sentence("calm", asked.text("lead.none_due"), "", link)
    holders = read_holders(asked, "due48", area, limit=1)
    rest = ""
    if holders and holders[0].office:
        most = holders[0]
        count, who = form.integer(most.cases), seat_name(asked, most.office, most.post)
        key = "lead.holds_all" if most.cases == due else "lead.holds_of_them"
        rest = asked.text(key, who=who, count=count)
    lead = language.counted("lead.due", asked.lang, due, count=form.integer(due))
    return Sentence("amber", lead, rest, link)


def third_sentence(
    asked: Asked, area: str, rows: Sequence[Row], codes: Sequence[str], comparison: Comparison
) -> Sentence:
    """Rule 3: a late source of the numbers on this page, or the place that got worse most.

    Args:
        asked: the request.
        area: code of the page's place.
        rows: places below.
        codes: indicators shown on the page.
        comparison: what the places are compared with.
    """
    late = _latest_source(asked, codes)
    if late is not None:
        return _late_sentence(asked, late)
    since = {} if comparison.review is None else {"day": comparison.review.day(asked)}
    risen = [row for row in rows if row.change is not None and row.change.direction == "up"]
    if not risen:
        # what was is not known of any place: then nothing is said of it
        is_known = any(row.change is not None for row in rows)
        if not is_known:
            return Sentence("calm", asked.text("lead.sources_live"), "", _health(asked))
        link = Link(asked.text("lead.open_list"), asked.list_href("overdue", area))
        return Sentence("calm", asked.text(f"lead.nothing_worse.{comparison.kind}", **since), "", link)
    most = max(risen, key=lambda row: row.more)
    place = told_apart(asked, most.code)
    moved = "" if most.change is None else most.change.text
    lead = asked.text(f"lead.rose.{comparison.kind}", place=place, count=moved, **since)
    rest = asked.text("lead.now", count=form.integer(most.overdue.value))
    return Sentence(_tone(most.share.band), lead, rest, Link(asked.text("lead.open_place", place=place), most.href))


def _is_none(figure: Figure) -> bool:
    """Whether a count is zero for certain: not silent, not late, not without data."""
    return figure.value == 0 and not figure.is_late


def _unknown(asked: Asked, what: str) -> Sentence:
    return Sentence("stale", asked.text(f"lead.unknown_{what}"), "", _health(asked))


def _health(asked: Asked) -> Link:
    return Link(asked.text("nav.health"), asked.address.to("/health").href)


def _since_week(asked: Asked, one: Worst, count: float, today: date) -> str:
    history = read_history(asked.services, [one.area], [one.service], _WEEKS_TO_COMPARE, today)
    before = history.line(one.area, "overdue").week_ago
    moved = None if before is None else form.change(count - before)
    return "" if moved is None else asked.text(f"lead.week_{moved.direction}", count=moved.text)


def _who_holds(asked: Asked, one: Worst) -> str:
    holders = holding(read_holders(asked, "overdue", one.area, service=one.service)).holders
    most = holders[0] if holders else None
    oldest = None if most is None else late_days(most.oldest_due_at, asked.now)
    if most is None or oldest is None or not most.office:
        return ""
    who = seat_name(asked, most.office, most.post)
    days = language.counted("lead.days", asked.lang, oldest, count=oldest)
    return asked.text("lead.holds_oldest", who=who, count=form.integer(most.cases), oldest=days)


def _latest_source(asked: Asked, codes: Sequence[str]) -> SourceStatus | None:
    """The source with the oldest data among those that make a number of this page late."""
    values, now = asked.services.values, asked.now
    late: dict[str, SourceStatus] = {}
    for code in codes:
        if code in values.indicators and values.as_of(code).freshness is not Freshness.LIVE:
            late |= {name: values.sources[name] for name in values.indicators[code].sources if name in values.sources}
    behind = [one for one in late.values() if one.freshness(now) is not Freshness.LIVE]
    return max(behind, key=lambda one: one.age_s(now) or float("inf"), default=None)


def _late_sentence(asked: Asked, late: SourceStatus) -> Sentence:
    title = asked.chosen(late.title, late.title_local)
    age_s = late.age_s(asked.now)
    link = _health(asked)
    if age_s is None:
        return Sentence("stale", asked.text("lead.source_never", source=title), "", link)
    lead = asked.text("lead.source_late", source=title, age=form.age(age_s, asked.lang))
    rest = asked.text("lead.figures_as_of", at=form.clock_or_day(late.last_event_at, asked.now, asked.services.zone))
    return Sentence("stale", lead, rest, link)


def _tone(band: Band) -> Tone:
    return "red" if band is Band.RED else "amber" if band is Band.AMBER else "calm"
