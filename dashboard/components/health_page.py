"""The body of the page of the data's health: engine, sources with checked sums, refused rows, masked rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.heading import heading
from dashboard.components.mark import cleared_mark, normal_mark, stale_mark
from dashboard.components.number import age
from dashboard.components.panel import away, nothing, panel
from dashboard.freshness import Freshness

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dashboard.components.html import Element
    from dashboard.components.svg import Svg
    from dashboard.views.health import HealthView, MaskedRows, RejectedReason, Replay, SourceRow
    from dashboard.views.place import Link, Name
    from dashboard.views.silent_offices import SilentLine

#: Names of columns that stand with a source; a feed that is another altogether has hundreds.
_MOST_ADDED: Final = 8


def health_page(view: HealthView, title: Name, home: Link, zone: tzinfo, now: datetime) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        title: heading in both languages.
        home: first crumb.
        zone: the state's.
        now: the engine's present instant.
    """
    return html.Div(
        [
            heading(title, (home,), title, view.lang),
            _facts(view, zone, now),
            _sources(view, now),
            _rejected(view),
            _masked(view, now),
            _offices(view),
        ],
        className="cm-body",
    )


def _facts(view: HealthView, zone: tzinfo, now: datetime) -> Element:
    lang = view.lang
    late = sum(row.freshness is not Freshness.LIVE for row in view.sources)
    phase = language.text(f"health.phase.{view.phase}", lang, progress=form.percent(view.progress * 100))
    undated: Element | str = form.integer(view.undated)
    if view.undated:
        undated = html.A(form.integer(view.undated), href=view.undated_href)
    facts: list[tuple[str, html.Node, html.Node]] = [
        (
            "health.engine",
            phase,
            [
                language.text("health.heard_before", lang),
                " ",
                age(view.engine_at, now, lang),
                " ",
                language.text("health.heard_after", lang),
            ],
        ),
        (
            "health.late_sources",
            form.integer(late),
            language.text("health.of", lang, of=form.integer(len(view.sources))),
        ),
        ("health.undated", undated, language.text("health.undated_note", lang)),
        ("health.unopened", form.integer(view.unopened), language.text("health.unopened_note", lang)),
        (
            "health.values",
            form.integer(view.indicators),
            language.text(
                "health.values_note", lang, areas=form.integer(view.areas), version=form.integer(view.version)
            ),
        ),
    ]
    return html.Ul(
        [
            html.Li(
                html.Div(
                    [
                        html.Span(language.text(key, lang), className="cm-kpi__label"),
                        html.Span(html.B(value), className="cm-kpi__value"),
                        html.Span(note, className="cm-kpi__note"),
                    ],
                    className="cm-kpi cm-kpi--fact",
                )
            )
            for key, value, note in facts
        ],
        className="cm-kpis cm-kpis--facts",
    )


def _sources(view: HealthView, now: datetime) -> Element:
    lang = view.lang
    title = language.text("health.sources", lang)
    if not view.sources:
        return panel(title, nothing("health.no_sources", lang))
    columns = (
        ("source", ""),
        ("newest", "cm-n"),
        ("expected", "cm-n"),
        ("received", "cm-n"),
        ("accepted", "cm-n"),
        ("rejected", "cm-n"),
        ("duplicates", "cm-n"),
        ("sum", "cm-c-most"),
        ("indicators", "cm-n"),
    )
    heads = [html.Th(language.text(f"health.{key}", lang), scope="col", className=name) for key, name in columns]
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(html.Tr(heads)),
            html.Tbody([_source(row, lang, now) for row in view.sources]),
            html.Tfoot(_source(view.total, lang, now)),
        ],
        className="cm-table cm-table--sources",
    )
    note = language.text("health.sources_note", lang)
    return panel(title, html.Div(table, className="cm-table-box"), note=note, files=view.files)


