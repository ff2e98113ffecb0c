"""Expressions of DHIS2 in the language of the house.

Only words change: what an expression means is said in indicators/expression/meaning.py, and what DHIS2 means by its
words in docs/indicators.md. The syntax read here is that of dhis2-antlr-expression-parser 1.0, as far as indicators
have it; functions of program rules (`d2:…`, `V{…}`) and of predictors (`avg(…)`, `median(…)`) are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from indicators.expression import ExpressionError

#: Aggregation types, as the words of `.aggregate(…)`. LAST looks back before the period, LAST_IN_PERIOD does not.
AGGREGATES: Final[Mapping[str, str]] = {
    "SUM": "sum", "COUNT": "count", "AVERAGE": "average", "AVERAGE_SUM_ORG_UNIT": "day_average",
    "MIN": "minimum", "MAX": "maximum", "MIN_SUM_ORG_UNIT": "minimum, sum", "MAX_SUM_ORG_UNIT": "maximum, sum",
    "LAST": "latest", "LAST_AVERAGE_ORG_UNIT": "latest, average",
    "LAST_IN_PERIOD": "last", "LAST_IN_PERIOD_AVERAGE_ORG_UNIT": "last, average",
    "STDDEV": "stddev", "VARIANCE": "variance",
}  # fmt: skip
#: Completeness of data sets.
_RATES: Final[Mapping[str, str]] = {
    "REPORTING_RATE": "100 * reports({0}) / reports_expected({0})",
    "REPORTING_RATE_ON_TIME": "100 * reports_on_time({0}) / reports_expected({0})",
    "ACTUAL_REPORTS": "reports({0})",
    "ACTUAL_REPORTS_ON_TIME": "reports_on_time({0})",
    "EXPECTED_REPORTS": "reports_expected({0})",
}
_CALENDAR: Final[Mapping[str, str]] = {
    "[days]": "period_days", "[periodInYear]": "period_in_year", "[yearlyPeriodCount]": "periods_per_year",
}  # fmt: skip
#: Functions of an area inside subExpression, and the areas that they ask for by name of a group (see ReportedTable).
_OF_AREA: Final[Mapping[str, str]] = {
    "orgUnit.group": "{}", "orgUnit.ancestor": "below_{}", "orgUnit.dataSet": "reporting_{}",
}  # fmt: skip
_PLAIN: Final[Mapping[str, str]] = {
    "firstNonNull": "first_value", "greatest": "greatest", "least": "least", "if": "if", "log10": "log10",
    "contains": "contains", "isNull": "is_missing", "subExpression": "per_area",
}  # fmt: skip
_LITERALS: Final[Mapping[str, str]] = {"true": "1", "false": "0", "null": "nothing"}
_TOKEN: Final = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<item>(?:\#|N|R|C|D|I|A|V|OUG)\{[^}]*\}|\[\w+\])"
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<after>\.(?:aggregationType|maxDate|minDate|periodOffset|yearToDate|stageOffset)\([^)]*\))"
    r"|(?P<word>[A-Za-z][\w:.]*)"
    r"|\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>(?:[^'\\]|\\.)*)'"
    r"|(?P<mark>&&|\|\||[<>=!]=|[-+*/%^!<>(),])",
    re.DOTALL,
)
_SAME: Final[Mapping[str, str]] = {"&&": "and", "||": "or", "!": "not"}
#: How tightly signs bind, there and here.
_LOOSE, _OR, _AND, _NOT, _COMPARED, _SUM, _PRODUCT, _WHOLE = range(8)
#: In DHIS2 orders bind tighter than equalities; here both are comparisons, and there is one at a time.
_LEVELS: Final = (("or",), ("and",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
_BINDS: Final[Mapping[str, int]] = {
    "or": _OR, "and": _AND, **dict.fromkeys(("==", "!=", "<", ">", "<=", ">="), _COMPARED), "+": _SUM, "-": _SUM,
    "*": _PRODUCT, "/": _PRODUCT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Codes:
    """What things are called here.

    Attributes:
        of: our code by their id, e.g. of a data element; one that is not named keeps its id.
        constants: numbers by the id of a constant.
    """

    of: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, told: str) -> str:
        """Our code."""
        return self.of.get(told, told)


def in_house_words(text: str, codes: Codes | None = None) -> str:
    """An expression of DHIS2 as one of indicators/expression.

    Args:
        text: as in the field numerator or denominator of an indicator.
        codes: what its ids are called here.

    Raises:
        ExpressionError: it is not in their syntax, or says something that there is no word for; with its column.
    """
    return _Translation(text, codes or Codes()).whole()


def aggregate(name: str, column: int = 1) -> str:
    """An aggregation type as a modifier.

    Args:
        name: e.g. MAX_SUM_ORG_UNIT.
        column: where it stands.

    Raises:
        ExpressionError: there is no word for it.
    """
    if name not in AGGREGATES:
        raise ExpressionError(f"aggregation type {name!r} has no like here; known are {', '.join(AGGREGATES)}", column)
    return f".aggregate({AGGREGATES[name]})"


@dataclass(frozen=True, slots=True)
class _Said:
    """A part in our words. Attributes: binds: how tightly its loosest sign does."""

    text: str
    binds: int = _WHOLE

    def at_least(self, binds: int) -> str:
        """In parentheses if it would fall apart."""
        return self.text if self.binds >= binds else f"({self.text})"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


class _Translation:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str, codes: Codes) -> None:
        self._codes, self._tokens, self._next, self._inside = codes, _tokens(text), 0, 0

    def whole(self) -> str:
        said = self._level(0)
        self._end()
        return said.text

    def _end(self) -> None:
        token = self._tokens[self._next]
        if token.kind != "end":
            raise ExpressionError(f"`{token.text}` is not expected here", token.column)

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += token.kind != "end"
        return token

    def _is(self, *signs: str) -> bool:
        token = self._tokens[self._next]
        return token.kind == "mark" and token.text in signs

    def _level(self, level: int) -> _Said:
        """A chain of signs that bind alike. Args: place in _LEVELS."""
        if level == len(_LEVELS):
            return self._signed()
        left = self._level(level + 1)
        while self._is(*_LEVELS[level]):
            sign = self._take().text
            left = self._joined(sign, left, self._level(level + 1))
        return left

    def _joined(self, sign: str, left: _Said, right: _Said) -> _Said:
        nothing = [one for one in (left, right) if one.text == "nothing"]
        if sign in {"==", "!="} and nothing:
            other = f"is_missing({(left if right in nothing else right).text})"
            return _Said(other) if sign == "==" else _Said(f"not {other}", _NOT)
        if sign == "%":
            return _Said(f"remainder({left.text}, {right.text})")
        binds = _BINDS[sign]
        loosest = binds + (binds == _COMPARED)  # one comparison at a time
        return _Said(f"{left.at_least(loosest)} {sign} {right.at_least(binds + 1)}", binds)

    def _signed(self) -> _Said:
        if self._is("+"):
            self._take()
            return self._signed()
        if self._is("-"):
            self._take()
            return _Said(f"-{self._signed().at_least(_WHOLE)}", _PRODUCT)
        if self._is("not"):
            self._take()
            return _Said(f"not {self._signed().at_least(_COMPARED)}", _NOT)
        return self._power()

    def _power(self) -> _Said:
        base = self._changed()
        if not self._is("^"):
            return base
        self._take()
        return _Said(f"power({base.text}, {self._signed().text})")

    def _changed(self) -> _Said:
        """An operand and what stands after it with a dot."""
        said = self._operand()
        while self._tokens[self._next].kind == "after":
            said = _Said(said.at_least(_WHOLE) + _modifier(self._take()))
        return said

    def _operand(self) -> _Said:
        token = self._take()
        match token.kind:
            case "number":
                return _Said(_plain(token.text))
            case "text":
                return _Said(f"'{token.text}'")
            case "item":
                return self._item(token)
            case "word":
                return self._word(token)
        if token.text != "(":
            raise ExpressionError(f"a number, an item or `(` is expected, not {token.text or 'the end'}", token.column)
        said = self._level(0)
        self._close()
        return _Said(f"({said.text})") if said.binds < _WHOLE else said

    def _close(self) -> None:
        token = self._take()
        if token.text != ")":
            raise ExpressionError(f"`)` is missing before {token.text or 'the end'}", token.column)

    def _item(self, token: _Token) -> _Said:
        if token.text.startswith("["):
            if token.text not in _CALENDAR:
                raise ExpressionError(f"`{token.text}` is not known; known are {', '.join(_CALENDAR)}", token.column)
            return _Said(_CALENDAR[token.text])
        kind, told = token.text[:-1].split("{", 1)
        if kind == "R":
            return self._rate(told, token.column)
        if kind == "V":
            raise ExpressionError(f"`{token.text}` is a variable of program rules and has no like here", token.column)
        if kind in {"N", "C", "OUG"}:
            constant = self._codes.constants.get(told)
            if kind == "C" and constant is None and told not in self._codes.of:
                raise ExpressionError(f"`{token.text}`: the export has no such constant", token.column)
            value = self._codes[told] if constant is None else f"({_plain(repr(constant))})"
            return _Said({"N": f"#{self._codes[told]}", "OUG": f"areas({self._codes[told]})"}.get(kind, value))
        return self._element(told, token)

    def _element(self, told: str, token: _Token) -> _Said:
        if not re.fullmatch(r"[A-Za-z]\w*(\.(\w+|\*)){0,2}", told):
            raise ExpressionError(
                f"`{token.text}`: tags, groups and several ids at once have no like here", token.column
            )
        parts = told.split(".")
        while parts[-1] == "*":
            parts.pop()
        whole = ".".join(parts)
        code = self._codes.of.get(whole) or ".".join("all" if part == "*" else self._codes[part] for part in parts)
        return _Said(f"reported({code})")

    def _rate(self, told: str, column: int) -> _Said:
        code, _, kind = told.partition(".")
        if kind not in _RATES:
            raise ExpressionError(f"`{told}` needs one of {', '.join(_RATES)} after a dot", column)
        text = _RATES[kind].format(self._codes[code])
        return _Said(text, _PRODUCT if " " in text else _WHOLE)

    def _word(self, token: _Token) -> _Said:
        name = token.text
        if name in _LITERALS:
            return _Said(_LITERALS[name])
        if not self._is("("):
            raise ExpressionError(f"`{name}` is not known", token.column)
        self._take()
        if name in _OF_AREA:
            return self._of_area(name, token.column)
        if name == "is":
            return self._is_in()
        self._inside += name == "subExpression"
        said = _called(name, self._operands(), token.column)
        self._inside -= name == "subExpression"
        return said

    def _operands(self) -> list[_Said]:
        said = [self._level(0)]
        while self._is(","):
            self._take()
            said.append(self._level(0))
        self._close()
        return said

    def _of_area(self, name: str, column: int) -> _Said:
        if not self._inside:
            raise ExpressionError(f"`{name}` is about areas by themselves: it stands inside subExpression( )", column)
        groups: list[str] = []
        while not groups or self._is(","):
            self._next += bool(groups)
            groups.append(_OF_AREA[name].format(self._codes[self._take().text]))
        self._close()
        return _Said(" + ".join(f"areas({group})" for group in groups) + " > 0", _COMPARED)

    def _is_in(self) -> _Said:
        asked = self._level(0)
        token = self._take()
        if token.text != "in":
            raise ExpressionError(f"`in` is missing before {token.text or 'the end'}", token.column)
        either = [f"{asked.at_least(_SUM)} == {one.at_least(_SUM)}" for one in self._operands()]
        return _Said(" or ".join(either), _OR if len(either) > 1 else _COMPARED)


def _called(name: str, said: list[_Said], column: int) -> _Said:
    """A function of some operands."""
    if name in _PLAIN:
        return _Said(f"{_PLAIN[name]}({', '.join(one.text for one in said)})")
    match name, said:
        case "isNotNull", [one]:
            return _Said(f"not is_missing({one.text})", _NOT)
        case "removeZeros", [one]:
            return _Said(f"if({one.at_least(_SUM)} == 0, nothing, {one.text})")
        case "log", [one]:
            return _Said(f"log({one.text})")
        case "log", [one, base]:
            return _Said(f"log({one.text}) / log({base.text})", _PRODUCT)
    raise ExpressionError(f"`{name}({', '.join('…' for _ in said)})` has no like here", column)


def _plain(number: str) -> str:
    """A number with all of its digits and no exponent."""
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"`{text[at]}` is not part of DHIS2's expressions", at + 1)
        kind, column, at = str(match.lastgroup), match.start() + 1, match.end()
        said = match[kind]
        if kind == "word" and said in {"and", "or", "not"}:
            kind = "mark"
        elif kind in {"double", "single"}:
            kind, said = "text", re.sub(r"\\(.)", r"\1", said)
            if "'" in said:
                raise ExpressionError("a text with an apostrophe cannot be said here", column)
        if kind != "space":
            found.append(_Token(kind, _SAME.get(said, said) if kind == "mark" else said, column))
    return [*found, _Token("end", "", len(text) + 1)]


_DATE: Final = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*")


def _modifier(token: _Token) -> str:
    name, inside = token.text[1:-1].split("(", 1)
    match name:
        case "aggregationType":
            return aggregate(inside.strip(), token.column)
        case "yearToDate":
            return ".year_to_date()"
        case "periodOffset" if re.fullmatch(r"\s*[-+]?\d+\s*", inside):
            return f".shift({int(inside)})"
        case "minDate" | "maxDate" if found := _DATE.fullmatch(inside):
            year, month, day = map(int, found.groups())
            return f".{'since' if name == 'minDate' else 'until'}('{year}-{month:02}-{day:02}')"
    raise ExpressionError(f"`{token.text}` has no like here", token.column)
