"""Events of one kind before they are written: checks across fields, ids, digests, days.

Who may import it: ingest only. Mapped rows and CloudEvents both end here.
Invariants: a row is refused whole or taken whole; ids and digests depend on the row alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.check import check_text, outside, range_words
from ingest.digest import digest, hash_cells
from ingest.instant import brought_forward, instants_of, local_days, to_arrow
from ingest.kind import FIELDS, KIND_RULES
from ingest.reason import Reason
from ingest.refusal import Problem
from warehouse.batch import BATCH_SCHEMA
from warehouse.event import EVENT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.refusal import Mask, Refusals, Rows
    from ingest.vocabulary import Vocabulary

#: How far a source's clock may be ahead of ours.
AHEAD: Final = timedelta(minutes=10)


@dataclass(slots=True)
class Block:
    """Events of one kind, at most one per row.

    Attributes:
        kind: their kind.
        rows: row of each event, ascending.
        occurred_at: when they happened; null only in rows that are refused.
        fields: by name, in the types of the event schema; as long as rows; missing = all empty.
        event_ids: ids stated by the source; None = made here.
        name: of the mapping's entry, part of the ids made here.
        once: the digest says nothing of the payload.
        period_zone: they stand for periods, and occurred_at is their last day in this time zone; empty = they do not.
        period_months: how many months those have.
        stated_at: what occurred_at was before periods that are not over were brought forward; None = nothing was.
    """

    kind: str
    rows: Rows
    occurred_at: pa.Array
    fields: dict[str, pa.Array]
    event_ids: pa.Array | None = None
    name: str = ""
    once: bool = False
    period_zone: str = ""
    period_months: int = 1
    stated_at: pa.Array | None = None


def check_block(block: Block, refusals: Refusals, vocabulary: Vocabulary, now: datetime) -> None:
    """Refuse rows whose event lacks something, is out of range or comes from the future.

    Args:
        block: asset and area of readings are filled in from each other.
        refusals: rows that are refused already are left alone.
        vocabulary: codes of the state.
        now: the present instant.
    """
    rule = KIND_RULES[block.kind]
    if "asset" in rule.needs:
        _place_of_asset(block, vocabulary)
    _need(block, refusals)
    if "metric" in rule.needs:
        _check_range(block, refusals, vocabulary)
    if block.kind != "expected.set":
        if block.period_zone:
            _bring_forward(block, now)
        latest = pa.scalar(now + AHEAD, EVENT_SCHEMA.field("occurred_at").type)
        late = pc.fill_null(pc.greater(block.occurred_at, latest), False).to_numpy(zero_copy_only=False)
        says = f"is more than ten minutes after {now:%Y-%m-%d %H:%M:%S}Z, when it was received"
        _refuse(block, refusals, "at", Problem(late, Reason.FUTURE, says, block.occurred_at))
    if block.event_ids is not None:
        missing = block.event_ids.is_null().to_numpy(zero_copy_only=False)
        refusals.add(block.rows[missing], Reason.MISSING, "id", "a column of the event's id is empty")
        for problem in check_text("event_id", block.event_ids, block.event_ids, vocabulary):
            _refuse(block, refusals, "id", problem)


def _bring_forward(block: Block, now: datetime) -> None:
    """Figures of a period that is under way hold from the day on which they were received; ids still say its end."""
    latest = np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "us")
    received, ends = block.fields.get("received_at"), instants_of(block.occurred_at)
    known = np.full(len(ends), latest) if received is None else instants_of(received)
    known = np.where(np.isnat(known) | (known > latest), latest, known)
    block.stated_at = block.occurred_at
    block.occurred_at = to_arrow(brought_forward(ends, known, block.period_zone, block.period_months))


def _refuse(block: Block, refusals: Refusals, field: str, problem: Problem) -> None:
    where = problem.mask & ~refusals.refused[block.rows]
    if where.any():
        refusals.add_cells(block.rows[where], field, problem, where)


def _place_of_asset(block: Block, vocabulary: Vocabulary) -> None:
    """A reading's area follows from its asset, where the reference data know that; a place may be its own asset."""
    nothing = pa.nulls(len(block.rows), pa.string())
    area, asset = block.fields.get("area", nothing), block.fields.get("asset", nothing)
    coded = asset.dictionary_encode()
    areas = pa.array([vocabulary.assets.get(code) for code in coded.dictionary.to_pylist()], pa.string())
    block.fields["area"] = pc.coalesce(areas.take(coded.indices), area)
    block.fields["asset"] = pc.coalesce(asset, area)


def _need(block: Block, refusals: Refusals) -> None:
    rule = KIND_RULES[block.kind]
    for field in FIELDS:
        if field in rule.needs:
            missing = _empty(block, field) & ~refusals.refused[block.rows]
            detail = f"{block.kind} needs {field}"
            if field == "area" and "asset" in rule.needs:
                detail += ", because the reference data do not know the asset"
            refusals.add(block.rows[missing], Reason.MISSING, field, detail)
    if rule.case_or_place:
        placeless = _empty(block, "case_id") & (_empty(block, "service") | _empty(block, "area"))
        refusals.add(
            block.rows[placeless & ~refusals.refused[block.rows]],
            Reason.MISSING,
            "case_id",
            f"{block.kind} needs a case_id, or else both service and area",
        )


def _empty(block: Block, field: str) -> Mask:
    column = block.fields.get(field)
    if column is None:
        return np.ones(len(block.rows), bool)
    mask: Mask = column.is_null().to_numpy(zero_copy_only=False)
    return mask


