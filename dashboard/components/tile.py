"""Places as equal tiles: name, number, mark; each a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.number import as_of_words, figure_text, no_number, status_mark
from dashboard.freshness import Freshness
from warehouse.value import Band, State

if TYPE_CHECKING:
    from datetime import tzinfo

    from dashboard.components.html import Element
    from dashboard.views.figure import Figure
    from dashboard.views.tiles import Tile, TileMap


def tile_grid(tiles: TileMap, label: str, lang: str, zone: tzinfo) -> Element:
    """All tiles on their grid, in reading order.

    Args:
        tiles: with their positions.
        label: what the numbers are, for those who do not see the heading.
        lang: working language.
        zone: the state's.
    """
    return html.Ul(
        [_tile(tile, lang, zone) for tile in tiles.tiles],
        className="cm-tiles",
        style={"--cm-columns": tiles.columns, "--cm-rows": tiles.rows},
        **attrs(aria_label=label),
    )


def _tile(tile: Tile, lang: str, zone: tzinfo) -> Element:
    words = [html.Span(tile.name.text, className="cm-tile__name")]
    if tile.name.echo:
        words.append(html.Span(tile.name.echo, lang=tile.name.echo_lang, className="cm-tile__echo cm-echo"))
    return html.Li(
        html.A(
            [*words, html.Span(_value(tile.figure, lang, zone), className="cm-tile__figure")],
            href=tile.href,
            className=_classes(tile.figure),
        ),
        style={"gridColumn": f"{tile.column + 1} / span {tile.span}", "gridRow": tile.row + 1},
    )


def _value(shown: Figure, lang: str, zone: tzinfo) -> list[Element | None]:
    """Mark and number, or the word why there is none; as of when it holds, and how sure it is."""
    mark = status_mark(shown, lang)
    if shown.value is None:
        return [mark, html.B(no_number(shown, lang, zone), className="cm-tile__none")]
    value: list[Element | None] = [mark, html.B(figure_text(shown), className="cm-tile__value")]
    if shown.is_share:
        value.append(html.Span("%", className="cm-num__unit"))
    if shown.cell.state is State.SMALL_BASE:
        value.append(html.Span(language.text("indicator.small_base", lang), className="cm-tile__note"))
    if shown.is_late:
        value.append(html.Span(as_of_words(shown, lang, zone), className="cm-num__as-of"))
    return value


def _classes(shown: Figure) -> str:
    if shown.fresh.freshness is not Freshness.LIVE:
        return "cm-tile cm-tile--stale"
    return {Band.RED: "cm-tile cm-tile--red", Band.AMBER: "cm-tile cm-tile--amber"}.get(shown.band, "cm-tile")
