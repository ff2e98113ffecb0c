"""Places of unequal size compared fairly: the finding, the funnel plot, how to read it, who differs, and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.funnel_chart import DOT_R, dot_name, funnel_chart
from dashboard.components.legend import Chart, Key, dot_key, legend, line_key
from dashboard.components.panel import panel
from dashboard.views.control_limits import INNER, OUTER
from dashboard.views.funnel import NoFunnel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.components.html import Element
    from dashboard.views.control_limits import Limits
    from dashboard.views.funnel import Funnel, FunnelPlace
    from dashboard.views.place import Link

#: Places that the list beside the drawing names; the table has all.
_MOST_LISTED: Final = 6
_COLUMNS: Final = ("place", "value", "cases", "inner", "outer", "standing")


def funnel_panel(funnel: Funnel | NoFunnel, lang: str, files: Sequence[Link]) -> Element:
    """The box.

    Args:
        funnel: the comparison, or why there is none at the moment.
        lang: working language.
        files: the same as files.
    """
    if isinstance(funnel, NoFunnel):
        title = language.text("funnel.title", lang, places=funnel.level_words)
        return panel(title, html.P(no_funnel_words(funnel, lang), className="cm-nothing"))
    chart = drawn_funnel(funnel, lang)
    return panel(
        chart.title,
        html.Figure(
            [
                html.Div(
                    [html.Div([chart.drawing, legend(chart.keys)]), _reading(funnel, lang)], className="cm-funnel-box"
                ),
                html.Details(
                    [html.Summary(language.text("chart.as_table", lang)), _table(funnel, chart.title, lang)],
                    className="cm-as-table",
                ),
            ],
            className="cm-figure",
        ),
        files=files,
    )


def drawn_funnel(funnel: Funnel, lang: str) -> Chart:
    """The chart of a comparison. Args: the comparison; working language."""
    found = {"places": funnel.level_words, "place": funnel.whole}
    count, of = form.integer(funnel.differ), form.integer(funnel.judged)
    told = "some" if funnel.differ else "none" if funnel.judged else "few"
    title = language.text(f"funnel.{told}", lang, count=count, of=of, **found)
    centre = form.percent(funnel.centre)
    label = language.text("funnel.label", lang, count=form.integer(len(funnel.places)), value=centre, **found)
    drawing = funnel_chart(funnel, label, lang=lang, written=form.percent, said=lambda one: _said(one, funnel, lang))
    return Chart(title, "", drawing, _keys(funnel, centre, lang))


def no_funnel_words(why_not: NoFunnel, lang: str) -> str:
    """Why there is no comparison at the moment. Args: the reason; working language."""
    return language.text(f"funnel.why_{why_not.why}", lang, place=why_not.whole)


def standing_words(one: FunnelPlace, whole: str, lang: str) -> str:
    """Where a place stands against the limits. Args: the place; name of the whole; working language."""
    words = language.text(f"funnel.{one.standing}", lang)
    return f"{language.text(f'funnel.{one.side}', lang, place=whole)}; {words}" if one.is_outside else words


def _said(one: FunnelPlace, funnel: Funnel, lang: str) -> str:
    """A place for those who do not see it."""
    counted = language.text(
        "indicator.of", lang, count=form.integer(one.line.figure.cell.numerator), of=form.integer(one.cases)
    )
    return f"{one.line.name.text}: {form.percent(one.value)}, {counted}; {standing_words(one, funnel.whole, lang)}"


def _keys(funnel: Funnel, centre: str, lang: str) -> tuple[Key, ...]:
    sure = {"inner": form.number(INNER * 100, 0), "outer": form.number(OUTER * 100, 1)}
    keys = [Key(language.text("funnel.across", lang, cases=funnel.cases_words))]
    keys.append(line_key("cm-funnel__centre", f"{funnel.whole} {centre}"))
    keys += [
        line_key(f"cm-funnel__{name}", language.text(f"funnel.limits_{name}", lang, sure=sure[name]))
        for name in ("inner", "outer")
    ]
    small = next((one for one in funnel.places if one.standing == "small"), None)
    if small is not None:
        hollow = language.text("funnel.hollow", lang, base=form.integer(funnel.minimum_base))
        keys.append(dot_key(dot_name(small), hollow, DOT_R))
    if funnel.without:
        keys.append(Key(language.text("funnel.without", lang, count=form.integer(funnel.without))))
    return tuple(keys)


def _reading(funnel: Funnel, lang: str) -> Element:
    """How to read it, and the places that differ."""
    parts: list[Element] = [html.P(language.text("funnel.read", lang, place=funnel.whole))]
    for standing in ("outer", "inner"):
        found = [one for one in funnel.places if one.standing == standing]
        if found:
            parts.append(html.P(language.text(f"funnel.list_{standing}", lang)))
            parts.append(_listed(found, funnel, lang))
    return html.Div(parts, className="cm-funnel__read")


def _listed(found: Sequence[FunnelPlace], funnel: Funnel, lang: str) -> Element:
    lines: list[Element] = [
        html.Li(
            [
                html.A(one.line.name.text, href=one.line.href),
                f" {form.percent(one.value)}, {language.text(f'funnel.{one.side}', lang, place=funnel.whole)}",
            ]
        )
        for one in found[:_MOST_LISTED]
    ]
    if more := len(found) - len(lines):
        lines.append(html.Li(language.text("funnel.more", lang, count=form.integer(more))))
    return html.Ul(lines, **attrs(data_testid=f"funnel-{found[0].standing}"))


def _table(funnel: Funnel, title: str, lang: str) -> Element:
    heads = [html.Th(language.text(f"funnel.head_{key}", lang), scope="col") for key in _COLUMNS]
    rows = [
        html.Tr(
            [
                html.Th(html.A(one.line.name.text, href=one.line.href), scope="row"),
                html.Td(form.percent(one.value)),
                html.Td(form.integer(one.cases)),
                html.Td(_pair(one.inner)),
                html.Td(_pair(one.outer)),
                html.Td(standing_words(one, funnel.whole, lang)),
            ]
        )
        for one in funnel.places
    ]
    table = html.Table(
        [html.Caption(title), html.Thead(html.Tr(heads)), html.Tbody(rows)], className="cm-table cm-table--plain"
    )
    return html.Div(table, className="cm-table-box", tabIndex="0", role="group", **attrs(aria_label=title))


def _pair(limits: Limits) -> str:
    return f"{form.percent_figure(limits.low)}–{form.percent(limits.high)}"
