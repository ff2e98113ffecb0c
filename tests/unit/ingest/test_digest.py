"""Digests are stored: the same payload has the same one in every version of the house."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from ingest.digest import digest
from warehouse.event import EVENT_SCHEMA


def column(name: str, *cells: object) -> pa.Array:
    return pa.array(cells, EVENT_SCHEMA.field(name).type)


def payload(**changes: object) -> dict[str, pa.Array]:
    cells = {
        "kind": "case.opened",
        "occurred_at": datetime(2026, 4, 1, tzinfo=UTC),
        "case_id": "A/1",
        "service": "birth",
        "area": "KL-palakkad",
    }
    return {name: column(name, cell) for name, cell in {**cells, **changes}.items()}


def test_digests_never_change() -> None:
    assert digest(payload(), 1).tolist() == [10461293477916406101]
    reading = payload(kind="reading.taken", case_id=None, metric="beds", asset="H", value=12.5)
    assert digest(reading, 1).tolist() == [11646650683676936531]


def test_every_field_of_the_payload_counts_and_nothing_else() -> None:
    plain = digest(payload(), 1)[0]
    for name, cell in {
        "office": "x",
        "amount": 1,
        "rating": 5,
        "value": 0.0,
        "ref": "e",
        "due_at": datetime(2026, 4, 2, tzinfo=UTC),
    }.items():
        assert digest(payload(**{name: cell}), 1)[0] != plain, name
    assert digest({**payload(), "event_id": column("event_id", "e9"), "source": column("source", "s")}, 1)[0] == plain
    assert digest({**payload(), "office": column("office", None)}, 1)[0] == plain


def test_the_same_text_in_two_fields_is_not_the_same_payload() -> None:
    assert digest(payload(office="x"), 1)[0] != digest(payload(post="x"), 1)[0]


def test_other_events_of_the_batch_do_not_matter() -> None:
    alone = digest(payload(office="b"), 1)[0]
    three = {name: pa.concat_arrays([cells, cells, cells]) for name, cells in payload().items()}
    three["office"] = column("office", "a", "b", None)
    assert digest(three, 3)[1] == alone
    assert digest(three, 3)[2] == digest(payload(), 1)[0]


def test_minus_zero_is_zero() -> None:
    assert digest(payload(value=-0.0), 1)[0] == digest(payload(value=0.0), 1)[0]
