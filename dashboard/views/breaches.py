"""What is past its limit, what is next: counts, hours of breach, who holds, and the list, fifty cases at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dashboard.views.caselist import read_cases
from dashboard.views.control import Choice, Option, department_choice, period_choice, place_choice, service_filter
from dashboard.views.figure import figure
from dashboard.views.files import file_links
from dashboard.views.holding import holding, late_days, read_holders
from dashboard.views.pager import PER_PAGE, page_number, pager
from dashboard.views.place import Link, office_name, place, post_name, service_name
from dashboard.views.scope import days_of, services_of
from dashboard.views.today import today
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.views.asked import Asked
    from dashboard.views.caselist import Cases
    from dashboard.views.pager import Pager
    from dashboard.views.place import Place
    from warehouse.reference import Area

#: view → measure of the roll-up that counts it; "" where only the list itself can be counted.
VIEWS: Final = {
    "overdue": "overdue",
    "due48": "due_48h",
    "paused": "paused",
    "reopened": "",
    "undated": "",
    "open": "open",
}
#: Views of what happened in a period → which day counts. They are reached from a number, not from the tabs.
PAST_VIEWS: Final = {
    "received": "opened",
    "decided": "decided",
    "approved": "decided",
    "rejected": "decided",
    "in_time": "decided",
    "late": "decided",
    "dated": "decided",
}
SORTS: Final = ("due", "oldest", "service", "office")
HOURS: Final = 48
_HOLDERS: Final = 8
_LATE_VIEWS: Final = ("overdue",)


@dataclass(frozen=True, slots=True)
class ViewTab:
    """One kind of list.

    Attributes:
        view: its name in the address.
        text: its name on the screen.
        count: how many cases; None where it is not known while the engine does not answer.
        href: its address, with the other choices kept.
        chosen: whether it is shown.
    """

    view: str
    text: str
    count: float | None
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class HolderLine:
    """Office and post with what they hold of the list.

    Attributes:
        office: with the link that narrows the list to it.
        post: name.
        cases: how many.
        list_href: narrows the list to them; "" where no office is named.
        part: of the largest holder, 0 to 1.
        oldest_days: whole days past the limit; None where nothing is.
    """

    office: Link
    post: str
    cases: int
    list_href: str
    part: float
    oldest_days: int | None


@dataclass(frozen=True, slots=True)
class BreachesView:
    """Everything on the page.

    Attributes:
        lang: working language.
        view: which list.
        place: what it is about.
        tabs: kinds of lists with their counts.
        choices: menus: place, department, service, order.
        filters: what narrows the list, each with the link that takes it away.
        hours: (hour, cases) for the next 48 hours; None while the engine does not answer.
        holders: who holds most of the list.
        cases: the rows; None while the engine does not answer.
        pager: where in the list.
        files: the same list as files.
    """

    lang: str
    view: str
    place: Place
    tabs: tuple[ViewTab, ...]
    choices: tuple[Choice, ...]
    filters: tuple[Link, ...]
    hours: tuple[tuple[datetime, int], ...] | None
    holders: tuple[HolderLine, ...]
    cases: Cases | None
    pager: Pager
    files: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address narrows the list to, with everything unknown left out.

    Attributes:
        view, sort, page: kind of list, order, page from 1.
        area: the place.
        service, office, post: codes; "" = all.
    """

    view: str
    sort: str
    page: int
    area: Area
    service: str
    office: str
    post: str

    def params(self, asked: Asked) -> dict[str, object]:
        """As parameters of the list's queries."""
        params: dict[str, object] = {"area": self.area.code, **asked.scope.params()}
        params |= self._days(asked)
        if self.office:
            params["office"] = self.office
        if self.post:
            params["post"] = self.post
        return params

    def _days(self, asked: Asked) -> dict[str, object]:
        column = PAST_VIEWS.get(self.view)
        if column is None:
            return {}
        start_month = asked.services.reference.state.fiscal_year_start_month
        begin, end = days_of(asked.scope.period, today(asked.services), start_month)
        return {f"{column}_from": begin, f"{column}_to": end}


def read_wanted(asked: Asked) -> Wanted:
    """What an address narrows the list to; what it names wrongly counts as not asked for."""
    address, reference = asked.address, asked.services.reference
    at = address.get("at")
    view, sort = address.get("view"), address.get("sort")
    office = address.get("office")
    return Wanted(
        view=view if view in VIEWS or view in PAST_VIEWS else "overdue",
        sort=sort if sort in SORTS else SORTS[0],
        page=page_number(address),
        area=reference.area(at) if at in reference.area_index else reference.areas[0],
        service=asked.scope.service,
        office=office if office in reference.offices else "",
        post=address.get("post") if address.get("post") in reference.posts else "",
    )


def breaches_view(asked: Asked) -> BreachesView:
    """The page of an address."""
    wanted = read_wanted(asked)
    cases = hours = None
    holders: tuple[HolderLine, ...] = ()
    try:
        wanted, cases = _page(asked, wanted)
        if wanted.view in VIEWS:
            hours = _hours(asked, wanted)
            holders = _holders(asked, wanted) if not wanted.office else ()
    except EngineGoneError:
        pass
    return BreachesView(
        lang=asked.lang,
        view=wanted.view,
        place=place(asked, wanted.area),
        tabs=_tabs(asked, wanted, cases),
        choices=_choices(asked, wanted),
        filters=narrowed(asked, wanted),
        hours=hours,
        holders=holders,
        cases=cases,
        pager=pager(asked.address, wanted.page, *((0, 0) if cases is None else (len(cases.lines), cases.of))),
        files=file_links(asked, "breaches", page=None),
    )


