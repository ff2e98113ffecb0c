"""The body of the page of all indicators: its head, and the place in which assets/js/indicators.js puts the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.heading import heading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.components.html import Element
    from dashboard.views.control import Choice
    from dashboard.views.place import Link, Name


def indicators_page(
    title: Name,
    home: Link,
    lang: str,
    *,
    choices: Sequence[Choice],
    told: Mapping[str, str],
    words: Mapping[str, str],
) -> Element:
    """The body of the page.

    Args:
        title: heading in both languages.
        home: first crumb.
        lang: working language.
        choices: menus.
        told: what the list is about: area, period, comparison, version.
        words: texts of the list.
    """
    data = {f"data_{name}": value for name, value in told.items()}
    return html.Div(
        [
            heading(title, (home,), title, lang, choices=choices),
            html.Div(
                id="indicators",
                className="cm-list",
                **attrs(data_kept="indicators", data_lang=lang, data_words=orjson.dumps(words).decode(), **data),
            ),
        ],
        className="cm-body cm-body--list",
    )
