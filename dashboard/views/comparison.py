"""What the numbers of a page are compared with: a review that was held, the time before, or the year before.

Rules: a page that names nothing is compared with the last review that kept values of its place, and with the time
before where there was none – stocks with a week ago, flows with the same days of the month before. Against a review
stand the values that were on the screens then, never what is known of that day by now. A count of what flows grows
within its period, so none is compared with a review; shares and medians are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from dashboard.views.control import Choice, Option
from dashboard.views.held_review import read_reviews_of
from dashboard.views.history import NO_HISTORY, read_history
from dashboard.views.scope import first_day
from dashboard.views.year_ago import a_year_before, was_counted
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dashboard.catalogue import Indicator
    from dashboard.views.asked import Asked
    from dashboard.views.held_review import HeldReview
    from dashboard.views.history import History, Line
    from warehouse.reference import Area

Kind = Literal["before", "review", "year"]
KEY: Final = "vs"
_BEFORE, _YEAR = "prev", "py"
#: Counts that a service may have as parts of its overdue share only, and which part.
PARTS_OF_SHARE: Final = {"open": "denominator", "overdue": "numerator"}
#: Reviews that the menu offers.
_OFFERED: Final = 4


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is chosen.

    Attributes:
        kind: of what stands against the present.
        review: the review; None for the others.
        offered: reviews that may be chosen instead, newest first.
        has_year: whether the year before may be chosen.
    """

    kind: Kind = "before"
    review: HeldReview | None = None
    offered: tuple[HeldReview, ...] = ()
    has_year: bool = True

    @property
    def key(self) -> str:
        """The same as the value of `vs`."""
        if self.review is not None:
            return self.review.key
        return _YEAR if self.kind == "year" else _BEFORE


#: What pages are compared with that nobody can be asked about.
BEFORE: Final = Comparison()


@dataclass(frozen=True, slots=True)
class Earlier:
    """Numbers of some places as they were at a review or a year ago.

    Attributes:
        words: since when, as they stand after a change.
        head: the same as a heading.
        rows: of a review, by indicator and place.
        history: of a year ago; one span.
    """

    words: str
    head: str
    rows: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    history: History = NO_HISTORY

    def measure(self, asked: Asked, name: str, area: str) -> float | None:
        """A measure of the page's scope as it was; None where nothing stands against it.

        Args:
            asked: the request, for its scope.
            name: of the measure.
            area: code.
        """
        scope, indicators = asked.scope, asked.services.values.indicators
        indicator = indicators.get(scope.code(name))
        if indicator is not None or name not in PARTS_OF_SHARE:
            return self.value(indicator, area)
        if self.history.days:
            return _last(self.history.line(area, name))
        return self._of_row(scope.code("overdue_share"), area, PARTS_OF_SHARE[name])

    def value(self, indicator: Indicator | None, area: str) -> float | None:
        """A number as it was; None where nothing stands against it. Args: area: code."""
        if indicator is None:
            return None
        if self.history.days:
            return _last(self.history.line_of(indicator, area))
        return None if indicator.grows else self._of_row(indicator.code, area, "value")

    def _of_row(self, code: str, area: str, column: str) -> float | None:
        found = self.rows.get((code, area), {}).get(column)
        return None if found is None else float(found)


def _last(line: Line) -> float | None:
    return line.values[-1] if line.values else None


def comparison_without_year(asked: Asked, area: Area) -> Comparison:
    """The same for a page that shows the year before anyway, or does not know it; the time before without an answer."""
    try:
        return read_comparison(asked, area, has_year=False)
    except EngineGoneError:
        return Comparison(has_year=False)


def read_comparison(asked: Asked, area: Area, *, has_year: bool = True) -> Comparison:
    """What an address asks for; what it names wrongly counts as not asked for.

    Args:
        asked: the request.
        area: the page's place.
        has_year: whether the page knows what was a year ago.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    wanted = asked.address.get(KEY)
    kept = read_reviews_of(asked.services, area)
    if wanted == _BEFORE:
        return Comparison(offered=kept, has_year=has_year)
    if wanted == _YEAR and has_year:
        return Comparison("year", offered=kept)
    named = next((one for one in kept if wanted == one.key), None)
    review = named or (kept[0] if kept else None)
    return Comparison("before" if review is None else "review", review, kept, has_year)


def comparison_choice(asked: Asked, chosen: Comparison) -> Choice:
    """The menu. Args: chosen: what the page is compared with."""
    offered = chosen.offered[:_OFFERED]
    if chosen.review is not None and chosen.review not in offered:
        offered = (*offered, chosen.review)
    default = offered[0].key if offered else _BEFORE
    named = [(one.key, asked.text("comparison.review", day=one.day(asked))) for one in offered]
    named.append((_BEFORE, asked.text("comparison.before")))
    named += [(_YEAR, asked.text("comparison.year"))] if chosen.has_year else []
    options = tuple(
        Option(words, asked.address.but(vs=None if key == default else key).href, key == chosen.key)
        for key, words in named
    )
    value = next(option.text for option in options if option.chosen)
    return Choice("comparison", asked.text("control.comparison"), value, options)


def read_earlier(
    asked: Asked, chosen: Comparison, areas: Sequence[str], codes: Sequence[str], today: date, *, period: str = ""
) -> Earlier | None:
    """What stands against the numbers of some places; None where each number knows itself what it was before.

    Args:
        asked: the request, for its services.
        chosen: what they are compared with.
        areas: codes.
        codes: of the indicators that are looked at.
        today: state-local day.
        period: one that a reader may choose; the page's own when it is not said.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    of_period = period or asked.scope.period
    if chosen.review is not None:
        params = {"areas": list(areas), "indicators": list(dict.fromkeys(codes)), "period": of_period}
        rows = asked.services.rows("review_values", review=chosen.review.id, **params)
        day = chosen.review.day(asked)
        return Earlier(
            asked.text("compared.review", day=day),
            asked.text("comparison.head_review", day=day),
            {(row["indicator"], row["area"]): row for row in rows},
        )
    if chosen.kind == "before":
        return None
    words, head = asked.text("compared.year"), asked.text("comparison.head_year")
    return Earlier(words, head, history=_year_before(asked, areas, codes, today, of_period))


def _year_before(asked: Asked, areas: Sequence[str], codes: Sequence[str], today: date, period: str) -> History:
    """Sums of the same days of the year before; none where what the numbers are about was not counted yet."""
    services = asked.services
    known = [services.values.indicators[code] for code in codes if code in services.values.indicators]
    subjects = {subject for indicator in known for subject in indicator.subjects}
    end = a_year_before(today)
    begin = first_day(period, end, services.reference.state.fiscal_year_start_month)
    if not was_counted(services, sorted(subjects), begin):
        return NO_HISTORY
    return read_history(services, areas, asked.scope.services, 1, end, step_days=(end - begin).days + 1)
