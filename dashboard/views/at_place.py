"""A page about the place `at` whose numbers open beside it, each at a place of its own (`explain` and `of`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.views.asked import Asked
    from dashboard.views.figure import Figure
    from warehouse.reference import Area


def asked_area(asked: Asked) -> Area:
    """The place that an address names with `at`; the state where it names none."""
    reference, at = asked.services.reference, asked.address.get("at")
    return reference.area(at) if at in reference.area_index else reference.areas[0]


def page_of(asked: Asked, area: str) -> str:
    """Address of the page about another place."""
    is_state = area == asked.services.reference.areas[0].code
    return asked.address.but(at=None if is_state else area, explain=None, of=None).href


def explain_here(asked: Asked, shown: Figure) -> str:
    """The page with the explanation of a number open; "" for a number that has no indicator of its own."""
    return asked.address.but(explain=shown.code, of=shown.area).href if shown.code else ""
