"""Any address that no screen has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.missing import missing_page
from dashboard.screen import Content, add_missing_screen
from dashboard.views.asked import Asked

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_missing_screen(app, _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    return Content(asked.text("missing.title"), asked.lang, "", missing_page(asked))
