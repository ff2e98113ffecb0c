"""Places below a place, those needing attention first: the table of a state's districts, a district's taluks.

Invariants: rows and the row of work recorded at the parent itself add up to the total, which is the
parent's own number; all of them come from one version of the value copy.
Order of attention: colour (red, amber, late, normal), then person-days past the limit, then worsening since what the
page is compared with: the last review, or a week ago.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.copy import Cell
from dashboard.views.comparison import BEFORE, Comparison, read_comparison, read_yardstick
from dashboard.views.figure import Figure, figure, part
from dashboard.views.history import DESK_WEEKS, NO_LINE, Line, read_history
from dashboard.views.holding import NONE_HELD, Held, late_days, read_held
from dashboard.views.numbers import MEASURES
from dashboard.views.peers import peer_medians
from dashboard.views.place import Link, Name, level_name, named, office_name, post_name
from dashboard.views.variation import judged
from warehouse.value import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from dashboard.format import Change
    from dashboard.views.asked import Asked
    from dashboard.views.comparison import Yardstick
    from dashboard.views.history import History
    from warehouse.reference import Area

DEFAULT_SORT: Final = "attention"


@dataclass(frozen=True, slots=True)
class Seat:
    """Who holds the most of something.

    Attributes:
        office: with the link to its page, or to its cases where reference data do not know it.
        post: name; "" when it is not stated.
        cases: how many.
        list_href: those cases.
    """

    office: Link
    post: str
    cases: int
    list_href: str


@dataclass(frozen=True, slots=True)
class Row:
    """One place of the table.

    Attributes:
        code: of the area; "" for the row of work recorded at the parent itself.
        name: of the place.
        href: its page; "" where there is none.
        overdue: count; its own link leads to the list.
        list_href: the overdue cases.
        change: overdue, or its share, against what the page is compared with.
        more: the same as a signed number, 0 when unknown.
        share: overdue per cent of open work; its link explains it.
        share_href: the explanation of the share.
        peer_pct: median share of similar places; None without enough of them.
        line: overdue over 13 weeks.
        due_48h: count.
        due_href: the cases due within 48 hours.
        in_time: share decided in time.
        in_time_href: its explanation.
        oldest_days: whole days past the limit of the oldest case; None when nothing is overdue.
        most: who holds the most overdue; None when nobody does.
        late_days: person-days past the limit.
    """

    code: str
    name: Name
    href: str
    overdue: Figure
    list_href: str
    change: Change | None
    more: float
    share: Figure
    share_href: str
    peer_pct: float | None
    line: Line
    due_48h: Figure
    due_href: str
    in_time: Figure
    in_time_href: str
    oldest_days: int | None
    most: Seat | None
    late_days: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """The table.

    Attributes:
        rows: places in the chosen order.
        own: work recorded at the parent itself; None when there is none.
        total: the parent.
        offices_holding: offices with overdue work; None while the engine does not answer.
        offices: all offices below.
        sort: the column that orders it.
        selected: code of the place whose explanation is open.
        target_pct: wanted share of decisions in time.
        since: heading of the change.
        is_of_shares: whether the change is that of the share, in points, and not of the overdue count.
    """

    rows: tuple[Row, ...]
    own: Row | None
    total: Row
    offices_holding: int | None
    offices: int
    sort: str
    selected: str
    target_pct: float | None
    since: str
    is_of_shares: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """What the rows are made from, read once for a page.

    Attributes:
        asked: the request.
        history: weekly sums of the places and their parent.
        held: overdue work by (place, only at the place itself); None while the engine does not answer.
        comparison: what the page is compared with.
        yardstick: what that says; None = a week ago, as the history has it.
    """

    asked: Asked
    history: History
    held: Mapping[tuple[str, bool], Held] | None
    comparison: Comparison = BEFORE
    yardstick: Yardstick | None = None

    @property
    def compares_shares(self) -> bool:
        """Whether places are compared by their share of overdue work, and not by its count."""
        return self.yardstick is not None and self.yardstick.is_of_shares

    def held_at(self, area: str, *, is_own: bool = False) -> Held:
        """Overdue work at a place with all below it, or at the place itself only."""
        return NONE_HELD if self.held is None else self.held.get((area, is_own), NONE_HELD)


def read_sources(asked: Asked, parent: Area, children: Sequence[Area], on: date) -> Sources:
    """Ask the engine what rows are made from.

    Args:
        asked: the request.
        parent: the place.
        children: areas directly below it.
        on: today in the state.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    areas = [parent.code, *(child.code for child in children)]
    held = read_held(asked, "overdue", areas)
    history = read_history(asked.services, areas, asked.scope.services, DESK_WEEKS, on)
    comparison = read_comparison(asked, parent)
    codes = [asked.scope.code(measure) for measure in (*MEASURES, "overdue_share")]
    return Sources(asked, history, held, comparison, read_yardstick(asked, comparison, areas, codes, on))


