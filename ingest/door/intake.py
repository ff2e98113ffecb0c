"""From the rows of a request to a delivery that waits for the pipeline.

Who may import it: ingest.door, run.py.
"""

from __future__ import annotations

import threading
from random import SystemRandom
from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, Protocol

from ingest.sources.json_rows import line_splitter
from ingest.sources.pushed import Delivery, PushedSource
from warehouse.errors import SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ingest.door.payload import Payload
    from ingest.rule import Mapping
    from ingest.sources.base import Source
    from ingest.sources.pushed import Receipt
    from warehouse.clock import Clock

_CHANCE: Final = SystemRandom()


class Lanes(Protocol):
    """What the intake needs of ingest.pipeline.Pipeline."""

    def add(self, source: Source) -> None:
        """Take in one more source."""
        ...

    def wake(self) -> None:
        """Say that a source has something."""
        ...


class Intake:
    """Takes rows for all sources; one pushed source per source and mapping, made when it is first needed."""

    def __init__(self, mapping_of: Callable[[str, bool], Mapping], lanes: Lanes, clock: Clock, batch_rows: int) -> None:
        """Nothing is taken yet.

        Args:
            mapping_of: the mapping of a source: that of CloudEvents when told so, otherwise the declared one.
            lanes: where sources go.
            clock: says when rows are received.
            batch_rows: most rows of a commit.
        """
        self._mapping_of, self._lanes, self._clock, self._batch_rows = mapping_of, lanes, clock, batch_rows
        self._lock = threading.Lock()
        self._closed = False
        self._mappings: dict[tuple[str, bool], Mapping] = {}
        self._sources: dict[tuple[str, bool], PushedSource] = {}

    def split(self, source: str, payload: Payload) -> Delivery:
        """Make a delivery of the rows of a request.

        Raises:
            ConfigError: the source's mapping cannot be used.
        """
        # letters only: digits might look like the number of a person, and the place must come back as it is
        place = f"pushed-{''.join(_CHANCE.choices(ascii_lowercase, k=12))}"
        mapping = self._mapping((source, payload.cloudevents))
        split = line_splitter(mapping, mapping.file.format or "jsonl")
        return Delivery(split(payload.rows, 1, place), place)

    def take(self, source: str, payload: Payload, delivery: Delivery) -> Future[Receipt]:
        """Hand a delivery to the pipeline.

        Returns:
            The receipt, after the commit.

        Raises:
            SourceGoneError: nothing is taken now.
        """
        if not self._source((source, payload.cloudevents)).put(delivery):
            raise SourceGoneError(f"source {source} takes no events now")
        self._lanes.wake()
        return delivery.answer

    def close(self) -> None:
        """Take nothing more; who still waits is told that nothing was stored."""
        with self._lock:
            self._closed = True
            sources = list(self._sources.values())
        for one in sources:
            one.close()

    def _mapping(self, key: tuple[str, bool]) -> Mapping:
        with self._lock:
            if key not in self._mappings:
                self._mappings[key] = self._mapping_of(*key)
            return self._mappings[key]

    def _source(self, key: tuple[str, bool]) -> PushedSource:
        mapping = self._mapping(key)
        with self._lock:
            if self._closed:
                raise SourceGoneError("the engine is stopping")
            if key not in self._sources or self._sources[key].done:  # the pipeline gave up the one before
                self._sources[key] = PushedSource(mapping, self._clock, self._batch_rows)
                self._lanes.add(self._sources[key])
            return self._sources[key]
