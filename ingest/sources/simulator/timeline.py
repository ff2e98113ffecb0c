"""What happens to each case, and when: work, desks, questions, decision, delivery, feedback, reopening.

How long a case takes is decided first – within its limit or not, with the odds of its office – and everything else is
fitted in between. Offices work on working days; troubles are mended day and night.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from ingest.sources.simulator import hours
from ingest.sources.simulator.case import Cases, Draw, Mask
from ingest.sources.simulator.days import Floats, Ints
from ingest.sources.simulator.plan import HORIZON_DAYS, Plan, Unit

_DAY_S: Final = 86_400.0
#: In time: the share of the limit that is used is a uniform number to this power, so most of it usually is.
_PROMPTNESS: Final = 0.5
#: Late: half of the late ones are later than this share of the limit; a few are very late.
_LATENESS: Final = 0.68
#: Applications made after this second of a working day are first looked at on the next one.
_DESK_CLOSES_S: Final = 15.5 * 3600
#: Share of questions to the applicant that are never answered, and of these how many end as withdrawn.
_UNANSWERED: Final = 0.22
_GIVEN_UP: Final = 0.5
#: Share of the long forgotten files that are taken up again, and between which parts of the horizon.
_TAKEN_UP: Final = 0.9
_TAKEN_UP_BETWEEN: Final = (0.55, 0.95)
#: Citizens whose case was late are harder to reach.
_REACHED_IF_LATE: Final = 0.6


class Stage(IntEnum):
    """What can happen to a case, in order; the number is also the event's number within the case."""

    OPENED = 0
    PAID = 1
    MOVED_1 = 2
    PAUSED = 3
    RESUMED = 4
    MOVED_2 = 5
    MOVED_3 = 6
    DECIDED = 7
    WITHDRAWN = 8
    DELIVERED = 9
    FEEDBACK = 10
    REOPENED = 11
    DECIDED_AGAIN = 12


@dataclass(frozen=True, slots=True)
class Timeline:
    """The fate of the cases of one day.

    Attributes:
        at_s: when each stage happens, nan where it never does. Shape: (len(Stage), cases).
        moves: desks that a file crosses after the first. Shape: (cases,).
        late: the decision comes after the limit. Shape: (cases,).
        rejected: the decision rejects. Shape: (cases,).
    """

    at_s: Floats
    moves: Ints
    late: Mask
    rejected: Mask


@dataclass(frozen=True, slots=True)
class _Work:
    """How long the work on each case may and will take; counts are of working days since the calendar's first.

    Attributes:
        first: count of the day on which work can begin.
        done: count of the day of the decision, pauses left out.
        slack: working days from opening to the due day.
        running: by the clock, day and night, instead of by working days.
        run_s: seconds of work where `running`.
        late: the decision comes after the limit.
    """

    first: Ints
    done: Ints
    slack: Ints
    running: Mask
    run_s: Floats
    late: Mask


@dataclass(frozen=True, slots=True)
class _Question:
    """Questions to the applicant, which stop the clock.

    Attributes:
        after_first: at which share of the work a file leaves its first desk; questions come later.
        asked: is there one.
        unanswered: it never gets an answer.
        at: at which share of the work it is asked.
        days: working days until the answer; 0 where nothing is asked.
    """

    after_first: Floats
    asked: Mask
    unanswered: Mask
    at: Floats
    days: Ints


def timeline(plan: Plan, cases: Cases) -> Timeline:
    """Decide the fate of the cases of a day."""
    work = _work(plan, cases)
    at_s = np.full((len(Stage), len(cases)), np.nan)
    moves = _moves(plan, cases, work)
    rejected = cases.draws[Draw.OUTCOME] < plan.reject_share[cases.service]
    question = _question(plan, cases, work)
    decided_s = _go_through_desks(_Desks(plan, cases, work), question, moves, at_s)
    at_s[Stage.OPENED] = cases.opened_s
    _end(plan, cases, question, decided_s, at_s)
    _deliver(plan, cases, ~rejected, work.late, at_s)
    _pay(plan, cases, at_s)
    _come_back(plan, cases, at_s)
    return Timeline(at_s, moves, work.late, rejected)


