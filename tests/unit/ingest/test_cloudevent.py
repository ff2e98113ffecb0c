"""Native events in their CloudEvents envelope."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.cloudevent import cloudevent_mapping, decode_payload, join_event, split_payload
from ingest.decode import Decoded
from tests.helpers.rows import NOW, PSEUDONYMS, VOCABULARY, assert_accounted, events, refused


def envelope(data: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A case opened, with changes; a field set to None is left out."""
    plain = {
        "specversion": "1.0",
        "id": "e1",
        "source": "ksmart",
        "type": "cm.case.opened",
        "time": "2026-04-01T10:00:00+05:30",
        "data": {"case_id": "A/1", "service": "birth", "area": "KL-palakkad", **(data or {})},
    }
    return {name: cell for name, cell in {**plain, **changes}.items() if cell is not None}


def decode(payload: Any) -> Decoded:
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    result = decode_payload(text, cloudevent_mapping("ksmart", VOCABULARY, PSEUDONYMS), NOW, "push")
    assert_accounted(result)
    return result


def test_an_event_keeps_its_own_id() -> None:
    assert [(event["event_id"], event["kind"], event["case_id"]) for event in events(decode(envelope()))] == [
        ("e1", "case.opened", "A/1")
    ]


def test_the_largest_amount_is_taken_and_many_of_it_can_be_added_up() -> None:
    (event,) = events(decode(envelope(type="cm.amount.recorded", data={"amount": 10**13})))
    assert event["amount"] * 900_000 < 2**63


def test_one_event_an_array_or_lines() -> None:
    two = [envelope(), envelope(id="e2")]
    lines = "\n".join(json.dumps(event) for event in two).encode() + b"\n\n"
    for payload in (two, lines, json.dumps(two, indent=2).encode()):
        assert [event["event_id"] for event in events(decode(payload))] == ["e1", "e2"]
    assert len(events(decode(json.dumps(envelope(), indent=2).encode()))) == 1


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (envelope(type="case.opened"), ("unknown_kind", "kind")),
        (envelope(type="cm.case.closed"), ("unknown_kind", "kind")),
        (envelope(time="2026-04-01T10:00:00"), ("bad_time", "at")),
        (envelope(time="2027-04-01T10:00:00Z"), ("future", "at")),
        (envelope(time=None), ("missing", "time")),
        (envelope(id=None), ("missing", "id")),
        (envelope(id=""), ("missing", "id")),
        (envelope(id="x" * 301), ("bad_value", "id")),
        (envelope(source="other"), ("unknown_source", "source")),
        (envelope(specversion="0.3"), ("bad_value", "specversion")),
        (envelope(data={"area": "XX"}), ("unknown_area", "area")),
        (envelope(data={"service": "bith"}), ("unknown_service", "service")),
        (envelope(data={"due_at": "soon"}), ("bad_time", "due_at")),
        (envelope(data={"case_id": ""}), ("missing", "case_id")),
        (envelope(data={"case_id": {"a": 1}}), ("bad_value", "case_id")),
        (envelope(data={"amount": "12"}), ("bad_number", "amount")),
        (envelope(type="cm.feedback.given", data={"rating": 6}), ("out_of_range", "rating")),
        (envelope(type="cm.feedback.given", data={"rating": 4.5}), ("bad_number", "rating")),
        (envelope(type="cm.feedback.given"), ("missing", "rating")),
        (envelope(type="cm.amount.recorded", data={"amount": 10**30}), ("bad_number", "amount")),
        (envelope(type="cm.amount.recorded", data={"amount": 10**13 + 1}), ("bad_number", "amount")),
        (envelope(type="cm.reading.taken", data={"metric": "level_m", "value": 1.01e11}), ("bad_number", "value")),
        (envelope(type="cm.reading.taken", data={"metric": "bed", "value": 1}), ("unknown_metric", "metric")),
        (envelope(type="cm.reading.taken", data={"metric": "beds", "value": 101}), ("out_of_range", "value")),
        (envelope(type="cm.reading.taken", data={"metric": "level_m", "value": 1e300}), ("bad_number", "value")),
        (envelope(type="cm.event.retracted"), ("missing", "ref")),
        ({"specversion": "1.0", "data": "x"}, ("bad_value", "data")),
        (5, ("not_json", None)),
        (b"{", ("not_json", None)),
        (b"\xff\xfe", ("not_json", None)),
        (b"[" * 50_000, ("not_json", None)),
        (b"[" * 100_000, ("too_large", None)),
        (b'{"a":' * 100_000, ("too_large", None)),
        (b'{"a":' * 5_000, ("not_json", None)),
        (b'{"specversion":1,"id":', ("not_json", None)),
        (b'{"specversion":"1.0","id":"\\ud800","source":"ksmart","type":"t","time":"t"}', ("not_json", None)),
    ],
)
def test_reasons(event: Any, expected: tuple[str, str | None]) -> None:
    result = decode(event)
    assert refused(result) == [expected]
    assert events(result) == []


def test_what_is_not_in_the_event_shape_is_dropped_even_from_quarantine() -> None:
    good = decode(envelope(data={"aadhaar": "999941057058"}, subject="x"))
    assert "999941057058" not in str(good.events.to_pylist())
    for bad in (
        envelope(data={"aadhaar": "999941057058", "area": "XX"}),
        envelope(data={"mobile": "999941057058"}, id=5),
    ):
        result = decode(bad)
        assert result.rejected.num_rows == 1
        assert "999941057058" not in str(result.rejected.to_pylist())


def test_amounts_are_paise_on_the_wire() -> None:
    assert events(decode(envelope(type="cm.amount.recorded", data={"amount": 1250})))[0]["amount"] == 1250


def test_a_batch_with_one_bad_event_keeps_the_others() -> None:
    result = decode([envelope(), envelope(id="e2", time="?"), envelope(id="e3")])
    assert [event["event_id"] for event in events(result)] == ["e1", "e3"]
    assert result.rejected["origin"].to_pylist() == ["push:2"]


def test_an_array_that_is_broken_is_one_broken_event() -> None:
    assert split_payload(b"[{]") == [b"[{]"]
    assert split_payload(b"") == []


def test_an_envelope_and_its_data_make_the_event_that_was_meant() -> None:
    whole = envelope()
    attributes = {name: text for name, text in whole.items() if name != "data"}
    joined = join_event(attributes, json.dumps(whole["data"]).encode())
    assert events(decode(json.loads(joined))) == events(decode(whole))
    assert json.loads(join_event(attributes, None)) == attributes


@pytest.mark.parametrize("data", [b"{", b'{}, "source": "other"', b"\xff", b'{"a": 1} {}'])
def test_data_that_is_no_json_never_becomes_part_of_an_envelope(data: bytes) -> None:
    assert join_event({"specversion": "1.0", "id": "e"}, data) == data
