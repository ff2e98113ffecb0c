"""A file that restates says one thing of an event; another row that says something else is refused."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.stated import Stated
from tests.helpers.rows import NOW, READINGS, drain, file_source, mapping, read, refused, write
from tests.helpers.store import open_store
from warehouse.batch import SilentListener

RESTATES = "restates = true\n" + READINGS
HEAD = "at,asset,block,value\n"
#: Rows with the events that they state: which, and what of it.
rows_of_events = st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 2)), max_size=3), max_size=8)


@given(rows_of_events, st.integers(1, 4))
def test_rows_are_judged_one_after_the_other_however_they_are_cut(rows: list[list[tuple[str, int]]], size: int) -> None:
    said: dict[str, int] = {}
    wrong = set()
    for number, row in enumerate(rows):
        if all(said.get(name, what) == what for name, what in row) and len(dict(row)) == len(set(row)):
            said |= dict(row)
        else:
            wrong.add(number)
    stated, found = Stated(), set()
    for begin in range(0, len(rows), size):
        part = list(enumerate(rows))[begin : begin + size]
        events = [(name, what, number) for number, row in part for name, what in row]
        names, digests, numbers = zip(*events, strict=True) if events else ((), (), ())
        columns = pa.array(names, pa.string()), pa.array(digests, pa.uint64()), pa.array(numbers, pa.int32())
        found |= stated.contradicting(pa.table(columns, names=["event_id", "digest", "row"])).keys()
    assert found == wrong


@pytest.mark.parametrize("batch_rows", [1, 2, 50])
def test_a_key_that_a_file_states_twice_is_named_with_its_columns(tmp_path: Path, batch_rows: int) -> None:
    path = write(tmp_path, "a.csv", HEAD + "".join(f"2026-04-01,H,{block},{block}\n" for block in (10, 25, 10, 5)))
    result = read(path, mapping(RESTATES), batch_rows=batch_rows)
    assert result.events["value"].to_pylist() == [10, 10]
    assert refused(result) == [("conflict", "event_id")] * 2
    assert result.rejected["origin"].to_pylist() == ["a.csv:2", "a.csv:4"]
    assert "ids are made of the columns asset, at: name all that tell" in result.rejected["detail"][0].as_py()
    told_apart = mapping(RESTATES + 'id = "{asset}/{block}/{at}"\n')
    assert read(path, told_apart, batch_rows=batch_rows).events["value"].to_pylist() == [10, 25, 10, 5]
    by_instant = mapping(RESTATES + 'received_at = "at"\n')
    assert not refused(read(path, by_instant, batch_rows=batch_rows)), "the writer judges by the instants"


def test_a_file_that_is_gone_on_with_knows_what_it_stated_before(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", HEAD + "2026-04-01,H,1,1\n2026-04-01,I,1,1\n2026-04-01,H,1,2\n")
    with closing(file_source(path, mapping(RESTATES), batch_rows=1)) as source:
        source.next_batch()
        position = source.position()
    with closing(file_source(path, mapping(RESTATES), batch_rows=1, position=position)) as source:
        assert [batch.rejected.num_rows for batch in drain(source)] == [0, 1]


def test_another_file_may_say_something_else(tmp_path: Path) -> None:
    with open_store(tmp_path / "data") as store:
        for value in (1, 2, 1):
            with closing(
                file_source(write(tmp_path, "a.csv", f"{HEAD}2026-04-01,H,1,{value}\n"), mapping(RESTATES))
            ) as one:
                (batch,) = drain(one)
            assert batch.events["received_at"].to_pylist() == [NOW]
            assert store.writer.commit(batch, SilentListener()).accepted == 1
        assert store.count("event") == 3
