"""A feed of GTFS-Realtime → rows: how many vehicles of a group are on the road, and the trips one by one.

Who may import it: ingest.sources.
Source: GTFS Realtime reference 2.0 (gtfs.org), package gtfs-realtime-bindings.

Rows of `row = "group"`, one per group: `timestamp` (of the feed, seconds since 1970), `group`, `vehicles` (with a
position that is not too old). Rows of `row = "trip"`, one per trip that the feed gives an update or a vehicle of, from
the beginning of its day on: `timestamp`, `group`, `trip` (what tells it from every other one, for ids), `trip_id`,
`route_id`, `start_date` (20261122), `start_time` (08:30:00, may be empty), `delay_s` (of the last stop that says one;
empty = unknown), and what can be said of it at the instant of the feed, 1 or 0:

- `run`: its start has come; 0 when it does not run, empty before its start.
- `late`: it runs behind its time; 0 when it does not run, empty before its start and while the delay is unknown.
- `cancelled`: it was cancelled; 0 also for a trip that was taken out of the timetable (DELETED).

A later feed may say otherwise: a source that takes these restates.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2

from warehouse.errors import SourceGoneError

if TYPE_CHECKING:
    from ingest.sources.poll_settings import FeedRule

_CANCELLED: Final = gtfs_realtime_pb2.TripDescriptor.CANCELED
_DUPLICATED: Final = gtfs_realtime_pb2.TripDescriptor.DUPLICATED
_NOT_RUN: Final = frozenset({_CANCELLED, gtfs_realtime_pb2.TripDescriptor.DELETED})
Row = dict[str, str | int]


def feed_rows(body: bytes, rule: FeedRule) -> list[Row]:
    """Count a feed.

    Args:
        body: a FeedMessage of protocol buffers, the whole state (not a difference).
        rule: how it is counted.

    Raises:
        SourceGoneError: it is not one.
    """
    feed = gtfs_realtime_pb2.FeedMessage()
    try:
        feed.ParseFromString(body)
    except DecodeError as error:
        raise SourceGoneError(f"the answer is not a feed of GTFS-Realtime: {error}") from error
    if feed.header.incrementality != gtfs_realtime_pb2.FeedHeader.FULL_DATASET:
        raise SourceGoneError("the feed holds differences only; a full dataset is needed")
    if not feed.header.timestamp:
        raise SourceGoneError("the feed does not say of when it is")
    return [*_groups(feed, rule), *_trips(feed, rule)]


def _groups(feed: Any, rule: FeedRule) -> list[Row]:
    live: dict[str, set[str]] = defaultdict(set, {group: set() for group in rule.groups})
    for entity in feed.entity:
        if not entity.HasField("vehicle") or entity.is_deleted:
            continue
        seen_at = entity.vehicle.timestamp or feed.header.timestamp
        if feed.header.timestamp - seen_at <= rule.live_within_s:
            group = _group(entity.vehicle.trip, entity.vehicle.vehicle, rule)
            live[group].add(entity.vehicle.vehicle.id or entity.id)
    at = feed.header.timestamp
    return [
        {"row": "group", "timestamp": at, "group": group, "vehicles": len(vehicles)} for group, vehicles in live.items()
    ]


def _trips(feed: Any, rule: FeedRule) -> list[Row]:
    """One row per trip; what an update says of a trip counts more than that a vehicle is on it."""
    found: dict[tuple[str, ...], Row] = {}
    for entity in feed.entity:
        if entity.HasField("trip_update") and not entity.is_deleted:
            update = entity.trip_update
            # of a trip that runs once more the descriptor names the original
            again = update.trip.schedule_relationship == _DUPLICATED and update.trip_properties.trip_id
            named = update.trip_properties if again else update.trip
            _note(found, update, named, _delay_s(update), feed.header.timestamp, rule)
    started = {name[:2] for name in found}
    for entity in feed.entity:
        if entity.HasField("vehicle") and not entity.is_deleted:
            trip = entity.vehicle.trip
            if trip.start_time or (trip.start_date, trip.trip_id) not in started:
                _note(found, entity.vehicle, trip, None, feed.header.timestamp, rule)
    return list(found.values())


def _note(  # noqa: PLR0917 – one feed's rows, and what one entity says
    found: dict[tuple[str, ...], Row], told: Any, named: Any, delay_s: int | None, at: int, rule: FeedRule
) -> None:
    trip, name = told.trip, (named.start_date, named.trip_id, named.start_time)
    day, start = _starts(named.start_date, named.start_time, rule.timezone)
    if not named.trip_id or name in found or at < day:
        return
    runs, begun = trip.schedule_relationship not in _NOT_RUN, at >= start
    late = begun and delay_s is not None and delay_s > rule.late_after_s
    found[name] = {
        "row": "trip",
        "timestamp": at,
        "group": _group(trip, told.vehicle, rule),
        "trip": "/".join(part for part in name if part),
        "trip_id": named.trip_id,
        "route_id": trip.route_id,
        "start_date": named.start_date,
        "start_time": named.start_time,
        "delay_s": "" if delay_s is None else delay_s,
        "run": int(runs) if begun or not runs else "",
        "late": int(late and runs) if (begun and delay_s is not None) or not runs else "",
        "cancelled": int(trip.schedule_relationship == _CANCELLED),
    }


def _starts(date: str, time: str, timezone: str) -> tuple[float, float]:
    """When the day of a trip begins and when the trip is to start (s since 1970); 0 where that is not said.

    Args:
        date: such as 20261122.
        time: such as 25:10:00, counted from twelve hours before noon; empty = not before the day begins.
        timezone: of the timetable.
    """
    try:
        noon = datetime.strptime(f"{date} 12", "%Y%m%d %H").replace(tzinfo=ZoneInfo(timezone))
        hours, minutes, seconds = (int(part) for part in (time or "0:0:0").split(":"))
    except ValueError:
        return 0, 0
    day = noon.timestamp() - timedelta(hours=12).total_seconds()
    return day, day + timedelta(hours=hours, minutes=minutes, seconds=seconds).total_seconds()


def _delay_s(update: Any) -> int | None:
    """How far behind a trip is: at the last stop that says so, or as a whole."""
    for stop in reversed(update.stop_time_update):
        for event in (stop.departure, stop.arrival):
            if event.HasField("delay"):
                return int(event.delay)
    return int(update.delay) if update.HasField("delay") else None


def _group(trip: Any, vehicle: Any, rule: FeedRule) -> str:
    text = {
        "vehicle_id": vehicle.id,
        "vehicle_label": vehicle.label,
        "route_id": trip.route_id,
        "trip_id": trip.trip_id,
    }[rule.group_by]
    found = rule.group_pattern.search(text)
    return str(found[1] or "") if found else ""
