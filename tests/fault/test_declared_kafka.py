"""Declared sources that come over Kafka (docs/kerala_sources.toml), over a real broker: counted once, no number of a
person with them, and a file of which two sources tell is one case."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from indicators.board import Board
from ingest.mapping import load_mapping
from ingest.pipeline import Pipeline
from ingest.rule import Mapping
from ingest.sources.files import FileSource
from ingest.sources.kafka import KafkaSource
from ingest.sources.kafka_settings import read_kafka
from tests.helpers.broker import Broker
from tests.helpers.foreign_systems import MOBILE, Row, Systems, as_csv
from tests.helpers.kafka_reading import wait_for
from tests.helpers.rows import NOW, PSEUDONYMS
from tests.helpers.store import Store, open_store
from warehouse.batch import SilentListener
from warehouse.clock import SettableClock
from warehouse.personal import masked
from warehouse.reference import Reference, load_reference

ROOT = Path(__file__).resolve().parents[2]
TABLES = tomllib.loads((ROOT / "docs" / "kerala_sources.toml").read_text(encoding="utf-8"))["source"]
FILES = 8
#: What FILES files, licences, grievances or receipts give.
EXPECTED = {
    "ilgms_files": {"case.opened": 8, "case.moved": 8, "case.decided": 4},
    "ksmart_workflow": {"case.opened": 8, "case.moved": 8, "case.decided": 4},
    "ksmart_licences": {"case.opened": 8, "case.moved": 8, "case.decided": 4},
    "ksmart_grievances": {"case.opened": 8, "case.moved": 8, "case.decided": 4, "feedback.given": 4},
    "ksmart_births": {"case.opened": 8, "case.moved": 8, "case.decided": 4},
    "ksmart_deaths": {"case.opened": 8, "case.moved": 8, "case.decided": 4},
    "ksmart_payments": {"amount.recorded": 8},
}
OUTCOMES = {"ksmart_workflow": {"approved"}}
#: Topics are those of K-SMART's published code, and of a declaration to be confirmed for ILGMS.
TOPICS = {
    "ilgms_files": 1,
    "ksmart_workflow": 1,
    "ksmart_licences": 2,
    "ksmart_grievances": 2,
    "ksmart_births": 2,
    "ksmart_deaths": 1,
    "ksmart_payments": 1,
}


@cache
def kerala() -> Reference:
    return load_reference(ROOT / "warehouse" / "states" / "kerala")


def made(name: str) -> Mapping:
    return load_mapping(name, TABLES[name], kerala(), PSEUDONYMS)


def messages(name: str) -> list[Row]:
    told: list[Row] = getattr(Systems(kerala(), NOW - timedelta(hours=1)), name)(FILES)
    return told


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KSMART_KAFKA_PASSWORD", "x")
    monkeypatch.setenv("ILGMS_KAFKA_PASSWORD", "x")


@contextmanager
def reading(name: str, broker: Broker, topics: list[str], store: Store, board: Board | None) -> Iterator[Pipeline]:
    table = {**TABLES[name], "kafka": {"servers": [broker.server], "topics": topics}}
    how = read_kafka(name, table, made(name), ROOT)
    with closing(KafkaSource(how, made(name), SettableClock(NOW), {})) as source:
        yield Pipeline((source,), store.writer, board or SilentListener(), SettableClock(NOW))


def until_received(pipeline: Pipeline, store: Store, name: str, rows: int) -> dict[str, int]:
    def all_there() -> bool:
        pipeline.run_once()
        counts = store.ask("source_counts", source=name)
        return bool(counts) and counts[0]["received"] == rows

    wait_for(all_there, f"{rows} messages of {name} are received")
    found: dict[str, int] = store.ask("source_counts", source=name)[0]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED)
def test_messages_of_a_declared_source_are_counted_once(broker: Broker, tmp_path: Path, name: str) -> None:
    assert len(read_kafka(name, TABLES[name], made(name), ROOT).topics) == TOPICS[name]
    topics = [broker.topic() for _ in range(TOPICS[name])]
    sent = [json.dumps(one).encode() for one in messages(name)]
    # what opens comes in the first topic and what follows in the others, in no order between them; all of it twice
    for number, topic in enumerate(topics):
        own = sent if len(topics) == 1 else sent[number :: len(topics)]
        broker.send(topic, [*own, *own])
    with open_store(tmp_path) as store, reading(name, broker, topics, store, None) as pipeline:
        counts = until_received(pipeline, store, name, 2 * len(sent))
        assert (counts["accepted"], counts["duplicates"], counts["rejected"]) == (len(sent), len(sent), 0)
        with store.database.cursor() as cursor:
            events = cursor.sql("select * from event").to_arrow_table().to_pylist()
    assert Counter(one["kind"] for one in events) == EXPECTED[name]
    decided = {one["outcome"] for one in events if one["kind"] == "case.decided"}
    assert decided == (OUTCOMES.get(name, {"approved", "rejected"}) if "case.decided" in EXPECTED[name] else set())
    texts = [cell for one in events for cell in one.values() if isinstance(cell, str)]
    assert all(text == masked(text) and MOBILE not in text for text in texts)
    assert all(one["area"].count("-") >= 2 for one in events)


@pytest.mark.slow
@pytest.mark.parametrize("list_first", [True, False], ids=["list first", "messages first"])
def test_a_file_told_by_message_and_by_nightly_list_is_one_case(
    broker: Broker, tmp_path: Path, list_first: bool
) -> None:
    systems = Systems(kerala(), NOW - timedelta(hours=1))
    nightly, told = systems.ilgms_nightly(FILES), messages("ilgms_files")
    topic = broker.topic()
    # the bus lost what became of the last file, the list has it
    told = [one for one in told if one["fileNo"] != nightly[-1]["file_no"] or one["action"] != "DISPOSED"]
    broker.send(topic, [json.dumps(one).encode() for one in told])
    path = tmp_path / "list.csv"
    path.write_bytes(as_csv(nightly))
    with open_store(tmp_path) as store:
        board = Board(kerala(), SettableClock(NOW))
        board.load(store.reader)
        with reading("ilgms_files", broker, [topic], store, board) as pipeline:

            def load_list() -> None:
                list(pipeline.load(FileSource(path, made("ilgms_nightly"), SettableClock(NOW))))

            def read_messages() -> None:
                counts = until_received(pipeline, store, "ilgms_files", len(told))
                assert (counts["accepted"], counts["rejected"]) == (len(told), 0)

            for step in (load_list, read_messages) if list_first else (read_messages, load_list):
                step()
        (counts,) = store.ask("case_counts")
        assert (counts["total"], counts["decided"], counts["open"]) == (FILES, FILES // 2, FILES // 2)
        with store.database.cursor() as cursor:
            cells = cursor.execute(
                "select sum(received)::int, sum(decided)::int from cell where span_kind = 'd'"
            ).fetchall()
    assert cells == [(FILES, FILES // 2)]
