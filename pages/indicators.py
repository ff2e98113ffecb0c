"""/indicators – all indicators of a place: which of the 3,500 need attention, and where is the one I look for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components.indicators_page import indicators_page
from dashboard.screen import Content, add_screen
from dashboard.views.asked import Asked
from dashboard.views.comparison import OF_LIST, comparison_choice, comparison_or_before
from dashboard.views.control import period_choice, place_choice
from dashboard.views.indicator_list import OWN_PERIOD, Wanted, list_words
from dashboard.views.place import Link, area_name, place, texts_named
from dashboard.views.today import today

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.address import Address
    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/indicators", _draw)


def _draw(services: Services, address: Address) -> Content:
    asked = Asked.of(services, address)
    wanted = Wanted.of(asked)
    title = texts_named(asked, "indicators.title")
    home = Link(area_name(asked, services.reference.areas[0].code), address.to("/").href)
    compared = comparison_or_before(asked, wanted.area, OF_LIST)
    choices = (
        place_choice(asked, wanted.area, "area"),
        period_choice(asked, today(services), wanted.period, also=(OWN_PERIOD,)),
        comparison_choice(asked, compared),
    )
    version = f"{services.values.engine_id}-{services.values.version}"
    review = "" if compared.review is None else compared.review.id
    told = {"area": wanted.area.code, "period": wanted.period, "review": review, "version": version}
    tab = asked.text(
        "indicators.tab",
        place=place(asked, wanted.area).title.text,
        title=title.text,
        product=asked.text("shell.product"),
    )
    body = indicators_page(title, home, asked.lang, choices=choices, told=told, words=list_words(asked))
    return Content(tab, asked.lang, wanted.area.code, body)
