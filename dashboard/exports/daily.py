"""The year of an indicator at a place, day by day, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components.year_panel import drawn_year
from dashboard.exports.about import about
from dashboard.exports.table import Column, Table, exact
from dashboard.views.daily import read_daily
from dashboard.views.figure import figure
from dashboard.views.indicator import IndicatorAt
from dashboard.views.place import place
from dashboard.views.today import today
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked
    from dashboard.views.daily import Daily

_FIGURES: Final = {"value", "line", "shown"}
_COLUMNS: Final = ("day", "value", "line", "numerator", "denominator", "is_sealed", "shown")
_WIDTH: Final = 18


def daily_table(asked: Asked) -> Table | None:
    """The year of the indicator that an address names with `code`; None where there is no such indicator.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    code = asked.address.get("code")
    at = IndicatorAt.of(asked, code)
    if at is None:
        return None
    shown = figure(asked.services, code, at.area.code, at.period)
    daily = read_daily(asked, at.indicator, at.area.code, shown.value, today(asked.services))
    if daily is None:
        message = "the year of an indicator"
        raise EngineGoneError(message)
    facts: list[tuple[str, Value]] = [
        ("code", code),
        ("period", asked.text("export.days", first=form.day(daily.days[0]), last=form.day(daily.days[-1]))),
        ("unit", language.chosen(at.indicator.unit_en, at.indicator.unit_local, asked.lang)),
    ]
    if shown.target is not None:
        facts.append(("target", exact(shown.target)))
    return Table(
        name=f"{code}_{at.area.slug}_{daily.days[-1]:%Y-%m-%d}",
        sheet=asked.text("export.sheet_days"),
        about=about(
            asked,
            asked.chosen(at.indicator.name_en, at.indicator.name_local),
            place(asked, at.area).title.text,
            facts=facts,
            sources=at.indicator.sources,
        ),
        columns=tuple(Column(asked.text(f"csv_series.{key}"), _WIDTH, key in _FIGURES) for key in _COLUMNS),
        rows=_rows(asked, daily),
        written=lambda _, value: at.indicator.digits(value),
        chart=drawn_year(daily, shown, at.indicator.bounds(at.area.level), asked.lang),
    )


def _rows(asked: Asked, daily: Daily) -> Iterator[list[Value]]:
    sealed = {True: asked.text("csv_series.yes"), False: asked.text("csv_series.no")}
    for number, day in enumerate(daily.days):
        yield [
            day,
            exact(daily.values[number]),
            exact(daily.line[number]),
            exact(daily.numerators[number]),
            exact(daily.denominators[number]),
            sealed[daily.is_sealed[number]],
            exact(daily.shown[number]),
        ]
