"""Which feeds come by which transport, and what stands at its two ends.

Who may import it: run.py, tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ingest.sources.folder import FolderSource
from ingest.sources.folder_place import FolderPlace
from ingest.sources.polled import PolledSource
from ingest.sources.simulator.by_folder import FolderCarrier
from ingest.sources.simulator.by_poll import PollCarrier
from ingest.sources.simulator.by_push import PushCarrier
from ingest.sources.simulator.carried import CarriedFeed
from ingest.sources.simulator.foreign import ForeignRows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.base import Source
    from ingest.sources.simulator.carried import Carrier
    from ingest.sources.simulator.source import Simulation
    from warehouse.clock import Clock

#: Sources that come so in every simulated state that has them and declares a mapping of them.
TRANSPORTS: Final = {"ambulance108": "push", "hospitals": "folder", "ksrtc": "poll"}
_STABLE_S: Final = 1.0
_LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class OurSide:
    """What the simulated systems need to know of the engine.

    Attributes:
        clock: says when something is due.
        folder: under which files are dropped.
        door: address at which events are taken over HTTP; None = it is not open.
        token: a token for the door, by source.
        positions: the stored positions of a source, by partition.
        batch_rows: most rows of a commit.
    """

    clock: Clock
    folder: Path
    door: str | None
    token: Callable[[str], str]
    positions: Callable[[str], Mapping[str, str]]
    batch_rows: int


def transported(
    simulation: Simulation, mappings: Mapping[str, SourceMapping], names: Mapping[str, str], ours: OurSide
) -> list[Source]:
    """The sources by which a simulated state comes: its feeds, and what receives those that are carried.

    Args:
        simulation: gives the feeds.
        mappings: of sources of TRANSPORTS; the feed of one that is missing here is not carried.
        names: English name by asset code.
        ours: the engine's side.

    Raises:
        ConfigError: a mapping cannot be read backwards.
    """
    began_us = int(simulation.run.began_s * 1e6)
    sources: list[Source] = []
    for feed in simulation.feeds:
        mapping, way = mappings.get(feed.name), TRANSPORTS.get(feed.name)
        if mapping is None or way is None or (way == "push" and ours.door is None):
            sources.append(feed)
            continue
        rows = ForeignRows(mapping, simulation.encoder, names)
        carrier, *receiving = _ENDS[way](mapping, ours)
        sources += [CarriedFeed(feed, rows, carrier, began_us), *receiving]
    return sources


def _pushed(mapping: SourceMapping, ours: OurSide) -> tuple[Carrier]:
    return (PushCarrier(f"{ours.door}/events", ours.token(mapping.name)),)


def _dropped(mapping: SourceMapping, ours: OurSide) -> tuple[Carrier, Source]:
    place = FolderPlace(ours.folder / mapping.name, "*.csv", _STABLE_S, _LOOK_S)
    carrier = FolderCarrier(place.path, mapping.file.delimiter or ",")
    stored = ours.positions(mapping.name)
    return carrier, FolderSource(place, mapping, ours.clock, stored, batch_rows=ours.batch_rows)


def _polled(mapping: SourceMapping, ours: OurSide) -> tuple[Carrier, Source]:
    carrier = PollCarrier(mapping.name, mapping.file.rows, ours.clock, lambda: ours.positions(mapping.name))
    return carrier, PolledSource(carrier.settings, mapping, ours.clock, ours.positions(mapping.name))


#: What stands at the two ends of a transport: the carrier first, then what receives, where that is no part of the door.
_ENDS: Final[Mapping[str, Callable[[SourceMapping, OurSide], tuple[Carrier, *tuple[Source, ...]]]]] = {
    "push": _pushed,
    "folder": _dropped,
    "poll": _polled,
}
