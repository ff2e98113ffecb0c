"""/ – the whole state: what needs it today, where it is red, which departments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.area_screen import draw_area
from dashboard.screen import add_screen

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add the page to an app."""
    add_screen(app, __name__, "/", draw_area)
