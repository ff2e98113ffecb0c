"""Made-up cases to be loaded, the same every time: as files of three formats and as CloudEvents.

Who may import it: ingest.bench.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from warehouse.reference import Reference, Service

FORMATS: Final = ("csv", "jsonl", "parquet")
#: Of the rows, how many have a decision besides the opening: events are 1.8 times the rows.
_DECIDED_OF_TEN: Final = 8
HISTORY_S: Final = 300 * 86_400
#: Decisions take one part in so many of the time over which cases are opened, at most.
_DECIDED_WITHIN: Final = 15
_LOCAL: Final = "%Y-%m-%d %H:%M:%S"
#: Services that cases are of, at most.
MOST_SERVICES: Final = 200


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases, one per row.

    Attributes:
        table: number, opened_at, closed_at (null = open), service, area, outcome.
        timezone: of the state.
    """

    table: pa.Table
    timezone: str

    @property
    def events(self) -> int:
        """Events that they make: every opening and every decision."""
        return int(self.table.num_rows + pc.count(self.table["closed_at"]).as_py())

    def write(self, folder: Path, form: str) -> Path:
        """Write a file. Args: form: of FORMATS; text has local times without an offset, Parquet has instants."""
        path = folder / f"cases.{form}"
        if form == "parquet":
            parquet.write_table(self.table, path)
            return path
        texts = self.table
        for name in ("opened_at", "closed_at"):
            local = pc.strftime(pc.local_timestamp(pc.assume_timezone(texts[name], "UTC").cast(self._local)), _LOCAL)
            texts = texts.set_column(texts.schema.get_field_index(name), name, local)
        if form == "csv":
            csv.write_csv(texts, path)
        else:
            path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in texts.to_pylist()))
        return path

    def cloudevents(self, source: str) -> Iterator[bytes]:
        """Their events as JSON, one each, in the order in which they happened."""
        opened, closed = (self.table[name].to_numpy() for name in ("opened_at", "closed_at"))
        rows, events = self.table.to_pylist(), len(opened)
        for place in np.argsort(np.concatenate([opened, closed]), kind="stable")[: self.events].tolist():
            row = rows[place % events]
            said = {"case_id": f"{source}:{row['number']}", "service": row["service"], "area": row["area"]}
            if place < events:
                yield _event(source, f"{row['number']}-o", "cm.case.opened", row["opened_at"], said)
            else:
                said |= {"outcome": row["outcome"]}
                yield _event(source, f"{row['number']}-d", "cm.case.decided", row["closed_at"], said)

    @property
    def _local(self) -> pa.DataType:
        return pa.timestamp("s", tz=self.timezone)


def make_cases(
    events: int, reference: Reference, now: datetime, history_s: int = HISTORY_S, services: int = MOST_SERVICES
) -> Cases:
    """Make cases, in the order in which they were opened.

    Args:
        events: about so many are made of them.
        reference: gives services, each with the places that have an office for it.
        now: nothing happens after it.
        history_s: over so much time before now they are opened and decided.
        services: they are of about so many of them.
    """
    rows = max(10, events * 10 // (10 + _DECIDED_OF_TEN))
    chance = np.random.default_rng(rows)
    known = [one for one in reference.services.values() if one.kind == "application"][:MOST_SERVICES]
    chosen = known[:: max(1, len(known) // services)]
    areas = [_areas(service, reference) for service in chosen]
    service = chance.integers(0, len(chosen), rows)
    last, longest_s = int(now.timestamp()), history_s // _DECIDED_WITHIN
    opened = np.sort(chance.integers(last - history_s, last - longest_s, rows))
    closed = opened + chance.integers(longest_s // 100, longest_s, rows)
    open_still = np.arange(rows) % 10 >= _DECIDED_OF_TEN
    table = pa.table(
        {
            "number": [f"N{row:09d}" for row in range(rows)],
            "opened_at": pa.array(opened, pa.timestamp("s")),
            "closed_at": pa.array(closed, pa.timestamp("s"), mask=open_still),
            "service": np.array([one.code for one in chosen])[service],
            "area": [
                areas[one][int(share * len(areas[one]))]
                for one, share in zip(service.tolist(), chance.random(rows).tolist(), strict=True)
            ],
            "outcome": np.where(chance.random(rows) < 0.9, "approved", "rejected"),
        }
    )
    return Cases(table, reference.state.timezone)


def _areas(service: Service, reference: Reference) -> list[str]:
    """Areas with an office that delivers a service."""
    areas = [area.code for area in reference.areas if area.level == service.level]
    return [area for area in areas if reference.office_for(service.code, area) is not None]


def mapping_table(source: str, form: str, timezone: str) -> dict[str, Any]:
    """How rows of a file become events, as a [source.<name>] table declares it."""
    return {
        "format": form,
        "timezone": "UTC" if form == "parquet" else timezone,
        "case_prefix": f"{source}:",
        "fields": {"case_id": "number", "service": "service", "area": "area"},
        "event": [
            {"kind": "case.opened", "at": "opened_at", "required": True},
            {"kind": "case.decided", "at": "closed_at", "outcome": "outcome"},
        ],
    }


def _event(source: str, name: str, kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    envelope = {"specversion": "1.0", "id": name, "source": source, "type": kind, "time": f"{at.isoformat()}Z"}
    return orjson.dumps(envelope | {"data": data})
