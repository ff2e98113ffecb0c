"""HTML elements of a page, as light as a tree of them can be; written out by dashboard/markup.py.

They are composed as Dash's html components are – children first, props by Dash's names – but are no Dash components:
those check and copy every prop when they are made, which took a quarter of a page's processor time
(docs/decisions/0006-pages-as-markup.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias


class Element:
    """One element with what stands in it.

    Attributes:
        tag: its name in HTML.
        children: an element, a text, a number, a list of them, or None.
        props: attributes by Dash's names: className, tabIndex, data-…, aria-…; None leaves one out.
    """

    __slots__ = ("children", "props", "tag")

    def __init__(self, tag: str, children: Node = None, **props: Any) -> None:
        self.tag, self.children, self.props = tag, children, props


#: What may stand in an element.
Node: TypeAlias = "Element | str | float | Sequence[Node] | None"

A = partial(Element, "a")
Aside = partial(Element, "aside")
B = partial(Element, "b")
Button = partial(Element, "button")
Caption = partial(Element, "caption")
Code = partial(Element, "code")
Dd = partial(Element, "dd")
Details = partial(Element, "details")
Div = partial(Element, "div")
Dl = partial(Element, "dl")
Dt = partial(Element, "dt")
Figcaption = partial(Element, "figcaption")
Figure = partial(Element, "figure")
Footer = partial(Element, "footer")
H1 = partial(Element, "h1")
H2 = partial(Element, "h2")
Form = partial(Element, "form")
Header = partial(Element, "header")
I = partial(Element, "i")  # noqa: E741 - its name in HTML
Input = partial(Element, "input")
Label = partial(Element, "label")
Li = partial(Element, "li")
Main = partial(Element, "main")
Nav = partial(Element, "nav")
Ol = partial(Element, "ol")
Option = partial(Element, "option")
P = partial(Element, "p")
S = partial(Element, "s")
Section = partial(Element, "section")
Select = partial(Element, "select")
Span = partial(Element, "span")
Summary = partial(Element, "summary")
Table = partial(Element, "table")
Tbody = partial(Element, "tbody")
Td = partial(Element, "td")
Tfoot = partial(Element, "tfoot")
Th = partial(Element, "th")
Thead = partial(Element, "thead")
Tr = partial(Element, "tr")
Ul = partial(Element, "ul")
