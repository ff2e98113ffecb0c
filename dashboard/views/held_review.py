"""Reviews that were held, as the engine keeps them: the values of their moment are what others are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard import format as form
from warehouse.review_rules import is_kept

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from warehouse.reference import Area


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

    @property
    def key(self) -> str:
        """The same as the value of `vs` in an address."""
        return f"review:{self.id}"

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


def read_reviews_of(services: Services, area: Area) -> tuple[HeldReview, ...]:
    """Those that kept the values of a place, newest first.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    return tuple(one for one in read_reviews(services) if is_kept(services.reference, one.area, area.code))
