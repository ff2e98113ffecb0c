"""A service's time limit in words: how many hours or days, and whether that is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import language

if TYPE_CHECKING:
    from dashboard.views.asked import Asked
    from warehouse.reference import Area, Limit


def limit_words(asked: Asked, limit: Limit, area: Area) -> str:
    """The limit in areas of an area's class, e.g. "15 working days"; "" where it has none.

    Args:
        asked: the request, for its language.
        limit: of a service.
        area: where the case is.
    """
    count = limit.in_class(area.area_class)
    if count is None or limit.unit == "none":
        return ""
    words = language.counted(f"explain.limit_{limit.unit}", asked.lang, count, count=count)
    return words if limit.status == "in force" else f"{words} {asked.text('explain.to_be_confirmed')}"
