"""What an expression means: the one place that says so, whatever it is worked out with.

The walk below is written over an Algebra of values: arrays (indicators/expression/arrays.py) for the board and for
tables of reported values, SQL text (indicators/expression/sql_text.py) for statements.

Rules:
  * A value may be none. Division by zero, a logarithm of nothing and the like are none; none makes everything it goes
    into none.
  * A measure of which nothing was reported is missing. Missing.ZERO: it counts 0, a text is empty. Missing.NULL: the
    expression has no value. Missing.SKIP: it counts 0, but an expression in which everything is missing has no value.
    Only what is looked at counts: the branch of `if` that is not taken does not.
  * Population, declared assets, areas and numbers of the calendar are never missing, nor do they make up for what is.
  * `nothing` is none, and not missing.
  * is_missing(x) and first_value(x, …) look at their operands without putting a 0 for them.
  * A nested indicator is one measure: it is missing where it has no value by its own rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from indicators.expression.tree import (
    COMPARISONS,
    Call,
    Expression,
    Missing,
    Nested,
    Node,
    Number,
    Operation,
    PerArea,
    Ruled,
    Term,
    Text,
)

Value = TypeVar("Value")


class Algebra(Protocol[Value]):
    """What can be done with values; conditions are values of it too, but only its own methods look into them."""

    def number(self, value: float) -> Value:
        """A constant."""
        ...

    def text(self, value: str) -> Value:
        """A constant text."""
        ...

    def none(self) -> Value:
        """No value."""
        ...

    def arithmetic(self, sign: str, left: Value, right: Value) -> Value:
        """+ - * / of numbers; none if either is, and for a division by zero."""
        ...

    def apply(self, name: str, operands: tuple[Value, ...]) -> Value:
        """power, log, log10, truncated, greater_of, less_of; none where it is not defined."""
        ...

    def compare(self, sign: str, left: Value, right: Value) -> Value:
        """A condition; false if either is none."""
        ...

    def contains(self, text: Value, piece: Value) -> Value:
        """The condition that a text has another one in it."""
        ...

    def is_none(self, value: Value) -> Value:
        """A condition."""
        ...

    def both(self, left: Value, right: Value) -> Value:
        """The conjunction of conditions."""
        ...

    def any_of(self, left: Value, right: Value) -> Value:
        """The disjunction of conditions."""
        ...

    def denied(self, condition: Value) -> Value:
        """The negation of a condition."""
        ...

    def where(self, condition: Value, true: Value, false: Value) -> Value:
        """One value or the other; or one condition or the other."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf(Generic[Value]):
    """What a source says of a measure.

    Attributes:
        value: numbers or texts; anything where it is not known.
        known: the condition that something was reported; None = always.
    """

    value: Value
    known: Value | None = None


class Source(Protocol[Value]):
    """Where the values of measures come from."""

    def term(self, term: Term) -> Leaf[Value]:
        """A measure."""
        ...

    def per_area(self, node: PerArea, missing: Missing) -> Leaf[Value]:
        """An expression worked out for areas by themselves and put together."""
        ...


@dataclass(frozen=True, slots=True)
class _Found(Generic[Value]):
    """A value with what was looked at for it: a condition, or the same everywhere.

    Attributes:
        value: none where there is none.
        some: a measure was there.
        gaps: a measure was missing.
    """

    value: Value
    some: Value | bool = False
    gaps: Value | bool = False


_INNER: Final = {Missing.ZERO: Missing.SKIP, Missing.SKIP: Missing.SKIP, Missing.NULL: Missing.NULL}


