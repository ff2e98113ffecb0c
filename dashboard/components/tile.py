"""Places as equal tiles: name, overdue share, mark; each a link to the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from dashboard import language
from dashboard.components.attribute import attrs
from dashboard.components.number import as_of, figure_text, no_number, status_mark
from dashboard.freshness import Freshness
from warehouse.value import Band

if TYPE_CHECKING:
    from datetime import tzinfo

    from dash.development.base_component import Component

    from dashboard.views.figure import Figure
    from dashboard.views.tiles import Tile, TileMap


def tile_grid(tiles: TileMap, lang: str, zone: tzinfo) -> Component:
    """All tiles on their grid, in reading order.

    Args:
        tiles: with their positions.
        lang: working language.
        zone: the state's.
    """
    return html.Ul(
        [_tile(tile, lang, zone) for tile in tiles.tiles],
        className="cm-tiles",
        style={"--cm-columns": tiles.columns, "--cm-rows": tiles.rows},
        **attrs(aria_label=language.text("tiles.label", lang)),
    )


def _tile(tile: Tile, lang: str, zone: tzinfo) -> Component:
    digits = figure_text(tile.share) if tile.share.value is not None else no_number(tile.share, lang, zone)
    words = [html.Span(tile.name.text, className="cm-tile__name")]
    if tile.name.echo:
        words.append(html.Span(tile.name.echo, lang=tile.name.echo_lang, className="cm-tile__echo cm-echo"))
    value: list[Component | None] = [
        status_mark(tile.share, lang),
        html.B(digits, className="cm-tile__value"),
        html.Span("%", className="cm-num__unit"),
    ]
    if tile.share.is_late:
        value.append(as_of(tile.share, lang, zone))
    return html.Li(
        html.A([*words, html.Span(value, className="cm-tile__figure")], href=tile.href, className=_classes(tile.share)),
        style={"gridColumn": f"{tile.column + 1} / span {tile.span}", "gridRow": tile.row + 1},
    )


def _classes(share: Figure) -> str:
    if share.fresh.freshness is not Freshness.LIVE:
        return "cm-tile cm-tile--stale"
    return {Band.RED: "cm-tile cm-tile--red", Band.AMBER: "cm-tile cm-tile--amber"}.get(share.band, "cm-tile")
