"""Sentences on top of a page, each with its mark, its edge and its link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.mark import band_mark, normal_mark, stale_mark
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element
    from dashboard.components.svg import Svg
    from dashboard.views.lead import Sentence, Tone


def sentences(shown: Sequence[Sentence], lang: str) -> Element:
    """The list of sentences.

    Args:
        shown: what needs somebody; empty while the engine does not answer.
        lang: working language.
    """
    return html.Ul(
        [_card(one, lang) for one in shown], className="cm-cards", **attrs(aria_label=language.text("lead.title", lang))
    )


def _card(one: Sentence, lang: str) -> Element:
    words: list[Element | str] = [html.B(one.lead), " "]
    words += [one.rest, " "] if one.rest else []
    return html.Li(
        [_mark(one.tone, lang), html.P([*words, html.A(one.link.text, href=one.link.href)])],
        className=f"cm-card cm-card--{one.tone}",
    )


def _mark(tone: Tone, lang: str) -> Svg | None:
    if tone == "stale":
        return stale_mark(language.text("mark.late", lang))
    if tone == "calm":
        return normal_mark()
    band = Band.RED if tone == "red" else Band.AMBER
    return band_mark(band, language.text(f"mark.{tone}", lang))
