"""The closed expression language of indicators: text → checked tree → linear form, numbers or SQL.

    sum     = product (("+" | "-") product)*
    product = factor (("*" | "×" | "/" | "÷") factor)*
    factor  = number | "-" factor | "(" sum ")" | measure | measure "(" service ("," service)* ")"
            | "level" | "readings" | "sum" | "expected" | "assets" | "declared" "(" metric ("," metric)* ")"
            | "population" | "lakh" | "crore"

A bare measure is the sum over the indicator's own subjects. Every leaf is summed over the area first, so a quotient is
always a ratio of sums. Division by zero gives no value (NaN, SQL null), never zero and never infinity.
There is nothing else in the language: no functions of Python, no SQL, no names that are not listed above.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.measure import CASE_FLOWS, CASE_STOCKS

Cells = NDArray[np.float64]

#: Measures of services; bare or with service codes in parentheses.
SERVICE_MEASURES: Final = (*CASE_FLOWS, *CASE_STOCKS)
#: Measures of metrics; always with metric codes in parentheses. Values are in the metric's unit, not thousandths.
METRIC_FLOW_MEASURES: Final = ("readings", "sum", "expected")
METRIC_LEVEL_MEASURES: Final = ("level", "assets")
#: From reference data: assets that ought to report a metric; people living in the area.
DECLARED: Final = "declared"
POPULATION: Final = "population"
METRIC_MEASURES: Final = (*METRIC_FLOW_MEASURES, *METRIC_LEVEL_MEASURES, DECLARED)
CONSTANTS: Final[Mapping[str, float]] = {"lakh": 1e5, "crore": 1e7}
#: Measures kept in thousandths; divided once, after summing.
THOUSANDTHS: Final = frozenset({"sum", "expected", "level"})

_TOKEN: Final = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>[-+*/×÷(),−]))")
_SAME_MARK: Final = {"×": "*", "÷": "/", "−": "-"}
_MAX_DEPTH: Final = 40
_OPERATORS: Final[Mapping[str, Callable[[Cells, Cells], Cells]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


class ExpressionError(Exception):
    """An expression breaks the grammar or names something unknown.

    Attributes:
        message: what is wrong and what is allowed.
        column: 1-based place in the expression.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.message = message
        self.column = column


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """A leaf: one measure, summed over subjects and over the area.

    Attributes:
        measure: one of SERVICE_MEASURES, METRIC_MEASURES or `population`.
        subjects: codes, sorted and distinct; empty only for `population`.
    """

    measure: str
    subjects: tuple[str, ...] = ()

    @property
    def is_service(self) -> bool:
        """Whether it counts cases (else readings, or people)."""
        return self.measure in SERVICE_MEASURES

    @property
    def is_stock(self) -> bool:
        """Whether it is a fact of the present instant, the same in every period that ends now."""
        return self.measure in CASE_STOCKS or self.measure in METRIC_LEVEL_MEASURES

    @property
    def is_static(self) -> bool:
        """Whether it comes from reference data alone."""
        return self.measure in {DECLARED, POPULATION}


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands and one of + - * /."""

    sign: str
    left: Node
    right: Node


Node = Number | Term | Operation

#: A linear form: value = sum of coefficient × term + constant.
Linear = tuple[dict[Term, float], float]


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression.

    Attributes:
        text: as written.
        root: its tree.
    """

    text: str
    root: Node

    def terms(self) -> tuple[Term, ...]:
        """The distinct leaves, in order of appearance."""
        return tuple(dict.fromkeys(_leaves(self.root)))

    def linear(self) -> Linear | None:
        """The same as coefficients of terms, or None if a term is multiplied or divided by a term."""
        return _linear(self.root)

    def is_one(self) -> bool:
        """Whether it is the constant 1, the denominator of indicators that only count."""
        return self.root == Number(1.0)


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may speak of.

    Attributes:
        subjects: the indicator's own subjects, in the order of reference data.
        services: codes of all services.
        metrics: codes of all metrics.
    """

    subjects: tuple[str, ...]
    services: frozenset[str]
    metrics: frozenset[str]


def parse(text: str, names: Names) -> Expression:
    """Read an expression.

    Args:
        text: as in the catalogue, e.g. `overdue / open` or `sum(ksrtc_trips_run)`.
        names: what may be named.

    Returns:
        The tree, with bare measures bound to the indicator's subjects.

    Raises:
        ExpressionError: at the first thing that is not in the language or not in `names`.
    """
    return Expression(text, _Parser(text, names).whole())


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str, names: Names) -> None:
        self._names = names
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._sum()
        kind, value, column = self._peek()
        if kind != "end":
            raise ExpressionError(f"`{value}` is not expected here; an operator + - * / or the end is", column)
        return node

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._next]

    def _take(self) -> tuple[str, str, int]:
        token = self._tokens[self._next]
        self._next += token[0] != "end"
        return token

    def _expect(self, mark: str) -> None:
        kind, value, column = self._take()
        if value != mark or kind != "mark":
            raise ExpressionError(f"`{mark}` is missing before {value or 'the end'}", column)

    def _chain(self, operand: Callable[[], Node], signs: str) -> Node:
        node = operand()
        while self._peek()[0] == "mark" and self._peek()[1] in signs:
            sign = self._take()[1]
            node = Operation(sign, node, operand())
        return node

    def _sum(self) -> Node:
        return self._chain(self._product, "+-")

    def _product(self) -> Node:
        return self._chain(self._factor, "*/")

    def _factor(self) -> Node:
        kind, value, column = self._take()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ExpressionError(f"more than {_MAX_DEPTH} signs and parentheses inside each other", column)
        try:
            if kind == "number":
                return Number(float(value))
            if (kind, value) == ("mark", "-"):
                return Operation("-", Number(0.0), self._factor())
            if (kind, value) == ("mark", "("):
                node = self._sum()
                self._expect(")")
                return node
            if kind == "name":
                return self._named(value, column)
        finally:
            self._depth -= 1
        raise ExpressionError(f"a number, a measure or `(` is expected, not {value or 'the end'}", column)

    def _named(self, name: str, column: int) -> Node:
        if name in CONSTANTS:
            return Number(CONSTANTS[name])
        if name == POPULATION:
            return Term(POPULATION)
        called = self._peek()[:2] == ("mark", "(")
        if name in METRIC_MEASURES:
            if not called:
                raise ExpressionError(f"`{name}` needs a metric: {name}(metric_code)", column)
            return Term(name, self._codes(self._names.metrics, "metric"))
        if name in SERVICE_MEASURES:
            if called:
                return Term(name, self._codes(self._names.services, "service"))
            return Term(name, self._own_services(name, column))
        raise ExpressionError(f"`{name}` is not known; {_allowed()}", column)

    def _own_services(self, name: str, column: int) -> tuple[str, ...]:
        own = tuple(sorted(set(self._names.subjects) & self._names.services))
        if not own:
            raise ExpressionError(f"`{name}` counts cases, but none of the indicator's subjects is a service", column)
        return own

    def _codes(self, known: frozenset[str], what: str) -> tuple[str, ...]:
        self._expect("(")
        codes: set[str] = set()
        while True:
            kind, value, column = self._take()
            if kind != "name" or value not in known:
                near = _nearest(value, known)
                raise ExpressionError(f"`{value}` is not a {what} of the reference data{near}", column)
            codes.add(value)
            kind, value, column = self._take()
            if value == ")":
                return tuple(sorted(codes))
            if value != ",":
                raise ExpressionError(f"`,` or `)` is missing before {value or 'the end'}", column)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and 1-based column of every token; the last is the end."""
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            raise ExpressionError(f"`{text[column - 1]}` is not part of the language; {_allowed()}", column)
        kind = str(match.lastgroup)
        value = match.group(kind)
        yield kind, _SAME_MARK.get(value, value), match.start(kind) + 1
        at = match.end()
    yield "end", "", len(text) + 1


