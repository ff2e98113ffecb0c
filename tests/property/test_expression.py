"""One definition, three ways to its value: the board's plan, the SQL statement, and a plain walk over the tree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.definition import Catalogue, Definition, TimeOperator
from indicators.evaluate import Evaluator
from indicators.expression import Names, Node, Number, Operation, Term, parse
from indicators.load import read_catalogue
from indicators.quantile import quantile_hours
from indicators.sql import SqlFrame, statement
from tests.helpers.fake_board import FakeBoard
from tests.helpers.small_catalogue import small_reference, write_catalogue
from warehouse.measure import CASE_FLOWS, CASE_STOCKS, DURATION_BINS, METRIC_FLOWS
from warehouse.value import PERIODS

REFERENCE = small_reference()
DAY = date(2025, 4, 16)
NOW = datetime(2025, 4, 16, 6, 30, tzinfo=UTC)
FRAME = SqlFrame(DAY, DAY, NOW, area_path="area_path")
NAMES = Names(("certificate", "permit"), frozenset(REFERENCE.services), frozenset(REFERENCE.metrics))
SERVICES = ("file", "certificate", "permit", "plain")

numbers = st.sampled_from(["0", "1", "2", "3", "0.5", "10", "lakh"])
flows = st.sampled_from(["received", "decided", "in_time", "late", "paid_paise"])
leaves = st.one_of(
    numbers,
    flows,
    st.builds("{}({})".format, flows, st.sampled_from(SERVICES)),
    st.builds("{}({}, {})".format, flows, st.sampled_from(SERVICES), st.sampled_from(SERVICES)),
    st.builds(
        "{}({})".format,
        st.sampled_from(["readings", "sum", "expected", "declared"]),
        st.sampled_from(["beds", "power"]),
    ),
    st.just("population"),
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner), st.builds("-{}".format, inner)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Definition:
    folder: Path = tmp_path_factory.mktemp("expression") / "c"
    catalogue, _ = read_catalogue(write_catalogue(folder), REFERENCE)
    return replace(catalogue["load_per_officer"], subjects=NAMES.subjects)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        paths = [(a.code, up.code) for a in REFERENCE.areas for up in (a, *REFERENCE.ancestors(a.code))]
        connection.register("path", pa.table({"area": [p[0] for p in paths], "ancestor": [p[1] for p in paths]}))
        connection.execute("create table area_path as select * from path")
        for table, measures in (("cell", CASE_FLOWS), ("cell_metric", METRIC_FLOWS)):
            columns = ", ".join(f"{name} bigint" for name in measures)
            connection.execute(f"create table {table} (span_start date, subject varchar, area varchar, {columns})")
        connection.execute(
            "create table cell_bin (span_start date, subject varchar, area varchar, bin utinyint, cases bigint)"
        )
        yield connection


def random_cells(seed: int) -> FakeBoard:
    """A board with many zeros, so that quotients without a denominator are common."""
    random = np.random.default_rng(seed)
    board = FakeBoard(REFERENCE)
    board.fill(
        lambda shape: random.integers(0, 4, shape) * random.integers(0, 2, shape) * random.choice([1, 997], shape)
    )
    return board


def store(board: FakeBoard, connection: duckdb.DuckDBPyConnection) -> None:
    """The board's leaf cells of `today` as stored cells, split into two deltas each."""
    for table, measures, subjects in (
        ("cell", CASE_FLOWS, SERVICES),
        ("cell_metric", METRIC_FLOWS, tuple(REFERENCE.metrics)),
    ):
        connection.execute(f"delete from {table}")
        rows = {name: [] for name in ("span_start", "subject", "area", *measures)}
        for row, subject in enumerate(subjects):
            for column, area in enumerate(REFERENCE.areas):
                for part in (3, -2):
                    rows["span_start"].append(DAY)
                    rows["subject"].append(subject)
                    rows["area"].append(area.code)
                    for measure in measures:
                        rows[measure].append(part * int(board.leaf["today", measure][row, column]))
        connection.register("rows", pa.table(rows))
        connection.execute(f"insert into {table} select * from rows")


