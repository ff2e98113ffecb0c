"""/office/<id> – how an office does against offices like it, at which of its seats the work is, and which files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.address import name_after
from dashboard.components.missing import away_page, missing_page
from dashboard.components.office_page import office_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.office import office_view
from dashboard.views.place import office_name
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/office/<office>", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    code = name_after(address.path, "/office/")
    tab = asked.text("area.tab", place=office_name(asked, code), product=asked.text("shell.product"))
    try:
        view = office_view(asked, code)
    except EngineGoneError:
        return Content(tab, asked.lang, services.reference.areas[0].code, away_page(asked, office_name(asked, code)))
    if view is None:
        return Content(asked.text("missing.office.title"), asked.lang, "", missing_page(asked, "office"))
    return Content(tab, asked.lang, view.area, office_page(view, services.zone))
