"""Errors in the answers of a broker: each is got over without a message lost or counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from ingest.sources.kafka_settings import KafkaSettings
from tests.helpers import mock_cluster as mock
from tests.helpers.kafka_reading import SOURCE, event, reading
from tests.helpers.mock_cluster import MockCluster, mock_cluster
from tests.helpers.store import open_store


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockCluster]:
    for client in (KafkaAdminClient, KafkaConsumer, KafkaProducer):
        monkeypatch.setitem(client.DEFAULT_CONFIG, "api_version", mock.API_VERSION)
    with mock_cluster() as started:
        started.create("t", 2)
        yield started


def send(cluster: MockCluster, prefix: str) -> list[str]:
    names = [f"{prefix}{number}" for number in range(10)]
    producer = KafkaProducer(bootstrap_servers=cluster.server)
    try:
        for number, name in enumerate(names):
            producer.send("t", event(name), partition=number % 2)
        producer.flush(timeout=30)
    finally:
        producer.close(timeout=5)
    return names


@pytest.mark.parametrize(
    ("request_kind", "error", "times"),
    [
        (mock.FETCH, mock.NOT_LEADER, 2),
        (mock.FETCH, mock.UNKNOWN, 2),
        (mock.FETCH, mock.CORRUPT, 2),
        (mock.FETCH, mock.FENCED_EPOCH, 2),
        (mock.FETCH, mock.UNKNOWN_TOPIC, 9),  # long enough for a stall, unless the machine is slow
        (mock.METADATA, mock.LEADER_NOT_AVAILABLE, 3),
        (mock.METADATA, mock.UNKNOWN_TOPIC, 3),
        (mock.LIST_OFFSETS, mock.NOT_LEADER, 3),
    ],
)
def test_an_error_in_an_answer_loses_and_doubles_nothing(
    cluster: MockCluster, tmp_path: Path, request_kind: int, error: int, times: int
) -> None:
    how = KafkaSettings(SOURCE, (cluster.server,), ("t",), stall_limit_s=3)
    with open_store(tmp_path) as store, reading(store, how) as line:
        before = send(cluster, "before")
        line.until_received(10)
        cluster.fail(request_kind, error, times)
        after = send(cluster, "after")
        line.until_received(20)
        assert line.stored() == sorted([*before, *after])
        assert line.counted() == {"received": 20, "accepted": 20, "rejected": 0, "duplicates": 0}
