"""Sums over all services of a module, of a department and of the state, kept between evaluations.

Roll-ups are sums over many services; an event touches one. What a module's services add up to is kept per period and
measure and added up again only where a service was touched; departments and the whole move by the difference. These are
integers, so that moving by differences and adding up anew give the same.

Invariant: what is kept equals the sum of the board's rows, provided that every change of the board is told to `forget`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from warehouse.reference import Reference

Places = NDArray[np.intp]
Counts = NDArray[np.integer]


class SummedBoard(Protocol):
    """What is read of the board; see indicators/plan.py."""

    def rolled(self, period: str, measure: str) -> NDArray[np.int64]:
        """Shape: [service, area]."""
        ...

    def rolled_bins(self, period: str) -> Counts:
        """Shape: [bin, service, area]."""
        ...


@dataclass(slots=True)
class _Kept:
    """Sums for one period and measure.

    Attributes:
        sums: modules, then departments, then the whole. Shape: [group, …, area].
        stale: modules to be added up again. Shape: [module].
    """

    sums: Counts
    stale: NDArray[np.bool_]


class GroupSums:
    """Sums of services in groups: a module of a department, a department, the whole state."""

    def __init__(self, reference: Reference) -> None:
        """Nothing is kept yet."""
        modules: dict[tuple[str, str], list[int]] = {}
        for code, service in reference.services.items():
            modules.setdefault((service.department, service.module), []).append(reference.service_index[code])
        departments = list(dict.fromkeys(department for department, _ in modules))
        self._rows: list[Places | slice] = [_compact(rows) for rows in modules.values()]
        self._module_of = np.zeros(len(reference.services), dtype=np.intp)
        for module, places in enumerate(modules.values()):
            self._module_of[places] = module
        first = len(self._rows)
        self._above = [(first + departments.index(department), first + len(departments)) for department, _ in modules]
        self._groups = first + len(departments) + 1
        self._members = self._all_members(list(modules.values()))
        self._kept: dict[Hashable, _Kept] = {}

    def _all_members(self, modules: list[list[int]]) -> list[tuple[int, frozenset[int]]]:
        """Groups of at least two services, the largest first."""
        members: list[set[int]] = [set() for _ in range(self._groups)]
        for module, rows in enumerate(modules):
            for group in (module, *self._above[module]):
                members[group].update(rows)
        large = [(group, frozenset(rows)) for group, rows in enumerate(members) if len(rows) > 1]
        return sorted(large, key=lambda pair: -len(pair[1]))

    def forget(self, touched: Iterable[int] | None) -> None:
        """Add up again what these subjects go into. Args: places in reference.subjects; None = everything."""
        if touched is None:
            modules: Places | slice = slice(None)
        else:
            modules = np.unique(self._module_of[[row for row in touched if row < len(self._module_of)]])
        for kept in self._kept.values():
            kept.stale[modules] = True

    def split(self, rows: Iterable[int]) -> tuple[list[int], list[int]]:
        """Some services as whole groups and the rest.

        Args:
            rows: places of services.

        Returns:
            Places of groups, and of services.
        """
        left = set(rows)
        groups = []
        for group, members in self._members:
            if members <= left:
                groups.append(group)
                left -= members
        return groups, sorted(left)

    def sums(self, board: SummedBoard, period: str, measure: str) -> Counts:
        """Sums of a measure over every group. Shape: [group, area]; do not write to it."""
        block = board.rolled(period, measure)
        key, dtype = (period, measure), block.dtype  # as wide as the board's own sums
        return self._refreshed(key, block.shape[1:], dtype, lambda rows: block[rows].sum(axis=0, dtype=dtype))

    def bins(self, board: SummedBoard, period: str) -> Counts:
        """Histograms merged over every group. Shape: [group, bin, area]; do not write to it."""
        block = board.rolled_bins(period)
        shape, dtype = (block.shape[0], block.shape[2]), block.dtype  # counts of decisions, as the board keeps them
        return self._refreshed(period, shape, dtype, lambda rows: block[:, rows].sum(axis=1, dtype=dtype))

    def _refreshed(
        self, key: Hashable, shape: tuple[int, ...], dtype: np.dtype[Any], add: Callable[[Places | slice], Counts]
    ) -> Counts:
        kept = self._kept.get(key)
        if kept is None:
            sums = np.zeros((self._groups, *shape), dtype=dtype)
            kept = self._kept[key] = _Kept(sums, np.ones(len(self._rows), dtype=np.bool_))
        for module in np.flatnonzero(kept.stale):
            fresh = add(self._rows[module])
            difference = fresh - kept.sums[module]
            kept.sums[module] = fresh
            for group in self._above[module]:
                kept.sums[group] += difference
            kept.stale[module] = False
        return kept.sums


def _compact(rows: list[int]) -> Places | slice:
    """Rows one after the other as a slice, which is added up without a copy."""
    if rows == list(range(rows[0], rows[-1] + 1)):
        return slice(rows[0], rows[-1] + 1)
    return np.array(rows, dtype=np.intp)
