"""/feedback – were people actually served: what they answered beside what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.feedback_page import feedback_page
from dashboard.components.missing import waiting_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.at_place import asked_area
from dashboard.views.feedback import feedback_view
from dashboard.views.place import Link, texts_named

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/feedback", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    title, area, product = texts_named(asked, "feedback.title"), asked_area(asked), asked.text("shell.product")
    if not services.values.loaded:
        tab = asked.text("area.tab", place=title.text, product=product)
        return Content(tab, asked.lang, area.code, waiting_page(asked, title.text))
    view = feedback_view(asked)
    tab = asked.text("indicators.tab", place=view.place.title.text, title=title.text, product=product)
    here = Link(view.place.name.text, asked.area_href(area.code))
    return Content(tab, asked.lang, area.code, feedback_page(view, title, here, asked))