class Meaning(Generic[Value]):
    """The meaning of expressions over one source."""

    def __init__(self, algebra: Algebra[Value], source: Source[Value]) -> None:
        """Args: how to calculate, and with what."""
        self._algebra = algebra
        self._source = source

    def of(self, expression: Expression) -> Value:
        """The value of an expression; none where it has none."""
        return self.of_part(expression.root, expression.missing)

    def of_part(self, node: Node, missing: Missing) -> Value:
        """The same for a tree and a rule."""
        found = self._walk(node, missing)
        if missing is Missing.ZERO or found.gaps is False:
            return found.value
        lost = found.gaps
        if missing is Missing.SKIP:
            if found.some is True:
                return found.value
            if not isinstance(found.some, bool):
                nothing = self._algebra.denied(found.some)
                lost = nothing if isinstance(lost, bool) else self._algebra.both(lost, nothing)
        return self._pick(lost, self._algebra.none(), found.value)

    def _walk(self, node: Node, missing: Missing) -> _Found[Value]:
        match node:
            case Number():
                return _Found(self._algebra.number(node.value))
            case Text():
                return _Found(self._algebra.text(node.value))
            case Term() | PerArea() | Nested():
                return self._measured(node, missing)
            case Operation():
                return self._operation(node, missing)
            case Call():
                return self._call(node, missing)
            case Ruled():
                return _Found(self.of_part(node.root, node.missing))

    def _leaf(self, node: Term | PerArea | Nested, missing: Missing) -> Leaf[Value]:
        match node:
            case Term():
                return self._source.term(node)
            case PerArea():
                return self._source.per_area(node, missing)
            case Nested(root=root) if root is not None:
                value = self.of_part(root, missing)
                return Leaf(value, self._algebra.denied(self._algebra.is_none(value)))
        raise AssertionError(f"#{node.code} was not put in")

    def _measured(self, node: Term | PerArea | Nested, missing: Missing) -> _Found[Value]:
        leaf = self._leaf(node, missing)
        if isinstance(node, Term) and node.is_static:
            return _Found(leaf.value)
        if leaf.known is None:
            return _Found(leaf.value, some=True)
        is_text = isinstance(node, Term) and node.is_text
        nothing = self._algebra.text("") if is_text else self._algebra.number(0.0)
        value = self._algebra.where(leaf.known, leaf.value, nothing)
        return _Found(value, leaf.known, self._algebra.denied(leaf.known))

    def _bare(self, node: Node, missing: Missing) -> Value:
        """A value that stays none where it is missing."""
        if isinstance(node, Term | PerArea | Nested):
            leaf = self._leaf(node, missing)
            return leaf.value if leaf.known is None else self._pick(leaf.known, leaf.value, self._algebra.none())
        return self.of_part(node, _INNER[missing])

    def _operation(self, node: Operation, missing: Missing) -> _Found[Value]:
        left, right = self._walk(node.left, missing), self._walk(node.right, missing)
        some, gaps = self._any_of(left.some, right.some), self._any_of(left.gaps, right.gaps)
        if node.sign in COMPARISONS:
            value = self._truth(self._algebra.compare(node.sign, left.value, right.value), left.value, right.value)
        elif node.sign in {"and", "or"}:
            join = self._algebra.both if node.sign == "and" else self._algebra.any_of
            value = self._truth(join(self._is_true(left.value), self._is_true(right.value)), left.value, right.value)
        else:
            value = self._algebra.arithmetic(node.sign, left.value, right.value)
        return _Found(value, some, gaps)

    def _is_true(self, value: Value) -> Value:
        return self._algebra.compare("!=", value, self._algebra.number(0.0))

    def _truth(self, condition: Value, *of: Value) -> Value:
        """A condition as 1 or 0; none where one of the values that it is about is none."""
        value = self._algebra.where(condition, self._algebra.number(1.0), self._algebra.number(0.0))
        for operand in of:
            value = self._algebra.where(self._algebra.is_none(operand), self._algebra.none(), value)
        return value

    def _call(self, node: Call, missing: Missing) -> _Found[Value]:
        match node.name:
            case "is_missing":
                gone = self._algebra.is_none(self._bare(node.operands[0], missing))
                return _Found(self._algebra.where(gone, self._algebra.number(1.0), self._algebra.number(0.0)))
            case "first_value":
                return _Found(self._first(node.operands, missing))
            case "if":
                return self._if(node, missing)
            case "nothing":
                return _Found(self._algebra.none())
        found = [self._walk(operand, missing) for operand in node.operands]
        some: Value | bool = False
        gaps: Value | bool = False
        for one in found:
            some, gaps = self._any_of(some, one.some), self._any_of(gaps, one.gaps)
        return _Found(self._function(node.name, [one.value for one in found]), some, gaps)

    def _first(self, operands: tuple[Node, ...], missing: Missing) -> Value:
        value = self._bare(operands[-1], missing)
        for operand in reversed(operands[:-1]):
            earlier = self._bare(operand, missing)
            value = self._algebra.where(self._algebra.is_none(earlier), value, earlier)
        return value

    def _if(self, node: Call, missing: Missing) -> _Found[Value]:
        asked, then, otherwise = (self._walk(operand, missing) for operand in node.operands)
        holds = self._is_true(asked.value)
        value = self._algebra.where(holds, then.value, otherwise.value)
        value = self._algebra.where(self._algebra.is_none(asked.value), self._algebra.none(), value)
        some = self._any_of(asked.some, self._flag(holds, then.some, otherwise.some))
        return _Found(value, some, self._any_of(asked.gaps, self._flag(holds, then.gaps, otherwise.gaps)))

    def _function(self, name: str, values: list[Value]) -> Value:
        match name:
            case "not":
                return self._truth(self._algebra.denied(self._is_true(values[0])), values[0])
            case "contains":
                found = self._algebra.contains(values[0], values[1])
                for piece in values[2:]:
                    found = self._algebra.both(found, self._algebra.contains(values[0], piece))
                return self._truth(found)
            case "greatest" | "least":
                apply = "greater_of" if name == "greatest" else "less_of"
                chosen = values[0]
                for value in values[1:]:
                    chosen = self._algebra.apply(apply, (chosen, value))
                return chosen
            case "remainder":
                quotient = self._algebra.arithmetic("/", values[0], values[1])
                whole = self._algebra.apply("truncated", (quotient,))
                return self._algebra.arithmetic("-", values[0], self._algebra.arithmetic("*", values[1], whole))
        return self._algebra.apply(name, tuple(values))

    def _pick(self, condition: Value | bool, true: Value, false: Value) -> Value:
        if isinstance(condition, bool):
            return true if condition else false
        return self._algebra.where(condition, true, false)

    def _any_of(self, left: Value | bool, right: Value | bool) -> Value | bool:
        if left is True or right is True:
            return True
        if isinstance(left, bool) or isinstance(right, bool):
            return right if isinstance(left, bool) else left
        return self._algebra.any_of(left, right)

    def _flag(self, condition: Value, true: Value | bool, false: Value | bool) -> Value | bool:
        """One flag where a condition holds, the other elsewhere."""
        if isinstance(true, bool) and isinstance(false, bool):
            if true == false:
                return true
            return condition if true else self._algebra.denied(condition)
        if isinstance(true, bool):
            return self._flag(self._algebra.denied(condition), false, true)
        if isinstance(false, bool):
            kept = self._algebra.denied(condition) if false else None
            return self._algebra.both(condition, true) if kept is None else self._algebra.any_of(kept, true)
        return self._algebra.where(condition, true, false)
