"""The median of repairs due in hours and enquiries due in weeks describes neither."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule
from indicators.rule.measures import services_in


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.quantile is None or item.code in context.roll_ups:
            continue
        services = [context.reference.services[code] for code in sorted(services_in(item.numerator.terms()))]
        hourly = [service.code for service in services if service.unit == "hours"]
        others = [service.code for service in services if service.unit in {"days", "working_days"}]
        if hourly and others:
            message = (
                f"{item.code}: limits of {', '.join(hourly)} are in hours, those of {', '.join(others)} in "
                "days; one quantile mixes them"
            )
            yield Issue.error(RULE.name, item.place("subjects"), message)
        elif hourly and item.unit.en not in {"hours", "minutes"}:
            message = (
                f"{item.code}: limits of {', '.join(hourly)} are in hours, so unit_en must be hours or "
                f"minutes, not {item.unit.en}"
            )
            yield Issue.error(RULE.name, item.place("unit_en"), message)


RULE: Final = Rule(
    "clock_mixed",
    "A quantile outside a roll-up is of services with limits in hours, or of none such, and in hours if they are.",
    _check,
)