def _allowed() -> str:
    services, metrics = ", ".join(SERVICE_MEASURES), ", ".join(f"{name}(…)" for name in METRIC_MEASURES)
    return f"allowed are numbers, + - * / ( ), the measures {services}, and {metrics}, {POPULATION}, lakh, crore"


def _nearest(word: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for error messages

    close = get_close_matches(word, known, n=3)
    return f"; nearest: {', '.join(close)}" if close else ""


def _leaves(node: Node) -> Iterator[Term]:
    match node:
        case Term():
            yield node
        case Operation():
            yield from _leaves(node.left)
            yield from _leaves(node.right)


def _linear(node: Node) -> Linear | None:
    match node:
        case Number():
            return {}, node.value
        case Term():
            return {node: 1.0}, 0.0
        case Operation():
            left, right = _linear(node.left), _linear(node.right)
            if left is None or right is None:
                return None
            return _combine(node.sign, left, right)


def _combine(sign: str, left: Linear, right: Linear) -> Linear | None:
    (left_terms, left_rest), (right_terms, right_rest) = left, right
    if sign in "+-":
        by = 1.0 if sign == "+" else -1.0
        terms = dict(left_terms)
        for term, coefficient in right_terms.items():
            terms[term] = terms.get(term, 0.0) + by * coefficient
        return terms, left_rest + by * right_rest
    if sign == "*" and not left_terms:
        left_terms, left_rest, right_terms, right_rest = right_terms, right_rest, left_terms, left_rest
    if right_terms or (sign == "/" and right_rest == 0):
        return None
    act: Callable[[float, float], float] = operator.mul if sign == "*" else operator.truediv
    return {term: act(value, right_rest) for term, value in left_terms.items()}, act(left_rest, right_rest)


def compute(node: Node, value_of: Callable[[Term], Cells]) -> Cells:
    """Work a tree out.

    Args:
        node: the tree.
        value_of: a leaf's values, already summed over subjects and areas.

    Returns:
        The values in the shape of the leaves (a constant has no axes); NaN where something was divided by zero.
    """
    match node:
        case Number():
            return np.asarray(node.value)
        case Term():
            return value_of(node)
        case Operation():
            left, right = compute(node.left, value_of), compute(node.right, value_of)
            if node.sign == "/":
                return _divide(left, right)
            return np.asarray(_OPERATORS[node.sign](left, right))


def _divide(left: Cells, right: Cells) -> Cells:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(right == 0, np.nan, left / right)


def to_sql(node: Node, column_of: Callable[[Term], str]) -> str:
    """The same tree as a portable SQL expression of doubles; null where something was divided by zero.

    Args:
        node: the tree.
        column_of: a leaf's column name, a double already summed over subjects and area.
    """
    match node:
        case Number():
            return f"cast({node.value!r} as double)"
        case Term():
            return column_of(node)
        case Operation():
            left, right = to_sql(node.left, column_of), to_sql(node.right, column_of)
            return f"({left} / nullif({right}, 0))" if node.sign == "/" else f"({left} {node.sign} {right})"
