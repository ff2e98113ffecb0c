"""Answers are remembered for their seconds, per reader, and asked for once however many want them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from dashboard.query_cache import KEEP_S, CachedQueries
from warehouse.errors import EngineGoneError
from warehouse.principal import Principal

STATE = Principal.state_reader()
DISTRICT = Principal(user="c", role="collector", areas=frozenset({"KL-palakkad"}))


class _Engine:
    def __init__(self) -> None:
        self.asked: list[tuple[str, Principal, dict[str, object]]] = []
        self.gone = False
        self.wait = threading.Event()
        self.wait.set()

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        self.wait.wait(5)
        if self.gone:
            raise EngineGoneError("away")
        self.asked.append((name, principal, params))
        return pa.table({"n": [len(self.asked)]})


class _Steady:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def steady() -> _Steady:
    return _Steady()


def _soon(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_answer_is_kept_for_its_seconds_whatever_now_says(steady: _Steady) -> None:
    engine = _Engine()
    cached = CachedQueries(engine, elapsed=steady)
    first = cached.query("series", STATE, areas=["KL"], now=1)
    steady.now = KEEP_S["series"]
    assert cached.query("series", STATE, areas=["KL"], now=2) is first
    assert len(engine.asked) == 1


def test_an_answer_just_past_its_seconds_is_given_once_more_and_renewed_beside(steady: _Steady) -> None:
    engine = _Engine()
    cached = CachedQueries(engine, elapsed=steady)
    first = cached.query("held", STATE, areas=["KL"])
    engine.wait.clear()
    steady.now = KEEP_S["held"] + 0.1
    assert cached.query("held", STATE, areas=["KL"]) is first
    assert cached.query("held", STATE, areas=["KL"]) is first
    engine.wait.set()
    _soon(lambda: cached.query("held", STATE, areas=["KL"]) is not first)
    assert len(engine.asked) == 2


def test_an_answer_long_past_its_seconds_is_asked_for_anew(steady: _Steady) -> None:
    engine = _Engine()
    cached = CachedQueries(engine, elapsed=steady)
    first = cached.query("held", STATE, areas=["KL"])
    steady.now = KEEP_S["held"] * 5 + 0.1
    assert cached.query("held", STATE, areas=["KL"]) is not first


def test_a_renewal_that_fails_leaves_the_old_answer_until_it_is_too_old(steady: _Steady) -> None:
    engine = _Engine()
    cached = CachedQueries(engine, elapsed=steady)
    first = cached.query("held", STATE, areas=["KL"])
    engine.gone = True
    steady.now = KEEP_S["held"] + 0.1
    assert cached.query("held", STATE, areas=["KL"]) is first
    steady.now = KEEP_S["held"] * 5 + 0.1
    with pytest.raises(EngineGoneError):
        cached.query("held", STATE, areas=["KL"])


def test_another_reader_or_another_question_is_asked_anew(steady: _Steady) -> None:
    engine = _Engine()
    cached = CachedQueries(engine, elapsed=steady)
    for principal, areas in ((STATE, ["KL"]), (DISTRICT, ["KL"]), (STATE, ["KL-palakkad"])):
        cached.query("series", principal, areas=areas)
    assert len(engine.asked) == 3


def test_a_query_without_a_time_is_always_asked(steady: _Steady) -> None:
    engine = _Engine()
    cached = CachedQueries(engine, elapsed=steady)
    cached.query("case", STATE, case_id="1")
    cached.query("case", STATE, case_id="1")
    assert len(engine.asked) == 2


def test_a_failure_is_not_remembered(steady: _Steady) -> None:
    engine = _Engine()
    cached = CachedQueries(engine, elapsed=steady)
    engine.gone = True
    with pytest.raises(EngineGoneError):
        cached.query("held", STATE, areas=["KL"])
    engine.gone = False
    assert cached.query("held", STATE, areas=["KL"]).num_rows == 1


def test_equal_questions_at_once_reach_the_engine_once() -> None:
    engine = _Engine()
    engine.wait.clear()
    cached = CachedQueries(engine)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(cached.query, "held", STATE, areas=["KL"]) for _ in range(8)]
        engine.wait.set()
        tables = {id(answer.result()) for answer in answers}
    assert len(engine.asked) == len(tables) == 1
