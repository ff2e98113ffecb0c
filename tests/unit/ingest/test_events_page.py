"""docs/events.md is what the code does: its examples are mappings, its lists are complete."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ingest.cloudevent import cloudevent_mapping, decode_payload
from ingest.field_rule import _EVERY, _MORE, _WAYS
from ingest.kind import KIND_RULES
from ingest.mapping import ENTRY_KEYS, FORMATS, TOP_KEYS, load_mapping
from ingest.reason import Reason
from ingest.vocabulary import Vocabulary
from tests.helpers.rows import NOW, PSEUDONYMS, read, write
from warehouse.event import EVENT_COLUMNS
from warehouse.reference import load_reference

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.search(r"source\.(\w+)", text)[1])
def test_every_example_is_a_mapping_of_kerala(example: str) -> None:
    reference = load_reference(ROOT / "warehouse" / "states" / "kerala")
    for name, table in tomllib.loads(example)["source"].items():
        assert load_mapping(name, table, reference, PSEUDONYMS).entries


def test_the_first_example_does_what_the_page_says(tmp_path: Path) -> None:
    log = re.search(r"```\n(number,.*?)```", PAGE, re.DOTALL)
    assert log
    reference = load_reference(ROOT / "warehouse" / "states" / "kerala")
    made = load_mapping("requests", tomllib.loads(EXAMPLES[0])["source"]["requests"], reference, PSEUDONYMS)
    result = read(write(tmp_path, "requests.csv", log[1]), made)
    told = [(event["kind"], event["case_id"], event["office"]) for event in result.events.to_pylist()]
    assert told == [
        ("case.opened", "requests:A-1", "Ward 3"),
        ("case.decided", "requests:A-1", "Ward 3"),
        ("case.opened", "requests:A-2", "Ward 7"),
    ]


def test_the_cloudevent_of_the_page_is_accepted() -> None:
    event = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert event
    known = Vocabulary.of(load_reference(ROOT / "warehouse" / "states" / "kerala"))
    assert (
        decode_payload(event[1].encode(), cloudevent_mapping("ksmart", known, PSEUDONYMS), NOW, "page").events.num_rows
        == 1
    )


def test_all_keys_fields_kinds_and_reasons_are_on_the_page() -> None:
    keys = {*TOP_KEYS, *ENTRY_KEYS, *_WAYS, *_EVERY, *(key for keys in _MORE.values() for key in keys)}
    words = {*keys, *FORMATS, *EVENT_COLUMNS, *KIND_RULES, *Reason}
    assert not [word for word in sorted(words) if not re.search(rf"`[^`\n]*\b{re.escape(word)}\b", PAGE)]


def test_the_table_of_kinds_says_what_each_needs_and_takes() -> None:
    for line in re.findall(r"^\| (`(?:case|feedback|amount|reading|expected|event)\..*) \|$", PAGE, re.MULTILINE):
        kinds, needs, takes = (cell.strip() for cell in line.split("|"))
        for kind in re.findall(r"`([\w.]+)`", kinds):
            rule = KIND_RULES[kind]
            named = set(re.findall(r"\w+", f"{needs} {takes}"))
            expected = rule.takes - {"received_at"}
            if kind != "event.corrected":
                assert {word for word in named if word in EVENT_COLUMNS} == expected, kind
            assert rule.needs - {"area", "asset"} <= set(re.findall(r"\w+", needs)), kind
