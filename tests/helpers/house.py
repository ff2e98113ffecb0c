"""The real thing for tests: engine and web as processes of their own, on free ports, on a data folder of the test's."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config.toml"
CATALOGUE = ROOT / "indicators" / "catalogue"
_FIRST_PORT, _PORTS = 20_000, 12_000

#: Ports that this process was given.
_given: set[int] = set()


def free_port() -> int:
    """A port on loopback that nobody listens on now, below those that the system gives to outgoing connections.

    No port comes twice: whoever asked first may not listen yet.
    """
    while True:
        port = _FIRST_PORT + secrets.randbelow(_PORTS)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port


def command(
    *words: str | Path, data: Path, settings: dict[str, object] | None = None, config: Path = CONFIG
) -> list[str]:
    """The command line of run.py with a data folder and settings that beat the file's."""
    given = [f"--set={name}={json.dumps(value).strip(chr(34))}" for name, value in (settings or {}).items()]
    return [
        sys.executable,
        str(ROOT / "run.py"),
        *map(str, words),
        "--config",
        str(config),
        "--data",
        str(data),
        *given,
    ]


def run_json(
    *words: str | Path,
    data: Path,
    settings: dict[str, object] | None = None,
    expect: int = 0,
    config: Path = CONFIG,
) -> dict:
    """Run a command with --json to its end and read what it printed."""
    done = subprocess.run(
        [*command(*words, data=data, settings=settings, config=config), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


@dataclass
class House:
    """Engine and web of one test.

    Attributes:
        data: folder of the warehouse.
        settings: settings that beat config.toml's.
        engine_words: the command that the engine process runs, `engine` or `engine --simulate`.
        config: the settings.
    """

    data: Path
    settings: dict[str, object] = field(default_factory=dict)
    engine_words: tuple[str, ...] = ("engine",)
    config: Path = CONFIG
    engine_port: int = field(default_factory=free_port)
    web_port: int = field(default_factory=free_port)
    events_port: int = field(default_factory=free_port)
    metrics_port: int = field(default_factory=free_port)
    _engine: subprocess.Popen[bytes] | None = None
    _web: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the dashboard."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def events_url(self) -> str:
        """Address of the HTTP door."""
        return f"http://127.0.0.1:{self.events_port}"

    def all_settings(self) -> dict[str, object]:
        """The test's settings and the ports."""
        ports = {"engine.port": self.engine_port, "web.port": self.web_port, "events.port": self.events_port,
                 "metrics.port": self.metrics_port}  # fmt: skip
        return self.settings | ports

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.data / f"{words[0]}.log").open("ab")
        with log:
            return subprocess.Popen(
                command(*words, data=self.data, settings=self.all_settings(), config=self.config),
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )

    def start_engine(self, timeout_s: float = 90) -> None:
        """Start the engine and wait until it is live (history loaded, first values published)."""
        self._engine = self._start(*self.engine_words)
        self._wait("engine", timeout_s, self.engine_is_live)

    def start_web(self, timeout_s: float = 60) -> None:
        """Start the web process and wait until it answers."""
        self._web = self._start("web")
        self._wait("web", timeout_s, self.web_answers)

    def engine_is_live(self) -> bool:
        """Whether the engine answers and has left its loading phase."""
        from warehouse.errors import CMError
        from warehouse.flight_client import FlightClient

        try:
            with contextlib.closing(FlightClient("127.0.0.1", self.engine_port, self.data)) as client:
                return any(answer.get("phase") == "live" for answer in client.action("ping", {}))
        except CMError:
            return False

    def web_answers(self) -> bool:
        """Whether the web process serves its start page."""
        try:
            with urlopen(f"{self.url}/", timeout=2) as answer:
                return answer.status == 200
        except (URLError, OSError):
            return False

    def _wait(self, name: str, timeout_s: float, ready: object) -> None:
        process = self._engine if name == "engine" else self._web
        until = time.monotonic() + timeout_s
        while not ready():  # type: ignore[operator]
            if process is None or process.poll() is not None or time.monotonic() > until:
                pytest_says = (self.data / f"{name}.log").read_text(errors="replace")[-4000:]
                raise AssertionError(f"{name} did not become ready in {timeout_s} s\n{pytest_says}")
            time.sleep(0.1)

    def stop_engine(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the engine: SIGTERM politely, SIGKILL as a power cut would, SIGSTOP frozen."""
        self._stop(self._engine, how)

    def stop_web(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the web process."""
        self._stop(self._web, how)

    @staticmethod
    def _stop(process: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        if how is not signal.SIGSTOP:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            if process.poll() is None:
                process.kill()
                process.wait(15)

    def close(self) -> None:
        """End both processes, whatever state they are in."""
        for process in (self._web, self._engine):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(15)
                if process.poll() is None:
                    process.kill()


@contextlib.contextmanager
def house(
    data: Path, settings: dict[str, object] | None = None, *, simulate: bool = False, config: Path = CONFIG
) -> Iterator[House]:
    """A running house: engine live, web answering; ended whatever happens.

    Args:
        data: an empty or reused data folder.
        settings: settings that beat config.toml's.
        simulate: whether the engine fills itself from the simulator.
        config: the settings.
    """
    data.mkdir(parents=True, exist_ok=True)
    built = House(data, settings or {}, ("engine", "--simulate") if simulate else ("engine",), config)
    try:
        built.start_engine()
        built.start_web()
        yield built
    finally:
        built.close()
