"""One definition, three ways to its value: the board's plan, the SQL statement, and a plain walk over the tree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indicators.definition import Catalogue, Definition, TimeOperator
from indicators.evaluate import Evaluator, Values
from indicators.expression import AS_ASKED, Missing, Names, When, parse
from indicators.load import read_catalogue
from indicators.quantile import quantile_hours
from indicators.sql import SqlFrame, frame_of, statement
from tests.helpers.fake_board import FakeBoard
from tests.helpers.search import examples
from tests.helpers.slow_expression import Slow, board_leaf
from tests.helpers.small_catalogue import small_reference, write_catalogue
from warehouse.measure import CASE_FLOWS, CASE_STOCKS, DURATION_BINS, METRIC_FLOWS
from warehouse.value import PERIODS, State

REFERENCE = small_reference()
DAY = date(2025, 4, 16)
NOW = datetime(2025, 4, 16, 6, 30, tzinfo=UTC)
FRAME = SqlFrame(DAY, DAY, NOW, area_path="main.area_path")
NAMES = Names(
    ("certificate", "permit"),
    frozenset(REFERENCE.services),
    frozenset(REFERENCE.metrics),
    levels=tuple(level.code for level in REFERENCE.state.levels),
)
SEEDS = range(4)
SERVICES = ("file", "certificate", "permit", "plain")

#: Seen from the month to date: what is asked for, where the board holds it, and a day of its own in the stored cells.
HELD = {
    AS_ASKED: ("mtd", DAY),
    When(shift=-1): ("pmtd", DAY - timedelta(days=30)),
    When(to_date=True): ("fy", DAY - timedelta(days=60)),
}

numbers = st.sampled_from(["0", "1", "2", "3", "0.5", "10", "lakh"])
flows = st.sampled_from(["received", "decided", "in_time", "late", "paid_paise"])
times = st.sampled_from(["", "", ".shift(-1)", ".year_to_date()"])
services = st.one_of(
    flows,
    st.builds("{}({})".format, flows, st.sampled_from(SERVICES)),
    st.builds("{}({}, {})".format, flows, st.sampled_from(SERVICES), st.sampled_from(SERVICES)),
)
metrics = st.sampled_from(["beds", "power", "beds, power"])
readings = st.builds("{}({})".format, st.sampled_from(["readings", "sum", "expected", "average"]), metrics)
facts = st.sampled_from(["population", "declared(beds)", "areas(body)", "period_days", "period_in_year"])
#: Whole numbers, so that comparing and adding up in another order cannot make a difference.
whole = st.one_of(numbers, services, st.builds("readings({})".format, metrics), facts)
asked = st.one_of(
    st.builds("{} {} {}".format, whole, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), whole),
    st.builds("is_missing({})".format, st.one_of(readings, services)),
    st.builds("(is_missing({}) {} {} > 1)".format, readings, st.sampled_from(["and", "or"]), services),
    st.builds("not {}".format, services),
)
#: Something is recorded in it, whatever else there is.
inside = st.builds("({} + {})".format, st.one_of(services, st.builds("readings({})".format, metrics)),
                   st.one_of(whole, st.builds("if({}, {}, {})".format, asked, whole, whole)))  # fmt: skip
spreads = st.builds(
    "per_area({}).aggregate({})".format, inside, st.sampled_from(["sum", "count", "average", "minimum", "maximum"])
)
leaves = st.one_of(numbers, st.builds("{}{}".format, st.one_of(services, readings), times), readings, facts, spreads)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("-{}".format, inner),
        st.builds("({}){}".format, st.one_of(services, readings), times),
        st.builds("if({}, {}, {})".format, asked, inner, inner),
        st.builds("first_value({}, {})".format, inner, inner),
        st.builds("is_missing({})".format, inner),
        st.builds("{}({}, {})".format, st.sampled_from(["greatest", "least"]), inner, inner),
        st.builds("({} > 1) * {}".format, services, inner),
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
    """One schema of stored cells for every seed."""
    with duckdb.connect() as connection:
        paths = [(a.code, up.code) for a in REFERENCE.areas for up in (a, *REFERENCE.ancestors(a.code))]
        connection.register("path", pa.table({"area": [p[0] for p in paths], "ancestor": [p[1] for p in paths]}))
        connection.execute("create table area_path as select * from path")
        for seed in SEEDS:
            connection.execute(f"create schema of{seed}")
            connection.execute(f"use of{seed}")
            for table, measures in (("cell", CASE_FLOWS), ("cell_metric", METRIC_FLOWS)):
                columns = ", ".join(f"{name} bigint" for name in measures)
                connection.execute(f"create table {table} (span_start date, subject varchar, area varchar, {columns})")
            store(random_cells(seed), connection)
        connection.execute(
            "create table cell_bin (span_start date, subject varchar, area varchar, bin utinyint, cases bigint)"
        )
        yield connection


@cache
def random_cells(seed: int) -> FakeBoard:
    """A board with many zeros, so that quotients without a denominator and metrics without readings are common."""
    random = np.random.default_rng(seed)
    board = FakeBoard(REFERENCE)
    share = 2 if seed % 2 else 9
    board.fill(
        lambda shape: (
            random.integers(0, 4, shape) * (random.integers(0, share, shape) == 0) * random.choice([1, 997], shape)
        )
    )
    for period in PERIODS:  # nothing was read: then there is no sum either
        read = board.leaf[period, "readings"] != 0
        for name in ("reading_sum", "expected_sum"):
            board.leaf[period, name] *= read
    return board


def store(board: FakeBoard, connection: duckdb.DuckDBPyConnection) -> None:
    """The board's leaf cells of some periods as stored cells of days of their own, split into two deltas each."""
    for table, measures, subjects in (
        ("cell", CASE_FLOWS, SERVICES),
        ("cell_metric", METRIC_FLOWS, tuple(REFERENCE.metrics)),
    ):
        rows = {name: [] for name in ("span_start", "subject", "area", *measures)}
        cells = product(HELD.values(), enumerate(subjects), enumerate(REFERENCE.areas), (3, -2))
        for (period, day), (row, subject), (column, area), part in cells:
            rows["span_start"].append(day)
            rows["subject"].append(subject)
            rows["area"].append(area.code)
            for measure in measures:
                rows[measure].append(part * int(board.leaf[period, measure][row, column]))
        connection.register("rows", pa.table(rows))
        connection.execute(f"insert into {table} select * from rows")


