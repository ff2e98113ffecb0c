"""The life of a case: only what can happen, in an order in which it can happen, at times when offices work."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from ingest.sources.simulator.block import KIND_CODE, NONE, Block
from ingest.sources.simulator.cohort import cohort
from ingest.sources.simulator.days import Days, date_of, day_number
from ingest.sources.simulator.encode import Encoder, office_numbers
from ingest.sources.simulator.plan import HORIZON_DAYS, Parameters, Plan, make_plan
from ingest.sources.simulator.points import make_points
from ingest.sources.simulator.timeline import Stage
from tests.helpers.simulated import BEGAN_AT, kerala, story
from warehouse.event import KINDS

FRIDAY, SUNDAY, HOLIDAY = date(2026, 9, 18), date(2026, 9, 20), date(2026, 8, 15)
ANCHOR_S = BEGAN_AT.timestamp()


@pytest.fixture(scope="module")
def plan() -> Plan:
    days = Days.from_reference(day_number(date(2026, 7, 1)), kerala())
    start_s = days.start_s(day_number(date(2026, 8, 1)))
    return make_plan(kerala(), story(), Parameters(cases=450_000), days, start_s=start_s, anchor_s=ANCHOR_S)


@pytest.fixture(scope="module")
def friday(plan: Plan) -> Block:
    return cohort(plan, day_number(FRIDAY))


@pytest.fixture(scope="module")
def frame(friday: Block) -> pd.DataFrame:
    columns = {name: friday[name] for name in friday.dtype.names or ()}
    return pd.DataFrame(columns).sort_values(["office", "serial", "at_us", "seq"], kind="stable")


def _times(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per case, one column per stage, seconds."""
    return frame.pivot_table(index=["office", "serial"], columns="seq", values="at_us") / 1e6


def test_cases_that_outlast_the_calendar_end_with_it(plan: Plan) -> None:
    reach = day_number(FRIDAY) - plan.days.first + 9
    cut = plan.days.midnight_s[:reach]
    working = plan.days.working[:reach]
    days = Days(plan.days.first, cut, working, np.cumsum(working), np.flatnonzero(working))
    block = cohort(replace(plan, days=days), day_number(FRIDAY))
    answers = block["at_us"][block["kind"] == KIND_CODE["feedback.given"]] / 1e6
    assert (answers >= cut[-1]).any()
    assert answers.max() < cut[-1] + 86_400


def test_a_cohort_is_the_same_whenever_it_is_drawn(plan: Plan, friday: Block) -> None:
    cohort(plan, day_number(SUNDAY))
    assert np.array_equal(cohort(plan, day_number(FRIDAY)), friday, equal_nan=False) or all(
        np.array_equal(cohort(plan, day_number(FRIDAY))[name], friday[name], equal_nan=name == "value")
        for name in friday.dtype.names or ()
    )


def test_every_case_is_opened_first_and_on_its_day(frame: pd.DataFrame, plan: Plan) -> None:
    first = frame.groupby(["office", "serial"]).first()
    assert (first["kind"] == KIND_CODE["case.opened"]).all()
    opened = frame[frame["seq"] == Stage.OPENED]
    assert set(plan.days.day_of(opened["at_us"].to_numpy() / 1e6)) == {day_number(FRIDAY)}
    assert len(opened) == frame.groupby(["office", "serial"]).ngroups


def test_stages_follow_each_other(frame: pd.DataFrame) -> None:
    times = _times(frame)
    order = [
        (Stage.OPENED, Stage.MOVED_1),
        (Stage.MOVED_1, Stage.MOVED_2),
        (Stage.MOVED_2, Stage.MOVED_3),
        (Stage.PAUSED, Stage.RESUMED),
        (Stage.RESUMED, Stage.MOVED_2),
        (Stage.MOVED_3, Stage.DECIDED),
        (Stage.RESUMED, Stage.DECIDED),
        (Stage.MOVED_1, Stage.WITHDRAWN),
        (Stage.DECIDED, Stage.DELIVERED),
        (Stage.DELIVERED, Stage.FEEDBACK),
        (Stage.DECIDED, Stage.REOPENED),
        (Stage.REOPENED, Stage.DECIDED_AGAIN),
    ]
    for before, after in order:
        both = times[[before, after]].dropna()
        assert len(both), (before, after)
        assert (both[before] < both[after]).all(), (before, after)


def test_a_case_is_decided_or_withdrawn_never_both(frame: pd.DataFrame) -> None:
    times = _times(frame)
    assert not (times[Stage.DECIDED].notna() & times[Stage.WITHDRAWN].notna()).any()
    waits_for_ever = times[Stage.PAUSED].notna() & times[Stage.RESUMED].isna()
    assert waits_for_ever.any()
    assert times.loc[waits_for_ever, Stage.DECIDED].isna().all()


def test_nothing_happens_after_the_horizon(frame: pd.DataFrame) -> None:
    times = _times(frame)
    assert ((times.max(axis=1) - times[Stage.OPENED]) <= HORIZON_DAYS * 86_400).all()


def test_posts_are_those_of_the_office_in_their_order(frame: pd.DataFrame) -> None:
    offices, services, posts = (list(part) for part in (kerala().offices, kerala().services, kerala().posts))
    held = frame[frame["kind"].isin([KIND_CODE["case.opened"], KIND_CODE["case.moved"]])]
    for (_, _), rows in list(held.groupby(["office", "serial"]))[:400]:
        path = kerala().posts_for(services[rows["service"].iloc[0]], offices[rows["office"].iloc[0]])
        passed = [posts[post] for post in rows["post"]]
        assert passed[0] == path[0]
        assert [path.index(post) for post in passed] == sorted({path.index(post) for post in passed})


