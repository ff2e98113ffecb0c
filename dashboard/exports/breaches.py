"""The list that /breaches shows, whole, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard.exports.about import about
from dashboard.exports.table import Column, Table, local_day
from dashboard.views.breaches import list_name, narrowed, read_page, read_wanted
from dashboard.views.place import place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked
    from dashboard.views.breaches import Wanted
    from dashboard.views.caselist import CaseLine, Cases

MOST_ROWS: Final = 200_000
#: Divides the number above, so that a list is cut where its head says.
_ROWS_AT_ONCE: Final = 2_000
_DAY_S: Final = 86_400
_COLUMNS: Final = {
    "number": 24,
    "service": 34,
    "place": 22,
    "office": 34,
    "post": 24,
    "step": 20,
    "next_post": 24,
    "opened": 12,
    "due": 12,
    "past_days": 12,
}


def breaches_table(asked: Asked) -> Table:
    """The list of an address; of a longer one the first 200,000 rows, and its head says so.

    Raises:
        EngineGoneError: the engine does not answer, now or when a later row is read.
    """
    wanted = read_wanted(asked)
    first = read_page(asked, wanted, _ROWS_AT_ONCE, 0)
    here = place(asked, wanted.area).title.text
    facts: list[tuple[str, Value]] = [("narrowed", link.text) for link in narrowed(asked, wanted) if link.text != here]
    facts.append(("order", asked.text(f"breaches.sort.{wanted.sort}")))
    return Table(
        name=f"{wanted.view}_{wanted.area.slug}_{asked.now.astimezone(asked.services.zone):%Y-%m-%d_%H%M}",
        sheet=asked.text("export.sheet_cases"),
        about=about(
            asked,
            list_name(asked, wanted.view),
            here,
            facts=facts,
            rows=_told(asked, first),
        ),
        columns=tuple(Column(asked.text(f"csv.{key}"), width) for key, width in _COLUMNS.items()),
        rows=_rows(asked, wanted, first),
    )


def _told(asked: Asked, first: Cases) -> str:
    if first.of <= MOST_ROWS:
        return form.integer(first.of)
    return asked.text("export.rows_cut", count=form.integer(MOST_ROWS), of=form.integer(first.of))


def _rows(asked: Asked, wanted: Wanted, first: Cases) -> Iterator[list[Value]]:
    """Pages of the list, one after the other."""
    cases, offset = first, 0
    while cases.lines:
        for line in cases.lines:
            yield _row(asked, line)
        offset += len(cases.lines)
        if offset >= min(cases.of, MOST_ROWS):
            return
        cases = read_page(asked, wanted, _ROWS_AT_ONCE, offset)


def _row(asked: Asked, line: CaseLine) -> list[Value]:
    zone = asked.services.zone
    is_past = line.late_s is not None and line.late_s > 0 and not line.stands_still
    return [
        line.case_id,
        line.service,
        line.place.text,
        line.office.text,
        line.post or None,
        line.step or None,
        line.next_post or None,
        local_day(line.opened_at, zone),
        local_day(line.due_at, zone),
        int((line.late_s or 0) // _DAY_S) if is_past else None,
    ]
