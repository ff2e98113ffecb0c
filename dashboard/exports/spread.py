"""How the cases behind an indicator are spread – ages of open cases, times to a decision – as a table of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.components.spread_panel import drawn_spread
from dashboard.exports.about import about
from dashboard.exports.table import Column, Table, exact
from dashboard.views.control import period_choice
from dashboard.views.indicator import IndicatorAt
from dashboard.views.place import place
from dashboard.views.spread import read_spread
from dashboard.views.today import today

if TYPE_CHECKING:
    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked

_COLUMNS: Final = {"class": 18, "from_h": 18, "cases": 14, "overdue": 20}
_NOT_ON_PAPER: Final = {"from_h"}


def spread_table(asked: Asked) -> Table | None:
    """The classes of the indicator that an address names with `code`.

    None where it has no cases to spread, or the engine does not answer.
    """
    at = IndicatorAt.of(asked, asked.address.get("code"))
    if at is None:
        return None
    on = today(asked.services)
    spread = read_spread(asked, at.indicator, at.area.code, at.period, on)
    if spread is None:
        return None
    is_open = spread.kind == "ages"
    facts: list[tuple[str, Value]] = [("code", at.indicator.code)]
    if not is_open:  # open cases are those of the instant, whatever the period
        facts.append(("period", period_choice(asked, on, at.period).value))
    name = asked.chosen(at.indicator.name_en, at.indicator.name_local)
    return Table(
        name=f"{at.indicator.code}_{spread.kind}_{at.area.slug}_{on:%Y-%m-%d}",
        sheet=asked.text("export.sheet_cases"),
        about=about(
            asked,
            name,
            place(asked, at.area).title.text,
            facts=facts,
            rows=asked.text("indicator.spread_label", count=form.integer(spread.cases)),
            sources=at.indicator.sources,
        ),
        columns=tuple(
            Column(asked.text(f"csv_spread.{key}"), width, on_paper=key not in _NOT_ON_PAPER)
            for key, width in _COLUMNS.items()
        ),
        rows=[[one.text, exact(one.from_h), one.cases, one.overdue if is_open else None] for one in spread.classes],
        chart=drawn_spread(spread, asked.lang) if spread.classes else None,
    )
