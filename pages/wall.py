"""/wall/<wall> – the video wall, its scenes in turn; /wall/<wall>/<scene> or ?scene=<scene> – one scene that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dash
from dash import html

from dashboard import language
from dashboard.address import Address
from dashboard.components import wall as component
from dashboard.index import page_language
from dashboard.views.wall_layout import wall_layout
from dashboard.wall_choice import read_choice, scene_names

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from dashboard.services import Services


def register(app: dash.Dash, services: Services) -> None:
    """Add the wall to an app.

    Raises:
        ConfigError: a configured wall has no room for legible text, or the state's choice of indicators is wrong.
    """
    read_choice(services.config.state.reference)
    for name, wall in services.config.walls.items():
        wall_layout(name, wall)

    async def layout(href_: str | None = None, **_others: object) -> Component:
        # Dash's <wall> also matches "main/now", so the path is read here.
        asked = Address.parse(href_ or "/wall/main")
        wall, _, scene = asked.path.removeprefix("/wall/").partition("/")
        return _stage(services, asked, wall, scene or asked.get("scene"))

    title = language.text("wall.tab", services.config.state.language)
    dash.register_page("pages.wall", path_template="/wall/<wall>", layout=layout, title=title)
    dash.register_page("pages.wall_scene", path_template="/wall/<wall>/<scene>", layout=layout, title=title)


def _stage(services: Services, asked: Address, wall: str, scene: str) -> Component:
    setup = services.config.walls.get(wall)
    lang = page_language(services, asked)
    scenes = scene_names(services.config.state.reference)
    if setup is None or (scene and scene not in scenes):
        known = {"walls": ", ".join(services.config.walls), "scenes": ", ".join(scenes)}
        return html.Main(html.P(language.text("wall.unknown", lang, **known)), className="cm-wall-missing")
    return component.stage(
        id="wall-stage",
        wall=wall,
        scene=scene,
        lang=lang,
        waiting=language.text("wall.connecting", lang),
        layout=wall_layout(wall, setup),
    )
