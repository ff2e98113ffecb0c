"""K-SMART's workflow messages (docs/kerala_sources.toml), over a real broker: counted once, no number of a person."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.mapping import load_mapping
from ingest.pipeline import Pipeline
from ingest.sources.kafka import KafkaSource
from ingest.sources.kafka_settings import read_kafka
from tests.helpers.broker import Broker
from tests.helpers.foreign_systems import MOBILE, Systems
from tests.helpers.kafka_reading import wait_for
from tests.helpers.rows import NOW, PSEUDONYMS
from tests.helpers.store import open_store
from warehouse.batch import SilentListener
from warehouse.clock import SettableClock
from warehouse.reference import load_reference

ROOT = Path(__file__).resolve().parents[2]
NAME, FILES = "ksmart_workflow", 8


@pytest.mark.slow
def test_workflow_messages_are_counted_once(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KSMART_KAFKA_PASSWORD", "x")
    table = tomllib.loads((ROOT / "docs" / "kerala_sources.toml").read_text(encoding="utf-8"))["source"][NAME]
    reference = load_reference(ROOT / "warehouse" / "states" / "kerala")
    mapping = load_mapping(NAME, table, reference, PSEUDONYMS)
    assert read_kafka(NAME, table, mapping, ROOT).topics == ("save-wf-transitions",)
    topic = broker.topic()
    settings = read_kafka(NAME, {**table, "kafka": {"servers": [broker.server], "topics": [topic]}}, mapping, ROOT)
    sent = [json.dumps(one).encode() for one in Systems(reference, NOW - timedelta(hours=1)).ksmart_workflow(FILES)]
    broker.send(topic, [*sent, *sent])
    with open_store(tmp_path) as store, closing(KafkaSource(settings, mapping, SettableClock(NOW), {})) as source:
        pipeline = Pipeline((source,), store.writer, SilentListener(), SettableClock(NOW))

        def all_there() -> bool:
            pipeline.run_once()
            counts = store.ask("source_counts")
            return bool(counts) and counts[0]["received"] == 2 * len(sent)

        wait_for(all_there, "all messages are received")
        (counts,) = store.ask("source_counts")
        assert (counts["accepted"], counts["duplicates"], counts["rejected"]) == (len(sent), len(sent), 0)
        with store.database.cursor() as cursor:
            events = cursor.execute("select kind, step, outcome, area from event").fetchall()
    assert Counter(kind for kind, *_ in events) == {
        "case.opened": FILES,
        "case.moved": FILES,
        "case.decided": FILES // 2,
    }
    assert {outcome for kind, _, outcome, _ in events if kind == "case.decided"} == {"approved"}
    assert not [step for _, step, _, _ in events if MOBILE in step]
    assert all(area.count("-") >= 2 for *_, area in events)
