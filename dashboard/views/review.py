"""Questions for a review, each from a rule, each with its evidence and the post that answers it.

Rules, in this order; none but the first asks about fewer than LEAST cases, so that chance asks no questions:
  promise        an action point of a review is past its day and was not kept.
  concentration  one seat holds more than three tenths of what is overdue in a place one or two levels below.
  stalled        an office with overdue work has decided nothing that has a limit in seven days.
  bottleneck     of a service with much overdue work one step takes more than half of the time to a decision.
  grew           a place's overdue work rose by more than a tenth in a week.
  quality        a department reaches its target of decisions in time, but over a twentieth of them was opened again
                 or its applicants are not content (satisfaction is amber or red): closed is not solved.
  bright         a place's overdue work fell by more than a fifth in a week: how?
The rules are those of the design guide's review page, section 4. What was agreed is not an event of a source: it is
said at the operator's desk.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from dashboard import format as form
from dashboard import language
from dashboard.control_room_choice import services_by_level
from dashboard.views.action_points import read_points
from dashboard.views.control import department_choice, period_choice, place_choice, service_filter
from dashboard.views.figure import figure
from dashboard.views.files import file_links
from dashboard.views.held_review import read_reviews_of
from dashboard.views.history import read_history
from dashboard.views.holding import late_days, read_held
from dashboard.views.place import Link, area_name, office_name, place, post_name, seat_name
from dashboard.views.service_load import overdue_shares, service_loads
from dashboard.views.step_times import indicator_step_times
from dashboard.views.today import today
from dashboard.views.work import read_work
from warehouse.errors import EngineGoneError
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashboard.catalogue import Indicator
    from dashboard.views.action_points import Point
    from dashboard.views.asked import Asked
    from dashboard.views.control import Choice
    from dashboard.views.figure import Figure
    from dashboard.views.place import Place
    from warehouse.reference import Area

Kind = Literal["promise", "concentration", "stalled", "bottleneck", "grew", "quality", "bright"]
#: Overdue cases below which nothing is asked: the minimum base of the house.
LEAST: Final = 30
_MOST_HELD: Final = 0.3
_GREW: Final = 0.1
_FELL: Final = 0.2
_REOPENED_PCT: Final = 5.0
_DAY_S: Final = 86_400
#: Most questions of each kind: a review that asks everything asks nothing.
MOST: Final[dict[Kind, int]] = {
    "promise": 3,
    "concentration": 3,
    "stalled": 3,
    "bottleneck": 2,
    "grew": 2,
    "quality": 2,
    "bright": 2,
}
#: A step that takes more of the time than this is a bottleneck; services with the most overdue work are looked at.
_BOTTLENECK_PCT: Final = 50.0
_LOOKED_AT: Final = 5


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        kind: its rule.
        fact: what was found, with its numbers.
        question: what is asked.
        to: post and office, or department, that answers.
        link: to the evidence.
        weight: cases it is about; the order within a kind.
        shorter: what was found in fewer words, longest first.
        band: colour of what it is about.
    """

    kind: Kind
    fact: str
    question: str
    to: str
    link: Link
    weight: float
    shorter: tuple[str, ...]
    band: Band


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Everything on the page.

    Attributes:
        lang: working language.
        place: whose review it is.
        choices: menus of place, department and period.
        filters: what narrows the page, each with the link that takes it away.
        walls: the questions about the state on the wall; none without a wall, and for any other place.
        questions: None while the engine does not answer.
        files: the questions as files.
        points: what was agreed; None while the engine does not answer.
        held: reviews of the place that were held, newest first, each with the place's page as compared with it.
    """

    lang: str
    place: Place
    choices: tuple[Choice, ...]
    filters: tuple[Link, ...]
    walls: tuple[Link, ...]
    questions: tuple[Question, ...] | None
    files: tuple[Link, ...]
    points: tuple[Point, ...] | None
    held: tuple[Link, ...]


def review_view(asked: Asked) -> ReviewView:
    """The page of an address: of the state, or of the place `at`."""
    reference, at = asked.services.reference, asked.address.get("at")
    area = reference.area(at) if at in reference.area_index else reference.areas[0]
    try:
        points, held = read_points(asked, area.code), _held(asked, area)
    except EngineGoneError:
        points, held = None, ()
    return ReviewView(
        lang=asked.lang,
        place=place(asked, area),
        choices=(
            period_choice(asked, today(asked.services)),
            place_choice(asked, area, "at"),
            department_choice(asked),
        ),
        filters=service_filter(asked),
        walls=() if area.parent is not None or asked.scope.department else _walls(asked),
        questions=None if points is None else review_questions(asked, area, points),
        files=file_links(asked, "review"),
        points=points,
        held=held,
    )


def _held(asked: Asked, area: Area) -> tuple[Link, ...]:
    links = []
    for one in read_reviews_of(asked.services, area):
        words = asked.text("review.held_on", day=form.day_clock(one.held_at, asked.services.zone), title=one.title)
        links.append(Link(words, asked.area_href(area.code, vs=one.key)))
    return tuple(links)


def _walls(asked: Asked) -> tuple[Link, ...]:
    names = tuple(asked.services.config.walls)[:1]
    return tuple(Link(asked.text("review.wall"), f"/wall/{name}/review?lang={asked.lang}") for name in names)


def review_questions(asked: Asked, area: Area, points: Sequence[Point] | None = None) -> tuple[Question, ...] | None:
    """The questions about the places directly below a place and about departments there; None without the engine.

    Args:
        asked: the request, for department and service.
        area: whose review it is.
        points: what was agreed about it; read when it is not given.
    """
    reference = asked.services.reference
    children = [child.code for child in reference.children(area.code)] or [area.code]
    below = [child.code for place in children for child in reference.children(place)]
    try:
        agreed = read_points(asked, area.code) if points is None else points
        found = [*_broken(asked, agreed), *_concentrated(asked, [*children, *below])]
        found += [*_stalled(asked, area.code), *_moved(asked, children)]
    except EngineGoneError:
        return None
    found += [*_bottlenecks(asked, area.code), *_unsolved(asked, area.code)]
    return tuple(
        one
        for kind, most in MOST.items()
        for one in sorted((one for one in found if one.kind == kind), key=lambda one: -one.weight)[:most]
    )


def _question(
    asked: Asked, kind: Kind, to: str, href: str, weight: float, *, band: Band = Band.UNBANDED, **words: object
) -> Question:
    return Question(
        kind=kind,
        fact=asked.text(f"review.{kind}.fact", **words),
        question=asked.text(f"review.{kind}.question"),
        to=to,
        link=Link(asked.text(f"review.{kind}.link"), href),
        weight=weight,
        shorter=tuple(asked.text(f"review.{kind}.{key}", **words) for key in ("short", "shortest")),
        band=band,
    )


def _broken(asked: Asked, points: Sequence[Point]) -> Iterator[Question]:
    for one in points:
        if one.standing == "missed":
            yield _question(
                asked,
                "promise",
                one.holder,
                one.place.href if one.number is None else one.number.href,
                one.late_days,
                band=Band.UNBANDED if one.shown is None else one.shown.band,
                task=one.task,
                place=one.place.text,
                due=form.day(one.due_on),
                days=language.counted("lead.days", asked.lang, one.late_days, count=form.integer(one.late_days)),
            )


def _share_band(asked: Asked, area: str) -> Band:
    """Colour of the overdue share of a place."""
    return figure(asked.services, asked.scope.code("overdue_share"), area, asked.scope.period).band


def _concentrated(asked: Asked, places: Sequence[str]) -> Iterator[Question]:
    asked_of: set[tuple[str, str]] = set()
    # from the top, so that a seat is asked once, about the widest place that it holds up
    for (code, is_own), held in read_held(asked, "overdue", places).items():
        if (
            is_own
            or (held.office, held.post) in asked_of
            or held.cases < LEAST
            or not held.office
            or held.most <= _MOST_HELD * held.cases
        ):
            continue
        asked_of.add((held.office, held.post))
        oldest, seat = late_days(held.oldest_of_most, asked.now), seat_name(asked, held.office, held.post)
        yield _question(
            asked,
            "concentration",
            seat,
            asked.list_href("overdue", code, office=held.office, post=held.post),
            held.most,
            band=_share_band(asked, code),
            seat=seat,
            post=post_name(asked, held.post) or office_name(asked, held.office),
            place=area_name(asked, code),
            share=form.percent(100 * held.most / held.cases),
            count=form.integer(held.most),
            of=form.integer(held.cases),
            days=form.NOT_APPLICABLE if oldest is None else form.integer(oldest),
        )


def _stalled(asked: Asked, area: str) -> Iterator[Question]:
    week = replace(asked, scope=replace(asked.scope, period="7d"))
    for work in read_work(week, "office", area=area):
        if work.office and work.overdue >= LEAST and not work.dated:
            yield _question(
                asked,
                "stalled",
                office_name(asked, work.office),
                asked.office_href(work.office) or asked.list_href("overdue", area, office=work.office),
                work.overdue,
                office=office_name(asked, work.office),
                count=form.integer(work.overdue),
                days=form.integer(work.late_days),
            )


def _moved(asked: Asked, places: Sequence[str]) -> Iterator[Question]:
    history = read_history(asked.services, places, asked.scope.services, 2, today(asked.services))
    for code in places:
        line = history.line(code, "overdue")
        before, now = line.week_ago, line.values[-1] if line.values else None
        if before is None or now is None or max(before, now) < LEAST:
            continue
        kind: Kind | None = "grew" if now > before * (1 + _GREW) else "bright" if now < before * (1 - _FELL) else None
        if kind is not None:
            yield _question(
                asked,
                kind,
                _answers_for(asked, code),
                asked.area_href(code),
                abs(now - before),
                band=_share_band(asked, code),
                place=area_name(asked, code),
                before=form.integer(before),
                count=form.integer(now),
            )


def _answers_for(asked: Asked, area: str) -> str:
    """Post and office that answer for a place, as far as reference data know it; else the place itself.

    The office there that answers as the collector's control room; where none does, the one that delivers most services.
    """
    services = asked.services
    reference, department = services.reference, asked.scope.department
    rooms = services_by_level(services.config.state.reference, reference).get("collector", ())
    delivered = Counter(one.office_kind for one in reference.services.values())
    told = {reference.services[code].office_kind for code in rooms}
    here = [
        one
        for one in reference.offices.values()
        if one.area == area and (department is None or one.department == department.code)
    ]
    head = max(here, key=lambda one: (one.kind in told, delivered[one.kind]), default=None)
    return area_name(asked, area) if head is None else seat_name(asked, head.code, head.head_post)


def _bottlenecks(asked: Asked, area: str) -> Iterator[Question]:
    shares = overdue_shares(asked)
    for load in service_loads(asked, area, _LOOKED_AT):
        indicator = shares[load.service]
        times = indicator_step_times(asked, indicator, area)
        steps = [] if times is None else [one for one in times.all_lines if not one.is_waiting]
        if len(steps) < 2:  # of one step alone everything is the most
            continue
        line = steps[0]
        if line.cases < LEAST or line.share_pct <= _BOTTLENECK_PCT:
            continue
        department = asked.services.reference.departments[asked.services.reference.services[load.service].department]
        name = asked.chosen(department.name_en, department.name_local)
        yield _question(
            asked,
            "bottleneck",
            ", ".join(one for one in (line.post, name) if one),
            asked.indicator_href(indicator.code, area, asked.scope.period),
            load.overdue.value or 0.0,
            band=load.share.band,
            service=load.name,
            place=area_name(asked, area),
            step=line.step or line.post,
            share=form.percent(line.share_pct),
            count=form.integer(line.cases),
            days=form.number(line.median_s / _DAY_S, 1),
        )


def _unsolved(asked: Asked, area: str) -> Iterator[Question]:
    services, period = asked.services, asked.scope.period
    for department in services.reference.departments.values():
        if asked.scope.department not in {None, department}:
            continue
        begin = f"dept_{department.code.lower()}"
        in_time = figure(services, f"{begin}_in_time_share", area, period)
        if not in_time.is_ranked or in_time.target is None or (in_time.value or 0) < in_time.target:
            continue
        name = asked.chosen(department.name_en, department.name_local)
        for measure in ("reopened_share", "satisfied_share"):
            shown = figure(services, f"{begin}_{measure}", area, period)
            if not shown.is_ranked or not _is_bad(measure, shown):
                continue
            indicator: Indicator = services.values.indicators[shown.code]
            yield _question(
                asked,
                "quality",
                ", ".join(one for one in (post_name(asked, indicator.owner_post), name) if one),
                asked.indicator_href(shown.code, area, period),
                in_time.cell.denominator or 0.0,
                band=shown.band,
                department=name,
                in_time=form.percent(in_time.value),
                told=asked.text(f"review.quality.{measure}", share=form.percent(shown.value)),
            )
            break


def _is_bad(measure: str, shown: Figure) -> bool:
    if measure == "reopened_share":
        return (shown.value or 0.0) > _REOPENED_PCT
    return shown.band in {Band.AMBER, Band.RED}
