"""What the documents say is what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_settings_page_is_made_from_the_table_of_settings() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "warehouse.config"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == made, "type: make settings"


def test_every_command_is_in_the_operations_page() -> None:
    listed = subprocess.run(
        [sys.executable, "run.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    commands = re.findall(r"^  ([a-z]+)  ", listed.split("Commands:")[1], re.MULTILINE)
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert len(commands) >= 10
    assert not [command for command in commands if f"`{command}" not in page]


def test_every_reject_reason_is_in_the_events_page() -> None:
    from ingest.reason import Reason

    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    assert not [reason.value for reason in Reason if f"`{reason.value}`" not in page]


def test_every_kind_is_in_the_events_page() -> None:
    from warehouse.event import KINDS

    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    assert not [kind for kind in KINDS if f"`{kind}`" not in page]


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken


def test_tests_that_the_readme_promises_exist() -> None:
    promised = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert promised
    for file, function in promised:
        path = ROOT / file
        assert path.is_file(), file
        assert not function or f"def {function}" in path.read_text(encoding="utf-8"), f"{file}::{function}"
