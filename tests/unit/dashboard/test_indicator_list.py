"""All indicators as columns: what the list shows is what the value copy says, and the engine's rules hold."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import numpy as np
import orjson
import pytest

from dashboard.address import Address
from dashboard.packed import Packed
from dashboard.services import Services
from dashboard.views.asked import Asked
from dashboard.views.attention_order import attention_places, worsening
from dashboard.views.earlier import earlier_stock, read_stocks
from dashboard.views.figure import figure
from dashboard.views.indicator_list import Wanted, list_words, name_columns, read_background, value_columns
from dashboard.views.today import today
from tests.helpers.browser import answering, serving
from tests.helpers.fake_client import AFTERNOON, FakeEngine
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.value import Band


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(clock=SettableClock(AFTERNOON), scale=0.1)


@pytest.fixture
def services(engine: FakeEngine) -> Services:
    return services_over(engine)


def _asked(services: Services, query: str = "") -> Asked:
    return Asked.of(services, Address.parse(f"/indicators?{query}"))


def _values(services: Services, query: str = "") -> dict[str, list[object]]:
    wanted = Wanted.of(_asked(services, query))
    columns = value_columns(services, wanted, read_background(services, wanted.area.code))
    return orjson.loads(orjson.dumps(columns, option=orjson.OPT_SERIALIZE_NUMPY))


def test_what_an_address_names_wrongly_is_not_asked_for(services: Services) -> None:
    wrong = Wanted.of(_asked(services, "area=nowhere&period=pmtd"))
    assert (wrong.area.code, wrong.period) == ("KL", "mtd")
    right = Wanted.of(_asked(services, "area=KL-palakkad&period=7d"))
    assert (right.area.code, right.period) == ("KL-palakkad", "7d")


@pytest.mark.parametrize("area", ["KL", "KL-palakkad", "KL-palakkad-attappadi-agali"])
def test_columns_say_what_every_single_number_says(services: Services, area: str) -> None:
    columns = _values(services, f"area={area}&period=7d")
    codes = list(services.values.indicators)
    for row in range(0, len(codes), 37):
        shown = figure(services, codes[row], area, "7d")
        assert columns["value"][row] == (None if shown.value is None else pytest.approx(shown.value, abs=1e-6))
        assert columns["band"][row] == shown.band
    assert {len(columns[name]) for name in ("value", "band", "state", "change", "fresh", "order", "expected")} == {
        len(codes)
    }


def test_a_silent_source_takes_its_numbers_away_and_a_late_one_its_colours(engine: FakeEngine) -> None:
    engine.silence("kseb", 120)
    engine.silence("kwa", 20)
    columns = _values(services_over(engine))
    names = list(services_over(engine).values.indicators)
    outage, water = names.index("kseb_outage_min"), names.index("kwa_supply_hours")
    states = [columns["freshness"][columns["fresh"][row]]["state"] for row in (outage, water)]
    assert states == ["silent", "late"]
    assert columns["value"][outage] is None
    assert columns["value"][water] is not None
    assert [columns["band"][row] for row in (outage, water)] == [Band.UNBANDED] * 2
    assert columns["change"][water] is None


def test_without_the_engine_values_stay_and_what_only_it_knows_is_left_out(
    engine: FakeEngine, services: Services
) -> None:
    engine.go_away()
    columns = _values(services)
    assert columns["complete"] is False
    assert any(value is not None for value in columns["value"])
    assert not any(value is not None for value in columns["expected"])


def test_names_come_in_the_readers_language_with_the_other_for_searching(services: Services) -> None:
    for lang, other in (("en", "ml"), ("ml", "en")):
        mine, theirs = (name_columns(_asked(services, f"lang={one}")) for one in (lang, other))
        assert mine["code"] == theirs["code"] == list(services.values.indicators)
        assert mine["echo"] == theirs["name"]
        assert max(mine["about"]) == len(mine["abouts"]) - 1
        assert set(mine["unit"]) == set(range(len(mine["units"])))
    words = list_words(_asked(services))
    assert words["band_red"] == "Red"
    assert "{count}" in words["shown"]


def test_stocks_are_compared_with_a_week_ago_and_flows_with_the_span_before(services: Services) -> None:
    columns, codes = _values(services, "period=7d"), list(services.values.indicators)
    received = figure(services, "gov_received", "KL", "7d"), figure(services, "gov_received", "KL", "p7d")
    assert columns["change"][codes.index("gov_received")] == received[0].value - received[1].value
    stocks, _ = read_stocks(services, "KL", today(services))
    for code in ("gov_overdue", "gov_overdue_share"):
        indicator = services.values.indicators[code]
        before = sum(stocks[one]["overdue"] for one in indicator.subjects)
        if code.endswith("share"):
            before = before / sum(stocks[one]["open"] for one in indicator.subjects) * 100
        assert earlier_stock(indicator, stocks) == before
        assert columns["change"][codes.index(code)] == pytest.approx(
            figure(services, code, "KL", "7d").value - before, abs=1e-6
        )
    assert np.isnan(earlier_stock(services.values.indicators["gov_paused"], stocks)), "nobody told how many were paused"


def test_attention_is_colour_then_days_late_then_worsening_with_readings_in_turn() -> None:
    urgency = np.array([3, 0, 0, 0, 1, 0])
    is_case = np.array([True, True, True, False, True, True])
    late = np.array([99.0, 1.0, 5.0, 0.0, 50.0, 1.0])
    worse = np.array([0.0, 0.1, 0.0, 0.0, 0.0, 0.2])
    places = attention_places(urgency, is_case, late, worse)
    assert np.argsort(places).tolist() == [2, 3, 5, 1, 4, 0]


def test_worse_is_what_the_direction_says() -> None:
    value, earlier = np.array([110.0, 110.0, 110.0, 5.0, np.nan]), np.array([100.0, 100.0, 100.0, 0.0, 1.0])
    found = worsening(value, earlier, ["lower", "higher", "neutral", "lower", "lower"])
    assert found.tolist() == pytest.approx([0.1, -0.1, 0.0, 10.0, 0.0])


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(FakeEngine(scale=0.1)) as dashboard, httpx.Client(base_url=dashboard.url, trust_env=False) as made:
        answering(made, "/api/indicators/names")
        yield made


def test_columns_are_packed_and_sent_once(client: httpx.Client) -> None:
    for path in ("/api/indicators/names?lang=ml", "/api/indicators/grid.js"):
        first = client.get(path)
        assert first.headers["content-encoding"] == "gzip"
        assert client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        bare = client.get(path, headers={"Accept-Encoding": "identity"})
        assert bare.content == first.content
        assert "content-encoding" not in bare.headers
    values = client.get("/api/indicators/values?area=KL-palakkad&period=today").json()
    assert (values["area"], values["period"], values["complete"]) == ("KL-palakkad", "today", True)


def test_a_tag_changes_with_the_body_only() -> None:
    one, same, other = (Packed.of(body, "text/plain") for body in (b"a", b"a", b"b"))
    assert one == same
    assert one.tag != other.tag
