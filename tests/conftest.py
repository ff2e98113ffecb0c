"""For all tests."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import settings

from tests.helpers.search import PROFILE

# How long an example takes says more about what else the machine does than about the code; run.py bench measures.
# The same examples every time, so that a red test is a change's own fault; `make search` looks for new ones.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile(PROFILE)

#: Files that take minutes. They begin first, so that no worker is left alone with one at the end.
LONGEST: Final = frozenset(
    {
        *("test_smoke", "test_restatements", "test_simulator_transports", "test_operator_desk", "test_year_earlier"),
        *("test_demo_killed", "test_desk", "test_outage", "test_kafka_engine", "test_wall_live"),
        "test_wall_legibility",
    }
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; all else stays in its order."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)
