"""Rows of the last events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard.components import html

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from dashboard.components.html import Element
    from dashboard.views.happening import Happening


def happening_rows(events: Sequence[Happening], zone: tzinfo, *, with_place: bool) -> list[Element]:
    """One table row for each event.

    Args:
        events: newest first.
        zone: the state's.
        with_place: whether the place has a column.
    """
    return [
        html.Tr(
            [
                html.Td(
                    form.clock(one.at, zone, seconds=True) if one.is_today else form.day_clock(one.at, zone),
                    className="cm-n cm-soft",
                ),
                html.Td(one.what),
                html.Td(one.about, className="cm-soft"),
                *([html.Td(one.where, className="cm-soft")] if with_place else []),
            ]
        )
        for one in events
    ]
