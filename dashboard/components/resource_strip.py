"""What is not an application, on a place's page: a card for each kind of resource, which opens its explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.number import age, number, row_mark
from dashboard.components.panel import panel
from dashboard.views.place import Link

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from dashboard.components.html import Element
    from dashboard.views.resource_cards import ResourceCard


def resource_strip(cards: Sequence[ResourceCard], all_href: str, lang: str, zone: tzinfo, now: datetime) -> Element:
    """The panel.

    Args:
        cards: worst first.
        all_href: the page of resources about the place.
        lang: working language.
        zone: the state's.
        now: the engine's present instant.
    """
    rows = html.Ul([html.Li(_card(one, lang, zone, now)) for one in cards], className="cm-resources")
    link = Link(language.text("resources.link", lang), all_href)
    note = language.text("resources.strip_note", lang)
    return panel(language.text("resources.title", lang), rows, note=note, link=link, name="cm-panel--resources")


def _card(one: ResourceCard, lang: str, zone: tzinfo, now: datetime) -> Element:
    more = f" +{form.integer(one.others)}" if one.others else ""
    value: list[html.Node] = [html.Span(one.name), " ", number(one.figure, lang, zone)]
    below: list[html.Node] = []
    if one.worst is not None:
        worst = number(one.worst, lang, zone, with_unit=False)
        below = [row_mark(one.worst, lang), " ", one.worst_place, " ", worst, " · "]
    inside: list[html.Node] = [
        html.Span([row_mark(one.figure, lang), " ", html.B(one.kind), more], className="cm-resource__kind"),
        html.Span(value, className="cm-resource__value"),
        html.Span([*below, age(one.newest, now, lang)], className="cm-resource__note"),
    ]
    return html.A(inside, href=one.href, className="cm-resource", **attrs(data_testid="resource-card"))