def test_offices_decide_in_office_hours_of_working_days(frame: pd.DataFrame, plan: Plan) -> None:
    by_hand = ~np.isin(plan.unit, [1]) & ~plan.round_clock
    limit = plan.limit[:, -1]
    decided = frame[(frame["seq"] == Stage.DECIDED) & by_hand[frame["service"]] & (limit[frame["service"]] >= 7)]
    at_s = decided["at_us"].to_numpy() / 1e6
    day = plan.days.day_of(at_s)
    clock_h = (at_s - plan.days.midnight_s[day - plan.days.first]) / 3600
    assert plan.days.working[day - plan.days.first].all()
    assert np.quantile(clock_h, 0.01) >= 10
    assert np.quantile(clock_h, 0.98) <= 18.5


def test_on_days_off_people_apply_from_home_and_less(plan: Plan, friday: Block) -> None:
    sunday = cohort(plan, day_number(SUNDAY))
    opened = [block[block["seq"] == Stage.OPENED] for block in (friday, sunday)]
    assert 0.2 < opened[1].size / opened[0].size < 0.7
    visits = np.isin(opened[1]["channel"], [0, 3])
    assert not visits[~plan.round_clock[opened[1]["service"]]].any()
    assert cohort(plan, day_number(HOLIDAY)).size < friday.size


def test_seasons_change_what_is_asked_for(plan: Plan) -> None:
    services = list(kerala().services)
    licence, income = services.index("trade_licence_renewal"), services.index("income_certificate")
    march, june = plan.volume[2], plan.volume[5]
    assert march[licence] > 4 * june[licence]
    assert june[income] > 1.5 * march[income]


def test_slow_places_miss_more_limits(plan: Plan) -> None:
    day = day_number(BEGAN_AT.date())
    index = kerala().area_index

    def odds(area: str) -> float:
        begin, end = index[area], int(kerala().area_end[index[area]])
        pairs = np.flatnonzero((plan.pair_area >= begin) & (plan.pair_area < end))
        return float(np.median(plan.odds(day, pairs)))

    assert odds("KL-palakkad") > 1.8 * odds("KL-kottayam")
    assert odds("KL-idukki") > odds("KL-kozhikode")


def test_troubles_grow_towards_the_beginning(plan: Plan) -> None:
    anchor = day_number(BEGAN_AT.date())
    place = kerala().area_index["KL-palakkad-mannarkkad"]
    pairs = np.flatnonzero(plan.pair_area == place)
    before, now = plan.odds(anchor - 120, pairs), plan.odds(anchor, pairs)
    assert (now > 1.4 * before).all()


def test_weights_of_places_give_every_service_its_share(plan: Plan) -> None:
    assert (np.diff(plan.pair_edges) >= 0).all()
    ends = plan.pair_edges[plan.pair_first[1:][np.diff(plan.pair_first) > 0] - 1]
    assert np.allclose(ends % 1, 0, atol=1e-9) or np.allclose(ends, np.round(ends))


def test_payments_and_answers_are_plausible(friday: Block, plan: Plan) -> None:
    paid = friday[friday["seq"] == Stage.PAID]
    assert (paid["amount"] >= 0).all()
    assert (paid["amount"] % 500 == 0).all()
    answers = friday[friday["seq"] == Stage.FEEDBACK]
    assert set(answers["rating"]) <= {1, 2, 3, 4, 5}
    assert 0.68 < (answers["rating"] >= 4).mean() < 0.88
    assert set(answers["feed"]) == {plan.feedback_feed}
    rest = friday[friday["seq"] != Stage.FEEDBACK]
    assert (rest["rating"] == NONE).all()


def test_receipt_numbers_are_unique_and_readable(friday: Block, plan: Plan) -> None:
    points = make_points(kerala(), story(), 1, plan.days, ANCHOR_S)
    events = Encoder.make(kerala(), story(), plan.days, points).table(friday)
    opened = events.filter([kind == "case.opened" for kind in events["kind"].to_pylist()])
    numbers = opened["case_id"].to_pylist()
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"[A-Z]{2}-2026-[A-Z]{2}\d{4}-261\d{4}", number) for number in numbers)
    ids = events["event_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    assert all(one == f"{case}.{one[-2:]}" for one, case in zip(ids, events["case_id"].to_pylist(), strict=True))
    assert set(events["kind"].to_pylist()) <= set(KINDS)


def test_office_numbers_are_unique() -> None:
    numbers = office_numbers(kerala())
    assert len(set(numbers)) == len(kerala().offices)
    assert all(re.fullmatch(r"[A-Z]{2}\d{4}", number) for number in numbers)


def test_days_know_midnights_and_working_days() -> None:
    first = day_number(date(2026, 1, 1))
    days = Days.from_reference(first, kerala())
    assert days.start_s(first) == datetime.fromisoformat("2026-01-01T00:00:00+05:30").timestamp()
    assert days.day_of(np.array([days.start_s(first + 5), days.start_s(first + 5) - 1])).tolist() == [
        first + 5,
        first + 4,
    ]
    assert not days.is_working(day_number(SUNDAY))
    assert not days.is_working(day_number(HOLIDAY))
    assert date_of(day_number(FRIDAY)) == FRIDAY
    working = np.array([day_number(FRIDAY)])
    assert days.nth(days.count(working)).tolist() == working.tolist()
