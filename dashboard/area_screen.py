"""Draws the page of any area; shared by the state's page and those below, which differ only in their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.address import area_at
from dashboard.components.area_page import area_page
from dashboard.components.missing import missing_page
from dashboard.screen import Content
from dashboard.views.area import area_view
from dashboard.views.asked import Asked

if TYPE_CHECKING:
    from dashboard.address import Address
    from dashboard.services import Services


def draw_area(services: Services, address: Address) -> Content:
    """The page of the area at an address; words and a way back where there is none."""
    asked = Asked.of(services, address)
    area = area_at(services.reference, address.path)
    if area is None:
        return Content(asked.text("missing.title"), asked.lang, "", missing_page(asked))
    view = area_view(asked, area)
    title = asked.text("area.tab", place=view.place.title.text, product=asked.text("shell.product"))
    return Content(title, asked.lang, area.code, area_page(view, address, services.zone, asked.now))
