"""Where something will run out first: what the state chose for its wall, at a place and at the places below it.

Order: what lasts shortest stands first. All resources: red, amber, late, then the rest; within a colour those whose
worst place below is red, then amber; then what has hours or days left, the fewest first. No weights, no score.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.freshness import Freshness
from dashboard.views.at_place import asked_area, explain_here, page_of
from dashboard.views.control import department_choice, place_choice
from dashboard.views.coverage import read_reported
from dashboard.views.explain import explanation
from dashboard.views.figure import figure
from dashboard.views.files import file_links
from dashboard.views.history import DESK_WEEKS, NO_LINE
from dashboard.views.lasting import known_lines, lasting_at, shortest
from dashboard.views.lead import Sentence
from dashboard.views.matrix import Matrix, column_order, matrix_row
from dashboard.views.metric_history import metric_line
from dashboard.views.place import Link, area_name, place
from dashboard.views.resource_choice import chosen_resources, resource_departments
from dashboard.views.today import today
from dashboard.views.worst import worst_place
from warehouse.errors import EngineGoneError
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dashboard.choice_file import Line
    from dashboard.views.asked import Asked
    from dashboard.views.control import Choice
    from dashboard.views.coverage import Coverage, Reported
    from dashboard.views.explain import Explanation
    from dashboard.views.figure import Figure
    from dashboard.views.history import Line as History
    from dashboard.views.lasting import Lasting
    from dashboard.views.lead import Tone
    from dashboard.views.place import Place
    from dashboard.views.resource_choice import Resource
    from dashboard.views.worst import WorstPlace
    from warehouse.reference import Area

#: A resource with its number at the place, then at each place below.
Read = tuple["Resource", tuple["Figure", ...]]
#: Places of "What runs out first".
MOST_LASTING: Final = 12
_TONES: Final[Mapping[Band, Tone]] = {Band.RED: "red", Band.AMBER: "amber"}


@dataclass(frozen=True, slots=True)
class LastingLine:
    """Something that runs out at a place.

    Attributes:
        name: what, with its page about the place.
        where: the place, with the same page about it.
        above: what the place is part of; "" right below the state.
        figure: hours or days left.
        href: opens how the number is made.
        part: of the longest of the list, 0 to 1.
    """

    name: Link
    where: Link
    above: str
    figure: Figure
    href: str
    part: float


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """A resource at the place as a whole.

    Attributes:
        kind: what it belongs to: "Hospital beds".
        name: with its page about the place.
        figure: its number.
        href: opens how the number is made.
        worst: number of the worst place at any level below; None where none is worse than another.
        worst_place: that place, with this page about it; None without `worst`.
        others: further places there of the same colour; 0 where it is not red or amber.
        line: 13 weeks.
        newest: newest event of the source that is furthest behind; None when nothing ever came.
        coverage: who has reported; None while the engine does not answer.
    """

    kind: str
    name: Link
    figure: Figure
    href: str
    worst: Figure | None
    worst_place: Link | None
    others: int
    line: History
    newest: datetime | None
    coverage: Coverage | None


@dataclass(frozen=True, slots=True)
class ResourcesView:
    """Everything on the page.

    Attributes:
        lang: working language.
        place: whose resources they are.
        choices: menus of place and department.
        sentences: what lasts shortest, one for each thing that runs out.
        lasting: the same at the places where it is shortest.
        lasting_of: of so many places.
        lines: all resources.
        matrix: the same by places below; None at the lowest level.
        explanation: the open panel.
        files: the resources and places as files.
    """

    lang: str
    place: Place
    choices: tuple[Choice, ...]
    sentences: tuple[Sentence, ...]
    lasting: tuple[LastingLine, ...]
    lasting_of: int
    lines: tuple[ResourceLine, ...]
    matrix: Matrix | None
    explanation: Explanation | None
    files: tuple[Link, ...]


def resources_view(asked: Asked) -> ResourcesView:
    """The page of an address: of the state, or of the place `at`. The value copy is loaded."""
    services, area = asked.services, asked_area(asked)
    chosen = chosen_resources(asked)
    runs_out = known_lines(services, [one.line for one in chosen if one.lasts])
    found = shortest(services, runs_out, area.code, MOST_LASTING)
    read = read_resources(asked, area)
    return ResourcesView(
        lang=asked.lang,
        place=place(asked, area),
        choices=(place_choice(asked, area, "at", of=None), department_choice(asked, resource_departments(services))),
        sentences=tuple(_sentence(asked, one, places, area) for one, places in found.least),
        lasting=_lasting(asked, found.first),
        lasting_of=found.places,
        lines=_lines(asked, read, area),
        matrix=_matrix(asked, read, area),
        explanation=explanation(asked, today(services), is_headline=True),
        files=file_links(asked, "resources", explain=None, of=None),
    )


def read_resources(asked: Asked, area: Area) -> tuple[tuple[Resource, tuple[Figure, ...]], ...]:
    """Each resource that exists at a place, in the order of the page: its number there, then at each place below.

    Args:
        asked: the request; the value copy is loaded.
        area: the place.
    """
    places = (area, *asked.services.reference.children(area.code))
    found = [(one, tuple(_figure(asked, one.line, place.code) for place in places)) for one in chosen_resources(asked)]
    exists = [(one, shown) for one, shown in found if shown[0].cell.state is not State.NOT_APPLICABLE]
    return tuple(sorted(exists, key=lambda pair: resource_order(asked, pair[0], pair[1][0])))


def resource_order(asked: Asked, one: Resource, shown: Figure) -> tuple[int, int, float]:
    """Where a resource stands, by its number at a place: what is less stands first."""
    left = lasting_at(asked.services, one.line, shown.area) if one.lasts else None
    worst = worst_below(asked, shown, asked.services.reference.area(shown.area))
    return shown.urgency, 0 if worst is None else -worst.band, float("inf") if left is None else left.hours


def worst_below(asked: Asked, whole: Figure, area: Area) -> WorstPlace | None:
    """The worst place below a place, as the wall names it; None while the number is late or silent.

    Args:
        asked: the request.
        whole: the number of the place.
        area: the place.
    """
    if whole.fresh.freshness is not Freshness.LIVE:
        return None
    return worst_place(asked.services, asked.services.values.indicators[whole.code], area)


def _figure(asked: Asked, line: Line, area: str) -> Figure:
    indicator = asked.services.values.indicators[line.indicator]
    return figure(asked.services, line.indicator, area, indicator.headline_period)


def _name(asked: Asked, line: Line) -> str:
    return asked.chosen(line.name_en, line.name_local)


def _title(asked: Asked, area: str) -> str:
    """Name of a place with its kind: a taluk and a municipality in it may be called alike."""
    return place(asked, asked.services.reference.area(area)).title.text


def _sentence(asked: Asked, one: Lasting, places: int, area: Area) -> Sentence:
    """How long something lasts where it is shortest, against the place as a whole."""
    line, least = one.line, one.figure
    unit = asked.chosen(least.unit_en, least.unit_local)
    where = _title(asked, least.area)
    lead = asked.text(
        "resources.lead", name=_name(asked, line), value=least.digits(least.value), unit=unit, place=where
    )
    whole = lasting_at(asked.services, line, area.code)
    rest = ""
    if whole is not None and places > 1:
        rest = asked.text(
            "resources.lead_rest",
            count=form.integer(places),
            place=area_name(asked, area.code),
            value=whole.figure.digits(whole.figure.value),
            unit=unit,
        )
    tone = "stale" if least.fresh.freshness is not Freshness.LIVE else _TONES.get(least.band, "calm")
    link = Link(asked.text("resources.open"), explain_here(asked, least))
    return Sentence(tone, lead, rest, link)


def _lasting(asked: Asked, found: Sequence[Lasting]) -> tuple[LastingLine, ...]:
    most = max((one.hours for one in found), default=0.0) or 1.0
    return tuple(_lasting_line(asked, one, one.hours / most) for one in found)


def _lasting_line(asked: Asked, one: Lasting, part: float) -> LastingLine:
    shown = one.figure
    above = asked.services.reference.ancestors(shown.area)[:-1]
    return LastingLine(
        name=Link(_name(asked, one.line), asked.indicator_href(shown.code, shown.area, shown.period)),
        where=Link(_title(asked, shown.area), page_of(asked, shown.area)),
        above=", ".join(asked.chosen(area.name_en, area.name_local) for area in above),
        figure=shown,
        href=explain_here(asked, shown),
        part=part,
    )


def _lines(asked: Asked, read: Sequence[Read], area: Area) -> tuple[ResourceLine, ...]:
    reported = _reported(asked)
    history = _histories(asked, [one.line for one, _ in read], area)
    lines = []
    for one, (whole, *_) in read:
        code = one.line.indicator
        worst = worst_below(asked, whole, area)
        indicator = asked.services.values.indicators[code]
        line = history.get(code, NO_LINE)
        lines.append(
            ResourceLine(
                kind=one.kind,
                name=Link(_name(asked, one.line), asked.indicator_href(code, area.code, whole.period)),
                figure=whole,
                href=explain_here(asked, whole),
                worst=None if worst is None else figure(asked.services, code, worst.area, whole.period),
                worst_place=None if worst is None else Link(area_name(asked, worst.area), page_of(asked, worst.area)),
                others=0 if worst is None else worst.others,
                line=line if indicator.time == "flow" else line.with_last(whole.value),
                newest=newest_of(asked, indicator.sources),
                coverage=None if reported is None else reported.coverage(indicator.subjects, area.code),
            )
        )
    return tuple(lines)


def newest_of(asked: Asked, names: Sequence[str]) -> datetime | None:
    """Newest event of the source that is furthest behind; None when nothing ever came."""
    sources = asked.services.values.sources
    heard = [sources[name].last_event_at for name in names if name in sources]
    return min((at for at in heard if at is not None), default=None)


def _reported(asked: Asked) -> Reported | None:
    try:
        return read_reported(asked.services, today(asked.services))
    except EngineGoneError:
        return None


def _histories(asked: Asked, shown: Sequence[Line], area: Area) -> Mapping[str, History]:
    services = asked.services
    try:
        return {
            line.indicator: metric_line(
                services, services.values.indicators[line.indicator], area.code, DESK_WEEKS, today(services)
            )
            for line in shown
        }
    except EngineGoneError:
        return {}


def _matrix(asked: Asked, read: Sequence[Read], area: Area) -> Matrix | None:
    children = asked.services.reference.children(area.code)
    if not children or not read:
        return None
    columns = column_order([shown for _, shown in read], len(children))
    return Matrix(
        whole=Link(area_name(asked, area.code), asked.area_href(area.code)),
        places=tuple(Link(area_name(asked, children[at].code), page_of(asked, children[at].code)) for at in columns),
        rows=tuple(
            matrix_row(
                Link(_name(asked, one.line), asked.indicator_href(one.line.indicator, area.code, shown[0].period)),
                shown,
                columns,
                partial(explain_here, asked),
            )
            for one, shown in read
        ),
    )
