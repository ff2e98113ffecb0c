"""A feed of GTFS-Realtime → rows: how many vehicles of a group are on the road, and the trips one by one.

Who may import it: ingest.sources.
Source: GTFS Realtime reference 2.0 (gtfs.org), package gtfs-realtime-bindings.

Rows of `row = "group"`, one per group: `timestamp` (of the feed, seconds since 1970), `group`, `vehicles` (with a
position that is not too old). Rows of `row = "trip"`, one per trip that the feed gives an update or a vehicle of:
`timestamp`, `group`, `trip_id`, `route_id`, `start_date` (20261122), `start_time` (08:30:00, may be empty), `delay_s`
(of the last stop that says one; empty = unknown), `late` and `cancelled` (1 or 0).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2

from warehouse.errors import SourceGoneError

if TYPE_CHECKING:
    from ingest.sources.poll_settings import FeedRule

_CANCELLED: Final = gtfs_realtime_pb2.TripDescriptor.CANCELED
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
    found: dict[tuple[str, str, str], Row] = {}
    updated = [one.trip_update for one in feed.entity if one.HasField("trip_update") and not one.is_deleted]
    on_it = [one.vehicle for one in feed.entity if one.HasField("vehicle") and not one.is_deleted]
    for update in updated:
        _note(found, update, _delay_s(update), feed.header.timestamp, rule)
    for vehicle in on_it:
        _note(found, vehicle, None, feed.header.timestamp, rule)
    return list(found.values())


def _note(found: dict[tuple[str, str, str], Row], told: Any, delay_s: int | None, at: int, rule: FeedRule) -> None:
    trip = told.trip
    name = (trip.trip_id, trip.start_date, trip.start_time)
    if not trip.trip_id or name in found:
        return
    found[name] = {
        "row": "trip",
        "timestamp": at,
        "group": _group(trip, told.vehicle, rule),
        "trip_id": trip.trip_id,
        "route_id": trip.route_id,
        "start_date": trip.start_date,
        "start_time": trip.start_time,
        "delay_s": "" if delay_s is None else delay_s,
        "late": int(delay_s is not None and delay_s > rule.late_after_s),
        "cancelled": int(trip.schedule_relationship == _CANCELLED),
    }


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
