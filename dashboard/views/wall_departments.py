"""Red and amber indicators of the state as a whole, by department."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from dashboard import format as form
from dashboard.freshness import Freshness
from dashboard.views.wall_frame import DepartmentRow, Departments
from warehouse.value import PERIODS, Band, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.catalogue import Indicator
    from dashboard.views.wall_frame import Fit
    from dashboard.views.wall_parts import Scene

#: How an indicator stands; one that is late, silent or without a value is never counted as normal.
_STANDS: Final = ("stale", "red", "amber", "normal")
_NO_VALUE: Final = (State.NO_DATA, State.ERROR)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the indicators stand in the state as a whole.

    Attributes:
        by_department: code → how many are red, amber, stale, normal.
        total: the same over all departments.
        worst: code → its red indicators, or its amber ones where none is red.
    """

    by_department: Mapping[str, Counter[str]]
    total: Counter[str]
    worst: Mapping[str, Sequence[Indicator]]

    @property
    def order(self) -> list[str]:
        """Departments, most red first."""
        counts = self.by_department
        return sorted(counts, key=lambda code: (-counts[code]["red"], -counts[code]["amber"], code))


def departments(scene: Scene) -> Departments | None:
    """The departments with most red, and all others together; None where the panel has no room."""
    if not scene.layout.department_rows:
        return None
    standing = read_standing(scene)
    troubled = [code for code in standing.order if _colours(standing.by_department[code])]
    return _departments(scene, standing, troubled[: scene.layout.department_rows - 1])


def all_departments(scene: Scene, columns: int, lines: int) -> Departments:
    """All departments in columns; where they have no room, those with least red together.

    Args:
        scene: value copy and language.
        columns: of the list.
        lines: rows that have room in each.
    """
    standing = read_standing(scene)
    order = standing.order
    shown = order if len(order) <= columns * lines else order[: columns * lines - 1]
    made = _departments(scene, standing, shown)
    return replace(made, columns=columns, lines=min(lines, -(-len(made.rows) // columns)))


def _departments(scene: Scene, standing: Standing, shown: Sequence[str]) -> Departments:
    by_department, total = standing.by_department, standing.total
    others = [code for code in standing.order if code not in shown]
    rest = Counter({"red": 0, "amber": 0})
    for code in others:
        rest.update(by_department[code])
    longest = max((_colours(each) for each in (*by_department.values(), rest)), default=0) or 1
    rows = [_department_row(scene, (code,), by_department[code], longest) for code in shown]
    if others:
        rows.append(_department_row(scene, others, rest, longest, is_rest=True))
    return Departments(
        heading=scene.both("departments.heading"),
        caption=scene.text("departments.caption", count=form.integer(sum(total.values()))),
        rows=tuple(rows),
        red=total["red"],
        amber=total["amber"],
        stale=total["stale"],
        normal=total["normal"],
        normal_text=(form.integer(total["normal"]), scene.text("departments.normal")),
        stale_text=(form.integer(total["stale"]), scene.text("departments.stale")),
    )


def department_name(scene: Scene, code: str) -> str:
    """Short name of a department in the working language; the code itself when reference data do not know it."""
    department = scene.services.reference.departments.get(code)
    return code if department is None else scene.asked.chosen(department.short_en, department.short_local)


def read_standing(scene: Scene) -> Standing:
    """How every indicator stands in the state as a whole at this moment."""
    values = scene.services.values
    indicators = tuple(values.indicators.values())
    periods = np.array([PERIODS.index(one.headline_period) for one in indicators])
    places = np.array([one.index for one in indicators])
    with values.reading() as held:
        at = held.layout.at(periods, places, values.area_index(scene.state.code))
        bands, states = held.flat.band[at], held.flat.state[at]
    budgets = {(one.sources, one.freshness_budget_s) for one in indicators}
    behind = {one for one in budgets if values.freshness_of(*one).freshness is not Freshness.LIVE}
    is_stale = np.array([(one.sources, one.freshness_budget_s) in behind for one in indicators])
    stands = np.select([is_stale | np.isin(states, _NO_VALUE), bands == Band.RED, bands == Band.AMBER], [0, 1, 2], 3)
    pairs = Counter(zip((one.department for one in indicators), stands.tolist(), strict=True))
    by_department: dict[str, Counter[str]] = {}
    for (department, stand), count in pairs.items():
        by_department.setdefault(department, Counter())[_STANDS[stand]] += count
    worst: dict[str, list[Indicator]] = {}
    for stand in (_STANDS.index("red"), _STANDS.index("amber")):
        settled = set(worst)
        for place in np.flatnonzero(stands == stand):
            if indicators[place].department not in settled:
                worst.setdefault(indicators[place].department, []).append(indicators[place])
    return Standing(by_department, sum(by_department.values(), Counter()), worst)


def _colours(counts: Counter[str]) -> int:
    return counts["red"] + counts["amber"]


def _department_row(
    scene: Scene, codes: Sequence[str], counts: Counter[str], longest: int, *, is_rest: bool = False
) -> DepartmentRow:
    if is_rest:
        name: Fit = (scene.text("departments.others", count=len(codes)),)
    else:
        name = (department_name(scene, codes[0]),)
    return DepartmentRow(
        name=name,
        red=form.integer(counts["red"]),
        amber=form.integer(counts["amber"]),
        red_pct=round(100 * counts["red"] / longest, 1),
        amber_pct=round(100 * counts["amber"] / longest, 1),
        is_rest=is_rest,
    )
