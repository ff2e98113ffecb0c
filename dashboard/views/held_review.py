"""Reviews that were held, as the engine keeps them: the values of their moment are what others are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard import format as form

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from warehouse.reference import Area, Reference


@dataclass(frozen=True, slots=True)
class HeldReview:
    """One review.

    Attributes:
        id: in addresses.
        area: code of the place that was reviewed.
        title: in words.
        held_at: instant of its values.
    """

    id: str
    area: str
    title: str
    held_at: datetime

    def day(self, asked: Asked) -> str:
        """Its day, without the year where that is this one: 17-11."""
        zone = asked.services.zone
        return form.short_day(self.held_at.astimezone(zone).date(), asked.now.astimezone(zone).date())


def read_reviews(services: Services) -> tuple[HeldReview, ...]:
    """All that this reader may see, newest first.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    rows = services.rows("reviews")
    return tuple(HeldReview(row["review"], row["area"], row["title"], row["held_at"]) for row in rows)


def holds(reference: Reference, review: HeldReview, area: Area) -> bool:
    """Whether a review kept the values of a place: its own and those in it, a state's down to the series level."""
    if review.area == area.code:
        return True
    if all(above.code != review.area for above in reference.ancestors(area.code)):
        return False
    levels = [level.code for level in reference.state.levels]
    is_low = levels.index(area.level) > levels.index(reference.state.series_level)
    return not is_low or reference.area(review.area).parent is not None
