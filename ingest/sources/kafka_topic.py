"""A topic that is made, filled and deleted again; for benchmarks against a broker of one's own.

Who may import it: ingest.bench.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from warehouse.errors import SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FLUSH_S = 120


@contextmanager
def filled_topic(server: str, messages: Iterable[bytes]) -> Iterator[str]:
    """A topic of one partition with some messages.

    Args:
        server: host:port of a broker that lets us make topics, without security.
        messages: their values.

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
        _fill(server, name, messages)
        yield name
        admin.delete_topics([name])
    except KafkaError as error:
        raise SourceGoneError(f"the broker at {server} gave up: {error!r}") from error
    finally:
        admin.close()


def _fill(server: str, topic: str, messages: Iterable[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=server, linger_ms=20)
    try:
        for message in messages:
            producer.send(topic, message)
        producer.flush(timeout=_FLUSH_S)
    finally:
        producer.close(timeout=_FLUSH_S)
