"""/indicator/<code> – what exactly is this number, is it getting worse, and where is it worst?"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from dashboard.components.indicator_page import indicator_page
from dashboard.components.missing import missing_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.indicator import IndicatorAt, indicator_view

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/indicator/<code>", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    at = IndicatorAt.of(asked, unquote(address.path.removeprefix("/indicator/")))
    if at is None:
        return Content(asked.text("missing.title"), asked.lang, "", missing_page(asked))
    view = indicator_view(asked, at)
    tab = asked.text(
        "indicators.tab", place=view.place.title.text, title=view.name.text, product=asked.text("shell.product")
    )
    return Content(tab, asked.lang, at.area.code, indicator_page(view, services.zone, asked.now))
