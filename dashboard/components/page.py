"""A whole page as one Dash component with one prop, drawn and kept up by assets/js/page.js."""

from __future__ import annotations

from dash.development.base_component import Component


class Page(Component):
    """A page's HTML; when it changes, the browser changes only what differs.

    Args:
        id: component id.
        markup: made by dashboard.markup.markup from our own components.
    """

    _children_props: list[str] = []  # noqa: RUF012 - Dash reads class attributes
    _base_nodes = ["children"]  # noqa: RUF012
    _namespace = "cm_page"
    _type = "Page"

    def __init__(self, id: str, markup: str = "") -> None:  # noqa: A002 - Dash's own spelling
        self._prop_names = ["id", "markup"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = self._prop_names
        self.available_wildcard_properties: list[str] = []
        super().__init__(id=id, markup=markup)  # type: ignore[no-untyped-call]
