"""What stands between header and footer of a page about a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.components import html
from dashboard.components.drawer import drawer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from dashboard.components.html import Element, Node
    from dashboard.views.explain import Explanation


def body(
    above: Sequence[Node],
    main: Sequence[Node],
    explained: Explanation | None,
    *,
    lang: str,
    zone: tzinfo,
    now: datetime,
) -> Element:
    """The body of a page.

    Args:
        above: over its whole width: heading, filters, sentences.
        main: one below the other.
        explained: the number whose explanation is open beside them; None = none is.
        lang: working language.
        zone: the state's.
        now: the engine's present instant.
    """
    side = None if explained is None else drawer(explained, lang, zone, now)
    return html.Div(
        [*above, html.Div(main, className="cm-body__main"), side],
        className="cm-body" if side is None else "cm-body cm-body--explained",
    )