def walked(node: Node, board: FakeBoard, area: int) -> float:
    """The value of a tree, in plain Python; NaN stands for no value."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Operation):
        left, right = walked(node.left, board, area), walked(node.right, board, area)
        if node.sign == "/":
            return left / right if right else math.nan
        return {"+": left + right, "-": left - right, "*": left * right}[node.sign]
    assert isinstance(node, Term)
    inside = range(area, REFERENCE.area_end[area])
    if node.measure == "population":
        return 1000.0
    if node.measure == "declared":
        assets = [REFERENCE.area_index[asset.area] for asset in REFERENCE.assets.values()]
        return float(sum(place in inside for place in assets) * len(node.subjects))
    name = {"sum": "reading_sum", "expected": "expected_sum"}.get(node.measure, node.measure)
    index = REFERENCE.service_index if node.is_service else REFERENCE.metric_index
    total = sum(int(board.leaf["today", name][index[code], place]) for code in node.subjects for place in inside)
    return total / 1000 if node.measure in {"sum", "expected"} else float(total)


def close(one: float | None, other: float | None) -> bool:
    one, other = (math.nan if value is None else value for value in (one, other))
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numerator=expressions, denominator=expressions, seed=st.integers(0, 20))
def test_board_plan_sql_and_plain_walk_agree(
    template: Definition, connection: duckdb.DuckDBPyConnection, numerator: str, denominator: str, seed: int
) -> None:
    board = random_cells(seed)
    store(board, connection)
    item = replace(
        template,
        numerator=parse(numerator, NAMES),
        denominator=parse(denominator, NAMES),
        time=TimeOperator.FLOW,
        factor=100.0,
    )
    today = next(iter(Evaluator(Catalogue.of((item,)), REFERENCE).evaluate(board)))
    assert today.periods[0] == PERIODS.index("today")
    rows = connection.execute(statement(item, REFERENCE, FRAME)).fetchall()
    from_sql = {row[0]: row[1:] for row in rows}
    column_of = {int(place): column for column, place in enumerate(today.areas)}
    for place, area in enumerate(REFERENCE.areas):
        above, below = (walked(part.root, board, place) for part in (item.numerator, item.denominator))
        value = math.nan if below == 0 else 100.0 * above / below
        sql_above, sql_below, sql_value = from_sql[area.code]
        assert close(sql_above, above)
        assert close(sql_below, below)
        if not _tiny(below):
            assert close(sql_value, value)
        column = column_of.get(place)
        if column is not None and today.values.state[0, 0, column] == 0:
            assert close(today.values.numerator[0, 0, column], above)
            assert close(today.values.denominator[0, 0, column], below)
            if not _tiny(below):
                assert close(today.values.value[0, 0, column], value)


def _tiny(below: float) -> bool:
    """Zero but for rounding: whether a quotient exists then depends on the order of additions."""
    return abs(below) < 1e-6 and below != 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cases=st.lists(st.tuples(st.integers(0, DURATION_BINS - 1), st.integers(1, 400)), max_size=6),
    share=st.sampled_from([0.1, 0.25, 0.5, 0.9, 0.99]),
)
def test_quantiles_by_sql_and_by_arrays_agree(
    template: Definition, connection: duckdb.DuckDBPyConnection, cases: list[tuple[int, int]], share: float
) -> None:
    connection.execute("delete from cell_bin")
    bins = np.zeros((DURATION_BINS, 1), dtype=np.int64)
    for place, count in cases:
        bins[place, 0] += count
        connection.execute("insert into cell_bin values (?, 'certificate', 'T-a-x-1', ?, ?)", [DAY, place, count])
    item = replace(
        template, quantile=share, numerator=parse("decided", NAMES), denominator=parse("1", NAMES), factor=2.0
    )
    rows = {row[0]: row[1:] for row in connection.execute(statement(item, REFERENCE, FRAME)).fetchall()}
    expected = 2 * float(quantile_hours(bins, share)[0])
    for area in ("T", "T-a", "T-a-x", "T-a-x-1"):
        assert rows[area][1] == bins.sum()
        assert close(rows[area][2], expected)
    assert rows["T-b"][1:] == (0, None)


def test_sql_of_stocks_and_levels_names_the_instant_and_the_tables(template: Definition) -> None:
    item = replace(template, numerator=parse("overdue_days", NAMES), denominator=parse("overdue", NAMES))
    text = statement(item, REFERENCE, FRAME, ["T"])
    assert "timestamptz '2025-04-16T06:30:00+00:00'" in text
    assert '"case"' in text
    assert set(CASE_STOCKS) >= {"overdue_days", "overdue"}
