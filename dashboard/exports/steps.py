"""Where the time of decided cases went, as a table: every step and post, those too that a screen adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.components.step_times import bar_parts, step_words
from dashboard.exports.about import about
from dashboard.exports.table import Bar, Bars, Column, Table, exact
from dashboard.views.indicator import IndicatorAt
from dashboard.views.place import place
from dashboard.views.step_times import DAYS, indicator_step_times, longest_s, office_step_times
from dashboard.views.today import today

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboard.views.asked import Asked
    from dashboard.views.step_times import StepTimes

_COLUMNS: Final = {"step": 30, "post": 30, "median_h": 16, "p90_h": 20, "cases": 12, "share": 14}
_HOUR_S: Final = 3600


def steps_table(asked: Asked) -> Table | None:
    """The steps of the cases that an address names: of an indicator (`code`, `area`) or of an `office`.

    None where it names neither, where the indicator is of no single department's cases, or the engine does not answer.
    """
    office = asked.services.reference.offices.get(asked.address.get("office"))
    if office is not None:
        title = asked.chosen(office.name_en, office.name_local)
        area = asked.services.reference.area(office.area)
        return _table(asked, office_step_times(asked, office.code), office.code, title, place(asked, area).title.text)
    at = IndicatorAt.of(asked, asked.address.get("code"))
    if at is None:
        return None
    times = indicator_step_times(asked, at.indicator, at.area.code)
    title = asked.chosen(at.indicator.name_en, at.indicator.name_local)
    words, name = place(asked, at.area).title.text, f"{at.indicator.code}_{at.area.slug}"
    return _table(asked, times, name, title, words, sources=at.indicator.sources)


def _table(
    asked: Asked, times: StepTimes | None, name: str, title: str, where: str, *, sources: Iterable[str] | None = None
) -> Table | None:
    if times is None:
        return None
    counted = asked.text("steps.note", count=form.integer(times.decided), days=form.integer(DAYS))
    longest = longest_s(times.all_lines)
    safe = "".join(letter if letter.isalnum() or letter in "_-" else "_" for letter in name)
    return Table(
        name=f"{safe}_steps_{today(asked.services):%Y-%m-%d}",
        sheet=asked.text("steps.title")[:31],
        about=about(asked, f"{asked.text('steps.title')}: {title}", where, rows=counted, sources=sources),
        columns=tuple(
            Column(asked.text(f"csv_steps.{key}"), width, is_figure=key == "share") for key, width in _COLUMNS.items()
        ),
        rows=[
            [
                step_words(line, asked.lang),
                line.post or None,
                round(line.median_s / _HOUR_S, 2),
                None if line.p90_s is None else round(line.p90_s / _HOUR_S, 2),
                line.cases,
                exact(line.share_pct),
            ]
            for line in times.all_lines
        ],
        bars=Bars(
            asked.text("steps.bar"),
            asked.text("steps.legend"),
            before=list(_COLUMNS).index("median_h"),
            bars=tuple(Bar(*bar_parts(line, longest), line.is_waiting) for line in times.all_lines),
        ),
    )
