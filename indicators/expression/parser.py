"""Text → checked tree.

    either   = both ("or" both)*
    both     = denied ("and" denied)*
    denied   = "not" denied | compared
    compared = sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)?
    sum      = product (("+" | "-") product)*
    product  = factor (("*" | "/") factor)*
    factor   = "-" factor | operand modifier*
    operand  = number | "nothing" | "'" text "'" | "(" either ")" | function "(" either ("," either)* ")"
             | measure | measure "(" code ("," code)* ")" | "areas" "(" level ")" | "#" indicator
             | "per_area" "(" either ")" | constant
    modifier = "." ("shift" "(" "-"? number ")" | "last_year" "(" ")" | "year_to_date" "(" ")"
             | "since" "(" date ")" | "until" "(" date ")" | "aggregate" "(" name ("," name)? ")")

× ÷ − ≤ ≥ ≠ mean the same as * / - <= >= !=. A bare measure is the sum over the indicator's own subjects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from indicators.expression.tree import (
    AGGREGATES,
    AREAS,
    COMPARISONS,
    CONSTANTS,
    FUNCTIONS,
    METRIC_MEASURES,
    NOTHING,
    PER_AREA,
    PERIOD_NUMBERS,
    POPULATION,
    REPORT_MEASURES,
    REPORTED,
    SERVICE_MEASURES,
    Call,
    Expression,
    ExpressionError,
    Missing,
    Names,
    Nested,
    Node,
    Number,
    Operation,
    PerArea,
    Spread,
    Term,
    Text,
    When,
    moved,
    owned,
    parts,
    rebuilt,
)

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|'(?P<text>[^']*)'"
    r"|(?P<mark><=|>=|==|!=|[-+*/×÷(),−<>≤≥≠#.]))"
)
_SAME_MARK: Final = {"×": "*", "÷": "/", "−": "-", "≤": "<=", "≥": ">=", "≠": "!="}
_MAX_DEPTH: Final = 40
_MAX_TOKENS: Final = 1500
#: So many operands of one sign in a row; the tree grows as deep.
_MAX_CHAIN: Final = 150
_MODIFIERS: Final = ("shift", "last_year", "year_to_date", "since", "until", "aggregate")
#: Words with a meaning of their own; a constant of the catalogue cannot be called so.
RESERVED: Final = frozenset(
    {*SERVICE_MEASURES, *METRIC_MEASURES, *REPORT_MEASURES, *PERIOD_NUMBERS, *FUNCTIONS, *CONSTANTS, REPORTED,
     PER_AREA, POPULATION, AREAS, NOTHING, "and", "or", "not"}
)  # fmt: skip
_TEXT_MEASURES: Final = frozenset({"minimum", "maximum", "first", "last"})

_Token = tuple[str, str, int]


def parse(text: str, names: Names, missing: Missing = Missing.SKIP) -> Expression:
    """Read an expression.

    Args:
        text: as in the catalogue, e.g. `overdue / open` or `sum(ksrtc_trips_run)`.
        names: what may be named.
        missing: what counts of which nothing was reported.

    Returns:
        The tree, with bare measures bound to the indicator's subjects.

    Raises:
        ExpressionError: at the first thing that is not in the language or not in `names`.
    """
    return Expression(text, _Parser(text, names).whole(), missing)


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str, names: Names) -> None:
        self._names = names
        self._tokens = list(_tokens(text))
        if len(self._tokens) > _MAX_TOKENS:
            raise ExpressionError(f"more than {_MAX_TOKENS} words and signs", self._tokens[_MAX_TOKENS][2])
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._either()
        kind, value, column = self._peek()
        if kind != "end":
            raise ExpressionError(f"`{value}` is not expected here; an operator + - * / or the end is", column)
        self._number(node, 1)
        return self._settled(node)

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += token[0] != "end"
        return token

    def _is_next(self, kind: str, *values: str) -> bool:
        return self._peek()[0] == kind and self._peek()[1] in values

    def _expect(self, mark: str) -> None:
        kind, value, column = self._take()
        if value != mark or kind != "mark":
            raise ExpressionError(f"`{mark}` is missing before {value or 'the end'}", column)

    def _chain(self, operand: Callable[[], Node], kind: str, *signs: str) -> Node:
        column, length = self._peek()[2], 1
        node = operand()
        while self._is_next(kind, *signs):
            length += 1
            if length > _MAX_CHAIN:
                message = f"more than {_MAX_CHAIN} operands in a row; measures take several codes: sum(a, b, …)"
                raise ExpressionError(message, self._peek()[2])
            sign, after = self._take()[1], self._peek()[2]
            right = operand()
            self._number(node, column)
            self._number(right, after)
            node = Operation(sign, node, right)
        return node

    def _either(self) -> Node:
        return self._chain(self._both, "name", "or")

    def _both(self) -> Node:
        return self._chain(self._denied, "name", "and")

    def _denied(self) -> Node:
        if not self._is_next("name", "not"):
            return self._compared()
        column = self._take()[2]
        return self._deeper(column, lambda: Call("not", (self._numeric(self._denied),)))

    def _compared(self) -> Node:
        left = self._sum()
        if not self._is_next("mark", *COMPARISONS):
            return left
        _, sign, column = self._take()
        right = self._sum()
        if self._is_text(left) != self._is_text(right):
            raise ExpressionError(f"`{sign}` compares numbers with numbers and texts with texts", column)
        if self._is_next("mark", *COMPARISONS):
            raise ExpressionError("one comparison at a time; join two of them with `and`", self._peek()[2])
        return Operation(sign, left, right)

    def _sum(self) -> Node:
        return self._chain(self._product, "mark", "+", "-")

    def _product(self) -> Node:
        return self._chain(self._factor, "mark", "*", "/")

    def _factor(self) -> Node:
        token = self._take()
        return self._deeper(token[2], lambda: self._signed(token))

    def _deeper(self, column: int, read: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise ExpressionError(f"more than {_MAX_DEPTH} signs and parentheses inside each other", column)
        node = read()
        self._depth -= 1
        return node

    def _signed(self, token: _Token) -> Node:
        if token[:2] == ("mark", "-"):
            return Operation("-", Number(0.0), self._numeric(self._factor))
        node = self._operand(*token)
        while self._is_next("mark", "."):
            self._take()
            node = self._modified(node)
        return node

    def _operand(self, kind: str, value: str, column: int) -> Node:
        match kind, value:
            case "number", _:
                return Number(float(value))
            case "text", _:
                return Text(value)
            case "mark", "(":
                node = self._either()
                self._expect(")")
                return node
            case "mark", "#":
                return self._nested(column)
            case "name", _:
                return self._named(value, column)
        raise ExpressionError(f"a number, a measure or `(` is expected, not {value or 'the end'}", column)

    def _nested(self, column: int) -> Node:
        kind, value, after = self._take()
        if kind != "name":
            raise ExpressionError(f"the code of an indicator is missing after `#`, before {value or 'the end'}", after)
        return Nested(value, column=column)

    def _named(self, name: str, column: int) -> Node:
        constants = {**CONSTANTS, **self._names.constants}
        if name in constants:
            return Number(constants[name])
        if name == NOTHING:
            return Call(NOTHING, ())
        called = self._is_next("mark", "(")
        if called and name == PER_AREA:
            return self._per_area(column)
        if called and name in FUNCTIONS:
            return self._call(name, column)
        if called and name == AREAS:
            return self._areas()
        return self._measure(name, column, called=called)

    def _measure(self, name: str, column: int, *, called: bool) -> Node:
        if name == POPULATION or name in PERIOD_NUMBERS:
            return Term(name)
        if name in METRIC_MEASURES or name == REPORTED:
            if not called:
                raise ExpressionError(f"`{name}` needs a metric: {name}(metric_code)", column)
            return Term(name, self._codes(self._names.metrics, "metric"))
        if name in REPORT_MEASURES:
            return Term(name, self._data_sets(name, column))
        if name not in SERVICE_MEASURES:
            raise ExpressionError(f"`{name}` is not known; {self._allowed()}", column)
        own = self._codes(self._names.services, "service") if called else self._own_services(name, column)
        return Term(name, own)

    def _own_services(self, name: str, column: int) -> tuple[str, ...]:
        own = tuple(sorted(set(self._names.subjects) & self._names.services))
        if not own:
            raise ExpressionError(f"`{name}` counts cases, but none of the indicator's subjects is a service", column)
        return own

    def _data_sets(self, name: str, column: int) -> tuple[str, ...]:
        if not self._names.data_sets:
            said = f"`{name}` is known for tables of reported values only; on the board completeness is "
            raise ExpressionError(f"{said}assets(metric) / declared(metric), or readings(metric) / …", column)
        return self._codes(self._names.data_sets, "data set")

    def _areas(self) -> Node:
        self._expect("(")
        _, value, column = self._take()
        if value not in self._names.levels:
            raise ExpressionError(f"`{value}` is not a level; levels are {', '.join(self._names.levels)}", column)
        self._expect(")")
        return Term(AREAS, level=value)

    def _codes(self, known: frozenset[str], what: str) -> tuple[str, ...]:
        self._expect("(")
        codes: set[str] = set()
        while True:
            kind, value, column = self._take()
            while kind == "name" and self._is_next("mark", "."):
                self._take()
                value += f".{self._take()[1]}"
            if kind != "name" or value not in known:
                near = _nearest(value, known)
                raise ExpressionError(f"`{value}` is not a {what} of the reference data{near}", column)
            codes.add(value)
            kind, value, column = self._take()
            if value == ")":
                return tuple(sorted(codes))
            if value != ",":
                raise ExpressionError(f"`,` or `)` is missing before {value or 'the end'}", column)

    def _call(self, name: str, column: int) -> Node:
        self._expect("(")
        read = self._textual if name == "contains" else lambda: self._numeric(self._either)
        operands = [read()]
        while self._is_next("mark", ","):
            self._take()
            operands.append(read())
        self._expect(")")
        least, most = FUNCTIONS[name]
        if not least <= len(operands) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise ExpressionError(f"`{name}` takes {wanted} operands, not {len(operands)}", column)
        return Call(name, tuple(operands))

    def _per_area(self, column: int) -> Node:
        self._expect("(")
        root = self._numeric(self._either)
        self._expect(")")
        inside = list(parts(root))
        if any(isinstance(part, PerArea) for part in inside):
            raise ExpressionError("per_area inside per_area: an area by itself has no areas", column)
        if not any(isinstance(part, Nested) or (isinstance(part, Term) and not part.is_static) for part in inside):
            raise ExpressionError("per_area needs a measure of something that is recorded in areas", column)
        return PerArea(owned(root))

    def _modified(self, node: Node) -> Node:
        _, name, column = self._take()
        if name not in _MODIFIERS:
            raise ExpressionError(f"`.{name}` is not known; modifiers are .{', .'.join(_MODIFIERS)}", column)
        self._expect("(")
        if name == "aggregate":
            changed = self._aggregated(node, column)
        else:
            if not any(isinstance(part, Term | Nested) for part in parts(node)):
                raise ExpressionError(f"`.{name}` stands after a measure or after parentheses with measures", column)
            changed = moved(node, self._when(name))
        self._expect(")")
        return changed

    def _when(self, name: str) -> When:
        if name == "year_to_date":
            return When(to_date=True)
        if name == "last_year":
            return When(years=-1)
        if name in {"since", "until"}:
            _, value, column = self._take()
            try:
                day = date.fromisoformat(value)
            except ValueError:
                raise ExpressionError(f"a day such as '2026-04-01' is needed, not `{value}`", column) from None
            return When(since=day) if name == "since" else When(until=day)
        sign = -1 if self._is_next("mark", "-") else 1
        self._next += sign < 0
        kind, value, column = self._take()
        if kind != "number" or not value.isdigit():
            raise ExpressionError(f"a whole number of periods is needed, not `{value}`", column)
        return When(shift=sign * int(value))

    def _aggregated(self, node: Node, column: int) -> Node:
        over_time = self._word(AGGREGATES)
        over_areas = None
        if self._is_next("mark", ","):
            self._take()
            over_areas = Spread(self._word([str(spread) for spread in Spread]))
        if isinstance(node, PerArea):
            if over_time not in list(Spread) or over_areas is not None:
                raise ExpressionError(f"per_area is put together by one of {', '.join(Spread)}", column)
            return replace(node, spread=Spread(over_time))
        found = 0

        def change(part: Node) -> Node | None:
            nonlocal found
            if isinstance(part, PerArea):
                return part
            if not (isinstance(part, Term) and part.measure == REPORTED):
                return None
            found += 1
            made = replace(part, measure=AGGREGATES[over_time])
            return made if over_areas is None else PerArea(owned(made), over_areas)

        changed = rebuilt(node, change)
        if not found:
            raise ExpressionError("`.aggregate` stands after reported(…), per_area(…) or parentheses with them", column)
        return changed

    def _word(self, allowed: Iterable[str]) -> str:
        _, value, column = self._take()
        if value not in allowed:
            raise ExpressionError(f"one of {', '.join(allowed)} is needed, not `{value}`", column)
        return value

    def _settled(self, node: Node) -> Node:
        """Every `reported` as the measure that it stands for; what is a text is known."""

        def change(part: Node) -> Node | None:
            if not isinstance(part, Term):
                return None
            if part.measure != REPORTED:
                return replace(part, is_text=self._is_text(part))
            meant = {self._aggregate_of(code) for code in part.subjects}
            if len(meant) > 1:
                said = ", ".join(sorted(meant))
                raise ExpressionError(f"`{part}` would be {said}; say which by .aggregate(…)", 1)
            settled = replace(part, measure=meant.pop())
            return replace(settled, is_text=self._is_text(settled))

        return rebuilt(node, change)

    def _aggregate_of(self, code: str) -> str:
        default = "maximum" if code in self._names.texts else "sum"
        return self._names.aggregate_of.get(code, default)

    def _is_text(self, node: Node) -> bool:
        if isinstance(node, Term):
            as_text = node.measure in _TEXT_MEASURES or node.measure == REPORTED
            return as_text and any(code in self._names.texts for code in node.subjects)
        return isinstance(node, Text)

    def _numeric(self, read: Callable[[], Node]) -> Node:
        column = self._peek()[2]
        node = read()
        self._number(node, column)
        return node

    def _textual(self) -> Node:
        column = self._peek()[2]
        node = self._either()
        if not self._is_text(node):
            raise ExpressionError("`contains` looks for texts in a text", column)
        return node

    def _number(self, node: Node, column: int) -> None:
        if self._is_text(node):
            raise ExpressionError("a text can only be compared: == != < <= > >=, or searched by contains(…)", column)

    def _allowed(self) -> str:
        services, metrics = ", ".join(SERVICE_MEASURES), ", ".join(f"{name}(…)" for name in METRIC_MEASURES)
        functions = ", ".join(f"{name}(…)" for name in (*FUNCTIONS, PER_AREA, AREAS))
        constants = ", ".join([POPULATION, *PERIOD_NUMBERS, NOTHING, *CONSTANTS, *self._names.constants])
        return (
            f"allowed are numbers, + - * / ( ), comparisons, and, or, not, #indicator_code, the measures {services}, "
            f"and {metrics}, {functions}, {constants}"
        )


def _tokens(text: str) -> Iterator[_Token]:
    """Kind, text and 1-based column of every token; the last is the end."""
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            raise ExpressionError(f"`{text[column - 1]}` is not part of the language", column)
        kind = str(match.lastgroup)
        value = match.group(kind)
        quote = kind == "text"
        yield kind, _SAME_MARK.get(value, value) if kind == "mark" else value, match.start(kind) + 1 - quote
        at = match.end()
    yield "end", "", len(text) + 1


def _nearest(word: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only for error messages

    close = get_close_matches(word, known, n=3)
    return f"; nearest: {', '.join(close)}" if close else ""
