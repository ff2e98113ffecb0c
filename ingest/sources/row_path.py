"""Where the rows are inside a JSON object: one key, or lists inside the elements of lists.

Who may import it: ingest.mapping, ingest.sources.

`Data` is a list under one key, `Payment.paymentDetails` one inside an object. A slash goes on inside the elements of a
list, and brackets say which of them: `Data/metrics.todaysCollection[groupBy=usageType>paymentMode]/buckets`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

_STEP: Final = re.compile(r"(?P<key>[^/\[\]]+)(?:\[(?P<column>[^/\[\]=|]+)=(?P<values>[^/\[\]=]+)\])?")


@dataclass(frozen=True, slots=True)
class Step:
    """One list on the way.

    Attributes:
        key: of the list; with dots it is looked for inside objects.
        path: the same, taken apart at its dots.
        column: whose text says which elements count; with dots it is looked for inside objects. Empty = all do.
        values: its texts of those that count.
        otherwise: says which count of a list in which none has one of these; None = none does.
    """

    key: str
    path: tuple[str, ...]
    column: str = ""
    values: frozenset[str] = frozenset()
    otherwise: Step | None = None


@cache
def row_path(text: str) -> tuple[Step, ...]:
    """The lists on the way to the rows, from the outside; empty when every object is a row.

    Raises:
        ValueError: the text is not such a way.
    """
    return tuple(_step(part) for part in text.split("/")) if text else ()


def _step(text: str) -> Step:
    found = _STEP.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is neither the key of a list nor one such as key[column=value|value>value]")
    key, column = found["key"], found["column"]
    path = tuple(key.split("."))
    if not column:
        return Step(key, path)
    values, _, less = found["values"].partition(">")
    otherwise = _step(f"{key}[{column}={less}]") if less else None
    return Step(key, path, column, frozenset(values.split("|")), otherwise)
