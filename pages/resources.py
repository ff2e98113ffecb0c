"""/resources – where something will run out first: hours or days left, shares used, by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.missing import waiting_page
from dashboard.components.resources_page import resources_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.at_place import asked_area
from dashboard.views.place import Link, texts_named
from dashboard.views.resources import resources_view

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/resources", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    title, area, product = texts_named(asked, "resources.title"), asked_area(asked), asked.text("shell.product")
    if not services.values.loaded:
        tab = asked.text("area.tab", place=title.text, product=product)
        return Content(tab, asked.lang, area.code, waiting_page(asked, title.text))
    view = resources_view(asked)
    tab = asked.text("indicators.tab", place=view.place.title.text, title=title.text, product=product)
    here = Link(view.place.name.text, asked.area_href(area.code))
    return Content(
        tab, asked.lang, area.code, resources_page(view, title, here, address, zone=services.zone, now=asked.now)
    )
