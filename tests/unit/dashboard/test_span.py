"""A span of days in an address: counted by the engine, of now what is of now, and nothing where nothing was counted."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from dashboard.address import Address
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.control import period_choice
from dashboard.views.figure import figure
from dashboard.views.scope import days_of
from dashboard.views.today import today
from dashboard.views.year_ago import days_a_year_before
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.principal import Principal
from warehouse.value import State

SPAN = "01-10-2026..15-10-2026"
BEGUN = {"day": date(2026, 1, 1)}


class SpanEngine(FakeEngine):
    """Remembers which spans it was asked for."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """Spans and first days; everything else as the fake has it."""
        if name == "first_days":
            return pa.table({"subject": ["x"], "first_day": [BEGUN["day"]]})
        if name == "span_values" and not self.gone:
            self.asked.append(params)
        return super().query(name, principal, **params)


@pytest.fixture
def engine() -> FakeEngine:
    BEGUN["day"] = date(2026, 1, 1)
    SpanEngine.asked = []
    return SpanEngine(clock=SettableClock(AFTERNOON), scale=0.1)


def _asked(services: Services, href: str) -> Asked:
    return Asked.of(services, Address.parse(href))


@pytest.mark.parametrize(
    ("period", "scope"),
    [
        (SPAN, SPAN),
        ("01-04-2025..31-03-2026", "01-04-2025..31-03-2026"),
        ("02-04-2025..30-03-2026", "01-04-2025..31-03-2026"),
        ("10-08-2026..15-10-2026", "01-08-2026..15-10-2026"),
        ("01-01-0001..02-01-0001", "mtd"),
        ("01-10-2026..31-12-2026", "mtd"),
        ("15-10-2026..01-10-2026", "mtd"),
        ("1..2", "mtd"),
        ("lm", "lm"),
    ],
)
def test_days_that_are_not_kept_make_whole_months_and_what_cannot_be_is_not_asked_for(
    engine: FakeEngine, period: str, scope: str
) -> None:
    assert _asked(services_over(engine), f"/?period={period}").scope.period == scope


def test_a_flow_is_asked_of_the_engine_and_a_stock_is_of_now(engine: FakeEngine) -> None:
    services = services_over(engine)
    flow = figure(services, "gov_in_time_share", "KL-palakkad", SPAN)
    assert (flow.value, flow.cell.numerator, flow.cell.denominator) == (80.0, 40.0, 50.0)
    (params,) = SpanEngine.asked
    assert (params["from_day"], params["to_day"]) == (date(2026, 10, 1), date(2026, 10, 15))
    assert len(params["areas"]) == 14, "the places beside it come with it"
    assert figure(services, "gov_received", "KL-palakkad", SPAN).value == 80.0
    assert SpanEngine.asked[1] == params, "what is asked for the other numbers of the department is the same, and kept"
    assert figure(services, "gov_overdue", "KL", SPAN).value == figure(services, "gov_overdue", "KL", "mtd").value
    BEGUN["day"] = date(2026, 10, 2)
    assert figure(services, "gov_in_time_share", "KL", SPAN).cell.state is State.NO_DATA
    engine.gone = True
    assert figure(services, "gov_in_time_share", "KL", SPAN).cell.state is State.ERROR


def test_the_menu_offers_the_quarter_and_the_year_before(engine: FakeEngine) -> None:
    services = services_over(engine)
    choice = period_choice(_asked(services, f"/?period={SPAN}"), today(services))
    assert choice.value == "01-10-2026 – 15-10-2026"
    offered = {one.text: one.href for one in choice.options}
    assert offered["last quarter"] == "/?period=01-07-2026..30-09-2026"
    assert offered["FY 2025-26"] == "/?period=01-04-2025..31-03-2026"


def test_the_same_days_of_the_year_before() -> None:
    on = date(2025, 3, 10)
    assert days_of("01-02-2025..28-02-2025", on, 4) == (date(2025, 2, 1), date(2025, 2, 28))
    assert days_a_year_before("01-02-2025..28-02-2025", on, 4) == (date(2024, 2, 1), date(2024, 2, 29))
    assert days_a_year_before("lm", on, 4) == (date(2024, 2, 1), date(2024, 2, 29))
