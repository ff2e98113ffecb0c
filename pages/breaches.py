"""/breaches – what is past its limit and what is next, as lists that can be narrowed and taken away as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.breaches_page import breaches_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.breaches import breaches_view
from dashboard.views.place import Link, texts_named

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/breaches", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    view = breaches_view(asked)
    title = texts_named(asked, "breaches.title")
    home = Link(view.place.crumbs[0].text if view.place.crumbs else view.place.name.text, address.to("/").href)
    tab = asked.text("area.tab", place=title.text, product=asked.text("shell.product"))
    return Content(tab, asked.lang, view.place.code, breaches_page(view, title, home, services.zone))
