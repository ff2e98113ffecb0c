"""Rows of a table + a mapping → checked events and refused rows; vectorised, never an exception for a bad row.

Who may import it: ingest only.
Invariants: rows = distinct `row` of events + rows of rejected, whatever was skipped; the same table, mapping and clock
give the same result.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.block import Block, assemble, check_block, without
from ingest.cell import Cells
from ingest.kind import FIELDS, KIND_RULES
from ingest.personal_cells import PersonalCells
from ingest.reason import Reason
from ingest.refusal import Refusals, quoted, refused_rows, rejected_table, skipped_table
from warehouse.event import REJECTED_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Mapping as Dict
    from datetime import datetime

    from ingest.cell import Values
    from ingest.refusal import Mask, Problem, Refused
    from ingest.rule import Condition, EntryRule, Mapping
    from ingest.stated import Stated


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of some rows.

    Attributes:
        events: Shape: BATCH_SCHEMA, in the order of rows.
        rejected: rows that were refused. Shape: REJECTED_SCHEMA.
        rows: rows taken; distinct `row` in events plus rows of rejected.
        personal: in how many rows a number or address of a person was found and taken out, by column of the source
            and kind.
        skipped: events that were refused alone, of rows that gave others. Shape: REJECTED_SCHEMA.
    """

    events: pa.Table
    rejected: pa.Table
    rows: int
    personal: Dict[tuple[str, str], int] = field(default_factory=dict)
    skipped: pa.Table = field(default_factory=REJECTED_SCHEMA.empty_table)


def decode(
    table: pa.Table,
    mapping: Mapping,
    now: datetime,
    origin: Callable[[int], str],
    refused_before: tuple[Refused, ...] = (),
    *,
    stated: Stated | None = None,
) -> Decoded:
    """Turn rows into events.

    Args:
        table: rows; holds at least the columns of the mapping, as text or typed.
        mapping: how they are read.
        now: the present instant, UTC.
        origin: says where a row came from, such as `file.csv.gz:17`.
        refused_before: rows that could not even be split into columns; they are counted too.
        stated: what the rows before these said, which they must not contradict; None = they may.
    """
    personal = PersonalCells(mapping)
    work = _Decoding(Cells(table, mapping.vocabulary, personal), Refusals.of(table.num_rows), mapping.empty)
    blocks: list[Block] = []
    used = np.zeros(table.num_rows, bool)
    alone: dict[str, Refusals] = {}
    for entry in mapping.entries:
        own = replace(work, refusals=Refusals.of(table.num_rows)) if entry.alone else work
        for block in own.blocks(entry):
            check_block(block, own.refusals, mapping.vocabulary, now)
            kept = without(block, own.refusals.refused) if entry.alone else block
            used[kept.rows] = True
            blocks.append(kept)
        if entry.alone:
            alone[entry.name] = own.refusals
    work.refuse_left(~used, alone.values())
    work.refuse(~used, Reason.NO_EVENT, None, "none of the mapping's events applies to this row")
    events = assemble(blocks, work.refusals, mapping.name, now, mapping.vocabulary.timezone)
    if stated is not None:
        wrong = stated.contradicting(events)
        work.refuse_stated_otherwise(wrong, mapping)
        events = events.filter(pc.invert(pc.is_in(events["row"], pa.array(wrong, pa.int32())))) if wrong else events
    refused = refused_rows(work.refusals, table, mapping.columns, origin)
    numbered = [*zip(work.refusals.rows(), refused, strict=True), *zip(itertools.count(-1, -1), refused_before)]
    rejected = rejected_table(mapping.name, now, personal.of_refused(numbered))
    skipped = [
        skipped_table(mapping.name, entry.name, now, personal.of_refused(numbered))
        for entry in mapping.entries
        if entry.name in alone and (numbered := _skipped(entry, alone[entry.name], work.refusals, table, origin))
    ]
    rows = table.num_rows + len(refused_before)
    return Decoded(events, rejected, rows, personal.counts(), *([pa.concat_tables(skipped)] if skipped else []))


def _skipped(
    entry: EntryRule, own: Refusals, whole: Refusals, table: pa.Table, origin: Callable[[int], str]
) -> list[tuple[int, Refused]]:
    """Rows of which one event was refused alone, with the columns that it is made from."""
    some = Refusals(own.refused & ~whole.refused, {row: why for row, why in own.why.items() if row not in whole.why})
    return list(zip(some.rows(), refused_rows(some, table, list(entry.columns()), origin), strict=True))


