"""A real Kafka broker in all its moods: nothing lost, nothing twice, and what is lost there is never passed over."""

from __future__ import annotations

import json
import logging
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.net.transport import KafkaSSLTransport

from ingest.sources.kafka_log import KafkaLog, Place
from ingest.sources.memory import MemorySource
from ingest.sources.secret import Secret
from tests.helpers.backing import backups_of, put_back
from tests.helpers.broker import PASSWORD, USER, Broker
from tests.helpers.kafka_reading import SOURCE, WAIT_S, event, events, kafka_source, reading, settings, wait_for
from tests.helpers.rows import CASES, decoded
from tests.helpers.store import Store, open_store
from warehouse.batch import Batch, RowFates
from warehouse.errors import SourceGoneError, SourceRefusedError
from warehouse.position import forget

CODECS: Final = ("gzip", "snappy", "lz4", "zstd")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def names(count: int, prefix: str = "e") -> list[str]:
    return sorted(f"{prefix}{number}" for number in range(count))


def test_messages_of_every_codec_and_partition_are_stored_once(broker: Broker, store: Store) -> None:
    topic = broker.topic(3)
    sent = names(4_000)
    for place, codec in enumerate((None, *CODECS)):
        broker.send(topic, events(sent[place::5]), (0, 1, 2), compression_type=codec)
    with reading(store, settings(broker, topic)) as line:
        line.until_received(len(sent))
    assert line.stored() == sent
    assert line.counted() == {"received": 4_000, "accepted": 4_000, "rejected": 0, "duplicates": 0}
    assert sum(line.positions().values()) == len(sent)
    assert sorted(line.positions()) == [f"{topic}/{partition}" for partition in range(3)]


def test_what_a_producer_sends_again_counts_once(broker: Broker, store: Store) -> None:
    topic = broker.topic(2)
    for _ in range(3):
        broker.send(topic, events(names(100)), (0, 1))
    with reading(store, settings(broker, topic, poll_rows=40)) as line:
        line.until_received(300)
    assert line.stored() == names(100)
    assert line.counted() == {"received": 300, "accepted": 100, "rejected": 0, "duplicates": 200}


def test_a_partition_that_comes_later_is_read_from_its_first_message(broker: Broker, store: Store) -> None:
    topic = broker.topic(1)
    broker.send(topic, events(names(10)))
    with reading(store, settings(broker, topic)) as line:
        line.until_received(10)
        broker.add_partitions(topic, 3)
        broker.send(topic, events(names(10, "late")), (0, 1, 2))
        line.until_received(20)
    assert line.stored() == [*names(10), *names(10, "late")]
    assert len(line.positions()) == 3


def test_messages_that_came_together_with_a_new_partition_are_given_once(broker: Broker) -> None:
    topic = broker.topic(1)
    with KafkaLog.opened(settings(broker, topic), {}) as log:
        broker.add_partitions(topic, 2)
        broker.send(topic, events(names(10)), (0, 1))
        given: list[tuple[Place, int]] = []
        until = time.monotonic() + WAIT_S
        while len(given) < 10 or not any(place.partition for place, _ in given):
            assert time.monotonic() < until
            polled = log.poll(0.2, 100)
            given += [(place, record.offset) for place, records in polled.messages.items() for record in records]
        assert sorted(given) == [(Place(topic, partition), offset) for partition in (0, 1) for offset in range(5)]


def test_how_much_waits_at_the_brokers_is_known(broker: Broker) -> None:
    topic = broker.topic(2)
    broker.send(topic, events(names(10)), (0, 1))
    with KafkaLog.opened(settings(broker, topic, poll_rows=1), {}) as log:
        assert log.waiting is None
        told: list[int | None] = []
        until = time.monotonic() + WAIT_S
        while log.waiting != 0:
            assert time.monotonic() < until, told
            log.poll(0.2, 1)
            told.append(log.waiting)
        assert max(count for count in told if count is not None) >= 9


def test_several_topics_make_one_source(broker: Broker, store: Store) -> None:
    topics = [broker.topic(), broker.topic(2)]
    for topic in topics:
        broker.send(topic, events(names(20, topic)))
    with reading(store, settings(broker, *topics)) as line:
        line.until_received(40)
    assert line.stored() == sorted([*names(20, topics[0]), *names(20, topics[1])])


