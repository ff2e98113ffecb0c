"""The body of the page of one indicator: the number large, its year, the places below, the spread of its cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.chart import bar
from dashboard.components.explained import events_table, formula, rules_list, value_line
from dashboard.components.funnel_panel import funnel_panel
from dashboard.components.heading import heading
from dashboard.components.number import age, band_words, change, number, row_mark, unit_text, written
from dashboard.components.panel import both_languages, panel
from dashboard.components.spread_panel import spread_panel
from dashboard.components.step_times import step_times_panel
from dashboard.components.tile import tile_grid
from dashboard.components.year_panel import year_panel
from dashboard.freshness import Freshness
from dashboard.views.place import Name
from dashboard.views.rank import SURE

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dashboard.components.html import Element
    from dashboard.views.below import PlaceLine
    from dashboard.views.indicator import IndicatorView
    from dashboard.views.tiles import TileMap


def indicator_page(view: IndicatorView, zone: tzinfo, now: datetime) -> Element:
    """The body of the page.

    Args:
        view: what is on it.
        zone: the state's.
        now: the engine's present instant.
    """
    funnel = None if view.funnel is None else funnel_panel(view.funnel, view.lang, view.funnel_files)
    main = [_number(view, zone, now), year_panel(view), _below(view, zone), funnel, _spread(view), _steps(view, zone)]
    return html.Div(
        [
            heading(view.name, view.crumbs, Name(view.place.title.text), view.lang, choices=view.choices),
            html.Div([part for part in main if part is not None], className="cm-body__main"),
            _made(view, zone, now),
        ],
        className="cm-body cm-body--explained cm-body--indicator",
        **attrs(data_indicator=view.shown.figure.code),
    )


def _number(view: IndicatorView, zone: tzinfo, now: datetime) -> Element:
    lang, shown = view.lang, view.shown
    return html.Section(
        [
            html.H2(view.place.title.text),
            value_line(shown, lang, zone),
            html.Dl(
                [
                    html.Div([html.Dt(language.text(f"indicator.{key}", lang)), html.Dd(told)])
                    for key, told in _facts(view, now)
                    if told
                ],
                className="cm-facts",
            ),
        ],
        className="cm-panel cm-one",
    )


def _facts(view: IndicatorView, now: datetime) -> list[tuple[str, html.Node]]:
    """Colour, target, change, last year, age and coverage beside the number."""
    lang, shown = view.lang, view.shown
    figure = shown.figure
    late = figure.fresh.freshness is not Freshness.LIVE
    colour = language.text("mark.late" if late else "indicator.small_base", lang)
    if not late and not shown.is_small:
        colour = band_words(figure.band, lang)
    moved: html.Node = None
    if view.change is not None:
        unit = language.text("unit.points", lang) if figure.is_share else ""
        moved = [change(view.change, lang, unit=unit), " ", view.compared]
    oldest = min((one.last_event_at for one in shown.sources if one.last_event_at is not None), default=None)
    aged = None if oldest is None else age(oldest, now, lang)
    reported = None
    if view.coverage is not None:
        counts = {"count": form.integer(view.coverage.reporting), "of": form.integer(view.coverage.expected)}
        reported = language.text(f"indicators.coverage_{view.coverage.of}", lang, **counts)
    target = None if figure.target is None else written(figure, figure.target)
    facts: list[tuple[str, html.Node]] = [("colour", colour), ("target", target), ("change", moved)]
    return [*facts, ("year_ago", _year_ago(view)), ("age", aged), ("coverage", reported)]


def _year_ago(view: IndicatorView) -> str | None:
    """What it was a year ago, in which days; that nothing was counted then."""
    told, lang = view.year_ago, view.lang
    if told is None:
        return None
    value = language.text("indicator.not_counted", lang)
    if told.value is not None:
        value = written(view.shown.figure, told.value)
    days = language.text("indicator.days", lang, first=form.day(told.begin), last=form.day(told.end))
    return f"{value} · {form.day(told.end) if told.begin == told.end else days}"


def _below(view: IndicatorView, zone: tzinfo) -> Element | None:
    lang, below = view.lang, view.below
    if not below.lines:
        return None
    where = "beside" if below.is_beside else "below"
    order = "most" if view.shown.better == "neutral" else "worst"
    title = language.text(f"indicator.{where}_{order}", lang, places=below.level_words)
    has_positions = any(line.positions is not None for line in below.lines)
    heads = ("place", "value", *(("position",) if has_positions else ()), "bar", "base")
    rows = [_place(line, view, zone, has_positions=has_positions) for line in below.lines]
    ranked = sum(line.is_ranked for line in below.lines)
    if ranked < len(rows):
        words = html.Td(language.text("indicator.not_ranked", lang), colSpan=str(len(heads)))
        rows.insert(ranked, html.Tr(words, className="cm-unranked"))
    note = "" if below.tick is None else language.text("indicator.tick", lang, place=view.place.name.text)
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(
                html.Tr(
                    [
                        html.Th(
                            language.text(f"indicator.head_{head}", lang),
                            scope="col",
                            className="cm-n" if head in {"value", "position", "base"} else "",
                        )
                        for head in heads
                    ]
                )
            ),
            html.Tbody(rows),
        ],
        className="cm-table cm-table--below",
    )
    content: list[Element] = [table]
    if has_positions:
        sure = form.number(SURE * 100, 0)
        content.append(html.P(language.text("indicator.position_note", lang, sure=sure), className="cm-legend"))
    compared = panel(title, content, note=note)
    if below.tiles is None:
        return compared
    return html.Div([_tiles(view, below.tiles, zone), compared], className="cm-two cm-two--map")


def _tiles(view: IndicatorView, tiles: TileMap, zone: tzinfo) -> Element:
    lang = view.lang
    label = language.text("indicator.tiles_label", lang, places=view.below.level_words, name=view.name.text)
    return panel(
        language.text("tiles.title", lang, places=view.below.level_words),
        tile_grid(tiles, label, lang, zone),
        note="" if view.shown.figure.is_share else unit_text(view.shown.figure, lang),
        name="cm-panel--tiles",
    )


def _position(line: PlaceLine, lang: str) -> str:
    """One number, or first and last where chance does not tell more."""
    if line.positions is None:
        return form.NOT_APPLICABLE
    best, worst = line.positions.best, line.positions.worst
    one = best == worst
    return str(best) if one else language.text("indicator.position", lang, best=str(best), worst=str(worst))


def _place(line: PlaceLine, view: IndicatorView, zone: tzinfo, *, has_positions: bool) -> Element:
    lang, figure = view.lang, line.figure
    name: list[html.Node] = [row_mark(figure, lang), " ", html.A(line.name.text, href=line.href, className="cm-place")]
    name += both_languages(Name("", line.name.echo, line.name.echo_lang))[1:] if line.name.echo else []
    base = form.NOT_APPLICABLE
    if figure.cell.denominator is not None and view.shown.denominator is not None:
        base = form.integer(figure.cell.denominator)
        if figure.cell.numerator is not None:  # a median has none
            base = language.text("indicator.of", lang, count=form.integer(figure.cell.numerator), of=base)
    small = language.text("indicator.small_base", lang) if figure.cell.state.name == "SMALL_BASE" else ""
    is_here = line.code == view.place.code
    tick = view.below.tick if line.part is not None else None

    def head(column: str) -> dict[str, Any]:
        return attrs(data_label=language.text(f"indicator.head_{column}", lang))

    return html.Tr(
        [
            html.Th(name, scope="row"),
            html.Td(
                [
                    number(figure, lang, zone, href=line.href, name="cm-num cm-strong"),
                    html.Span(f" {small}", className="cm-soft"),
                ],
                className="cm-n",
                **head("value"),
            ),
            *([html.Td(_position(line, lang), className="cm-n", **head("position"))] if has_positions else []),
            html.Td(bar(line.part if line.is_ranked else None, tick=tick), className="cm-c-wide"),
            html.Td(base, className="cm-n cm-soft", **head("base")),
        ],
        className="cm-selected" if is_here else "",
        **attrs(data_place=line.code),
    )


def _spread(view: IndicatorView) -> Element | None:
    if view.spread is None or not view.spread.classes:
        return None
    return spread_panel(view.spread, view.lang, view.spread_files)


def _steps(view: IndicatorView, zone: tzinfo) -> Element | None:
    if view.step_times is None:
        return None
    return step_times_panel(view.step_times, view.shown.figure, view.lang, zone, view.step_files)


def _made(view: IndicatorView, zone: tzinfo, now: datetime) -> Element:
    lang, shown = view.lang, view.shown
    parts: list[Element | None] = [
        html.Div(html.H2(language.text("explain.title", lang), id="explain-title"), className="cm-drawer__head"),
        formula(shown, lang),
        rules_list(shown, lang, zone, now),
        events_table(shown, lang, zone),
    ]
    if shown.list_link is not None:
        parts.append(html.P(html.A(shown.list_link.text, href=shown.list_link.href), className="cm-drawer__acts"))
    return html.Aside(
        [part for part in parts if part is not None],
        className="cm-drawer",
        **attrs(aria_labelledby="explain-title"),
    )
