"""The attention list of the wall in words: what, where, who holds it, how bad; and what was cleared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard import language
from dashboard.freshness import Freshness
from dashboard.views.figure import figure
from dashboard.views.history import read_history
from dashboard.views.holding import late_days
from dashboard.views.place import area_name, office_name, post_name
from dashboard.views.today import today
from dashboard.views.wall_frame import Attention, AttentionRow
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.catalogue import Indicator
    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from dashboard.views.attention import Concern, Ranked
    from dashboard.views.figure import Figure
    from dashboard.views.wall_frame import Arrow, Fit, Mark
    from dashboard.views.wall_parts import Scene

_WEEKS_TO_COMPARE = 2


@dataclass(frozen=True, slots=True)
class Cleared:
    """What has left red and amber since the wall began to watch.

    Attributes:
        count: places × services or readings.
        since: time of day at which the watch began.
        last: the latest of them; None when there is none.
    """

    count: int = 0
    since: str = ""
    last: Concern | None = None


def attention(
    scene: Scene, ranked: Ranked, week_ago: Mapping[str, float], new: frozenset[str], cleared: Cleared
) -> Attention:
    """The list in words, with the figures of this moment.

    Args:
        scene: value copy and language.
        ranked: which rows in which order; older than the figures by up to a minute.
        week_ago: figures of seven days ago by concern id.
        new: ids of concerns that came in less than a minute ago.
        cleared: what is gone.
    """
    more = ranked.more_red + ranked.more_amber
    counts = {
        "count": form.integer(more),
        "red": form.integer(ranked.more_red),
        "amber": form.integer(ranked.more_amber),
    }
    calm = not ranked.concerns and scene.services.values.status.phase == "live"
    rest = scene.text("attention.rest", **counts) if more else ""
    is_small = scene.layout.form == "small"
    captions = (scene.text("attention.caption"), scene.text("attention.caption_short"), "")
    return Attention(
        heading=scene.both("attention.heading"),
        caption=(rest, f"+ {form.integer(more)}", "") if is_small and rest else captions,
        rows=tuple(_row(scene, one, week_ago.get(one.id), is_new=one.id in new) for one in ranked.concerns),
        rest=rest,
        cleared=_cleared_text(scene, cleared),
        cleared_last=_cleared_last(scene, cleared),
        calm=scene.text("attention.calm") if calm else "",
    )


def what_of(asked: Asked, indicator: Indicator) -> Fit:
    """What an indicator of attention is about, longest first; each says what is measured."""
    service = asked.services.reference.services.get(indicator.subjects[0])
    if service is None or indicator.numerator != "overdue":
        return name_of(asked, indicator)
    names = shorter(asked.chosen(service.name_en, service.name_local))
    first = asked.text("wall.attention.overdue_first", service=names[-1])
    return (*(asked.text("wall.attention.overdue", service=name) for name in names), first)


def where_of(asked: Asked, code: str, others: int = 0) -> Fit:
    """A place with the one above it, and how many others are like it; longest first."""
    name = area_name(asked, code)
    above = [area for area in asked.services.reference.ancestors(code) if area.parent is not None]
    district = asked.chosen(above[0].name_en, above[0].name_local) if above else ""
    if district == name:
        name, district = _with_level(asked, code, name), ""
    long = f"{name}, {district}" if district else name
    more = [
        asked.text(f"wall.attention.{key}", place=place, count=form.integer(others))
        for place in (long, name)
        for key in ("and_more", "and_more_short")
    ]
    return tuple(dict.fromkeys((*more, long, name) if others else (long, name)))


def _with_level(asked: Asked, code: str, name: str) -> str:
    """A place that is called like the one above it, told apart by its level: "Palakkad taluk"."""
    reference = asked.services.reference
    level = next(one for one in reference.state.levels if one.code == reference.area(code).level)
    return f"{name} {asked.chosen(level.name_en.lower(), level.name_local)}"


def read_week_ago(services: Services, concerns: Sequence[Concern]) -> dict[str, float]:
    """Figures of seven days ago by concern id: of stocks from the warehouse, of flows the change of the last week.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    day = today(services)
    found = {}
    for concern in concerns:
        indicator = services.values.indicators[concern.indicator]
        if indicator.numerator == "overdue":
            history = read_history(services, [concern.area], list(concern.key), _WEEKS_TO_COMPARE, day)
            earlier = history.line(concern.area, "overdue").week_ago
        else:
            earlier = _week_before(services, indicator, concern.area)
        if earlier is not None:
            found[concern.id] = earlier
    return found


def _week_before(services: Services, indicator: Indicator, area: str) -> float | None:
    """What a flow's figure would be had the last seven days been as the seven before; None for levels and stocks."""
    if indicator.time != "flow":
        return None
    shown, now, before = (
        services.values.cell(indicator.code, area, period).value for period in (indicator.headline_period, "7d", "p7d")
    )
    return None if shown is None or now is None or before is None else shown - (now - before)


