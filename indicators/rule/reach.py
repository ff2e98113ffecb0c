"""At which levels of area a service or a metric can ever have a number."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.reference import Reference


class Reach:
    """The levels that offices and assets give numbers to, from reference data."""

    def __init__(self, reference: Reference) -> None:
        """Look nothing up yet.

        Args:
            reference: the state.
        """
        self._reference = reference
        self._order = [level.code for level in reference.state.levels]
        self._services: dict[str, frozenset[str]] = {}

    def levels(self, code: str) -> frozenset[str]:
        """Codes of the levels at which a service or metric can have a number; empty = nothing can ever feed it."""
        if code not in self._reference.services:
            return self._metrics.get(code, frozenset())
        if code not in self._services:
            self._services[code] = self._down_to(self._level_of(code))
        return self._services[code]

    def _level_of(self, code: str) -> str | None:
        service = self._reference.services[code]
        if service.office_kind is None or service.level is None:
            return self._order[-1]  # cases from elsewhere come with any place
        places = self._reference.by_level(service.level)
        has_office = any(self._reference.office_for(code, area.code) is not None for area in places)
        return service.level if has_office else None

    @cached_property
    def _metrics(self) -> dict[str, frozenset[str]]:
        lowest: dict[str, int] = {}
        for asset in self._reference.assets.values():
            depth = self._order.index(self._reference.area(asset.area).level)
            for metric in asset.metrics:
                lowest[metric] = max(depth, lowest.get(metric, 0))
        return {metric: self._down_to(self._order[depth]) for metric, depth in lowest.items()}

    def _down_to(self, level: str | None) -> frozenset[str]:
        return frozenset(self._order[: self._order.index(level) + 1]) if level is not None else frozenset()
