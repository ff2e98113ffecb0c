"""The operator's desk: a document of its own with plain forms, which works without any script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dashboard import format as form
from dashboard.components import html
from dashboard.components.document import files_of, whole_document
from dashboard.components.heading import heading
from dashboard.components.mark import band_mark
from dashboard.components.panel import away, nothing, panel
from dashboard.markup import markup
from dashboard.operator_door import PATH
from dashboard.views.place import Link, texts_named
from warehouse.review_rules import MOST_CHARACTERS
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element, Node
    from dashboard.views.action_points import Point
    from dashboard.views.asked import Asked
    from dashboard.views.operator import OneWall, OperatorView, Reviewing, Standing, Waiting

_STYLES: Final = (
    "vendor/fonts.css", "vendor/bootstrap.css", "00-tokens.css", "05-mark.css", "10-base.css", "30-desk.css",
)  # fmt: skip


def document(asked: Asked, build: str, panels: Sequence[Element], said: str = "", *, is_wrong: bool = False) -> str:
    """The page as HTML.

    Args:
        asked: the request, for its language.
        build: identity of the files that browsers hold.
        panels: what stands below the heading.
        said: what became of what was asked for; "" = nothing was.
        is_wrong: it was not done.
    """
    title = texts_named(asked, "operator.title")
    ways = (
        Link(asked.text("shell.product"), asked.address.to("/").href),
        Link(asked.text("health.title"), asked.address.to("/health").href),
    )
    answer = html.P(said, className="cm-operator__wrong" if is_wrong else "cm-operator__done", role="status")
    body = html.Div(
        html.Main(
            html.Div([heading(title, ways, title, asked.lang), answer if said else "", *panels], className="cm-body"),
            className="cm-main cm-operator",
            id="page-main",
        ),
        className="cm-page",
        lang=asked.lang,
    )
    return whole_document(
        theme="desk",
        lang=asked.lang,
        title=asked.text("operator.tab", title=title.text, product=asked.text("shell.product")),
        body=markup(body, asked.lang),
        files=files_of(_STYLES, (), build),
    )


def entrance(asked: Asked) -> Element:
    """Where a key is asked for."""
    key = html.Input(name="key", type="password", autocomplete="off", required=True, className="cm-operator__key")
    asking = [html.Label([asked.text("operator.key"), " ", key])]
    return panel(
        asked.text("operator.entrance"),
        [html.P(asked.text("operator.why")), _form(asked, "enter", asking, "operator.enter")],
    )


def desk(asked: Asked, view: OperatorView, operator: str) -> list[Element]:
    """What an operator can do. Args: operator: the name on the key."""
    leaving = _form(asked, "leave", [html.Span(asked.text("operator.you_are", name=operator))], "operator.leave")
    return [
        *_dangers(asked, view.dangers),
        *_reviews(asked, view.reviewing),
        panel(
            asked.text("operator.walls"), [_wall(asked, one) for one in view.walls], note=asked.text("operator.held")
        ),
        panel(asked.text("operator.waiting"), _waiting(asked, view.waiting), note=asked.text("operator.mended")),
        panel(asked.text("operator.standing"), _standing(asked, view.standing)),
        panel(asked.text("operator.who"), leaving),
    ]


def _dangers(asked: Asked, dangers: Sequence[tuple[str, str]]) -> list[Element]:
    """What stands on the walls until it is acknowledged here; nothing where nothing does."""
    rows = []
    for code, words in dangers:
        hidden = html.Input(type="hidden", name="indicator", value=code)
        told = html.Span([band_mark(Band.RED), " ", html.B(words)])
        rows.append(
            html.Div(_form(asked, "acknowledge", [hidden, told], "operator.acknowledge"), className="cm-operator__row")
        )
    return [panel(asked.text("operator.dangers"), rows, note=asked.text("operator.dangers_note"))] if rows else []


def _reviews(asked: Asked, reviewing: Reviewing | None) -> list[Element]:
    """Hold a review, agree on what is to be done, say what became of it."""
    title = asked.text("operator.reviews")
    if reviewing is None:
        return [panel(title, away(asked.lang))]
    holding = [
        _choice(asked, "area", "points.place", reviewing.places),
        _field(asked, "title", "operator.review_title", maxlength=MOST_CHARACTERS, required=True),
    ]
    parts = [html.Div(_form(asked, "hold", holding, "operator.hold"), className="cm-operator__row")]
    if reviewing.held:
        agreeing = [
            _choice(asked, "review", "operator.of_review", reviewing.held),
            _choice(asked, "area", "points.place", reviewing.all_places),
            _field(asked, "task", "points.task", maxlength=MOST_CHARACTERS, required=True),
            _field(asked, "holder", "points.holder", maxlength=MOST_CHARACTERS, required=True),
            _field(asked, "due_on", "points.due", type="date", required=True),
            _field(asked, "indicator", "operator.indicator", maxlength=MOST_CHARACTERS),
        ]
        parts.append(html.Div(_form(asked, "agree", agreeing, "operator.agree"), className="cm-operator__row"))
    panels = [panel(title, parts, note=asked.text("operator.frozen"))]
    if reviewing.points:
        rows = [_point(asked, one) for one in reviewing.points]
        panels.append(panel(asked.text("points.title"), rows, note=asked.text("operator.said_once")))
    return panels


def _point(asked: Asked, point: Point) -> Element:
    told = html.Span(
        [html.B(point.task), " ", html.Span(f"{point.holder} · {form.day(point.due_on)}", className="cm-soft")]
    )
    states = tuple((name, asked.text(f"points.{name}")) for name in ("kept", "dropped"))
    inside = [
        html.Input(type="hidden", name="point", value=point.id),
        told,
        _choice(asked, "state", "points.standing", states),
        _field(asked, "remark", "operator.remark", maxlength=MOST_CHARACTERS),
    ]
    return html.Div(_form(asked, "say", inside, "operator.say"), className="cm-operator__row")


def _choice(asked: Asked, name: str, label: str, options: Sequence[tuple[str, str]]) -> Element:
    shown = [html.Option(words, value=code) for code, words in options]
    return html.Label([asked.text(label), " ", html.Select(shown, name=name)])


def _field(asked: Asked, name: str, label: str, **more: Any) -> Element:
    field = html.Input(name=name, autocomplete="off", **more)
    return html.Label([asked.text(label), " ", field], className="" if "type" in more else "cm-operator__field")


def _wall(asked: Asked, wall: OneWall) -> Element:
    scenes: list[Node] = [
        html.Label(
            [html.Input(type="checkbox", name="scene", value=one.name, checked=one.is_shown), " ", one.words],
            className="cm-operator__scene",
        )
        for one in wall.scenes
    ]
    hidden = html.Input(type="hidden", name="wall", value=wall.name)
    chosen = asked.text("operator.chosen" if wall.is_chosen else "operator.as_settings")
    link = html.A(f"/wall/{wall.name}", href=f"/wall/{wall.name}")
    return html.Div(
        [
            html.P([html.B(wall.name), " ", link, " ", html.Span(chosen, className="cm-soft")]),
            _form(asked, "wall", [hidden, html.Div(scenes, className="cm-operator__scenes")], "operator.show"),
            _form(asked, "wall", [hidden], "operator.reset") if wall.is_chosen else "",
        ],
        className="cm-operator__row",
    )


def _waiting(asked: Asked, waiting: tuple[Waiting, ...] | None) -> list[Element]:
    if waiting is None:
        return [away(asked.lang)]
    rows = [
        _of_source(
            asked, one.source, _told(one.title, asked.text("operator.rows", count=form.integer(one.rows))), "replay"
        )
        for one in waiting
    ]
    return rows or [nothing("health.none_rejected", asked.lang)]


def _standing(asked: Asked, standing: tuple[Standing, ...]) -> list[Element]:
    rows = [_of_source(asked, one.source, _told(one.title, one.trouble), "continue") for one in standing]
    return rows or [nothing("operator.none_standing", asked.lang)]


def _told(title: str, said: str) -> Element:
    return html.Span([html.B(title), " ", html.Span(said, className="cm-soft")])


def _of_source(asked: Asked, source: str, told: Element, action: str) -> Element:
    hidden = html.Input(type="hidden", name="source", value=source)
    return html.Div(_form(asked, action, [hidden, told], f"operator.{action}"), className="cm-operator__row")


def _form(asked: Asked, action: str, inside: Sequence[Node], button: str) -> Element:
    send = html.Button(asked.text(button), type="submit", className="cm-button")
    address = asked.address.to(f"{PATH}/{action}").href
    style = f"cm-operator__form cm-operator__form--{action}"
    return html.Form([*inside, send], action=address, method="post", className=style)
