"""Rows that no decoder can accept: written as CloudEvents with a defect, and refused by the ordinary decoding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa

from ingest.cloudevent import TYPE_PREFIX, cloudevent_mapping, decode_payload
from ingest.sources.simulator.block import Block, picked
from ingest.sources.simulator.disorder import DEFECTS
from ingest.sources.simulator.encode import Encoder
from ingest.vocabulary import Vocabulary
from warehouse.errors import InternalError
from warehouse.event import REJECTED_SCHEMA
from warehouse.pseudonym import Pseudonyms
from warehouse.reference import Reference

_DATA: Final = (
    "case_id",
    "service",
    "area",
    "office",
    "post",
    "step",
    "outcome",
    "channel",
    "amount",
    "rating",
    "metric",
    "asset",
    "value",
)
#: Where simulated rows come from, as quarantine shows it.
PLACE: Final = "simulator"


class Breaker:
    """Breaks rows and lets them be refused.

    Args:
        reference: what the decoding checks against.
        encoder: writes the rows as they would have been.
        feeds: names of the feeds.
    """

    def __init__(self, reference: Reference, encoder: Encoder, feeds: tuple[str, ...]) -> None:
        vocabulary = Vocabulary.of(reference)
        pseudonyms = Pseudonyms(b"simulated state")  # nothing here is about a person
        self._encoder = encoder
        self._mappings = {name: cloudevent_mapping(name, vocabulary, pseudonyms) for name in feeds}

    def rejected(self, feed: str, block: Block) -> pa.Table:
        """What becomes of rows that are to be broken as `ref_seq` of each says.

        Args:
            feed: name of their source.
            block: at least one row, all of this feed.

        Shape: REJECTED_SCHEMA, as many rows as the block, each received when its row was.

        Raises:
            InternalError: a broken row was accepted: decoding has changed under our hands.
        """
        block = picked(block, np.argsort(block["received_us"], kind="stable"))
        events = self._encoder.table(block).to_pylist()
        lines = [_line(event, int(defect)) for event, defect in zip(events, block["ref_seq"], strict=True)]
        now = datetime.fromtimestamp(int(block["received_us"][-1]) / 1e6, UTC)
        decoded = decode_payload(b"\n".join(lines), self._mappings[feed], now, PLACE)
        if decoded.rejected.num_rows != len(lines):
            raise InternalError(
                f"source {feed}: {decoded.events.num_rows} malformed rows of the simulator were accepted"
            )
        numbers = [int(origin.rpartition(":")[2]) - 1 for origin in decoded.rejected["origin"].to_pylist()]
        received = pa.array(block["received_us"][numbers], REJECTED_SCHEMA.field("received_at").type)
        place = REJECTED_SCHEMA.get_field_index("received_at")
        return decoded.rejected.set_column(place, REJECTED_SCHEMA.field(place), received)


def _line(event: dict[str, Any], defect: int) -> bytes:
    """One event as a line of JSON, broken."""
    data = {name: event[name] for name in _DATA if event[name] is not None}
    envelope = {
        "specversion": "1.0",
        "id": event["event_id"],
        "source": event["source"],
        "type": f"{TYPE_PREFIX}{event['kind']}",
        "time": event["occurred_at"].isoformat(),
        "data": data,
    }
    return _BREAKS[defect](envelope)


def _unknown_subject(envelope: dict[str, Any]) -> bytes:
    """A code that was renamed at the source and not here."""
    data = envelope["data"]
    name = "metric" if "metric" in data else "service"
    data[name] = f"{data.get(name, 'certificate')}_v2"
    return orjson.dumps(envelope)


def _bad_time(envelope: dict[str, Any]) -> bytes:
    """Day and month exchanged, and no time zone."""
    envelope["time"] = f"{envelope['time'][8:10]}-13-{envelope['time'][:4]} 10:75"
    return orjson.dumps(envelope)


def _missing(envelope: dict[str, Any]) -> bytes:
    """The field without which the event says nothing."""
    data = envelope["data"]
    data.pop("area" if "metric" in data else "case_id", None)
    data.pop("service", None)
    data.pop("asset", None)
    return orjson.dumps(envelope)


def _out_of_range(envelope: dict[str, Any]) -> bytes:
    """A typing error in a number, or an answer that was not on offer."""
    data = envelope["data"]
    if "metric" in data:
        data["value"] = -1.0 - abs(data.get("value", 1.0))
    elif "amount" in data:
        data["amount"] = 10**18
    else:
        data["rating"] = 9
        envelope["type"] = f"{TYPE_PREFIX}feedback.given"
    return orjson.dumps(envelope)


def _unknown_area(envelope: dict[str, Any]) -> bytes:
    """A place that the state does not know."""
    envelope["data"]["area"] = "KL-unknown-place"
    return orjson.dumps(envelope)


def _cut_off(envelope: dict[str, Any]) -> bytes:
    """The line broke in the middle."""
    line = orjson.dumps(envelope)
    return line[: len(line) // 2]


_BREAKS: Final[tuple[Callable[[dict[str, Any]], bytes], ...]] = (
    _unknown_subject,
    _bad_time,
    _missing,
    _out_of_range,
    _unknown_area,
    _cut_off,
)
if len(_BREAKS) != DEFECTS:
    raise AssertionError("DEFECTS in disorder.py does not count the ways of breaking")
