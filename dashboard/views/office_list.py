"""All offices with work of a place, those needing attention first; of one kind they stand against what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.views.control import Choice, Option, department_choice, period_choice, place_choice, service_filter
from dashboard.views.files import file_links
from dashboard.views.offices import NOTHING_USUAL, judged_offices, office_rows, usual
from dashboard.views.pager import PER_PAGE, Pager, page_number, pager
from dashboard.views.place import place
from dashboard.views.today import today
from dashboard.views.work import read_work
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.views.asked import Asked
    from dashboard.views.offices import OfficeRow, Usual
    from dashboard.views.place import Link, Place
    from dashboard.views.work import Judged


@dataclass(frozen=True, slots=True)
class OfficeListView:
    """Everything on the page.

    Attributes:
        lang: working language.
        place: whose cases are counted.
        area: its code.
        choices: menus: place, kind of office, department, period.
        filters: what narrows the page, each with the link that takes it away.
        rows: one page of offices; None while the engine does not answer.
        like: what is usual among them, when they are of one kind.
        pager: where in the list.
        files: the whole list as files.
    """

    lang: str
    place: Place
    area: str
    choices: tuple[Choice, ...]
    filters: tuple[Link, ...]
    rows: tuple[OfficeRow, ...] | None
    like: Usual
    pager: Pager
    files: tuple[Link, ...]


def office_list(asked: Asked) -> OfficeListView:
    """The page of an address."""
    address, reference = asked.address, asked.services.reference
    at, page = address.get("at"), page_number(address)
    area = reference.area(at) if at in reference.area_index else reference.areas[0]
    kind = address.get("kind") if address.get("kind") in reference.office_kinds else ""
    offices: tuple[Judged, ...] | None
    try:
        offices = judged_offices(asked, read_work(asked, "office", area=area.code))
    except EngineGoneError:
        offices = None
    kinds = {code: office.kind for code, office in reference.offices.items()}
    fitting = _of_kind(asked, offices or (), kind)
    page = min(page, max(1, -(-len(fitting) // PER_PAGE)))
    shown = fitting[(page - 1) * PER_PAGE : page * PER_PAGE]
    return OfficeListView(
        lang=asked.lang,
        place=place(asked, area),
        area=area.code,
        choices=(
            period_choice(asked, today(asked.services)),
            place_choice(asked, area, "at", page=None),
            _kinds(asked, kind, {kinds[one.work.office] for one in offices or () if one.work.office in kinds}),
            department_choice(asked),
        ),
        filters=service_filter(asked),
        rows=None if offices is None else office_rows(asked, shown, area=area.code),
        like=usual(fitting) if kind else NOTHING_USUAL,
        pager=pager(address, page, len(shown), len(fitting)),
        files=file_links(asked, "offices", page=None),
    )


def fitting_offices(asked: Asked, area: str) -> tuple[Judged, ...]:
    """All offices of the list, those needing attention first.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    kind = asked.address.get("kind")
    offices = judged_offices(asked, read_work(asked, "office", area=area))
    return _of_kind(asked, offices, kind if kind in asked.services.reference.office_kinds else "")


def _of_kind(asked: Asked, offices: Sequence[Judged], kind: str) -> tuple[Judged, ...]:
    known = asked.services.reference.offices
    return tuple(one for one in offices if not kind or getattr(known.get(one.work.office), "kind", "") == kind)


def _kinds(asked: Asked, kind: str, here: set[str]) -> Choice:
    """Kinds of offices that have work here, by name."""
    address, known = asked.address, asked.services.reference.office_kinds
    forms = {code: known[code].forms[0] for code in sorted({*here, *([kind] if kind else [])})}
    named = {code: asked.chosen(form.name_en, form.name_local) for code, form in forms.items()}
    options = (
        Option(name, address.but(kind=code, page=None).href, code == kind)
        for code, name in sorted(named.items(), key=lambda item: item[1])
    )
    everything = asked.text("control.all_kinds")
    first = Option(everything, address.but(kind=None, page=None).href, not kind)
    return Choice("kind", asked.text("control.kind"), named.get(kind, everything), (first, *options))
