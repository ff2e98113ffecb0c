"""What an evaluation costs, as a ratio of processor times, so that it holds on any machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indicators.board import Board
from indicators.evaluate import Evaluator
from indicators.load import load_catalogue
from tests.helpers.house import CATALOGUE
from warehouse.clock import SystemClock
from warehouse.reference import load_reference

ROOT = Path(__file__).resolve().parents[2]


def least_s(work: Callable[[], object], runs: int = 5) -> float:
    """Least processor seconds of several runs."""
    times = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


@pytest.mark.timed
def test_one_event_costs_what_its_indicators_cost_and_not_a_pass_over_everything() -> None:
    reference = load_reference(ROOT / "warehouse" / "states" / "kerala")
    evaluator = Evaluator(load_catalogue(CATALOGUE, reference), reference)
    board = Board(reference, SystemClock())
    board.take_touched()
    first = reference.subject_index["income_certificate"] * len(reference.areas)
    touched = np.arange(first, first + len(reference.areas))
    everything = least_s(lambda: list(evaluator.evaluate(board)))
    one = least_s(lambda: list(evaluator.evaluate(board, touched)))
    assert one < everything / 6, f"one service {one * 1e3:.1f} ms, everything {everything * 1e3:.1f} ms"
