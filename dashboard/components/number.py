"""A figure as text: the number with its unit, its mark, its age; and a word where there is no number.

No data, zero, late and not applicable look different: "no data since 15:40" · "0" · a dimmed number with "as of 16:16"
· "–". Every number that has an explanation is a link that opens it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.mark import arrow_mark, band_mark, normal_mark, stale_mark
from dashboard.components.svg import Svg
from dashboard.freshness import Freshness
from warehouse.value import Band, State

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from dashboard.components.html import Element
    from dashboard.format import Change
    from dashboard.freshness import AsOf
    from dashboard.views.figure import Figure


def figure_text(figure: Figure) -> str:
    """The digits alone, without unit; "–" where there is no number."""
    return figure.digits(figure.value)


def unit_text(figure: Figure, lang: str) -> str:
    """What stands behind the digits; "" for plain counts and where there is no number."""
    if figure.value is None or figure.is_count:
        return ""
    return language.chosen(figure.unit_en, figure.unit_local, lang)


def written(figure: Figure, value: float | None) -> str:
    """A value of a figure's scale: a share with its sign, a whole number without decimals; "–" for None."""
    if value is None:
        return form.NOT_APPLICABLE
    if figure.is_share:
        return form.percent(value)
    return form.number(value, 0 if value == int(value) else max(figure.decimals, 1))


def no_number(figure: Figure, lang: str, zone: tzinfo) -> str:
    """Why there is no number, in words: "none" where there is nothing to take a share of.

    "–" where the indicator does not exist for the place.
    """
    if figure.fresh.freshness is Freshness.SILENT:
        if figure.fresh.at is None:
            return language.text("number.no_data", lang)
        return language.text("number.no_data_since", lang, at=_moment(figure.fresh, zone))
    if figure.cell.state is State.NO_DATA and figure.cell.denominator == 0:
        return language.text("number.none", lang)
    if figure.cell.state is State.NO_DATA:
        return language.text("number.no_data", lang)
    if figure.cell.state is State.ERROR:
        return language.text("number.error", lang)
    return form.NOT_APPLICABLE


def number(
    figure: Figure, lang: str, zone: tzinfo, *, href: str = "", with_unit: bool = True, name: str = "cm-num"
) -> Element:
    """A number in running text or in a table.

    Args:
        figure: what is shown.
        lang: working language.
        zone: the state's, for "as of".
        href: opens its explanation or its list; "" = not a link.
        with_unit: whether the unit stands behind it.
        name: CSS class.
    """
    if figure.value is None:
        return html.Span(no_number(figure, lang, zone), className=f"{name} cm-num--none")
    digits = figure_text(figure)
    shown: list[Element | str] = [html.A(digits, href=href, className="cm-num__link") if href else digits]
    unit = unit_text(figure, lang)
    if with_unit and unit:
        shown += [" ", html.Span(unit, className="cm-num__unit")]
    if figure.is_late:
        shown += [" ", as_of(figure, lang, zone)]
    late = " cm-num--late" if figure.is_late else ""
    return html.Span(shown, className=f"{name}{late}", **attrs(data_num=figure.code))


def as_of(figure: Figure, lang: str, zone: tzinfo) -> Element:
    """The stamp of a late number."""
    return html.Span([stale_mark(), " ", as_of_words(figure, lang, zone)], className="cm-num__as-of")


def as_of_words(figure: Figure, lang: str, zone: tzinfo) -> str:
    """What the stamp of a late number says."""
    return language.text("number.as_of", lang, at=_moment(figure.fresh, zone))


def status_mark(figure: Figure, lang: str) -> Svg | None:
    """The mark of a figure: red, amber, late; None where nothing is marked."""
    if figure.fresh.freshness is not Freshness.LIVE:
        return stale_mark(language.text("mark.late", lang))
    return band_mark(figure.band, band_words(figure.band, lang))


def row_mark(figure: Figure, lang: str) -> Svg:
    """The mark at the head of a row, where normal is a small dot and a small base leaves room: rows stay in line."""
    marked = status_mark(figure, lang)
    if marked is None and figure.is_small:
        return Svg("", label=language.text("indicator.small_base", lang), className="cm-mark")
    return normal_mark(band_words(figure.band, lang)) if marked is None else marked


def small_base(figure: Figure, lang: str) -> Element | None:
    """Says why a number has no colour and is not compared; None where its base is large enough."""
    if not figure.is_small:
        return None
    return html.Span(language.text("indicator.small_base", lang), className="cm-small-base")


def band_words(band: Band, lang: str) -> str:
    """A band in one word, for those who do not see its mark."""
    words = {Band.RED: "mark.red", Band.AMBER: "mark.amber", Band.NORMAL: "mark.normal"}
    return language.text(words.get(band, "mark.unbanded"), lang)


def change(moved: Change | None, lang: str, *, unit: str = "") -> Element:
    """A change as an arrow and an unsigned number; "–" where there is nothing to compare with.

    Args:
        moved: the difference.
        lang: working language.
        unit: behind the number, e.g. "pts".
    """
    if moved is None:
        return html.Span(form.NOT_APPLICABLE, className="cm-change cm-num--none")
    words = language.text(f"change.{moved.direction}", lang, count=moved.text)
    if moved.is_unusual:
        words += f", {language.text('change.unusual', lang)}"
    if moved.direction == "same":
        return html.Span("0", className="cm-change", title=words)
    shown: list[Element | str] = [arrow_mark(moved.direction, words), " "]
    shown += [html.Span(moved.text, **attrs(aria_hidden="true")), f" {unit}" if unit else ""]
    return html.Span(shown, className="cm-change cm-change--unusual" if moved.is_unusual else "cm-change")


def age(at: datetime | None, now: datetime, lang: str) -> Element:
    """An age that goes on ticking in the browser.

    Args:
        at: the instant; None = never.
        now: the present instant, for the first text.
        lang: working language.
    """
    if at is None:
        return html.Span(language.text("number.never", lang), className="cm-age")
    text = form.age((now - at).total_seconds(), lang)
    return html.Span(text, className="cm-age", **attrs(data_age_ms=str(form.millis(at))))


def days(count: int | None, lang: str) -> Element | str:
    """Whole days with their unit set small; "–" for none."""
    if count is None:
        return form.NOT_APPLICABLE
    return html.Span(
        [form.integer(count), html.Span(f" {language.text('unit.d', lang)}", className="cm-num__unit")],
        className="cm-days",
    )


def _moment(fresh: AsOf, zone: tzinfo) -> str:
    """Up to when a number is complete: the time of day, or the day when that was another one."""
    return form.clock(fresh.at, zone) if fresh.asked_at is None else form.clock_or_day(fresh.at, fresh.asked_at, zone)
