"""Ranked lists of the wall: worst taluks, offices with most cases due, departments with their worst indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dashboard import format as form
from dashboard import language
from dashboard.views.department_standing import read_standing, worst_indicator
from dashboard.views.figure import figure
from dashboard.views.holding import NONE_HELD, late_days
from dashboard.views.place import area_name, office_name, post_name
from dashboard.views.wall_attention import name_of, shorter, where_of
from dashboard.views.wall_departments import department_name
from dashboard.views.wall_frame import AttentionRow, Ranking
from dashboard.views.wall_parts import change_since, mark_of, stale_note
from dashboard.views.worst import worst_place
from warehouse.value import PERIODS, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dashboard.catalogue import Indicator
    from dashboard.services import Services
    from dashboard.views.figure import Figure
    from dashboard.views.history import History
    from dashboard.views.holding import Held, Holder
    from dashboard.views.wall_frame import Fit
    from dashboard.views.wall_parts import Scene


def worst_areas(services: Services, indicator: Indicator, count: int) -> tuple[str, ...]:
    """Codes of the areas with daily series in which an indicator is worst; those under the minimum base are not ranked.

    Args:
        services: value copy and reference data.
        indicator: a share of which much, or little, is bad.
        count: most areas.
    """
    areas = services.reference.by_level(services.reference.state.series_level)
    columns = np.array([services.values.area_index(area.code) for area in areas])
    with services.values.reading() as values:
        at = values.layout.at(PERIODS.index(indicator.headline_period), indicator.index, columns)
        value, band, state = values.flat.value[at], values.flat.band[at], values.flat.state[at]
    sign = -1 if indicator.direction == "higher" else 1
    order = np.lexsort((-sign * value, -band.astype(np.int64)))
    return tuple(areas[place].code for place in order if state[place] == State.OK)[:count]


def area_ranking(
    scene: Scene, indicator: Indicator, areas: Sequence[str], held: Mapping[tuple[str, bool], Held], history: History
) -> tuple[AttentionRow, ...]:
    """Areas with a share, who holds most of its overdue cases and how old the oldest is.

    Args:
        scene: value copy and language.
        indicator: the share.
        areas: in order; older than the figures by up to a minute.
        held: who holds overdue cases there.
        history: weekly sums of these areas.
    """
    return tuple(_area_row(scene, indicator, code, held.get((code, False), NONE_HELD), history) for code in areas)


def _area_row(scene: Scene, indicator: Indicator, code: str, held: Held, history: History) -> AttentionRow:
    shown = figure(scene.services, indicator.code, code, indicator.headline_period)
    week_ago = history.line_of(indicator, code).week_ago
    above = scene.services.reference.ancestors(code)[0]
    days = late_days(held.oldest_due_at, scene.services.values.now())
    post = post_name(scene.asked, held.post) or (office_name(scene.asked, held.office) if held.office else "")
    return _row(
        scene,
        shown,
        id=code,
        what=(area_name(scene.asked, code),),
        where=(scene.asked.chosen(above.name_en, above.name_local),),
        who=shorter(post),
        detail=("",) if days is None else (_oldest(scene, days),),
        week_ago=week_ago,
    )


def office_ranking(scene: Scene, holders: Sequence[Holder]) -> tuple[AttentionRow, ...]:
    """Offices and posts with cases that pass their limit soon, as many as were asked for, most cases first.

    Args:
        scene: language and clock.
        holders: joined by office and post.
    """
    return tuple(_office_row(scene, one) for one in holders)


def _office_row(scene: Scene, one: Holder) -> AttentionRow:
    asked = scene.asked
    office, post = office_name(asked, one.office), post_name(asked, one.post)
    first = "" if one.oldest_due_at is None else scene.text("breach.first", clock=soon(scene, one.oldest_due_at))
    return AttentionRow(
        id=f"{one.office}|{one.post}",
        mark="normal",
        what=shorter(post or office),
        where=shorter(office if post else area_name(asked, one.area)),
        who=(*where_of(asked, one.area), area_name(asked, one.area)) if one.area else ("",),
        detail=(first, ""),
        value=form.integer(one.cases),
        unit="",
        freshness="live",
        arrow="",
        change="",
        as_of="",
        is_new=False,
    )


def soon(scene: Scene, at: datetime) -> str:
    """An instant of the next days: time of day, with the weekday when that is not today's."""
    zone, local = scene.services.zone, at.astimezone(scene.services.zone)
    today = scene.services.values.now().astimezone(zone).date()
    weekdays = language.texts(scene.lang)["wall.weekdays"].split(" ")
    return form.clock(at, zone) if local.date() == today else f"{weekdays[local.weekday()]} {form.clock(at, zone)}"


def department_ranking(scene: Scene, count: int) -> Ranking:
    """The departments with most red indicators, each with the one that is worst in most places, and where.

    Args:
        scene: value copy and language.
        count: rows that have room.
    """
    standing = read_standing(scene.services)
    rows = []
    for code in [one for one in standing.order if standing.worst.get(one)][:count]:
        worst = worst_indicator(scene.services, standing, code)
        if worst is None:
            continue
        counts = standing.by_department[code]
        shown = figure(scene.services, worst.code, scene.state.code, worst.headline_period)
        place = worst_place(scene.services, worst)
        rows.append(
            _row(
                scene,
                shown,
                id=f"{code}|{worst.code}",
                what=(department_name(scene, code),),
                where=name_of(scene.asked, worst),
                who=(scene.text("departments.everywhere"),)
                if place is None
                else where_of(scene.asked, place.area, place.others),
                detail=(
                    scene.text("departments.colours", red=form.integer(counts["red"]), amber=counts["amber"]),
                    "",
                ),
                week_ago=None,
            )
        )
    return Ranking(
        heading=scene.both("departments.worst"),
        caption=(scene.text("departments.worst_caption"), ""),
        rows=tuple(rows),
        capacity=count,
        calm="" if rows else scene.text("attention.calm"),
    )


def _oldest(scene: Scene, days: int) -> str:
    return scene.text("attention.oldest_one") if days == 1 else scene.text("attention.oldest", days=form.integer(days))


def _row(
    scene: Scene,
    shown: Figure,
    *,
    id: str,  # noqa: A002 - the frame's own word
    what: Fit,
    where: Fit,
    who: Fit,
    detail: Fit,
    week_ago: float | None,
) -> AttentionRow:
    stale = stale_note(scene, shown)
    arrow, change = change_since(shown, week_ago)
    unit = "" if shown.value is None else scene.asked.chosen(shown.unit_en, shown.unit_local)
    return AttentionRow(
        id=id,
        mark=mark_of(shown),
        what=what,
        where=where,
        who=who,
        detail=detail,
        value=shown.digits(shown.value),
        unit=unit,
        freshness=shown.fresh.freshness.value,
        arrow=arrow,
        change=change,
        as_of="" if stale is None else stale[0],
        is_new=False,
    )