def _row(scene: Scene, concern: Concern, week_ago: float | None, *, is_new: bool) -> AttentionRow:
    services, lang = scene.services, scene.lang
    indicator = services.values.indicators[concern.indicator]
    shown = figure(services, concern.indicator, concern.area, indicator.headline_period)
    counts = indicator.numerator == "overdue"
    value = shown.cell.numerator if counts else shown.cell.value
    arrow, change = _change(shown, value, week_ago, 0 if counts else indicator.decimals)
    unit = "" if counts else language.chosen(indicator.unit_en, indicator.unit_local, lang)
    silent = shown.fresh.freshness is Freshness.SILENT
    return AttentionRow(
        id=concern.id,
        mark="stale" if silent else _colour(shown),
        what=what_of(scene.asked, indicator),
        where=where_of(scene.asked, concern.area, concern.places - 1),
        who=_who(scene, concern, indicator),
        detail=_detail(scene, concern, indicator, shown),
        value=form.NOT_APPLICABLE if silent else form.integer(value) if counts else shown.digits(value),
        unit="" if silent else unit,
        freshness=shown.fresh.freshness.value,
        arrow=arrow,
        change=change,
        as_of=_as_of(scene, shown),
        is_new=is_new,
    )


def _colour(shown: Figure) -> Mark:
    """The colour that the figure has or last had: a late one keeps it, beside "as of"."""
    marks: dict[Band, Mark] = {Band.RED: "red", Band.AMBER: "amber", Band.NORMAL: "cleared"}
    return marks.get(shown.cell.band, "normal")


def _change(shown: Figure, value: float | None, week_ago: float | None, decimals: int) -> tuple[Arrow, str]:
    if value is None or week_ago is None or shown.fresh.freshness is not Freshness.LIVE:
        return "", ""
    change = form.change(value - week_ago, decimals)
    return ("", "") if change is None else (change.direction, change.text)


def _as_of(scene: Scene, shown: Figure) -> str:
    clock = scene.clock(shown)
    if shown.fresh.freshness is Freshness.SILENT:
        return scene.text("no_data_since", clock=clock) if clock else scene.text("no_data")
    return scene.text("as_of", clock=clock) if shown.is_late else ""


def _who(scene: Scene, concern: Concern, indicator: Indicator) -> Fit:
    """Post that holds most of it; for readings the post that answers for them."""
    asked = scene.asked
    if concern.held.holders:
        most = concern.held.holders[0]
        return shorter(post_name(asked, most.post) or office_name(asked, most.office))
    return shorter(post_name(asked, indicator.owner_post))


def _detail(scene: Scene, concern: Concern, indicator: Indicator, shown: Figure) -> Fit:
    oldest_due_at = concern.held.holders[0].oldest_due_at if concern.held.holders else None
    days = late_days(oldest_due_at, scene.services.values.now())
    if not concern.is_utility and days is not None:
        oldest = (
            scene.text("attention.oldest_one") if days == 1 else scene.text("attention.oldest", days=form.integer(days))
        )
        return (oldest,)
    if shown.is_share and shown.cell.numerator is not None and shown.cell.denominator is not None:
        above, below = form.integer(shown.cell.numerator), form.integer(shown.cell.denominator)
        return (scene.text("attention.of", count=above, base=below), "")
    limit = _limit(scene, indicator, shown, concern.area)
    return (scene.text("attention.limit", limit=limit), "") if limit else ("",)


def _limit(scene: Scene, indicator: Indicator, shown: Figure, area: str) -> str:
    """The threshold that the figure has passed, with its unit."""
    bounds = indicator.bounds(scene.services.reference.area(area).level)
    if bounds is None or shown.cell.value is None:
        return ""
    pairs = ((bounds.red_low, bounds.red_high), (bounds.amber_low, bounds.amber_high))
    for low, high in pairs if shown.cell.band is Band.RED else pairs[1:]:
        passed = low if low is not None and shown.cell.value < low else high
        if passed is not None:
            unit = language.chosen(indicator.unit_en, indicator.unit_local, scene.lang)
            return f"{form.number(passed, indicator.decimals)} {unit}".strip()
    return ""


def _cleared_text(scene: Scene, cleared: Cleared) -> str:
    if not cleared.count:
        return ""
    return scene.text("attention.cleared", count=form.integer(cleared.count), clock=cleared.since)


def _cleared_last(scene: Scene, cleared: Cleared) -> Fit:
    if cleared.last is None:
        return ("",)
    indicator = scene.services.values.indicators[cleared.last.indicator]
    what, where = what_of(scene.asked, indicator), where_of(scene.asked, cleared.last.area)
    return (scene.text("attention.cleared_last", what=what[-1], where=where[-1]), "")


def name_of(asked: Asked, indicator: Indicator) -> Fit:
    """The name of an indicator, longest first; each says what is measured."""
    key = f"wall.measured.{indicator.family}"
    in_short = asked.text(key) if key in language.texts(language.ENGLISH) else ""
    return measured(asked.chosen(indicator.name_en, indicator.name_local), in_short)


def measured(name: str, in_short: str = "") -> Fit:
    """A name, "subject: measure", with an ever shorter subject; last the measure first.

    The measure stays: where even the shortest has no room, what is cut from its end is the subject.

    Args:
        name: of an indicator.
        in_short: its measure in fewer words; "" = there are none.
    """
    subject, colon, measure = name.rpartition(": ")
    if not colon:
        return shorter(name)
    subjects = shorter(subject)
    measures = (measure, in_short) if in_short else (measure,)
    last = measures[-1]
    texts = (f"{one}: {each}" for each in measures for one in subjects)
    return (*texts, f"{last[:1].upper()}{last[1:]}: {subjects[-1]}")


def shorter(name: str) -> Fit:
    """A name, then without what is in brackets, then up to its first colon or slash, then up to its first comma."""
    plain = name.split(" (", maxsplit=1)[0].strip()
    subject = plain.split(": ", maxsplit=1)[0].split(" / ", maxsplit=1)[0].strip()
    return tuple(dict.fromkeys((name, plain, subject, subject.split(",", maxsplit=1)[0].strip())))
