"""/help, /accessibility – finding a file, what the marks mean, what if a number is wrong; the statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.help_page import help_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.place import Link, area_name, texts_named

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app, under both addresses by which it is looked for."""
    add_screen(app, __name__, "/help", _draw)
    add_screen(app, f"{__name__}_accessibility", "/accessibility", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    title = texts_named(asked, "help.title")
    home = Link(area_name(asked, services.reference.areas[0].code), address.to("/").href)
    tab = asked.text("area.tab", place=title.text, product=asked.text("shell.product"))
    return Content(tab, asked.lang, "", help_page(asked, title, home))
