"""Which spans of days can be counted, and the one around a span that cannot."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from warehouse.measure import DAY_SPAN_DAYS, countable_span, is_countable_span

DAYS = st.dates(date(1999, 1, 1), date(2030, 12, 31))


@given(DAYS, st.integers(0, 900), st.integers(0, 400))
def test_the_countable_span_is_the_shortest_around_any_that_ends_today_at_the_latest(
    today: date, before: int, days: int
) -> None:
    end = today - timedelta(days=before)
    begin = end - timedelta(days=days)
    first, last = countable_span(begin, end, today)
    assert is_countable_span(first, last, today)
    assert first <= begin <= end <= last <= today
    if is_countable_span(begin, end, today):
        assert (first, last) == (begin, end)
    shorter = ((day, last) for day in (first + timedelta(days=one) for one in range((begin - first).days, 0, -1)))
    assert not any(is_countable_span(*span, today) for span in shorter)
    assert not any(
        is_countable_span(first, last - timedelta(days=one), today) for one in range(1, (last - end).days + 1)
    )


def test_what_ends_after_today_cannot_be_counted() -> None:
    today = date(2026, 11, 23)
    assert not is_countable_span(today, today + timedelta(days=1), today)
    horizon = today - timedelta(days=DAY_SPAN_DAYS)
    assert is_countable_span(horizon, horizon, today)
    assert not is_countable_span(horizon - timedelta(days=1), today, today)
