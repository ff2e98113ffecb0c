"""/review – questions for the Chief Minister's review, found by rules, with the post that answers each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.review_page import review_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.place import Link, texts_named
from dashboard.views.review import review_view

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/review", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    view = review_view(asked)
    title = texts_named(asked, "review.title")
    here = Link(view.place.name.text, asked.area_href(view.place.code))
    tab = asked.text(
        "indicators.tab", place=view.place.title.text, title=title.text, product=asked.text("shell.product")
    )
    return Content(tab, asked.lang, view.place.code, review_page(view, title, here, services.zone))
