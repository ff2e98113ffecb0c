"""/application/<no> – one file: where it is now, since when, who acts next, and everything that was told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.address import name_after
from dashboard.components.application_page import application_page
from dashboard.components.missing import away_page, missing_page
from dashboard.screen import Content, add_screen
from dashboard.views.application import application_view
from dashboard.views.asked import Asked
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/application/<number>", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    number = name_after(address.path, "/application/")
    title = asked.text("application.title", number=number)
    tab = asked.text("area.tab", place=title, product=asked.text("shell.product"))
    try:
        view = application_view(asked, number)
    except EngineGoneError:
        return Content(tab, asked.lang, services.reference.areas[0].code, away_page(asked, title))
    if view is None:
        return Content(tab, asked.lang, "", missing_page(asked, "application"))
    return Content(tab, asked.lang, view.area, application_page(view, services.zone))
