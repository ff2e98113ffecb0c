"""Where which subject exists: an office that delivers it, or an asset that reports it, in the area's subtree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from indicators.plan import Static
    from warehouse.reference import Reference

Bools = NDArray[np.bool_]


class Applicability:
    """Masks over areas, one per subject and combined for several."""

    def __init__(self, reference: Reference, static: Static) -> None:
        """Work the masks of all subjects out.

        Args:
            reference: services with their level and office kind.
            static: assets that ought to report.
        """
        self._everywhere = np.ones(len(reference.areas), dtype=np.bool_)
        self._where: dict[str, Bools] = {}
        delivered: dict[tuple[str, str | None], Bools] = {}
        for code, service in reference.services.items():
            if service.office_kind is None:
                self._where[code] = self._everywhere
                continue
            key = service.office_kind, service.level
            if key not in delivered:
                delivered[key] = _delivered(code, reference)
            self._where[code] = delivered[key]
        for code, place in reference.metric_index.items():
            self._where[code] = static.declared[place] > 0
        self._of: dict[tuple[str, ...], Bools] = {}

    def of(self, codes: tuple[str, ...]) -> Bools:
        """Where any of the subjects exists; everywhere if there is none. Shape: [area]."""
        if codes not in self._of:
            wheres = [self._where[code] for code in codes]
            self._of[codes] = np.logical_or.reduce(wheres) if wheres else self._everywhere
        return self._of[codes]


def _delivered(service: str, reference: Reference) -> Bools:
    """Areas in whose subtree an area of the service's level has an office for it, its own or one further up."""
    level = reference.services[service].level
    has = [area.level == level and reference.office_for(service, area.code) is not None for area in reference.areas]
    sums = np.concatenate(([0], np.cumsum(has)))
    found: Bools = sums[reference.area_end] > sums[:-1]
    return found
