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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from indicators.applicability import Applicability
from indicators.definition import Catalogue
from indicators.evaluate_group import EVERYTHING, GROUP_OF, Frame, Group, Slice, Values, Wanted, subjects_of
from indicators.period import depending_on, planes_of
from indicators.plan import Board, Places, Static
from indicators.service_group import ServiceGroups
from indicators.tree_sum import Window
from warehouse.measure import CASE_FLOWS
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

#: Periods that together say whether a service has been used at all.
_USED_IN: Final = ("fy", "pmtd", "p7d", "lm")
#: If more than this share of the indicators' subject sets is touched, one pass over everything is quicker: it lays out
#: few large groups, which weighs more than the rows that it could leave out.
_MOST_PARTS: Final = 0.2
#: If more than this share of the areas is touched, evaluating all of them is as quick.
_MOST_AREAS: Final = 0.7


class Evaluator:
    """Evaluates a catalogue; made once, and again only if catalogue or reference data change."""

    def __init__(self, catalogue: Catalogue, reference: Reference) -> None:
        """Lay the indicators out in groups for a pass over everything; those by subjects wait until they are touched.

        Args:
            catalogue: the indicators.
            reference: the state.
        """
        self._catalogue = catalogue
        static = Static.of(reference)
        place = {level.code: number for number, level in enumerate(reference.state.levels)}
        area_level = np.array([place[area.level] for area in reference.areas], dtype=np.intp)
        self._frame = Frame(reference, static, Applicability(reference, static), area_level, ServiceGroups(reference))
        by_areas: dict[bytes, list[int]] = {}
        by_subjects: dict[tuple[str, ...], list[int]] = {}
        for row, item in enumerate(catalogue.definitions):
            subjects = subjects_of(item)
            by_areas.setdefault(self._frame.applicable.of(subjects).tobytes(), []).append(row)
            by_subjects.setdefault(subjects, []).append(row)
        #: Where indicators had something though they do not exist there, by their places in the catalogue.
        self._elsewhere: dict[int, Places] = {}
        self._all = [group for rows in by_areas.values() for group in self._groups(rows)]
        #: Indicators that could not be computed the last time, by their places in the catalogue.
        self._failed: dict[int, Group] = {}
        self._rows_of_part = list(by_subjects.values())
        self._parts: dict[int, list[Group]] = {}
        self._touching: list[list[int]] = [[] for _ in reference.subjects]
        for part, subjects in enumerate(by_subjects):
            for code in subjects:
                self._touching[reference.subject_index[code]].append(part)

    def layout(self) -> Layout:
        """Where the values of all indicators stand, each in the areas in which its subjects exist."""
        definitions = self._catalogue.definitions
        wheres = [self._frame.applicable.of(subjects_of(item)) for item in definitions]
        masks = {where.tobytes(): where for where in wheres}
        number = {key: place for place, key in enumerate(masks)}
        areas = len(self._frame.reference.areas)
        return Layout(
            [planes_of(item.time) for item in definitions],
            np.array(list(masks.values())).reshape(-1, areas),
            [number[where.tobytes()] for where in wheres],
        )

    def widen(self, elsewhere: Mapping[int, NDArray[np.bool_]]) -> None:
        """Say where indicators have a value though they do not exist there, so that it goes when it is taken back.

        Args:
            elsewhere: areas by the indicator's place in the catalogue. Shape of each: [area].
        """
        for row, areas in elsewhere.items():
            known = self._elsewhere.get(row, np.empty(0, dtype=np.intp))
            self._elsewhere[row] = np.union1d(known, np.flatnonzero(areas))
        for groups in (self._all, *self._parts.values()):
            for group in groups:
                self._widen(group)

    def evaluate(
        self,
        board: Board,
        touched: Iterable[int] | None = None,
        areas: Places | None = None,
        periods: Collection[str] | None = None,
    ) -> Iterator[Slice]:
        """Evaluate indicators.

        Args:
            board: the numbers.
            touched: places in reference.subjects whose numbers changed since the last call; None = everything.
            areas: places in reference.areas where they did, in order; None = anywhere.
            periods: in which flows and histograms did; None = any. Areas and periods are only good while the services
                that are `used` stay the same: where one is used for the first time, it has numbers everywhere.

        Returns:
            Slices that together cover at least every indicator about a touched subject, in every period that may have
            changed, and in every one of the areas in which it has values. Everywhere else they are
            State.NOT_APPLICABLE, and no slice says so. Later slices say what holds where two of them have the same
            place. An indicator that cannot be computed is State.ERROR, is tried again with every call, and keeps back
            no other one.
        """
        used = self.used(board)
        window = None
        if areas is not None and len(areas) <= _MOST_AREAS * len(self._frame.reference.areas):
            window = Window.of(areas, len(self._frame.reference.areas))
        wanted = Wanted(window, None if periods is None else depending_on(periods))
        again = list(self._failed.values())
        yield from self._evaluated(again, board, used)
        tried = {int(group.rows[0]) for group in again}
        for groups in [self._all] if touched is None else self._touched_groups(touched):
            yield from self._evaluated(groups, board, used, wanted, tried)

    @property
    def failed(self) -> tuple[str, ...]:
        """Codes of the indicators that could not be computed the last time, in the order of the catalogue."""
        return tuple(self._catalogue.definitions[row].code for row in sorted(self._failed))

    def _evaluated(
        self,
        groups: list[Group],
        board: Board,
        used: NDArray[np.bool_],
        wanted: Wanted = EVERYTHING,
        tried: Iterable[int] = (),
    ) -> Iterator[Slice]:
        """Evaluate groups; where one cannot be, lay its indicators out in halves until the bad one stands alone.

        Args:
            groups: halves take the places of their group in it, so that this is done once.
            board: the numbers.
            used: services that have had anything at all lately.
            wanted: as for Group.slices.
            tried: indicators that are done already if they stand alone, by their places in the catalogue.

        Raises:
            ArithmeticError, AssertionError, LookupError, TypeError, ValueError: too many cannot be evaluated.
        """
        place, done = 0, set(tried)
        while place < len(groups):
            group = groups[place]
            row = int(group.rows[0])
            if len(group.rows) == 1 and row in done:
                place += 1
                continue
            try:
                yield from group.slices(board, used, wanted)
            except _CANNOT as error:
                half = len(group.rows) // 2
                if half:
                    halves = group.rows[:half].tolist(), group.rows[half:].tolist()
                    groups[place : place + 1] = [one for rows in halves for one in self._groups(rows)]
                    continue
                if row not in self._failed:
                    self._fail(row, group, error)
                yield group.failed()
            else:
                if self._failed.pop(row, None) is not None:
                    _LOG.info("indicator %s can be computed again", self._catalogue.definitions[row].code)
            place += 1

    def _fail(self, row: int, group: Group, error: Exception) -> None:
        code = self._catalogue.definitions[row].code
        if len(self._failed) >= min(_MOST_FAILED, len(self._catalogue.definitions) // 2):
            raise error
        _LOG.error("indicator %s cannot be computed, the others are given out", code, exc_info=error)
        self._failed[row] = group

    def _touched_groups(self, touched: Iterable[int]) -> Sequence[list[Group]]:
        parts = sorted({part for subject in touched for part in self._touching[subject]})
        if len(parts) > _MOST_PARTS * len(self._rows_of_part):
            return [self._all]
        return [self._part(part) for part in parts]

    def _part(self, part: int) -> list[Group]:
        """Groups of the indicators about the same subjects, laid out when they are first asked for."""
        groups = self._parts.get(part)
        if groups is None:
            groups = self._parts[part] = self._groups(self._rows_of_part[part])
        return groups

    def _groups(self, rows: list[int]) -> list[Group]:
        """Groups of some indicators, one for each kind."""
        definitions = self._catalogue.definitions
        by_kind: dict[type[Group], list[int]] = {}
        for row in rows:
            by_kind.setdefault(GROUP_OF[definitions[row].time], []).append(row)
        made = ((kind, np.array(places, dtype=np.intp)) for kind, places in by_kind.items())
        groups = [kind(places, [definitions[row] for row in places], self._frame) for kind, places in made]
        for group in groups:
            self._widen(group)
        return groups

    def _widen(self, group: Group) -> None:
        for row in group.rows.tolist():
            if row in self._elsewhere:
                group.widen(self._elsewhere[row])

    @staticmethod
    def used(board: Board) -> NDArray[np.bool_]:
        """Which services have had anything at all lately. Shape: [service]."""
        used = board.within(0, "today", "open") != 0
        for period in _USED_IN:
            for measure in CASE_FLOWS:
                used |= board.within(0, period, measure) != 0
        return used
