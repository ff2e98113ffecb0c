"""What indicators have in common once their subjects are left out.

The catalogue has thousands of indicators and a few dozen formulas: "decided in time ÷ decided" is one, whatever service
it is said of. Indicators of one pattern are evaluated together, for every subject and area at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from indicators.definition import Definition, TimeOperator
from indicators.expression import Expression, Node, Number, Term
from indicators.expression.tree import rebuilt

_DECIDED: Final = Expression("", Term("decided", ("0",)))
_ONE: Final = Expression("", Number(1.0))
#: The sets of subjects that stand in a pattern's places, in the order of their numbers. Codes.
Subjects: TypeAlias = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A formula with numbers in place of subjects: its terms have the subjects ("0",), ("1",) and so on, or none.

    Attributes:
        numerator, denominator, factor, quantile, time: as in a definition.
    """

    numerator: Expression
    denominator: Expression
    factor: float
    quantile: float | None
    time: TimeOperator

    @property
    def is_count(self) -> bool:
        """Whether it has no denominator of its own."""
        return self.denominator.is_one() and self.quantile is None


def pattern_of(item: Definition) -> tuple[Pattern, Subjects]:
    """An indicator as a pattern and the subjects that it is about; a quantile is one of all its services together."""
    if item.quantile is not None:
        services = {code for term in item.numerator.terms() if term.is_service for code in term.subjects}
        return Pattern(_DECIDED, _ONE, item.factor, item.quantile, item.time), (tuple(sorted(services)),)
    numbers: dict[tuple[str, ...], int] = {}

    def numbered(node: Node) -> Node | None:
        if not isinstance(node, Term) or not node.subjects:
            return None
        return replace(node, subjects=(str(numbers.setdefault(node.subjects, len(numbers))),))

    numerator, denominator = (
        Expression("", rebuilt(expression.root, numbered), expression.missing)
        for expression in (item.numerator, item.denominator)
    )
    return Pattern(numerator, denominator, item.factor, item.quantile, item.time), tuple(numbers)


def subjects_of(item: Definition) -> tuple[str, ...]:
    """Codes of all subjects that an indicator's expressions name, sorted."""
    terms = (*item.numerator.terms(), *item.denominator.terms())
    return tuple(sorted({code for term in terms for code in term.subjects}))


def codes_of(subjects: Subjects) -> tuple[str, ...]:
    """All codes, each once, sorted."""
    return tuple(sorted({code for some in subjects for code in some}))
