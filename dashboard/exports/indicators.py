"""The list that /indicators shows, in its order and narrowed as it is there, as a table.

assets/js/rows.js narrows and orders the list on the screen; a browser test holds both to the same rows.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from dashboard import format as form
from dashboard.exports.about import about
from dashboard.exports.cell import BANDS
from dashboard.exports.table import Column, Table, exact, local
from dashboard.freshness import Freshness
from dashboard.views.comparison import OF_LIST, comparison_choice, comparison_or_before
from dashboard.views.control import period_choice
from dashboard.views.indicator_list import OWN_PERIOD, Wanted, name_columns, read_background, value_columns
from dashboard.views.place import place
from dashboard.views.today import today
from warehouse.errors import EngineGoneError
from warehouse.value import Band, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.exports.table import Value
    from dashboard.views.asked import Asked

_COLUMNS: Final = {
    "code": 30,
    "name": 46,
    "department": 26,
    "about": 30,
    "value": 14,
    "unit": 14,
    "target": 10,
    "band": 14,
    "change": 12,
    "newest": 20,
    "reporting": 12,
    "expected": 12,
    "reporters": 12,
}
_FIGURES: Final = {"value", "target", "change"}
_NOT_ON_PAPER: Final = {"code", "reporters"}
_LATE: Final = "late"
#: Orders beside those of attention and names, with what they go by.
_BY: Final = {"change": "_worsening", "value": "_its_value", "target": "_behind"}


def indicators_table(asked: Asked) -> Table:
    """All indicators of the place, period, department, colour and words of an address.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    services, wanted = asked.services, Wanted.of(asked)
    comparison = comparison_or_before(asked, wanted.area, OF_LIST)
    if comparison.review is not None:
        wanted = replace(wanted, review=comparison.review.id)
    background = read_background(services, wanted.area.code, wanted.review)
    if not background.is_complete:
        message = "what was a week ago and who has reported"
        raise EngineGoneError(message)
    rows = _Rows(asked, name_columns(asked), value_columns(services, wanted, background))
    on = today(services)
    facts: list[tuple[str, Value]] = [
        ("period", period_choice(asked, on, wanted.period, also=(OWN_PERIOD,)).value),
        ("comparison", comparison_choice(asked, comparison).value),
        *(("narrowed", text) for text in rows.narrowed),
    ]
    chosen = rows.chosen()
    return Table(
        name=f"indicators_{wanted.area.slug}_{wanted.period}_{on:%Y-%m-%d}",
        sheet=asked.text("indicators.title"),
        about=about(
            asked,
            asked.text("indicators.title"),
            place(asked, wanted.area).title.text,
            facts=facts,
            rows=form.integer(len(chosen)),
        ),
        columns=tuple(
            Column(asked.text(f"csv_indicators.{key}"), width, key in _FIGURES, key not in _NOT_ON_PAPER)
            for key, width in _COLUMNS.items()
        ),
        rows=(rows.row(at) for at in chosen),
        written=lambda row, value: services.values.indicators[str(row[0])].digits(value),
    )


