"""Board → values: every indicator, area and period in vectorised passes, with states and bands.

Rules, in this order:
  not applicable  no office delivers any of its services there (or no asset reports any of its metrics), and nothing
                  was counted there either; or the period has none of its kind (stocks have no past span here).
  no data         the denominator is 0; or a count whose services have not had a single case in the whole state in
                  this financial year nor one open; or a metric of which nothing was read there in the period.
  error           the result is not finite, or computing it raised an error of ours (see Evaluator.evaluate).
  small base      the denominator is under the minimum base: shown, never banded.
  ok              everything else, zero included.
Late is not a state here: whether a source is late depends on the reader's clock, so the screens judge it from the
status of the sources, and a band stays what the last known numbers say.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from indicators.applicability import Applicability
from indicators.definition import Catalogue
from indicators.evaluate_group import GROUP_OF, Bools, Frame, Group, Part, Slice, Values, Wanted
from indicators.pattern import Pattern, Subjects, codes_of, pattern_of
from indicators.period import depending_on, planes_of
from indicators.plan import Board, Integers, Places, Static
from indicators.service_group import ServiceGroups
from warehouse.ranges import joined_ranges
from warehouse.value_layout import Layout

if TYPE_CHECKING:
    from warehouse.reference import Reference

__all__ = ["Evaluator", "Slice", "Values"]

_LOG: Final = logging.getLogger(__name__)
#: What arrays and expressions raise where a definition does not fit the numbers.
_CANNOT: Final = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
#: If more indicators than this, or half of them, cannot be computed, the fault is not theirs: the evaluation as a whole
#: fails, and the last values stay.
_MOST_FAILED: Final = 50


class Evaluator:
    """Evaluates a catalogue; made once, and again only if catalogue or reference data change."""

    def __init__(self, catalogue: Catalogue, reference: Reference) -> None:
        """Lay the indicators out.

        Args:
            catalogue: the indicators.
            reference: the state.
        """
        self._catalogue = catalogue
        static = Static.of(reference)
        place = {level.code: number for number, level in enumerate(reference.state.levels)}
        area_level = np.array([place[area.level] for area in reference.areas], dtype=np.intp)
        self._frame = Frame(reference, static, Applicability(reference, static), area_level, ServiceGroups(reference))
        numbers: dict[Pattern, int] = {}
        parts: dict[Subjects, int] = {}
        made = [pattern_of(item) for item in catalogue.definitions]
        #: Pattern and part of every indicator: places in _patterns and _subjects.
        self._pattern_of = [numbers.setdefault(pattern, len(numbers)) for pattern, _ in made]
        self._part_of = [parts.setdefault(subjects, len(parts)) for _, subjects in made]
        self._patterns, self._subjects = list(numbers), list(parts)
        #: Where the values of a part have a place: where it exists, and where there was something all the same.
        exists = [self._frame.applicable.of(codes_of(subjects)) for subjects in self._subjects]
        self._where = np.array(exists, dtype=np.bool_).reshape(-1, len(reference.areas))
        self._lay_parts_out()
        #: Indicators that could not be computed the last time, by their places in the catalogue.
        self._failed: set[int] = set()
        self._groups = self._grouped(range(len(catalogue.definitions)))

    def _lay_parts_out(self) -> None:
        """The parts that are about each subject, one after the other."""
        index = self._frame.reference.subject_index
        of_subject: list[list[int]] = [[] for _ in index]
        for part, subjects in enumerate(self._subjects):
            for code in codes_of(subjects):
                of_subject[index[code]].append(part)
        self._parts = np.array([part for parts in of_subject for part in parts], dtype=np.intp)
        self._part_count = np.array([len(parts) for parts in of_subject], dtype=np.intp)
        self._part_start = np.cumsum(self._part_count) - self._part_count

    def layout(self) -> Layout:
        """Where the values of all indicators stand, each in the areas in which its subjects exist."""
        masks = {where.tobytes(): where for where in self._where}
        number = {key: place for place, key in enumerate(masks)}
        of_part = [number[where.tobytes()] for where in self._where]
        return Layout(
            [planes_of(item.time) for item in self._catalogue.definitions],
            np.array(list(masks.values())).reshape(-1, len(self._frame.reference.areas)),
            [of_part[part] for part in self._part_of],
        )

    def widen(self, elsewhere: Mapping[int, Bools]) -> None:
        """Say where indicators have a value though they do not exist there, so that it goes when it is taken back.

        Args:
            elsewhere: areas by the indicator's place in the catalogue. Shape of each: [area].
        """
        for row, areas in elsewhere.items():
            self._where[self._part_of[row]] |= areas

    def evaluate(
        self,
        board: Board,
        touched: Integers | None = None,
        areas: Places | None = None,
        periods: Collection[str] | None = None,
    ) -> Iterator[Slice]:
        """Evaluate indicators.

        Args:
            board: the numbers.
            touched: pairs of subjects and areas whose numbers changed since the last call, those above a changed area
                included: place in reference.subjects × areas + area; None = everything.
            areas: places in reference.areas, the only ones that are wanted; None = all.
            periods: in which flows and histograms changed; None = any. What is touched and when is only good while the
                services in use stay the same: where one is used for the first time, it has numbers everywhere.

        Returns:
            Slices that together cover at least every indicator about a touched subject, in every period that may have
            changed, and in every area in which it was touched and has values. Everywhere else they are
            State.NOT_APPLICABLE, and no slice says so. Later slices say what holds where two of them have the same
            place. An indicator that cannot be computed is State.ERROR, is tried again with every call, and keeps back
            no other one.
        """
        where = everything = self._where
        if touched is None or self._failed:
            where = everything = self._where | self._with(board.counted())
        if touched is not None:
            where = self._with(touched)
        if areas is not None:
            where = where & np.isin(np.arange(where.shape[1]), areas)
        wanted = Wanted(where, None if periods is None else depending_on(periods))
        yield from self._evaluated(board, board.in_use(), wanted, Wanted(everything))

    def _with(self, pairs: Integers) -> Bools:
        """Where the parts have any of some pairs of subjects and areas. Shape: [part, area]."""
        where = np.zeros(self._where.shape, dtype=np.bool_)
        subject, area = np.divmod(pairs, where.shape[1])
        count = self._part_count[subject]
        parts = self._parts[joined_ranges(self._part_start[subject], count)]
        where[parts, np.repeat(area, count)] = True
        return where

    @property
    def failed(self) -> tuple[str, ...]:
        """Codes of the indicators that could not be computed the last time, in the order of the catalogue."""
        return tuple(self._catalogue.definitions[row].code for row in sorted(self._failed))

    def _evaluated(self, board: Board, used: Bools, wanted: Wanted, everything: Wanted) -> Iterator[Slice]:
        """Evaluate all groups; where one cannot be, lay its indicators out in halves until the bad one stands alone.

        Args:
            board: the numbers.
            used: services that have had anything at all lately.
            wanted: which values.
            everything: the same for indicators that could not be computed the last time.

        Raises:
            ArithmeticError, AssertionError, LookupError, TypeError, ValueError: too many cannot be evaluated.
        """
        is_touched: Bools = np.any(wanted.where, axis=1)
        place = 0
        while place < len(self._groups):
            group = self._groups[place]
            row, is_alone = int(group.rows.flat[0]), group.rows.size == 1
            has_failed = is_alone and row in self._failed
            if not has_failed and not is_touched[group.parts].any():
                place += 1
                continue
            try:
                yield from group.slices(board, used, everything if has_failed else wanted)
            except _CANNOT as error:
                if not is_alone:
                    rows = np.sort(group.rows.ravel()).tolist()
                    halves = rows[: len(rows) // 2], rows[len(rows) // 2 :]
                    self._groups[place : place + 1] = [one for half in halves for one in self._grouped(half)]
                    continue
                if row not in self._failed:
                    self._fail(row, error)
                yield group.failed()
            else:
                if has_failed:
                    self._failed.remove(row)
                    _LOG.info("indicator %s can be computed again", self._catalogue.definitions[row].code)
            place += 1

    def _fail(self, row: int, error: Exception) -> None:
        code = self._catalogue.definitions[row].code
        if len(self._failed) >= min(_MOST_FAILED, len(self._catalogue.definitions) // 2):
            raise error
        _LOG.error("indicator %s cannot be computed, the others are given out", code, exc_info=error)
        self._failed.add(row)

    def _grouped(self, rows: Sequence[int]) -> list[Group]:
        """Groups of some indicators: those parts together of which the same patterns of one kind are said."""
        of_part: dict[tuple[type[Group], int], dict[tuple[int, int], int]] = {}
        for row in rows:
            pattern, part = self._pattern_of[row], self._part_of[row]
            held = of_part.setdefault((GROUP_OF[self._patterns[pattern].time], part), {})
            held[pattern, sum(one == pattern for one, _ in held)] = row
        alike: dict[tuple[type[Group], tuple[tuple[int, int], ...]], list[int]] = {}
        for (kind, part), held in of_part.items():
            alike.setdefault((kind, tuple(sorted(held))), []).append(part)
        groups = []
        for (kind, patterns), parts in alike.items():
            parts.sort()
            places = np.array([[of_part[kind, part][pattern] for part in parts] for pattern in patterns], dtype=np.intp)
            definitions = [[self._catalogue.definitions[row] for row in of_pattern] for of_pattern in places]
            about = [Part(part, self._subjects[part]) for part in parts]
            groups.append(kind([self._patterns[one] for one, _ in patterns], about, places, definitions, self._frame))
        return groups
