"""The place of the wall on a page: an empty stage with its settings, which assets/js/picture.js draws into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

if TYPE_CHECKING:
    from dashboard.views.wall_layout import Layout


def stage(*, id: str, wall: str, scene: str, lang: str, waiting: str, layout: Layout) -> html.Main:  # noqa: A002 - Dash's own spelling
    """An empty stage.

    Args:
        id: component id.
        wall: name of the wall.
        scene: the scene that stays; "" = the wall's scenes in turn.
        lang: working language.
        waiting: said until the first frame has come.
        layout: what has room on this wall.
    """
    path = f"/live/wall/{wall}/{scene}" if scene else f"/live/wall/{wall}"
    settings = {"data-wall": wall, "data-stream": f"{path}?lang={lang}"}
    return html.Main(
        html.P(waiting, className="cm-wall__waiting"),
        id=id,
        className=f"cm-wall cm-wall--{layout.form}",
        lang=lang,
        disable_n_clicks=True,
        style={"--cm-canvas-w": layout.width, "--cm-canvas-h": layout.height},
        **settings,  # type: ignore[arg-type]
    )
