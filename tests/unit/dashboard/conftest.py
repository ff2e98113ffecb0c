"""What tests of served files share."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.helpers.browser import answering, serving
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from warehouse.clock import SettableClock


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Asks a dashboard over a fake engine that has its values."""
    with (
        serving(FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)) as dashboard,
        httpx.Client(base_url=dashboard.url, trust_env=False, timeout=60) as made,
    ):
        answering(made, "/api/indicators/names")
        yield made
