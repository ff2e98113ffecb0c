"""/health – which numbers can I not trust now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.health_page import health_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.health import health_view
from dashboard.views.place import Link, area_name, texts_named

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/health", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    state = services.reference.areas[0].code
    title = texts_named(asked, "health.title")
    home = Link(area_name(asked, state), address.to("/").href)
    tab = asked.text("area.tab", place=title.text, product=asked.text("shell.product"))
    body = health_page(health_view(asked), title, home, services.zone, asked.now)
    return Content(tab, asked.lang, state, body)
