"""How the screens' style sheets paint a drawing, for paper, which knows neither classes nor custom properties.

The sheets stay the only place that says how a drawing looks. Of CSS this reads what drawings are styled with: elements
and classes, alone, together or inside each other, and `var()`; the values are those of the desk, which is light. Rules
for narrow screens, a pointer or the keyboard do not count on paper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warehouse.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ASSETS: Final = Path(__file__).resolve().parents[3] / "assets"
#: Properties that are attributes in SVG too.
_PAINT: Final = frozenset(
    {
        "fill",
        "stroke",
        "stroke-width",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "font-size",
        "font-weight",
        "text-anchor",
    }
)
_TOKENS_OF: Final = frozenset({":root", "[data-theme=desk]"})
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
#: An at-rule with the rules inside it.
_AT_RULE: Final = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULE: Final = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMPOUND: Final = re.compile(r"[a-z]*(?:\.[\w-]+)*")
_NAME: Final = re.compile(r"\.?[\w-]+")
_VAR: Final = re.compile(r"var\((--[\w-]+)\)")

#: An element by its tag and its classes, these with their dot: {"path", ".cm-chart__line"}.
Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Rule:
    inside: tuple[Names, ...]
    paint: dict[str, str]

    @property
    def weight(self) -> tuple[int, int]:
        """Classes before tags."""
        names = [name for compound in self.inside for name in compound]
        classes = sum(name.startswith(".") for name in names)
        return classes, len(names) - classes

    def meets(self, way: Sequence[Names]) -> bool:
        """Whether it is about the last element of a way from the drawing down."""
        *outer, last = self.inside
        if not last <= way[-1]:
            return False
        above = iter(reversed(way[:-1]))
        return all(any(one <= names for names in above) for one in reversed(outer))


class Stylesheet:
    """Rules, the one that counts more after the others."""

    def __init__(self, css: str) -> None:
        """Args: the sheets behind each other."""
        blocks = list(_blocks(css))
        self._tokens = dict(
            one for selectors, told in blocks if _TOKENS_OF & set(selectors) for one in told if one[0].startswith("--")
        )
        rules = [
            _Rule(inside, {name: value for name, value in told if name in _PAINT})
            for selectors, told in blocks
            for inside in map(_inside, selectors)
            if inside and any(name in _PAINT for name, _ in told)
        ]
        self._rules = sorted(rules, key=lambda rule: rule.weight)

    def paint(self, way: Sequence[Names]) -> dict[str, str]:
        """SVG attributes of an element.

        Args:
            way: the drawing, what is inside it, and so on to the element itself.

        Raises:
            InternalError: its rule names a custom property that the desk does not have.
        """
        found: dict[str, str] = {}
        for rule in self._rules:
            if rule.meets(way):
                found |= rule.paint
        return {name: self._valued(value) for name, value in found.items()}

    def _valued(self, value: str) -> str:
        def told(found: re.Match[str]) -> str:
            if found[1] not in self._tokens:
                raise InternalError(f"{found[1]} has no value on the desk")
            return self._tokens[found[1]]

        return _VAR.sub(told, value).removesuffix("px").replace("transparent", "none")


@cache
def screens() -> Stylesheet:
    """The style sheets of the screens."""
    return Stylesheet("\n".join(path.read_text(encoding="utf-8") for path in sorted(_ASSETS.glob("*.css"))))


def _blocks(css: str) -> Iterator[tuple[list[str], list[tuple[str, str]]]]:
    """Selectors and declarations of each rule."""
    for selectors, told in _RULE.findall(_AT_RULE.sub("", _COMMENT.sub("", css))):
        pairs = [one.partition(":") for one in told.split(";") if ":" in one]
        yield [one.strip() for one in selectors.split(",")], [(name.strip(), value.strip()) for name, _, value in pairs]


def _inside(selector: str) -> tuple[Names, ...]:
    """Its compounds from outside in; empty where it says more than elements and classes."""
    compounds = selector.split()
    if not all(_COMPOUND.fullmatch(one) for one in compounds):
        return ()
    return tuple(frozenset(_NAME.findall(one)) for one in compounds)
