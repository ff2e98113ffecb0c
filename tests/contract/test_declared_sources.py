"""Every system of docs/kerala_sources.toml: its own shape, over its own transport, into the warehouse; once, and no
number of a person with it."""

from __future__ import annotations

import json
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.control_room_choice import services_by_level
from ingest.door.intake import Intake
from ingest.door.server import DoorServer
from ingest.mapping import load_mapping
from ingest.pipeline import Pipeline
from ingest.rule import Mapping
from ingest.sources.folder import FolderSource
from ingest.sources.folder_place import read_folders
from ingest.sources.poll_settings import read_poll
from ingest.sources.polled import PolledSource
from ingest.sources.view import ViewSource
from ingest.sources.view_settings import read_view
from tests.helpers.foreign_systems import Row, Systems, as_feed, as_file
from tests.helpers.polling import Asked, Reply, serving
from tests.helpers.postgres import PASSWORD, USER, running_postgres
from tests.helpers.rows import NOW, PSEUDONYMS, shared_data
from tests.helpers.store import Store, open_store
from warehouse.batch import SilentListener
from warehouse.clock import SettableClock
from warehouse.config import EventsConfig
from warehouse.personal import masked
from warehouse.reference import Reference, load_reference
from warehouse.token_file import TokenFile

ROOT = Path(__file__).resolve().parents[2]
TABLES = tomllib.loads((ROOT / "docs" / "kerala_sources.toml").read_text(encoding="utf-8"))["source"]
ROWS = 12
#: How many events of each kind come of ROWS rows, or of that many tickets.
EXPECTED = {
    "ilgms_nightly": {"case.opened": 12, "case.moved": 12, "case.decided": 6},
    "edistrict_api": {"case.opened": 12, "case.decided": 8},
    "ras": {"feedback.given": 12},
    "jan_samvad": {"feedback.given": 10},
    "kseb_feeders": {"reading.taken": 24},
    "hospital_stock": {"reading.taken": 32},
    "ambulance_calls": {"reading.taken": 30},
    "control_room": {"case.opened": 12, "case.moved": 12, "case.decided": 12},
    "hospital_beds": {"reading.taken": 72},
    "ksrtc_feed": {"reading.taken": 6 + 3 * 6},
    "digilocker": {"case.delivered": 12},
    "kwa_schemes": {"reading.taken": 33},
    "kseb_bulletins": {"reading.taken": 12},
    "public_hotspots": {"reading.taken": 24},
    "mgnrega_returns": {"reading.taken": 24},
    "digit_national": {"amount.recorded": 12},
    "registration_deeds": {"case.opened": 12, "case.decided": 8, "amount.recorded": 8},
}
#: Declared sources that come over Kafka: tests/fault/test_declared_kafka.py, beside its broker.
BY_KAFKA = {
    "ilgms_files", "ksmart_workflow", "ksmart_licences", "ksmart_births", "ksmart_deaths", "ksmart_grievances",
    "ksmart_payments",
}  # fmt: skip
#: Rows that say nothing that is counted: calls that reached nobody.
UNUSED = {"jan_samvad": 2}


@cache
def kerala() -> Reference:
    return load_reference(ROOT / "warehouse" / "states" / "kerala")


def made(name: str) -> Mapping:
    return load_mapping(name, TABLES[name], kerala(), PSEUDONYMS)


Deliver = Callable[[], None]


@contextmanager
def by_folder(name: str, rows: list[Row], store: Store, folder: Path) -> Iterator[Deliver]:
    place = read_folders({name: TABLES[name]}, folder)[name]
    place.path.mkdir(parents=True)
    clock = SettableClock(NOW)
    source = FolderSource(place, made(name), clock, {})
    pipeline = Pipeline((source,), store.writer, SilentListener(), clock)
    turn = iter(range(9))

    def deliver() -> None:
        # another file with the same rows: the content alone must not be what is known
        form = TABLES[name]["format"]
        content = as_file(rows, form, TABLES[name].get("delimiter", ","), next(turn))
        (place.path / f"list.{form}").write_bytes(content)
        for _ in range(20):
            clock.advance(timedelta(seconds=5))
            pipeline.run_once()
            if source._opening is not None:
                wait([source._opening[1]])

    yield deliver
    pipeline.close()


@contextmanager
def by_poll(name: str, rows: list[Row], store: Store, folder: Path) -> Iterator[Deliver]:
    poll = TABLES[name]["poll"]

    def answer(asked: Asked) -> Reply:
        if "feed" in poll:
            return Reply(as_feed(rows, NOW), headers={"Content-Type": "application/x-protobuf"})
        if "page" in poll:
            wanted = [row for row in rows if row["last_updated"] >= int(asked.parameters.get("updated_from", 0))]
            return Reply({TABLES[name]["rows"]: wanted if asked.parameters["page"] == "1" else []})
        at = int(asked.parameters.get(poll["cursor_parameter"], 0))
        following = {"next": at + 5 if at + 5 < len(rows) else None}
        return Reply({TABLES[name]["rows"]: rows[at : at + 5], "meta": following})

    clock = SettableClock(NOW)
    with serving(answer) as api:
        settings = read_poll(name, {**TABLES[name], "poll": {**poll, "url": api.url}}, made(name), folder)
        source = PolledSource(settings, made(name), clock, {})
        pipeline = Pipeline((source,), store.writer, SilentListener(), clock)

        def deliver() -> None:
            clock.advance(timedelta(hours=1))
            before = len(api.asked)
            end = time.monotonic() + 30
            while pipeline.run_once() or source._asked is not None or len(api.asked) == before:
                assert time.monotonic() < end, pipeline.troubles()
                time.sleep(0.001)

        yield deliver
        pipeline.close()