def frame_for(item: Definition, board: FakeBoard) -> SqlFrame:
    """A statement's frame with the days of HELD."""
    numbers = frame_of(item, "mtd", board.today, NOW, REFERENCE.state.fiscal_year_start_month).numbers
    spans = {when: (day, day) for when, (_, day) in HELD.items()}
    return replace(FRAME, spans=spans, numbers=numbers)


def close(one: float | None, other: float | None) -> bool:
    one, other = (math.nan if value is None else value for value in (one, other))
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


@example(numerator="0", denominator="population + readings(beds)", missing=Missing.SKIP, seed=0)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    numerator=expressions,
    denominator=st.one_of(st.just("1"), expressions),
    missing=st.sampled_from(list(Missing)),
    seed=st.sampled_from(SEEDS),
)
def test_board_plan_sql_and_plain_walk_agree(
    template: Definition,
    connection: duckdb.DuckDBPyConnection,
    numerator: str,
    denominator: str,
    missing: Missing,
    seed: int,
) -> None:
    board = random_cells(seed)
    connection.execute(f"use of{seed}")
    item = replace(
        template,
        numerator=parse(numerator, NAMES, missing),
        denominator=parse(denominator, NAMES, missing),
        time=TimeOperator.FLOW,
        factor=100.0,
    )
    month = evaluated(item, board)
    frame = frame_for(item, board)
    rows = connection.execute(statement(item, REFERENCE, frame)).fetchall()
    from_sql = {row[0]: row[1:] for row in rows}
    leaf = board_leaf(board, lambda term: HELD[term.when][0], dict(frame.numbers))
    slow = Slow(leaf, REFERENCE.area_end.tolist())
    for place, area in enumerate(REFERENCE.areas):
        above, below = slow.of(item.numerator, place), slow.of(item.denominator, place)
        value = None if above is None or not below else 100.0 * above / below
        sql_above, sql_below, sql_value = from_sql[area.code]
        assert close(sql_above, above)
        assert close(sql_below, below)
        if _tiny(below):
            continue
        assert close(sql_value, value)
        state = month.state[0, 0, place]
        if value is None:
            assert state in {State.NO_DATA, State.NOT_APPLICABLE}
        elif state != State.NOT_APPLICABLE and not item.is_count:
            assert state in {State.OK, State.SMALL_BASE}
        if state in {State.OK, State.SMALL_BASE}:
            assert close(month.numerator[0, 0, place], above)
            assert close(month.denominator[0, 0, place], below)
            assert close(month.value[0, 0, place], value)


def evaluated(item: Definition, board: FakeBoard) -> Values:
    """The board's values of the month to date. Shape: [1, 1, area]."""
    for part in Evaluator(Catalogue.of((item,)), REFERENCE).evaluate(board):
        if PERIODS.index("mtd") in part.periods:
            column = min(part.periods.index(PERIODS.index("mtd")), part.values.value.shape[1] - 1)
            shape = (1, 1, len(REFERENCE.areas))
            wide = Values(
                *(np.full(shape, np.nan) for _ in range(3)),
                np.zeros(shape, dtype=np.uint8),
                np.full(shape, State.NOT_APPLICABLE, dtype=np.uint8),
            )
            for field in fields(Values):
                getattr(wide, field.name)[0, 0, part.areas] = getattr(part.values, field.name)[0, column]
            return wide
    raise AssertionError("no month to date")


def _tiny(below: float | None) -> bool:
    """Zero but for rounding: whether a quotient exists then depends on the order of additions."""
    return below is not None and abs(below) < 1e-6 and below != 0


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cases=st.lists(st.tuples(st.integers(0, DURATION_BINS - 1), st.integers(1, 400)), max_size=6),
    share=st.sampled_from([0.1, 0.25, 0.5, 0.9, 0.99]),
)
def test_quantiles_by_sql_and_by_arrays_agree(
    template: Definition, connection: duckdb.DuckDBPyConnection, cases: list[tuple[int, int]], share: float
) -> None:
    connection.execute(f"use of{SEEDS[-1]}")
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
