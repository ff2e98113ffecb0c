"""One name, a different table for every statement, and nothing kept in between."""

from __future__ import annotations

import weakref

import duckdb
import pyarrow as pa

from warehouse.statements import Statements


def test_each_statement_reads_its_own_table_whatever_its_columns() -> None:
    with duckdb.connect() as connection:
        statements = Statements(connection)
        assert statements.rows("select sum(a) as total from given", pa.table({"a": [1, 2]})).to_pylist() == [
            {"total": 3}
        ]
        other = pa.table({"x": ["p", "q"], "y": [1.5, None]})
        assert statements.rows("select * from given", other).to_pylist() == other.to_pylist()
        assert statements.rows("select count(*) as n from given g join given h using (x)", other)["n"].to_pylist() == [
            2
        ]


def test_rows_are_written_and_counted_and_none_cost_nothing() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t (a bigint)")
        statements = Statements(connection)
        statements.write("insert into t select * from given", pa.table({"a": [1, 2, 3]}))
        statements.write("insert into nowhere select * from given", pa.table({"a": pa.array([], pa.int64())}))
        assert statements.count("delete from t where a in (select a from given)", pa.table({"a": [1, 3, 9]})) == 2
        assert connection.execute("select a from t").fetchall() == [(2,)]


def test_nothing_is_kept_afterwards() -> None:
    with duckdb.connect() as connection:
        statements = Statements(connection)
        table = pa.table({"a": [1, 2]})
        gone = weakref.ref(table)
        statements.rows("select * from given", table)
        del table
        assert gone() is None