def test_a_source_that_is_ended_anywhere_goes_on_exactly_there(broker: Broker, store: Store) -> None:
    topic = broker.topic(3)
    sent = names(3_000)
    broker.send(topic, events(sent), (0, 1, 2))
    dice = random.Random(11)
    received = 0
    while received < len(sent):
        with reading(store, settings(broker, topic, poll_rows=70)) as line:
            line.until_received(min(len(sent), received + dice.randrange(1, 900)))
        received = line.counted()["received"]
    assert line.stored() == sent
    assert line.counted() == {"received": 3_000, "accepted": 3_000, "rejected": 0, "duplicates": 0}


def test_a_broker_that_is_killed_loses_and_doubles_nothing(broker: Broker, store: Store) -> None:
    topic = broker.topic(2)
    known: set[str] = set()
    stop = threading.Event()

    def produce() -> None:
        number = 0
        while not stop.is_set():
            some = [f"k{number + one}" for one in range(50)]
            number += len(some)
            try:
                broker.send(topic, events(some), (0, 1), delivery_timeout_ms=8_000, request_timeout_ms=2_000)
            except (KafkaError, OSError):
                continue
            known.update(some)

    producing = threading.Thread(target=produce)
    with reading(store, settings(broker, topic)) as line:
        producing.start()
        line.until_received(200)
        broker.signal(signal.SIGKILL)
        assert line.until_trouble()
        before = len(known)
        broker.start()
        wait_for(lambda: len(known) > before + 200, "the producer goes on")
        stop.set()
        producing.join()
        wait_for(lambda: known <= set(line.stored()), "everything that the broker took is stored")
        wait_for(lambda: SOURCE not in line.pipeline.troubles(), "out of trouble")
    stored = line.stored()
    assert len(stored) == len(set(stored))
    assert line.counted()["received"] == line.counted()["accepted"] + line.counted()["duplicates"]
    assert line.source.connections > 1


def test_after_a_restore_a_topic_is_read_on_from_the_positions_in_the_backup(broker: Broker, tmp_path: Path) -> None:
    topic, data, backup = broker.topic(3), tmp_path / "data", tmp_path / "backup"
    broker.send(topic, events(names(900)), (0, 1, 2))
    how = settings(broker, topic, poll_rows=40)
    with open_store(data) as store, reading(store, how) as line:
        line.until_received(200)
        made = backups_of(data, store.writer).make(backup)  # while it is read on
        line.until_received(900)
        broker.send(topic, events(names(300, "later")), (0, 1, 2))
        line.until_received(1_200)
        whole = line.stored()
    held = made.rows["event"]
    assert 200 <= held <= 900
    put_back(backup, data, move_aside=True)
    with open_store(data) as store:
        assert store.count("event") == held
        positions = [json.loads(row["position"])["offset"] for row in store.ask("source_positions", source=SOURCE)]
        assert sum(positions) == held, "rows and positions are of one instant"
        with reading(store, how) as line:
            broker.send(topic, events(names(100, "last")), (0, 1, 2))
            line.until_received(1_300)
        assert line.stored() == sorted([*whole, *names(100, "last")])
        assert line.counted() == {"received": 1_300, "accepted": 1_300, "rejected": 0, "duplicates": 0}


def test_a_broker_that_freezes_holds_up_no_other_source(broker: Broker, store: Store) -> None:
    topic = broker.topic()
    broker.send(topic, events(names(5)))
    with reading(store, settings(broker, topic)) as line:
        line.until_received(5)
        broker.signal(signal.SIGSTOP)
        try:
            row = decoded(CASES, {"id": "1", "opened": "2020-01-01"})
            line.pipeline.add(MemorySource("other", [Batch("other", row.events, row.rejected, 1)]))
            wait_for(lambda: bool(store.ask("source_counts", source="other")), "the other source is committed")
            assert not line.pipeline.troubles(), "it waited until the broker was given up"
            assert line.until_trouble()
        finally:
            broker.signal(signal.SIGCONT)
        broker.send(topic, events(names(5, "thawed")))
        line.until_received(10)
    assert {*names(5), *names(5, "thawed")} <= set(line.stored())


