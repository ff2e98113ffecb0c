"""Were people actually served: answers, what was opened again, what was refused; by place, department and service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.freshness import Freshness
from dashboard.views.at_place import asked_area, explain_here, page_of
from dashboard.views.control import department_choice, period_choice, place_choice, service_filter
from dashboard.views.explain import explanation
from dashboard.views.files import file_links
from dashboard.views.history import DESK_WEEKS, NO_HISTORY, read_history
from dashboard.views.lead import Sentence
from dashboard.views.numbers import numbers
from dashboard.views.place import Link, area_name, place
from dashboard.views.rating import read_ratings
from dashboard.views.served import served, served_departments, served_places, served_services
from dashboard.views.today import today
from warehouse.errors import EngineGoneError
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.views.asked import Asked
    from dashboard.views.control import Choice
    from dashboard.views.explain import Explanation
    from dashboard.views.figure import Figure
    from dashboard.views.history import History
    from dashboard.views.lead import Tone
    from dashboard.views.numbers import Number
    from dashboard.views.place import Place
    from dashboard.views.rating import Ratings
    from dashboard.views.served import Served
    from warehouse.reference import Area

#: The row of numbers, as far as the catalogue has them.
_MEASURES: Final = ("satisfied_share", "feedback_share", "in_time_share", "reopened_share", "rejected_share", "rating")
_TONES: Final[Mapping[Band, Tone]] = {Band.RED: "red", Band.AMBER: "amber"}


@dataclass(frozen=True, slots=True)
class FeedbackView:
    """Everything on the page.

    Attributes:
        lang: working language.
        place: where people were asked.
        choices: menus of period, place and department.
        filters: what narrows the page, each with the link that takes it away.
        sentences: decisions beside answers; where people are least satisfied; who is quick and yet does not satisfy.
        numbers: the row of numbers.
        answers: all at the place; None where they are not known.
        ratings: answers from 1 to 5; None while the engine does not answer.
        places: places below; empty at the lowest level.
        departments: at the place; empty once one is chosen.
        services: at the place.
        explanation: the open panel.
        files: the tables as files, by what their rows are.
    """

    lang: str
    place: Place
    choices: tuple[Choice, ...]
    filters: tuple[Link, ...]
    sentences: tuple[Sentence, ...]
    numbers: tuple[Number, ...]
    answers: float | None
    ratings: Ratings | None
    places: tuple[Served, ...]
    departments: tuple[Served, ...]
    services: tuple[Served, ...]
    explanation: Explanation | None
    files: Mapping[str, tuple[Link, ...]]


def feedback_view(asked: Asked) -> FeedbackView:
    """The page of an address: of the state, or of the place `at`. The value copy is loaded."""
    area, on = asked_area(asked), today(asked.services)
    rows = {by: read_served(asked, area, by) for by in ("place", "department", "service")}
    own = served(asked, area.code, Link("", ""), area.code, asked.scope.code)
    return FeedbackView(
        lang=asked.lang,
        place=place(asked, area),
        choices=(
            period_choice(asked, on),
            place_choice(asked, area, "at", of=None, explain=None),
            department_choice(asked),
        ),
        filters=service_filter(asked),
        sentences=_sentences(asked, own, rows),
        numbers=_numbers(asked, area),
        answers=own.answers,
        ratings=read_ratings(asked, area.code, on),
        places=rows["place"],
        departments=rows["department"],
        services=rows["service"],
        explanation=explanation(asked, on),
        files={by: file_links(asked, "feedback", by=by, explain=None, of=None, rows=None) for by in rows},
    )


def read_served(asked: Asked, area: Area, by: str) -> tuple[Served, ...]:
    """The rows of one table.

    Args:
        asked: the request; the value copy is loaded.
        area: the place.
        by: place | department | service.
    """
    if by == "place":
        children = asked.services.reference.children(area.code)
        return served_places(asked, children, lambda code: page_of(asked, code))
    if by == "department":
        return (
            served_departments(asked, area.code) if asked.scope.department is None and not asked.scope.service else ()
        )
    return () if asked.scope.service else served_services(asked, area.code)


def _numbers(asked: Asked, area: Area) -> tuple[Number, ...]:
    known = asked.services.values.indicators
    measures = [one for one in _MEASURES if asked.scope.code(one) in known]
    return numbers(
        asked,
        area.code,
        _history(asked, area),
        measures,
        href=lambda code, at: asked.address.but(explain=code, of=at).href,
    )


def _history(asked: Asked, area: Area) -> History:
    try:
        return read_history(asked.services, [area.code], asked.scope.services, DESK_WEEKS, today(asked.services))
    except EngineGoneError:
        return NO_HISTORY


def _sentences(asked: Asked, own: Served, rows: Mapping[str, Sequence[Served]]) -> tuple[Sentence, ...]:
    found = (_solved(asked, own), _least(asked, rows["place"]), _quick(asked, (*rows["department"], *rows["service"])))
    return tuple(one for one in found if one is not None)


def _solved(asked: Asked, own: Served) -> Sentence | None:
    """Decisions in time beside the answers: closed is not solved."""
    satisfied, in_time = own.satisfied, own.in_time
    if satisfied.value is None or in_time.value is None:
        return None
    lead = asked.text(
        "feedback.solved",
        in_time=form.percent(in_time.value),
        satisfied=form.percent(satisfied.value),
        count=form.integer(satisfied.cell.denominator),
    )
    rest = []
    if own.reopened.value is not None:
        rest.append(asked.text("feedback.solved_reopened", share=form.percent(own.reopened.value)))
    if own.heard.value is not None:
        rest.append(asked.text("feedback.solved_heard", share=form.percent(own.heard.value)))
    link = Link(asked.text("resources.open"), explain_here(asked, satisfied))
    return Sentence(_tone(satisfied), lead, " ".join(rest), link)


def _tone(shown: Figure) -> Tone:
    return "stale" if shown.fresh.freshness is not Freshness.LIVE else _TONES.get(shown.band, "calm")


def _least(asked: Asked, places: Sequence[Served]) -> Sentence | None:
    """The place where people are least satisfied; None where chance alone may have put it there."""
    compared = [one for one in places if one.positions is not None]
    least = next(iter(compared), None)
    if least is None or least.positions is None or least.positions.best == 1:
        return None
    lead = asked.text(
        "feedback.least",
        place=area_name(asked, least.code),
        satisfied=form.percent(least.satisfied.value),
        count=form.integer(least.satisfied.cell.denominator),
    )
    rest = asked.text(
        "feedback.least_rest",
        best=str(least.positions.best),
        worst=str(least.positions.worst),
        of=form.integer(len(compared)),
    )
    return Sentence(
        _tone(least.satisfied), lead, rest, Link(asked.text("lead.open_place", place=least.name.text), least.name.href)
    )


def _quick(asked: Asked, rows: Sequence[Served]) -> Sentence | None:
    """The department or service that decides in time and yet satisfies fewest: red before amber, then most answers."""
    found = [
        one
        for one in rows
        if one.in_time.is_ranked
        and one.in_time.target is not None
        and (one.in_time.value or 0.0) >= one.in_time.target
        and one.satisfied.is_ranked
        and one.satisfied.band in {Band.RED, Band.AMBER}
    ]
    if not found:
        return None
    worst = min(found, key=lambda one: (one.satisfied.urgency, -(one.satisfied.cell.denominator or 0.0)))
    lead = asked.text(
        "feedback.quick",
        name=worst.name.text,
        in_time=form.percent(worst.in_time.value),
        satisfied=form.percent(worst.satisfied.value),
        count=form.integer(worst.satisfied.cell.denominator),
    )
    return Sentence(_tone(worst.satisfied), lead, "", Link(asked.text("feedback.quick_open"), worst.name.href))
