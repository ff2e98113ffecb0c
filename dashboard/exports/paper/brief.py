"""The brief of a place as the template brief.typ takes it: what its page says, on two pages for a meeting.

Every number is the page's own: both come from one area view. Lists are cut so that two pages always do, and say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard import format as form
from dashboard.components.number import as_of_words, figure_text, no_number, unit_text
from dashboard.exports.cell import BANDS
from dashboard.exports.paper.sheet import foot
from dashboard.freshness import Freshness
from dashboard.views.area import area_view
from dashboard.views.coverage import read_reported
from dashboard.views.holding import holding, late_days, read_holders
from dashboard.views.place import office_name, post_name
from dashboard.views.today import today

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dashboard.views.area import AreaView
    from dashboard.views.asked import Asked
    from dashboard.views.coverage import Reported
    from dashboard.views.figure import Figure
    from dashboard.views.numbers import Number

#: Rows of each list: a page full of them, in the language that takes most room, still has some left.
_PLACES, _HOLDERS, _LATE = 14, 20, 6


def brief(asked: Asked) -> tuple[str, dict[str, Any]]:
    """The name of the file and its data, for the place that an address names with `at`; else for the state.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    reference, code = asked.services.reference, asked.address.get("at")
    area = reference.area(code) if code in reference.area_index else reference.areas[0]
    on = today(asked.services)
    reported = read_reported(asked.services, on)
    held = _held(asked, area.code)
    view = area_view(asked, area)
    title = view.place.title
    data = {
        "lang": asked.lang,
        "title": title.text,
        "echo": title.echo,
        "echo_lang": title.echo_lang or asked.lang,
        "period": f"{asked.text('export.period')}: {view.choices[0].value}",
        "as_of": asked.text("paper.as_of", at=form.day_clock(asked.now, asked.services.zone)),
        "needs": asked.text("lead.title"),
        "nothing": asked.text("number.loading"),
        "sentences": [{"tone": one.tone, "lead": one.lead, "rest": one.rest} for one in view.sentences],
        "numbers": _numbers(asked, view, reported, area.code),
        "places": _places(asked, view),
        "services": _services(asked, view),
        "holders": held,
        "late": _late(asked),
        "definitions": _definitions(asked, view),
        **foot(asked, title.text),
    }
    return f"brief_{area.slug}_{on:%Y-%m-%d}", data


def _part(
    title: str,
    heads: Sequence[str],
    widths: Sequence[float],
    rows: Sequence[Sequence[object]],
    *,
    right: int = 0,
    nothing: str = "",
    more: str = "",
    total: bool = False,
) -> dict[str, Any]:
    """A titled table; its columns from `right` on are numbers, none where it is 0."""
    sides = [bool(right) and number >= right for number in range(len(heads))]
    return {
        "title": title,
        "heads": heads,
        "widths": widths,
        "right": sides,
        "rows": rows,
        "nothing": nothing,
        "more": more,
        "total": total,
    }


def _numbers(asked: Asked, view: AreaView, reported: Reported, area: str) -> dict[str, Any]:
    heads = [asked.text(f"paper.{key}") for key in ("figure", "value", "target", "newest", "reported")]
    rows = [_number(asked, one, reported, area) for one in view.numbers]
    return _part(asked.text("paper.figures"), heads, [30, 24, 12, 22, 28], rows)


def _number(asked: Asked, one: Number, reported: Reported, area: str) -> list[object]:
    shown = one.figure
    indicator = asked.services.values.indicators.get(shown.code)
    covered = None if indicator is None else reported.coverage(indicator.subjects, area)
    return [
        asked.text(f"measure.{one.measure}"),
        {"mark": _mark(one.beside or shown), "text": _value(asked, one)},
        form.NOT_APPLICABLE if shown.target is None else shown.digits(shown.target),
        form.NOT_APPLICABLE if indicator is None else _age(asked, indicator.sources),
        form.NOT_APPLICABLE
        if covered is None
        else asked.text(
            f"paper.of_{covered.of}", count=form.integer(covered.reporting), of=form.integer(covered.expected)
        ),
    ]


def _value(asked: Asked, one: Number) -> str:
    """The number with its unit, its share beside it and its "as of"; in words why there is none."""
    shown, zone = one.figure, asked.services.zone
    if shown.value is None:
        return no_number(shown, asked.lang, zone)
    parts = [figure_text(shown), unit_text(shown, asked.lang)]
    if one.beside is not None and one.beside.value is not None:
        parts.append(f"({form.percent(one.beside.value)})")
    if shown.is_late:
        parts.append(as_of_words(shown, asked.lang, zone))
    return " ".join(part for part in parts if part)


def _age(asked: Asked, names: Sequence[str]) -> str:
    """Age of the newest event of the source that is furthest behind."""
    known = [asked.services.values.sources[name] for name in names if name in asked.services.values.sources]
    ages = [one.age_s(asked.now) for one in known]
    heard = [age for age in ages if age is not None]
    return form.age(max(heard), asked.lang) if heard else asked.text("number.never")


