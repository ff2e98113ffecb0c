"""The tree of an expression: constants, measures, operations, functions; and what a modifier does to it.

Modifiers of time are pushed down to the measures while an expression is read, so that a tree has them in one place
only: Term.when.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final

from warehouse.measure import CASE_FLOWS, CASE_STOCKS

#: Measures of services; bare or with service codes in parentheses.
SERVICE_MEASURES: Final = (*CASE_FLOWS, *CASE_STOCKS)
#: Measures of metrics; always with metric codes in parentheses. Values are in the metric's unit, not thousandths.
METRIC_FLOW_MEASURES: Final = ("readings", "sum", "expected", "average", "minimum", "maximum", "first", "last",
                               "stddev", "variance", "day_average")  # fmt: skip
METRIC_LEVEL_MEASURES: Final = ("level", "assets")
#: From reference data: assets that ought to report a metric; people living in the area; areas of a level in it.
DECLARED: Final = "declared"
POPULATION: Final = "population"
AREAS: Final = "areas"
METRIC_MEASURES: Final = (*METRIC_FLOW_MEASURES, *METRIC_LEVEL_MEASURES, DECLARED)
#: What was reported, aggregated as the metric says or as `.aggregate(…)` says.
REPORTED: Final = "reported"
#: Completeness of data sets: reports that came, came in time, and ought to come.
REPORT_MEASURES: Final = ("reports", "reports_on_time", "reports_expected")
#: Numbers of the calendar.
PERIOD_NUMBERS: Final = ("period_days", "period_in_year", "periods_per_year")
CONSTANTS: Final[Mapping[str, float]] = {"lakh": 1e5, "crore": 1e7}
#: Measures kept in thousandths; divided once, after summing.
THOUSANDTHS: Final = frozenset({"sum", "expected", "level", "average"})

#: What `.aggregate(…)` takes, and the measure of metrics that it makes.
AGGREGATES: Final[Mapping[str, str]] = {
    "sum": "sum", "count": "readings", "average": "average", "minimum": "minimum", "maximum": "maximum",
    "first": "first", "last": "last", "stddev": "stddev", "variance": "variance", "latest": "level",
    "day_average": "day_average",
}  # fmt: skip
#: Functions and how many operands they take, at least and at most.
FUNCTIONS: Final[Mapping[str, tuple[int, int]]] = {
    "if": (3, 3), "is_missing": (1, 1), "first_value": (1, 99), "greatest": (1, 99), "least": (1, 99),
    "power": (2, 2), "remainder": (2, 2), "log": (1, 1), "log10": (1, 1), "contains": (2, 99),
}  # fmt: skip
PER_AREA: Final = "per_area"
#: No value, for a branch of `if`.
NOTHING: Final = "nothing"
COMPARISONS: Final = ("<", "<=", ">", ">=", "==", "!=")
_ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip


class Missing(StrEnum):
    """What a measure counts of which nothing was reported."""

    SKIP = "skip"  # 0, but if nothing at all was reported there is no value
    NULL = "null"  # no value, and none of the whole expression
    ZERO = "zero"  # 0


class Spread(StrEnum):
    """How the values of areas are put together."""

    SUM = "sum"
    AVERAGE = "average"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    COUNT = "count"


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
class When:
    """Which time a measure is of, seen from the period that is asked for.

    Attributes:
        shift: so many periods later; negative is earlier.
        years: so many years later; negative is earlier.
        to_date: from the first day of the year to the end of the period.
        since: only what was reported for periods that begin on this day or later.
        until: only what was reported for periods that end on this day or earlier.
    """

    shift: int = 0
    years: int = 0
    to_date: bool = False
    since: date = date.min
    until: date = date.max

    def moved(self, by: When) -> When:
        """Both together: an inner modifier and one around it."""
        return When(
            self.shift + by.shift,
            self.years + by.years,
            self.to_date or by.to_date,
            max(self.since, by.since),
            min(self.until, by.until),
        )

    def __str__(self) -> str:
        said = [f".shift({self.shift})"] if self.shift else []
        said += [".last_year()"] * -self.years
        said += [".year_to_date()"] if self.to_date else []
        said += [f".since('{self.since}')"] if self.since != date.min else []
        return "".join([*said, *([f".until('{self.until}')"] if self.until != date.max else [])])


#: The period itself.
AS_ASKED: Final = When()


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """A leaf: one measure, summed over subjects and over the area.

    Attributes:
        measure: one of SERVICE_MEASURES, METRIC_MEASURES, REPORT_MEASURES, PERIOD_NUMBERS, `population`, `areas`.
        subjects: codes, sorted and distinct; empty for `population`, `areas` and numbers of the calendar.
        when: which time it is of.
        own: of the area itself, without those below it: stands inside per_area.
        level: level of the areas that `areas` counts.
        is_text: its values are texts or dates.
    """

    measure: str
    subjects: tuple[str, ...] = ()
    when: When = AS_ASKED
    own: bool = False
    level: str = ""
    is_text: bool = False

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
        """Whether it comes from reference data or the calendar alone; it is never missing."""
        return self.measure in {DECLARED, POPULATION, AREAS} or self.measure in PERIOD_NUMBERS

    @property
    def presence(self) -> Term | None:
        """The measure that is 0 exactly where nothing was reported; None if 0 is a count like any other."""
        if self.is_static or self.measure not in METRIC_MEASURES:
            return None
        return replace(self, measure="assets" if self.measure in METRIC_LEVEL_MEASURES else "readings")

    def __str__(self) -> str:
        inside = ", ".join(self.subjects) or self.level
        return f"{self.measure}({inside}){self.when}" if inside else f"{self.measure}{self.when}"


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A constant text or date, for comparisons."""

    value: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands and one of + - * /, of COMPARISONS, or `and`, `or`. What is true is 1, what is not is 0."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """One of FUNCTIONS, `not`, or `nothing`, which has no operands."""

    name: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class PerArea:
    """Worked out for every area in which something was recorded by itself; then put together.

    Attributes:
        root: the expression for one area; its terms are `own`.
        spread: how.
    """

    root: Node
    spread: Spread = Spread.SUM


@dataclass(frozen=True, slots=True)
class Nested:
    """The value of another indicator.

    Attributes:
        code: of the indicator.
        root: its factor × numerator ÷ denominator; None until the catalogue is complete.
        when: which time it is of; once there is a root, its terms say so.
        column: 1-based place in the expression.
        own: stands inside per_area.
    """

    code: str
    root: Node | None = None
    when: When = AS_ASKED
    column: int = field(default=1, compare=False)
    own: bool = False


@dataclass(frozen=True, slots=True)
class Ruled:
    """A part with a missing-value rule of its own: numerator and denominator of a nested indicator."""

    root: Node
    missing: Missing


Node = Number | Text | Term | Operation | Call | PerArea | Nested | Ruled

#: A linear form: value = sum of coefficient × term + constant.
Linear = tuple[dict[Term, float], float]


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression.

    Attributes:
        text: as written.
        root: its tree.
        missing: what counts of which nothing was reported.
    """

    text: str
    root: Node
    missing: Missing = Missing.SKIP
    _terms: tuple[Term, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        leaves = dict.fromkeys(node for node in parts(self.root) if isinstance(node, Term))
        object.__setattr__(self, "_terms", tuple(leaves))

    def terms(self) -> tuple[Term, ...]:
        """The distinct leaves, in order of appearance; those inside per_area and nested indicators too."""
        return self._terms

    def linear(self) -> Linear | None:
        """The same as coefficients of terms, or None if there is more to it than sums of multiples of terms.

        What is missing counts 0 in a linear form; whether there is a value at all is another question.
        """
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
        constants: named numbers of the catalogue.
        levels: codes of the levels of area.
        data_sets: codes of forms whose reports are awaited; none on the board.
        texts: metrics whose values are texts or dates; none on the board.
        aggregate_of: the measure that `reported` stands for, by metric; `sum` for all others.
    """

    subjects: tuple[str, ...]
    services: frozenset[str]
    metrics: frozenset[str]
    constants: Mapping[str, float] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    data_sets: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    aggregate_of: Mapping[str, str] = field(default_factory=dict)


def children(node: Node) -> tuple[Node, ...]:
    """The parts that a node is made of."""
    match node:
        case Operation():
            return node.left, node.right
        case Call():
            return node.operands
        case PerArea() | Ruled():
            return (node.root,)
        case Nested() if node.root is not None:
            return (node.root,)
    return ()


def parts(node: Node) -> Iterator[Node]:
    """A node and everything below it, in order of appearance."""
    yield node
    for child in children(node):
        yield from parts(child)


def rebuilt(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """A tree with some of its nodes replaced.

    Args:
        node: the tree.
        change: a node's replacement, which is taken as it is; None = look at its parts.
    """
    changed = change(node)
    if changed is not None:
        return changed
    match node:
        case Operation():
            return Operation(node.sign, rebuilt(node.left, change), rebuilt(node.right, change))
        case Call():
            return Call(node.name, tuple(rebuilt(operand, change) for operand in node.operands))
        case PerArea() | Ruled():
            return replace(node, root=rebuilt(node.root, change))
        case Nested() if node.root is not None:
            return replace(node, root=rebuilt(node.root, change))
    return node


def moved(node: Node, by: When) -> Node:
    """The same at another time."""

    def change(part: Node) -> Node | None:
        if isinstance(part, Term) or (isinstance(part, Nested) and part.root is None):
            return replace(part, when=part.when.moved(by))
        return None

    return rebuilt(node, change) if by != AS_ASKED else node


def owned(node: Node) -> Node:
    """The same of areas by themselves."""

    def change(part: Node) -> Node | None:
        if isinstance(part, Term) or (isinstance(part, Nested) and part.root is None):
            return replace(part, own=True)
        return None

    return rebuilt(node, change)


def _linear(node: Node) -> Linear | None:
    match node:
        case Number():
            return {}, node.value
        case Term():
            return {node: 1.0}, 0.0
        case Operation() if node.sign in _ARITHMETIC:
            left, right = _linear(node.left), _linear(node.right)
            if left is None or right is None:
                return None
            return _combine(node.sign, left, right)
    return None


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
    act = _ARITHMETIC[sign]
    return {term: act(value, right_rest) for term, value in left_terms.items()}, act(left_rest, right_rest)
