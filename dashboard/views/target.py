"""What an indicator is to reach at a place: the state's own target there, or else the catalogue's for everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.views.today import today

if TYPE_CHECKING:
    from dashboard.catalogue import Indicator
    from dashboard.services import Services


def target_at(services: Services, indicator: Indicator, area: str) -> float | None:
    """The target of an indicator at a place today; None where none is set.

    Args:
        services: reference data and the day.
        indicator: which.
        area: code.
    """
    own = services.reference.target(indicator.code, area, today(services)) if services.reference.targets else None
    return indicator.target if own is None else own.value
