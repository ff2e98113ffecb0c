"""A real Apache Kafka broker (KRaft, one node) in a folder of the tests', on free ports, and what tests do with it."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from tests.helpers.house import free_port

LIB: Final = Path(__file__).parent / "kafka" / "lib"
READY_S: Final = 180.0
USER, PASSWORD = "reader", "monsoon-42"
_STORE_PASSWORD: Final = "not a secret"
_numbers = itertools.count(1)

Message = bytes | None | tuple[bytes | None, list[tuple[str, bytes]]]


@dataclass
class Broker:
    """One broker; its ports stay the same when it is started again.

    Attributes:
        folder: of its settings, its log and what it stores.
        port: without security.
        secured_port: TLS and SASL/PLAIN.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    secured_port: int = field(default_factory=free_port)
    _controller_port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> str:
        """Where clients begin."""
        return f"127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        """What clients of the secured port must trust."""
        return self.folder / "broker.pem"

    def format(self) -> None:
        """Write its settings and make its storage ready."""
        if shutil.which("java") is None or not LIB.is_dir():
            raise AssertionError("the tests with Kafka need Java 17 and the broker's jars: make kafka-system")
        self._make_certificate()
        self._settings.write_text(self._properties(), encoding="utf-8")
        (self.folder / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
        words = ["format", "--standalone", "--cluster-id", "CMDashboardTests-00000", "--config", str(self._settings)]
        done = subprocess.run(self._java("kafka.tools.StorageTool", *words), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def refused_logins(self) -> int:
        """How often somebody showed a wrong password."""
        said = (self.folder / "broker.log").read_text(errors="replace")
        return said.count("Authentication failed: Invalid username or password")

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.folder / "broker.log").open("ab") as log:
            words = self._java("kafka.Kafka", str(self._settings))
            self._process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
        until = time.monotonic() + READY_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise AssertionError((self.folder / "broker.log").read_text(errors="replace")[-4000:])
            time.sleep(0.1)

    def signal(self, number: signal.Signals) -> None:
        """SIGKILL as a power cut would, SIGSTOP frozen, SIGCONT thawed."""
        assert self._process is not None
        self._process.send_signal(number)
        if number is signal.SIGKILL:
            self._process.wait(15)

    def stop(self) -> None:
        """End it, whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(15)

    def topic(self, partitions: int = 1) -> str:
        """A new topic. Returns: its name."""
        name = f"applications.{next(_numbers)}"
        self.create(name, partitions)
        return name

    def create(self, name: str, partitions: int) -> None:
        """A topic of a given name; one that is being deleted is waited for."""
        with self.admin() as admin:
            admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1}}, wait_for_metadata=True)

    def delete(self, name: str) -> None:
        """Delete a topic and wait until nobody sees it."""
        with self.admin() as admin:
            admin.delete_topics([name])
            while name in admin.list_topics():
                time.sleep(0.05)

    def add_partitions(self, name: str, total: int) -> None:
        """Give a topic more partitions."""
        with self.admin() as admin:
            admin.create_partitions({name: total})

    def cut(self, name: str, partition: int, before: int) -> None:
        """Delete the messages before an offset, as retention does."""
        with self.admin() as admin:
            admin.delete_records({TopicPartition(name, partition): before})

    @contextlib.contextmanager
    def admin(self, bootstrap_s: float = 30) -> Iterator[Any]:
        """A client for everything but messages. Args: bootstrap_s: how long a busy broker may be silent."""
        client = KafkaAdminClient(bootstrap_servers=self.server, bootstrap_timeout_ms=int(bootstrap_s * 1000))
        try:
            yield client
        finally:
            client.close()

    @contextlib.contextmanager
    def producer(self, **options: Any) -> Iterator[Any]:
        """A client that sends."""
        client = KafkaProducer(bootstrap_servers=self.server, linger_ms=5, **options)
        try:
            yield client
        finally:
            client.close(
                timeout=60
            )  # longer than messages may wait: what is left raises, and again when it is collected

    def send(
        self, topic: str, messages: Iterable[Message], partitions: Sequence[int] = (0,), **options: Any
    ) -> list[tuple[int, int]]:
        """Send messages, to each of the partitions in turn, and wait until the broker has them.

        Args:
            topic: where to.
            messages: values, or values with headers.
            partitions: taken in turn.
            options: of the producer, such as compression_type.

        Returns:
            Partition and offset of every message.
        """
        turns = itertools.cycle(partitions)
        with self.producer(**options) as producer:
            sent = []
            for message in messages:
                value, headers = message if isinstance(message, tuple) else (message, [])
                sent.append(producer.send(topic, value=value, key=b"k", headers=headers or None, partition=next(turns)))
            producer.flush(timeout=60)
            return [(done.partition, done.offset) for done in (one.get(timeout=10) for one in sent)]

    @property
    def _settings(self) -> Path:
        return self.folder / "server.properties"

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1), self.admin(3) as admin:
                return bool(admin.describe_cluster()["brokers"])
        except (KafkaError, OSError):
            return False

    def _java(self, *words: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        small = ["-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return ["java", *small, logging, "-cp", f"{LIB}{os.sep}*", *words]

    def _make_certificate(self) -> None:
        store = ["-keystore", str(self.folder / "broker.p12"), "-storepass", _STORE_PASSWORD, "-alias", "broker"]
        name = ["-dname", "CN=127.0.0.1", "-ext", "SAN=IP:127.0.0.1", "-keyalg", "EC", "-validity", "2"]
        exported = ["-exportcert", "-rfc", "-file", str(self.certificate)]
        for words in (["-genkeypair", "-storetype", "PKCS12", *name], exported):
            subprocess.run(["keytool", *words, *store], capture_output=True, check=True)

    def _properties(self) -> str:
        here = "127.0.0.1"
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        pairs = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"{here}:{self._controller_port}",
            "listeners": f"OPEN://{here}:{self.port},SECURED://{here}:{self.secured_port},"
            f"CONTROLLER://{here}:{self._controller_port}",
            "advertised.listeners": f"OPEN://{here}:{self.port},SECURED://{here}:{self.secured_port},"
            f"CONTROLLER://{here}:{self._controller_port}",
            "listener.security.protocol.map": "OPEN:PLAINTEXT,SECURED:SASL_SSL,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "OPEN",
            "controller.listener.names": "CONTROLLER",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.secured.plain.sasl.jaas.config": f'{login} user_{USER}="{PASSWORD}";',
            "ssl.keystore.location": str(self.folder / "broker.p12"),
            "ssl.keystore.password": _STORE_PASSWORD,
            "log.dirs": str(self.folder / "logs"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
        }
        return "".join(f"{key}={value}\n" for key, value in pairs.items())


_LOGGING: Final = """
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c %m%n
logger.logins.name = org.apache.kafka.common.network.Selector
logger.logins.level = info
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


@contextlib.contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """A broker that answers; ended whatever happens."""
    broker = Broker(folder)
    broker.format()
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
