"""A cluster inside librdkafka that answers with the errors it is told to; comes with the wheel of confluent-kafka.

Source: librdkafka's rdkafka_mock.h; Kafka protocol guide for numbers of requests and errors.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import files
from typing import Any, Final

FETCH, LIST_OFFSETS, METADATA = 1, 2, 3
UNKNOWN, CORRUPT, UNKNOWN_TOPIC, LEADER_NOT_AVAILABLE, NOT_LEADER, FENCED_EPOCH = -1, 2, 3, 5, 6, 74
#: What it can speak; kafka-python cannot find that out by itself.
API_VERSION: Final = (2, 3)
_PRODUCER: Final = 0
_SAID_BYTES: Final = 512


@dataclass
class MockCluster:
    """One broker of librdkafka's.

    Attributes:
        server: where clients begin.
    """

    server: str
    _library: Any
    _cluster: int

    def create(self, topic: str, partitions: int) -> None:
        """A topic."""
        assert self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1) == 0

    def fail(self, request: int, error: int, times: int) -> None:
        """Answer the next requests of a kind with an error."""
        errors = (ctypes.c_int * times)(*[error] * times)
        self._library.rd_kafka_mock_push_request_errors_array(self._cluster, request, times, errors)


def _load() -> Any:
    named = [file for file in files("confluent-kafka") or () if file.name.startswith("librdkafka-")]
    library = ctypes.CDLL(str(named[0].locate()))
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "rd_kafka_new": (pointer, [number, pointer, text, ctypes.c_size_t]),
        "rd_kafka_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_new": (pointer, [pointer, number]),
        "rd_kafka_mock_cluster_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_bootstraps": (text, [pointer]),
        "rd_kafka_mock_topic_create": (number, [pointer, text, number, number]),
        "rd_kafka_mock_push_request_errors_array": (
            None,
            [pointer, ctypes.c_int16, ctypes.c_size_t, ctypes.POINTER(number)],
        ),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


@contextlib.contextmanager
def mock_cluster() -> Iterator[MockCluster]:
    """A cluster of one broker; ended whatever happens."""
    library = _load()
    client = library.rd_kafka_new(_PRODUCER, None, ctypes.create_string_buffer(_SAID_BYTES), _SAID_BYTES)
    cluster = library.rd_kafka_mock_cluster_new(client, 1)
    try:
        yield MockCluster(library.rd_kafka_mock_cluster_bootstraps(cluster).decode(), library, cluster)
    finally:
        library.rd_kafka_mock_cluster_destroy(cluster)
        library.rd_kafka_destroy(client)