def _work(plan: Plan, cases: Cases) -> _Work:
    """How long each case takes, so that it misses its limit with the probability of its office."""
    days, day = plan.days, cases.day
    base = int(days.count(np.array([day]))[0])
    begins_today = days.is_working(day) & (cases.opened_s - days.start_s(day) < _DESK_CLOSES_S)
    first = np.where(begins_today, base, base + 1)
    unit = plan.unit[cases.service]
    limit = plan.limit[cases.service, plan.pair_class[cases.pair]]
    whole = limit.astype(np.int64)
    slack = days.count(np.where(unit == Unit.WORKING_DAYS, days.nth(base + whole), day + whole)) - base
    pace = _pace(plan.odds(day, cases.pair), plan.lateness(day, cases.pair), cases.draws[Draw.PACE])
    # what is due today is done by a machine or at the counter
    at_once = (slack == 0) & (unit != Unit.HOURS)
    run_s = np.where(at_once, 300.0 + 5_400.0 * pace, limit * 3600.0 * pace)
    done = np.maximum(first, base + np.floor(pace * (slack + 1)).astype(np.int64))
    done = _taken_up(plan, cases, done, base + slack)
    running = (unit == Unit.HOURS) | at_once
    return _Work(first, done, slack, running, run_s, np.where(running, pace > 1.0, done > base + slack))


def _pace(odds: Floats, lateness: Floats, draw: Floats) -> Floats:
    """Time needed as a share of the limit: above 1 with the probability odds ÷ (1 + odds), long-tailed there."""
    in_time = 1.0 / (1.0 + odds)
    prompt = 0.999 * (np.minimum(draw, in_time) / in_time) ** _PROMPTNESS
    beyond = np.clip((draw - in_time) * (1.0 + odds) / odds, 0.0, 1.0 - 1e-9)
    late = 1.0 + 1e-6 + _LATENESS * lateness * np.sqrt(beyond / (1.0 - beyond))
    return np.where(draw < in_time, prompt, late)


def _taken_up(plan: Plan, cases: Cases, done: Ints, due: Ints) -> Ints:
    """Most of what lies for half a year is taken up again by somebody; a few files are lost for good."""
    least, most = _TAKEN_UP_BETWEEN
    part = least + (most - least) * cases.draws[Draw.TAKEN_UP] / _TAKEN_UP
    end = plan.days.count((cases.day + HORIZON_DAYS * part).astype(np.int64))
    found = (cases.draws[Draw.TAKEN_UP] < _TAKEN_UP) & (end > due)
    return np.where(found, np.minimum(done, end), done)


def _moves(plan: Plan, cases: Cases, work: _Work) -> Ints:
    """How many desks a file crosses after the first: short work stays on one desk."""
    desks = plan.post_count[plan.pair_path[cases.pair]]
    most = np.minimum(desks - 1, np.where(work.slack <= 2, 1, np.where(work.slack <= 9, 2, 3)))
    return np.floor(cases.draws[Draw.MOVES] * (most + 0.999)).astype(np.int64)


def _question(plan: Plan, cases: Cases, work: _Work) -> _Question:
    draws = cases.draws
    asked = (draws[Draw.PAUSE] < plan.pause_share[cases.service]) & ~work.running & (work.slack >= 3)
    long = draws[Draw.PAUSE_LONG]
    begin = 0.05 + 0.25 * draws[Draw.MOVE_AT]
    wait = 1 + 5.0 * (long / (1 - long)) ** 0.6
    return _Question(
        after_first=begin,
        asked=asked,
        unanswered=asked & (long > 1 - _UNANSWERED),
        at=begin + (0.6 - begin) * draws[Draw.PAUSE_AT],
        days=np.where(asked, np.minimum(wait, 200.0), 0.0).astype(np.int64),
    )


class _Desks:
    """Sets times within the work of each case, never before what happened last."""

    def __init__(self, plan: Plan, cases: Cases, work: _Work) -> None:
        self._plan, self._cases, self._work = plan, cases, work
        self._gap_s = np.minimum(120.0 + 1_500.0 * cases.draws[Draw.GAP], 0.2 * work.run_s + 60.0)
        self.last_s = cases.opened_s

    def at(self, part: Floats | float, shift: Ints | int, draw: Draw, happens: Mask | bool = True) -> Floats:
        """When a share of the work is done.

        Args:
            part: share of the work.
            shift: working days that the clock stood still before.
            draw: decides the time of day.
            happens: where nothing happens, nothing later has to wait for it, and the time is nan.
        """
        plan, work = self._plan, self._work
        count = np.floor(work.first + part * (work.done - work.first) + shift + 1e-9).astype(np.int64)
        midnight_s = plan.days.starts_s(plan.days.nth(count))
        by_desk = midnight_s + hours.desk_s(self._cases.draws[draw])
        by_clock = self._cases.opened_s + part * work.run_s
        at_s = np.maximum(np.where(work.running, by_clock, by_desk), self.last_s + self._gap_s)
        self.last_s = np.where(happens, at_s, self.last_s)
        return np.where(happens, at_s, np.nan)


