"""Services over a fake engine, for views that are tested without a browser."""

from __future__ import annotations

from dataclasses import replace

from dashboard.copy import ValueCopy
from dashboard.services import Services
from tests.helpers.browser import screens_config
from tests.helpers.fake_client import FakeEngine
from warehouse.clock import Clock
from warehouse.principal import Principal


def services_over(engine: FakeEngine, *, lang: str = "en") -> Services:
    """What views are given, with the engine's present values already taken."""
    clock: Clock = engine.clock
    # the engine answered just now, however long the machine takes to draw
    values = ValueCopy(engine, clock, elapsed=lambda: 0.0)
    values.refresh()
    config = screens_config()
    config = replace(config, state=replace(config.state, language=lang))
    return Services(values, engine, engine, engine.reference, clock, config, Principal.state_reader())
