"""What the numbers of a page are compared with: a review that was held, an earlier time, the target, similar places.

Rules: a page that names nothing is compared with the last review that kept values of its place, and with the time
before where there was none – stocks with a week ago, flows with the same days of the month before. Against a review
stand the values that were on the screens then, never what is known of that day by now. A count of what flows grows
within its period, so none is compared with a review; shares and medians are. Counts have no target and are not alike
in places of different size: their share of all is compared instead, where it stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from dashboard.views.control import Choice, Option
from dashboard.views.held_review import read_reviews_of
from dashboard.views.history import read_history
from dashboard.views.peers import peer_medians
from dashboard.views.target import target_at
from dashboard.views.year_ago import days_a_year_before, was_counted
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dashboard.catalogue import Indicator
    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from dashboard.views.held_review import HeldReview
    from dashboard.views.history import History, Line
    from warehouse.reference import Area

Kind = Literal["before", "review", "year", "target", "similar"]
KEY: Final = "vs"
#: What an address says for each kind that needs no review.
_WORDS_OF: Final[dict[Kind, str]] = {"before": "prev", "year": "py", "target": "target", "similar": "peers"}
#: What may be chosen beside reviews: on pages of places, on that of an indicator, which shows the year before anyway,
#: and in the list of all, which has targets in a column.
OF_PLACES: Final[tuple[Kind, ...]] = ("before", "year", "target", "similar")
OF_INDICATOR: Final[tuple[Kind, ...]] = ("before", "target", "similar")
OF_LIST: Final[tuple[Kind, ...]] = ("before",)
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
        kinds: what else may be chosen.
    """

    kind: Kind = "before"
    review: HeldReview | None = None
    offered: tuple[HeldReview, ...] = ()
    kinds: tuple[Kind, ...] = OF_PLACES

    @property
    def key(self) -> str:
        """The same as the value of `vs`."""
        return _WORDS_OF[self.kind] if self.review is None else self.review.key


#: What pages are compared with that nobody can be asked about.
BEFORE: Final = Comparison()


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What stands against the numbers of some places.

    Attributes:
        words: as they stand after a difference, such as since when.
        head: the same as a heading.
    """

    words: str
    head: str

    @property
    def is_of_shares(self) -> bool:
        """Whether counts are compared by their share of all."""
        return False

    def measure(self, asked: Asked, name: str, area: str) -> float | None:
        """What stands against a measure of the page's scope; None = nothing.

        Args:
            asked: the request, for its scope.
            name: of the measure.
            area: code.
        """
        return self.value(asked.services.values.indicators.get(asked.scope.code(name)), area)

    def value(self, indicator: Indicator | None, area: str) -> float | None:
        """What stands against a number; None = nothing. Args: area: code."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _AtReview(Yardstick):
    """Values at a review. Attributes: rows: by indicator and place."""

    rows: Mapping[tuple[str, str], Mapping[str, Any]]

    def measure(self, asked: Asked, name: str, area: str) -> float | None:
        """See Yardstick."""
        if name in PARTS_OF_SHARE and asked.scope.code(name) not in asked.services.values.indicators:
            return self._of_row(asked.scope.code("overdue_share"), area, PARTS_OF_SHARE[name])
        return Yardstick.measure(self, asked, name, area)

    def value(self, indicator: Indicator | None, area: str) -> float | None:
        """See Yardstick."""
        return None if indicator is None or indicator.grows else self._of_row(indicator.code, area, "value")

    def _of_row(self, code: str, area: str, column: str) -> float | None:
        found = self.rows.get((code, area), {}).get(column)
        return None if found is None else float(found)


@dataclass(frozen=True, slots=True)
class _YearBefore(Yardstick):
    """Values a year ago. Attributes: history: one span; None = nothing was counted then."""

    history: History | None

    def measure(self, asked: Asked, name: str, area: str) -> float | None:
        """See Yardstick."""
        if self.history is not None and asked.scope.code(name) not in asked.services.values.indicators:
            return _last(self.history.line(area, name)) if name in PARTS_OF_SHARE else None
        return Yardstick.measure(self, asked, name, area)

    def value(self, indicator: Indicator | None, area: str) -> float | None:
        """See Yardstick."""
        if indicator is None or self.history is None:
            return None
        return _last(self.history.line_of(indicator, area))


@dataclass(frozen=True, slots=True)
class _Target(Yardstick):
    """What is to be reached."""

    services: Services

    @property
    def is_of_shares(self) -> bool:
        """See Yardstick."""
        return True

    def value(self, indicator: Indicator | None, area: str) -> float | None:
        """See Yardstick."""
        return None if indicator is None else target_at(self.services, indicator, area)


