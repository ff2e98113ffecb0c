"""kill -9 at every moment of a commit while events come over HTTP: what was answered is stored, and all counts once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.helpers.door import EVENTS, event
from tests.helpers.rows import NOW
from tests.helpers.store import open_store
from warehouse.token_file import TokenFile

ROOT = Path(__file__).resolve().parents[2]
SENDERS, REQUESTS, EACH = 4, 40, 3
#: The two sides of a commit; its inner moments have their own test (test_kill.py).
MOMENTS = ("begun", "position written", "committed", "applied")


class Serving:
    """A door in a process of its own; whoever sends asks for its present port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = 0

    def run(self, moment: str, nth: int, until: Callable[[], bool]) -> int:
        """Serve until the process has killed itself, or nothing is to be sent any more. Returns: its exit code."""
        words = [sys.executable, "-m", "tests.helpers.door", str(self._folder), moment, str(nth)]
        process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        assert process.stdout is not None
        self.port = int(process.stdout.readline())
        while process.poll() is None and not until():
            threading.Event().wait(0.02)
        process.stdin.close()
        process.stdout.close()
        return process.wait(60)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_was_answered_is_stored_and_what_is_sent_again_counts_once(tmp_path: Path) -> None:
    _, token = TokenFile(tmp_path / "tokens.json").make("native", NOW)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": EVENTS}
    serving = Serving(tmp_path)
    answered: list[int] = []
    told = {"accepted": 0, "duplicates": 0}

    def send(number: int) -> None:
        """As a source system does: send again until it is answered."""
        body = json.dumps([event(f"{number}-{one}") for one in range(EACH)])
        while True:
            try:
                url = f"http://127.0.0.1:{serving.port}/events"
                answer = client.post(url, content=body, headers=headers)
            except httpx.TransportError:
                threading.Event().wait(0.1)
                continue
            assert answer.status_code == 202, answer.text
            told["accepted"] += answer.json()["accepted"]
            told["duplicates"] += answer.json()["duplicates"]
            answered.append(number)
            return

    def stored() -> list[str]:
        with open_store(tmp_path) as store, store.database.cursor() as cursor:
            return [name for (name,) in cursor.execute("select event_id from event").fetchall()]

    with httpx.Client(timeout=20) as client, ThreadPoolExecutor(SENDERS) as senders:
        sent = [senders.submit(send, number) for number in range(REQUESTS)]
        for moment in MOMENTS:
            assert serving.run(moment, 2, lambda: False) == -signal.SIGKILL, moment
            names = stored()
            assert len(names) == len(set(names))
            lost = [number for number in answered if f"e{number}-0" not in names]
            assert not lost, f"acknowledged and lost at {moment}"
        assert serving.run("never", 0, lambda: all(one.done() for one in sent)) == 0
        for one in sent:
            one.result()
    assert sorted(stored()) == sorted(f"e{number}-{one}" for number in range(REQUESTS) for one in range(EACH))
    assert told["accepted"] + told["duplicates"] == REQUESTS * EACH
    assert told["duplicates"] > 0, "some commits were killed before they were answered"
