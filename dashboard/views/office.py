"""An office's page: how it does against offices like it, at which seats and services the work is, which files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dashboard.views.caselist import read_cases
from dashboard.views.control import period_choice, service_filter
from dashboard.views.files import file_links
from dashboard.views.offices import NOTHING_USUAL, alike, judged_offices, level_of, made_row, office_rows, usual
from dashboard.views.place import Link, named, place, post_name, service_name
from dashboard.views.step_times import office_step_times
from dashboard.views.today import today
from dashboard.views.work import Work, judge, read_work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.views.asked import Asked
    from dashboard.views.caselist import Cases
    from dashboard.views.control import Choice
    from dashboard.views.offices import OfficeRow, Usual
    from dashboard.views.place import Name
    from dashboard.views.step_times import StepTimes
    from warehouse.reference import Area, Office

_CASES: Final = 15
#: Services are listed down to the last that has overdue work, and at most so many.
_SERVICES: Final = 12


@dataclass(frozen=True, slots=True)
class OfficeView:
    """Everything on the page.

    Attributes:
        lang: working language.
        name: of the office in both languages.
        area: code of the place where it stands.
        crumbs: places above, the state first.
        choices: menus.
        filters: what narrows the page, each with the link that takes it away.
        own: the office's numbers.
        list_href: all its open cases.
        definition_href: the indicator that its overdue share follows.
        like: what is usual among offices like it.
        like_words: what the ticks of the bars stand for; "" without ticks.
        near: offices like it in the place above, in the order of attention.
        near_title: the name of that place.
        seats, services: where its work is.
        step_times: where the time of the cases that it decided went; None while the engine does not answer.
        step_files: the same as files.
        cases: its open files, longest past their limit first.
    """

    lang: str
    name: Name
    area: str
    crumbs: tuple[Link, ...]
    choices: tuple[Choice, ...]
    filters: tuple[Link, ...]
    own: OfficeRow
    list_href: str
    definition_href: str
    like: Usual
    like_words: str
    near: tuple[OfficeRow, ...]
    near_title: str
    seats: tuple[OfficeRow, ...]
    services: tuple[OfficeRow, ...]
    step_times: StepTimes | None
    step_files: tuple[Link, ...]
    cases: Cases


def office_view(asked: Asked, code: str) -> OfficeView | None:
    """The page of an office; None when there is none of this code.

    Args:
        asked: the request.
        code: of the office.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    office = asked.services.reference.offices.get(code)
    return None if office is None else _view(asked, office)


def _view(asked: Asked, office: Office) -> OfficeView:
    reference = asked.services.reference
    area = reference.area(office.area)
    shown = place(asked, area)
    peers = alike(asked, office)
    offices = judged_offices(asked, read_work(asked, "office", offices=[one.code for one in peers]))
    above, near = _near(asked, office, peers)
    like = usual(offices) if len(offices) > 1 else NOTHING_USUAL
    own = [one for one in offices if one.work.office == office.code]
    if not own:  # nothing is held and nothing was decided
        own = list(judge(asked, [Work(office=office.code)], lambda code: level_of(asked, code)))
    return OfficeView(
        lang=asked.lang,
        name=named(asked, office.name_en, office.name_local),
        area=office.area,
        crumbs=(*shown.crumbs, Link(shown.name.text, asked.area_href(area.code))),
        choices=(period_choice(asked, today(asked.services)),),
        filters=service_filter(asked),
        own=office_rows(asked, own, here=office.code)[0],
        list_href=asked.list_href("open", "", office=office.code),
        definition_href=asked.address.to("/indicator/gov_overdue_share").href,
        like=like,
        like_words="" if like.overdue_pct is None else asked.text("offices.like", count=like.offices),
        near=office_rows(asked, (one for one in offices if one.work.office in near), here=office.code),
        near_title=asked.chosen(above.name_en, above.name_local),
        seats=_seats(asked, office),
        services=_services(asked, office),
        step_times=office_step_times(asked, office.code),
        step_files=file_links(asked, "steps", office=office.code),
        cases=read_cases(
            asked, view="open", office=office.code, sort="past", limit=_CASES, offset=0, **asked.scope.params()
        ),
    )


def _near(asked: Asked, office: Office, peers: Sequence[Office]) -> tuple[Area, frozenset[str]]:
    """The nearest place above with other offices like it, and their codes; none where it is the only one."""
    reference = asked.services.reference
    above = reference.area(office.area)
    for above in reference.ancestors(office.area):
        start = reference.area_index[above.code]
        within = range(start, int(reference.area_end[start]))
        near = frozenset(one.code for one in peers if reference.area_index[one.area] in within)
        if len(near) > 1:
            return above, near
    return above, frozenset()


def _seats(asked: Asked, office: Office) -> tuple[OfficeRow, ...]:
    seats = (work for work in read_work(asked, "seat", office=office.code) if work.open)
    return tuple(
        made_row(asked, one, Link(post_name(asked, one.work.post) or asked.text("list.no_post"), ""), area="")
        for one in judge(asked, seats, lambda code: level_of(asked, code))
    )


def _services(asked: Asked, office: Office) -> tuple[OfficeRow, ...]:
    works = (replace(work, office=office.code) for work in read_work(asked, "service", office=office.code) if work.open)
    return tuple(
        made_row(asked, one, _service(asked, one.work.service), area="")
        for one in judge(asked, works, lambda code: level_of(asked, code))[:_SERVICES]
    )


def _service(asked: Asked, service: str) -> Link:
    """The name of a service, with the link that narrows the page to it."""
    href = "" if service == asked.scope.service else asked.address.but(svc=service).href
    return Link(service_name(asked, service), href)
