"""Processes side by side: who dies is started again, whatever it says then; who cannot run at all ends both."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.helpers.fake_client import ROOT

_SUPERVISE = """
import sys
from warehouse import process
process._AGAIN_S = 0.1
lines = {name: [sys.executable, "-c", text] for name, text in zip(("engine", "web"), sys.argv[1:])}
sys.exit(process.supervise(lines, print, "begun"))
"""
#: Writes a line into a file and ends as the given codes say, one after the other; then it stays.
_ENDS = """
import sys, time
from pathlib import Path
file, codes = Path({file!r}), {codes}
begun = len(file.read_text()) if file.exists() else 0
file.write_text("." * (begun + 1))
sys.exit(codes[begun]) if begun < len(codes) else time.sleep(600)
"""


def supervised(tmp_path: Path, *codes: int) -> tuple[subprocess.Popen[str], Path]:
    """Two processes, of which the first ends with some codes."""
    file = tmp_path / "starts"
    texts = _ENDS.format(file=str(file), codes=list(codes)), "import time; time.sleep(600)"
    line = [sys.executable, "-c", _SUPERVISE, *texts]
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True), file


def test_who_died_is_started_again_until_it_can_run(tmp_path: Path) -> None:
    process, file = supervised(tmp_path, 1, 2, 75, 2)
    try:
        until = time.monotonic() + 60
        while not (file.exists() and len(file.read_text()) == 5):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        process.terminate()
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said.count("engine ended with 2; it is started again") == 2


def test_who_cannot_run_at_all_ends_both(tmp_path: Path) -> None:
    process, file = supervised(tmp_path, 2)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "started again" not in said
    assert len(file.read_text()) == 1
