"""Places, departments or services by their answers, as a table: the numbers of /feedback with their bases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.exports.about import about
from dashboard.exports.cell import colour, worth
from dashboard.exports.table import Column, Table, exact, local
from dashboard.views.at_place import asked_area
from dashboard.views.control import department_choice, period_choice, service_filter
from dashboard.views.feedback import read_served
from dashboard.views.place import place
from dashboard.views.today import today

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked
    from dashboard.views.served import Served

_COLUMNS: Final = {
    "code": 26,
    "name": 30,
    "band": 14,
    "satisfied": 14,
    "content": 12,
    "answers": 12,
    "best": 10,
    "worst": 10,
    "heard": 14,
    "in_time": 14,
    "dated": 14,
    "reopened": 14,
    "rejected": 14,
    "late_as_of": 18,
}
_FIGURES: Final = {"satisfied", "heard", "in_time", "reopened", "rejected"}
_NOT_ON_PAPER: Final = {"code", "content", "dated"}
_BY: Final = ("place", "department", "service")


def feedback_table(asked: Asked) -> Table | None:
    """The rows that an address names with `by` (places without it), at the place `at`; None for any other."""
    by = asked.address.get("by", _BY[0])
    if by not in _BY:
        return None
    area, on, department = asked_area(asked), today(asked.services), asked.scope.department
    here = place(asked, area)
    facts: list[tuple[str, Value]] = [("period", period_choice(asked, on).value)]
    facts += [] if department is None else [("narrowed", department_choice(asked).value)]
    facts += [("narrowed", link.text) for link in service_filter(asked)]
    with asked.services.values.reading():
        rows = [_row(asked, one) for one in read_served(asked, area, by)]
    title = asked.text(f"feedback.by_{by}", places=here.level_words)
    indicator = asked.services.values.indicators.get(asked.scope.code("satisfied_share"))
    return Table(
        name=f"feedback_{by}_{area.slug}_{asked.scope.period}_{on:%Y-%m-%d}",
        sheet=asked.text("feedback.title"),
        about=about(
            asked, title, here.title.text, facts=facts, sources=None if indicator is None else indicator.sources
        ),
        columns=tuple(
            Column(asked.text(f"csv_feedback.{key}"), width, key in _FIGURES, key not in _NOT_ON_PAPER)
            for key, width in _COLUMNS.items()
        ),
        rows=rows,
    )


def _row(asked: Asked, one: Served) -> Sequence[Value]:
    return [
        one.code,
        one.name.text,
        colour(asked, one.satisfied),
        worth(asked, one.satisfied),
        None if one.answers is None else exact(one.satisfied.cell.numerator),
        exact(one.answers),
        None if one.positions is None else one.positions.best,
        None if one.positions is None else one.positions.worst,
        worth(asked, one.heard),
        worth(asked, one.in_time),
        exact(one.in_time.cell.denominator) if one.in_time.value is not None else None,
        worth(asked, one.reopened),
        worth(asked, one.rejected),
        local(one.satisfied.fresh.at, asked.services.zone),
    ]