@contextmanager
def by_view(name: str, rows: list[Row], store: Store, folder: Path) -> Iterator[Deliver]:
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    with running_postgres() as server:
        kinds = {int: "int", str: "text", datetime: "timestamptz", Decimal: "numeric(12, 2)"}
        columns = ", ".join(f"{column} {kinds[type(cell)]}" for column, cell in rows[0].items())
        server.run(f"create schema cm; create table cm.deeds ({columns}); grant usage on schema cm to {USER}; "
                   f"grant select on cm.deeds to {USER}")  # fmt: skip
        for row in rows:
            server.run(f"insert into cm.deeds values ({', '.join(['%s'] * len(row))})", *row.values())
        here = {"dsn": server.dsn, "password": {"file": "password"}, "page_rows": 5}
        table = {**TABLES[name], "database": {**TABLES[name]["database"], **here}}
        clock = SettableClock(NOW)
        source = ViewSource(read_view(name, table, made(name), folder), made(name), clock, {})
        pipeline = Pipeline((source,), store.writer, SilentListener(), clock)

        def deliver() -> None:
            clock.advance(timedelta(hours=1))
            server.run("update cm.deeds set changed_at = changed_at + interval '1 minute'")
            end, begun = time.monotonic() + 30, False
            while not begun or pipeline.run_once() or source._asked is not None or not source._begins:
                assert time.monotonic() < end, pipeline.troubles()
                begun = begun or source._asked is not None or pipeline.run_once()
                time.sleep(0.001)

        yield deliver
        pipeline.close()


@contextmanager
def by_http(name: str, rows: list[Row], store: Store, folder: Path) -> Iterator[Deliver]:
    tokens = TokenFile(folder / "tokens.json")
    token = tokens.make(name, NOW)[1]
    clock, stop = SettableClock(NOW), threading.Event()
    pipeline = Pipeline((), store.writer, SilentListener(), clock, idle_s=0.01)
    door = DoorServer(EventsConfig(port=0), tokens, [name], Intake(lambda *_: made(name), pipeline, clock, 1000))
    thread = threading.Thread(target=pipeline.run, args=(stop,))
    thread.start()

    def deliver() -> None:
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"http://127.0.0.1:{door.port}/events", json=rows, headers=headers, timeout=60)
        assert answer.status_code == 202, answer.text

    try:
        yield deliver
    finally:
        stop.set()
        thread.join()
        door.close()


def transport(name: str) -> Any:
    ways = {"folder": by_folder, "poll": by_poll, "database": by_view}
    return next((way for key, way in ways.items() if key in TABLES[name]), by_http)


def test_every_declared_source_says_what_it_is() -> None:
    assert TABLES.keys() == EXPECTED.keys() | BY_KAFKA
    assert {name for name, table in TABLES.items() if "kafka" in table} == BY_KAFKA
    departments = {department.code for department in kerala().departments.values()}
    for table in TABLES.values():
        assert table["title"]
        assert table["title_local"]
        assert table["department"] in departments
        assert table["expected_interval_s"] > 0


@pytest.mark.parametrize("name", EXPECTED)
def test_a_declared_source_is_counted_once_over_its_own_transport(tmp_path: Path, name: str) -> None:
    rows = getattr(Systems(kerala(), NOW - timedelta(hours=1)), name)(ROWS)
    with open_store(tmp_path) as store, transport(name)(name, rows, store, tmp_path) as deliver:
        deliver()
        (first,) = store.ask("source_counts")
        unused = UNUSED.get(name, 0)
        assert (first["received"], first["accepted"], first["rejected"]) == (len(rows), len(rows) - unused, unused)
        assert {one["reason"] for one in store.ask("rejected_summary")} <= {"no_event"}
        deliver()
        (second,) = store.ask("source_counts")
        assert second["received"] > first["received"]
        assert {**second, **dict.fromkeys(("received", "duplicates", "last_heard_at"))} == {
            **first, **dict.fromkeys(("received", "duplicates", "last_heard_at"))
        }  # fmt: skip
        with store.database.cursor() as cursor:
            told = cursor.sql("select * from event").to_arrow_table().to_pylist()
            texts = cursor.execute("select raw || detail || origin from rejected").fetchall()
    assert Counter(one["kind"] for one in told) == EXPECTED[name]
    assert all(one["area"] or one["kind"] == "case.delivered" for one in told)
    texts += [(cell,) for one in told for cell in one.values() if isinstance(cell, str)]
    assert all(text == masked(text) for (text,) in texts)


