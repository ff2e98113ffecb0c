"""/offices – all offices with work of a place, those needing attention first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.offices_page import offices_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.office_list import office_list
from dashboard.views.place import Link, texts_named

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/offices", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    view = office_list(asked)
    title = texts_named(asked, "offices.page")
    tab = asked.text(
        "indicators.tab", place=view.place.title.text, title=title.text, product=asked.text("shell.product")
    )
    here = Link(view.place.name.text, asked.area_href(view.area))
    return Content(tab, asked.lang, view.area, offices_page(view, title, here, services.zone))
