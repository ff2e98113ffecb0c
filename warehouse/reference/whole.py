"""Reference: everything known about a state in one frozen object, with the look-ups that the house needs.

Who may import it: warehouse.reference; everybody else imports Reference from there.
Invariants: `areas` is depth-first pre-order, so area i with all below it is
areas[i : area_end[i]]; arrays are read-only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from warehouse.reference.calendar import WorkingCalendar
from warehouse.reference.model import HEAD, Office

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import numpy.typing as npt

    from warehouse.reference.model import (
        Area,
        Asset,
        Department,
        Holiday,
        Metric,
        OfficeKind,
        Post,
        Service,
        State,
        Target,
    )


_Number = TypeVar("_Number", np.int64, np.float64)


def pre_order(areas: Iterable[Area]) -> tuple[Area, ...]:
    """Areas with every parent directly before all that lies in it; brothers keep their order.

    Args:
        areas: one without parent; every other parent is among them; no cycles.
    """
    below: dict[str | None, list[Area]] = {}
    for area in areas:
        below.setdefault(area.parent, []).append(area)
    ordered: list[Area] = []
    waiting = below.get(None, [])[::-1]
    while waiting:
        area = waiting.pop()
        ordered.append(area)
        waiting.extend(reversed(below.get(area.code, ())))
    return tuple(ordered)


def offices_of(areas: Iterable[Area], kinds: Mapping[str, OfficeKind]) -> dict[str, Office]:
    """Every office: each kind in each area of its level that has a form of it."""
    at_level: dict[str, list[OfficeKind]] = {}
    for kind in kinds.values():
        at_level.setdefault(kind.level, []).append(kind)
    offices: dict[str, Office] = {}
    for area in areas:
        for kind in at_level.get(area.level, ()):
            form = kind.form_in(area.kind)
            if form is None:
                continue
            code = f"{area.code}/{kind.code}"
            offices[code] = Office(
                code=code,
                kind=kind.code,
                area=area.code,
                department=kind.department,
                name_en=f"{form.name_en}, {area.name_en}",
                name_local=f"{form.name_local}, {area.name_local}",
                head_post=form.head_post,
                posts=form.posts,
            )
    return offices


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What is known about a state before any event arrives; equal only to itself.

    Attributes:
        state: the state with its levels, languages, time zone and weekly rules.
        areas: all areas in pre-order; the place in this tuple is the area's index everywhere.
        departments: by code, in their sort order.
        posts: by code.
        office_kinds: by code.
        services: by code.
        metrics: by code.
        assets: by code.
        holiday_rows: every holiday with its name, by date.
        targets: what indicators are to reach at places, in the order of their file.
        area_index: index by area code.
        area_end: int32 per area, end of its subtree (not included).
        area_parent: int32 per area, index of the area above; -1 for the state.
        series_area: int32 per area, index of the ancestor at the series level, or itself when above it.
        area_by_lgd: area code by (level, LGD code).
        offices: by code `<area>/<office kind>`.
        calendar: working days.
        subjects: all service codes, then all metric codes.
        subject_index: place in `subjects` by code.
        service_index: place among the services by code (the same as in `subjects`).
        metric_index: place among the metrics by code.
        hindi_names: Hindi names of areas, their levels and kinds, and departments, by the name in the state's language.
    """

    state: State
    areas: tuple[Area, ...]
    departments: Mapping[str, Department]
    posts: Mapping[str, Post]
    office_kinds: Mapping[str, OfficeKind]
    services: Mapping[str, Service]
    metrics: Mapping[str, Metric]
    assets: Mapping[str, Asset]
    holiday_rows: tuple[Holiday, ...]
    targets: tuple[Target, ...] = ()
    area_index: Mapping[str, int] = field(init=False)
    area_end: npt.NDArray[np.int32] = field(init=False)
    area_parent: npt.NDArray[np.int32] = field(init=False)
    series_area: npt.NDArray[np.int32] = field(init=False)
    area_by_lgd: Mapping[tuple[str, str], str] = field(init=False)
    offices: Mapping[str, Office] = field(init=False)
    calendar: WorkingCalendar = field(init=False)
    subjects: tuple[str, ...] = field(init=False)
    subject_index: Mapping[str, int] = field(init=False)
    service_index: Mapping[str, int] = field(init=False)
    metric_index: Mapping[str, int] = field(init=False)
    hindi_names: Mapping[str, str] = field(init=False, repr=False)
    _level_areas: Mapping[str, tuple[Area, ...]] = field(init=False, repr=False)
    _targets_of: Mapping[str, tuple[Target, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        derive = object.__setattr__
        index = {area.code: place for place, area in enumerate(self.areas)}
        parent = np.array([-1 if a.parent is None else index[a.parent] for a in self.areas], dtype=np.int32)
        derive(self, "area_index", index)
        derive(self, "area_parent", parent)
        derive(self, "area_end", _ends(parent))
        derive(self, "_level_areas", self._by_level())
        of_indicator: dict[str, tuple[Target, ...]] = {}
        for target in self.targets:
            of_indicator[target.indicator] = (*of_indicator.get(target.indicator, ()), target)
        derive(self, "_targets_of", of_indicator)
        derive(self, "series_area", self.ancestor_at(self.state.series_level, or_self=True))
        derive(self, "area_by_lgd", {(a.level, a.lgd_code): a.code for a in self.areas if a.lgd_code is not None})
        derive(self, "offices", offices_of(self.areas, self.office_kinds))
        derive(
            self,
            "calendar",
            WorkingCalendar.build(self.holidays, self.state.weekly_off, self.state.off_saturdays),
        )
        derive(self, "subjects", (*self.services, *self.metrics))
        derive(self, "subject_index", {code: place for place, code in enumerate(self.subjects)})
        derive(self, "service_index", {code: place for place, code in enumerate(self.services)})
        derive(self, "metric_index", {code: place for place, code in enumerate(self.metrics)})
        derive(self, "hindi_names", self._hindi_names())
        for array in (self.area_parent, self.area_end, self.series_area):
            array.setflags(write=False)

    def _hindi_names(self) -> dict[str, str]:
        levels, departments = self.state.levels, self.departments.values()
        pairs = [(kind.name_local, kind.name_hi) for kind in self.state.kinds.values()]
        pairs += [(level.name_local, level.name_hi) for level in levels]
        pairs += [(level.plural_local, level.plural_hi) for level in levels]
        pairs += [(department.name_local, department.name_hi) for department in departments]
        pairs += [(department.short_local, department.name_hi) for department in departments]
        pairs += [(area.name_local, area.name_hi) for area in self.areas]
        return {local: hindi for local, hindi in reversed(pairs) if hindi is not None}

    def _by_level(self) -> dict[str, tuple[Area, ...]]:
        levels: dict[str, list[Area]] = {level.code: [] for level in self.state.levels}
        for area in self.areas:
            levels[area.level].append(area)
        return {code: tuple(areas) for code, areas in levels.items()}

    @property
    def holidays(self) -> frozenset[date]:
        """Dates of all general holidays."""
        return frozenset(holiday.on for holiday in self.holiday_rows)

    @property
    def service_subjects(self) -> tuple[str, ...]:
        """Service codes, the first part of `subjects`."""
        return tuple(self.services)

    @property
    def metric_subjects(self) -> tuple[str, ...]:
        """Metric codes, the second part of `subjects`."""
        return tuple(self.metrics)

    def area(self, code: str) -> Area:
        """The area with a code.

        Raises:
            KeyError: there is none.
        """
        return self.areas[self.area_index[code]]

    def ancestors(self, code: str) -> tuple[Area, ...]:
        """Areas above an area, the nearest first, the state last."""
        line: list[Area] = []
        place = int(self.area_parent[self.area_index[code]])
        while place >= 0:
            line.append(self.areas[place])
            place = int(self.area_parent[place])
        return tuple(line)

    def children(self, code: str) -> tuple[Area, ...]:
        """Areas directly below an area, in file order."""
        place = self.area_index[code]
        below: list[Area] = []
        child, end = place + 1, int(self.area_end[place])
        while child < end:
            below.append(self.areas[child])
            child = int(self.area_end[child])
        return tuple(below)

    def by_level(self, level: str) -> tuple[Area, ...]:
        """All areas of a level, in pre-order.

        Raises:
            KeyError: the state has no such level.
        """
        return self._level_areas[level]

    def ancestor_at(self, level: str, *, or_self: bool = False) -> npt.NDArray[np.int32]:
        """For every area the index of the area at a level in which it lies.

        Args:
            level: code of the level.
            or_self: areas above that level give themselves instead of -1.

        Returns:
            int32 [area].
        """
        result = np.arange(len(self.areas), dtype=np.int32) if or_self else np.full(len(self.areas), -1, np.int32)
        for area in self.by_level(level):
            place = self.area_index[area.code]
            result[place : self.area_end[place]] = place
        return result

    def with_below(self, leaves: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
        """Sums over every area with all areas below it. Args: of each area by itself. Shape of both: [row, area]."""
        total = np.zeros((leaves.shape[0], leaves.shape[1] + 1), dtype=leaves.dtype)
        np.cumsum(leaves, axis=1, out=total[:, 1:])
        return total.take(self.area_end, axis=1) - total[:, :-1]

    def assets_declared(self) -> npt.NDArray[np.int64]:
        """How many assets ought to report each metric, in every area with all below it. Shape: [metric, area]."""
        return self.with_below(self.assets_at())

    def assets_at(self) -> npt.NDArray[np.int64]:
        """The same of every area by itself. Shape: [metric, area]."""
        leaves = np.zeros((len(self.metrics), len(self.areas)), dtype=np.int64)
        assets = self.assets.values()
        metric = [self.metric_index[code] for asset in assets for code in asset.metrics]
        area = [self.area_index[asset.area] for asset in assets for _ in asset.metrics]
        np.add.at(leaves, (np.array(metric, dtype=np.intp), np.array(area, dtype=np.intp)), 1)
        return leaves

    def target(self, indicator: str, area: str, day: date) -> Target | None:
        """What an indicator is to reach at a place; None where only the catalogue says so.

        The area's own row comes first, then that of the nearest area above it for all areas of its level.

        Args:
            indicator: code.
            area: code.
            day: state-local.
        """
        standing = [target for target in self._targets_of.get(indicator, ()) if target.holds_on(day)]
        if not standing:
            return None
        wanted: dict[tuple[str, str | None], int] = {(area, None): 0}
        level = self.area(area).level
        wanted |= {(above.code, level): distance for distance, above in enumerate(self.ancestors(area), 1)}
        fitting = [target for target in standing if (target.area, target.level) in wanted]
        return min(fitting, key=lambda target: wanted[target.area, target.level], default=None)

    def is_working_day(self, day: date) -> bool:
        """Whether the state's offices work on a day."""
        return self.calendar.is_working_day(day)

    def office_for(self, service: str, area: str) -> Office | None:
        """The office that delivers a service in an area; None when the area lies above its level or has none.

        Args:
            service: service code.
            area: code of an area at or below the level of delivery.
        """
        kind = self.services[service].office_kind
        if kind is None:
            return None
        line = (self.area(area), *self.ancestors(area))
        found = (self.offices.get(f"{place.code}/{kind}") for place in line)
        return next((office for office in found if office is not None), None)

    def posts_for(self, service: str, office: str) -> tuple[str, ...]:
        """Posts that a case of a service passes in an office, in order: its own, or else those of the office."""
        place = self.offices[office]
        own = self.services[service].posts
        return tuple(place.head_post if post == HEAD else post for post in own) or place.posts


def _ends(parent: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """End of every subtree, from parents in pre-order."""
    end = np.arange(1, len(parent) + 1, dtype=np.int32)
    for place in range(len(parent) - 1, 0, -1):
        above = parent[place]
        end[above] = max(end[above], end[place])
    return end
