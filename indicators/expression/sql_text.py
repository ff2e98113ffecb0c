"""Values as portable SQL text: doubles, null is none; conditions are SQL conditions that are never null."""

from __future__ import annotations


class SqlAlgebra:
    """See indicators.expression.meaning.Algebra."""

    def number(self, value: float) -> str:
        """A double."""
        return f"cast({value!r} as double)"

    def text(self, value: str) -> str:
        """A text; the language has no quotes inside texts."""
        return f"'{value}'"

    def none(self) -> str:
        """Null."""
        return "cast(null as double)"

    def arithmetic(self, sign: str, left: str, right: str) -> str:
        """+ - * /; null for a division by zero."""
        return f"({left} / nullif({right}, 0))" if sign == "/" else f"({left} {sign} {right})"

    def apply(self, name: str, operands: tuple[str, ...]) -> str:
        """A function; null where it is not defined."""
        one, other = operands[0], operands[-1]
        match name:
            case "log" | "log10":
                called = "ln" if name == "log" else "log10"
                return f"(case when {one} > 0 then {called}({one}) end)"
            case "power":
                of_zero, of_less = f"{one} = 0 and {other} >= 0", f"{one} < 0 and floor({other}) = {other}"
                defined = f"{one} > 0 or ({of_zero}) or ({of_less})"
                return f"(case when {defined} then power({one}, {other}) end)"
            case "truncated":
                return f"(case when {one} < 0 then ceil({one}) else floor({one}) end)"
        better, worse = (">=", "<") if name == "greater_of" else ("<=", ">")
        return f"(case when {one} {better} {other} then {one} when {one} {worse} {other} then {other} end)"

    def compare(self, sign: str, left: str, right: str) -> str:
        """A condition; false if either is null."""
        plain = f"{left} {({'==': '=', '!=': '<>'}).get(sign, sign)} {right}"
        return f"coalesce({plain}, false)"

    def contains(self, text: str, piece: str) -> str:
        """A condition; false if either is null."""
        return f"coalesce(position({piece} in {text}) > 0, false)"

    def is_none(self, value: str) -> str:
        """A condition."""
        return f"({value} is null)"

    def both(self, left: str, right: str) -> str:
        """The conjunction."""
        return f"({left} and {right})"

    def any_of(self, left: str, right: str) -> str:
        """The disjunction."""
        return f"({left} or {right})"

    def denied(self, condition: str) -> str:
        """The negation."""
        return f"(not {condition})"

    def where(self, condition: str, true: str, false: str) -> str:
        """One or the other."""
        return f"(case when {condition} then {true} else {false} end)"
