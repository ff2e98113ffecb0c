"""Reference data as tables and macros of the attached in-memory catalogue `lookup`, for the SQL of named queries.

Tables: area_path(area, ancestor) – every area with itself and all above it; area(area, area_class, series_area);
service_limit(service, area_class, valid_from, valid_to, unit, amount) – area_class '' is the general limit;
calendar("day", counted) – working days up to and including each day; working_day(counted, "day"); asset(asset, area);
duration_edge(bin, at_least_s).
Macros: local_day(instant), end_of(day) – state-local days and their 23:59:59.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from warehouse.database import LOOKUP, Database
from warehouse.errors import AccessError, DataError, DefinitionError
from warehouse.measure import DURATION_EDGES_H
from warehouse.principal import Principal
from warehouse.reference import Reference, Service
from warehouse.reference.calendar import FIRST_DAY, LAST_DAY

_ALWAYS_FROM: Final = date(1900, 1, 1)
_ALWAYS_TO: Final = date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Lookups:
    """What named queries know of the state besides the warehouse.

    Attributes:
        paths: every area with itself and all above it.
        below_series: areas under the series level: they have no daily series of their own.
        offset: local time minus UTC.
    """

    paths: dict[str, frozenset[str]]
    below_series: frozenset[str]
    offset: timedelta

    def check_area(self, area: str, principal: Principal) -> None:
        """Refuse an area that does not exist or that the principal may not see.

        Raises:
            DataError: no such area.
            AccessError: outside the principal's scope.
        """
        if not principal.everywhere and principal.areas.isdisjoint(self.paths.get(area, ())):
            raise AccessError(f"{principal.user} may not see {area}")
        if area not in self.paths:
            raise DataError(f"there is no area {area!r}")


def install(reference: Reference, database: Database) -> Lookups:
    """Fill the catalogue; called once at start, before anything is read.

    Raises:
        DefinitionError: the state changes its clocks in the years that matter.
    """
    offset = fixed_offset(reference.state.timezone)
    paths = {area.code: frozenset(_path(reference, area.code)) for area in reference.areas}
    database.set_lookup(
        {
            "area_path": _table(("area", "ancestor"), ((area, up) for area, path in paths.items() for up in path)),
            "area": _areas(reference),
            "service_limit": _limits(reference),
            "calendar": _calendar(reference),
            "working_day": pa.table(
                {
                    "counted": np.arange(1, len(reference.calendar.days) + 1),
                    "day": pa.array(reference.calendar.days).cast(pa.date32()),
                }
            ),
            "asset": _table(("asset", "area"), ((asset.code, asset.area) for asset in reference.assets.values())),
            "duration_edge": pa.table(
                {
                    "bin": pa.array(range(1, len(DURATION_EDGES_H) + 1), type=pa.int32()),
                    "at_least_s": [edge * 3600 for edge in DURATION_EDGES_H],
                }
            ),
        }
    )
    _define_macros(database, offset)
    series = reference.series_area
    below = {area.code for place, area in enumerate(reference.areas) if series[place] != place}
    return Lookups(paths=paths, below_series=frozenset(below), offset=offset)


def fixed_offset(timezone: str) -> timedelta:
    """Local time minus UTC, the same all year round.

    Raises:
        DefinitionError: it is not; no Indian state changes its clocks, and the SQL relies on it.
    """
    zone = ZoneInfo(timezone)
    noons = (datetime(year, month, 1, 12, tzinfo=UTC) for year in range(1990, 2061) for month in range(1, 13))
    offsets = {noon.astimezone(zone).utcoffset() for noon in noons}
    (offset, *others) = offsets
    if others or offset is None:
        raise DefinitionError(f"timezone {timezone} changes its clocks, which the warehouse's SQL does not follow")
    return offset


def _define_macros(database: Database, offset: timedelta) -> None:
    offset_us = offset // timedelta(microseconds=1)
    with database.cursor() as cursor:
        cursor.execute(
            f"create or replace macro {LOOKUP}.local_day(instant) as "
            f"(date '1970-01-01' + ((epoch_us(instant::timestamptz) + {offset_us}) // 86400000000)::int)"
        )
        cursor.execute(
            f"create or replace macro {LOOKUP}.end_of(one_day) as "
            f"make_timestamptz((one_day::date - date '1970-01-01')::bigint * 86400000000 + 86399000000 - {offset_us})"
        )


def _path(reference: Reference, area: str) -> Iterator[str]:
    place = reference.area_index[area]
    while place >= 0:
        yield reference.areas[place].code
        place = int(reference.area_parent[place])


def _table(names: tuple[str, str], rows: Iterator[tuple[str, str]]) -> pa.Table:
    schema = pa.schema([pa.field(name, pa.string()) for name in names])
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema)


def _areas(reference: Reference) -> pa.Table:
    return pa.table(
        {
            "area": pa.array([area.code for area in reference.areas], pa.string()),
            "area_class": pa.array([area.area_class for area in reference.areas], pa.string()),
            "series_area": pa.array([reference.areas[place].code for place in reference.series_area], pa.string()),
        }
    )


def _calendar(reference: Reference) -> pa.Table:
    days = np.arange(np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY) + 1)
    return pa.table({"day": pa.array(days).cast(pa.date32()), "counted": reference.calendar.index(days)})


def _limits(reference: Reference) -> pa.Table:
    rows = [row for service in reference.services.values() for row in _limits_of(service)]
    schema = pa.schema(
        [
            pa.field("service", pa.string()),
            pa.field("area_class", pa.string()),
            pa.field("valid_from", pa.date32()),
            pa.field("valid_to", pa.date32()),
            pa.field("unit", pa.string()),
            pa.field("amount", pa.int64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _limits_of(service: Service) -> Iterator[dict[str, object]]:
    for limit in service.limits:
        span = {"valid_from": limit.valid_from or _ALWAYS_FROM, "valid_to": limit.valid_to or _ALWAYS_TO}
        own = {"": limit.limit, **limit.by_class} if limit.unit != "none" else {}
        for area_class, amount in own.items():
            if amount is not None:
                yield span | {
                    "service": service.code,
                    "area_class": area_class,
                    "unit": limit.unit,
                    "amount": amount,
                }