def _go_through_desks(desks: _Desks, question: _Question, moves: Ints, at_s: Floats) -> Floats:
    """Fill in moves and questions; returns when each case would be decided if nothing came between."""
    at_s[Stage.MOVED_1] = desks.at(question.after_first, 0, Draw.MOVE_TIME, moves >= 1)
    at_s[Stage.PAUSED] = desks.at(question.at, 0, Draw.PAUSE_TIME, question.asked)
    resumed_s = desks.at(question.at, question.days, Draw.RESUME_TIME, question.asked)
    at_s[Stage.RESUMED] = np.where(question.unanswered, np.nan, resumed_s)
    for stage, number, part in ((Stage.MOVED_2, 2, 0.45), (Stage.MOVED_3, 3, 0.7)):
        later = np.maximum(part, question.at * question.asked)
        moved_s = desks.at(later, question.days, Draw.LATER_MOVE_TIME, moves >= number)
        # a file that waits for an answer stays where it is
        at_s[stage] = np.where(question.unanswered, np.nan, moved_s)
    return desks.at(1.0, question.days, Draw.DECISION_TIME)


def _end(plan: Plan, cases: Cases, question: _Question, decided_s: Floats, at_s: Floats) -> None:
    """Fill in decision or withdrawal."""
    draw = cases.draws[Draw.WITHDRAW]
    # nobody answered: half of these are closed as withdrawn after some months, the others stay paused
    given_up = question.unanswered & (draw < _GIVEN_UP)
    given_up_s = at_s[Stage.PAUSED] + _DAY_S * (60 + 200 * draw)
    withdrawn = (draw > 1 - plan.withdraw_share) & ~question.unanswered
    half_way_s = cases.opened_s + (decided_s - cases.opened_s) * (0.3 + 0.6 * cases.draws[Draw.PAUSE_AT])
    after_all_s = np.fmax.reduce(at_s[Stage.MOVED_1 : Stage.DECIDED]) + 60
    at_s[Stage.WITHDRAWN] = np.where(
        given_up, given_up_s, np.where(withdrawn, np.fmax(half_way_s, after_all_s), np.nan)
    )
    at_s[Stage.DECIDED] = np.where(question.unanswered | withdrawn, np.nan, decided_s)


def _deliver(plan: Plan, cases: Cases, approved: Mask, late: Mask, at_s: Floats) -> None:
    """Fill in delivery, and what the citizen says when called some days afterwards."""
    draws, days = cases.draws, plan.days
    given = approved & (draws[Draw.DELIVER] < plan.deliver_share[cases.service]) & np.isfinite(at_s[Stage.DECIDED])
    lag_s = 90 + 14_000 * (draws[Draw.DELIVER_LAG] / (1 - draws[Draw.DELIVER_LAG])) ** 1.2
    at_s[Stage.DELIVERED] = np.where(given, at_s[Stage.DECIDED] + np.minimum(lag_s, 9 * _DAY_S), np.nan)
    called = given & (draws[Draw.ANSWER] < plan.feedback_share * np.where(late, _REACHED_IF_LATE, 1.0))
    end_s = np.where(called, at_s[Stage.DELIVERED], cases.opened_s)
    call_day = days.day_of(end_s) + 1 + np.floor(3 * draws[Draw.ANSWER_AT]).astype(np.int64)
    called_s = days.starts_s(call_day) + hours.call_s(draws[Draw.ANSWER_TIME])
    at_s[Stage.FEEDBACK] = np.where(called, called_s, np.nan)


def _pay(plan: Plan, cases: Cases, at_s: Floats) -> None:
    """Fill in payments, with the application or after the decision."""
    paid = cases.draws[Draw.PAY] < plan.fee_share[cases.service]
    cause_s = np.where(plan.fee_on_opening[cases.service], cases.opened_s, at_s[Stage.DECIDED])
    at_s[Stage.PAID] = np.where(paid, cause_s + 45 + 240 * cases.draws[Draw.AMOUNT], np.nan)


def _come_back(plan: Plan, cases: Cases, at_s: Floats) -> None:
    """Fill in reopening and the second decision."""
    draws, decided_s = cases.draws, at_s[Stage.DECIDED]
    back = draws[Draw.REOPEN] < plan.reopen_share[cases.service]
    back_s = np.fmax(decided_s + _DAY_S * (0.3 + 9 * draws[Draw.REOPEN_AT]), at_s[Stage.DELIVERED] + 600)
    at_s[Stage.REOPENED] = np.where(back & np.isfinite(decided_s), back_s, np.nan)
    again_s = 3_600 + (decided_s - cases.opened_s) * (0.3 + 1.2 * draws[Draw.REOPEN_PACE])
    at_s[Stage.DECIDED_AGAIN] = at_s[Stage.REOPENED] + again_s
