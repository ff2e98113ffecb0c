"""/departments, /department/<dept> – which indicators of a department are red, and in which districts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.address import name_after
from dashboard.components.department_page import department_page, departments_page
from dashboard.components.missing import missing_page, waiting_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.department import department_view, departments_view
from dashboard.views.place import Link, area_name, texts_named

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the pages to an app."""
    add_screen(app, __name__, "/departments", _draw_all)
    add_screen(app, f"{__name__}_one", "/department/<department>", _draw_one)


def _draw_all(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    state, title = services.reference.areas[0].code, texts_named(asked, "departments.page")
    tab = asked.text("area.tab", place=title.text, product=asked.text("shell.product"))
    if not services.values.loaded:
        return Content(tab, asked.lang, state, waiting_page(asked, title.text))
    body = departments_page(departments_view(asked), title, _home(asked), asked.lang, services.zone)
    return Content(tab, asked.lang, state, body)


def _draw_one(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    department = services.reference.departments.get(name_after(address.path, "/department/").upper())
    if department is None:
        return Content(asked.text("missing.department.title"), asked.lang, "", missing_page(asked, "department"))
    state = services.reference.areas[0].code
    name = asked.chosen(department.name_en, department.name_local)
    tab = asked.text("area.tab", place=name, product=asked.text("shell.product"))
    if not services.values.loaded:
        return Content(tab, asked.lang, state, waiting_page(asked, name))
    crumbs = (_home(asked), Link(asked.text("departments.page"), address.to("/departments").href))
    body = department_page(department_view(asked, department), crumbs, services.zone)
    return Content(tab, asked.lang, state, body)


def _home(asked: Asked) -> Link:
    return Link(area_name(asked, asked.services.reference.areas[0].code), asked.address.to("/").href)
