"""Whatever arrives: nothing raises, and every row is accounted for."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.cloudevent import cloudevent_mapping, decode_payload
from ingest.decode import decode
from tests.helpers.rows import (
    CASES,
    NOW,
    PSEUDONYMS,
    READINGS,
    VOCABULARY,
    assert_accounted,
    decoded,
    mapping,
    read,
    table,
)  # fmt: skip
from tests.helpers.search import examples
from warehouse.errors import DataError

#: Cells that break naive readers, among ordinary ones.
_AWKWARD = [
    "",
    " ",
    "1",
    "-0",
    "1e400",
    "NaN",
    "2026-04-01",
    "2026-04-01 10:00",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "2026-04-01T10:00:00+99:99",
    "\u0d67\u0d68",
    "അ\u200dപേ\u200cക്ഷ",
    "\u202e",
    "a\0b",
    "ok",
    "x" * 400,
]
cells = st.one_of(st.sampled_from(_AWKWARD), st.text(max_size=12))
case_rows = st.fixed_dictionaries(dict.fromkeys(("id", "opened", "closed", "due", "result"), cells))
reading_rows = st.fixed_dictionaries(dict.fromkeys(("at", "asset", "value"), cells))
_LINES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.text(alphabet='",\n\r;1a', max_size=20).map(str.encode),
        st.just(b"1,2026-04-01,,,"),
        st.just(b'"a""b",2026-04-01,,,'),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(st.lists(case_rows, min_size=1, max_size=8))
def test_case_rows_are_accounted_for(rows: list[dict[str, str]]) -> None:
    result = decoded(CASES, *rows)
    assert_accounted(result)
    assert result.rows == len(rows)


@settings(deadline=None)
@given(st.lists(reading_rows, min_size=1, max_size=8))
def test_readings_are_accounted_for_and_in_range(rows: list[dict[str, str]]) -> None:
    result = decoded(READINGS, *rows)
    assert_accounted(result)
    assert all(0 <= value <= 100 for value in result.events["value"].to_pylist())


@settings(deadline=None)
@given(st.lists(case_rows, min_size=2, max_size=6), st.data())
def test_a_row_is_judged_without_regard_to_its_neighbours(rows: list[dict[str, str]], data: st.DataObject) -> None:
    together = decoded(CASES, *rows)
    place = data.draw(st.integers(0, len(rows) - 1))
    alone = decoded(CASES, rows[place])
    mine = [event for event in together.events.to_pylist() if event.pop("row") == place]
    assert mine == [event for event in alone.events.to_pylist() if event.pop("row") == 0]
    ids = together.rejected["rejected_id"].to_pylist()
    assert set(alone.rejected["rejected_id"].to_pylist()) <= set(ids)


@settings(deadline=None)
@given(_LINES, st.sampled_from([16, 100, 1 << 20]))
def test_any_bytes_as_csv(lines: list[bytes], block_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(b"id,opened,closed,due,result\n" + b"\n".join(lines))
        result = read(path, mapping(CASES), block_bytes=block_bytes)
    assert_accounted(result)


_notes = st.text(alphabet="\",\n\r;a1 '", max_size=12)


@settings(deadline=None)
@given(st.lists(_notes, min_size=1, max_size=12), st.sampled_from([16, 100, 1 << 20]))
def test_well_written_csv_is_read_row_by_row(notes: list[str], block_bytes: int) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["note", "id", "opened", "closed", "due", "result"])
    writer.writerows([note, number, "2026-04-01", "", "", ""] for number, note in enumerate(notes))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(text.getvalue().encode())
        result = read(path, mapping(CASES), block_bytes=block_bytes)
    assert result.events["case_id"].to_pylist() == [f"t:{number}" for number in range(len(notes))]
    assert result.rejected.num_rows == 0


@settings(deadline=None)
@example([b"{"])
@given(st.lists(st.one_of(st.binary(max_size=30), case_rows.map(lambda row: json.dumps(row).encode())), max_size=8))
def test_any_bytes_as_json_lines(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_bytes(b"\n".join(lines))
        try:
            result = read(path, mapping(CASES), block_bytes=64)
        except DataError:
            # what begins like a document that is spread over lines, or is packed, is refused as a whole if it is broken
            assert path.read_bytes().lstrip().startswith((b"{", b"[", b"\x1f\x8b", b"PK"))
            return
    assert_accounted(result)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["a.parquet", "a.xes", "a.csv", "a.csv.gz"]))
def test_any_bytes_as_a_file_are_read_or_refused_as_a_whole(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with contextlib.suppress(DataError):
            assert_accounted(read(path, mapping(CASES)))


_plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
_values = st.one_of(_plain, st.lists(_plain, max_size=2), st.dictionaries(st.text(max_size=4), _plain, max_size=2))
_envelopes = st.fixed_dictionaries(
    {},
    optional={
        "specversion": st.one_of(st.just("1.0"), _values),
        "id": st.one_of(st.just("e1"), st.text(min_size=1, max_size=8), _values),
        "source": st.one_of(st.just("ksmart"), _values),
        "type": st.one_of(st.sampled_from(["cm.case.opened", "cm.reading.taken", "cm.feedback.given"]), _values),
        "time": st.one_of(st.just("2026-04-01T10:00:00Z"), _values),
        "data": st.one_of(
            st.fixed_dictionaries(
                {},
                optional={
                    "case_id": st.one_of(st.just("A"), _values),
                    "service": st.one_of(st.just("birth"), _values),
                    "area": st.one_of(st.just("KL"), _values),
                    "metric": st.one_of(st.just("beds"), _values),
                    "value": _values,
                    "rating": _values,
                    "due_at": _values,
                },
            ),
            _values,
        ),
    },
)
_payloads = st.one_of(
    st.binary(max_size=60),
    st.lists(_envelopes, max_size=5).map(lambda events: json.dumps(events).encode()),
    st.lists(_envelopes, max_size=5).map(lambda events: "\n".join(map(json.dumps, events)).encode()),
)


@settings(max_examples=examples(150), deadline=None)
@given(_payloads)
def test_any_payload_as_cloudevents(payload: bytes) -> None:
    assert_accounted(decode_payload(payload, cloudevent_mapping("ksmart", VOCABULARY, PSEUDONYMS), NOW, "push"))


@settings(deadline=None, max_examples=examples(60))
@given(st.dates(date(2020, 1, 1), date(2029, 12, 31)), st.integers(0, 70), st.integers(0, 86_399))
def test_a_month_is_the_same_event_whenever_it_is_told_and_never_ahead(first: date, days: int, second: int) -> None:
    """Args: first: any day of the month; days: after its beginning it is told, at this second."""
    begin = datetime(first.year, first.month, 1, tzinfo=ZoneInfo("Asia/Kolkata"))
    now = (begin + timedelta(days=days, seconds=second)).astimezone(UTC)
    made = mapping(READINGS.replace('at = "at"', 'at = {column = "at", formats = "%Y-%m", day = "last"}'))
    rows = table({"at": f"{begin:%Y-%m}", "asset": "H", "value": "5"})
    (told,), (later,) = (decode(rows, made, at, str).events.to_pylist() for at in (now, now + timedelta(days=99)))
    assert (told["event_id"], told["digest"]) == (later["event_id"], later["digest"])
    midnight = now.astimezone(begin.tzinfo).replace(hour=0, minute=0, second=0)
    assert told["occurred_at"] == min(later["occurred_at"], midnight)
    assert begin <= told["occurred_at"] <= now
