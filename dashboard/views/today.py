"""The state-local day that the numbers belong to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.services import Services


def today(services: Services) -> date:
    """The engine's calendar day; the clock's day in the state's zone before the engine has said one."""
    told = services.values.status.calendar_day
    if told:
        return date.fromisoformat(told)
    return services.values.now().astimezone(services.zone).date()
