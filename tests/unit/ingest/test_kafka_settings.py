"""What a [source.<name>.kafka] table may say; secrets are never in it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ingest.sources.kafka_settings import KafkaSettings, read_kafka
from ingest.sources.secret import Secret
from tests.helpers.rows import CASES, VOCABULARY, mapping
from warehouse.errors import ConfigError, SourceGoneError

LEAST = 'servers = ["kafka1:9092"]\ntopics = ["applications"]\n'


def read(text: str, folder: Path = Path(), described: str = 'format = "cloudevents"') -> KafkaSettings:
    return read_kafka("test", {"kafka": tomllib.loads(text)}, mapping(described), folder)


def wrong(text: str, folder: Path = Path(), described: str = 'format = "cloudevents"') -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, folder, described)
    return str(caught.value).split("\n")


def test_servers_and_topics_are_enough() -> None:
    assert read(LEAST) == KafkaSettings("test", ("kafka1:9092",), ("applications",))
    assert read('servers = "[::1]:9092"\ntopics = "a.b"', described=CASES).servers == ("[::1]:9092",)


def test_all_problems_are_said_at_once_with_the_full_name_of_the_key() -> None:
    said = wrong('servers = ["kafka1"]\ntopics = []\nsecurty = "tls"\npoll_rows = 0\nstall_limit_s = "x"')
    assert [line.partition(":")[0] for line in said] == [
        f"source.test.kafka.{key}" for key in ("securty", "servers", "topics", "poll_rows", "stall_limit_s")
    ]
    assert "nearest is security" in said[0]
    assert "host:port" in said[1]


def test_a_topic_twice_and_a_name_that_no_topic_has_are_refused() -> None:
    (said,) = wrong('servers = ["k:1"]\ntopics = ["a", "a"]')
    assert "twice" in said
    (said,) = wrong('servers = ["k:1"]\ntopics = ["a b"]')
    assert "'a b'" in said


def test_messages_are_json_in_utf8() -> None:
    assert wrong(LEAST, described=f'format = "csv"\n{CASES}') == [
        "source.test.format: messages of Kafka are jsonl or cloudevents, not csv"
    ]
    assert wrong(LEAST, described=f'encoding = "cp1252"\n{CASES}') == [
        "source.test.encoding: messages of Kafka are UTF-8"
    ]


def test_a_secret_in_the_file_is_refused_and_not_repeated() -> None:
    (said,) = wrong(f'{LEAST}security = "sasl_tls"\nuser = "u"\npassword = "monsoon-42"')
    assert "never written here" in said
    assert "monsoon" not in said


def test_secrets_come_from_the_environment_or_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    login = f'{LEAST}security = "sasl_plaintext"\nmechanism = "SCRAM-SHA-512"\nuser = "u"\n'
    assert wrong(f'{login}password = {{env = "CM_TEST_SECRET"}}') == [
        "source.test.kafka.password: the environment has no variable CM_TEST_SECRET"
    ]
    monkeypatch.setenv("CM_TEST_SECRET", "one")
    found = read(f'{login}password = {{env = "CM_TEST_SECRET"}}').password
    assert found is not None
    assert found.read() == "one"

    assert "there is no file" in wrong(f'{login}password = {{file = "secret"}}', tmp_path)[0]
    (tmp_path / "secret").write_text("two\n")
    found = read(f'{login}password = {{file = "secret"}}', tmp_path).password
    assert found is not None
    assert found.read() == "two"
    (tmp_path / "secret").write_text("three")
    assert found.read() == "three", "a changed secret holds for the next connection"
    (tmp_path / "secret").unlink()
    with pytest.raises(SourceGoneError, match=r"source\.test\.kafka\.password"):
        found.read()
    with pytest.raises(SourceGoneError, match="is empty"):
        Secret("password", variable="CM_NO_SUCH_VARIABLE").read()


def test_what_security_does_not_use_is_not_taken_silently(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    said = wrong(f'{LEAST}user = "u"\nca_file = "ca.pem"', tmp_path)
    assert [line.partition(":")[0] for line in said] == ["source.test.kafka.user", "source.test.kafka.ca_file"]
    said = wrong(f'{LEAST}security = "sasl_tls"')
    assert [line.partition(":")[0] for line in said] == ["source.test.kafka.user", "source.test.kafka.password"]
    (said_once,) = wrong(f'{LEAST}security = "tls"\ncertificate_file = "ca.pem"', tmp_path)
    assert "go together" in said_once


def test_the_mapping_lets_the_table_stand() -> None:
    assert mapping(f"{CASES}\n[kafka]\n{LEAST}").vocabulary is VOCABULARY
