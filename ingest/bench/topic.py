"""Events from a topic of Kafka: all that it holds, against a client that only counts, and at a steady rate.

Who may import it: ingest.bench, where a broker was named.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.bench.door import running
from ingest.bench.latency import Observed
from ingest.bench.sender import sending_process
from ingest.bench.stages import Spent
from ingest.pipeline import Pipeline
from ingest.sources.kafka import KafkaSource
from ingest.sources.kafka_settings import KafkaSettings, read_kafka
from ingest.sources.kafka_topic import count_messages, new_topic, send_messages, send_steadily

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ingest.bench.house import House, Loop
    from ingest.rule import Mapping


def whole_topic(
    server: str, events: Sequence[bytes], mapping: Mapping, house: House, loop: Callable[[Callable[[], None]], Loop]
) -> dict[str, Any]:
    """Fill a topic; count its messages with the client alone; then read it through the pipeline.

    Args:
        server: host:port of a broker.
        events: CloudEvents as JSON, of the mapping's source.
        mapping: of CloudEvents.
        house: live.
        loop: makes the engine's loop that publishes.

    Returns:
        events, s, cpu_s, events_per_s and events_per_cpu_s from connecting until all values are current; the same of
        the client alone; and the ratio of both rates by processor time.

    Raises:
        SourceGoneError: the broker does not answer, or messages do not come.
    """
    observed, counting, whole = Observed(house), Spent(), Spent()
    with new_topic(server) as topic:
        send_messages(server, topic, events)
        settings = _settings(server, topic, mapping)
        with counting:
            count_messages(settings, len(events))
        with observed.publishing(loop), ExitStack() as reading, whole:
            reading.enter_context(_read(settings, mapping, observed))
            observed.wait_for(len(events))
    told, bare = whole.rates(len(events)), counting.rates(len(events))
    return {
        "events": len(events),
        **told,
        "client_alone": bare,
        "ratios": {"pipeline / client alone, events_per_cpu_s": told["events_per_cpu_s"] / bare["events_per_cpu_s"]},
    }


def steady_topic(
    server: str,
    events: Sequence[bytes],
    mapping: Mapping,
    observed: Observed,
    per_s: float,
) -> list[tuple[float, float]]:
    """Send events to a topic at a steady rate while the pipeline reads it, until all values are current.

    Args:
        server: host:port of a broker.
        events: CloudEvents as JSON, of the mapping's source.
        mapping: of CloudEvents.
        observed: publishes.
        per_s: events a second.

    Returns:
        When each event was to be sent and when it was handed to the client, on the steady clock.

    Raises:
        SourceGoneError: the broker does not answer, or messages do not come.
    """
    with (
        new_topic(server) as topic,
        _read(_settings(server, topic, mapping), mapping, observed),
        sending_process() as sender,
    ):
        sent = sender.submit(send_steadily, server, topic, events, per_s).result()
        observed.wait_for(len(events))
    return sent


def _settings(server: str, topic: str, mapping: Mapping) -> KafkaSettings:
    return read_kafka(mapping.name, {"kafka": {"servers": [server], "topics": [topic]}}, mapping, Path())


@contextmanager
def _read(settings: KafkaSettings, mapping: Mapping, observed: Observed) -> Iterator[None]:
    """Read a topic into the warehouse while the block lasts."""
    house = observed.house
    pipeline = Pipeline([], house.writer, observed, house.clock)
    pipeline.add(KafkaSource(settings, mapping, house.clock, {}, pipeline.wake))
    with running(pipeline):
        yield
