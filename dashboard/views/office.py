"""An office's page: how it does against offices like it, at which seats and services the work is, which files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dashboard.views.caselist import read_cases
from dashboard.views.control import period_choice, service_filter
from dashboard.views.offices import NOTHING_USUAL, alike, in_order, level_of, made_row, office_rows, usual
from dashboard.views.place import Link, named, place, post_name, service_name
from dashboard.views.today import today
from dashboard.views.work import Work, read_work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.views.asked import Asked
    from dashboard.views.caselist import Cases
    from dashboard.views.control import Choice
    from dashboard.views.offices import OfficeRow, Usual
    from dashboard.views.place import Name
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
        like_words: what those are called.
        near: offices like it in the place above, in the order of attention.
        near_title: the name of that place.
        seats, services: where its work is.
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
    area, level = reference.area(office.area), level_of(asked, office.code)
    shown = place(asked, area)
    peers = alike(asked, office)
    rows = office_rows(asked, read_work(asked, "office", offices=[one.code for one in peers]), here=office.code)
    above, near = _near(asked, office, peers)
    own = next((row for row in rows if row.is_here), None)
    if own is None:
        own = made_row(asked, Work(office=office.code), Link("", ""), level=level, area="")
    return OfficeView(
        lang=asked.lang,
        name=named(asked, office.name_en, office.name_local),
        area=office.area,
        crumbs=(*shown.crumbs, Link(shown.name.text, asked.area_href(area.code))),
        choices=(period_choice(asked, today(asked.services)),),
        filters=service_filter(asked),
        own=own,
        list_href=asked.list_href("open", "", office=office.code),
        definition_href=asked.address.to("/indicator/gov_overdue_share").href,
        like=usual(rows) if len(rows) > 1 else NOTHING_USUAL,
        like_words=asked.text("offices.like", count=len(peers)),
        near=tuple(row for row in rows if row.code in near) if near else (),
        near_title=asked.chosen(above.name_en, above.name_local),
        seats=_seats(asked, office, level),
        services=_services(asked, office, level),
        cases=read_cases(
            asked, view="open", office=office.code, sort="due", limit=_CASES, offset=0, **asked.scope.params()
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


def _seats(asked: Asked, office: Office, level: str) -> tuple[OfficeRow, ...]:
    return in_order(
        made_row(asked, work, Link(post_name(asked, work.post) or asked.text("list.no_post"), ""), level=level, area="")
        for work in read_work(asked, "seat", office=office.code)
        if work.open
    )


def _services(asked: Asked, office: Office, level: str) -> tuple[OfficeRow, ...]:
    rows = []
    for work in read_work(asked, "service", office=office.code):
        if work.open:
            here = asked.address.but(svc=work.service).href if work.service != asked.scope.service else ""
            rows.append(
                made_row(
                    asked,
                    replace(work, office=office.code),
                    Link(service_name(asked, work.service), here),
                    level=level,
                    area="",
                )
            )
    return in_order(rows)[:_SERVICES]
