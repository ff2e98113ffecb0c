"""/control-rooms – what people told departments, heads of department and collectors, and what of it waits too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.control_rooms_page import control_rooms_page
from dashboard.components.missing import waiting_page
from dashboard.control_room_choice import check_rooms
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.at_place import asked_area
from dashboard.views.control_rooms import control_rooms_view
from dashboard.views.place import Link, texts_named

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app.

    Raises:
        ConfigError: the state's choice of control rooms is wrong.
    """
    check_rooms(services.config.state.reference, services.reference)
    add_screen(app, __name__, "/control-rooms", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    title, area, product = texts_named(asked, "control_rooms.title"), asked_area(asked), asked.text("shell.product")
    if not services.values.loaded:
        tab = asked.text("area.tab", place=title.text, product=product)
        return Content(tab, asked.lang, area.code, waiting_page(asked, title.text))
    view = control_rooms_view(asked)
    tab = asked.text("indicators.tab", place=view.place.title.text, title=title.text, product=product)
    here = Link(view.place.name.text, asked.area_href(area.code))
    return Content(tab, asked.lang, area.code, control_rooms_page(view, title, here, asked))
