"""Dangers to life: indicators that the state's `wall.toml` names under [alarm] and that are red somewhere now.

One stands as a band on every wall until somebody acknowledges it at the operator's desk, or it is over. What was
acknowledged stays so while no other place turns red. A new one comes at most every ten minutes, so that the band is
read and not feared. A late source makes none – it is late, and says so – but ends none either: that nothing is heard
any more does not mean that all is well, so what was told stays, with the instant that it is from.

Source: shared design guide, section 3.4 (drawing attention without blinking).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dashboard.freshness import Freshness
from dashboard.kept_file import KeptFile
from dashboard.views.figure import figure
from dashboard.views.wall_attention import where_of
from dashboard.views.worst import worst_place
from dashboard.wall_choice import read_choice
from warehouse.value import Band

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dashboard.choice_file import Line
    from dashboard.services import Services
    from dashboard.views.asked import Asked
    from dashboard.views.wall_frame import Fit

_LOG: Final = logging.getLogger(__name__)
FILE: Final = "alarms.json"
#: Between the beginnings of two of them.
LEAST_GAP: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Danger:
    """One indicator that is red.

    Attributes:
        line: the indicator by its short name.
        area: code of the worst place.
        value: there.
        areas: codes of all red places of that level.
        is_current: whether no source of it is late.
    """

    line: Line
    area: str
    value: float
    areas: frozenset[str]
    is_current: bool


def dangers(services: Services) -> tuple[Danger, ...]:
    """All that there are, in the order of the state's file."""
    found = []
    for line in read_choice(services.config.state.reference).alarms:
        indicator = services.values.indicators.get(line.indicator)
        if indicator is None:
            continue
        worst = worst_place(services, indicator)
        if worst is not None and worst.band is Band.RED:
            is_current = services.values.as_of(indicator.code).freshness is Freshness.LIVE
            found.append(Danger(line, worst.area, worst.value, frozenset({worst.area, *worst.alike}), is_current))
    return tuple(found)


def danger_parts(asked: Asked, danger: Danger) -> tuple[str, str, Fit]:
    """What it is, its value with its unit, and where: the worst place and how many others, longest first."""
    code = danger.line.indicator
    period = asked.services.values.indicators[code].headline_period
    shown = figure(asked.services, code, danger.area, period)
    value = f"{shown.digits(danger.value)} {asked.chosen(shown.unit_en, shown.unit_local)}".strip()
    where = where_of(asked, danger.area, len(danger.areas) - 1)
    return asked.chosen(danger.line.name_en, danger.line.name_local), value, where


class Acknowledged:
    """Which places of which dangers somebody knows of: a file of the data folder."""

    def __init__(self, folder: Path) -> None:
        """Args: folder: that of the data."""
        self._file = KeptFile(folder, FILE)

    def is_known(self, danger: Danger) -> bool:
        """Whether all of its places are known."""
        return danger.areas <= set(self._file.all().get(danger.line.indicator, ()))

    def add(self, danger: Danger) -> None:
        """Know it."""
        self._file.change(lambda kept: {**kept, danger.line.indicator: tuple(sorted(danger.areas))})

    def forget_others(self, present: Sequence[Danger]) -> None:
        """Forget places that are not red any more, so that they are told when they are again."""
        red = {one.line.indicator: one.areas for one in present}
        known = self._file.all().items()
        gone = {(code, area) for code, areas in known for area in areas if area not in red.get(code, ())}

        def left(kept: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
            return {code: tuple(area for area in areas if (code, area) not in gone) for code, areas in kept.items()}

        if gone:
            try:
                self._file.change(left)
            except OSError as error:  # a wall is drawn all the same
                _LOG.warning("what is over could not be forgotten: %s", error)


class Alarm:
    """Which danger a wall tells now."""

    def __init__(self, services: Services) -> None:
        """Nothing is told yet. Args: services: value copy, reference data, settings."""
        self._services = services
        self._known = Acknowledged(services.config.data.dir)
        self._told = ""
        self._begun: datetime | None = None

    def look(self, now: datetime) -> tuple[Danger, datetime] | None:
        """The danger that is told and since when; None = none.

        Args:
            now: the engine's instant.
        """
        values = self._services.values
        if not values.loaded or values.status.phase != "live":
            return None
        present = dangers(self._services)
        self._known.forget_others(present)
        waiting = {one.line.indicator: one for one in present if not self._known.is_known(one)}
        if self._told not in waiting:
            new = next((code for code, one in waiting.items() if one.is_current), "")
            may_begin = self._begun is None or now - self._begun >= LEAST_GAP or now < self._begun
            self._told = new if may_begin else ""
            self._begun = now if self._told else self._begun
        if not self._told or self._begun is None:
            return None
        return waiting[self._told], self._begun