def _check_range(block: Block, refusals: Refusals, vocabulary: Vocabulary) -> None:
    values = block.fields.get("value")
    metrics = block.fields.get("metric")
    if values is None or metrics is None:
        return
    numbers = values.to_numpy(zero_copy_only=False).astype("float64")
    coded = metrics.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    for place, metric in enumerate(coded.dictionary.to_pylist()):
        limits = vocabulary.metrics[metric]
        bad = (codes == place) & outside(numbers, limits)
        if bad.any():
            says = f"{range_words(limits)} for {metric}"
            _refuse(block, refusals, "value", Problem(bad, Reason.OUT_OF_RANGE, says, values))


def assemble(
    blocks: Sequence[Block], refusals: Refusals, source: str, received_at: datetime, timezone: str
) -> pa.Table:
    """Write the events of all rows that are not refused.

    Args:
        blocks: in the order of the mapping.
        refusals: rows refused.
        source: name of the source.
        received_at: present instant, for events that do not say when they were received.
        timezone: of the state, for days.

    Shape: BATCH_SCHEMA, in the order of rows and, within a row, of blocks.
    """
    kept = (without(block, refusals.refused) for block in blocks)
    tables = [_table(block, source, received_at, timezone) for block in kept if len(block.rows)]
    if not tables:
        return BATCH_SCHEMA.empty_table()
    if len(tables) == 1:
        return tables[0]
    together = pa.concat_tables(tables).combine_chunks()
    rows = together.column("row").to_numpy()
    if not (np.diff(rows) < 0).any():
        return together
    return _taken(together, np.argsort(rows, kind="stable"))


def _taken(table: pa.Table, order: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Table:
    places = pa.array(order)
    columns = [column if column.null_count == table.num_rows else column.take(places) for column in table.columns]
    return pa.Table.from_arrays(columns, schema=table.schema)


def without(block: Block, refused_rows: Mask) -> Block:
    """The events of the other rows. Args: refused_rows: one flag per row of the table."""
    refused = refused_rows[block.rows]
    if not refused.any():
        return block
    keep = pa.array(~refused)
    return Block(
        kind=block.kind,
        rows=block.rows[~refused],
        occurred_at=block.occurred_at.filter(keep),
        fields={name: column.filter(keep) for name, column in block.fields.items()},
        event_ids=None if block.event_ids is None else block.event_ids.filter(keep),
        name=block.name,
        once=block.once,
        stated_at=None if block.stated_at is None else block.stated_at.filter(keep),
    )


def _table(block: Block, source: str, received_at: datetime, timezone: str) -> pa.Table:
    rows = len(block.rows)
    received = pa.scalar(received_at.astimezone(UTC), EVENT_SCHEMA.field("received_at").type)
    columns = {
        **block.fields,
        "source": _same(source, rows),
        "kind": _same(block.kind, rows),
        "occurred_at": block.occurred_at,
        "day": local_days(block.occurred_at, timezone),
        "row": pa.array(block.rows, pa.int32()),
    }
    stated = columns.get("received_at")
    columns["received_at"] = pa.repeat(received, rows) if stated is None else stated.fill_null(received)
    columns["event_id"] = _event_ids(block) if block.event_ids is None else block.event_ids
    payload = columns if block.stated_at is None else {**columns, "occurred_at": block.stated_at}
    hashes = hash_cells(columns["event_id"]) if block.once else digest(payload, rows)
    columns["digest"] = pa.array(hashes, pa.uint64())
    arrays = [columns[name] if name in columns else pa.nulls(rows, kind) for name, kind in _TYPES]
    return pa.Table.from_arrays(arrays, schema=BATCH_SCHEMA)


_TYPES: Final = tuple(zip(BATCH_SCHEMA.names, BATCH_SCHEMA.types, strict=True))


def _same(text: str, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), rows)


#: What else tells events of one case, kind and instant apart in the ids made here.
_TOLD_BY: Final = {"case.moved": "step", "amount.recorded": "amount", "feedback.given": "rating"}


def _event_ids(block: Block) -> pa.Array:
    """`<case, asset and metric, or event meant>/<kind>/<entry>[/<instant>[/<step, amount or rating>]]`.

    The same row always has the same id. A case is opened once, and an entry marked `once` happens once: those have no
    instant in their id.
    """
    rule = KIND_RULES[block.kind]
    if "asset" in rule.needs:
        parts = [block.fields["asset"], block.fields["metric"]]
    else:
        parts = [block.fields["ref" if "ref" in rule.needs else "case_id"]]
    parts += [pa.scalar(block.kind), pa.scalar(block.name)]
    if not (block.once or block.kind == "case.opened"):
        parts.append(iso_text(block.occurred_at if block.stated_at is None else block.stated_at))
        told_by = block.fields.get(_TOLD_BY.get(block.kind, ""))
        if told_by is not None:
            text = told_by.cast(pa.string()).fill_null("")
            # in an id, a large amount would look like the number of a person
            grouped = pc.replace_substring_regex(text, r"(\d{3})", r"\1,")
            large = pc.match_substring_regex(text, r"\d{10}")
            parts.append(pc.if_else(large, grouped, text) if pc.any(large).as_py() else text)
    return pc.binary_join_element_wise(*parts, "/")


def iso_text(instants: pa.Array) -> pa.Array:
    """Instants as text such as 2026-04-01T05:30:00Z, with a fraction only where there is one."""
    text = pc.replace_substring(instants.cast(pa.timestamp("us")).cast(pa.string()), " ", "T")
    return pc.binary_join_element_wise(pc.replace_substring(text, ".000000", ""), "Z", "")
