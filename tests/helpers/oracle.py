"""What a case, its cells and the board must be, worked out slowly: one event, one day, one case at a time.

Shares no code with indicators/: plain Python over plain dicts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from indicators.sla import LimitUnit
from tests.helpers.tiny_state import AREAS, ASSETS, RULES, ZONE, is_working_day, local_day
from warehouse.event import CASE_KINDS, KIND_RANK

Event = dict[str, Any]
Case = dict[str, Any]
SECOND = timedelta(seconds=1)
PAYLOAD = ("service", "area", "office", "post", "step", "outcome", "channel", "due_at", "amount", "rating", "value")
HOLDING = ("case.opened", "case.moved", "case.paused", "case.resumed", "case.reopened", "case.decided")


def end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZONE).astimezone(UTC)


def working_days_later(day: date, count: int) -> date:
    """Walk; with 0 a day off goes back to the last working day."""
    if count == 0:
        while not is_working_day(day):
            day -= timedelta(days=1)
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def limit_of(service: str | None, day: date) -> tuple[LimitUnit, int, dict[str, int]] | None:
    for start, end, unit, amount, own in RULES.get(service or "", []):
        if start <= day <= end:
            return unit, amount, own
    return None


def first_due(service: str | None, area: str | None, opened: datetime) -> datetime | None:
    day = local_day(opened)
    limit = limit_of(service, day)
    if limit is None:
        return None
    unit, amount, own = limit
    amount = own.get((AREAS[area][1] if area else None) or "", amount)
    if unit == LimitUnit.HOURS:
        return opened + timedelta(hours=amount)
    if unit == LimitUnit.DAYS:
        return end_of(day + timedelta(days=amount))
    return end_of(working_days_later(day, amount))


def moved_due(due: datetime, unit: LimitUnit, begin: datetime, end: datetime) -> datetime:
    if unit == LimitUnit.HOURS:
        return due + (end - begin)
    if unit == LimitUnit.DAYS:
        return end_of(local_day(due) + (local_day(end) - local_day(begin)))
    day, count = local_day(begin), 0
    while day < local_day(end):
        day += timedelta(days=1)
        count += is_working_day(day)
    later = working_days_later(local_day(due), count)
    if end_of(later) < end:
        later = working_days_later(later, 1)
    return end_of(later)


def effective(events: Iterable[Event]) -> list[Event]:
    """Originals as their corrections and retractions leave them."""
    events = list(events)
    latest: dict[tuple[str, str], Event] = {}
    retracted = {(item["source"], item["ref"]) for item in events if item["kind"] == "event.retracted"}
    for item in sorted(events, key=lambda item: (item["occurred_at"], item["event_id"])):
        if item["kind"] == "event.corrected":
            latest[item["source"], item["ref"]] = item
    result = []
    for item in events:
        name = (item["source"], item["event_id"])
        if item["kind"].startswith("event.") or name in retracted:
            continue
        correction = latest.get(name, {})
        changes = {field: correction[field] for field in PAYLOAD if correction.get(field) is not None}
        result.append(item | changes)
    return result


def order_of(item: Event) -> tuple[datetime, int, str, str]:
    return (item["occurred_at"], KIND_RANK[item["kind"]], item["source"], item["event_id"])


def fold_case(events: list[Event]) -> Case | None:
    """The row of one case from its effective events; None if they do not make it known."""
    own = sorted((item for item in events if item["kind"] in CASE_KINDS), key=order_of)
    mentions = sorted(
        (
            item
            for item in events
            if item["kind"] not in CASE_KINDS and (item["service"] is None or item["area"] is None)
        ),
        key=order_of,
    )
    if not own and not mentions:
        return None
    everything = sorted([*own, *mentions], key=order_of)
    opened = next((item for item in own if item["kind"] == "case.opened"), None)
    case: Case = dict.fromkeys(
        ("service", "area", "office", "post", "step", "channel", "opened_at", "opened_day", "due_at", "paused_at",
         "decided_at", "decided_day", "outcome", "withdrawn_day", "delivered_day", "reopened_day")
    )  # fmt: skip
    case |= {"case_id": everything[0]["case_id"], "source": (opened or everything[0])["source"], "status": "unopened"}
    case |= {"due_stated": False, "paused_s": 0, "reopened": 0, "last_event_at": (own or mentions)[-1]["occurred_at"]}
    for item in own:
        if item["kind"] in HOLDING:
            case |= {name: item[name] for name in ("office", "post", "step") if item[name] is not None}
    return case if opened is None else _walk(case, opened, own)


def _walk(case: Case, opened: Event, own: list[Event]) -> Case:
    case |= {name: opened[name] for name in ("service", "area", "channel")}
    case |= {"opened_at": opened["occurred_at"], "opened_day": opened["day"], "status": "open"}
    case["due_stated"] = opened["due_at"] is not None
    case["due_at"] = opened["due_at"] or first_due(case["service"], case["area"], case["opened_at"])
    for item in own:
        kind = item["kind"]
        is_open = case["status"] == "open"
        if kind == "case.paused" and is_open and case["paused_at"] is None:
            case["paused_at"] = max(item["occurred_at"], case["opened_at"])
        elif kind == "case.resumed":
            _end_pause(case, item["occurred_at"])
        elif kind == "case.decided" and is_open:
            _end_pause(case, item["occurred_at"])
            case |= {"status": "decided", "decided_at": item["occurred_at"], "decided_day": item["day"]}
            case |= {"outcome": item["outcome"]}
        elif kind == "case.withdrawn" and is_open:
            _end_pause(case, item["occurred_at"])
            case |= {"status": "withdrawn", "withdrawn_day": item["day"]}
        elif kind == "case.reopened" and not is_open:
            case |= dict.fromkeys(("decided_at", "decided_day", "outcome", "withdrawn_day"))
            case |= {"status": "open", "reopened": case["reopened"] + 1, "reopened_day": item["day"]}
        elif kind == "case.delivered":
            case["delivered_day"] = item["day"]
    return case


def _end_pause(case: Case, end: datetime) -> None:
    begin, case["paused_at"] = case["paused_at"], None
    if begin is None:
        return
    end = max(end, case["opened_at"])
    if case["due_at"] is not None and begin > case["due_at"]:
        return
    case["paused_s"] += (end - begin) // SECOND
    if case["due_at"] is not None and not case["due_stated"]:
        limit = limit_of(case["service"], case["opened_day"])
        assert limit is not None
        case["due_at"] = moved_due(case["due_at"], limit[0], begin, end)


def fold(events: Iterable[Event]) -> dict[str, Case]:
    """All case rows, by case."""
    by_case: dict[str, list[Event]] = defaultdict(list)
    for item in effective(events):
        if item["case_id"] is not None and item["kind"] in (*CASE_KINDS, "feedback.given", "amount.recorded"):
            by_case[item["case_id"]].append(item)
    folded = {case_id: fold_case(items) for case_id, items in by_case.items()}
    return {case_id: case for case_id, case in folded.items() if case is not None}


#: (day, subject, area) → measure → sum; bins are measures (`bin`, number).
Flows = dict[tuple[date, str, str], Counter[Any]]


def flows(events: Iterable[Event]) -> Flows:
    """Every flow measure of services and metrics by day and leaf area."""
    events = list(events)
    cases = fold(events)
    sums: Flows = defaultdict(Counter)
    for case in cases.values():
        _count_case(case, sums)
    for item in effective(events):
        _count_event(item, cases, sums)
    found = {key: Counter({name: sum_ for name, sum_ in one.items() if sum_}) for key, one in sums.items()}
    return {key: one for key, one in found.items() if one}


def _count_case(case: Case, sums: Flows) -> None:
    if case["status"] == "unopened" or case["service"] is None or case["area"] is None:
        return

    def add(day: date, **measures: int) -> None:
        sums[day, case["service"], case["area"]].update(measures)

    add(case["opened_day"], received=1)
    if case["status"] == "decided":
        decide_s = max(0, (case["decided_at"] - case["opened_at"]) // SECOND - case["paused_s"])
        due = case["due_at"]
        timing = "undated" if due is None else "in_time" if case["decided_at"] <= due else "late"
        add(case["decided_day"], decided=1, decide_s=decide_s, **{timing: 1})
        if case["outcome"]:
            add(case["decided_day"], **{case["outcome"]: 1})
        number = 0
        while number < 29 and decide_s >= 3600 * 2 ** (number / 2):
            number += 1
        sums[case["decided_day"], case["service"], case["area"]]["bin", number] += 1
    if case["withdrawn_day"]:
        add(case["withdrawn_day"], withdrawn=1)
    if case["delivered_day"]:
        add(case["delivered_day"], delivered=1)
    if case["reopened"]:
        add(case["reopened_day"], reopened=1)


def _count_event(item: Event, cases: dict[str, Case], sums: Flows) -> None:
    kind, day = item["kind"], item["day"]
    if kind in ("reading.taken", "expected.set"):
        area = item["area"] or ASSETS.get(item["asset"] or "")
        if area and item["metric"] and item["value"] is not None:
            thousandths = round(item["value"] * 1000)
            sums[day, item["metric"], area].update(
                {"readings": 1, "reading_sum": thousandths}
                if kind == "reading.taken"
                else {"expected_sum": thousandths}
            )
        return
    if kind not in ("feedback.given", "amount.recorded"):
        return
    case = cases.get(item["case_id"] or "", {})
    known = case.get("status", "unopened") != "unopened"
    service = item["service"] or (case["service"] if known else None)
    area = item["area"] or (case["area"] if known else None)
    if service is None or area is None:
        return
    if kind == "feedback.given" and item["rating"] is not None:
        sums[day, service, area].update(
            {"feedback": 1, "satisfied": int(item["rating"] >= 4), "rating": item["rating"]}
        )
    if kind == "amount.recorded" and item["amount"] is not None:
        sums[day, service, area].update({"payments": 1, "paid_paise": item["amount"]})


def gauges(events: Iterable[Event]) -> dict[tuple[str, str], Event]:
    """Last reading by (metric, asset)."""
    last: dict[tuple[str, str], Event] = {}
    for item in sorted(effective(events), key=lambda item: (item["occurred_at"], item["event_id"], item["source"])):
        if item["kind"] == "reading.taken" and item["asset"] and item["value"] is not None:
            area = item["area"] or ASSETS.get(item["asset"])
            if area:
                last[item["metric"], item["asset"]] = item | {"area": area}
    return last


def stocks(cases: Iterable[Case], now: datetime) -> dict[tuple[str, str], Counter[str]]:
    """Stock measures by (service, leaf area) at an instant."""
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case in cases:
        if case["status"] != "open" or case["service"] is None or case["area"] is None:
            continue
        add = sums[case["service"], case["area"]].update
        due, paused = case["due_at"], case["paused_at"]
        add({"open": 1, "paused": int(paused is not None), "open_undated": int(due is None)})
        if due is None or (paused is not None and paused <= due):
            continue
        if now > due:
            add({"overdue": 1, "overdue_days": (now - due) // timedelta(days=1)})
        elif due <= now + timedelta(hours=48):
            add({"due_48h": 1})
    return sums


def above(area: str) -> list[str]:
    """The area and its ancestors."""
    way = [area]
    while (parent := AREAS[way[-1]][0]) is not None:
        way.append(parent)
    return way
