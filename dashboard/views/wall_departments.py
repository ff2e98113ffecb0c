"""Red and amber indicators of the state as a whole, by department."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard.views.department_standing import read_standing
from dashboard.views.wall_frame import DepartmentRow, Departments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.views.department_standing import Standing
    from dashboard.views.wall_frame import Fit
    from dashboard.views.wall_parts import Scene


def departments(scene: Scene) -> Departments | None:
    """The departments with most red, and all others together; None where the panel has no room."""
    if not scene.layout.department_rows:
        return None
    standing = read_standing(scene.services)
    troubled = [code for code in standing.order if _colours(standing.by_department[code])]
    return _departments(scene, standing, troubled[: scene.layout.department_rows - 1])


def all_departments(scene: Scene, columns: int, lines: int) -> Departments:
    """All departments in columns; where they have no room, those with least red together.

    Args:
        scene: value copy and language.
        columns: of the list.
        lines: rows that have room in each.
    """
    standing = read_standing(scene.services)
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
