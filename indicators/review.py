"""What operators ask the engine about reviews: hold one, agree on an action point, say what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from indicators.period import CURRENT
from warehouse.errors import DataError
from warehouse.review import ActionPoint, Reviews
from warehouse.review_rules import is_kept

if TYPE_CHECKING:
    from indicators.definition import Catalogue
    from indicators.publish import BoardPublisher
    from warehouse.clock import Clock
    from warehouse.reference import Area, Reference

Answer = dict[str, Any]
#: Periods that are kept of each number: those that end now.
KEPT_PERIODS: Final = CURRENT


class ReviewDesk:
    """Takes what is asked as JSON, checks it against the state and has it kept."""

    def __init__(
        self,
        reviews: Reviews,
        publisher: Callable[[], BoardPublisher],
        catalogue: Catalogue,
        reference: Reference,
        clock: Clock,
    ) -> None:
        """Nothing is kept yet.

        Args:
            reviews: where reviews are kept.
            publisher: has the present values; asked for when a review is held, as making one takes its time.
            catalogue: the indicators.
            reference: the state.
            clock: says which day it is.
        """
        self._reviews, self._publisher = reviews, publisher
        self._catalogue, self._reference, self._clock = catalogue, reference, clock
        self._versions = {item.code: item.version for item in catalogue.definitions}
        self._zone = ZoneInfo(reference.state.timezone)

    def hold(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Keep a review of a place with the values of this moment.

        Raises:
            DataError: no such place, no title, or the history is still being read.
        """
        area, publisher, reference = self._area(asked), self._publisher(), self._reference
        if not publisher.is_live:
            raise DataError("the history is still being loaded: its numbers are not those of this moment")
        publisher.publish()  # nothing that is committed is missing
        review = self._reviews.hold(
            self._clock.now().astimezone(self._zone).date(),
            area.code,
            _text(asked, "title"),
            _text(asked, "by"),
            publisher.snapshot(),
            versions=self._versions,
            areas=[one.code for one in reference.areas if is_kept(reference, area.code, one.code)],
            periods=KEPT_PERIODS,
        )
        yield {"review": review}

    def agree(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Keep an action point of a review.

        Raises:
            DataError: no such review, place or indicator, no day, or no words.
        """
        indicator = _text(asked, "indicator")
        if indicator and indicator not in self._versions:
            raise DataError(f"there is no indicator {indicator!r}")
        try:
            due_on = date.fromisoformat(_text(asked, "due_on"))
        except ValueError as error:
            raise DataError(f"due_on = {asked.get('due_on')!r}: must be a day, YYYY-MM-DD") from error
        area, review = self._area(asked).code, _text(asked, "review")
        point = ActionPoint(review, area, _text(asked, "task"), _text(asked, "holder"), due_on, indicator)
        yield {"point": self._reviews.agree(point, _text(asked, "by"))}

    def say(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Say what became of an action point.

        Raises:
            DataError: no such point, or nothing that can become of one.
        """
        point, state = _text(asked, "point"), _text(asked, "state")
        self._reviews.say(point, state, _text(asked, "remark"), _text(asked, "by"))
        yield {"point": point, "state": state}

    def _area(self, asked: Mapping[str, Any]) -> Area:
        code = _text(asked, "area") or self._reference.areas[0].code
        if code not in self._reference.area_index:
            raise DataError(f"there is no place {code!r}")
        return self._reference.area(code)


def _text(asked: Mapping[str, Any], name: str) -> str:
    given = asked.get(name, "")
    if not isinstance(given, str):
        raise DataError(f"{name} = {given!r}: must be a text")
    return given.strip()
