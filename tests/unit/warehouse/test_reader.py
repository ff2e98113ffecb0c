from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.helpers.oracle import above
from tests.helpers.store import EVERYBODY, Store, batch, open_store
from tests.helpers.strategies import event, table
from tests.helpers.tiny_state import AREAS, CLOCK_AT, RULES, at, local_day, series_area_of
from warehouse.batch import CASE_SCHEMA, CELL_BIN_SCHEMA, CELL_DAY_SCHEMA, CELL_SCHEMA, GAUGE_SCHEMA, SilentListener
from warehouse.errors import AccessError, DataError, StorageBusyError
from warehouse.key import text_keys
from warehouse.principal import Principal
from warehouse.query import QUERIES, SORTS, VIEWS, WORK_BY, Kind, Scope, parameters_in
from warehouse.reader import Reader

NOW = CLOCK_AT
TODAY = local_day(NOW)
COLLECTOR = Principal("collector", "collector", frozenset({"T-a"}))
NOBODY = Principal("nobody", "none")
LEAVES = [code for code in AREAS if code.count("-") == 3]


def some_cases(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """Cases of every kind, opened in the last sixty days."""
    chance = random.Random(seed)
    return [_case(number, chance) for number in range(count)]


def _case(number: int, chance: random.Random) -> dict[str, Any]:
    opened_at = NOW - timedelta(minutes=chance.randrange(60 * 24 * 60))
    closed_at = opened_at + timedelta(minutes=chance.randrange(30 * 24 * 60))
    status = chance.choice(["open", "decided", "decided", "withdrawn", "unopened"] if closed_at <= NOW else ["open"])
    due_at = chance.choice([None, opened_at + timedelta(minutes=chance.randrange(20 * 24 * 60))])
    paused_at = opened_at + timedelta(days=chance.randrange(9)) if status == "open" and chance.random() < 0.2 else None
    row = dict.fromkeys(CASE_SCHEMA.names) | {
        "case_id": f"C{number:04}", "source": chance.choice(["ksmart", "edesk"]), "status": status,
        "due_stated": False, "paused_s": 0, "reopened": int(chance.random() < 0.1), "last_event_at": opened_at,
        "office": chance.choice(["o1", "o2", None]), "post": chance.choice(["p1", "p2"]),
    }  # fmt: skip
    if status == "unopened":
        return row
    row |= {"service": chance.choice(list(RULES)), "area": chance.choice([*LEAVES, "T-b", "T"]), "opened_at": opened_at}
    row |= {"opened_day": local_day(opened_at), "due_at": due_at, "paused_at": paused_at}
    if status == "decided":
        row |= {"decided_at": closed_at, "decided_day": local_day(closed_at), "outcome": "approved"}
    if status == "withdrawn":
        row |= {"withdrawn_day": local_day(closed_at)}
    return row


def put(store: Store, name: str, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    given = pa.Table.from_pylist(rows, schema=schema)
    if name == "case":
        given = given.append_column("case_key", pa.array(text_keys(given["case_id"])))
        given = given.append_column("number", pa.array(range(given.num_rows), pa.uint32()))

    def insert(connection: Any) -> None:
        connection.register("rows_of_test", given)
        connection.execute(f'insert into "{name}" select * from rows_of_test')
        connection.unregister("rows_of_test")

    store.writer.run(insert)


def day_cells(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for case in cases:
        for day, name in ((case["opened_day"], "received"), (case["decided_day"], "decided")):
            if day is not None:
                zeros = dict.fromkeys(CELL_DAY_SCHEMA.names, 0)
                rows.append(zeros | {"day": day, "subject": case["service"], "area": case["area"], name: 1})
    return rows


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    return some_cases(400)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, cases: list[dict[str, Any]]) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("store")) as built:
        put(built, "case", cases, CASE_SCHEMA)
        cells = day_cells(cases)
        coarse = [one | {"area": series_area_of(one["area"])} for one in cells]
        put(built, "cell_day", coarse, CELL_DAY_SCHEMA)
        horizon = TODAY - timedelta(days=30)
        spans = [one | {"span_kind": "d", "span_start": one["day"]} for one in cells if one["day"] >= horizon]
        put(built, "cell", [{name: one[name] for name in CELL_SCHEMA.names} for one in spans], CELL_SCHEMA)
        put(built, "gauge", [
            {"metric": "beds", "asset": asset, "area": area, "read_at": NOW, "event_id": asset, "value": 2.0}
            for asset, area in (("H1", "T-a-x-1"), ("H2", "T-b"))
        ], GAUGE_SCHEMA)  # fmt: skip
        bins = (
            ("permit", "T-a-x-1", 0, 3, 2),
            ("permit", "T-b", 40, 3, 4),
            ("file", "T-a", 40, 7, 1),
            ("file", "T-a", 9, 7, -1),
        )
        put(built, "cell_bin", [
            {"span_kind": "d", "span_start": TODAY - timedelta(days=back), "subject": subject, "area": area,
             "bin": bin_, "cases": count}
            for subject, area, back, bin_, count in bins
        ], CELL_BIN_SCHEMA)  # fmt: skip
        built.writer.run(lambda connection: connection.execute(
            "insert into setting values ('day_horizon', $1)", [horizon.isoformat()]).complete())  # fmt: skip
        told = [
            event("a", "ksmart", "case.opened", at(date(2025, 4, 1)), case_id="X", area="T-a-x-1", service="file"),
            event("b", "ksmart", "reading.taken", at(date(2025, 4, 2)), metric="beds", area="T-b", value=1.0, digest=1),
            event("c", "edesk", "case.opened", at(date(2025, 4, 3)), case_id="Y", area=None, service="plain", digest=2),
            event("d", "ksmart", "case.decided", at(date(2025, 4, 4)), case_id="X", outcome="approved", digest=3),
            event("e", "ksmart", "event.corrected", at(date(2025, 4, 5)), ref="d", outcome="rejected", digest=4),
        ]
        built.writer.commit(batch(table(told)), SilentListener())
        yield built


def inside(case: dict[str, Any], area: str) -> bool:
    return case["area"] is not None and area in above(case["area"])


def is_overdue(case: dict[str, Any]) -> bool:
    due, paused = case["due_at"], case["paused_at"]
    return case["status"] == "open" and due is not None and due < NOW and not (paused and paused <= due)


MATCHES = {
    "overdue": is_overdue,
    "due48": lambda case: (
        case["status"] == "open" and case["due_at"] is not None
        and not (case["paused_at"] and case["paused_at"] <= case["due_at"])
        and NOW <= case["due_at"] <= NOW + timedelta(hours=48)
    ),
    "paused": lambda case: case["status"] == "open" and case["paused_at"] is not None,
    "reopened": lambda case: case["status"] == "open" and case["reopened"] > 0,
    "undated": lambda case: case["status"] == "open" and case["due_at"] is None,
    "open": lambda case: case["status"] == "open",
    "all": lambda case: case["status"] != "unopened",
    "received": lambda case: case["status"] != "unopened",
    "decided": lambda case: case["status"] == "decided",
    "in_time": lambda case: MATCHES["dated"](case) and case["decided_at"] <= case["due_at"],
    "late": lambda case: MATCHES["dated"](case) and case["decided_at"] > case["due_at"],
    "dated": lambda case: case["status"] == "decided" and bool(case["due_at"]),
    "approved": lambda case: case["status"] == "decided" and case["outcome"] == "approved",
    "rejected": lambda case: case["status"] == "decided" and case["outcome"] == "rejected",
}  # fmt: skip


@pytest.mark.parametrize("filters", [{}, {"area": "T-a"}, {"service": "file"}, {"source": "edesk", "area": "T-b"}])
def test_counts_are_those_of_the_rows(store: Store, cases: list[dict[str, Any]], filters: dict[str, str]) -> None:
    rows = [
        case for case in cases
        if inside(case, filters.get("area", case["area"] or "T")) or "area" not in filters
        if all(case[name] == value for name, value in filters.items() if name != "area")
    ]  # fmt: skip
    opened = [case for case in rows if case["status"] != "unopened"]
    decided = [case for case in rows if case["status"] == "decided"]
    (counts,) = store.ask("case_counts", **filters)
    assert counts == {
        "total": len(opened),
        "open": sum(case["status"] == "open" for case in rows),
        "decided": len(decided),
        "decided_in_time": sum(case["due_at"] is not None and case["decided_at"] <= case["due_at"] for case in decided),
        "decided_late": sum(case["due_at"] is not None and case["decided_at"] > case["due_at"] for case in decided),
        "overdue": sum(map(is_overdue, rows)),
        "paused": sum(map(MATCHES["paused"], rows)),
        "reopened": sum(case["reopened"] > 0 for case in opened),
        "without_due": sum(case["due_at"] is None for case in opened),
        "withdrawn": sum(case["status"] == "withdrawn" for case in rows),
        "unopened": len(rows) - len(opened),
    }


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_lists_its_cases_page_by_page(store: Store, cases: list[dict[str, Any]], view: str) -> None:
    wanted = {case["case_id"] for case in cases if MATCHES[view](case)}
    found: list[dict[str, Any]] = []
    while page := store.ask("case_list", view=view, limit=30, offset=len(found)):
        assert {row["of"] for row in page} == {len(wanted)}
        found += page
    assert len(found) == len(wanted)
    assert {row["case_id"] for row in found} == wanted
    dues = [row["due_at"] for row in found if row["due_at"]]
    assert dues == sorted(dues)
    for row in found:
        assert row["late_s"] == late_s(row, NOW)


def late_s(case: dict[str, Any], now: datetime) -> int | None:
    """Whole seconds past the limit, now or at the decision; None where it is not late or ended otherwise."""
    until, due_at, paused_at = case["decided_at"] or now, case["due_at"], case["paused_at"]
    stands_still = paused_at is not None and due_at is not None and paused_at <= due_at
    if due_at is None or due_at >= until or stands_still or case["status"] == "withdrawn":
        return None
    return (until - due_at) // timedelta(seconds=1)


def test_flows_are_listed_for_the_days_of_opening_or_decision(store: Store, cases: list[dict[str, Any]]) -> None:
    for column, view in (("opened", "received"), ("decided", "decided")):
        days = sorted(case[f"{column}_day"] for case in cases if MATCHES[view](case))
        first, last = days[len(days) // 4], days[3 * len(days) // 4]
        given = {f"{column}_from": first, f"{column}_to": last}
        rows = store.ask("case_list", view=view, limit=10_000, **given)
        wanted = {case["case_id"] for case in cases if MATCHES[view](case) and first <= case[f"{column}_day"] <= last}
        assert {row["case_id"] for row in rows} == wanted
        assert 0 < len(wanted) < len(days)


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_gives_the_same_cases(store: Store, cases: list[dict[str, Any]], sort: str) -> None:
    rows = store.ask("case_list", view="open", sort=sort, limit=10_000)
    assert {row["case_id"] for row in rows} == {case["case_id"] for case in cases if case["status"] == "open"}
    if sort == "oldest":
        assert [row["opened_at"] for row in rows] == sorted(row["opened_at"] for row in rows)
    if sort == "past":
        late = [case for case in cases if is_overdue(case)]
        assert [row["due_at"] for row in rows[: len(late)]] == sorted(case["due_at"] for case in late)


def test_lists_filter_by_area_services_and_office(store: Store, cases: list[dict[str, Any]]) -> None:
    rows = store.ask("case_list", view="open", area="T-a", services=["file", "plain"], office="o1", limit=1000)
    wanted = [
        case["case_id"] for case in cases
        if case["status"] == "open" and inside(case, "T-a") and case["service"] in ("file", "plain")
        and case["office"] == "o1"
    ]  # fmt: skip
    assert sorted(row["case_id"] for row in rows) == sorted(wanted)
    assert store.ask("case_list", view="open", services=[]) == []


def test_holders_add_up_to_the_list(store: Store) -> None:
    holders = store.ask("holders", view="overdue", limit=100)
    total = store.ask("case_list", view="overdue", limit=1)[0]["of"]
    assert sum(one["cases"] for one in holders) == total
    assert [one["cases"] for one in holders] == sorted((one["cases"] for one in holders), reverse=True)
    late_s = sum(row["late_s"] for row in store.ask("case_list", view="overdue", limit=10_000))
    assert sum(one["late_s_sum"] for one in holders) == late_s
    assert {one["of"] for one in holders} == {3}  # two offices, and cases that nobody holds
    assert None in {one["office"] for one in holders}


@pytest.mark.parametrize("by", WORK_BY)
def test_work_is_that_of_the_cases_whatever_a_row_is_about(store: Store, cases: list[dict[str, Any]], by: str) -> None:
    since = TODAY - timedelta(days=20)
    rows = store.ask("work", by=by, from_day=since, to_day=TODAY)
    names = [name for name in ("office", "post", "service") if name in rows[0]]
    found = {tuple(row[name] for name in names): row for row in rows}
    assert len(found) == len(rows)
    for key, row in found.items():
        own = [one for one in cases if tuple(one[name] for name in names) == key]
        decided = [one for one in own if one["decided_day"] and since <= one["decided_day"] <= TODAY]
        counts = {"open": "open", "overdue": "overdue", "due_48h": "due48", "paused": "paused"}
        assert {name: row[name] for name in counts} == {
            name: sum(bool(MATCHES[view](one)) for one in own) for name, view in counts.items()
        }
        assert row["dated"] == sum(MATCHES["dated"](one) for one in decided)
        assert row["in_time"] == sum(MATCHES["in_time"](one) for one in decided)
        late = [one["due_at"] for one in own if is_overdue(one)]
        assert row["oldest_due_at"] == min(late, default=None)
        assert row["late_s_sum"] == sum((NOW - due_at) // timedelta(seconds=1) for due_at in late)
    order = [(-row["overdue"], -row["late_s_sum"], -row["open"]) for row in rows]
    assert order == sorted(order)


def test_nothing_overdue_is_zero_where_no_case_has_a_limit(store: Store) -> None:
    filled = {"case_id": "W", "source": "s", "area": "T-a-x-1", "office": "o9", "status": "open", "opened_at": NOW,
              "due_stated": False, "paused_s": 0, "reopened": 0, "last_event_at": NOW}  # fmt: skip
    put(store, "case", [dict.fromkeys(CASE_SCHEMA.names) | filled], CASE_SCHEMA)
    try:
        (row,) = store.ask("work", office="o9", from_day=TODAY, to_day=TODAY)
        counts = ("open", "overdue", "due_48h", "paused", "dated", "in_time", "late_s_sum")
        assert [row[name] for name in counts] == [1, 0, 0, 0, 0, 0, 0]
        assert row["oldest_due_at"] is None
    finally:
        store.writer.run(lambda connection: connection.execute("delete from \"case\" where case_id = 'W'").complete())


def test_work_of_some_offices_and_posts(store: Store) -> None:
    span = {"from_day": TODAY, "to_day": TODAY}
    assert [one["office"] for one in store.ask("work", offices=["o1", "none"], **span)] == ["o1"]
    seats = store.ask("work", by="seat", office="o2", post="p1", **span)
    assert [(one["office"], one["post"]) for one in seats] == [("o2", "p1")]
    inside_a = store.ask("work", area="T-a", services=["file"], **span)
    assert sum(one["open"] for one in inside_a) == store.ask("case_counts", area="T-a", service="file")[0]["open"]


def test_hours_ahead_add_up_to_what_is_due(store: Store, cases: list[dict[str, Any]]) -> None:
    hours = store.ask("due_by_hour", hours=48)
    assert len(hours) == 48
    assert hours[0]["hour_at"] == NOW
    assert sum(one["cases"] for one in hours) == sum(
        MATCHES["due48"](case) and case["due_at"] < NOW + timedelta(hours=48) for case in cases
    )
    assert len(store.ask("due_by_hour", hours=5, area="T-a")) == 5


def stood(case: dict[str, Any], day: date) -> tuple[bool, bool, bool]:
    """Open, overdue and due on the next two days at the end of a day (today: now)."""
    closed = case["decided_day"] or case["withdrawn_day"]
    is_open = case["status"] != "unopened" and case["opened_day"] <= day and (closed is None or closed > day)
    due, paused = case["due_at"], case["paused_at"]
    if not is_open or due is None or (paused and paused <= due):
        return is_open, False, False
    is_late = due < NOW if day == TODAY else local_day(due) <= day
    due_day = max(local_day(due), TODAY + timedelta(days=1)) if due >= NOW else local_day(due)
    return True, is_late, not is_late and due_day - day <= timedelta(days=2)


@pytest.mark.parametrize("step_days", [1, 7, 10])
def test_series_are_those_of_every_day(store: Store, cases: list[dict[str, Any]], step_days: int) -> None:
    areas, services = ["T", "T-a", "T-b-z", "T-a-x-1"], ["file", "permit", "plain"]
    begin, horizon = TODAY - timedelta(days=44), TODAY - timedelta(days=30)
    series = store.ask("series", areas=areas, services=services, from_day=begin, to_day=TODAY, step_days=step_days)
    assert [one["area"] for one in series][:: len(series) // len(areas)] == areas
    assert {one["day"] for one in series} == {
        TODAY - timedelta(days=back * step_days) for back in range((44 + step_days) // step_days)
    }
    for one in series:
        rows = [case for case in cases if inside(case, one["area"]) and case["service"] in services]
        start = max(begin, one["day"] - timedelta(days=step_days - 1))
        received = sum(start <= case["opened_day"] <= one["day"] for case in rows)
        decided = sum(case["decided_day"] is not None and start <= case["decided_day"] <= one["day"] for case in rows)
        is_known = one["area"] != "T-a-x-1" or start >= horizon
        assert (one["received"], one["decided"]) == ((received, decided) if is_known else (None, None)), one
        stocks = [stood(case, one["day"]) for case in rows]
        found = tuple(sum(place) for place in zip(*stocks, strict=True))
        assert (one["open"], one["overdue"], one["due_48h"]) == found, one


@pytest.mark.parametrize("back", [1, 2, 7, 30])
def test_stocks_of_each_service_are_those_of_the_series(store: Store, cases: list[dict[str, Any]], back: int) -> None:
    day = TODAY - timedelta(days=back)
    for area in ("T", "T-a"):
        found = {one["service"]: one for one in store.ask("service_stocks", area=area, on_day=day)}
        for service in {case["service"] for case in cases if case["service"]}:
            at = store.ask("series", areas=[area], services=[service], from_day=day, to_day=day)[0]
            mine = found.get(service, dict.fromkeys(("open", "overdue", "due_48h"), 0))
            assert [mine[name] for name in ("open", "overdue", "due_48h")] == [
                sum(state)
                for state in zip(
                    *(stood(case, day) for case in cases if case["service"] == service and inside(case, area)),
                    strict=True,
                )
            ], (service, at)
        late_s = sum(row["late_s"] for row in store.ask("case_list", view="overdue", area=area, limit=10_000))
        assert sum(one["late_s"] for one in found.values()) == late_s


def test_open_cases_by_age_add_up(store: Store, cases: list[dict[str, Any]]) -> None:
    for services in (None, ["file", "permit"]):
        ages = store.ask("open_ages", area="T-a", services=services)
        rows = [case for case in cases if case["status"] == "open" and inside(case, "T-a")]
        rows = [case for case in rows if services is None or case["service"] in services]
        assert sum(one["cases"] for one in ages) == len(rows)
        assert sum(one["overdue"] for one in ages) == sum(MATCHES["overdue"](case) for case in rows)
        assert {one["age_days"] for one in ages} == {(TODAY - case["opened_day"]).days for case in rows}


def test_decision_times_of_some_services_add_up(store: Store) -> None:
    span = {"from_day": TODAY - timedelta(days=60), "to_day": TODAY}
    every = {one["bin"]: one["cases"] for one in store.ask("decision_bins", **span)}
    assert every == {3: 6}, "a bin whose deltas cancel out is not there"
    assert store.ask("decision_bins", **span, area="T-b", services=["file"]) == []
    assert store.ask("decision_bins", **span, area="T-a", services=["permit"]) == [{"bin": 3, "cases": 2}]
    assert store.ask("decision_bins", from_day=TODAY, to_day=TODAY) == [{"bin": 3, "cases": 2}]


def test_who_has_reported(store: Store, cases: list[dict[str, Any]]) -> None:
    rows = store.ask("reporting", from_day=TODAY + timedelta(days=1))
    opened = {(case["service"], case["area"]) for case in cases if case["status"] == "open"}
    assert {(one["subject"], one["area"]) for one in rows if one["assets"] is None} == opened
    assert {(one["subject"], one["area"]): one["assets"] for one in rows if one["assets"] is not None} == {
        ("beds", "T-a-x-1"): 1, ("beds", "T-b"): 1,
    }  # fmt: skip
    mine = store.reader.query("reporting", COLLECTOR, from_day=TODAY).to_pylist()
    assert mine
    assert all(one["area"].startswith("T-a") for one in mine)


def test_the_oldest_open_case_of_each_area(store: Store, cases: list[dict[str, Any]]) -> None:
    for one in store.ask("oldest_open", areas=["T-b", "T-a-x"]):
        rows = [case for case in cases if case["status"] == "open" and inside(case, one["area"])]
        oldest = min(rows, key=lambda case: (case["opened_at"], case["case_id"]))
        assert (one["case_id"], one["open"], one["due_at"]) == (oldest["case_id"], len(rows), oldest["due_at"])


def test_recent_events_come_newest_first(store: Store) -> None:
    assert [one["event_id"] for one in store.ask("recent_events")] == ["e", "d", "c", "b", "a"]
    assert [one["event_id"] for one in store.ask("recent_events", limit=2, kinds=["case.opened"])] == ["c", "a"]
    assert [one["event_id"] for one in store.ask("recent_events", area="T-a")] == ["a"]
    assert [one["event_id"] for one in store.ask("recent_events", subjects=["beds", "plain"])] == ["c", "b"]


def test_a_case_and_all_that_was_told_of_it(store: Store, cases: list[dict[str, Any]]) -> None:
    assert store.ask("case", case_id="C0001") == [cases[1]]
    assert store.ask("case", case_id="none") == []
    put(store, "case", [dict.fromkeys(CASE_SCHEMA.names) | {
        "case_id": "X", "source": "s", "area": "T-a-x-1", "status": "unopened", "due_stated": False, "paused_s": 0,
        "reopened": 0, "last_event_at": NOW,
    }], CASE_SCHEMA)  # fmt: skip
    try:
        assert [one["event_id"] for one in store.ask("case_events", case_id="X")] == ["a", "d", "e"]
        assert store.reader.query("case_events", COLLECTOR, case_id="X").num_rows == 3
        other = Principal("b", "collector", frozenset({"T-b"}))
        assert store.reader.query("case_events", other, case_id="X").num_rows == 0
        assert store.reader.query("case", other, case_id="X").num_rows == 0
    finally:
        store.writer.run(lambda connection: connection.execute("delete from \"case\" where case_id = 'X'").complete())


def test_gauges_by_metric_and_area(store: Store) -> None:
    assert [one["asset"] for one in store.ask("gauges", metric="beds")] == ["H1", "H2"]
    assert [one["asset"] for one in store.ask("gauges", area="T-a")] == ["H1"]


def everything(query: str) -> dict[str, Any]:
    """Parameters that make a query answer as much as it can."""
    values = {"areas": ["T-a"], "case_id": "C0001", "metric": "beds", "limit": 10_000}
    values |= {"from_day": TODAY - timedelta(days=60), "to_day": TODAY, "view": "all"}
    needed = {"area": "T-a", "indicator": "i", "period": "mtd", "subjects": ["beds"], "since": NOW, "on_day": TODAY}
    needed |= {"review": "2025-04-16"}
    told = QUERIES[query]
    known = {*told.needed, *told.optional, *told.defaults}
    return {name: value for name, value in values.items() if name in known} | {
        name: value for name, value in needed.items() if name in told.needed
    }


AREA_QUERIES = [name for name, query in QUERIES.items() if query.scope is Scope.AREA]


@pytest.mark.parametrize("name", AREA_QUERIES)
def test_rows_outside_the_scope_do_not_exist(store: Store, name: str) -> None:
    for row in store.reader.query(name, COLLECTOR, **everything(name)).to_pylist():
        assert row.get("area", "T-a").startswith("T-a"), row
    if {"area", "areas"} & QUERIES[name].needed.keys():
        return
    for row in store.reader.query(name, NOBODY, **everything(name)).to_pylist():
        numbers = [value for value in row.values() if isinstance(value, int)]
        assert not any(numbers), row


def test_a_collector_counts_their_own_district(store: Store) -> None:
    own = store.reader.query("case_counts", COLLECTOR).to_pylist()
    assert own == store.ask("case_counts", area="T-a")
    assert own[0]["total"] < store.ask("case_counts")[0]["total"]


@pytest.mark.parametrize(
    "name", [name for name in AREA_QUERIES if "area" in {*QUERIES[name].needed, *QUERIES[name].optional}]
)
def test_an_area_outside_the_scope_is_refused_not_empty(store: Store, name: str) -> None:
    for area in ("T-b", "T"):
        with pytest.raises(AccessError):
            store.reader.query(name, COLLECTOR, **everything(name) | {"area": area})
    store.reader.query(name, COLLECTOR, **everything(name) | {"area": "T-a-x"})
    with pytest.raises(AccessError):
        store.reader.query(name, NOBODY, **everything(name) | {"area": "T-a"})


@pytest.mark.parametrize("name", [name for name in AREA_QUERIES if "areas" in QUERIES[name].needed])
def test_one_area_outside_the_scope_refuses_the_list(store: Store, name: str) -> None:
    with pytest.raises(AccessError):
        store.reader.query(name, COLLECTOR, **everything(name) | {"areas": ["T-a", "T-b"]})


@pytest.mark.parametrize("name", [name for name, query in QUERIES.items() if query.scope is Scope.STATE])
def test_what_is_about_the_state_is_not_for_a_district(store: Store, name: str) -> None:
    with pytest.raises(AccessError):
        store.reader.query(name, COLLECTOR)


EVIL = ["' or 1=1 --", '"; drop table event; --', "$area", "T'", "x" * 500, "\x00", "%", "[]"]


@pytest.mark.parametrize("evil", EVIL)
def test_values_are_never_read_as_sql(store: Store, evil: str) -> None:
    before = store.count("event")
    for name in ("case_counts", "case_list", "holders"):
        for parameter in ("service", "office", "source"):
            rows = store.ask(name, **{parameter: evil})
            assert not rows or name == "case_counts"
    assert store.ask("case", case_id=evil) == []
    assert store.ask("case_list", services=[evil]) == []
    for wrong in ({"sort": evil}, {"view": evil}, {"area": evil}, {evil: "x"}, {"limit": evil}):
        with pytest.raises(DataError):
            store.ask("case_list", **wrong)
    with pytest.raises(DataError):
        store.ask(evil)
    assert store.count("event") == before


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("case_list", {"limit": 10_001}, "limit must be a whole number from 0 to 10,000"),
        ("case_list", {"limit": True}, "limit must be"),
        ("case_list", {"offset": -1}, "offset must be"),
        ("case_list", {"now": "yesterday"}, "now must be an instant with its offset"),
        ("case_list", {"now": datetime(2025, 1, 1)}, "now must be an instant"),  # noqa: DTZ001
        ("case_list", {"services": "file"}, "services must be a list of texts"),
        ("case_list", {"services": [1]}, "services must be a list of texts"),
        ("case_list", {"service": "x" * 501}, "service must be text"),
        ("case_list", {"colour": "red"}, "no parameter 'colour'; it takes"),
        ("series", {"areas": ["T"]}, "needs from_day, to_day"),
        ("series", {"areas": ["T"], "from_day": TODAY, "to_day": TODAY, "step_days": 0}, "step_days is at least 1"),
        ("series", {"areas": ["T"], "from_day": date(1900, 1, 1), "to_day": date(2900, 1, 1)}, "too many at once"),
        ("series", {"areas": ["T"], "from_day": NOW, "to_day": TODAY}, "from_day must be a date"),
        ("series", {"areas": ["nowhere"], "from_day": TODAY, "to_day": TODAY}, "there is no area 'nowhere'"),
    ],
)
def test_a_wrong_parameter_is_named(store: Store, name: str, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        store.ask(name, **wrong)
    assert message in str(caught.value)


def test_instants_and_days_may_be_texts(store: Store) -> None:
    assert store.ask("case_counts", now=NOW.isoformat()) == store.ask("case_counts", now=NOW)
    day = TODAY.isoformat()
    assert store.ask("series", areas=["T"], from_day=day, to_day=day)[0]["day"] == TODAY


def test_a_query_that_takes_too_long_is_interrupted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = Reader(store.database, store.lookups, store.clock, most_seconds=0.2)
    with monkeypatch.context() as patch:
        endless = "select count(*) from range(1000000) a, range(1000000) b where hash(a.range, b.range) = 1"
        patch.setattr("warehouse.query._text", lambda name: endless)
        with pytest.raises(StorageBusyError, match="could not finish"):
            hasty.query("gauges", EVERYBODY)
    assert store.ask("gauges")


def test_every_query_has_its_text_and_only_declared_parameters() -> None:
    derived = {"until", "today", "key", "low", "scope", "spans", "first_end"}
    for query in QUERIES.values():
        values: dict[str, Any] = dict.fromkeys((*query.needed, *query.optional), "x")
        values |= {name: default for name, (_, default) in query.defaults.items()}
        if "view" in values:
            values["view"] = "open"
        text = query.text(values, in_scope=query.scope is Scope.AREA)
        assert parameters_in(text) <= set(values) | derived, query.name
        assert query.scope is not Scope.AREA or "$scope" in text, f"{query.name} does not limit its rows"
        assert all(kind is not Kind.ANY for kind in query.needed.values()) or query.name.startswith(("verify", "board"))


#: Views of lists and what counts the same.
COUNTED = {"all": "total", "open": "open", "decided": "decided", "late": "decided_late", "overdue": "overdue",
           "paused": "paused", "in_time": "decided_in_time"}  # fmt: skip


def test_counts_and_lists_as_of_an_instant_follow_from_the_events(tmp_path: Path) -> None:
    opened = datetime(2025, 4, 1, 6, tzinfo=UTC)
    told = [
        event("1", "k", "case.opened", opened, case_id="A", service="file", area="T-a-x-1", digest=1),
        event("2", "k", "case.paused", opened + timedelta(hours=10), case_id="A", digest=2),
        event("3", "k", "case.resumed", opened + timedelta(hours=20), case_id="A", digest=3),
        event("4", "k", "case.decided", opened + timedelta(hours=50), case_id="A", outcome="approved", digest=4),
        event("5", "k", "case.reopened", opened + timedelta(hours=60), case_id="A", digest=5),
        event("6", "k", "case.opened", opened, case_id="B", service="plain", area="T-b", digest=6),
        event("7", "k", "case.moved", opened, case_id="C", digest=7),
    ]  # limit of file: 30 hours, so due after 40 hours
    names = ("total", "open", "decided", "decided_late", "overdue", "paused", "reopened", "without_due", "unopened")
    with open_store(tmp_path) as store:
        store.writer.commit(batch(table(told)), SilentListener())
        for hours, counts in {
            -1: (0, 0, 0, 0, 0, 0, 0, 0, 0),
            0: (2, 2, 0, 0, 0, 0, 0, 1, 1),
            15: (2, 2, 0, 0, 0, 1, 0, 1, 1),
            35: (2, 2, 0, 0, 0, 0, 0, 1, 1),
            45: (2, 2, 0, 0, 1, 0, 0, 1, 1),
            55: (2, 1, 1, 1, 0, 0, 0, 1, 1),
            65: (2, 2, 0, 0, 1, 0, 1, 1, 1),
        }.items():
            now = opened + timedelta(hours=hours)
            (row,) = store.ask("case_counts", on=now)
            assert tuple(row[name] for name in names) == counts, hours
            for view, name in COUNTED.items():
                listed = store.ask("case_list", on=now, view=view)
                assert len(listed) == row[name], (hours, view)
                assert {one["of"] for one in listed} <= {row[name]}
                assert [one["late_s"] for one in listed] == [late_s(one, now) for one in listed]
        (row,) = store.ask("case_counts", on=opened + timedelta(hours=55), area="T-a")
        assert row["total"] == 1
        (decided,) = store.ask("case_list", on=opened + timedelta(hours=55), view="decided", area="T-a")
        assert decided["late_s"] == (decided["decided_at"] - decided["due_at"]) // timedelta(seconds=1) > 0
        assert len(store.reader.query("case_list", COLLECTOR, on=NOW, view="all")) == 1
        assert store.reader.query("case_counts", COLLECTOR, on=NOW).to_pylist()[0]["total"] == 1


def test_answers_by_rating_are_those_that_corrections_and_retractions_leave(tmp_path: Path) -> None:
    noon = at(date(2025, 4, 2), 12)
    told = [
        event("1", "k", "case.opened", noon, case_id="A", service="file", area="T-a-x-1", digest=1),
        event("2", "k", "feedback.given", noon, case_id="A", rating=5, digest=2),
        event("3", "k", "feedback.given", noon, service="file", area="T-b", rating=1, digest=3),
        event("4", "k", "feedback.given", noon, service="file", area="T-a-x-1", rating=2, digest=4),
        event("5", "k", "feedback.given", noon, service="permit", area="T-a-x-1", rating=2, digest=5),
        event("6", "k", "feedback.given", noon, case_id="nobody's", rating=3, digest=6),
        event("7", "k", "event.corrected", noon, ref="4", rating=4, digest=7),
        event("8", "k", "event.retracted", noon, ref="5", digest=8),
        event("9", "k", "feedback.given", noon - timedelta(days=1), service="file", area="T-b", rating=1, digest=9),
    ]
    span = {"from_day": date(2025, 4, 2), "to_day": date(2025, 4, 2)}
    case = dict.fromkeys(CASE_SCHEMA.names) | {
        "case_id": "A", "source": "k", "service": "file", "area": "T-a-x-1", "status": "open", "due_stated": False,
        "paused_s": 0, "reopened": 0, "opened_at": noon, "opened_day": date(2025, 4, 2), "last_event_at": noon,
    }  # fmt: skip
    with open_store(tmp_path) as store:
        store.writer.commit(batch(table(told)), SilentListener())
        put(store, "case", [case], CASE_SCHEMA)

        def counts(**narrowed: object) -> dict[int, int]:
            return {row["rating"]: row["answers"] for row in store.ask("ratings", **span, **narrowed)}

        assert counts() == {1: 1, 4: 1, 5: 1}
        assert counts(area="T-a") == {4: 1, 5: 1}
        assert counts(services=["permit"]) == {}