def test_messages_that_were_deleted_before_they_were_read_stop_the_source_loudly(
    broker: Broker, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    topic = broker.topic(2)
    broker.send(topic, events(names(20)), (0, 1))
    with reading(store, settings(broker, topic)) as line:
        line.until_received(20)
    broker.send(topic, events(names(20, "gone")))
    broker.cut(topic, 0, 25)
    with caplog.at_level(logging.ERROR), reading(store, settings(broker, topic)) as line:
        said = line.until_trouble()
        assert isinstance(line.pipeline.failures[0].error, SourceRefusedError)
    assert f"{topic}/0 at 10 is outside its log" in said
    assert any(said in record.message and record.levelno == logging.ERROR for record in caplog.records)
    assert (line.stored(), line.positions()[f"{topic}/0"]) == (names(20), 10)

    assert forget(store.writer, SOURCE, f"{topic}/0") == [f"{topic}/0"]
    with reading(store, settings(broker, topic)) as line:
        line.until_received(25)
        assert not line.pipeline.troubles()
    assert len(line.stored()) == 25
    assert line.positions() == {f"{topic}/0": 30, f"{topic}/1": 10}


@pytest.mark.parametrize("while_reading", [False, True], ids=["while we were away", "while we read"])
def test_a_topic_that_was_created_again_is_not_taken_for_the_old_one(
    broker: Broker, store: Store, while_reading: bool
) -> None:
    topic = broker.topic()

    def again() -> None:
        broker.delete(topic)
        broker.create(topic, 1)
        broker.send(topic, events(names(40, "new")))

    broker.send(topic, events(names(10)))
    with reading(store, settings(broker, topic)) as line:
        line.until_received(10)
        if while_reading:
            again()
            wait_for(lambda: bool(line.pipeline.failures), "given up")
    if not while_reading:
        again()
    with reading(store, settings(broker, topic)) as line:
        assert "was deleted and created again: it was read up to 10" in line.until_trouble()
    assert line.stored() == names(10), "not one message of the new topic was passed over or taken"

    forget(store.writer, SOURCE)
    with reading(store, settings(broker, topic)) as line:
        line.until_received(50)
    assert line.stored() == [*names(10), *names(40, "new")]


@pytest.mark.timed
def test_a_partition_that_stands_still_is_found_within_ten_seconds(broker: Broker, store: Store) -> None:
    topic = broker.topic(2)
    broker.send(topic, events(names(10)), (0, 1))
    with reading(store, settings(broker, topic)) as line:
        line.until_received(10)
        assert line.source.log is not None
        # what kafka-python does after UnknownBrokerIdError: the partition is assigned and never fetched again
        line.source.log.consumer.pause(TopicPartition(topic, 1))
        broker.send(topic, events(names(10, "more")), (0, 1))
        begin = time.monotonic()
        assert f"{topic}/1 stands still at 5" in line.until_trouble()
        assert time.monotonic() - begin < 10
        line.until_received(20)
    assert (line.source.stalls, line.source.connections) == (1, 2)
    assert line.stored() == [*names(10), *names(10, "more")]


def test_a_topic_that_is_not_there_yet_is_waited_for(broker: Broker, store: Store) -> None:
    with reading(store, settings(broker, "later")) as line:
        assert "topic later: UnknownTopicOrPartitionError" in line.until_trouble()
        broker.create("later", 1)
        broker.send("later", events(names(3)))
        line.until_received(3)
    assert line.stored() == names(3)


def test_a_bad_message_is_refused_with_its_place_and_no_other_is(broker: Broker, store: Store) -> None:
    topic = broker.topic()
    bad: dict[str, bytes | None] = {
        "no value": None,
        "empty": b"",
        "not JSON": b"{",
        "not UTF-8": event("x").replace(b"t:x", b"\xff\xfe"),
        "not an object": b"[1]",
        "nested": b"[" * 70_000,
        "of another": event("x").replace(b'"source": "test"', b'"source": "other"'),
        "unknown": event("x").replace(b'"KL"', b'"XX"'),
        "large": event("x" * 70_000),
    }
    good = names(len(bad))
    broker.send(topic, [one for pair in zip(events(good), bad.values(), strict=True) for one in pair])
    with reading(store, settings(broker, topic)) as line:
        line.until_received(2 * len(bad))
    rows = store.ask("rejected_list", source=SOURCE)
    told = {row["origin"]: row["reason"] for row in rows}
    reasons = ["not_json", "", "not_json", "not_json", "not_json", "too_large", "unknown_source", "unknown_area"]
    places = [f"{topic}/0:{2 * place + 1}" for place in range(len(bad))]
    # the second message without a value says what the first one said: a duplicate
    assert told == {place: reason for place, reason in zip(places, [*reasons, "too_large"], strict=True) if reason}
    assert line.stored() == good
    assert line.counted() == {"received": 18, "accepted": 9, "rejected": 8, "duplicates": 1}


def test_an_event_may_stand_in_the_headers(broker: Broker, store: Store) -> None:
    topic = broker.topic()

    def binary(name: str, value: bytes | None) -> tuple[bytes | None, list[tuple[str, bytes]]]:
        attributes = {"id": name, "source": SOURCE, "type": "cm.case.opened", "time": "2020-01-01T10:00:00Z"}
        envelope = {"ce_specversion": "1.0"} | {f"ce_{key}": text for key, text in attributes.items()}
        headers = {"content-type": "application/json"} | envelope
        return value, [(key, text.encode()) for key, text in headers.items()]

    data = json.dumps({"case_id": "t:b", "service": "birth", "area": "KL", "aadhaar": "1234"}).encode()
    broker.send(topic, [binary("b", data), event("s"), binary("broken", b"{"), binary("nothing", None)])
    with reading(store, settings(broker, topic)) as line:
        line.until_received(4)
    assert line.stored() == ["b", "s"]
    told = {row["origin"]: (row["reason"], row["field"]) for row in store.ask("rejected_list", source=SOURCE)}
    assert told == {f"{topic}/0:2": ("not_json", None), f"{topic}/0:3": ("missing", "case_id")}


def test_json_of_their_own_goes_through_the_mapping(broker: Broker, store: Store) -> None:
    topic = broker.topic()
    rows = [{"id": str(number), "opened": "2020-01-01" if number != 3 else "soon"} for number in range(6)]
    broker.send(topic, [json.dumps({"rows": rows[:4]}).encode(), json.dumps({"rows": rows[4:]}).encode()])
    with reading(store, settings(broker, topic), f'rows = "rows"\n{CASES}') as line:
        line.until_received(6)
    assert line.counted()["accepted"] == 5
    (refused,) = store.ask("rejected_list", source=SOURCE)
    assert (refused["origin"], refused["reason"]) == (f"{topic}/0:0:4", "bad_time")


def test_what_a_contradiction_came_from_is_said(broker: Broker, store: Store) -> None:
    topic = broker.topic(2)
    broker.send(topic, [event("e"), *events(names(3, "f"))], (1,))
    broker.send(topic, [event("e").replace(b'"KL"', b'"KL-idukki"')], (1,))
    with reading(store, settings(broker, topic)) as line:
        line.until_received(5)
    (refused,) = store.ask("rejected_list", source=SOURCE)
    assert (refused["reason"], refused["origin"]) == ("conflict", f"{topic}/1:4")


def test_what_a_transaction_took_back_never_counts(broker: Broker, store: Store) -> None:
    topic = broker.topic()
    with broker.producer(transactional_id="t1") as producer:
        producer.init_transactions()
        for name, keep in (("kept", True), ("dropped", False), ("last", True)):
            producer.begin_transaction()
            producer.send(topic, value=event(name))
            producer.flush(timeout=30)
            if keep:
                producer.commit_transaction()
            else:
                producer.abort_transaction()
    with reading(store, settings(broker, topic)) as line:
        line.until_received(2)
        wait_for(lambda: line.positions() == {f"{topic}/0": 6}, "the ends of transactions are passed over")
    assert line.stored() == ["kept", "last"]


@pytest.mark.parametrize("slow_s", [0.0, 0.2], ids=["quick", "slow"])
def test_the_secured_port_lets_us_in_with_the_right_secret_only(
    broker: Broker, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow_s: float
) -> None:
    # a busy machine finds the refusal and the end of the connection in one reading; the broker ends it after 0.1 s
    receive = KafkaSSLTransport._sock_recv
    monkeypatch.setattr(KafkaSSLTransport, "_sock_recv", lambda transport: (time.sleep(slow_s), receive(transport))[1])
    topic = broker.topic()
    broker.send(topic, events(names(3)))
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    login = {"user": USER, "password": Secret("password", file=secret), "ca_file": broker.certificate}
    how = settings(broker, topic, security="sasl_tls", **login)
    how = replace(how, servers=(f"127.0.0.1:{broker.secured_port}",))
    before = broker.refused_logins()
    with reading(store, how) as line:
        trouble = line.until_trouble()
        assert PASSWORD not in trouble
        assert "SaslAuthenticationFailedError" in trouble
        asked_again_at = time.monotonic() + 2  # the pipeline has asked several times by then
        wait_for(lambda: time.monotonic() > asked_again_at, "two seconds pass")
        assert broker.refused_logins() - before == line.source.connections == 1, "the wrong password is shown once"
        secret.write_text(f"{PASSWORD}\n")
        line.until_received(3)
    assert line.stored() == names(3)


def test_no_more_is_read_ahead_than_the_pipeline_makes_room_for(broker: Broker, store: Store) -> None:
    topic = broker.topic()
    broker.send(topic, events(names(1_000)))
    source = kafka_source(store, settings(broker, topic, poll_rows=50))

    def read() -> int:
        return 0 if source.log is None else sum(one.next.offset for one in source.log.partitions.values())

    try:
        batches: list[Batch] = []
        while len(batches) < 3:
            batch = source.next_batch()
            if batch is not None:
                batches.append(batch)
                wait_for(lambda: read() >= 50 * (len(batches) + 1), "one more is read")
        assert [batch.received for batch in batches] == [50, 50, 50]
        assert read() == 200
    finally:
        source.close()


def test_what_comes_while_the_pipeline_is_busy_becomes_one_batch(broker: Broker, store: Store) -> None:
    topic = broker.topic(2)
    broker.send(topic, events(names(1)), (0,))
    source = kafka_source(store, settings(broker, topic))

    def is_held(count: int) -> bool:
        return source._reader is not None and source._reader._held.rows == count

    try:
        assert source.next_batch() is None
        wait_for(partial(is_held, 1), "the first waits for the pipeline")
        for number in range(6):
            broker.send(topic, events(names(1, f"later{number}")), (number % 2,))
            wait_for(partial(is_held, number + 2), "it was read")
        batch = source.next_batch()
        assert batch is not None
        assert batch.received == 7
        assert {name: json.loads(at)["offset"] for name, at in batch.positions.items()} == {
            f"{topic}/0": 4,
            f"{topic}/1": 3,
        }
        origins = {batch.origin(row) for row in batch.events["row"].to_pylist()}
        assert origins == {*(f"{topic}/0:{n}" for n in range(4)), *(f"{topic}/1:{n}" for n in range(3))}
        broker.send(topic, events(names(1, "last")), (0,))
        wait_for(partial(is_held, 1), "it was read")
        assert source.next_batch() is None, "it waits for the commit of the batch before, to grow meanwhile"
        assert batch.committed is not None
        batch.committed(RowFates(np.array([], np.int32), {}))
        following = source.next_batch()
        assert following is not None
        assert following.received == 1
    finally:
        source.close()


def test_a_source_that_is_closed_while_the_broker_is_away_ends(broker: Broker, store: Store) -> None:
    source = kafka_source(store, replace(settings(broker, "x"), servers=("127.0.0.1:1",)))
    with pytest.raises(SourceGoneError):
        wait_for(lambda: source.next_batch() is not None, "it says that nobody answers")
    source.next_batch()
    source.close()
    source.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(f"kafka-{SOURCE}")]
