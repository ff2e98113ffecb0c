"""The processes that are measured, and what they use as the kernel counts it (proc(5))."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from warehouse.errors import EngineGoneError

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
#: Of /proc/<pid>/stat behind the name in brackets: user and system time.
_USER, _SYSTEM = 11, 12
_END_S: Final = 15


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        listening = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in listening]


class Processes:
    """Processes of one run, by name."""

    def __init__(self, started: Mapping[str, subprocess.Popen[bytes]]) -> None:
        """Args: started: by name."""
        self._started = started
        self.ids = {name: process.pid for name, process in started.items()}

    @classmethod
    @contextlib.contextmanager
    def running(cls, lines: Mapping[str, Sequence[str]], env: Mapping[str, str]) -> Iterator[Processes]:
        """Start processes, silent on standard output; they are ended with the block.

        Args:
            lines: command lines by name.
            env: environment of all of them.
        """
        started = {
            name: subprocess.Popen(line, env=env, stdout=subprocess.DEVNULL)  # noqa: S603 – lines are ours
            for name, line in lines.items()
        }
        try:
            yield cls(started)
        finally:
            for process in started.values():
                process.terminate()
            for process in started.values():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_END_S)
                if process.poll() is None:
                    process.kill()
                    process.wait()

    def check(self) -> None:
        """Make sure that all of them still run.

        Raises:
            EngineGoneError: one has ended.
        """
        for name, process in self._started.items():
            if process.poll() is not None:
                raise EngineGoneError(f"{name} ended with {process.returncode}; standard error says why")


class Usage:
    """Processor time of some processes since it was made."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        """Begin to count. Args: processes: ids by name."""
        self._processes = processes
        self._begin_s, self._cpu_s = time.monotonic(), self._now()

    def seconds(self) -> dict[str, float]:
        """Processor time of each process, by name."""
        now = self._now()
        return {name: now[name] - then for name, then in self._cpu_s.items()}

    def shares(self) -> dict[str, float]:
        """How much of one core each process used, by name; 1.0 = one core the whole time."""
        passed_s = time.monotonic() - self._begin_s
        return {name: cpu_s / passed_s for name, cpu_s in self.seconds().items()}

    def _now(self) -> dict[str, float]:
        return {name: _cpu_s(pid) for name, pid in self._processes.items()}


def resident_bytes(pid: int) -> int:
    """Memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _cpu_s(pid: int) -> float:
    counted = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(counted[_USER]) + int(counted[_SYSTEM])) * _TICK_S
