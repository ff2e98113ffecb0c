"""Rules of reviews that the engine keeps to and the screens know of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from warehouse.reference import Reference

#: What can be said of an action point: it is done, it is not wanted any more, it is to be done after all.
POINT_STATES: Final = ("kept", "dropped", "open")
#: Of a title, a task, a holder, a remark.
MOST_CHARACTERS: Final = 300


def is_kept(reference: Reference, reviewed: str, area: str) -> bool:
    """Whether a review of one place keeps the values of another: its own and those in it.

    Of the state down to the level that has daily series: ten times as many local bodies would make ten times the rows.

    Args:
        reference: the state.
        reviewed: code of the place that is reviewed.
        area: code of the other.
    """
    whole, part = reference.area_index[reviewed], reference.area_index[area]
    is_inside = whole <= part < int(reference.area_end[whole])
    return is_inside and (reference.areas[whole].parent is not None or int(reference.series_area[part]) == part)