def _source(row: SourceRow, lang: str, now: datetime) -> Element:
    is_total = not row.name
    state = language.text(f"health.{row.freshness}", lang)
    marked: Svg | None = normal_mark(state) if row.freshness is Freshness.LIVE else stale_mark(state)
    is_waiting = not is_total and not row.was_heard and row.freshness is Freshness.LIVE
    if is_waiting:
        state, marked = language.text("health.not_heard", lang), None
    title: list[Element | str | None] = [None if is_total else marked, " ", html.B(row.title)]
    if is_waiting or (not is_total and row.freshness is not Freshness.LIVE):
        title += [" ", html.Span(state, className="cm-stamp")]
    if row.trouble:
        said = html.Span([stale_mark(), " ", language.text("health.trouble", lang), ": ", row.trouble])
        title.append(html.Span(said, className="cm-under"))
    if row.stalls:
        stalls = language.text("health.stalls", lang, count=form.integer(row.stalls))
        title.append(html.Span(stalls, className="cm-soft cm-under"))
    if row.added:
        title.append(html.Span(_added(row, lang, now), className="cm-under"))
    under = [text for text in (row.department, *row.transports) if text]
    if under:
        title.append(html.Span(" · ".join(under), className="cm-soft cm-under"))
    cells: list[tuple[str, html.Node, str]] = [
        ("newest", age(row.last_event_at, now, lang), "cm-n"),
        ("expected", row.expected, "cm-n cm-soft"),
        ("received", html.B(form.integer(row.received)), "cm-n"),
        ("accepted", form.integer(row.accepted), "cm-n"),
        ("rejected", form.integer(row.rejected), "cm-n"),
        ("duplicates", form.integer(row.duplicates), "cm-n"),
        ("sum", _sum(row, lang), "cm-c-most"),
        ("indicators", _link(row.indicators, row.indicators_href), "cm-n"),
    ]
    late = "" if row.freshness is Freshness.LIVE else "cm-row--stale"
    return html.Tr(
        [
            html.Th([part for part in title if part is not None], scope="row"),
            *(
                html.Td(content, className=name, **attrs(data_label=language.text(f"health.{key}", lang)))
                for key, content, name in cells
            ),
        ],
        className=late,
    )


def _link(count: int, href: str) -> html.Node:
    """A count that leads to what it counts."""
    digits = form.integer(count)
    return html.A(digits, href=href, className="cm-num__link") if count and href else digits


def _offices(view: HealthView) -> Element:
    lang, found = view.lang, view.offices
    title = language.text("health.offices", lang)
    if found is None:
        return panel(title, away(lang))
    counts = {"silent": form.integer(found.silent), "of": form.integer(found.expected)}
    note = language.text("health.offices_note", lang, **counts)
    if sum(one.silent for one in found.lines) > found.silent:
        note = f"{note} · {language.text('health.offices_shared', lang)}"
    if not found.lines:
        return panel(title, nothing("health.none_silent", lang), note=note)
    columns = (("office_department", ""), ("silent_offices", "cm-n"), ("of_offices", "cm-n"), ("first_offices", ""))
    heads = [html.Th(language.text(f"health.{key}", lang), scope="col", className=name) for key, name in columns]
    rows = [_silent(one, lang) for one in found.lines]
    table = html.Table([html.Caption(title), html.Thead(html.Tr(heads)), html.Tbody(rows)], className="cm-table")
    return panel(title, html.Div(table, className="cm-table-box"), note=note, name="cm-panel--silent")


def _silent(one: SilentLine, lang: str) -> Element:
    named = [part for link in one.first for part in (", ", html.A(link.text, href=link.href))][1:]
    more = one.silent - len(one.first)
    if more > 0:
        named += [", ", language.text("health.more_sources", lang, count=form.integer(more))]
    name: list[html.Node] = [html.A(one.department.text, href=one.department.href, className="cm-place")]
    if one.sources:
        name.append(html.Span(" · ".join(one.sources), className="cm-soft cm-under"))
    cells: list[tuple[str, html.Node, str]] = [
        ("silent_offices", html.B(form.integer(one.silent)), "cm-n"),
        ("of_offices", form.integer(one.expected), "cm-n"),
        ("first_offices", named, ""),
    ]
    return html.Tr(
        [
            html.Th(name, scope="row"),
            *(
                html.Td(content, className=css, **attrs(data_label=language.text(f"health.{key}", lang)))
                for key, content, css in cells
            ),
        ],
        **attrs(data_testid="silent-row"),
    )


def _added(row: SourceRow, lang: str, now: datetime) -> html.Node:
    """Columns that the source added to its files."""
    names = [part for name in row.added[:_MOST_ADDED] for part in (", ", html.Code(name))][1:]
    more = len(row.added) - _MOST_ADDED
    if more > 0:
        names += [", ", language.text("health.more_sources", lang, count=form.integer(more))]
    return [language.text("health.added", lang), " ", *names, " · ", age(row.added_at, now, lang)]