def test_a_heading_that_no_bulletin_had_is_refused_by_its_name(tmp_path: Path) -> None:
    rows = Systems(kerala(), NOW - timedelta(hours=1)).kseb_bulletins(2)
    (dam,) = rows[1]["data"]
    dam["Storage today (MCM)"] = dam.pop("Today&#8217;s Live Storage(MCM)")
    with open_store(tmp_path) as store, by_folder("kseb_bulletins", rows, store, tmp_path) as deliver:
        deliver()
        (counts,) = store.ask("source_counts")
        (refused,) = store.ask("rejected_list")
    assert (counts["accepted"], counts["rejected"]) == (1, 1)
    assert refused["reason"] == "missing"
    assert "Live Storage(MCM)" in refused["detail"]


def events_of(name: str, rows: list[Row], folder: Path) -> list[Row]:
    with open_store(folder) as store, transport(name)(name, rows, store, folder) as deliver:
        deliver()
        with store.database.cursor() as cursor:
            return cursor.sql("select * from event").to_arrow_table().to_pylist()


def test_tickets_of_control_rooms_have_the_level_of_who_answers_and_the_outcome_that_was_said(tmp_path: Path) -> None:
    rows = Systems(kerala(), NOW - timedelta(hours=1)).control_room(ROWS)
    told = events_of("control_room", rows, tmp_path)
    levels = services_by_level(ROOT / "warehouse" / "states" / "kerala", kerala())
    level_of = {service: level for level, services in levels.items() for service in services}
    opened = [one for one in told if one["kind"] == "case.opened"]
    assert Counter(level_of[one["service"]] for one in opened) == dict.fromkeys(levels, ROWS // 3)
    places = {"department": "state", "collector": "district", "head_of_department": "body"}
    area_level = {area.code: area.level for area in kerala().areas}
    assert all(area_level[one["area"]] == places[level_of[one["service"]]] for one in opened)
    assert len({one["service"] for one in opened}) == 7
    assert Counter(one["outcome"] for one in told if one["kind"] == "case.decided") == {"approved": 9, "rejected": 3}


def test_a_ticket_that_is_handed_up_stays_a_case_of_the_level_where_it_was_opened(tmp_path: Path) -> None:
    first, *_ = [row for row in Systems(kerala(), NOW).control_room(3) if row["level"] == "COLLECTOR"]
    up = {**first, "level": "DEPARTMENT", "department": "WATER", "status": "FORWARDED", "at": NOW.isoformat()}
    elsewhere = {**first, "ticket": "9", "level": "DEPARTMENT", "department": "a new one"}
    with open_store(tmp_path) as store, by_http("control_room", [first, up, elsewhere], store, tmp_path) as deliver:
        deliver()
        (refused,) = store.ask("rejected_list")
        with store.database.cursor() as cursor:
            told = cursor.execute("select case_id, kind, service from event order by occurred_at").fetchall()
    assert [one[1:] for one in told] == [("case.opened", "revenue_grievance"), ("case.moved", "wtr_cm_petition")]
    assert len({case for case, *_ in told}) == 1
    assert (refused["reason"], refused["field"]) == ("unknown_service", "service")


def test_collections_of_several_modules_of_digit_are_counted_by_one_grouping_each(tmp_path: Path) -> None:
    rows = Systems(kerala(), NOW - timedelta(hours=1)).digit_national(ROWS)
    told = events_of("digit_national", rows, tmp_path)
    paid: Counter[str] = Counter()
    for one in told:
        paid[one["service"]] += one["amount"]
    stated: Counter[str] = Counter()
    names = {
        "TL": "trade_licence_new",
        "PT": "property_tax_assessment",
        "OBPS": "building_permit",
        "FIRENOC": "fire_noc",
    }
    for row in rows:
        (module,) = row["Data"]
        stated[names[module["module"]]] += round(100 * module["metrics"]["todaysCollection"][1]["buckets"][0]["value"])
    assert paid == stated
    assert len(paid) == 4


def test_published_examples_of_digit_are_read_and_what_is_no_money_of_ours_waits(tmp_path: Path) -> None:
    published = json.loads(shared_data("formats/national_dashboard_sample_payloads.json").read_text(encoding="utf-8"))
    here = [{**one, "ulb": "kl.kochi", "ward": f"Ward {number}"} for number, one in enumerate(published)]
    with open_store(tmp_path) as store, by_http("digit_national", [{"Data": here}], store, tmp_path) as deliver:
        deliver()
        with store.database.cursor() as cursor:
            paid = cursor.execute("select service, sum(amount)::bigint from event group by all").fetchall()
        refused = {(one["reason"], one["field"]) for one in store.ask("rejected_list")}
    assert dict(paid) == {
        "property_tax_assessment": 64_500_00, "fire_noc": 15_735_00, "trade_licence_new": 54_000_00,
        "building_permit": 33_500_00,
    }  # fmt: skip
    assert refused == {("unknown_service", "service"), ("missing", "amount")}
