"""One real Kafka broker for all tests that need one."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator

import pytest

from tests.helpers.broker import Broker, running_broker

#: kafka-python leaves the socket of a refused connection to the garbage collector.
_SOCKETS = "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"broker", "cluster"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.filterwarnings(_SOCKETS))
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(400))  # a broker starts within it


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    # log records would keep connections from the garbage collector
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    with running_broker(tmp_path_factory.mktemp("broker")) as started:
        yield started


@pytest.fixture
def broker(running: Broker) -> Iterator[Broker]:
    """The running broker; sockets that its clients left behind are collected within the test."""
    yield running
    gc.collect()
