"""A topic that is made, filled, counted and deleted again; for benchmarks against a broker of one's own.

Who may import it: ingest.bench.
"""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from ingest.sources.kafka_log import KafkaLog
from warehouse.errors import SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingest.sources.kafka_settings import KafkaSettings

_FLUSH_S = 120
#: A topic that gives nothing for so long has no more.
_SILENT_S = 30
_LOOK_MS = 200
#: From the call to the first message that is due: the connection is opened meanwhile.
_AHEAD_S = 0.5


@contextmanager
def new_topic(server: str) -> Iterator[str]:
    """A topic of one partition without messages.

    Args:
        server: host:port of a broker that lets us make topics, without security.

    Yields:
        Its name.

    Raises:
        SourceGoneError: the broker does not answer, or does not let us.
    """
    name = f"cm-bench-{secrets.token_hex(4)}"
    try:
        admin = KafkaAdminClient(bootstrap_servers=server)
    except (KafkaError, OSError) as error:
        raise SourceGoneError(f"no broker answers at {server}: {error!r}") from error
    try:
        admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
        yield name
        admin.delete_topics([name])
    except KafkaError as error:
        raise SourceGoneError(f"the broker at {server} gave up: {error!r}") from error
    finally:
        admin.close()


def send_messages(server: str, topic: str, messages: Iterable[bytes]) -> None:
    """Send messages as fast as they go, and wait until the broker has them."""
    with _producer(server, linger_ms=20) as producer:
        for message in messages:
            producer.send(topic, message)


def send_steadily(server: str, topic: str, messages: Sequence[bytes], per_s: float) -> list[tuple[float, float]]:
    """Send messages at a steady rate, each as soon as it is due.

    Args:
        server: host:port of the broker.
        topic: of one partition.
        messages: their values.
        per_s: messages a second.

    Returns:
        When each was due and when it was handed to the client, on the machine's steady clock.
    """
    with _producer(server, linger_ms=5) as producer:
        producer.partitions_for(topic)
        begin_s = time.monotonic() + _AHEAD_S
        sent = []
        for number, message in enumerate(messages):
            due_s = begin_s + number / per_s
            if (early_s := due_s - time.monotonic()) > 0:
                time.sleep(early_s)
            sent.append((due_s, time.monotonic()))
            producer.send(topic, message)
        return sent


def count_messages(settings: KafkaSettings, messages: int) -> None:
    """Read topics with the settings of a source and the client alone, until so many messages have come.

    Raises:
        SourceGoneError: they do not come.
    """
    counted, since_s = 0, time.monotonic()
    with KafkaLog.opened(settings, {}) as log:
        while counted < messages:
            found = log.consumer.poll(timeout_ms=_LOOK_MS, max_records=settings.poll_rows)
            counted += sum(map(len, found.values()))
            if found:
                since_s = time.monotonic()
            elif time.monotonic() - since_s > _SILENT_S:
                raise SourceGoneError(f"{counted} of {messages} messages came")


@contextmanager
def _producer(server: str, linger_ms: int) -> Iterator[Any]:
    producer = KafkaProducer(bootstrap_servers=server, linger_ms=linger_ms)
    try:
        yield producer
        producer.flush(timeout=_FLUSH_S)
    finally:
        producer.close(timeout=_FLUSH_S)
