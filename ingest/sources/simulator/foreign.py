"""Readings as their source system would write them: the declared mapping of the source, read backwards.

Who may import it: ingest.sources.simulator, tests.
Invariant: what the mapping makes of a row has the event id that the simulation gives the event, so that a row that is
sent again is known, and a correction finds what it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from ingest.sources.simulator.block import KIND_CODE, NONE, Block, Nature
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ingest.rule import FieldRule, TimeNotation
    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.simulator.encode import Encoder
    from ingest.sources.simulator.points import Mask

#: Column → cell.
ForeignRow = dict[str, Any]
#: What a mapping of readings must take from columns so that it can be read backwards.
_NEEDED: Final = ("asset", "metric", "value", "ref")
_KINDS: Final = ("reading.taken", "event.corrected", "event.retracted")
_KIND_CODES: Final = [KIND_CODE[kind] for kind in _KINDS]
#: Ways to break a row: the field, and what stands there instead.
_BREAKS: Final = (
    ("metric", "Item that was renamed"),
    ("at", "31-13-2026 10:75"),
    ("asset", "A place that nobody knows"),
    ("value", "not measured"),
)


class ForeignRows:
    """Writes rows of one source."""

    def __init__(self, mapping: SourceMapping, encoder: Encoder, asset_names: Mapping[str, str]) -> None:
        """Read the mapping backwards.

        Args:
            mapping: of the source: one entry, for readings and what is said of them later.
            encoder: knows what the simulation's codes mean.
            asset_names: English name by asset code.

        Raises:
            ConfigError: the mapping has another form.
        """
        entry = mapping.entries[0]
        rules = {"kind": entry.kind, "at": entry.at, **{name: entry.fields.get(name) for name in _NEEDED}}
        self._columns = {name: rule.columns[0] for name, rule in rules.items() if rule is not None and rule.columns}
        self._kinds, self._items = _words(entry.kind), _words(entry.fields.get("metric"))
        unwritten = rules.keys() - self._columns.keys()
        named = entry.event_id.columns if entry.event_id is not None else ()
        if unwritten or len(named) != 1 or len(mapping.entries) > 1 or not self._kinds.keys() >= {*_KINDS}:
            raise ConfigError(
                f"source.{mapping.name}: the simulator can write rows for one event only, with an id of one column, a "
                f"map of kind that names {', '.join(_KINDS)}, and columns for {', '.join(rules)}"
            )
        self._id_column = named[0]
        self._time: TimeNotation = entry.at.time
        self._zone = ZoneInfo(self._time.timezone)
        self._names, self._encoder = asset_names, encoder
        points = encoder.points
        self._known = np.array([code in self._items for code in points.metrics], bool)

    def can_say(self, block: Block) -> Mask:
        """Which events a row can be written for: what is said of readings whose item the mapping knows."""
        of_point = (block["point"] != NONE) & np.isin(block["kind"], _KIND_CODES)
        found: Mask = of_point.copy()
        found[of_point] = self._known[block["point"][of_point]]
        return found

    def written(self, block: Block) -> list[ForeignRow]:
        """The rows of events that can be said, malformed ones broken."""
        rows = [self._row(event) for event in self._encoder.table(block).to_pylist()]
        for place in np.flatnonzero(block["nature"] == Nature.MALFORMED):
            name, instead = _BREAKS[int(block["ref_seq"][place]) % len(_BREAKS)]
            rows[place][self._columns[name]] = instead
        return rows

    def _row(self, event: Mapping[str, Any]) -> ForeignRow:
        cells = {
            "asset": self._names.get(event["asset"], ""),
            "metric": self._items.get(event["metric"], ""),
            "value": "" if event["value"] is None else event["value"],
            "at": _instant(event["occurred_at"], self._time.formats[0], self._zone),
            "kind": self._kinds.get(event["kind"], ""),
            "ref": event["ref"] or "",
        }
        return {self._id_column: event["event_id"], **{self._columns[name]: cell for name, cell in cells.items()}}


def _words(rule: FieldRule | None) -> dict[str, str]:
    """The source's word by our code."""
    return {} if rule is None or rule.names is None else {code: word for word, code in rule.names.items()}


def _instant(at: datetime, form: str, zone: ZoneInfo) -> str | int:
    if form == "epoch_ms":
        return int(at.timestamp() * 1000)
    local = at.astimezone(zone)
    return local.isoformat(timespec="seconds") if form == "iso" else local.strftime(form)
