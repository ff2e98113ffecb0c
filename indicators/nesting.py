"""Indicators inside indicators: `#code` becomes the tree of that indicator, and circles are found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from indicators.expression import (
    AS_ASKED,
    Expression,
    ExpressionError,
    Nested,
    Node,
    Number,
    Operation,
    PerArea,
    Ruled,
)
from indicators.expression.tree import moved, owned, parts, rebuilt

#: An indicator of indicators of indicators … with more nodes than this is a mistake, and slow.
_MOST_NODES: Final = 2000


@dataclass(frozen=True, slots=True)
class Formula:
    """What one indicator is worked out from.

    Attributes:
        numerator, denominator: expressions; the denominator 1 means that there is none.
        factor: the quotient is multiplied by it.
        is_quotient: False for a quantile, which is no formula and cannot be nested.
        place: where it was written, for messages; may be empty.
    """

    numerator: Expression
    denominator: Expression
    factor: float = 1.0
    is_quotient: bool = True
    place: str = ""

    @property
    def expressions(self) -> tuple[Expression, Expression]:
        """Numerator and denominator."""
        return self.numerator, self.denominator

    @property
    def value(self) -> Node:
        """Factor × numerator ÷ denominator as one tree, each with its own missing-value rule."""
        node: Node = Ruled(self.numerator.root, self.numerator.missing)
        if not self.denominator.is_one():
            node = Operation("/", node, Ruled(self.denominator.root, self.denominator.missing))
        return node if self.factor == 1 else Operation("*", Number(self.factor), node)


class Nesting:
    """All formulas of a catalogue, put into each other on demand."""

    def __init__(self, formulas: Mapping[str, Formula]) -> None:
        """Args: by code."""
        self._formulas = formulas
        self._done: dict[str, Formula] = {}

    def resolved(self, code: str) -> Formula:
        """A formula without `#`.

        Raises:
            ExpressionError: if it refers to an unknown indicator, to a quantile, to itself, or grows beyond all
                measure; the column is that of the reference in this formula.
        """
        return self._resolved(code, ())

    def _resolved(self, code: str, above: tuple[str, ...]) -> Formula:
        if code not in self._done:
            formula = self._formulas[code]
            made = [self._expression(expression, (*above, code)) for expression in formula.expressions]
            self._done[code] = replace(formula, numerator=made[0], denominator=made[1])
        return self._done[code]

    def _expression(self, expression: Expression, above: tuple[str, ...]) -> Expression:
        if not has_nested(expression):
            return expression

        def change(part: Node) -> Node | None:
            return self._put_in(part, above) if isinstance(part, Nested) else None

        root = rebuilt(expression.root, change)
        if sum(1 for _ in parts(root)) > _MOST_NODES:
            first = next(_nested(expression))
            raise ExpressionError(f"#{first.code} makes it longer than {_MOST_NODES} operations", first.column)
        return replace(expression, root=root)

    def _put_in(self, nested: Nested, above: tuple[str, ...]) -> Nested:
        formula = self._formulas.get(nested.code)
        if formula is None:
            near = get_close_matches(nested.code, self._formulas, n=3)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise ExpressionError(f"there is no indicator `#{nested.code}`{hint}", nested.column)
        if nested.code in above:
            circle = (*above[above.index(nested.code) :], nested.code)
            way = " → ".join(self._called(code) for code in circle)
            raise ExpressionError(f"`#{nested.code}` refers to itself: {way}", nested.column)
        if not formula.is_quotient:
            raise ExpressionError(f"`#{nested.code}` is a quantile, which has no formula to be put in", nested.column)
        try:
            root = self._resolved(nested.code, above).value
        except ExpressionError as error:
            raise ExpressionError(error.message, nested.column) from None
        if nested.own:
            if any(isinstance(part, PerArea) for part in parts(root)):
                message = f"`#{nested.code}` has a per_area of its own and cannot stand inside another"
                raise ExpressionError(message, nested.column)
            root = owned(root)
        return Nested(nested.code, moved(root, nested.when), AS_ASKED, nested.column, nested.own)

    def _called(self, code: str) -> str:
        place = self._formulas[code].place
        return f"{code} ({place})" if place else code


def has_nested(expression: Expression) -> bool:
    """Whether an expression refers to another indicator that has not been put in."""
    return next(_nested(expression), None) is not None


def _nested(expression: Expression) -> Iterator[Nested]:
    return (part for part in parts(expression.root) if isinstance(part, Nested) and part.root is None)
