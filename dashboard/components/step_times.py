"""Where the time of decided cases went: a row for each step and post, with its bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.chart import bar
from dashboard.components.number import as_of_words
from dashboard.components.panel import panel
from dashboard.freshness import Freshness
from dashboard.views.step_times import DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from dashboard.components.html import Element, Node
    from dashboard.views.figure import Figure
    from dashboard.views.place import Link
    from dashboard.views.step_times import StepLine, StepTimes

_DAY_S: Final = 86_400
_NUMBERS: Final = ("median", "p90", "cases", "share")


def step_times_panel(times: StepTimes, shown: Figure, lang: str, zone: tzinfo, files: Sequence[Link] = ()) -> Element:
    """The box.

    Args:
        times: where the time went.
        shown: a number of the same cases, for how late they are.
        lang: working language.
        zone: the state's, for "as of".
        files: the same as files.
    """
    title = language.text("steps.title", lang)
    counted = {"count": form.integer(times.decided), "days": form.integer(DAYS)}
    if not times.lines:
        why = language.text(f"steps.{'unknown' if times.decided else 'none'}", lang, **counted)
        return panel(title, html.P(why, className="cm-nothing"))
    note = language.text("steps.note", lang, **counted)
    if shown.fresh.freshness is not Freshness.LIVE and shown.fresh.at is not None:
        note += f" · {as_of_words(shown, lang, zone)}"
    heads = [
        html.Th(language.text(f"steps.{key}", lang), scope="col", className="cm-n" if key in _NUMBERS else "")
        for key in ("step", "post", "bar", *_NUMBERS)
    ]
    rows = [_row(line, times.longest_s, lang) for line in times.lines]
    table = html.Table(
        [html.Caption(title), html.Thead(html.Tr(heads)), html.Tbody(rows)], className="cm-table cm-table--times"
    )
    words = [language.text("steps.legend", lang)]
    if times.left:
        left = {"count": form.integer(times.left), "share": form.percent(times.left_pct)}
        words.insert(0, language.text("steps.left", lang, **left))
    return panel(title, [table, html.P(" ".join(words), className="cm-legend")], note=note, files=files)


def _row(line: StepLine, longest_s: float, lang: str) -> Element:
    def cell(column: str, inside: Node) -> Element:
        label = attrs(data_label=language.text(f"steps.{column}", lang))
        return html.Td(inside, className="cm-n", **label)

    small = html.Span(f" {language.text('indicator.small_base', lang)}", className="cm-soft") if line.is_small else None
    part, tick = bar_parts(line, longest_s)
    return html.Tr(
        [
            html.Th(step_words(line, lang), scope="row"),
            html.Td(line.post or form.NOT_APPLICABLE),
            html.Td(bar(part, tick=tick), className="cm-c-wide"),
            cell("median", html.B(took(line.median_s, lang))),
            cell("p90", form.NOT_APPLICABLE if line.p90_s is None else took(line.p90_s, lang)),
            cell("cases", [form.integer(line.cases), small] if small else form.integer(line.cases)),
            cell("share", form.percent(line.share_pct)),
        ],
        className="cm-waiting" if line.is_waiting else "",
    )


def bar_parts(line: StepLine, longest_s: float) -> tuple[float, float | None]:
    """Length of the bar of a row and place of its tick, 0 to 1. Args: the row; the longest time of all, in seconds."""
    return line.median_s / longest_s, None if line.p90_s is None else line.p90_s / longest_s


def step_words(line: StepLine, lang: str) -> str:
    """What a row is called."""
    name = language.text("steps.waiting", lang) if line.is_waiting else line.step
    return name or language.text("steps.not_told", lang)


def took(span_s: float, lang: str) -> str:
    """How long something took: minutes under an hour, hours under two days, then days, those under ten with a decimal.

    Args:
        span_s: seconds, not below zero.
        lang: language of the unit.
    """
    if span_s < 2 * _DAY_S:
        return form.age(span_s, lang)
    days = span_s / _DAY_S
    return f"{form.number(days, 0 if days >= 10 else 1)} {language.text('unit.d', lang)}"
