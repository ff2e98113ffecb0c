"""Cards of the wall: indicators that belong together, each with its worst place; and chosen state-wide numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard.views.figure import figure
from dashboard.views.lasting import known_lines, shortest
from dashboard.views.place import area_name
from dashboard.views.wall_frame import Bilingual, Card, CardLine, Cards, Number
from dashboard.views.wall_parts import before_like, change_note, change_since, mark_of, small_note, spark_of, stale_note
from dashboard.views.worst import worst_place
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.catalogue import Indicator
    from dashboard.choice_file import Line
    from dashboard.services import Services
    from dashboard.views.figure import Figure
    from dashboard.views.wall_frame import Fit, Mark
    from dashboard.views.wall_parts import Scene
    from dashboard.wall_choice import CardChoice

_COLOURS: dict[Band, Mark] = {Band.RED: "red", Band.AMBER: "amber"}


def has_cards(services: Services, chosen: Sequence[CardChoice]) -> bool:
    """Whether the catalogue has anything of some cards."""
    return any(line.indicator in services.values.indicators for card in chosen for line in card.lines)


def cards(scene: Scene, chosen: Sequence[CardChoice], columns: int, lines: int, *, at_worst: bool = False) -> Cards:
    """Cards with what the catalogue has of them; empty ones are left out.

    Args:
        scene: value copy and language.
        chosen: the state's choice.
        columns: cards side by side.
        lines: indicators that a card has room for.
        at_worst: whether a line without room for its worst place is about that place, where it is red or amber.
    """
    made = []
    for card in chosen:
        known = [line for line in card.lines if line.indicator in scene.services.values.indicators]
        if known:
            shown = tuple(_line(scene, line, at_worst=at_worst) for line in known[:lines])
            made.append(Card(_both(scene, card.name_en, card.name_local), shown))
    capacity = max((len(card.lines) for card in made), default=1)
    return Cards(columns, max(1, -(-len(made) // columns)), capacity, tuple(made))


def chosen_numbers(scene: Scene, chosen: Sequence[Line], count: int) -> tuple[Number, ...]:
    """State-wide numbers of the state's choice, with the change on the same span before where it is known.

    Args:
        scene: value copy, language, weekly sums of the state.
        chosen: the state's choice.
        count: how many have room.
    """
    known = [line for line in chosen if line.indicator in scene.services.values.indicators]
    return tuple(_number(scene, line) for line in known[:count])


def _number(scene: Scene, chosen: Line) -> Number:
    indicator = scene.services.values.indicators[chosen.indicator]
    shown = _shown(scene, indicator)
    line = scene.history.line_of(indicator, scene.state.code)
    stale = stale_note(scene, shown)
    is_compared = stale is None and indicator.time == "flow"
    earlier = before_like(scene, shown) if is_compared else None
    arrow, change = change_since(shown, earlier, indicator.decimals)
    return Number(
        code=shown.code,
        label=_both(scene, chosen.name_en, chosen.name_local),
        mark=mark_of(shown),
        value=_value(shown),
        unit="%" if shown.is_share and shown.value is not None else "",
        freshness=shown.fresh.freshness.value,
        arrow=arrow,
        change=change,
        note=_note(scene, shown, has_change=bool(change)) if stale is None else stale,
        spark=spark_of(line, shown.target) if line.is_drawn else None,
    )


def _note(scene: Scene, shown: Figure, *, has_change: bool) -> Fit:
    change = change_note(scene, shown) if has_change else small_note(scene, shown)
    target = "" if shown.target is None else scene.text("number.target", target=form.number(shown.target, 0))
    unit = "" if shown.is_share else scene.asked.chosen(shown.unit_en, shown.unit_local)
    rest = " · ".join(part for part in (unit, target) if part)
    return tuple(dict.fromkeys((" · ".join(part for part in (change, rest) if part), change or rest, "")))


def _line(scene: Scene, chosen: Line, *, at_worst: bool) -> CardLine:
    indicator = scene.services.values.indicators[chosen.indicator]
    shown, name = _shown(scene, indicator), scene.asked.chosen(chosen.name_en, chosen.name_local)
    names: Fit = (name,)
    place_mark, place = _place(scene, indicator, shown)
    coloured = _coloured(scene, chosen, shown) if at_worst else None
    if coloured is not None:
        shown, where = coloured, area_name(scene.asked, coloured.area)
        names, place_mark, place = (f"{name}, {where}", where), "", ("",)
    unit = scene.asked.chosen(shown.unit_en, shown.unit_local)
    return CardLine(
        code=shown.code,
        name=names,
        mark=mark_of(shown),
        value=_value(shown),
        unit=("",) if shown.value is None else (unit,) if shown.is_share else (unit, ""),
        freshness=shown.fresh.freshness.value,
        place_mark=place_mark,
        place=place,
    )


def _place(scene: Scene, indicator: Indicator, shown: Figure) -> tuple[Mark, Fit]:
    """The worst place with its colour; for a figure that is not of this moment its age instead."""
    stale = stale_note(scene, shown)
    if stale is not None:
        return "stale", stale
    if shown.is_small:
        return "", (small_note(scene, shown),)
    worst = worst_place(scene.services, indicator)
    if worst is None:
        return "", ("",)
    name, value = area_name(scene.asked, worst.area), form.number(worst.value, indicator.decimals)
    more = f" +{form.integer(worst.others)}" if worst.others else ""
    return _COLOURS.get(worst.band, ""), tuple(dict.fromkeys((f"{name}{more} · {value}", f"{name} · {value}", name)))


def _coloured(scene: Scene, chosen: Line, whole: Figure) -> Figure | None:
    """The number where something lasts shortest, or else is worst, if it is red or amber there."""
    services = scene.services
    if stale_note(scene, whole) is not None:
        return None
    least = shortest(services, known_lines(services, (chosen,)), scene.state.code, 0).least
    worst = worst_place(services, services.values.indicators[chosen.indicator])
    area = least[0][0].figure.area if least else None if worst is None else worst.area
    shown = None if area is None else figure(services, whole.code, area, whole.period)
    return shown if shown is not None and mark_of(shown) else None


def _shown(scene: Scene, indicator: Indicator) -> Figure:
    return figure(scene.services, indicator.code, scene.state.code, indicator.headline_period)


def _value(shown: Figure) -> Fit:
    exact = shown.digits(shown.value)
    return (exact,) if abs(shown.value or 0) < form.LAKH else (exact, form.short(shown.value))


def _both(scene: Scene, name_en: str, name_local: str) -> Bilingual:
    text, echo = scene.asked.chosen(name_en, name_local), scene.asked.echo(name_en, name_local)
    return Bilingual(text, "" if echo == text else echo)
