"""The places below a place, as the table of its page has them, with the numbers behind every share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.exports.about import about
from dashboard.exports.cell import colour, worth
from dashboard.exports.table import Column, Table, exact, local
from dashboard.views.comparison import comparison_choice
from dashboard.views.control import period_choice
from dashboard.views.place import level_name, place, service_name
from dashboard.views.ranking import ranking, read_sources
from dashboard.views.today import today

if TYPE_CHECKING:
    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked
    from dashboard.views.ranking import Row

_COLUMNS: Final = {
    "code": 30,
    "place": 26,
    "kind": 18,
    "band": 14,
    "overdue": 14,
    "change": 12,
    "share": 14,
    "open": 14,
    "peer": 14,
    "due48": 14,
    "in_time": 14,
    "decided": 14,
    "oldest": 14,
    "office": 34,
    "post": 24,
    "held": 14,
    "late_as_of": 18,
}
_FIGURES: Final = {"share", "peer", "in_time"}
_NOT_ON_PAPER: Final = {"code", "kind", "open", "peer", "decided", "held"}


def places_table(asked: Asked) -> Table | None:
    """The places directly below the one that an address names with `at`; None where there are none.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    services, code = asked.services, asked.address.get("at")
    reference = services.reference
    area = reference.area(code) if code in reference.area_index else reference.areas[0]
    children = reference.children(area.code)
    if not children:
        return None
    on = today(services)
    sources = read_sources(asked, area, children, on)
    with services.values.reading():
        ranked = ranking(sources, area, children)
        here = place(asked, area)
        below, level = here.level_word, level_name(asked, area)
        rows = [_row(asked, row, below) for row in ranked.rows]
        if ranked.own is not None:
            own = asked.text("table.own", level=ranked.own.name.text)
            rows.append(_row(asked, ranked.own, own, own))
        rows.append(_row(asked, ranked.total, asked.text("export.total", level=level), here.title.text))
    department, service = asked.scope.department, asked.scope.service
    narrowed = [] if department is None else [asked.chosen(department.name_en, department.name_local)]
    narrowed += [service_name(asked, service)] if service else []
    indicator = services.values.indicators.get(asked.scope.code("overdue_share"))
    what = asked.text("table.share" if ranked.is_of_shares else "table.overdue")
    heads = {} if sources.yardstick is None else {"change": f"{what}: {ranked.since}"}
    return Table(
        name=f"places_{area.slug}_{asked.scope.period}_{on:%Y-%m-%d}",
        sheet=asked.text("export.sheet_places"),
        about=about(
            asked,
            asked.text("table.title", places=here.level_words),
            here.title.text,
            facts=[
                ("period", period_choice(asked, on).value),
                ("comparison", comparison_choice(asked, sources.comparison).value),
                *(("narrowed", text) for text in narrowed),
            ],
            sources=None if indicator is None else indicator.sources,
        ),
        columns=tuple(
            Column(heads.get(key) or asked.text(f"csv_places.{key}"), width, key in _FIGURES, key not in _NOT_ON_PAPER)
            for key, width in _COLUMNS.items()
        ),
        rows=rows,
    )


def _row(asked: Asked, row: Row, kind: str, name: str = "") -> list[Value]:
    most, fresh = row.most, row.share.fresh
    return [
        row.code or None,
        name or row.name.text,
        kind,
        colour(asked, row.share),
        worth(asked, row.overdue),
        None if row.change is None else exact(row.more),
        worth(asked, row.share),
        exact(row.share.cell.denominator) if row.share.value is not None else None,
        exact(row.peer_pct),
        worth(asked, row.due_48h),
        worth(asked, row.in_time),
        exact(row.in_time.cell.denominator) if row.in_time.value is not None else None,
        row.oldest_days,
        None if most is None else most.office.text,
        None if most is None else most.post or None,
        None if most is None else most.cases,
        local(fresh.at, asked.services.zone),
    ]
