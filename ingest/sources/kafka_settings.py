"""Reads the [source.<name>.kafka] table: which brokers and topics, how to be let in, how much at once.

Who may import it: ingest.sources, run.py.
Errors: ConfigError with one `source.<name>.kafka.<key>: what is wrong, what is allowed` per line, all problems at once.
Invariants: a secret is never in config.toml and never in a message; it is read anew for every connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ingest.settings import Problems, Settings
from ingest.sources.secret import Secret, read_secret

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    from ingest.rule import Mapping

#: What `security` may say → Kafka's own word for it.
SECURITY: Final = {
    "plaintext": "PLAINTEXT",
    "tls": "SSL",
    "sasl_plaintext": "SASL_PLAINTEXT",
    "sasl_tls": "SASL_SSL",
}
MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
KEYS: Final = (
    "servers",
    "topics",
    "security",
    "mechanism",
    "user",
    "password",
    "ca_file",
    "certificate_file",
    "key_file",
    "key_password",
    "poll_rows",
    "fetch_mb",
    "stall_limit_s",
)
_SERVER: Final = re.compile(r"^(\[[0-9a-fA-F:]+\]|[^:\s/]+):\d{1,5}$")
_TOPIC: Final = re.compile(r"^[A-Za-z0-9._-]{1,249}$")


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """How one source is read from Kafka.

    Attributes:
        name: of the source.
        servers: `host:port` of brokers to begin with.
        topics: read from their first message to their last.
        security: a word of SECURITY.
        mechanism: of SASL.
        user: of SASL.
        password: of SASL; None without SASL.
        ca_file: certificates that are trusted; None = those of the machine.
        certificate_file: our own certificate; None = we do not show one.
        key_file: its key.
        key_password: of the key; None = it is not locked.
        poll_rows: most messages in one batch.
        fetch_mb: most packed bytes that a broker sends at once, in MiB.
        stall_limit_s: a partition that does not move for so long while messages wait in it is taken up anew.
    """

    name: str
    servers: tuple[str, ...]
    topics: tuple[str, ...]
    security: str = "plaintext"
    mechanism: str = "PLAIN"
    user: str = ""
    password: Secret | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    key_password: Secret | None = None
    poll_rows: int = 20_000
    fetch_mb: int = 4
    stall_limit_s: float = 5.0


def read_kafka(name: str, table: Dict[str, Any], mapping: Mapping, folder: Path) -> KafkaSettings:
    """Read how a source is to be read from Kafka.

    Args:
        name: of the source.
        table: the [source.<name>] table; it has a table `kafka`.
        mapping: of the source; its messages must be JSON.
        folder: that relative paths are relative to.

    Raises:
        ConfigError: a key is unknown, missing or wrong.
    """
    problems = Problems()
    top = Settings(f"source.{name}", table, problems)
    if mapping.file.format not in {None, "jsonl", "cloudevents"}:
        top.wrong("format", f"messages of Kafka are jsonl or cloudevents, not {mapping.file.format}")
    if mapping.file.encoding.lower().replace("-", "") not in {"", "utf8"}:
        top.wrong("encoding", "messages of Kafka are UTF-8")
    kafka = top.table("kafka")
    kafka.only(KEYS)
    security = kafka.choice("security", tuple(SECURITY), "plaintext")
    settings = KafkaSettings(
        name=name,
        servers=_listed(kafka, "servers", _SERVER, "host:port such as kafka1.example.gov.in:9092"),
        topics=_listed(kafka, "topics", _TOPIC, "names of topics: letters, digits, dots, _ and -"),
        security=security,
        mechanism=kafka.choice("mechanism", MECHANISMS, "PLAIN"),
        user=kafka.text("user"),
        password=read_secret(kafka, "password", folder),
        ca_file=_file(kafka, "ca_file", folder),
        certificate_file=_file(kafka, "certificate_file", folder),
        key_file=_file(kafka, "key_file", folder),
        key_password=read_secret(kafka, "key_password", folder),
        poll_rows=int(kafka.bounded("poll_rows", 20_000, 1, 1_000_000)),
        fetch_mb=int(kafka.bounded("fetch_mb", 4, 1, 1024)),
        stall_limit_s=kafka.bounded("stall_limit_s", 5, 2, 60),
    )
    _check_security(kafka, security)
    problems.raise_if_any()
    return settings


def _listed(kafka: Settings, key: str, pattern: re.Pattern[str], allowed: str) -> tuple[str, ...]:
    texts = kafka.texts(key)
    wrong = [text for text in texts if not pattern.match(text)]
    if not texts or wrong:
        kafka.wrong(key, f"must be a list of {allowed}" + (f", not {wrong[0]!r}" if wrong else ""))
    if len(set(texts)) < len(texts):
        kafka.wrong(key, "names one of them twice")
    return texts


def _file(kafka: Settings, key: str, folder: Path) -> Path | None:
    text = kafka.text(key)
    if not text:
        return None
    path = (folder / text).resolve()
    if not path.is_file():
        kafka.wrong(key, f"there is no file {path}")
    return path


def _check_security(kafka: Settings, security: str) -> None:
    """What is needed is there, and nothing was given in vain."""
    sasl, tls = security.startswith("sasl"), security.endswith("tls")
    for key in ("user", "password"):
        if sasl and not kafka.content.get(key):
            kafka.wrong(key, f"security = {security!r} needs it")
    in_vain = [] if sasl else ["mechanism", "user", "password"]
    in_vain += [] if tls else ["ca_file", "certificate_file", "key_file", "key_password"]
    for key in in_vain:
        if key in kafka.content:
            kafka.wrong(key, f"security = {security!r} does not use it; security is one of {', '.join(SECURITY)}")
    if ("certificate_file" in kafka.content) != ("key_file" in kafka.content):
        kafka.wrong("key_file", "certificate_file and key_file go together")