@dataclass(frozen=True, slots=True)
class _Similar(Yardstick):
    """Medians of similar places. Attributes: period: one of PERIODS; medians: found so far, by level and indicator."""

    services: Services
    period: str
    medians: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)

    @property
    def is_of_shares(self) -> bool:
        """See Yardstick."""
        return True

    def value(self, indicator: Indicator | None, area: str) -> float | None:
        """See Yardstick."""
        if indicator is None or indicator.is_count:
            return None
        key = self.services.reference.area(area).level, indicator.code
        if key not in self.medians:
            self.medians[key] = peer_medians(self.services, *key, self.period)
        return self.medians[key].get(area)


def _last(line: Line) -> float | None:
    return line.values[-1] if line.values else None


def comparison_or_before(asked: Asked, area: Area, kinds: tuple[Kind, ...]) -> Comparison:
    """The same as `read_comparison`; without an answer of the engine the time before, or what needs no answer."""
    try:
        return read_comparison(asked, area, kinds)
    except EngineGoneError:
        return _chosen(asked, (), tuple(kind for kind in kinds if kind != "year"))


def read_comparison(asked: Asked, area: Area, kinds: tuple[Kind, ...] = OF_PLACES) -> Comparison:
    """What an address asks for; what it names wrongly counts as not asked for.

    Args:
        asked: the request.
        area: the page's place.
        kinds: what may be chosen on the page beside reviews.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    return _chosen(asked, read_reviews_of(asked.services, area), kinds)


def _chosen(asked: Asked, kept: tuple[HeldReview, ...], kinds: tuple[Kind, ...]) -> Comparison:
    wanted = asked.address.get(KEY)
    for kind in kinds:
        if wanted == _WORDS_OF[kind]:
            return Comparison(kind, None, kept, kinds)
    named = next((one for one in kept if wanted == one.key), None)
    review = named or (kept[0] if kept else None)
    return Comparison("before" if review is None else "review", review, kept, kinds)


def comparison_choice(asked: Asked, chosen: Comparison) -> Choice:
    """The menu. Args: chosen: what the page is compared with."""
    offered = chosen.offered[:_OFFERED]
    if chosen.review is not None and chosen.review not in offered:
        offered = (*offered, chosen.review)
    named = [(one.key, asked.text("comparison.review", day=one.day(asked))) for one in offered]
    named += [(_WORDS_OF[kind], asked.text(f"comparison.{kind}")) for kind in chosen.kinds]
    default = named[0][0]
    options = tuple(
        Option(words, asked.address.but(vs=None if key == default else key).href, key == chosen.key)
        for key, words in named
    )
    value = next(option.text for option in options if option.chosen)
    return Choice("comparison", asked.text("control.comparison"), value, options)


def read_yardstick(
    asked: Asked, chosen: Comparison, areas: Sequence[str], codes: Sequence[str], today: date, *, period: str = ""
) -> Yardstick | None:
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
    of_period, kind = period or asked.scope.period, chosen.kind
    if chosen.review is not None:
        params = {"areas": list(areas), "indicators": list(dict.fromkeys(codes)), "period": of_period}
        rows = asked.services.rows("review_values", review=chosen.review.id, **params)
        day = chosen.review.day(asked)
        words, head = asked.text("compared.review", day=day), asked.text("comparison.head_review", day=day)
        return _AtReview(words, head, {(row["indicator"], row["area"]): row for row in rows})
    if kind == "before":
        return None
    words, head = asked.text(f"compared.{kind}"), asked.text(f"comparison.head_{kind}")
    if kind == "target":
        return _Target(words, head, asked.services)
    if kind == "similar":
        return _Similar(words, head, asked.services, of_period)
    return _YearBefore(words, head, _year_before(asked, areas, codes, today, of_period))


def _year_before(asked: Asked, areas: Sequence[str], codes: Sequence[str], today: date, period: str) -> History | None:
    """Sums of the same days of the year before; None where what the numbers are about was not counted yet."""
    services = asked.services
    known = [services.values.indicators[code] for code in codes if code in services.values.indicators]
    subjects = {subject for indicator in known for subject in indicator.subjects}
    begin, end = days_a_year_before(period, today, services.reference.state.fiscal_year_start_month)
    if not was_counted(services, sorted(subjects), begin):
        return None
    return read_history(services, areas, asked.scope.services, 1, end, step_days=(end - begin).days + 1)
