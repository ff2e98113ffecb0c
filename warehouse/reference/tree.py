"""Turns the rows of areas.csv into areas and checks the tree that they make.

Who may import it: warehouse.reference.load only.
Invariants: nothing is raised; what is wrong goes to the problems of the folder, in the line of the area that breaks it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warehouse.reference.model import Area
from warehouse.reference.table import unknown

if TYPE_CHECKING:
    from warehouse.reference.model import State
    from warehouse.reference.table import Problems, Row

_AREA_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class AreaReader:
    """Turns the rows of areas.csv into areas and checks the tree that they make."""

    def __init__(self, state: State, rows: list[Row], problems: Problems) -> None:
        self.state = state
        self.rows = rows
        self.problems = problems
        self.depth = {level.code: depth for depth, level in enumerate(state.levels)}

    def areas(self) -> list[Area]:
        """Areas in file order; only of use when no problem was found."""
        first: dict[str, Row] = {}
        for row in self.rows:
            code = row.text("code")
            if code in first:
                row.wrong(f"code {code} was given in line {first[code].line} already")
            first.setdefault(code, row)
        found = [self._area(row) for row in self.rows]
        by_code = {area.code: area for area in found}
        tops = [row for row in self.rows if not row.cells["parent"]]
        if self.rows and len(tops) != 1:
            where = tops[1].where if len(tops) > 1 else self.rows[0].where
            self.problems.add(where, f"{len(tops)} areas have no parent; exactly the state has none")
        for row, area in zip(self.rows, found, strict=True):
            self._check_place(row, area, by_code)
        self._check_tiles(found)
        self._check_numbers("lgd_code", [area.lgd_code for area in found], found)
        self._check_numbers("lsg_code", [area.lsg_code for area in found], found)
        self._check_cycles(by_code)
        return found

    def _area(self, row: Row) -> Area:
        tile_x, tile_y = row.whole("tile_x"), row.whole("tile_y")
        if (tile_x is None) != (tile_y is None):
            row.wrong("tile_x and tile_y are given both or not at all")
        first, last = row.validity()
        return Area(
            code=row.cells["code"],
            level=row.choice("level", self.depth),
            parent=row.optional("parent"),
            name_en=row.text("name_en"),
            name_local=row.text("name_local"),
            kind=row.known("kind", self.state.kinds, blank=True),
            area_class=row.known("class", self.state.classes, blank=True),
            lgd_code=row.optional("lgd_code"),
            population=row.whole("population"),
            tile=None if tile_x is None or tile_y is None else (tile_x, tile_y),
            tile_span=row.whole("tile_span", least=1) or 1,
            valid_from=first,
            valid_to=last,
            also_in=row.many("also_in"),
            name_hi=row.optional("name_hi"),
            lsg_code=row.optional("lsg_code"),
            aliases=row.many("aliases"),
        )

    def _check_place(self, row: Row, area: Area, by_code: dict[str, Area]) -> None:
        """Parent, code, further parents and validity of one area."""
        if area.parent is None:
            if area.code != self.state.code:
                row.wrong(f"the topmost area has code {area.code}, the state is {self.state.code}")
            if self.depth.get(area.level, 0) != 0:
                row.wrong(f"level is {area.level}, but only the state has no parent")
            return
        parent = by_code.get(area.parent)
        if parent is None:
            row.wrong(unknown("parent", area.parent, by_code))
            return
        if self.depth.get(area.level, 0) != self.depth.get(parent.level, 0) + 1:
            row.wrong(f"level is {area.level}, but its parent {parent.code} is a {parent.level}")
        if not area.code.startswith(f"{parent.code}-") or not _AREA_SLUG.fullmatch(area.slug):
            row.wrong(f"code {area.code} is not {parent.code}- and a slug of small letters and digits")
        for code in area.also_in:
            other = by_code.get(code)
            if other is None:
                row.wrong(unknown("also_in", code, by_code))
            elif other.level != parent.level or code == area.parent:
                row.wrong(f"also_in {code} is not another {parent.level}")
        if _outside(area, parent):
            row.wrong(f"is valid on days on which its parent {parent.code} is not")

    def _check_tiles(self, areas: list[Area]) -> None:
        taken: dict[tuple[str | None, int, int], tuple[Area, Row]] = {}
        for row, area in zip(self.rows, areas, strict=True):
            if area.tile is None:
                continue
            for column in range(area.tile[0], area.tile[0] + area.tile_span):
                place = (area.parent, column, area.tile[1])
                other = taken.setdefault(place, (area, row))[0]
                if other is not area and _together(area, other):
                    row.wrong(f"its tile {column},{area.tile[1]} is taken by {other.code}")

    def _check_numbers(self, column: str, numbers: list[str | None], areas: list[Area]) -> None:
        taken: dict[tuple[str, str], Area] = {}
        for row, area, number in zip(self.rows, areas, numbers, strict=True):
            if number is None:
                continue
            other = taken.setdefault((area.level, number), area)
            if other is not area:
                row.wrong(f"{column} {number} belongs to {other.code} already")

    def _check_cycles(self, by_code: dict[str, Area]) -> None:
        for row in self.rows:
            seen = {row.cells["code"]}
            parent = by_code[row.cells["code"]].parent
            while parent is not None and parent in by_code:
                if parent in seen:
                    row.wrong(f"lies in itself by way of {parent}")
                    break
                seen.add(parent)
                parent = by_code[parent].parent


def _together(one: Area, other: Area) -> bool:
    """Whether two areas exist on some day both."""
    return not (
        (one.valid_to is not None and other.valid_from is not None and one.valid_to < other.valid_from)
        or (other.valid_to is not None and one.valid_from is not None and other.valid_to < one.valid_from)
    )


def _outside(area: Area, parent: Area) -> bool:
    """Whether an area exists on some day on which its parent does not."""
    before = parent.valid_from is not None and (area.valid_from is None or area.valid_from < parent.valid_from)
    after = parent.valid_to is not None and (area.valid_to is None or area.valid_to > parent.valid_to)
    return before or after
