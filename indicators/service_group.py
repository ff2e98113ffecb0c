"""Groups of services that are summed up together: modules of a department, departments, the whole state.

Roll-ups are sums over many services, of which an event touches one. The board therefore keeps the sums of whole groups
beside those of single services (see indicators/tree_sum.py), and an indicator asks for as few of either as make up what
it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from indicators.columns import Int32s

if TYPE_CHECKING:
    from warehouse.reference import Reference


class ServiceGroups:
    """Groups of at least two services, numbered from the number of services on.

    Attributes:
        line: every service and the groups that it is in, −1 = no more. Shape: [service, step].
    """

    def __init__(self, reference: Reference) -> None:
        """The groups of a state."""
        sets: dict[object, set[int]] = {}
        for code, service in reference.services.items():
            for key in ((service.department, service.module), service.department, None):
                sets.setdefault(key, set()).add(reference.service_index[code])
        members = dict.fromkeys(frozenset(rows) for rows in sets.values() if len(rows) > 1)
        count = len(reference.services)
        self._members = sorted(zip(range(count, count + len(members)), members, strict=True), key=_largest_first)
        self.line: Int32s = np.full((count, 4), -1, dtype=np.int32)
        self.line[:, 0] = np.arange(count)
        filled = np.ones(count, dtype=np.intp)
        for group, rows in self._members:
            some = np.array(sorted(rows))
            self.line[some, filled[some]] = group
            filled[some] += 1

    def members(self) -> list[list[int]]:
        """Places of the services of every group, in the order of the groups' numbers."""
        return [sorted(rows) for _, rows in sorted(self._members, key=lambda pair: pair[0])]

    def split(self, rows: Iterable[int]) -> list[int]:
        """Some services as whole groups, the largest first, and the rest.

        Args:
            rows: places of services.

        Returns:
            Numbers of groups, then places of services.
        """
        left = set(rows)
        groups = []
        for group, members in self._members:
            if members <= left:
                groups.append(group)
                left -= members
        return [*groups, *sorted(left)]


def _largest_first(group: tuple[int, frozenset[int]]) -> int:
    return -len(group[1])
