"""Topics of Kafka as a source. A thread of its own waits for the brokers, so that no other source waits with it.

Who may import it: run.py.
Invariants: positions are those of the warehouse, committed with the rows; what was read and not taken is one batch,
which grows while the pipeline is busy, because a commit costs much whatever its size; while one is being committed the
next is only taken when it cannot grow any more; whatever goes wrong in the thread closes the connection, and the next
one begins where the last batch that the pipeline took ended.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, ClassVar, Final

from ingest.sources.base import EndlessSource
from ingest.sources.kafka_log import KafkaLog, Place, Polled, Position, StandsStillError
from ingest.sources.kafka_messages import decode_messages
from ingest.sources.login import Login
from warehouse.batch import Batch, RowFates
from warehouse.errors import CMError, SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from ingest.rule import Mapping as SourceMapping
    from ingest.sources.kafka_settings import KafkaSettings
    from warehouse.clock import Clock

_LOG: Final = logging.getLogger(__name__)
#: How long one look at the broker waits for messages; also how long a reader needs to notice that it is closed.
_LOOK_S: Final = 0.2
#: A batch of so many bytes does not grow any more.
_ENOUGH_BYTES: Final = 8 << 20
_NOTHING: Final = Polled({}, {})
#: How long to wait for a reader that was told to end; a broker that does not answer holds it no longer than that.
_END_S: Final = 10.0


class KafkaSource(EndlessSource):
    """The messages of some topics, decoded by a mapping; never done."""

    transport: ClassVar = "kafka"

    def __init__(
        self,
        settings: KafkaSettings,
        mapping: SourceMapping,
        clock: Clock,
        positions: Mapping[str, str],
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; nothing is connected before the first next_batch.

        Args:
            settings: which topics, and how to reach them.
            mapping: how messages become events.
            clock: says when they were received.
            positions: stored positions by partition, as batches carried them; partitions without one are read from
                their beginning, positions in anything but our topics are left alone.
            arrived: told, on a thread of the source's, that there is something to be taken; quick, never raises.

        Raises:
            SourceRefusedError: a stored position is not one of a partition.
        """
        super().__init__(mapping.name)
        self._settings = settings
        self._mapping = mapping
        self._clock = clock
        self._positions = _read_positions(positions, settings.topics)
        self._login = Login(clock, settings.password, settings.key_password)
        self._arrived = arrived
        self._reader: _Reader | None = None
        self._given = self._committed = 0

    @property
    def log(self) -> KafkaLog | None:
        """The open connection; None while there is none."""
        return None if self._reader is None else self._reader.log

    @property
    def waiting(self) -> int | None:
        """Messages that wait at the brokers, as they last said; None while there is no connection."""
        log = self.log
        return None if log is None else log.waiting

    def next_batch(self) -> Batch | None:
        """What the thread has read since; begins a connection where there is none.

        None too while a batch is being committed: one that was taken ahead would leave out what comes meanwhile. Unless
        it is as large as it may be: then decoding it beside the commit is worth more.

        Raises:
            LoginRefusedError: the brokers do not let us in; they are not asked again before some time has passed.
            SourceGoneError: the connection was given up; the next call begins another one.
            SourceRefusedError: messages were lost, or a topic is not the one that was read before.
        """
        if self._reader is None:
            self._login.check()
            self.connections += 1
            self._reader = _Reader(self._settings, dict(self._positions), self._login, self._arrived)
        polled = self._reader.take(only_whole=self._given > self._committed)
        if polled is not None:
            return self._batch(polled)
        if self._reader.ended:
            self._give_up(self._reader)
        return None

    def _batch(self, polled: Polled) -> Batch:
        decoded, origin = decode_messages(polled.messages, self._mapping, self._clock.now())
        self._positions |= polled.positions
        self._given = number = self._given + 1

        def committed(_: RowFates) -> None:
            self._committed = number

        return Batch(
            source=self.name,
            events=decoded.events,
            rejected=decoded.rejected,
            received=decoded.rows,
            positions={str(place): position.to_json() for place, position in polled.positions.items()},
            origin=origin,
            restating=self._mapping.restating,
            personal=decoded.personal,
            skipped=decoded.skipped,
            committed=committed,
        )

    def _give_up(self, reader: _Reader) -> None:
        self._reader = None
        error = reader.error
        if isinstance(error, StandsStillError):
            self.stalls += 1
            _LOG.warning("source %s: stall %s since the start", self.name, self.stalls)
        if isinstance(error, CMError):
            raise error
        raise SourceGoneError(f"the connection to Kafka broke: {error!r}") from error

    def position(self) -> str:
        """JSON of the next message of every partition."""
        return json.dumps(
            {str(place): json.loads(position.to_json()) for place, position in sorted(self._positions.items())}
        )

    def close(self) -> None:
        """End the thread and its connection; may be called twice."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


def _read_positions(stored: Mapping[str, str], topics: Sequence[str]) -> dict[Place, Position]:
    named = {name: name.rpartition("/") for name in stored}
    return {
        Place(topic, int(partition)): Position.from_json(stored[name])
        for name, (topic, _, partition) in named.items()
        if topic in topics and partition.isdigit()
    }


class _Reader:
    """A thread that reads from one connection until something goes wrong or it is closed."""

    def __init__(
        self,
        settings: KafkaSettings,
        positions: Mapping[Place, Position],
        login: Login,
        arrived: Callable[[], None],
    ) -> None:
        self.log: KafkaLog | None = None
        self._settings = settings
        self._positions = positions
        self._login = login
        self._arrived = arrived
        self._held = _NOTHING
        self._has_room = threading.Condition()
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"kafka-{settings.name}")
        self._running: Future[None] = self._thread.submit(self._run)
        self._thread.shutdown(wait=False)

    def take(self, *, only_whole: bool) -> Polled | None:
        """What was read; None = nothing yet.

        Args:
            only_whole: unless it cannot grow any more.
        """
        with self._has_room:
            if not self._held.positions or (only_whole and self._room() and not self._running.done()):
                return None
            taken, self._held = self._held, _NOTHING
            self._has_room.notify()
        return taken

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself and everything that it read was taken."""
        return self._running.done() and not self._held.positions

    @property
    def error(self) -> BaseException | None:
        """Why it has ended."""
        return self._running.exception()

    def close(self) -> None:
        """Have it end, and wait for that."""
        self._stop.set()
        done, _ = wait([self._running], _END_S)
        if not done:
            _LOG.warning("source %s: the connection to Kafka does not close", self._settings.name)

    def _run(self) -> None:
        with contextlib.ExitStack() as stack:
            with self._login.attempt():
                self.log = log = stack.enter_context(KafkaLog.opened(self._settings, self._positions))
            while not self._stop.is_set():
                with self._has_room:
                    room = self._room() or (self._has_room.wait(_LOOK_S) and self._room())
                if not room:
                    continue
                polled = log.poll(_LOOK_S, room)
                if polled.positions:
                    with self._has_room:
                        self._held = self._held.plus(polled)
                    self._arrived()

    def _room(self) -> int:
        """How many more messages may be added to what is held."""
        return 0 if self._held.bytes >= _ENOUGH_BYTES else self._settings.poll_rows - self._held.rows
