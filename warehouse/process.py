"""Processes of the command line: what they print, keep and end with, and how some run side by side.

Who may import it: run.py.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import pyarrow as pa

from warehouse.personal import masked

#: A process that ends with it may not go on, but its data are good: start it again (EX_TEMPFAIL).
START_AGAIN: Final = 75
DONE, NOT_SO, COULD_NOT_RUN = 0, 1, 2
#: How long a process that ended waits for its next start; doubled, to the longest wait, if it did not live so long.
_AGAIN_S, _AGAIN_MOST_S, _LIVED_S = 1.0, 30.0, 10.0
#: Batches come and go by the hundred megabytes: with an arena per thread the allocator keeps what it once had.
LEAN: Final = {"MALLOC_ARENA_MAX": "2"}
#: How characters are logged that begin a line, move a terminal's cursor or turn the direction of writing: as \n, \x1b.
VISIBLE: Final = {
    code: repr(chr(code))[1:-1]
    for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


class Discreet(logging.Formatter):
    """Writes no number or address of a person into the log, wherever in a message or traceback it stands.

    A message is one line whatever text is in it, and a traceback's other lines are indented, so that nobody's text can
    look like a line of ours.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        return masked(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line without its traceback."""
        return masked(super().formatMessage(record)).translate(VISIBLE)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The lines of a traceback."""
        return "\n  ".join(line.translate(VISIBLE) for line in super().formatException(ei).split("\n"))


def end_on_signal(stop: threading.Event) -> None:
    """Set an event when the process is told to end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def collect_seldom() -> None:
    """Have Python look seldom for what only refers to itself, and never among what is there now, which stays.

    Looking through the catalogue again and again took up to half of the time in which events are decoded; while a
    process starts (`main`) it took a fifth, and there is nothing to be found.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


def give_back_memory() -> None:
    """Return to the machine what the allocators keep after an evaluation of everything."""
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)


def say_no_more() -> None:
    """Let nothing be printed while the interpreter is taken down.

    DuckDB's binding counts there what Python has not freed yet and prints sixty lines about it after every command.
    """
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _start(line: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(line, env=LEAN | dict(os.environ))  # noqa: S603 – the lines are ours


def supervise(words: Mapping[str, list[str]], say: Callable[[str], None], said: str) -> int:
    """Run processes side by side and start again whichever dies, until told to stop or one cannot run at all.

    Args:
        words: command lines by name.
        say: tells the reader.
        said: what is told when all are started.
    """
    stop = threading.Event()
    end_on_signal(stop)
    running = {name: _start(line) for name, line in words.items()}
    begun = dict.fromkeys(words, time.monotonic())
    wait_s = dict.fromkeys(words, _AGAIN_S / 2)
    due: dict[str, float] = {}
    again: set[str] = set()
    say(said)
    code = DONE
    while not stop.wait(0.2):
        for name, line in words.items():
            now = time.monotonic()
            if name in due:
                if now >= due[name]:
                    running[name], begun[name] = _start(line), now
                    del due[name]
                continue
            ended = running[name].poll()
            if ended is None:
                continue
            has_lived = now - begun[name] > _LIVED_S
            if ended == COULD_NOT_RUN and not has_lived and name not in again:
                code = COULD_NOT_RUN
                stop.set()
                break
            # what ends again and again, as on a damaged file or while a command holds the warehouse, is tried more and
            # more rarely; the others go on
            again.add(name)
            wait_s[name] = _AGAIN_S if has_lived else min(2 * wait_s[name], _AGAIN_MOST_S)
            due[name] = now + wait_s[name]
            say(f"{name} ended with {ended}; it is started again in {wait_s[name]:.0f} s")
    for process in running.values():
        process.terminate()
    for process in running.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        if process.poll() is None:
            process.kill()
    return code
