"""A feed whose live readings come the way that its source system would send them.

Who may import it: ingest.sources.simulator, tests.
Invariants: what happened before the first start comes straight from the simulation, however late; what can be said in
the source's own shape and happened since is carried. The feed's position is committed only when everything before it
has reached the other side, so what is cut off is carried again, and known there by its ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ingest.sources.simulator.block import Block, picked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.sources.simulator.foreign import ForeignRow, ForeignRows
    from ingest.sources.simulator.source import Feed
    from warehouse.batch import Batch


class Carrier(Protocol):
    """Brings rows from a simulated system to our side.

    Attributes:
        every_us: not more often than this, in microseconds.
    """

    every_us: int

    def send(self, rows: Sequence[ForeignRow], received_us: Sequence[int]) -> None:
        """Set out with rows; not called again before they have arrived.

        Args:
            rows: at least one, in the order of their arrival.
            received_us: when each arrives, as the simulation says; microseconds since the epoch.

        Raises:
            SourceGoneError: not now; the rows are sent again.
        """
        ...

    def arrived(self) -> bool:
        """Whether what was sent last can no longer be lost on the way.

        Raises:
            SourceError: it cannot be brought.
        """
        ...

    def close(self) -> None:
        """Bring nothing more; may be called twice."""
        ...


class CarriedFeed:
    """A feed with its carrier (implements Source)."""

    def __init__(self, feed: Feed, rows: ForeignRows, carrier: Carrier, began_us: int) -> None:
        """Nothing is carried yet.

        Args:
            feed: gives what is to be brought.
            rows: writes it.
            carrier: brings it.
            began_us: what happened before this instant is not carried; microseconds since the epoch.
        """
        self._feed, self._rows, self._carrier, self._began_us = feed, rows, carrier, began_us
        self._position = feed.position()
        self._setting_out: Block | None = None
        self._sent = False
        self._after: Batch | None = None
        feed.every_us = max(feed.every_us, carrier.every_us)

    @property
    def name(self) -> str:
        """Name of the source in config."""
        return self._feed.name

    @property
    def done(self) -> bool:
        """True after close."""
        return self._feed.done

    def next_batch(self) -> Batch | None:
        """What comes straight, with the feed's position, once what is carried has arrived; None = nothing now.

        Raises:
            SourceError: what is carried cannot be brought.
        """
        if self._after is None and not self._take():
            return None
        if self._setting_out is not None:
            arrivals = self._setting_out["received_us"].tolist()
            self._carrier.send(self._rows.written(self._setting_out), arrivals)
            self._setting_out, self._sent = None, True
        if self._sent and not self._carrier.arrived():
            return None
        batch, self._after, self._sent = self._after, None, False
        self._position = self._feed.position()
        return batch

    def _take(self) -> bool:
        """Part the next rows. Returns: whether there are any."""
        chunk = self._feed.next_chunk()
        if chunk is None:
            return False
        carried = self._rows.can_say(chunk) & (chunk["at_us"] >= self._began_us)
        self._after = self._feed.batch(picked(chunk, ~carried))
        self._setting_out = picked(chunk, carried) if carried.any() else None
        return True

    def position(self) -> str:
        """Up to which arrival everything has been given or has arrived."""
        return self._position

    def close(self) -> None:
        """Let go of the carrier; may be called twice."""
        self._feed.close()
        self._carrier.close()