class _Rows:
    """Columns of the list, and which of their entries are asked for."""

    def __init__(self, asked: Asked, names: dict[str, Any], values: dict[str, Any]) -> None:
        self.asked, self.names, self.values = asked, names, values
        address = asked.address
        codes = {one["code"]: one["name"] for one in names["departments"]}
        self.department = address.get("department")
        self.band, self.source = address.get("band"), address.get("source")
        self.words = _plain(address.get("q")).split()
        band = (
            asked.text(f"indicators.band_{self.band}") if self.band in {*BANDS.values(), _LATE, "stale"} else self.band
        )
        source = names["source_titles"].get(self.source, self.source)
        by = (codes.get(self.department, self.department), source, band, address.get("q"))
        self.narrowed = [text for text in by if text]

    def chosen(self) -> list[int]:
        """Places of the rows that are asked for, in the wanted order."""
        found = [at for at in range(len(self.names["code"])) if self._fits(at)]
        address = self.asked.address
        order = address.get("order")
        if order == "name":
            found.sort(key=lambda at: _name_key(self.names["name"][at]))
        else:
            found.sort(key=lambda at: int(self.values["order"][at]))
        if order in _BY:
            found.sort(key=lambda at: _most_first(getattr(self, _BY[order])(at)))
        if address.get("group"):
            firsts = {code: number for number, code in reversed(list(enumerate(map(self._department_code, found))))}
            found.sort(key=lambda at: firsts[self._department_code(at)])
        return found

    def row(self, at: int) -> Sequence[Value]:
        """The cells of one entry."""
        names, values, asked = self.names, self.values, self.asked
        newest_ms = self._fresh(at)["newest_ms"]
        newest = None if newest_ms is None else datetime.fromtimestamp(newest_ms / 1000, asked.services.zone)
        reporters = "assets" if values["assets"][at] else "offices"
        expected = values["expected"][at]
        return [
            names["code"][at],
            names["name"][at],
            self._department(at)["name"],
            names["abouts"][names["about"][at]],
            self._value(at),
            names["units"][names["unit"][at]] or None,
            exact(values["target"][at]),
            self._colour(at),
            _number(values["change"][at]),
            local(newest, asked.services.zone),
            values["reporting"][at],
            expected,
            None if expected is None else asked.text(f"csv_indicators.{reporters}"),
        ]

    def _its_value(self, at: int) -> float:
        return float(self.values["value"][at])

    def _worsening(self, at: int) -> float:
        """By how much a number became worse; what is neither good nor bad, by how much it moved."""
        change, direction = float(self.values["change"][at]), self.names["direction"][at]
        return {"higher": -change, "lower": change}.get(direction, abs(change))

    def _behind(self, at: int) -> float:
        """How far a number is on the wrong side of its target, as part of the target."""
        target = self.values["target"][at]
        if not target:
            return math.nan
        side = 1 if self.names["direction"][at] == "higher" else -1
        return side * (target - self._its_value(at)) / abs(target)

    def _fits(self, at: int) -> bool:
        if self.values["state"][at] == State.NOT_APPLICABLE:
            return False
        department = self._department(at)
        if self.department and department["code"] != self.department:
            return False
        if self.source and self.source not in self.names["sources"][self.names["source"][at]]:
            return False
        if self.band and not (self._is_stale(at) if self.band == "stale" else self._status(at) == self.band):
            return False
        names = self.names
        said = (names["name"][at], names["echo"][at], names["code"][at], names["abouts"][names["about"][at]])
        text = _plain(" ".join((*said, department["name"], department["short"])))
        return all(word in text for word in self.words)

    def _department(self, at: int) -> dict[str, str]:
        number = self.names["department"][at]
        return self.names["departments"][number] if number >= 0 else {"code": "", "name": "", "short": ""}

    def _department_code(self, at: int) -> str:
        return self._department(at)["code"]

    def _fresh(self, at: int) -> dict[str, Any]:
        told: dict[str, Any] = self.values["freshness"][self.values["fresh"][at]]
        return told

    def _status(self, at: int) -> str:
        is_live = self._fresh(at)["state"] == Freshness.LIVE
        return BANDS[Band(int(self.values["band"][at]))] if is_live else _LATE

    def _is_stale(self, at: int) -> bool:
        """Late, silent or without a value: what departments count as not current."""
        return self._status(at) == _LATE or self.values["state"][at] in {State.NO_DATA, State.ERROR}

    def _colour(self, at: int) -> str:
        status = self._status(at)
        is_small = self.values["state"][at] == State.SMALL_BASE and status == "none"
        return self.asked.text("indicators.small_base" if is_small else f"indicators.band_{status}")

    def _value(self, at: int) -> Value:
        """The number, or in words why there is none."""
        number, fresh, state = _number(self.values["value"][at]), self._fresh(at), self.values["state"][at]
        if number is not None:
            return number
        if fresh["state"] == Freshness.SILENT and fresh["at_ms"] is not None:
            at_clock = datetime.fromtimestamp(fresh["at_ms"] / 1000, self.asked.services.zone)
            return self.asked.text("number.no_data_since", at=form.day_clock(at_clock, self.asked.services.zone))
        if fresh["state"] == Freshness.SILENT or state == State.NO_DATA:
            return self.asked.text("number.no_data")
        return self.asked.text("number.error") if state == State.ERROR else None


def _number(value: float) -> int | float | None:
    return None if math.isnan(value) else exact(value)


def _most_first(value: float) -> tuple[bool, float]:
    """What has none stands last."""
    return math.isnan(value), 0.0 if math.isnan(value) else -value


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def _name_key(name: str) -> list[tuple[int, int, str]]:
    """Numbers inside a name count as numbers, as in the browser's order."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part]
