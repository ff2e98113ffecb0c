"""Checks of single fields after they were read, the same for mapped rows and for CloudEvents.

Who may import it: ingest only.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.reason import Reason
from ingest.refusal import Problem
from ingest.settings import nearest
from warehouse.event import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ingest.refusal import Mask
    from ingest.vocabulary import Range, Vocabulary

#: Most characters of a text field.
LONGEST: Final = {"case_id": 100, "event_id": 300, "ref": 300}
LONGEST_OTHER: Final = 200
#: Control characters, and marks that turn the writing direction of what follows; joiners are needed by Malayalam.
_CONTROL: Final = "[\\x00-\\x1f\\x7f-\\x9f\u202a-\u202e\u2066-\u2069]"
_UNKNOWN: Final = {
    "kind": Reason.UNKNOWN_KIND,
    "service": Reason.UNKNOWN_SERVICE,
    "area": Reason.UNKNOWN_AREA,
    "metric": Reason.UNKNOWN_METRIC,
    "case_id": Reason.BAD_CASE,
}


def unknown_reason(field: str) -> Reason:
    """Why a text is refused that is not among the allowed ones."""
    return _UNKNOWN.get(field, Reason.BAD_VALUE)


def by_unique(text: pa.Array, function: Callable[[str], str | None]) -> pa.Array:
    """Apply a function to every different text once. Shape: strings, as long as `text`; null stays null."""
    coded = text.dictionary_encode()
    made = pa.array([function(word) for word in coded.dictionary.to_pylist()], pa.string())
    return made.take(coded.indices)


def check_text(field: str, text: pa.Array, cells: pa.Array, vocabulary: Vocabulary) -> list[Problem]:
    """Find texts and codes that cannot be taken.

    Args:
        field: name of the event's field.
        text: its values, null = empty.
        cells: the cells that they were made from, for messages.
        vocabulary: codes of the state.
    """
    if text.null_count == len(text):
        return []
    known = _known(field, vocabulary)
    if known is not None:
        bad = _invalid(text, pc.is_in(text, value_set=_texts(frozenset(known))))
        return [Problem(bad, unknown_reason(field), _allowed(field, known), cells)] if bad.any() else []
    problems = []
    longest = LONGEST.get(field, LONGEST_OTHER)
    bad = _invalid(text, pc.less_equal(pc.utf8_length(text), longest))
    if bad.any():
        problems.append(Problem(bad, unknown_reason(field), f"is longer than {longest} characters", cells))
    bad = _invalid(text, pc.invert(pc.match_substring_regex(text, _CONTROL)))
    if bad.any():
        problems.append(Problem(bad, unknown_reason(field), "holds control characters", cells))
    return problems


def _known(field: str, vocabulary: Vocabulary) -> Collection[str] | None:
    return {
        "outcome": OUTCOMES,
        "service": vocabulary.services,
        "area": vocabulary.places,
        "metric": vocabulary.metrics,
    }.get(field)


@lru_cache(maxsize=32)
def _texts(known: frozenset[str]) -> pa.Array:
    return pa.array(sorted(known), pa.string())


def _allowed(field: str, known: Collection[str]) -> str:
    if len(known) <= 20:
        return f"is not known; {nearest('', known)}"
    return f"is not one of the {len(known)} codes that the reference data hold for {field}"


def _invalid(text: pa.Array, good: pa.Array) -> Mask:
    return pc.and_(text.is_valid(), pc.invert(pc.fill_null(good, True))).to_numpy(zero_copy_only=False)


def outside(numbers: np.ndarray[tuple[int], np.dtype[np.float64]], limits: Range | None) -> Mask:
    """Which numbers are outside a range; NaN is not."""
    bad = np.zeros(len(numbers), bool)
    if limits is None:
        return bad
    with np.errstate(invalid="ignore"):
        if limits.least is not None:
            bad |= numbers < limits.least
        if limits.most is not None:
            bad |= numbers > limits.most
    return bad


def range_words(limits: Range) -> str:
    """A range in words."""
    least = "" if limits.least is None else f"at least {limits.least:g}"
    most = "" if limits.most is None else f"at most {limits.most:g}"
    return f"must be {' and '.join(part for part in (least, most) if part)}"
