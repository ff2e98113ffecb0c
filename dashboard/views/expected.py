"""In words: how often, in which hours and on which days something is expected of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form

if TYPE_CHECKING:
    from dashboard.freshness import SourceStatus
    from dashboard.views.asked import Asked


def expected_words(asked: Asked, source: SourceStatus) -> str:
    """Such as `15 min, 10:00–17:00, on working days`; `–` when nothing is expected."""
    if not source.expected_interval_s:
        return form.NOT_APPLICABLE
    hours = source.hours.replace("-", "–")
    days = asked.text("health.working_days") if source.is_working_days else ""
    return ", ".join(part for part in (form.age(source.expected_interval_s, asked.lang), hours, days) if part)