def ranking(sources: Sources, parent: Area, children: Sequence[Area]) -> Ranking:
    """The table of the places below a place.

    Args:
        sources: what rows are made from.
        parent: the place.
        children: areas directly below it, at least one.
    """
    asked, services, scope = sources.asked, sources.asked.services, sources.asked.scope
    peers = peer_medians(services, children[0].level, scope.code("overdue_share"), scope.period)
    state = services.reference.areas[0].code
    state_share = figure(services, scope.code("overdue_share"), state, scope.period).value
    rows = [_row(sources, area, peers.get(area.code)) for area in children]
    total = _row(sources, parent, None if parent.code == state else state_share)
    sort = asked.address.get("sort", DEFAULT_SORT)
    return Ranking(
        rows=tuple(sorted(rows, key=_ORDERS.get(sort, _attention))),
        own=_own(sources, parent, rows, total),
        total=total,
        offices_holding=None if sources.held is None else sources.held_at(parent.code).offices,
        offices=_offices_below(asked, parent),
        sort=sort if sort in _ORDERS else DEFAULT_SORT,
        selected=asked.address.get("at") if asked.address.get("explain") else "",
        target_pct=total.in_time.target,
        since=asked.text("table.change") if sources.yardstick is None else sources.yardstick.head,
        is_of_shares=sources.compares_shares,
    )


def _row(sources: Sources, area: Area, peer_pct: float | None) -> Row:
    asked, services, scope = sources.asked, sources.asked.services, sources.asked.scope
    share = figure(services, scope.code("overdue_share"), area.code, scope.period)
    overdue = figure(services, scope.code("overdue"), area.code, scope.period)
    if overdue.cell.value is None:
        overdue = part(share, None)
    line = sources.history.line(area.code, "overdue").with_last(overdue.value)
    more = (
        _share_more(sources, share, area.code) if sources.compares_shares else _more(sources, overdue, line, area.code)
    )
    change = form.change(more, share.decimals if sources.compares_shares else 0)
    held = sources.held_at(area.code)
    return Row(
        code=area.code,
        name=named(asked, area.name_en, area.name_local),
        href=asked.area_href(area.code),
        overdue=overdue,
        list_href=asked.list_href("overdue", area.code),
        change=change if sources.compares_shares else judged(change, line),
        more=more or 0,
        share=share,
        share_href=asked.explain_href(share.code, area.code),
        peer_pct=peer_pct,
        line=line if line.is_drawn else NO_LINE,
        due_48h=figure(services, scope.code("due_48h"), area.code, scope.period),
        due_href=asked.list_href("due48", area.code),
        in_time=figure(services, scope.code("in_time_share"), area.code, scope.period),
        in_time_href=asked.explain_href(scope.code("in_time_share"), area.code),
        oldest_days=late_days(held.oldest_due_at, asked.now),
        most=_seat(asked, area.code, held),
        late_days=_late_days(sources, area, held),
    )


def _more(sources: Sources, overdue: Figure, line: Line, area: str) -> float | None:
    """What is overdue less what was; None when either is not known, or late."""
    yardstick = sources.yardstick
    before = line.week_ago if yardstick is None else yardstick.measure(sources.asked, "overdue", area)
    if overdue.value is None or before is None or overdue.is_late:
        return None
    return overdue.value - before


