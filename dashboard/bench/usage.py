"""What processes use, as the kernel counts it (proc(5))."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
#: Of /proc/<pid>/stat behind the name in brackets: user and system time.
_USER, _SYSTEM = 11, 12


class Usage:
    """Processor time of some processes since it was made."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        """Begin to count. Args: processes: ids by name."""
        self._processes = processes
        self._begin_s, self._cpu_s = time.monotonic(), self._now()

    def shares(self) -> dict[str, float]:
        """How much of one core each process used, by name; 1.0 = one core the whole time."""
        passed_s, now = time.monotonic() - self._begin_s, self._now()
        return {name: (now[name] - then) / passed_s for name, then in self._cpu_s.items()}

    def _now(self) -> dict[str, float]:
        return {name: _cpu_s(pid) for name, pid in self._processes.items()}


def resident_bytes(pid: int) -> int:
    """Memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _cpu_s(pid: int) -> float:
    counted = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(counted[_USER]) + int(counted[_SYSTEM])) * _TICK_S
