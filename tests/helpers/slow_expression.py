"""What an expression means, worked out slowly: one number at a time, None for no value.

Shares the tree with the product and nothing else: no arrays, no SQL, no code of indicators/expression/meaning.py.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from indicators.expression import Call, Expression, Missing, Nested, Node, Number, Operation, PerArea, Ruled, Term
from tests.helpers.fake_board import FakeBoard

SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "<": operator.lt, "<=": operator.le,
         ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne}  # fmt: skip
#: A measure in an area, by itself if the measure says so; None = nothing was reported.
Leaf = Callable[[Term, int], float | None]


class Slow:
    """Expressions over leaves; areas in pre-order with the ends of their subtrees."""

    def __init__(self, leaf: Leaf, area_end: list[int]) -> None:
        self.leaf = leaf
        self.area_end = area_end

    def of(self, expression: Expression, area: int) -> float | None:
        return self.judged(expression.root, expression.missing, area)

    def judged(self, node: Node, missing: Missing, area: int) -> float | None:
        seen: list[bool] = []
        value = self.walk(node, missing, area, seen)
        if missing == Missing.NULL and not all(seen):
            return None
        if missing == Missing.SKIP and seen and not any(seen):
            return None
        return value

    def walk(self, node: Node, missing: Missing, area: int, seen: list[bool]) -> float | None:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Term) and node.is_static:
            return self.leaf(node, area)
        if isinstance(node, Term | PerArea | Nested):
            value = self.measure(node, missing, area)
            seen.append(value is not None)
            return 0.0 if value is None else value
        if isinstance(node, Ruled):
            return self.judged(node.root, node.missing, area)
        if isinstance(node, Operation):
            left, right = self.walk(node.left, missing, area, seen), self.walk(node.right, missing, area, seen)
            return None if left is None or right is None else self.operation(node.sign, left, right)
        assert isinstance(node, Call)
        return self.call(node, missing, area, seen)

    def measure(self, node: Term | PerArea | Nested, missing: Missing, area: int) -> float | None:
        if isinstance(node, Term):
            return self.leaf(node, area)
        if isinstance(node, Nested):
            assert node.root is not None
            return self.judged(node.root, missing, area)
        values = []
        for inner in range(area, self.area_end[area]):
            terms = [term for term in Expression("", node.root).terms() if not term.is_static]
            if any(self.leaf(term, inner) not in {None, 0} or self.was_read(term, inner) for term in terms):
                values.append(self.judged(node.root, missing, inner))
        known = [value for value in values if value is not None]
        if not known:
            return None
        return {
            "sum": math.fsum(known), "count": len(known), "average": math.fsum(known) / len(known),
            "minimum": min(known), "maximum": max(known),
        }[node.spread]  # fmt: skip

    def was_read(self, term: Term, area: int) -> bool:
        """A reading of 0 is a reading; a count of 0 is nothing that was recorded."""
        return not term.is_service and self.leaf(term, area) is not None

    def operation(self, sign: str, left: float, right: float) -> float | None:
        if sign == "/":
            return left / right if right else None
        if sign in {"and", "or"}:
            return float(bool(left) and bool(right)) if sign == "and" else float(bool(left) or bool(right))
        return float(SIGNS[sign](left, right))

    def bare(self, node: Node, missing: Missing, area: int) -> float | None:
        if isinstance(node, Term | PerArea | Nested):
            return self.measure(node, missing, area)
        return self.judged(node, Missing.SKIP if missing == Missing.ZERO else missing, area)

    def call(self, node: Call, missing: Missing, area: int, seen: list[bool]) -> float | None:
        if node.name == "is_missing":
            return float(self.bare(node.operands[0], missing, area) is None)
        if node.name == "first_value":
            values = [self.bare(operand, missing, area) for operand in node.operands]
            return next((value for value in values if value is not None), None)
        if node.name == "if":
            asked = self.walk(node.operands[0], missing, area, seen)
            return None if asked is None else self.walk(node.operands[1 if asked else 2], missing, area, seen)
        values = [self.walk(operand, missing, area, seen) for operand in node.operands]
        if None in values:
            return None
        return self.function(node.name, [value for value in values if value is not None])

    def function(self, name: str, values: list[float]) -> float | None:
        match name:
            case "not":
                return float(not values[0])
            case "greatest":
                return max(values)
            case "least":
                return min(values)
            case "log" | "log10":
                return getattr(math, name)(values[0]) if values[0] > 0 else None
            case "remainder":
                return math.fmod(values[0], values[1]) if values[1] else None
            case "power":
                base, exponent = values
                is_defined = base > 0 or (base == 0 and exponent >= 0) or (base < 0 and exponent == int(exponent))
                return base**exponent if is_defined else None
        raise AssertionError(name)


def board_leaf(board: FakeBoard, period_of: Callable[[Term], str], numbers: dict[Term, float]) -> Leaf:
    """Measures of a fake board, added up cell by cell.

    Args:
        board: the numbers.
        period_of: the period that a measure is of.
        numbers: numbers of the calendar.
    """
    reference = board.reference

    def cell(measure: str, term: Term, inside: range) -> int:
        name = {"sum": "reading_sum", "expected": "expected_sum", "average": "reading_sum"}.get(measure, measure)
        index = reference.service_index if term.is_service else reference.metric_index
        rows = [index[code] for code in term.subjects]
        leaf = board.leaf[period_of(term), name]
        return sum(int(leaf[row, place]) for row in rows for place in inside)

    def leaf(term: Term, area: int) -> float | None:
        inside = range(area, area + 1 if term.own else int(reference.area_end[area]))
        if term in numbers:
            return numbers[term]
        if term.measure == "population":
            return 1000.0
        if term.measure == "areas":
            return float(sum(reference.areas[place].level == term.level for place in inside))
        if term.measure == "declared":
            places = [reference.area_index[asset.area] for asset in reference.assets.values()]
            return float(sum(place in inside for place in places) * len(term.subjects))
        if term.is_service:
            return float(cell(term.measure, term, inside))
        readings = cell("readings", term, inside)
        if not readings:
            return None
        value = cell(term.measure, term, inside) / (readings if term.measure == "average" else 1)
        return value / 1000 if term.measure in {"sum", "expected", "average"} else value

    return leaf
