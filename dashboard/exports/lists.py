"""Lists of whole pages as tables: departments, offices, sources, questions of a review, what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.exports.about import about
from dashboard.exports.cell import colour, worth
from dashboard.exports.table import Column, Table, exact, local
from dashboard.views.area import ATTENTION_ROWS
from dashboard.views.at_place import asked_area
from dashboard.views.attention_list import attention
from dashboard.views.control import period_choice
from dashboard.views.department import departments_view
from dashboard.views.health import health_view
from dashboard.views.office_list import fitting_offices
from dashboard.views.offices import office_rows
from dashboard.views.place import place, service_name
from dashboard.views.review import review_questions
from dashboard.views.today import today
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked

_CODE: Final = ("csv_places.code", 30)
_COLOUR: Final = ("csv_places.band", 14)
_VALUE: Final = ("attention.value", 14)
_UNIT: Final = ("export.unit", 12)
_FIGURES: Final = {"csv_places.share", "csv_places.in_time", _VALUE[0]}


def _table(
    asked: Asked, name: str, title: str, columns: Sequence[tuple[str, int]], *, rows: list[list[Value]], rest: str = ""
) -> Table:
    """A table about the place `at`.

    Args:
        asked: the request.
        name: of the file.
        title: key of the heading.
        columns: key of the heading and width.
        rows: of the list.
        rest: what the list leaves out, in words; "" = nothing.
    """
    services, scope = asked.services, asked.scope
    area, on = asked_area(asked), today(services)
    narrowed = [] if scope.department is None else [asked.chosen(scope.department.name_en, scope.department.name_local)]
    narrowed += [service_name(asked, scope.service)] if scope.service else []
    facts = [("period", period_choice(asked, on).value), *(("narrowed", text) for text in narrowed)]
    count = f"{form.integer(len(rows))} · {rest}" if rest else form.integer(len(rows))
    return Table(
        name=f"{name}_{area.slug}_{on:%Y-%m-%d}",
        sheet=asked.text(title)[:31],
        about=about(asked, asked.text(title), place(asked, area).title.text, facts=facts, rows=count),
        columns=tuple(Column(asked.text(key), width, key in _FIGURES, key != _CODE[0]) for key, width in columns),
        rows=rows,
    )


def departments_table(asked: Asked) -> Table:
    """How the indicators of each department stand in the state as a whole."""
    stands = ("red", "amber", "stale", "normal")
    view = departments_view(asked)
    rows: list[list[Value]] = []
    for row in view.rows:
        shown = row.figure
        worst: list[Value] = [None, None, None]
        if row.worst is not None and shown is not None:
            unit = asked.chosen(shown.unit_en, shown.unit_local)
            worst = [row.worst.text, worth(asked, shown), unit or None]
        rows.append([row.name.text, *(getattr(row.counts, name) for name in stands), *worst])
    total: list[Value] = [getattr(view.total, name) for name in stands]
    rows.append([asked.text("control.all_departments"), *total, None, None, None])
    columns = [("table.department", 40), *((f"departments.{name}", 12) for name in stands)]
    return _table(
        asked, "departments", "departments.page", [*columns, ("departments.worst", 44), _VALUE, _UNIT], rows=rows
    )


def offices_table(asked: Asked) -> Table:
    """All offices with work of a place, those needing attention first.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    area = asked_area(asked)
    offices = office_rows(asked, fitting_offices(asked, area.code), area=area.code)
    rows: list[list[Value]] = [
        [
            one.code or None,
            one.name.text,
            colour(asked, one.share),
            one.work.overdue,
            one.work.open,
            worth(asked, one.share),
            one.work.due_48h,
            worth(asked, one.in_time),
            one.work.dated,
            one.oldest_days,
        ]
        for one in offices
    ]
    keys = ("overdue", "open", "share", "due48", "in_time", "decided", "oldest")
    columns = [_CODE, ("table.office", 40), _COLOUR, *((f"csv_places.{key}", 14) for key in keys)]
    return _table(asked, "offices", "offices.page", columns, rows=rows)


def health_table(asked: Asked) -> Table:
    """Every source with its sums, those in trouble first."""
    zone = asked.services.zone
    rows: list[list[Value]] = [
        [
            one.name,
            one.title,
            one.department or None,
            asked.text(f"health.{one.freshness}"),
            local(one.last_event_at, zone),
            one.expected,
            one.received,
            one.accepted,
            one.rejected,
            one.duplicates,
            one.indicators,
            one.trouble or None,
        ]
        for one in health_view(asked).sources
    ]
    sums = ("received", "accepted", "rejected", "duplicates", "indicators")
    columns = [_CODE, ("health.source", 26), ("table.department", 26), ("health.state", 12), ("health.newest", 18)]
    columns += [("health.expected", 18), *((f"health.{key}", 12) for key in sums), ("health.trouble", 40)]
    return _table(asked, "health", "health.sources", columns, rows=rows)


def review_table(asked: Asked) -> Table:
    """The questions of a review of a place, in their order.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    found = review_questions(asked, asked_area(asked))
    if found is None:
        message = "the questions of a review"
        raise EngineGoneError(message)
    rows: list[list[Value]] = [
        [number, one.fact, one.question, one.to, colour_word(asked, one.band.name.lower())]
        for number, one in enumerate(found, start=1)
    ]
    columns = [("review.head_number", 8), ("review.head_fact", 70), ("review.head_question", 50), ("review.to", 44)]
    return _table(asked, "review", "review.title", [*columns, _COLOUR], rows=rows)


def colour_word(asked: Asked, band: str) -> str:
    """A colour in words. Args: the request; name of the band."""
    return asked.text(f"indicators.band_{band if band in {'red', 'amber', 'normal'} else 'none'}")


def attention_table(asked: Asked) -> Table:
    """What needs attention in the state, as its page has it.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    found = attention(asked, ATTENTION_ROWS)
    rows: list[list[Value]] = [
        [
            one.what.text,
            one.where.text,
            one.others,
            colour(asked, one.figure),
            None if one.is_utility else exact(one.figure.cell.numerator),
            worth(asked, one.figure),
            asked.chosen(one.figure.unit_en, one.figure.unit_local) or None,
            one.who or None,
            one.held or None,
            one.oldest_days,
        ]
        for one in found.lines
    ]
    columns = [("table.service", 40), ("table.place", 26), ("attention.others_head", 14), _COLOUR]
    columns += [("attention.overdue", 12), _VALUE, _UNIT, ("attention.holds", 44), ("csv_places.held", 12)]
    rest = asked.text("attention.more", red=form.integer(found.more_red), amber=form.integer(found.more_amber))
    return _table(asked, "attention", "attention.title", [*columns, ("csv_places.oldest", 14)], rows=rows, rest=rest)
