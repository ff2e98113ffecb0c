"""A figure in the cells of a file: its number, or in words why there is none; its colour in a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.components.number import no_number
from dashboard.exports.table import exact
from dashboard.format import NOT_APPLICABLE
from dashboard.freshness import Freshness
from warehouse.value import Band, State

if TYPE_CHECKING:
    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked
    from dashboard.views.figure import Figure

#: What colours are called in files, in classes of paper and in the keys of their words.
BANDS: Final = {Band.RED: "red", Band.AMBER: "amber", Band.NORMAL: "normal", Band.UNBANDED: "none"}


def worth(asked: Asked, figure: Figure) -> Value:
    """The number, or in words why there is none; empty where there cannot be one."""
    if figure.value is not None:
        return exact(figure.value)
    words = no_number(figure, asked.lang, asked.services.zone)
    return None if words == NOT_APPLICABLE else words


def colour(asked: Asked, figure: Figure) -> str:
    """The colour, or what stands in its place: late, or too small a base."""
    if figure.fresh.freshness is not Freshness.LIVE:
        return asked.text("indicators.band_late")
    if figure.cell.state is State.SMALL_BASE:
        return asked.text("indicators.small_base")
    return asked.text(f"indicators.band_{BANDS[figure.band]}")
