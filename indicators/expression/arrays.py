"""Values as arrays: NaN is none, an empty text is no text, conditions are arrays of truth values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indicators.expression.tree import Spread

#: Numbers, texts or truth values, of any shape that fits the others.
Cells = NDArray[Any]

_ARITHMETIC: Final[dict[str, Callable[[Cells, Cells], Cells]]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
}  # fmt: skip
_COMPARISONS: Final[dict[str, Callable[[Cells, Cells], Cells]]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal, "!=": np.not_equal,
}  # fmt: skip
_FUNCTIONS: Final[dict[str, Callable[..., Cells]]] = {
    "power": np.power, "log": np.log, "log10": np.log10, "truncated": np.trunc, "greater_of": np.maximum,
    "less_of": np.minimum,
}  # fmt: skip


class ArrayAlgebra:
    """See indicators.expression.meaning.Algebra."""

    def number(self, value: float) -> Cells:
        """A constant, without axes."""
        return np.asarray(value)

    def text(self, value: str) -> Cells:
        """A constant, without axes."""
        return np.asarray(value)

    def none(self) -> Cells:
        """NaN."""
        return np.asarray(np.nan)

    def arithmetic(self, sign: str, left: Cells, right: Cells) -> Cells:
        """+ - * /; NaN for a division by zero."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            made = np.asarray(_ARITHMETIC[sign](left, right))
        return np.where(right == 0, np.nan, made) if sign == "/" else made

    def apply(self, name: str, operands: tuple[Cells, ...]) -> Cells:
        """A function; NaN where it is not defined."""
        with np.errstate(all="ignore"):
            made = np.asarray(_FUNCTIONS[name](*operands))
        if name in {"log", "log10"}:
            return np.where(operands[0] > 0, made, np.nan)
        if name == "power":
            base, exponent = operands
            defined = (base > 0) | ((base == 0) & (exponent >= 0)) | ((base < 0) & (np.trunc(exponent) == exponent))
            return np.where(defined, made, np.nan)
        return made

    def compare(self, sign: str, left: Cells, right: Cells) -> Cells:
        """A condition; false if either is NaN."""
        found = np.asarray(_COMPARISONS[sign](left, right))
        if sign == "!=":
            return found & ~self.is_none(left) & ~self.is_none(right)
        return found

    def contains(self, text: Cells, piece: Cells) -> Cells:
        """Where a text has another one in it."""
        return np.strings.find(text, piece) >= 0

    def is_none(self, value: Cells) -> Cells:
        """Where a number is NaN; a text is never none."""
        return np.isnan(value) if value.dtype.kind == "f" else np.zeros(value.shape, dtype=np.bool_)

    def both(self, left: Cells, right: Cells) -> Cells:
        """The conjunction."""
        return left & right

    def any_of(self, left: Cells, right: Cells) -> Cells:
        """The disjunction."""
        return left | right

    def denied(self, condition: Cells) -> Cells:
        """The negation."""
        return ~condition

    def where(self, condition: Cells, true: Cells, false: Cells) -> Cells:
        """One or the other."""
        return np.where(condition, true, false)


def put_together(values: Cells, known: Cells, spread: Spread, add_up: Callable[[Cells], Cells]) -> Cells:
    """Sum, count or average of the values of areas.

    Args:
        values: of areas by themselves; anything where not known.
        known: which of them have one.
        spread: SUM, COUNT or AVERAGE.
        add_up: the sum over the areas below.

    Returns:
        NaN where no area has a value.
    """
    count = add_up(known.astype(np.float64))
    if spread is Spread.COUNT:
        made = count
    else:
        made = add_up(np.where(known, values, 0.0))
        if spread is Spread.AVERAGE:
            made = made / np.maximum(count, 1)
    return np.where(count > 0, made, np.nan)
