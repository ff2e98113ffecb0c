"""The resources of a place and of the places below it, as a table: the numbers of /resources with their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.exports.about import about
from dashboard.exports.cell import colour, worth
from dashboard.exports.table import Column, Table, exact, local
from dashboard.views.at_place import asked_area
from dashboard.views.control import department_choice
from dashboard.views.coverage import read_reported
from dashboard.views.lasting import hours_of
from dashboard.views.place import area_name, place
from dashboard.views.resources import read_resources
from dashboard.views.today import today

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked
    from dashboard.views.coverage import Reported
    from dashboard.views.figure import Figure
    from dashboard.views.resource_choice import Resource

_COLUMNS: Final = {
    "kind": 22,
    "name": 26,
    "code": 30,
    "place": 22,
    "area": 26,
    "band": 14,
    "value": 14,
    "unit": 12,
    "hours": 12,
    "numerator": 14,
    "denominator": 14,
    "target": 12,
    "reporting": 12,
    "expected": 12,
    "late_as_of": 18,
}
_NOT_ON_PAPER: Final = {"code", "area", "hours", "numerator", "denominator", "target"}


def resources_table(asked: Asked) -> Table:
    """Each resource at the place that an address names with `at`, then at the places directly below it.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    services, area, on = asked.services, asked_area(asked), today(asked.services)
    reported = read_reported(services, on)
    with services.values.reading():
        rows = [_row(asked, one, shown, reported) for one, figures in read_resources(asked, area) for shown in figures]
    department = asked.scope.department
    return Table(
        name=f"resources_{area.slug}_{on:%Y-%m-%d}",
        sheet=asked.text("export.sheet_resources"),
        about=about(
            asked,
            asked.text("resources.title"),
            place(asked, area).title.text,
            facts=[] if department is None else [("narrowed", department_choice(asked).value)],
        ),
        columns=tuple(
            Column(asked.text(f"csv_resources.{key}"), width, key == "value", key not in _NOT_ON_PAPER)
            for key, width in _COLUMNS.items()
        ),
        rows=rows,
        written=lambda row, value: services.values.indicators[str(row[2])].digits(value),
    )


def _row(asked: Asked, one: Resource, shown: Figure, reported: Reported) -> Sequence[Value]:
    indicator = asked.services.values.indicators[shown.code]
    coverage = reported.coverage(indicator.subjects, shown.area)
    line = one.line
    return [
        one.kind,
        asked.chosen(line.name_en, line.name_local),
        shown.code,
        area_name(asked, shown.area),
        shown.area,
        colour(asked, shown),
        worth(asked, shown),
        asked.chosen(shown.unit_en, shown.unit_local) or None,
        exact(hours_of(shown)) if one.lasts else None,
        exact(shown.cell.numerator) if shown.value is not None else None,
        exact(shown.cell.denominator) if shown.value is not None and not indicator.is_count else None,
        exact(shown.target),
        None if coverage is None else coverage.reporting,
        None if coverage is None else coverage.expected,
        local(shown.fresh.at, asked.services.zone),
    ]
