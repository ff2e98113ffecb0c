"""What lasts shortest, as the row of numbers above the cards of resources: each at the place where it is shortest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard.views.lasting import known_lines, lasting_at, shortest
from dashboard.views.place import area_name
from dashboard.views.wall_frame import Bilingual, Number
from dashboard.views.wall_parts import mark_of, stale_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.choice_file import Line
    from dashboard.views.lasting import Lasting
    from dashboard.views.wall_frame import Fit
    from dashboard.views.wall_parts import Scene


def lasting_numbers(scene: Scene, chosen: Sequence[Line], count: int) -> tuple[Number, ...]:
    """The shortest time of each thing that runs out, the shortest of all first.

    Args:
        scene: value copy, language.
        chosen: the state's choice.
        count: how many have room.
    """
    found = shortest(scene.services, known_lines(scene.services, chosen), scene.state.code, 0)
    return tuple(_number(scene, one) for one, _ in found.least[:count])


def _number(scene: Scene, one: Lasting) -> Number:
    shown, line = one.figure, one.line
    stale = stale_note(scene, shown)
    return Number(
        code=shown.code,
        label=Bilingual(*(said(line.name_en, line.name_local) for said in (scene.asked.chosen, scene.asked.echo))),
        mark=mark_of(shown),
        value=(shown.digits(shown.value), form.integer(shown.value)),
        unit=scene.asked.chosen(shown.unit_en, shown.unit_local),
        freshness=shown.fresh.freshness.value,
        arrow="",
        change="",
        note=_where(scene, one) if stale is None else stale,
        spark=None,
    )


def _name(scene: Scene, line: Line, lang: str) -> str:
    return scene.asked.name_in(lang, line.name_en, line.name_local)


def _where(scene: Scene, one: Lasting) -> Fit:
    """The place and what it is part of; then the state as a whole where there is room."""
    place = area_name(scene.asked, one.figure.area)
    above = scene.services.reference.ancestors(one.figure.area)[:1]
    district = f"{place}, {area_name(scene.asked, above[0].code)}" if above else place
    whole = lasting_at(scene.services, one.line, scene.state.code)
    if whole is None:
        return district, place
    of_state = scene.text(
        "lasting.state", state=area_name(scene.asked, scene.state.code), value=whole.figure.digits(whole.figure.value)
    )
    return f"{district} · {of_state}", district, place
