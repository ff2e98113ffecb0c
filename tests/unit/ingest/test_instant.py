"""Times are read by declared notations only."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from ingest.instant import known_format, local_days, parse_instants, says_day, to_arrow
from ingest.number import western_digits
from ingest.rule import TimeNotation

INDIA = "Asia/Kolkata"
NEW_YORK = "America/New_York"


def parse(text: str | None, *formats: str, timezone: str = "UTC", clock_change: str = "reject") -> str:
    """One cell as ISO text; `bad` or `empty` where there is no instant."""
    notation = TimeNotation(formats or ("iso",), timezone, clock_change)  # type: ignore[arg-type]
    instants, bad = parse_instants(pa.array([text], pa.string()), notation)
    if bad[0]:
        return "bad"
    read = to_arrow(instants)[0].as_py()
    return "empty" if read is None else read.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "empty"),
        ("2026-04-01", "2026-03-31T18:30:00Z"),
        ("2026-04-01 10:00", "2026-04-01T04:30:00Z"),
        ("2026-04-01T10:00:30", "2026-04-01T04:30:30Z"),
        ("2026-04-01 10:00:30.25", "2026-04-01T04:30:30.250000Z"),
        ("2026-04-01T10:00:30.123456789", "2026-04-01T04:30:30.123456Z"),
        ("2026-04-01T10:00:30Z", "2026-04-01T10:00:30Z"),
        ("2026-04-01T10:00:30+05:30", "2026-04-01T04:30:30Z"),
        ("2026-04-01 10:00:30+0530", "2026-04-01T04:30:30Z"),
        ("2026-04-01T10:00:30.123456789+02", "2026-04-01T08:00:30.123456Z"),
        ("2028-02-29", "2028-02-28T18:30:00Z"),
        ("2026-02-29", "bad"),
        ("2026-02-30T10:00:00Z", "bad"),
        ("2026-13-01", "bad"),
        ("2026-04-01 24:00", "bad"),
        ("2026-04-01 10:60", "bad"),
        ("2026-04-01 23:59:60", "bad"),
        ("2026-4-1", "bad"),
        ("20260401", "2026-03-31T18:30:00Z"),
        ("20261301", "bad"),
        ("2026-04", "bad"),
        ("202604", "bad"),
        ("2026", "bad"),
        ("01-04-2026", "bad"),
        ("1899-12-31", "bad"),
        ("2101-01-02", "bad"),
        ("now", "bad"),
        ("2026-04-01; drop table", "bad"),
    ],
)
def test_iso(text: str | None, expected: str) -> None:
    assert parse(text, timezone=INDIA) == expected


def test_rfc3339_must_say_its_offset() -> None:
    assert parse("2026-04-01T10:00:00+05:30", "rfc3339") == "2026-04-01T04:30:00Z"
    assert parse("2026-04-01T10:00:00", "rfc3339") == "bad"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60.750Z", "2017-01-01T00:00:00Z"),
        ("2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00Z"),
        ("2016-12-31 18:59:60-0500", "2017-01-01T00:00:00Z"),
        ("2017-01-01T05:29:60Z", "bad"),  # not the end of a day of UTC
        ("2016-12-31T23:59:60+05:30", "bad"),
        ("2016-12-31T23:59:61Z", "bad"),
        ("2016-02-30T23:59:60Z", "bad"),
    ],
)
def test_a_leap_second_is_the_second_after(text: str, expected: str) -> None:
    for form in ("iso", "rfc3339"):
        assert parse(text, form, timezone=INDIA) == expected
    cells = pa.array([text, "2026-04-01T10:00:00Z", None])
    instants, bad = parse_instants(cells, TimeNotation(("rfc3339",), INDIA))
    assert bad.tolist() == [expected == "bad", False, False]
    assert str(instants[1]) == "2026-04-01T10:00:00.000000"


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("05/01/2022 12:00:03 AM", "%m/%d/%Y %I:%M:%S %p", "2022-05-01T04:00:03Z"),
        ("31/12/2022", "%d/%m/%Y", "2022-12-31T05:00:00Z"),
        ("12/31/2022", "%d/%m/%Y", "bad"),
        ("31/02/2022", "%d/%m/%Y", "bad"),
        ("31/12/2022 later", "%d/%m/%Y", "bad"),
        ("01 Jan 2022 10:00 +0530", "%d %b %Y %H:%M %z", "2022-01-01T04:30:00Z"),
        ("1640995200", "epoch_s", "2022-01-01T00:00:00Z"),
        ("1640995200123", "epoch_ms", "2022-01-01T00:00:00.123000Z"),
        ("/Date(1640995200123)/", "epoch_ms", "2022-01-01T00:00:00.123000Z"),
        ("/Date(1640995200123+0530)/", "epoch_ms", "2022-01-01T00:00:00.123000Z"),
        ("/Date(-1000)/", "epoch_ms", "1969-12-31T23:59:59Z"),
        ("/Date(soon)/", "epoch_ms", "bad"),
        ("44562.5", "excel", "2022-01-01T17:00:00Z"),
        ("1e300", "epoch_s", "bad"),
        ("-1e18", "epoch_ms", "bad"),
        ("9" * 400, "excel", "bad"),
    ],
)
def test_declared_formats(text: str, form: str, expected: str) -> None:
    assert parse(text, form, timezone=NEW_YORK) == expected


@pytest.mark.parametrize(
    ("form", "full", "lost"),
    [
        ("%d%m%Y", "01112024", ["1112024", "1012024", "112024"]),
        ("%Y%m%d", "20241101", ["2024111", "202411"]),
        ("%y%m%d", "241101", ["24111", "2411"]),
        ("%d%m%Y %H:%M", "01112024 9:05", ["1112024 9:05"]),
        ("%d/%m/%Y %H%M", "1/11/2024 0115", ["01/11/2024 115", "1/11/2024 15"]),
        ("%Y%m%d%H%M%S", "20241101091500", ["2024111091500", "2024110191500"]),
        ("%Y%m%dT%H%M%S%z", "20241101T091500+0530", ["2024111T091500+0530"]),
        ("%d%b%Y", "1Nov2024", []),
    ],
)
def test_parts_that_stand_side_by_side_need_all_of_their_digits(form: str, full: str, lost: list[str]) -> None:
    assert parse(full, form).startswith("2024-11-01")
    assert [parse(text, form) for text in lost] == ["bad"] * len(lost)


def test_formats_are_tried_in_their_order() -> None:
    notation = TimeNotation(("%d/%m/%Y", "%m/%d/%Y", "iso"), "UTC")
    instants, bad = parse_instants(pa.array(["01/02/2022", "01/31/2022", "2022-03-01", "x", None]), notation)
    assert [str(instant)[:10] for instant in instants] == ["2022-02-01", "2022-01-31", "2022-03-01", "NaT", "NaT"]
    assert bad.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("clock_change", "twice", "skipped"),
    [
        ("reject", "bad", "bad"),
        ("earlier", "2026-11-01T05:30:00Z", "2026-03-08T07:00:00Z"),
        ("later", "2026-11-01T06:30:00Z", "2026-03-08T07:00:00Z"),
    ],
)
def test_an_hour_of_a_clock_change_is_not_guessed(clock_change: str, twice: str, skipped: str) -> None:
    assert parse("2026-11-01 01:30:00", timezone=NEW_YORK, clock_change=clock_change) == twice
    assert parse("2026-03-08 02:30:00", timezone=NEW_YORK, clock_change=clock_change) == skipped


def test_typed_columns() -> None:
    local = pa.array([datetime(2026, 4, 1, 10), None], pa.timestamp("ns"))  # noqa: DTZ001
    assert parse_instants(local, TimeNotation(timezone=INDIA))[0][0].item() == datetime(2026, 4, 1, 4, 30)  # noqa: DTZ001
    zoned = pa.array([datetime(2026, 4, 1, 10, tzinfo=UTC)], pa.timestamp("ms", tz=NEW_YORK))
    assert parse_instants(zoned, TimeNotation(timezone=INDIA))[0][0].item() == datetime(2026, 4, 1, 10)  # noqa: DTZ001
    days = pa.array([date(2026, 4, 1), date(9999, 1, 1)], pa.date32())
    instants, bad = parse_instants(days, TimeNotation(timezone=INDIA))
    assert instants[0].item() == datetime(2026, 3, 31, 18, 30)  # noqa: DTZ001
    assert bad.tolist() == [False, True]


def test_digits_of_other_scripts() -> None:
    assert western_digits(pa.array(["൨൦൨൬-०४-01", None, "abc"])).to_pylist() == ["2026-04-01", None, "abc"]


def test_local_days_turn_at_local_midnight() -> None:
    instants = pa.array([datetime(2026, 3, 31, 18, 29, 59, tzinfo=UTC), datetime(2026, 3, 31, 18, 30, tzinfo=UTC)])
    days = local_days(instants.cast(pa.timestamp("us", tz="UTC")), INDIA)
    assert days.to_pylist() == [date(2026, 3, 31), date(2026, 4, 1)]


@pytest.mark.parametrize(
    ("text", "form", "first", "last"),
    [
        ("Feb-2024", "%b-%Y", "2024-02-01", "2024-02-29"),
        ("SEPT-2024", "%b-%Y", "2024-09-01", "2024-09-30"),
        ("June-2024", "%b-%Y", "2024-06-01", "2024-06-30"),
        ("sep. 2024", "%B %Y", "2024-09-01", "2024-09-30"),
        ("202412", "%Y%m", "2024-12-01", "2024-12-31"),
        ("2024-04", "iso", "2024-04-01", "2024-04-30"),
        ("2024-04-15", "iso", "2024-04-01", "2024-04-30"),
        ("2024-04-30T20:00:00Z", "iso", "2024-05-01", "2024-05-31"),
        ("45383", "excel", "2024-04-01", "2024-04-30"),
        ("Smarch-2024", "%b-%Y", "bad", "bad"),
        ("2024-25 Dec", "financial_year", "2024-12-01", "2024-12-31"),
        ("2024-2025 march", "financial_year", "2025-03-01", "2025-03-31"),
        ("FY2024-25 Sept", "financial_year", "2024-09-01", "2024-09-30"),
        ("F.Y. 2024/25 apr.", "financial_year", "2024-04-01", "2024-04-30"),
        ("Jan 1999-00", "financial_year", "2000-01-01", "2000-01-31"),
        ("2024-25 12", "financial_year", "2024-12-01", "2024-12-31"),
        ("2024-25-03", "financial_year", "2025-03-01", "2025-03-31"),
        ("2024-26 Dec", "financial_year", "bad", "bad"),
        ("2024-25", "financial_year", "bad", "bad"),
        ("2024 Dec", "financial_year", "bad", "bad"),
        ("Dec 2024-25 Jan", "financial_year", "bad", "bad"),
        ("2024-25 Ju", "financial_year", "bad", "bad"),
        ("2024-25 13", "financial_year", "bad", "bad"),
        ("2024-25 Q1", "financial_quarter", "2024-04-01", "2024-06-30"),
        ("Q-IV 2023-24", "financial_quarter", "2024-01-01", "2024-03-31"),
        ("FY 2024-2025, 3rd Quarter", "financial_quarter", "2024-10-01", "2024-12-31"),
        ("Quarter 2 (Jul-Sep) 2024-25", "financial_quarter", "2024-07-01", "2024-09-30"),
        ("II Qtr. 2024-25", "financial_quarter", "2024-07-01", "2024-09-30"),
        ("2024-25 q3 (October to December)", "financial_quarter", "2024-10-01", "2024-12-31"),
        ("Quarter 2 (Apr-Jun) 2024-25", "financial_quarter", "bad", "bad"),
        ("2024-25 Q5", "financial_quarter", "bad", "bad"),
        ("2024-25 Q", "financial_quarter", "bad", "bad"),
        ("2024-25 Dec", "financial_quarter", "bad", "bad"),
        ("2024 Q1", "financial_quarter", "bad", "bad"),
    ],
)
def test_months_are_known_by_their_first_or_last_day(text: str, form: str, first: str, last: str) -> None:
    for day, expected in (("first", first), ("last", last)):
        notation = TimeNotation((form,), INDIA, day=day)  # type: ignore[arg-type]
        instants, bad = parse_instants(pa.array([text, None]), notation)
        local = local_days(to_arrow(instants), INDIA).to_pylist()
        assert ("bad" if bad[0] else str(local[0])) == expected
        assert (local[1], bad[1]) == (None, False)


def test_a_financial_year_that_begins_in_january_is_one_number() -> None:
    notation = TimeNotation(("financial_year",), "UTC", day="first", year_starts=1)
    instants, _ = parse_instants(pa.array(["2024 Dec", "2024-25 Dec"]), notation)
    assert [str(instant)[:10] for instant in instants] == ["2024-12-01", "NaT"]


def test_quarters_of_a_calendar_year() -> None:
    notation = TimeNotation(("financial_quarter",), "UTC", day="last", year_starts=1)
    instants, _ = parse_instants(pa.array(["Q4 2024", "Q1 2024-25"]), notation)
    assert [str(instant)[:10] for instant in instants] == ["2024-12-31", "NaT"]


def test_months_that_a_workbook_holds_as_dates() -> None:
    days = pa.array([datetime(2024, 2, 1), None], pa.timestamp("us"))  # noqa: DTZ001
    instants, _ = parse_instants(days, TimeNotation(timezone=INDIA, day="last"))
    assert local_days(to_arrow(instants), INDIA).to_pylist() == [date(2024, 2, 29), None]


def test_other_short_names_of_months() -> None:
    assert parse("12-Sept-2024", "%d-%b-%Y") == "2024-09-12T00:00:00Z"
    assert parse("3 JUNE 2024 10:00 +0530", "%d %b %Y %H:%M %z") == "2024-06-03T04:30:00Z"


def test_formats_must_say_year_and_month() -> None:
    assert all(known_format(form) for form in ("iso", "%d.%m.%Y", "%Y%m%d%H%M%S", "%d-%b-%y", "%b-%Y"))
    assert [says_day(form) for form in ("iso", "%d-%b-%Y", "%b-%Y", "financial_year", "financial_quarter")] == [
        True,
        True,
    ] + [False] * 3
    assert not any(known_format(form) for form in ("%d/%m", "%H:%M", "dd/mm/yyyy", "%Q", "%Y"))
