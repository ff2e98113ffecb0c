"""/district/<d>, /district/<d>/taluk/<t>, … – a place at any level below the state, by the state's own level codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.address import area_templates
from dashboard.area_screen import draw_area
from dashboard.screen import add_screen

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.services import Services


def register(app: Dash, services: Services) -> None:
    """Add one page for each level below the state."""
    for level, template in area_templates(services.reference).items():
        if template != "/":
            add_screen(app, f"{__name__}_{level}", template, draw_area)
