"""Whether a number moved more than it usually does: only then is its change worth a look.

An individuals chart (XmR): limits 2.66 mean moving ranges from the mean of the earlier weeks, or eight weeks in a row
on one side of it. Source: Wheeler, "Understanding Variation" (1993), chapter 4 (2.66 = 3 ÷ 1.128, the bias of a range
of two) and its run rule; the dashboard's design guide, section 4, asks for it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.format import Change
    from dashboard.views.history import Line

_RANGES: Final = 2.66
_RUN: Final = 8
#: Earlier weeks that limits need; with fewer nothing is called unusual.
_LEAST: Final = 8


def is_unusual(line: Line) -> bool:
    """Whether the last week of a line lies outside what the weeks before it make usual."""
    known = [value for value in line.values if value is not None]
    if not line.values or line.values[-1] is None or len(known) <= _LEAST:
        return False
    *earlier, last = known
    mean = fmean(earlier)
    usual = _RANGES * fmean(abs(after - before) for before, after in pairwise(earlier))
    return abs(last - mean) > usual or _runs(known, mean)


def _runs(values: Sequence[float], mean: float) -> bool:
    """Whether the last values are all above, or all below, a mean."""
    recent = values[-_RUN:]
    return all(value > mean for value in recent) or all(value < mean for value in recent)


def judged(change: Change | None, line: Line) -> Change | None:
    """A change with the word whether it is unusual. Args: line: the weeks that it is the last step of."""
    return None if change is None else replace(change, is_unusual=is_unusual(line))
