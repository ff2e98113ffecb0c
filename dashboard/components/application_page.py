"""The body of an application's page: one sentence, what is known, the seats with their bars, the events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.heading import heading
from dashboard.components.panel import both_languages, nothing, panel
from dashboard.components.sentence import sentences
from dashboard.views.place import Name

if TYPE_CHECKING:
    from datetime import tzinfo

    from dashboard.components.html import Element
    from dashboard.views.application import ApplicationView, EventLine, StepLine


def application_page(view: ApplicationView, zone: tzinfo) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        zone: the state's.
    """
    head = heading(view.title, view.crumbs, Name(view.number), view.lang)
    parts = [head, sentences([view.sentence], view.lang), _facts(view), _steps(view, zone), _events(view, zone)]
    return html.Div(parts, className="cm-body")


def _facts(view: ApplicationView) -> Element:
    service = [html.Dt(language.text("cases.service", view.lang)), html.Dd(both_languages(view.service))]
    facts = [html.Div(service)]
    for fact in view.facts:
        note = [html.Span(fact.note, className="cm-under cm-soft")] if fact.note else []
        facts.append(html.Div([html.Dt(fact.label), html.Dd([fact.text, *note])]))
    return html.Dl(facts, className="cm-file")


def _steps(view: ApplicationView, zone: tzinfo) -> Element:
    lang = view.lang
    title = language.text("application.steps", lang)
    if not view.steps:
        return panel(title, nothing("application.no_steps", lang))
    columns = (("seat", ""), ("from", "cm-c-day"), ("to", "cm-c-day"), ("lasted", "cm-n"), ("way", "cm-c-way"))
    heads = [html.Th(language.text(f"application.{key}", lang), scope="col", className=name) for key, name in columns]
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(html.Tr(heads)),
            html.Tbody([_step(one, view.due_part, lang, zone) for one in view.steps]),
        ],
        className="cm-table cm-table--steps",
    )
    return panel(title, table, note=language.text("application.steps_note", lang))


def _step(one: StepLine, due_part: float | None, lang: str, zone: tzinfo) -> Element:
    office = html.A(one.office.text, href=one.office.href) if one.office.href else html.Span(one.office.text)
    seat: list[html.Node] = [html.B(one.post), " ", office] if one.post else [office]
    if one.step:
        seat.append(html.Span(one.step, className="cm-under cm-soft"))
    to_at = language.text("explain.now", lang) if one.to_at is None else form.day_clock(one.to_at, zone)
    cells: tuple[tuple[str, html.Node, str], ...] = (
        ("from", form.day_clock(one.from_at, zone), "cm-c-day"),
        ("to", html.B(to_at) if one.to_at is None else to_at, "cm-c-day"),
        ("lasted", one.lasted, "cm-n"),
        ("way", _bar(one, due_part, lang), "cm-c-way"),
    )
    return html.Tr(
        [
            html.Th(seat, scope="row"),
            *(
                html.Td(inside, className=name, **attrs(data_label=language.text(f"application.{key}", lang)))
                for key, inside, name in cells
            ),
        ],
        **attrs(data_testid="step", aria_current="step" if one.to_at is None else None),
    )


def _bar(one: StepLine, due_part: float | None, lang: str) -> Element:
    """Where the step lies on the whole way; hatched while the clock stood still, a tick at the limit."""
    inside = [html.I(className="cm-way__run", style=_place(one.left, one.width))]
    stood = language.text("application.clock_paused", lang)
    inside += [html.I(className="cm-way__paused", style=_place(*span), title=stood) for span in one.paused]
    if due_part is not None:
        at = {"left": f"{due_part * 100:.2f}%"}
        inside.append(html.I(className="cm-way__due", style=at, title=language.text("application.due", lang)))
    return html.Span(inside, className="cm-way")


def _place(left: float, width: float) -> dict[str, str]:
    return {"left": f"{left * 100:.2f}%", "width": f"{width * 100:.2f}%"}


def _events(view: ApplicationView, zone: tzinfo) -> Element:
    lang = view.lang
    title = language.text("application.events", lang)
    heads = [html.Th(language.text(f"application.{key}", lang), scope="col") for key in ("at", "what", "seat", "by")]
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(html.Tr(heads)),
            html.Tbody([_event(one, lang, zone) for one in view.events]),
        ],
        className="cm-table cm-table--told",
    )
    return panel(title, table, note=language.text("application.events_note", lang))


def _event(one: EventLine, lang: str, zone: tzinfo) -> Element:
    what: html.Node = html.S(one.what) if one.mark == "retracted" else one.what
    note = html.Span(one.note, className="cm-under cm-stamp") if one.note else None
    cells = (("what", [what, note]), ("seat", one.seat or form.NOT_APPLICABLE), ("by", one.source))
    return html.Tr(
        [
            html.Th(form.day_clock(one.at, zone), scope="row"),
            *(html.Td(inside, **attrs(data_label=language.text(f"application.{key}", lang))) for key, inside in cells),
        ],
        className=f"cm-told--{one.mark}" if one.mark else "",
        **attrs(data_testid="event"),
    )
