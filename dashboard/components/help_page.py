"""The body of the help page: short answers, what the marks mean, the accessibility statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.components import html
from dashboard.components.heading import heading
from dashboard.components.mark import band_mark, cleared_mark, normal_mark, stale_mark
from dashboard.components.panel import panel
from warehouse.value import Band

if TYPE_CHECKING:
    from dashboard.components.html import Element
    from dashboard.components.svg import Svg
    from dashboard.views.asked import Asked
    from dashboard.views.place import Link, Name

_ANSWERS: Final = (
    "file",
    "holder",
    "number",
    "order",
    "small",
    "past",
    "filter",
    "runs_out",
    "closed",
    "rooms",
    "wrong",
    "keys",
)
_STATEMENT: Final = ("aim", "checked", "known", "report")


def help_page(asked: Asked, title: Name, home: Link) -> Element:
    """The body of the page.

    Args:
        asked: the request, for its language.
        title: heading in both languages.
        home: first crumb.
    """
    answers: list[Element] = []
    for name in _ANSWERS:
        answers += [html.Dt(asked.text(f"help.{name}.question")), html.Dd(asked.text(f"help.{name}.answer"))]
    statement: list[Element] = [html.P(asked.text(f"help.accessibility.{name}")) for name in _STATEMENT]
    return html.Div(
        [
            heading(title, (home,), title, asked.lang),
            panel(asked.text("help.answers"), html.Dl(answers, className="cm-help")),
            panel(asked.text("help.marks"), html.Ul(_marks(asked), className="cm-help")),
            panel(asked.text("help.accessibility.title"), html.Div(statement, className="cm-help")),
        ],
        className="cm-body",
    )


def _marks(asked: Asked) -> list[Element]:
    shapes: tuple[tuple[str, Svg | None], ...] = (
        ("red", band_mark(Band.RED)),
        ("amber", band_mark(Band.AMBER)),
        ("normal", normal_mark()),
        ("late", stale_mark()),
        ("cleared", cleared_mark()),
    )
    return [html.Li([shape, " ", asked.text(f"help.mark.{name}")]) for name, shape in shapes]
