"""Rows become events as the mapping says; what cannot be taken is refused with reason, field and words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from ingest.decode import decode
from ingest.reason import MEANINGS, Reason
from tests.helpers.rows import CASES, NOW, READINGS, assert_accounted, decoded, events, mapping, refused, table
from warehouse.batch import BATCH_SCHEMA
from warehouse.event import REJECTED_SCHEMA

OPENED = {"id": "1", "opened": "2026-04-01 10:00:00"}


def one(text: str, **row: str) -> dict[str, object]:
    """The only event of one row."""
    result = decoded(text, row)
    assert refused(result) == []
    assert len(events(result)) == 1
    return events(result)[0]


def test_a_row_gives_an_event_per_moment_in_the_order_of_the_rows() -> None:
    result = decoded(
        CASES,
        {**OPENED, "closed": "2026-04-02 10:00:00", "result": "ok", "due": "2026-04-03 00:00:00"},
        {**OPENED, "id": "2"},
    )
    assert result.events.schema == BATCH_SCHEMA
    assert result.rejected.schema == REJECTED_SCHEMA
    assert [(event["kind"], event["case_id"], event["row"]) for event in events(result)] == [
        ("case.opened", "t:1", 0),
        ("case.decided", "t:1", 0),
        ("case.opened", "t:2", 1),
    ]
    opened, closed, undated = events(result)
    assert opened["due_at"] == datetime(2026, 4, 2, 18, 30, tzinfo=UTC)
    assert "due_at" not in undated
    assert closed["outcome"] == "approved"
    assert_accounted(result)


def test_local_times_become_utc_and_days_are_those_of_the_state() -> None:
    event = one(CASES, id="1", opened="2026-04-01 23:30:00")
    assert event["occurred_at"] == datetime(2026, 4, 1, 18, 0, tzinfo=UTC)
    assert event["day"] == date(2026, 4, 1)
    event = one(CASES, id="1", opened="2026-04-01T18:30:00Z")
    assert event["day"] == date(2026, 4, 2)


def test_fields_that_a_kind_does_not_take_are_dropped() -> None:
    result = decoded(CASES, {**OPENED, "closed": "2026-04-02", "result": "ok", "due": "2026-04-03"})
    assert ["due_at" in event for event in events(result)] == [True, False]
    assert ["outcome" in event for event in events(result)] == [False, True]


def test_a_bad_value_refuses_the_whole_row_and_no_other() -> None:
    result = decoded(CASES, {**OPENED, "closed": "yesterday", "result": "ok"}, {**OPENED, "id": "2"})
    assert [event["case_id"] for event in events(result)] == ["t:2"]
    assert refused(result) == [("bad_time", "at")]
    row = result.rejected.to_pylist()[0]
    assert row["detail"].startswith("at 'yesterday' is not a time between 1900 and 2100 in the formats iso")
    assert row["raw"] == '{"opened":"2026-04-01 10:00:00","id":"1","due":"","closed":"yesterday","result":"ok"}'
    assert row["origin"] == "rows:1"
    assert_accounted(result)


def test_a_bad_value_that_no_event_uses_does_no_harm() -> None:
    text = CASES.replace('kind = "case.opened"', 'kind = "case.opened"\nwhen = {column = "result", absent = true}')
    result = decoded(
        text, {"id": "1", "opened": "2026-01-01", "closed": "2026-01-02", "result": "ok", "due": "rubbish"}
    )
    assert [event["kind"] for event in events(result)] == ["case.decided"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": "", "opened": "2026-04-01"}, ("missing", "case_id")),
        ({"id": "1", "opened": ""}, ("no_event", None)),
        ({"id": "1", "opened": "2026-02-30"}, ("bad_time", "at")),
        ({"id": "1", "opened": "01/04/2026"}, ("bad_time", "at")),
        ({"id": "1", "opened": "0001-01-01"}, ("bad_time", "at")),
        ({"id": "1", "opened": "9999-12-31"}, ("bad_time", "at")),
        ({"id": "1", "opened": "2026-11-01 11:41:00"}, ("future", "at")),
        ({"id": "1", "opened": "2026-04-01", "due": "soon"}, ("bad_time", "due_at")),
        ({"id": "1", "opened": "2026-04-01", "closed": "2026-04-02", "result": "maybe"}, ("bad_value", "outcome")),
        ({"id": "1", "opened": "2026-04-01", "closed": "2026-04-02", "result": ""}, ("missing", "outcome")),
        ({"id": "a" * 101, "opened": "2026-04-01"}, ("bad_case", "case_id")),
        ({"id": "a\0b", "opened": "2026-04-01"}, ("bad_case", "case_id")),
        ({"id": "a\u202eb", "opened": "2026-04-01"}, ("bad_case", "case_id")),
    ],
)
def test_reasons_of_case_rows(row: dict[str, str], expected: tuple[str, str | None]) -> None:
    result = decoded(CASES, row)
    assert refused(result) == [expected]
    assert events(result) == []


def test_ten_minutes_ahead_are_allowed_and_targets_may_be_set_for_days_to_come() -> None:
    assert one(CASES, id="1", opened="2026-11-01 11:39:00")["occurred_at"] > NOW
    target = READINGS.replace("reading.taken", "expected.set")
    assert one(target, at="2026-12-01", asset="H", value="5")["kind"] == "expected.set"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"value": "101"}, ("out_of_range", "value")),
        ({"value": "-0.5"}, ("out_of_range", "value")),
        ({"value": "many"}, ("bad_number", "value")),
        ({"value": "NaN"}, ("bad_number", "value")),
        ({"value": "Infinity"}, ("bad_number", "value")),
        ({"value": "1e30"}, ("bad_number", "value")),
        ({"value": "0.0004"}, ("bad_number", "value")),
        ({"value": "1,000"}, ("bad_number", "value")),
        ({"value": ""}, ("no_event", None)),
    ],
)
def test_reasons_of_readings(row: dict[str, str], expected: tuple[str, str | None]) -> None:
    result = decoded(READINGS, {"at": "2026-04-01", "asset": "H1", **row})
    assert refused(result) == [expected]


@pytest.mark.parametrize(("said", "value"), [("0.0005", 0.0005), ("0", 0.0), ("5.55e-17", 5.55e-17)])
def test_the_smallest_reading_and_what_is_left_over_of_a_zero(said: str, value: float) -> None:
    assert one(READINGS, at="2026-04-01", asset="H1", value=said)["value"] == value


#: Two figures of one row, of which the first is often impossible.
SUSPECT = READINGS + 'refuse = "event"' + READINGS.replace('"beds"', '"level_m"').replace('"value"', '"level"')


def test_a_bad_figure_may_be_refused_alone() -> None:
    day = {"at": "2026-04-01", "asset": "H"}
    rows = [
        {"value": "5", "level": "1"},  # all good
        {"value": "101", "level": "2"},  # one bad: the other is taken
        {"value": "many", "level": "3"},
        {"value": "101", "level": ""},  # nothing is left: the row is refused
        {"value": "5", "level": "deep"},  # the other figure refuses the row
        {"value": "101", "level": "deep"},
        {"value": "", "level": "4"},
    ]
    result = decoded(SUSPECT, *(day | row for row in rows))
    assert_accounted(result)
    told = [(event["row"], event["metric"]) for event in events(result)]
    assert told == [(0, "beds"), (0, "level_m"), (1, "level_m"), (2, "level_m"), (6, "level_m")]
    assert refused(result) == [("out_of_range", "value"), ("bad_number", "value"), ("bad_number", "value")]
    skipped = result.skipped.to_pylist()
    assert [(row["reason"], row["origin"]) for row in skipped] == [("out_of_range", "rows:2"), ("bad_number", "rows:3")]
    assert skipped[0]["raw"] == '{"at":"2026-04-01","asset":"H","value":"101"}', "the columns of the figure only"
    again = decoded(SUSPECT, day | {"value": "101", "level": "7"}).skipped.to_pylist()
    assert again[0]["rejected_id"] == skipped[0]["rejected_id"].replace("rows", "") != skipped[1]["rejected_id"]


def test_limits_of_a_range_are_inside_it() -> None:
    assert [one(READINGS, at="2026-04-01", asset="H", value=value)["value"] for value in ("0", "100")] == [0.0, 100.0]


def test_an_empty_measurement_is_no_event_unless_it_is_required() -> None:
    required = READINGS.replace('value = "value"', 'value = "value"\nrequired = true')
    assert refused(decoded(required, {"at": "2026-04-01", "asset": "H", "value": ""})) == [("missing", "value")]
    assert refused(decoded(required, {"at": "", "asset": "H", "value": "1"})) == [("missing", "at")]


def test_a_known_asset_says_its_place_and_a_place_may_be_its_own_asset() -> None:
    placeless = READINGS.replace('area = {const = "KL-idukki"}\n', "")
    assert one(placeless, at="2026-04-01", asset="dam-idukki", value="1")["area"] == "KL-idukki"
    assert refused(decoded(placeless, {"at": "2026-04-01", "asset": "unknown", "value": "1"})) == [("missing", "area")]
    own = READINGS.replace('asset = "asset"\n', "")
    assert one(own, at="2026-04-01", value="1")["asset"] == "KL-idukki"


@pytest.mark.parametrize(
    ("rule", "cell", "area"),
    [
        ('{column = "d", by = "name", level = "district"}', "palakkad", "KL-palakkad"),
        ('{column = "d", by = "name", level = "district"}', " പാലക്കാട് ", "KL-palakkad"),
        ('{column = "d", by = "lgd", level = "district"}', "561", "KL-palakkad"),
        ('{column = "d", by = "name", level = "district", map = {PKD = "KL-palakkad"}}', "PKD", "KL-palakkad"),
        ('{column = "d", map = {P = "KL-palakkad"}, default = "KL"}', "elsewhere", "KL"),
        ('{column = "d", map = {P = "KL-palakkad"}, default = "KL"}', "", "KL"),
        ('{column = "d"}', "KL-idukki", "KL-idukki"),
        ('{column = ["d", "asset"], first_filled = true}', "KL-idukki", "KL-idukki"),
    ],
)
def test_places_by_code_name_number_or_map(rule: str, cell: str, area: str) -> None:
    text = READINGS.replace('{const = "KL-idukki"}', rule)
    assert one(text, at="2026-04-01", asset="H", value="1", d=cell)["area"] == area


@pytest.mark.parametrize(
    "rule",
    [
        '{column = "d", by = "name", level = "district"}',
        '{column = "d", by = "lgd", level = "state"}',
        '{column = "d", map = {P = "KL-palakkad"}}',
        '"d"',
    ],
)
def test_a_place_is_never_guessed(rule: str) -> None:
    text = READINGS.replace('{const = "KL-idukki"}', rule)
    assert refused(decoded(text, {"at": "2026-04-01", "asset": "H", "value": "1", "d": "561x"})) == [
        ("unknown_area", "area")
    ]


def test_assets_are_found_by_name() -> None:
    text = READINGS.replace('"asset"', '{template = "{asset} dam", by = "name"}')
    assert one(text, at="2026-04-01", asset="IDUKKI", value="1")["asset"] == "dam-idukki"
    assert refused(decoded(text, {"at": "2026-04-01", "asset": "Idduki", "value": "1"})) == [("bad_value", "asset")]


@pytest.mark.parametrize(
    ("test", "states"),
    [
        ('equals = "Closed"', ["Closed"]),
        ('in = ["Open", "Closed"]', ["Closed", "Open"]),
        ('not_in = ["Open"]', ["Closed", "", "Closed late"]),
        ('like = "Closed*"', ["Closed", "Closed late"]),
        ('not_like = "*o*"', ["Open", ""]),
        ("present = true", ["Closed", "Open", "Closed late"]),
        ("absent = true", [""]),
    ],
)
def test_conditions(test: str, states: list[str]) -> None:
    text = READINGS.replace('kind = "reading.taken"', f'kind = "reading.taken"\nwhen = {{column = "state", {test}}}')
    text = text.replace('asset = "asset"', 'asset = {template = "A{at}"}')
    rows = [
        {"at": f"2026-04-0{day}", "value": "1", "state": state}
        for day, state in enumerate(["Closed", "Open", "", "Closed late"], 1)
    ]
    result = decoded(text, *rows)
    assert [rows[event["row"]]["state"] for event in events(result)] == states


def test_all_conditions_of_a_list_must_hold() -> None:
    text = READINGS.replace(
        'kind = "reading.taken"',
        'kind = "reading.taken"\nwhen = [{column = "a", present = true}, {column = "b", equals = 1}]',
    )
    rows = [
        {"at": f"2026-04-0{i}", "asset": "H", "value": "1", "a": a, "b": b}
        for i, (a, b) in enumerate(["x1", "x2", " 1"], 1)
    ]
    assert [event["row"] for event in events(decoded(text, *rows))] == [0]


def test_a_column_may_say_the_kind() -> None:
    text = """
    [fields]
    case_id = "id"
    service = {const = "birth"}
    area = {whole_state = true}
    outcome = {const = "approved"}
    [[event]]
    kind = {column = "what", map = {new = "case.opened", done = "case.decided"}}
    at = "at"
    """
    rows = [
        {"id": "1", "what": what, "at": f"2026-04-0{day}"} for day, what in enumerate(["new", "done", "???", ""], 1)
    ]
    result = decoded(text, *rows)
    assert [event["kind"] for event in events(result)] == ["case.opened", "case.decided"]
    assert refused(result) == [("unknown_kind", "kind"), ("missing", "kind")]
    assert "outcome" not in events(result)[0]


def test_the_kind_may_be_written_as_it_is() -> None:
    text = CASES.replace('kind = "case.opened"', 'kind = {column = "k"}')
    assert events(decoded(text, {**OPENED, "k": "case.moved"}))[0]["kind"] == "case.moved"
    assert refused(decoded(text, {**OPENED, "k": "case.lost"})) == [("unknown_kind", "kind")]


MONEY = """
[fields]
case_id = "id"
[[event]]
kind = "amount.recorded"
at = "at"
amount = "amount"
[[event]]
kind = "feedback.given"
at = "at"
rating = "stars"
"""


def test_amounts_are_rupees_and_are_kept_in_paise() -> None:
    event = one(MONEY, id="1", at="2026-04-01", amount="1234.56")
    assert event["amount"] == 123456
    indian = MONEY.replace('"amount"\n[', '{column = "amount", thousands = ","}\n[')
    assert one(indian, id="1", at="2026-04-01", amount="1,23,456.7")["amount"] == 12345670
    assert one(indian, id="1", at="2026-04-01", amount="123,456.7")["amount"] == 12345670
    assert refused(decoded(indian, {"id": "1", "at": "2026-04-01", "amount": "1,2"})) == [("bad_number", "amount")]
    european = MONEY.replace('"amount"\n[', '{column = "amount", decimal = ",", thousands = "."}\n[')
    assert one(european, id="1", at="2026-04-01", amount="1.234,5")["amount"] == 123450
    assert refused(decoded(european, {"id": "1", "at": "2026-04-01", "amount": "1.5"})) == [("bad_number", "amount")]
    paise = MONEY.replace('"amount"\n[', '{column = "amount", scale = 1}\n[')
    assert one(paise, id="1", at="2026-04-01", amount="99")["amount"] == 99


@pytest.mark.parametrize(
    ("stars", "reason"), [("0", "out_of_range"), ("6", "out_of_range"), ("4.5", "bad_number"), ("good", "bad_number")]
)
def test_ratings_are_one_to_five(stars: str, reason: str) -> None:
    assert one(MONEY, id="1", at="2026-04-01", stars="4")["rating"] == 4
    assert refused(decoded(MONEY, {"id": "1", "at": "2026-04-01", "stars": stars})) == [(reason, "rating")]


def test_words_may_stand_for_numbers() -> None:
    text = MONEY.replace('rating = "stars"', 'rating = {column = "stars", map = {good = 5, bad = 1}}')
    assert one(text, id="1", at="2026-04-01", stars="good")["rating"] == 5
    assert one(text, id="1", at="2026-04-01", stars="3")["rating"] == 3


LASTING = READINGS.replace('"beds"', '"level_m"').replace('value = "value"', 'value = {column = "value", WRITTEN}')


@pytest.mark.parametrize(
    ("unit", "cell", "value"),
    [
        ("minutes", "01:45", 105),
        ("minutes", "१:45:30", 105.5),
        ("hours", "26:05:24.000", 26.09),
        ("seconds", "1 day, 1:45:00", 92_700),
        ("days", "12:00", 0.5),
    ],
)
def test_hours_and_minutes_are_a_duration_where_the_mapping_says_so(unit: str, cell: str, value: float) -> None:
    text = LASTING.replace("WRITTEN", f'duration = "{unit}"')
    assert one(text, at="2026-04-01", asset="H", value=cell)["value"] == pytest.approx(value)


@pytest.mark.parametrize("cell", ["105", "1:60", "1:5", "-1:45", "2026-04-01 01:45", "1:45 pm"])
def test_what_is_no_duration_is_refused(cell: str) -> None:
    text = LASTING.replace("WRITTEN", 'duration = "minutes"')
    assert refused(decoded(text, {"at": "2026-04-01", "asset": "H", "value": cell})) == [("bad_number", "value")]


def test_the_time_between_two_instants_is_a_value() -> None:
    made = 'day = "last"\n' + LASTING.replace(
        "WRITTEN", 'since = "at", duration = "minutes", formats = "%d-%m-%Y %H:%M"'
    )
    made = made.replace('at = "at"', 'at = {column = "at", formats = "%d-%m-%Y %H:%M"}')
    ends = "01-04-2026 11:45", "02-04-2026 10:00", "01-04-2026 10:00", "", "01-04-2026 09:59", "soon"
    result = decoded(made, *({"asset": "H", "at": "01-04-2026 10:00", "value": end} for end in ends))
    assert result.events["value"].to_pylist() == [105, 1440, 0]
    assert refused(result) == [("no_event", None), ("bad_time", "value"), ("bad_time", "value")]
    assert "is before at" in result.rejected["detail"][1].as_py()
    bad = decoded(made, {"asset": "H", "at": "soon", "value": "01-04-2026 10:00"})
    assert refused(bad) == [("bad_time", "at")]


def test_an_answer_needs_a_case_or_a_service_and_a_place() -> None:
    assert refused(decoded(MONEY, {"id": "", "at": "2026-04-01", "stars": "3"})) == [("missing", "case_id")]


def test_texts_that_mean_empty_are_declared() -> None:
    text = 'empty = ["NA", "-"]\n' + CASES
    assert [event["kind"] for event in events(decoded(text, {**OPENED, "closed": "NA", "due": "-"}))] == ["case.opened"]


def test_ids_are_made_from_case_kind_entry_and_instant() -> None:
    result = decoded(CASES, {**OPENED, "closed": "2026-04-02 10:00:00.5", "result": "no"})
    assert [event["event_id"] for event in events(result)] == [
        "t:1/case.opened/1",
        "t:1/case.decided/2/2026-04-02T04:30:00.500000Z",
    ]
    assert (
        one(READINGS, at="2026-04-01", asset="H", value="5")["event_id"]
        == "H/beds/reading.taken/1/2026-03-31T18:30:00Z"
    )
    assert one(MONEY, id="1", at="2026-04-01", stars="4")["event_id"] == "1/feedback.given/2/2026-03-31T18:30:00Z/4"


def test_ids_may_be_taken_from_columns() -> None:
    text = CASES.replace('at = "opened"', 'at = "opened"\nid = "o-{id}"')
    assert one(text, **OPENED)["event_id"] == "o-1"
    assert refused(decoded(text, {"id": "", "opened": "2026-04-01"}))[0] == ("missing", "case_id")


@pytest.mark.parametrize("cell", ["2.3041E+11", "2,3041E+11", "9.1e+09", "2E+11"])
def test_a_number_that_has_lost_digits_names_nothing(cell: str) -> None:
    result = decoded(CASES, {**OPENED, "id": cell}, OPENED, {**OPENED, "id": "12E5"}, {**OPENED, "id": "A+B"})
    assert refused(result) == [("bad_case", "case_id")]
    assert result.rejected["detail"].to_pylist() == [
        f"case_id '{cell}' has lost its last digits; column 'id' must be text in the program that writes the file"
    ]
    assert [event["case_id"] for event in events(result)] == ["t:1", "t:12E5", "t:A+B"]
    own = CASES.replace('kind = "case.opened"', 'kind = "case.opened"\nid = "{id}/{receipt}"')
    result = decoded(own, {**OPENED, "receipt": cell}, {**OPENED, "receipt": "R 7"})
    assert refused(result) == [("bad_value", "event_id")]
    citizen = CASES.replace('case_id = "id"', 'case_id = {column = "id", citizen = true}')
    assert refused(decoded(citizen, {**OPENED, "id": cell})) == [("bad_case", "case_id")]
    named = READINGS.replace('asset = "asset"', f'asset = {{column = "asset", map = {{"{cell}" = "dam-idukki"}}}}')
    assert one(named, asset=cell, at="2026-04-01", value="1")["asset"] == "dam-idukki"


def test_whole_numbers_among_fractions_are_written_out() -> None:
    made = mapping(CASES)
    numbers = pa.array([230412345678.0, None, 7.0, 2.5, 2.0240401e19])
    opened = pa.array(["2026-04-01", None, *["2026-04-01"] * 3])
    none = pa.nulls(5, pa.string())
    cells = {**dict.fromkeys(made.columns, none), "id": numbers, "opened": opened}
    result = decode(pa.table(cells), made, NOW, str)
    assert [event["case_id"] for event in events(result)] == ["t:230412345678", "t:7", "t:2.5"]
    assert refused(result) == [("no_event", None), ("bad_case", "case_id")]


def test_a_date_that_has_lost_a_zero_is_refused_with_what_is_wrong() -> None:
    result = decoded('formats = ["%d%m%Y"]\n' + CASES, {"id": "1", "opened": "1112024"})
    assert refused(result) == [("bad_time", "at")]
    assert "those without separators need all digits, 01 and not 1" in result.rejected["detail"][0].as_py()


def test_an_instant_may_stand_in_several_columns() -> None:
    text = CASES.replace('at = "opened"', 'at = {template = "{on} {clock}", formats = "%d/%m/%Y %H:%M"}')
    # a date and a time together may look like the number of a person
    event = one(text, id="1", on="01/04/2026", clock="10:15")
    assert event["occurred_at"] == datetime(2026, 4, 1, 4, 45, tzinfo=UTC)
    digits = text.replace("%d/%m/%Y %H:%M", "%Y%m%d %H%M")
    for minute in range(60):
        event = one(digits, id="1", on="20260401", clock=f"10{minute:02d}")
        assert event["occurred_at"] == datetime(2026, 4, 1, 4, 30, tzinfo=UTC) + timedelta(minutes=minute)
    result = decoded(text, {"id": "1", "on": "01/04/2026", "clock": ""}, {"id": "1", "on": "x", "clock": "y"})
    assert refused(result) == [("no_event", None), ("bad_time", "at")]


def test_a_date_of_a_workbook_joins_a_time() -> None:
    made = mapping(READINGS.replace('at = "at"', 'at = {template = "{at} {clock}", formats = "%Y-%m-%d %H:%M"}'))
    cells = {"asset": ["H"], "value": ["1"], "clock": ["10:15"]}
    rows = pa.table({"at": pa.array([datetime(2026, 4, 1)], pa.timestamp("us")), **cells})  # noqa: DTZ001
    (event,) = events(decode(rows, made, NOW, str))
    assert event["occurred_at"] == datetime(2026, 4, 1, 4, 45, tzinfo=UTC)


def test_a_financial_year_and_a_month_in_columns_of_their_own() -> None:
    at = 'at = {template = "{fin_year} {month}", formats = "financial_year", day = "last"}'
    text = READINGS.replace('at = "at"', at)
    assert str(one(text, fin_year="2024-2025", month="Feb", asset="H", value="1")["day"]) == "2025-02-28"
    july = text.replace('day = "last"', 'day = "first", year_starts = 7')
    assert str(one(july, fin_year="2024-25", month="May", asset="H", value="1")["day"]) == "2025-05-01"
    assert str(one(july, fin_year="2024-25", month="July", asset="H", value="1")["day"]) == "2024-07-01"


def test_texts_put_together_for_a_time_may_be_named_or_empty() -> None:
    at = 'at = {template = "{year} {month}", formats = "financial_year", day = "first"'
    text = READINGS.replace('at = "at"', at + ', map = {"2024-25 अप्रै॰" = "2024-25 April"}, default = "2023-24 May"}')
    days = [str(one(text, asset="H", value="1", **cells)["day"]) for cells in (
        {"year": "2024-25", "month": "अप्रै॰"}, {"year": "2024-25", "month": ""}, {"year": "2024-25", "month": "soon"},
    )]  # fmt: skip
    assert days == ["2024-04-01", "2023-05-01", "2023-05-01"]
    named = text.replace(', default = "2023-24 May"', "")
    assert str(one(named, asset="H", value="1", year="2024-25", month="मई")["day"]) == "2024-05-01"
    assert refused(decoded(named, {"asset": "H", "value": "1", "year": "2024-25", "month": "x"})) == [
        ("bad_time", "at")
    ]


def test_months_may_be_written_in_a_language_of_the_state() -> None:
    text = READINGS.replace('at = "at"', 'at = {column = "at", formats = ["%d %b %Y", "%B %Y"], day = "first"}')
    for cell, day in (("५ सितम्बर 2024", "2024-09-01"), ("ഏപ്രിൽ 2024", "2024-04-01"), ("மே ௨௦௨௪", "2024-05-01")):
        assert str(one(text, asset="H", value="1", at=cell)["day"]) == day


MONTHLY = READINGS.replace('at = "at"', 'at = {column = "at", formats = "%b-%Y", day = "last"}')


def monthly(on: str, text: str = MONTHLY, **row: str) -> dict[str, object] | str:
    """The event of a month that is read on a day, or why it is refused."""
    made, cells = mapping(text), {"at": "Dec-2025", "asset": "H", "value": "5"} | row
    result = decode(table(cells), made, datetime.fromisoformat(f"{on}T12:00:00+05:30"), str)
    return events(result)[0] if result.events.num_rows else refused(result)[0][0]


@pytest.mark.parametrize(
    ("on", "day"),
    [
        ("2025-11-30", "future"),
        ("2025-12-01", "2025-12-01"),
        ("2025-12-10", "2025-12-10"),
        ("2025-12-31", "2025-12-31"),
        ("2026-01-05", "2025-12-31"),
    ],
)
def test_a_month_that_is_not_over_holds_from_the_day_on_which_it_is_told(on: str, day: str) -> None:
    event = monthly(on)
    assert (event if isinstance(event, str) else str(event["day"])) == day
    if not isinstance(event, str):
        assert event["occurred_at"] == datetime.fromisoformat(f"{day}T00:00:00+05:30")


QUARTERLY = READINGS.replace('at = "at"', 'at = {column = "at", formats = "financial_quarter", day = "last"}')
YEARLY = READINGS.replace(
    'at = "at"', 'at = {template = "{at} March", formats = "financial_year", day = "last", period = "year"}'
)


@pytest.mark.parametrize(
    ("text", "at", "on", "day"),
    [
        (QUARTERLY, "2025-26 Q3", "2025-09-30", "future"),
        (QUARTERLY, "2025-26 Q3", "2025-10-01", "2025-10-01"),
        (QUARTERLY, "2025-26 Q3", "2025-12-30", "2025-12-30"),
        (QUARTERLY, "2025-26 Q3", "2026-01-05", "2025-12-31"),
        (YEARLY, "2025-26", "2025-03-31", "future"),
        (YEARLY, "2025-26", "2025-10-20", "2025-10-20"),
        (YEARLY, "2025-26", "2026-04-02", "2026-03-31"),
    ],
)
def test_a_quarter_or_year_that_is_not_over_holds_from_the_day_on_which_it_is_told(
    text: str, at: str, on: str, day: str
) -> None:
    event = monthly(on, text, at=at)
    assert (event if isinstance(event, str) else str(event["day"])) == day


def test_a_month_has_the_same_name_and_digest_whenever_it_is_told() -> None:
    told = [monthly(on) for on in ("2025-12-01", "2025-12-10", "2026-01-05")]
    assert {(event["event_id"], event["digest"]) for event in told if not isinstance(event, str)} == {
        ("H/beds/reading.taken/1/2025-12-30T18:30:00Z", told[0]["digest"])
    }
    assert monthly("2025-12-10", value="6")["digest"] != told[0]["digest"]


def test_a_month_holds_from_when_its_source_stated_it() -> None:
    stated = MONTHLY + 'received_at = "said"\n'
    for said, day in (("2025-12-10", "2025-12-10"), ("2026-01-05", "2025-12-31"), ("", "2025-12-31")):
        assert str(monthly("2026-02-01", stated, said=said)["day"]) == day
    assert str(monthly("2025-12-10", stated, said="2025-12-20")["day"]) == "2025-12-10", "not before it came"


def test_targets_of_months_to_come_stay_at_their_ends() -> None:
    assert str(monthly("2025-11-01", MONTHLY.replace("reading.taken", "expected.set"))["day"]) == "2025-12-31"


def test_the_same_row_has_the_same_digest_and_a_changed_one_another() -> None:
    first, again, changed = (
        one(CASES, **OPENED, due=due)["digest"] for due in ("2026-04-05", "2026-04-05", "2026-04-06")
    )
    assert first == again != changed


def test_an_event_that_counts_once_has_a_digest_of_its_name_alone() -> None:
    text = CASES.replace('at = "opened"', 'at = "opened"\nonce = true')
    first, later = (one(text, id="1", opened=opened) for opened in ("2026-04-01", "2026-04-02"))
    assert (first["event_id"], first["digest"]) == (later["event_id"], later["digest"])


def test_a_refused_row_has_the_same_id_when_it_comes_again() -> None:
    ids = [decoded(CASES, {"id": "1", "opened": "x"}).rejected["rejected_id"].to_pylist() for _ in range(2)]
    assert ids[0] == ids[1]
    other = decoded(CASES, {"id": "2", "opened": "x"}).rejected["rejected_id"].to_pylist()
    assert other != ids[0]


def test_rows_say_when_they_were_received_if_the_mapping_says_so() -> None:
    text = READINGS + 'received_at = "seen"\n'
    assert one(text, at="2026-04-01", asset="H", value="1", seen="2026-04-02T00:00:00Z")["received_at"] == datetime(
        2026, 4, 2, tzinfo=UTC
    )
    assert one(text, at="2026-04-01", asset="H", value="1")["received_at"] == NOW


def test_every_reason_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Reason)