def _mark(shown: Figure) -> str:
    return "stale" if shown.fresh.freshness is not Freshness.LIVE else BANDS[shown.band]


def _places(asked: Asked, view: AreaView) -> dict[str, Any] | None:
    ranked = view.ranking
    if ranked is None:
        return None
    heads = [asked.text(f"table.{key}") for key in ("place", "overdue", "share", "due48", "in_time", "oldest")]
    level = ranked.own.name.text if ranked.own is not None else ""
    named = [(row, row.name.text) for row in ranked.rows[:_PLACES]]
    named += [(ranked.own, asked.text("table.own", level=level))] if ranked.own is not None else []
    rows = [
        [
            {"mark": _mark(row.share), "text": name},
            _digits(asked, row.overdue),
            _digits(asked, row.share),
            _digits(asked, row.due_48h),
            _digits(asked, row.in_time),
            _days(asked, row.oldest_days),
        ]
        for row, name in [*named, (ranked.total, view.place.title.text)]
    ]
    left = len(ranked.rows) - _PLACES
    more = asked.text("paper.more", count=form.integer(left)) if left > 0 else ""
    title = asked.text("table.title", places=view.place.level_words)
    return _part(title, heads, [34, 14, 22, 16, 22, 14], rows, right=1, more=more, total=True)


def _services(asked: Asked, view: AreaView) -> dict[str, Any]:
    heads = [asked.text(f"table.{key}") for key in ("service", "overdue", "share")]
    rows = [
        [{"mark": _mark(one.share), "text": one.name}, _digits(asked, one.overdue), _digits(asked, one.share)]
        for one in view.services
    ]
    nothing = asked.text("lead.none_overdue")
    return _part(asked.text("services.title"), heads, [50, 14, 22], rows, right=1, nothing=nothing)


def _held(asked: Asked, area: str) -> dict[str, Any]:
    held = holding(read_holders(asked, "overdue", area))
    heads = [asked.text(f"table.{key}") for key in ("office", "seat", "overdue", "oldest")]
    rows = [
        [
            office_name(asked, one.office),
            post_name(asked, one.post) or form.NOT_APPLICABLE,
            form.integer(one.cases),
            _days(asked, late_days(one.oldest_due_at, asked.now)),
        ]
        for one in held.holders[:_HOLDERS]
    ]
    left = held.holders[_HOLDERS:]
    more = asked.text(
        "paper.more_holders", count=form.integer(len(left)), cases=form.integer(sum(one.cases for one in left))
    )
    return _part(
        asked.text("paper.holders"),
        heads,
        [46, 34, 14, 14],
        rows,
        right=2,
        nothing=asked.text("lead.none_overdue"),
        more=more if left else "",
    )


def _late(asked: Asked) -> dict[str, Any]:
    late = [one for one in asked.services.values.sources.values() if one.freshness(asked.now) is not Freshness.LIVE]
    late.sort(key=lambda one: one.age_s(asked.now) or float("inf"), reverse=True)
    rows = [
        [
            {"mark": "stale", "text": asked.chosen(one.title, one.title_local)},
            _since(asked, one.last_event_at),
            form.age(one.age_s(asked.now), asked.lang) if one.last_event_at else form.NOT_APPLICABLE,
        ]
        for one in late[:_LATE]
    ]
    heads = [asked.text(f"paper.{key}") for key in ("source", "newest_at", "age")]
    left = len(late) - _LATE
    return _part(
        asked.text("paper.late"),
        heads,
        [40, 30, 20],
        rows,
        nothing=asked.text("export.sources_live"),
        more=asked.text("paper.more", count=form.integer(left)) if left > 0 else "",
    )


def _since(asked: Asked, at: datetime | None) -> str:
    return asked.text("number.never") if at is None else form.day_clock(at, asked.services.zone)


def _definitions(asked: Asked, view: AreaView) -> dict[str, Any]:
    codes = dict.fromkeys(
        figure.code for one in view.numbers for figure in (one.figure, one.beside) if figure is not None
    )
    known = [asked.services.values.indicators[code] for code in codes if code in asked.services.values.indicators]
    rows = [
        [
            asked.chosen(one.name_en, one.name_local),
            one.code,
            form.integer(one.version),
            form.day(one.valid_from),
            post_name(asked, one.owner_post) or form.NOT_APPLICABLE,
        ]
        for one in known
    ]
    heads = [asked.text(f"paper.{key}") for key in ("figure", "code", "version", "since", "owner")]
    return _part(asked.text("paper.definitions"), heads, [36, 30, 10, 16, 30], rows)


def _digits(asked: Asked, shown: Figure) -> str:
    return no_number(shown, asked.lang, asked.services.zone) if shown.value is None else figure_text(shown)


def _days(asked: Asked, count: int | None) -> str:
    return form.NOT_APPLICABLE if count is None else f"{form.integer(count)} {asked.text('unit.d')}"
