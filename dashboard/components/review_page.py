"""The body of the review page: numbered questions, each with what was found, who answers and the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.chips import chips
from dashboard.components.heading import heading
from dashboard.components.panel import away, nothing, panel
from dashboard.components.point_table import point_counts, point_table
from dashboard.views.place import Link, Name

if TYPE_CHECKING:
    from datetime import tzinfo

    from dashboard.components.html import Element
    from dashboard.views.review import Question, ReviewView


def review_page(view: ReviewView, title: Name, here: Link, zone: tzinfo) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        title: heading in both languages.
        here: the place, with the link to its page.
        zone: the state's.
    """
    show = [html.A(link.text, href=link.href, className="cm-button", **attrs(data_plain="true")) for link in view.walls]
    head = heading(title, (*view.place.crumbs, here), Name(title.text), view.lang, choices=view.choices, actions=show)
    parts = (head, chips(view.filters, view.lang), _points(view, zone), _list(view), _held(view))
    return html.Div([part for part in parts if part is not None], className="cm-body")


def _points(view: ReviewView, zone: tzinfo) -> Element | None:
    """What was agreed; nothing at all where no review was held yet."""
    title = language.text("points.title", view.lang)
    if view.points is None:
        return panel(title, away(view.lang))
    if not view.points and not view.held:
        return None
    if not view.points:
        return panel(title, nothing("points.none", view.lang))
    return panel(title, point_table(view.points, title, view.lang, zone), note=point_counts(view.points, view.lang))


def _held(view: ReviewView) -> Element:
    title = language.text("review.held", view.lang)
    if not view.held:
        return panel(title, nothing("review.none_held", view.lang))
    items = [html.Li(html.A(one.text, href=one.href)) for one in view.held]
    return panel(title, html.Ul(items, className="cm-held"), note=language.text("review.held_note", view.lang))


def _list(view: ReviewView) -> Element:
    lang = view.lang
    title = language.text("review.questions", lang, place=view.place.title.text)
    if view.questions is None:
        return panel(title, away(lang))
    if not view.questions:
        return panel(title, nothing("review.none", lang))
    items = [_question(one, lang) for one in view.questions]
    return panel(
        title, html.Ol(items, className="cm-questions"), note=language.text("review.note", lang), files=view.files
    )


def _question(one: Question, lang: str) -> Element:
    return html.Li(
        [
            html.P(one.fact, className="cm-question__fact"),
            html.P(one.question, className="cm-question__asked"),
            html.P(
                [
                    html.Span(language.text("review.to", lang), className="cm-soft"),
                    " ",
                    html.B(one.to),
                    " · ",
                    html.A(one.link.text, href=one.link.href),
                ]
            ),
        ],
        className=f"cm-question cm-question--{one.kind}",
        **attrs(data_rule=one.kind),
    )
