"""The topics of one source as the broker holds them, read from given positions; all that knows the Kafka client.

Who may import it: ingest.sources.
Invariants: nothing is asked of a consumer group; a position is never moved by the client's own choice; messages are
given out only after the broker has said, later than it gave them, that the topic is still the one that was read before.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import (
    KafkaError,
    LogTruncationError,
    OffsetOutOfRangeError,
    SaslAuthenticationFailedError,
    for_code,
)

from ingest.sources.kafka_network import connect
from ingest.sources.kafka_settings import SECURITY
from warehouse.errors import LoginRefusedError, SourceGoneError, SourceRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ingest.sources.kafka_settings import KafkaSettings

#: How long the broker may take to answer a question.
ANSWER_MS: Final = 8_000
#: How long it may take to send messages; over a slow line that is longer.
FETCH_MS: Final = 30_000
#: How often new partitions are looked for, and partitions that stand still.
CHECK_S: Final = 1.0
_MIB: Final = 1 << 20
#: A broker sends what it has when it is so many bytes or has waited so long. Otherwise a thousand messages a second
#: come in two hundred answers, and unpacking them takes a third of Python's lock from commits and values.
_WORTH_SENDING: Final = 1 << 17
_GATHER_MS: Final = 50


class Place(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a partition is to be read next.

    Attributes:
        offset: of the next message.
        topic_id: given by the broker to the topic; another one = it was deleted and created again. "" = whichever
            is there.
    """

    offset: int
    topic_id: str = ""

    def to_json(self) -> str:
        """As it is stored."""
        return json.dumps({"offset": self.offset, "topic_id": self.topic_id})

    @classmethod
    def from_json(cls, text: str) -> Position:
        """As it was stored.

        Raises:
            SourceRefusedError: it is not a position of a partition.
        """
        try:
            plain = json.loads(text)
            return cls(int(plain["offset"]), str(plain.get("topic_id", "")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SourceRefusedError(f"{text!r} is not a position in a partition") from error


class StandsStillError(SourceGoneError):
    """Messages wait in a partition and are not given to us."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What came in one go.

    Attributes:
        messages: by partition, in the order of their offsets.
        positions: where to read next, of every partition that moved.
        bytes: what the messages take, unpacked.
    """

    messages: Mapping[Place, Sequence[Any]]
    positions: Mapping[Place, Position]
    bytes: int = 0

    @property
    def rows(self) -> int:
        """Messages in it."""
        return sum(map(len, self.messages.values()))

    def plus(self, later: Polled) -> Polled:
        """This and what came after it, as if it had come in one go."""
        if not self.positions:
            return later
        messages = {**self.messages}
        for place, records in later.messages.items():
            messages[place] = [*messages.get(place, ()), *records]
        return Polled(messages, {**self.positions, **later.positions}, self.bytes + later.bytes)


@dataclass(slots=True)
class Reached:
    """How far a partition was read.

    Attributes:
        next: position after what was given out.
        still_s: for how long we waited for messages and it gave none although it has some.
    """

    next: Position
    still_s: float = 0.0


@dataclass(slots=True)
class KafkaLog:
    """An open connection to the topics of one source; used by one thread.

    Attributes:
        settings: of the source.
        consumer: gives messages.
        admin: tells topics and their partitions.
        partitions: those that are read.
        waiting: messages in them that were not read yet, as of the last look after them; None before the first.
    """

    settings: KafkaSettings
    consumer: Any
    admin: Any
    partitions: dict[Place, Reached] = field(default_factory=dict)
    waiting: int | None = None
    _waited_s: float = 0.0
    _check_after: float = 0.0

    @classmethod
    @contextlib.contextmanager
    def opened(cls, settings: KafkaSettings, positions: Mapping[Place, Position]) -> Iterator[KafkaLog]:
        """Connect, and close whatever happens.

        Args:
            settings: of the source.
            positions: where known partitions are to be read; others are read from their first message.

        Raises:
            LoginRefusedError: the brokers do not let us in.
            SourceGoneError: the brokers do not answer, or do not have a topic or not for us.
            SourceRefusedError: a topic is not the one that was read before.
        """
        with _border(settings), contextlib.ExitStack() as stack:

            def connected(**options: Any) -> Any:
                # a client that cannot connect leaves its thread behind unless somebody else closes its network
                network = connect(**options)
                stack.callback(network.close)
                return network

            common = {**_client_options(settings), "kafka_client": connected}
            consumer = KafkaConsumer(
                **common | {"request_timeout_ms": FETCH_MS},
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                allow_auto_create_topics=False,
                isolation_level="read_committed",
                max_poll_records=settings.poll_rows,
                fetch_min_bytes=_WORTH_SENDING,
                fetch_max_wait_ms=_GATHER_MS,
                fetch_max_bytes=settings.fetch_mb * _MIB,
                max_partition_fetch_bytes=_MIB,  # so that every partition gets its turn
                metrics_enabled=False,
            )
            stack.callback(consumer.close, autocommit=False, timeout_ms=ANSWER_MS)
            admin = KafkaAdminClient(**common)
            stack.callback(admin.close)
            log = cls(settings, consumer, admin)
            log._take_up(positions)
            yield log

    def poll(self, timeout_s: float, rows: int) -> Polled:
        """What comes within some time; now and then also look for new partitions and for some that stand still.

        Args:
            timeout_s: how long to wait where nothing has come yet.
            rows: most messages.

        Raises:
            SourceGoneError: the connection cannot be trusted any more; open another one.
            SourceRefusedError: a position is not in the log any more, or a topic is not the one that was read before.
        """
        with _border(self.settings):
            begin = time.monotonic()
            found = self.consumer.poll(timeout_ms=int(timeout_s * 1000), max_records=rows)
            messages = {Place(*place): records for place, records in found.items()}
            positions = {place: self._move(place, records[-1].offset + 1) for place, records in messages.items()}
            now = time.monotonic()
            if sum(map(len, messages.values())) < rows:
                # a full poll says nothing of other partitions, and unpacking takes longer than waiting
                self._waited_s += min(now - begin, timeout_s)
            if messages or now >= self._check_after:
                self._take_up({})
            if now >= self._check_after:
                positions |= {place: self._move(place, offset) for place, offset in self._look_after().items()}
                self._check_after = now + CHECK_S
            taken = sum(len(record.value or b"") for records in messages.values() for record in records)
            return Polled(messages, positions, taken)

    def _move(self, place: Place, offset: int) -> Position:
        partition = self.partitions[place]
        partition.next = Position(offset, partition.next.topic_id)
        partition.still_s = 0.0
        return partition.next

    def _take_up(self, positions: Mapping[Place, Position]) -> None:
        """Hold the topics against those that were read before, and begin with partitions that are not read yet."""
        found = {topic["name"]: topic for topic in self.admin.describe_topics(list(self.settings.topics))}
        new: dict[Place, Position | None] = {}
        for name in self.settings.topics:
            topic = found[name]
            if topic["error_code"]:
                error = for_code(topic["error_code"])
                raise SourceGoneError(f"{', '.join(self.settings.servers)}: topic {name}: {error.__name__}")
            for partition in topic["partitions"]:
                place = Place(name, partition["partition_index"])
                read = self.partitions[place].next if place in self.partitions else positions.get(place)
                _check_same(place, read, _id(topic))
                if place not in self.partitions:
                    new[place] = read
        if new:
            self._begin(new, {name: _id(topic) for name, topic in found.items()})

    def _begin(self, new: Mapping[Place, Position | None], topic_ids: Mapping[str, str]) -> None:
        unread = [TopicPartition(*place) for place, position in new.items() if position is None]
        first = self.consumer.beginning_offsets(unread, timeout_ms=ANSWER_MS) if unread else {}
        for place, position in new.items():
            offset = first[TopicPartition(*place)] if position is None else position.offset
            self.partitions[place] = Reached(Position(offset, topic_ids[place.topic]))
        self.consumer.assign([TopicPartition(*place) for place in self.partitions])
        for place, partition in self.partitions.items():
            self.consumer.seek(TopicPartition(*place), partition.next.offset)

    def _look_after(self) -> dict[Place, int]:
        """Find what moved without a message (ends of transactions), and what does not move although it should.

        Raises:
            StandsStillError: a partition did not move for too long.
        """
        waited_s, self._waited_s = self._waited_s, 0.0
        ends = self.consumer.end_offsets([TopicPartition(*place) for place in self.partitions], timeout_ms=ANSWER_MS)
        moved = {}
        read = {place: partition.next.offset for place, partition in self.partitions.items()}
        self.waiting = sum(max(0, ends[TopicPartition(*place)] - offset) for place, offset in read.items())
        for place, partition in self.partitions.items():
            end, before = ends[TopicPartition(*place)], partition.next.offset
            offset = self.consumer.position(TopicPartition(*place), timeout_ms=ANSWER_MS)
            if offset > before:
                moved[place] = offset
            elif end <= before:
                partition.still_s = 0.0
            else:
                partition.still_s += waited_s
            if partition.still_s > self.settings.stall_limit_s:
                raise StandsStillError(
                    f"{place} stands still at {before} for {partition.still_s:.0f} s, the broker is at {end}"
                )
        return moved


def _id(topic: Mapping[str, Any]) -> str:
    """What tells a topic from an earlier one of its name; "" from brokers older than Kafka 2.8."""
    return str(topic.get("topic_id") or "")


def _check_same(place: Place, read: Position | None, topic_id: str) -> None:
    if read is not None and read.topic_id and topic_id and read.topic_id != topic_id:
        raise SourceRefusedError(
            f"{place} was deleted and created again: it was read up to {read.offset} under topic id {read.topic_id}, "
            f"now it is {topic_id}; docs/operations.md says how to go on"
        )


@contextlib.contextmanager
def _border(settings: KafkaSettings) -> Iterator[None]:
    """Turns what the client raises into errors of the house."""
    topics = ", ".join(settings.topics)
    try:
        yield
    except OffsetOutOfRangeError as error:
        places = ", ".join(f"{Place(*place)} at {offset}" for place, offset in error.args[0].items())
        raise SourceRefusedError(
            f"the broker no longer holds what comes next: {places} is outside its log, messages were deleted or lost "
            "before they were read; docs/operations.md says how to go on"
        ) from error
    except LogTruncationError as error:
        raise SourceRefusedError(
            f"the broker lost messages that were read already: {error}; docs/operations.md says how to go on"
        ) from error
    except (KafkaError, OSError) as error:
        kind = LoginRefusedError if isinstance(error, SaslAuthenticationFailedError) else SourceGoneError
        raise kind(f"{topics} at {', '.join(settings.servers)}: {error or type(error).__name__}") from error


def _client_options(settings: KafkaSettings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.servers),
        "client_id": f"cm-dashboard-{settings.name}",
        "security_protocol": SECURITY[settings.security],
        "request_timeout_ms": ANSWER_MS,
        "bootstrap_timeout_ms": ANSWER_MS,
        "reconnect_backoff_max_ms": 1_000,
    }
    files = {
        "ssl_cafile": settings.ca_file,
        "ssl_certfile": settings.certificate_file,
        "ssl_keyfile": settings.key_file,
    }
    options |= {name: str(file) for name, file in files.items() if file is not None}
    if settings.key_password is not None:
        options["ssl_password"] = settings.key_password.read()
    if settings.password is not None:
        options["sasl_mechanism"] = settings.mechanism
        options["sasl_plain_username"] = settings.user
        options["sasl_plain_password"] = settings.password.read()
    return options