def _sum(row: SourceRow, lang: str) -> html.Node:
    """Whether received = accepted + rejected + duplicates, in words; nothing where nothing came."""
    if not row.received:
        return form.NOT_APPLICABLE
    if row.adds_up:
        return [cleared_mark(), " ", language.text("health.adds_up", lang)]
    missing = row.received - row.accepted - row.rejected - row.duplicates
    return [stale_mark(), " ", html.B(language.text("health.differs", lang, count=form.integer(abs(missing))))]


def _rejected(view: HealthView) -> Element:
    lang = view.lang
    title = language.text("health.rejected_rows", lang)
    if view.rejected is None:
        return panel(title, away(lang))
    if not view.rejected:
        return panel(title, nothing("health.none_rejected", lang))
    columns = (("reason", ""), ("rows", "cm-n"), ("from", ""), ("samples", ""))
    heads = [html.Th(language.text(f"health.{key}", lang), scope="col", className=name) for key, name in columns]
    table = html.Table(
        [html.Caption(title), html.Thead(html.Tr(heads)), html.Tbody([_reason(one, lang) for one in view.rejected])],
        className="cm-table cm-table--rejected",
    )
    replay = html.Div(
        [
            html.P(
                [
                    *(language.text("health.replay", lang), " "),
                    html.A(language.text("health.replay_desk", lang), href=view.operator_href),
                    *(", ", html.Span(language.text("health.replay_typed", lang))),
                ],
                className="cm-soft",
            ),
            html.Ul([_replay(one, lang) for one in view.replays], className="cm-samples"),
        ],
        className="cm-replay",
    )
    return panel(title, [html.Div(table, className="cm-table-box"), replay], note=language.text("health.masked", lang))


def _replay(one: Replay, lang: str) -> Element:
    rows = language.text("health.replay_rows", lang, source=one.title, count=form.integer(one.rows))
    return html.Li([html.Code(one.command, lang="en"), html.Span(rows, className="cm-soft")])


def _masked(view: HealthView, now: datetime) -> Element:
    lang = view.lang
    title = language.text("health.personal_rows", lang)
    if view.masked is None:
        return panel(title, away(lang))
    if not view.masked:
        return panel(title, nothing("health.none_personal", lang))
    columns = (("source", ""), ("personal_field", ""), ("personal_kind", ""), ("rows", "cm-n"), ("last_found", "cm-n"))
    heads = [html.Th(language.text(f"health.{key}", lang), scope="col", className=name) for key, name in columns]
    rows = [_personal(row, now, lang) for row in view.masked]
    table = html.Table([html.Caption(title), html.Thead(html.Tr(heads)), html.Tbody(rows)], className="cm-table")
    return panel(title, html.Div(table, className="cm-table-box"), note=language.text("health.personal_note", lang))


def _personal(row: MaskedRows, now: datetime, lang: str) -> Element:
    cells: list[tuple[str, html.Node, str]] = [
        ("personal_field", html.Code(row.field) if row.field else form.NOT_APPLICABLE, ""),
        ("personal_kind", row.kind, ""),
        ("rows", html.B(form.integer(row.rows)), "cm-n"),
        ("last_found", age(row.last_at, now, lang), "cm-n"),
    ]
    return html.Tr(
        [
            html.Th(row.title, scope="row"),
            *(
                html.Td(content, className=name, **attrs(data_label=language.text(f"health.{key}", lang)))
                for key, content, name in cells
            ),
        ]
    )


def _reason(one: RejectedReason, lang: str) -> Element:
    samples = [
        html.Li(
            [html.Code(masked), html.Span(" · ".join(part for part in (field, origin) if part), className="cm-soft")]
        )
        for origin, field, masked in one.samples
    ]
    sources = [f"{title} {form.integer(rows)}" for title, rows in one.sources]
    if one.more_sources:
        sources.append(language.text("health.more_sources", lang, count=form.integer(one.more_sources)))
    labels = {key: language.text(f"health.{key}", lang) for key in ("rows", "from", "samples")}
    return html.Tr(
        [
            html.Th([one.words, html.Code(one.reason, className="cm-under")], scope="row"),
            html.Td(html.B(form.integer(one.rows)), className="cm-n", **attrs(data_label=labels["rows"])),
            html.Td(", ".join(sources), className="cm-soft", **attrs(data_label=labels["from"])),
            html.Td(html.Ul(samples, className="cm-samples"), **attrs(data_label=labels["samples"])),
        ]
    )