@dataclass(frozen=True, slots=True)
class _Decoding:
    """One table on its way.

    Attributes:
        cells: its cells.
        refusals: what was refused so far.
        empty: texts that mean empty.
    """

    cells: Cells
    refusals: Refusals
    empty: frozenset[str]

    def refuse(self, mask: Mask, reason: Reason, name: str | None, detail: str) -> None:
        """Refuse the rows of a mask that are not refused yet."""
        rows = np.flatnonzero(mask & ~self.refusals.refused).astype("int32")
        self.refusals.add(rows, reason, name, detail)

    def refuse_left(self, mask: Mask, others: Iterable[Refusals]) -> None:
        """Refuse the rows of a mask of which every event was refused alone, for the first of the reasons."""
        for other in others:
            for row in np.flatnonzero(mask & other.refused & ~self.refusals.refused).tolist():
                self.refusals.why[row] = other.why[row]
                self.refusals.refused[row] = True

    def refuse_stated_otherwise(self, wrong: Dict[int, str], mapping: Mapping) -> None:
        """Refuse rows that contradict an earlier one. Args: wrong: by row, the id of the event."""
        columns = ", ".join(dict.fromkeys(column for entry in mapping.entries for column in entry.id_columns()))
        for row, event_id in wrong.items():
            says = (
                f"an earlier row of the file says something else of event {quoted(event_id)}; ids are made of the "
                f"columns {columns}: name all that tell its rows apart, or received_at, by which the latest holds"
            )
            self.refusals.add(np.array([row], "int32"), Reason.CONFLICT, "event_id", says)

    def refuse_bad(self, problems: Iterable[Problem], applies: Mask, name: str) -> None:
        """Refuse the rows to which a field matters and whose cell cannot be taken."""
        for problem in problems:
            where = problem.mask & applies & ~self.refusals.refused
            if where.any():
                self.refusals.add_cells(np.flatnonzero(where).astype("int32"), name, problem, where)

    def blocks(self, entry: EntryRule) -> Iterator[Block]:
        """The events that one entry gives, one block per kind."""
        applies = _passing(entry.when, self.cells, self.empty)
        if entry.kind.const is not None:
            yield from self.block(entry, entry.kind.const, applies)
            return
        kinds = self.cells.values("kind", entry.kind)
        self.refuse_bad(kinds.problems, applies, "kind")
        self.refuse(applies & ~kinds.given(), Reason.MISSING, "kind", "the event does not say its kind")
        coded = kinds.array.dictionary_encode()
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        for place, kind in enumerate(coded.dictionary.to_pylist()):
            rows = applies & (codes == place)
            if kind in KIND_RULES:
                yield from self.block(entry, kind, rows)
            else:
                self.refuse(rows, Reason.UNKNOWN_KIND, "kind", f"{quoted(kind)} is not a kind in docs/events.md")

    def block(self, entry: EntryRule, kind: str, applies: Mask) -> Iterator[Block]:
        """The events of one kind that one entry gives; none where its instant or its measured value is empty."""
        rule = KIND_RULES[kind]
        fields: dict[str, Values] = {
            name: self.cells.values(name, entry.fields[name])
            for name in FIELDS
            if name in rule.takes and name in entry.fields
        }
        at = self.cells.values("at", entry.at)
        mask = applies
        for name, values in (("at", at), (rule.measured, fields.get(rule.measured or ""))):
            if name is None or values is None:
                continue
            if entry.required:
                looked = ", ".join((entry.at if name == "at" else entry.fields[name]).all_columns())
                said = f"{kind} needs {name}, which is empty here{f' (looked for in {looked})' if looked else ''}"
                self.refuse(mask & ~values.given(), Reason.MISSING, name, said)
            mask = mask & values.given()
        if not mask.any():
            return
        self.refuse_bad(at.problems, mask, "at")
        for name, values in fields.items():
            self.refuse_bad(values.problems, mask, name)
        ids = None if entry.event_id is None else self.cells.joined(entry.event_id, self.empty)
        if entry.event_id is not None:
            self.refuse_bad(self.cells.shortened("event_id", entry.event_id.columns, self.empty), mask, "event_id")
        yield Block(
            kind=kind,
            rows=np.flatnonzero(mask).astype("int32"),
            occurred_at=_where(at.array, mask),
            fields={name: _where(values.array, mask) for name, values in fields.items()},
            event_ids=None if ids is None else _where(ids, mask),
            name=entry.name,
            once=entry.once,
            period_zone=entry.at.time.timezone if entry.at.time.day == "last" else "",
            period_months=entry.at.time.months,
        )


def _where(column: pa.Array, mask: Mask) -> pa.Array:
    return column if mask.all() else column.filter(pa.array(mask))


def _passing(tests: tuple[Condition, ...], cells: Cells, empty: frozenset[str]) -> Mask:
    """Rows that pass all tests."""
    mask: Mask = np.ones(cells.table.num_rows, bool)
    for test in tests:
        mask = mask & _pass(test, cells.text(test.column, empty)).to_numpy(zero_copy_only=False)
    return mask


def _pass(test: Condition, text: pa.Array) -> pa.Array:
    if test.test == "present":
        return text.is_valid()
    if test.test == "absent":
        return text.is_null()
    if test.test in {"like", "not_like"}:
        found = pc.fill_null(pc.match_substring_regex(text, test.pattern), False)
    else:
        found = pc.is_in(text, value_set=pa.array(test.values, pa.string()))
    return found if test.test in {"in", "like"} else pc.invert(found)
