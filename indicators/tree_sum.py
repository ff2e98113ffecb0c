"""Integer sums over trees of subjects and areas, which hold still between two calls of `show`.

An amount happens to one subject (a service, a metric) in one area and counts for that area and all areas above it, and
for that subject and all groups of subjects that it is in. A subject or a group in an area is a pair: row × areas +
area. Most services exist in few areas, so that a pair gets a slot when something is counted there for the first time;
kinds are arrays over slots, of which the machine keeps only the parts that hold anything.
Sums of integers add up in any order: adding the amounts as they come and adding them all up anew give the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from indicators.columns import Int32s, Int64s

#: When more amounts wait, those at the same place are added up; and again when as many more have come.
_MOST_WAITING: Final = 200_000
#: Amounts that are rolled up at a time, to bound the memory: each becomes a dozen.
_AT_ONCE: Final = 100_000
#: From so many pairs on it pays to read them kind by kind.
_MANY_PAIRS: Final = 500
#: Where slots run out, so many times as many are made.
_GROWTH: Final = 1.25
_NONE: Final = np.empty(0, dtype=np.int64)
#: Of the sums of narrow and of wide kinds.
_DTYPES: Final = (np.int32, np.int64)

#: Keys = kind × pairs + pair, each once, in order; and what happened there.
_Amounts: TypeAlias = tuple[Int64s, Int64s]


class TreeSums:
    """Sums of some kinds of amounts – measures, periods, bins – for all subjects, their groups and areas.

    Attributes:
        changed_kinds: kinds of which the last `show` changed something, in order.
    """

    def __init__(
        self, subject_line: Int32s, area_line: Int32s, kinds: int, *, wide: Collection[int] | None = None
    ) -> None:
        """All zero.

        Args:
            subject_line: what an amount of a subject counts for: the subject itself, then its groups; −1 = no more.
                Shape: [subject, step].
            area_line: the same for areas. Shape: [area, step].
            kinds: how many there are.
            wide: those whose sums may pass 2**31, as money and seconds do and numbers of cases do not; None = all.
        """
        self._subject_line, self._area_line = subject_line.astype(np.int64), area_line.astype(np.int64)
        self._areas = len(area_line)
        self._rows = max(len(subject_line), int(subject_line.max(initial=-1)) + 1)
        self._pairs = self._rows * self._areas
        is_wide = np.isin(np.arange(kinds), np.arange(kinds) if wide is None else list(wide))
        #: The kinds of either width, and the place of every kind among those of its width.
        self._is_wide, self._of_width = is_wide, (np.flatnonzero(~is_wide), np.flatnonzero(is_wide))
        self._place = np.where(is_wide, np.cumsum(is_wide), np.cumsum(~is_wide)) - 1
        self._waiting: list[_Amounts] = []
        self._count = 0
        self._merged = 0
        self._cleared = False
        self.changed_kinds = _NONE
        self._begin()

    def _begin(self) -> None:
        """Nothing is counted anywhere."""
        #: Slot 0 belongs to all pairs that have none, and stays zero. Shape: [pair].
        self._slot = np.zeros(self._pairs, dtype=np.int32)
        self._slots = 1
        #: Sums of narrow and of wide kinds. Shape of each: [kind, slot].
        self._shown: list[NDArray[np.signedinteger]] = [
            np.zeros((len(kinds), 1), dtype=dtype) for kinds, dtype in zip(self._of_width, _DTYPES, strict=True)
        ]
        self._has = np.zeros(len(self._is_wide), dtype=np.bool_)
        #: No sum of a kind can be more than this. Shape: [kind].
        self._most = np.zeros(len(self._is_wide))

    def add(self, kinds: Int64s, subjects: Int64s, areas: Int32s, amounts: Int64s) -> None:
        """Add amounts; the same place may come more than once. Shape of each: [amount]."""
        if not len(amounts):
            return
        self._waiting.append((kinds * self._pairs + subjects * self._areas + areas, amounts))
        self._count += len(amounts)
        if self._count > max(_MOST_WAITING, 2 * self._merged) and not self._cleared:
            self._merge()

    def clear(self) -> None:
        """Back to zero at the next `show`; what is added until then is not much more than what it comes to."""
        self._waiting, self._count, self._merged = [], 0, 0
        self._cleared = True

    def show(self) -> Int64s:
        """Let readers see everything that was added. Returns: pairs of which something changed, in order."""
        if self._cleared:
            changed, has_changed = self.counted(), self._has
            self._begin_with(self._waiting)
            changed, has_changed = self._distinct(np.concatenate([changed, self.counted()])), has_changed | self._has
        else:
            keys, amounts = self._merge()
            self._make_room_for(keys // self._pairs, amounts)
            parts, has_changed = [_NONE], np.zeros_like(self._has)
            for kind, pair, amount in self._rolled(keys, amounts):
                has_changed[kind] = True
                parts.append(self._distinct(pair))
                self._make_slots(parts[-1])
                self._write(kind, self._slot[pair], amount)
            changed = self._distinct(np.concatenate(parts))
        self._waiting, self._count, self._merged, self._cleared = [], 0, 0, False
        self.changed_kinds = np.flatnonzero(has_changed)
        return changed

    def _begin_with(self, history: Sequence[_Amounts]) -> None:
        """Nothing but a history: what happened at each pair by itself, then added up for all areas and groups above."""
        self._begin()
        pairs = [keys % self._pairs for keys, _ in history]
        own = self._distinct(np.concatenate([_NONE, *pairs]))
        below, above = self._above(own)
        self._make_slots(self._distinct(np.concatenate([own, above])))
        for (keys, amounts), pair in zip(history, pairs, strict=True):
            kind = keys // self._pairs
            self._make_room_for(kind, amounts)
            self._write(kind, self._slot[pair], amounts)
        order = np.argsort(above, kind="stable")
        first = np.flatnonzero(np.diff(above[order], prepend=-1))
        source, target = self._slot[below[order]], self._slot[above[order][first]]
        for shown, kinds in zip(self._shown, self._of_width, strict=True):
            for place in np.flatnonzero(self._has[kinds]) if len(first) else ():
                shown[place, target] += np.add.reduceat(shown[place].take(source), first, dtype=shown.dtype)

    def counted(self) -> Int64s:
        """Pairs of which anything is counted, or was since `clear`, as of the last `show`; in order."""
        return np.flatnonzero(self._slot)

    def at(self, kinds: Int64s, pairs: Int64s) -> Int64s:
        """Sums as of the last `show`. Args: Shape of each: [kind], [pair]. Returns: Shape: [kind, pair]."""
        made = np.empty((len(kinds), len(pairs)), dtype=np.int64)
        slot = self._slot[pairs]
        if len(pairs) > _MANY_PAIRS:  # kind by kind they are read twice as fast
            for number, kind in enumerate(kinds.tolist()):
                made[number] = self._shown[int(self._is_wide[kind])][self._place[kind]].take(slot)
            return made
        for shown, some in zip(self._shown, (~self._is_wide[kinds], self._is_wide[kinds]), strict=True):
            made[some] = shown[self._place[kinds[some]][:, np.newaxis], slot]
        return made

    def now(self, kind: int) -> Int64s:
        """Sums of all subjects and groups as of now. Shape: [row, area]."""
        shown = np.zeros(self._pairs, dtype=np.int64)
        if not self._cleared:
            shown += self._shown[int(self._is_wide[kind])][self._place[kind], self._slot]
        keys, amounts = self._merge()
        begin, end = np.searchsorted(keys, [kind * self._pairs, (kind + 1) * self._pairs])
        for _, pair, amount in self._rolled(keys[begin:end], amounts[begin:end]):
            np.add.at(shown, pair, amount)
        return shown.reshape(self._rows, self._areas)

    def _write(self, kinds: Int64s, slots: Int32s, amounts: Int64s) -> None:
        """Add to what is shown. Args: Shape of each: [amount]."""
        self._has[kinds] = True
        is_wide = self._is_wide[kinds]
        for shown, some in zip(self._shown, (~is_wide, is_wide), strict=True):
            place = self._place[kinds[some]] * shown.shape[1] + slots[some]
            np.add.at(shown.reshape(-1), place, amounts[some].astype(shown.dtype))

    def _merge(self) -> _Amounts:
        """Put what waits into one: each key once, in order, without zeros."""
        if len(self._waiting) > 1 or self._count != self._merged:
            keys, amounts = (np.concatenate(parts) for parts in zip(*self._waiting, strict=True))
            self._waiting = [_summed(keys, amounts)]
            self._count = self._merged = len(self._waiting[0][0])
        return self._waiting[0] if self._waiting else (_NONE, _NONE)

    def _rolled(self, keys: Int64s, amounts: Int64s) -> Iterator[tuple[Int64s, Int64s, Int64s]]:
        """What amounts add to all areas and groups above them. Returns: kinds, pairs and amounts of equal length."""
        for begin in range(0, len(keys), _AT_ONCE):
            kind, pair = np.divmod(keys[begin : begin + _AT_ONCE], self._pairs)
            amount, above = self._lines(pair)
            yield kind[amount], above, amounts[begin : begin + _AT_ONCE][amount]

    def _lines(self, pairs: Int64s) -> tuple[Int64s, Int64s]:
        """What pairs count for: themselves, and all areas and groups above. Returns: place in `pairs`, pair."""
        subject, area = np.divmod(pairs, self._areas)
        rows, areas = self._subject_line[subject].T[:, np.newaxis], self._area_line[area].T
        meant = np.flatnonzero((rows >= 0) & (areas >= 0))
        return meant % len(pairs), (rows * self._areas + areas).ravel()[meant]

    def _above(self, pairs: Int64s) -> tuple[Int64s, Int64s]:
        """Areas and groups above pairs, without the pairs themselves. Returns: pair below, pair above."""
        parts = [(_NONE, _NONE)]
        for begin in range(0, len(pairs), _AT_ONCE):
            some = pairs[begin : begin + _AT_ONCE]
            place, above = self._lines(some)
            below = some[place]
            parts.append((below[below != above], above[below != above]))
        below, above = (np.concatenate(part) for part in zip(*parts, strict=True))
        return below, above

    def _make_room_for(self, kinds: Int64s, amounts: Int64s) -> None:
        """Make narrow kinds wide if any of their sums could pass what they hold. Args: Shape of each: [amount]."""
        self._most += np.bincount(kinds, np.abs(amounts), len(self._most))
        if self._most[self._of_width[0]].max(initial=0) > np.iinfo(np.int32).max:
            self._shown[0] = self._shown[0].astype(np.int64, copy=False)

    def _make_slots(self, pairs: Int64s) -> None:
        """Give pairs that have no slot one each. Args: distinct."""
        new = pairs[self._slot[pairs] == 0]
        end = self._slots + len(new)
        for width, shown in enumerate(self._shown):
            if end <= shown.shape[1]:
                continue
            wider = np.zeros((len(shown), int(end * _GROWTH)), dtype=shown.dtype)
            for place in np.flatnonzero(self._has[self._of_width[width]]):
                # what was never written takes no memory, and is not copied
                wider[place, : self._slots] = shown[place, : self._slots]
            self._shown[width] = wider
        self._slot[new] = np.arange(self._slots, end)
        self._slots = end

    def _distinct(self, pairs: Int64s) -> Int64s:
        if len(pairs) < self._pairs // 16:
            return np.unique(pairs)
        found = np.zeros(self._pairs, dtype=np.bool_)
        found[pairs] = True
        return np.flatnonzero(found)


def _summed(keys: Int64s, amounts: Int64s) -> _Amounts:
    """Each key once, in order, without zeros."""
    if not len(keys):
        return keys, amounts
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    sums = np.add.reduceat(amounts[order], first)
    some = sums != 0
    return keys[first][some], sums[some]
