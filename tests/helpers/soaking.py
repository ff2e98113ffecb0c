"""A process that loads a small simulated Kerala with every disorder, and ends itself, as kill -9 does, at some moment.

`python -m tests.helpers.soaking FOLDER MOMENT NTH`: the moment is one of warehouse.writer.MOMENTS, `housekeeping` (NTH
milliseconds into checkpoints, summing up and writing indexes), or `never`. What it loads is the same every time.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from indicators.board import Board
from ingest.pipeline import Pipeline
from ingest.sources.simulator import Parameters, Simulation, load_story
from tests.helpers.ingesting import end_as_killed, ending_at
from warehouse.clock import SettableClock
from warehouse.database import Database
from warehouse.lookup import install
from warehouse.maintenance import Maintenance
from warehouse.principal import Principal
from warehouse.reader import Reader
from warehouse.reference import load_reference
from warehouse.writer import Writer

KERALA: Final = Path(__file__).resolve().parents[2] / "warehouse" / "states" / "kerala"
NOW: Final = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)
#: Every disorder, each many times as often as in the demo.
STATE: Final = Parameters(
    cases=6_000,
    history_days=60,
    seed=7,
    live=False,
    late_share=0.1,
    duplicate_share=0.05,
    corrected_share=0.03,
    malformed_share=0.01,
    batch_rows=40,
)
#: Cases of three systems, answers about them from a fourth, readings of two.
FEEDS: Final = ("ksmart", "edistrict", "relis", "ras_feedback", "erss112", "kfon")
#: Commits between two rounds of housekeeping.
_TIDIED_EVERY: Final = 12


def load(folder: Path, moment: str, nth: int) -> None:
    """Go on from what is stored to the end of the history."""
    clock, reference = SettableClock(NOW), load_reference(KERALA)
    database = Database(folder / "warehouse.duckdb")
    writer = Writer(database, clock, ending_at(moment, nth))
    reader = Reader(database, install(reference, database), clock)
    board = Board(reference, clock)
    writer.run(lambda _: board.load(reader), in_transaction=False)
    stored = reader.query("source_positions", Principal.state_reader()).to_pylist()
    positions = {row["source"]: row["position"] for row in stored}
    simulation = Simulation(reference, load_story(reference.state.code), STATE, clock, positions)
    feeds = [feed for feed in simulation.feeds if feed.name in FEEDS]
    pipeline = Pipeline(feeds, writer, board, clock)
    maintenance = Maintenance(writer, least_share=-1)
    turn = 0
    while pipeline.sources():
        pipeline.run_once()
        turn += 1
        if moment == "housekeeping":
            threading.Thread(target=_later, args=(nth / 1000,), daemon=True).start()
        if moment == "housekeeping" or turn % _TIDIED_EVERY == 0:
            maintenance.compact(board.today)
            maintenance.checkpoint()
            writer.keep_index()
    pipeline.close()
    assert not pipeline.failures
    writer.close()
    database.close()


def _later(wait_s: float) -> None:
    time.sleep(wait_s)
    end_as_killed()


if __name__ == "__main__":
    load(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