def _share_more(sources: Sources, share: Figure, area: str) -> float | None:
    """By how many points the share is above what stands against it; None also for a small base, which is noise."""
    before = None if sources.yardstick is None else sources.yardstick.measure(sources.asked, "overdue_share", area)
    if share.value is None or before is None or share.is_late or share.cell.state is State.SMALL_BASE:
        return None
    return share.value - before


def _seat(asked: Asked, area: str, held: Held) -> Seat | None:
    """Office and post that hold the most; None when nobody does."""
    if not held.cases:
        return None
    listed = asked.list_href("overdue", "" if held.office else area, office=held.office)
    href = asked.office_href(held.office) or listed
    cases = asked.list_href("overdue", area, office=held.office, post=held.post)
    return Seat(Link(office_name(asked, held.office), href), post_name(asked, held.post), held.most, cases)


def _late_days(sources: Sources, area: Area, held: Held) -> float:
    """From the board where the catalogue has it, which needs no engine; else from the cases."""
    asked = sources.asked
    counted = figure(asked.services, asked.scope.code("overdue_days"), area.code, asked.scope.period).value
    return held.late_days if counted is None else counted


def _own(sources: Sources, parent: Area, rows: Sequence[Row], total: Row) -> Row | None:
    """What the total has more than its parts: work recorded at the parent itself, e.g. at the district office."""
    held = sources.held_at(parent.code, is_own=True)
    own = replace(
        total,
        code="",
        href="",
        name=Name(level_name(sources.asked, parent)),
        overdue=_rest(total.overdue, [row.overdue for row in rows]),
        share=_rest(total.share, [row.share for row in rows]),
        due_48h=_rest(total.due_48h, [row.due_48h for row in rows]),
        in_time=_rest(total.in_time, [row.in_time for row in rows]),
        change=None,
        more=0,
        peer_pct=None,
        line=NO_LINE,
        oldest_days=late_days(held.oldest_due_at, sources.asked.now),
        most=_seat(sources.asked, parent.code, held),
    )
    counts = (
        own.overdue.cell.numerator,
        own.share.cell.denominator,
        own.due_48h.cell.numerator,
        own.in_time.cell.denominator,
    )
    return own if any(counts) else None


def _rest(total: Figure, parts: Sequence[Figure]) -> Figure:
    """Total less its parts, numerator and denominator each; the value is made anew from the two."""
    above = _less(total.cell.numerator, [one.cell.numerator for one in parts])
    below = _less(total.cell.denominator, [one.cell.denominator for one in parts])
    value = above
    if total.is_share:
        value = above / below * 100 if above is not None and below else None
    return replace(total, cell=Cell(value, above, below, total.cell.band.UNBANDED, total.cell.state))


def _less(total: float | None, parts: Sequence[float | None]) -> float | None:
    return None if total is None else total - sum(value or 0 for value in parts)


def _offices_below(asked: Asked, parent: Area) -> int:
    reference, scope = asked.services.reference, asked.scope
    start, end = reference.area_index[parent.code], int(reference.area_end[reference.area_index[parent.code]])
    return sum(
        start <= reference.area_index[office.area] < end
        and (scope.department is None or office.department == scope.department.code)
        for office in reference.offices.values()
    )


def _attention(row: Row) -> tuple[float, ...]:
    return (row.share.urgency, -row.late_days, -row.more, -(row.overdue.value or 0))


def _largest(value: Callable[[Row], float | None]) -> Callable[[Row], tuple[float, ...]]:
    return lambda row: (1, 0) if (number := value(row)) is None else (0, -number)


_ORDERS: Final[dict[str, Callable[[Row], tuple[float | str, ...]]]] = {
    DEFAULT_SORT: _attention,
    "name": lambda row: (row.name.text,),
    "overdue": _largest(lambda row: row.overdue.value),
    "change": _largest(lambda row: row.more),
    "share": _largest(lambda row: row.share.value),
    "due48": _largest(lambda row: row.due_48h.value),
    "in_time": lambda row: (1, 0) if row.in_time.value is None else (0, row.in_time.value),
    "oldest": _largest(lambda row: row.oldest_days),
}