def _choices(asked: Asked, wanted: Wanted) -> tuple[Choice, ...]:
    period = (period_choice(asked, today(asked.services)),) if wanted.view in PAST_VIEWS else ()
    return (
        *period,
        place_choice(asked, wanted.area, "at", page=None, office=None, post=None),
        department_choice(asked),
        _services(asked, wanted),
        _sorts(asked, wanted),
    )


def read_page(asked: Asked, wanted: Wanted, limit: int, offset: int) -> Cases:
    """Some rows of the list.

    Args:
        asked: the request.
        wanted: what it narrows the list to.
        limit: most rows.
        offset: rows passed over.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    params = wanted.params(asked)
    return read_cases(asked, view=wanted.view, sort=wanted.sort, limit=limit, offset=offset, **params)


def _page(asked: Asked, wanted: Wanted) -> tuple[Wanted, Cases]:
    """A page of the list; the last one where the address asks for one after it."""
    cases = read_page(asked, wanted, PER_PAGE, (wanted.page - 1) * PER_PAGE)
    if cases.lines or wanted.page == 1:
        return wanted, cases
    last = max(1, -(-read_page(asked, wanted, 1, 0).of // PER_PAGE))
    wanted = replace(wanted, page=last)
    return wanted, read_page(asked, wanted, PER_PAGE, (last - 1) * PER_PAGE)


def _tabs(asked: Asked, wanted: Wanted, cases: Cases | None) -> tuple[ViewTab, ...]:
    past = (wanted.view,) if wanted.view in PAST_VIEWS else ()
    return tuple(
        ViewTab(
            view,
            list_name(asked, view),
            _count(asked, wanted, view, cases),
            asked.address.but(view=view, page=None, sort=None).href,
            view == wanted.view,
        )
        for view in (*past, *VIEWS)
    )


def list_name(asked: Asked, view: str) -> str:
    """What a kind of list is called. Args: one of VIEWS or PAST_VIEWS."""
    return asked.text(f"breaches.view.{view}", period=period_choice(asked, today(asked.services)).value)


def _count(asked: Asked, wanted: Wanted, view: str, cases: Cases | None) -> float | None:
    """From the list that is shown, else from the roll-up, else from a list of one."""
    if view == wanted.view and cases is not None:
        return cases.of
    if VIEWS.get(view) and not (wanted.service or wanted.office or wanted.post):
        return figure(asked.services, asked.scope.code(VIEWS[view]), wanted.area.code, asked.scope.period).value
    if cases is None or view not in VIEWS:
        return None
    try:
        params = replace(wanted, view=view).params(asked)
        return read_cases(asked, view=view, sort=SORTS[0], limit=1, offset=0, **params).of
    except EngineGoneError:
        return None


def _hours(asked: Asked, wanted: Wanted) -> tuple[tuple[datetime, int], ...]:
    params = wanted.params(asked)
    rows = asked.services.rows("due_by_hour", now=asked.now, hours=HOURS, **params)
    return tuple((row["hour_at"], int(row["cases"])) for row in rows)


def _holders(asked: Asked, wanted: Wanted) -> tuple[HolderLine, ...]:
    held = holding(read_holders(asked, wanted.view, wanted.area.code, service=wanted.service))
    most = held.holders[0].cases if held.holders else 1
    return tuple(
        HolderLine(
            office=Link(
                office_name(asked, one.office),
                asked.address.but(office=one.office, page=None).href if one.office else "",
            ),
            post=post_name(asked, one.post),
            cases=one.cases,
            list_href=asked.address.but(office=one.office, post=one.post, page=None).href if one.office else "",
            part=one.cases / most,
            oldest_days=late_days(one.oldest_due_at, asked.now) if wanted.view in _LATE_VIEWS else None,
        )
        for one in held.holders[:_HOLDERS]
    )


def _services(asked: Asked, wanted: Wanted) -> Choice:
    everything = asked.text("control.all_services")
    department = asked.scope.department
    codes = services_of(asked.services, department.code) if department else tuple(asked.services.reference.services)
    options = tuple(
        Option(service_name(asked, code), asked.address.but(svc=code, page=None).href, code == wanted.service)
        for code in codes
    )
    chosen = service_name(asked, wanted.service) if wanted.service else everything
    first = Option(everything, asked.address.but(svc=None, page=None).href, not wanted.service)
    return Choice("service", asked.text("control.service"), chosen, (first, *options))


def _sorts(asked: Asked, wanted: Wanted) -> Choice:
    options = tuple(
        Option(asked.text(f"breaches.sort.{sort}"), asked.address.but(sort=sort, page=None).href, sort == wanted.sort)
        for sort in SORTS
    )
    return Choice("order", asked.text("control.order"), asked.text(f"breaches.sort.{wanted.sort}"), options)


def narrowed(asked: Asked, wanted: Wanted) -> tuple[Link, ...]:
    """What narrows a list, each with the link that takes it away.

    Args:
        asked: the request.
        wanted: what it narrows the list to.
    """
    given: list[Link] = []
    if wanted.area.parent is not None:
        given.append(Link(place(asked, wanted.area).title.text, asked.address.but(at=None, page=None).href))
    if asked.scope.department is not None:
        name = asked.chosen(asked.scope.department.short_en, asked.scope.department.short_local)
        given.append(Link(name, asked.address.but(dept=None, page=None).href))
    given += service_filter(asked)
    if wanted.office:
        given.append(Link(office_name(asked, wanted.office), asked.address.but(office=None, page=None).href))
    if wanted.post:
        given.append(Link(post_name(asked, wanted.post), asked.address.but(post=None, page=None).href))
    return tuple(given)
