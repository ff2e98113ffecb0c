"""One run of the benchmark: a simulated year, loaded and committed under the stopwatch, then read.

Who may import it: run.py, which makes the house that is measured.
"""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import pyarrow as pa

from indicators import bench
from warehouse.batch import Batch, CommitResult
from warehouse.maintenance import Maintenance
from warehouse.principal import Principal
from warehouse.query import facts
from warehouse.stopwatch import seconds
from warehouse.value_layout import read_snapshot

if TYPE_CHECKING:
    from indicators.board import Board
    from indicators.definition import Catalogue
    from indicators.publish import BoardPublisher
    from warehouse.clock import Clock
    from warehouse.database import Database
    from warehouse.reader import Reader
    from warehouse.reference import Reference
    from warehouse.writer import Writer

_READER: Final = Principal.state_reader("bench")


class House(Protocol):
    """The engine that is measured."""

    writer: Writer
    reader: Reader
    database: Database
    board: Board
    catalogue: Catalogue
    reference: Reference
    clock: Clock

    @property
    def publisher(self) -> BoardPublisher:
        """Gives out the values."""
        ...

    def close(self) -> None:
        """Close the warehouse."""
        ...


class Feed(Protocol):
    """A simulated source."""

    @property
    def done(self) -> bool:
        """Whether it has given everything."""
        ...

    def next_batch(self) -> Batch | None:
        """Its next rows."""
        ...


class Simulation(Protocol):
    """The simulated state.

    Attributes:
        parameters: a dataclass with batch_rows, most rows of a batch.
    """

    parameters: Any

    @property
    def feeds(self) -> Sequence[Feed]:
        """Its sources."""
        ...

    @property
    def share_given(self) -> float:
        """How much of the history has been given, 0 to 1."""
        ...


#: The grouping that Polars is asked for.
_SAME_GROUPS: Final = """
    with opened as (
        select opened_day, service, area, count(*) as received from "case" where service is not null group by all),
    decided as (
        select decided_day, service, area, count(*) as decided, count(*) filter (outcome = 'approved') as approved,
            count(*) filter (outcome = 'rejected') as rejected, count(*) filter (decided_at <= due_at) as in_time,
            count(*) filter (decided_at > due_at) as late,
            sum((epoch_us(decided_at) - epoch_us(opened_at)) // 1000000 - paused_s) as took_s
        from "case" where service is not null and status = 'decided' group by all)
    select (select count(*) from opened) as opened, (select sum(took_s) from decided) as took_s"""


class Run:
    """One run of `bench compute`: a simulated year of which the last part is committed under the stopwatch."""

    #: Share of the history after which commits are measured, for how their cost grows.
    EARLY, LATE = 0.1, 0.9
    #: Events of which everything is recomputed in one statement, to bound its memory.
    RECOMPUTED_AT_ONCE = 8_000_000
    #: Rows given between two checkpoints while the history is loaded; an engine does the same by the clock.
    MAINTAINED_EVERY = 2_000_000

    def __init__(
        self,
        house: House,
        simulation: Simulation,
        folder: Path,
        commits: int,
        told: bench.Told = lambda name, figures: None,
    ) -> None:
        """Nothing is loaded yet.

        Args:
            house: with an empty warehouse; closed at the end of the run.
            simulation: a history without a live end.
            folder: for files of the comparison.
            commits: how many of each kind are measured.
            told: is told what is known already, while the rest is measured.
        """
        self._told = told
        self._house, self._simulation, self._folder, self._times = house, simulation, folder, commits
        self._maintenance = Maintenance(house.writer)
        self._since_maintained = 0

    def figures(self) -> dict[str, Any]:
        """All figures but that of a restart; see docs/bench.md for what each says."""
        house = self._house
        load_s = seconds(lambda: self._load(self.EARLY))
        events = self._count()
        early = self._commits(1_000, self._times)
        self._told("commits, early", {"stored": events, **early})
        load_s += seconds(lambda: self._load(self.LATE))
        loaded = self._count() - early["events"]
        load = {"s": load_s, "events_per_s": loaded / load_s, "with_generator": True}
        self._told("load", {"stored": self._count(), **load})
        late = self._commits(1_000, self._times)
        self._told("commits, late", late)
        sustained = self._commits(10_000, max(1, self._times // 5))
        self._told("commits of 10,000", sustained)
        house.publisher.publish()
        memory_mb = {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "now": _resident_mb()}
        self._told("memory_mb", memory_mb)
        subject = bench.Subject(
            self._ask,
            self._recompute,
            facts(),
            house.board,
            house.catalogue,
            house.reference,
            house.clock.now(),
            self._told,
        )
        answer = {
            "indicators": len(house.catalogue.definitions),
            "areas": len(house.reference.areas),
            "events": self._count(),
            "load": load,
            "compute": bench.reads(subject),
            "polars": bench.tried(self._polars),
            "commits": {
                f"of 1,000 at {events} events": early,
                f"of 1,000 at {self._count()} events": late,
                "growth of p50": late["p50_ms"] / early["p50_ms"] if early["p50_ms"] and late["p50_ms"] else None,
                "of 10,000": sustained,
                "merge_into of 1,000": bench.tried(self._merge_into),
            },
            "reads": self._reads(),
            "memory_mb": memory_mb,
        }
        house.close()
        return answer

    def _load(self, share: float) -> None:
        """Commit the history up to a share of it, taking the next batches while the last are written."""
        writing: Future[list[CommitResult]] | None = None
        while self._simulation.share_given < share:
            batches = [batch for feed in self._simulation.feeds if (batch := feed.next_batch()) is not None]
            if writing is not None:
                writing.result()
            self._since_maintained += sum(batch.events.num_rows for batch in batches)
            if self._since_maintained >= self.MAINTAINED_EVERY:
                self._maintain()
            writing = self._house.writer.submit(batches, self._house.board)
        if writing is not None:
            writing.result()
        self._maintain()

    def _recompute(self) -> None:
        """All cells of services, in spans of days of equal length."""
        (whole,) = self._ask(
            'select min("day") as first, max("day") as last, count(*) as events from event'
        ).to_pylist()
        parts = 1 + whole["events"] // self.RECOMPUTED_AT_ONCE
        days = (whole["last"] - whole["first"]).days + 1
        begins = [whole["first"] + timedelta(days=days * part // parts) for part in range(parts + 1)]
        for begin, following in pairwise(begins):
            end = following - timedelta(days=1)
            self._house.reader.query("recompute_cells", _READER, from_day=begin, to_day=end)

    def _maintain(self) -> None:
        """Sum up deltas, fold the log into the file, keep indexes: the history stands as in an engine of a year."""
        self._maintenance.compact(self._house.board.today)
        self._maintenance.checkpoint()
        self._house.writer.keep_index()
        self._since_maintained = 0

    def _commits(self, rows: int, count: int) -> dict[str, Any]:
        """Measure commits of so many rows, of several sources together as the pipeline does."""
        simulation, house = self._simulation, self._house
        whole, simulation.parameters = simulation.parameters, replace(simulation.parameters, batch_rows=rows)

        def batches() -> Iterator[Batch]:
            while not all(feed.done for feed in simulation.feeds):
                yield from (batch for feed in simulation.feeds if (batch := feed.next_batch()) is not None)

        def commit(group: Sequence[Batch]) -> None:
            house.writer.submit(group, house.board).result()

        measured = bench.commits(commit, bench.grouped(batches(), rows, count))
        simulation.parameters = whole
        return measured

    def _reads(self) -> dict[str, Any]:
        """One district's values of all indicators with ranks: idle, and while batches are committed."""
        house = self._house
        siblings = [
            house.reference.area_index[area.code]
            for area in house.reference.by_level(house.reference.state.levels[1].code)
        ]
        layout, values = read_snapshot(house.publisher.snapshot())

        def one_area() -> None:
            bench.ranked(values, layout, house.catalogue, siblings)

        def nothing() -> None:
            self._ask("select 1")

        idle = bench.one_area(one_area, nothing)
        writing = threading.Thread(target=self._commits, args=(1_000, self._times))
        writing.start()
        busy = bench.one_area(one_area, nothing)
        writing.join()
        return {"idle": idle, "under_write": busy}

    def _merge_into(self) -> dict[str, Any]:
        """What 1,000 changed cases cost as an upsert into the table of cases."""
        with self._house.database.cursor() as cursor:
            cursor.execute('create temp table state as select * from "case"')
            changed = "select * replace (now() as last_event_at) from state using sample 1000 rows"

            def merge() -> None:
                cursor.execute(f"create or replace temp table changed as {changed}")
                cursor.execute(
                    "merge into state s using changed c on s.case_id = c.case_id "
                    "when matched then update set last_event_at = c.last_event_at, status = c.status "
                    "when not matched then insert"
                )

            return bench.repeated_ms(merge, 20)

    def _polars(self) -> dict[str, Any]:
        """The flows of the case table grouped by Polars, from Parquet, against DuckDB on its own table."""
        from pyarrow import parquet  # noqa: PLC0415 – takes time that no other command has to wait for

        try:
            import polars  # noqa: PLC0415 – only here, and only where the tests' requirements are installed
        except ImportError:
            return {"left_out": "polars is not installed: make test installs it"}
        path = self._folder / "case.parquet"
        with self._house.database.cursor() as cursor:
            rows = cursor.sql('select * from "case"').to_arrow_reader(1_000_000)
            with parquet.ParquetWriter(path, rows.schema) as file:
                for part in rows:
                    file.write_batch(part)

        def grouped() -> None:
            rows = polars.scan_parquet(path).filter(polars.col("service").is_not_null())
            decided = rows.filter(polars.col("status") == "decided")
            by_opening = rows.group_by("opened_day", "service", "area").agg(polars.len().alias("received"))
            by_decision = decided.group_by("decided_day", "service", "area").agg(
                polars.len().alias("decided"),
                (polars.col("outcome") == "approved").sum().alias("approved"),
                (polars.col("outcome") == "rejected").sum().alias("rejected"),
                (polars.col("decided_at") <= polars.col("due_at")).sum().alias("in_time"),
                (polars.col("decided_at") > polars.col("due_at")).sum().alias("late"),
                (
                    (polars.col("decided_at") - polars.col("opened_at")).dt.total_seconds() - polars.col("paused_s")
                ).sum(),
            )
            polars.collect_all([by_opening, by_decision])

        polars_s, own_s = seconds(grouped), seconds(lambda: self._ask(_SAME_GROUPS))
        return {"polars_s": polars_s, "duckdb_s": own_s, "polars / duckdb": polars_s / own_s}

    def _count(self) -> int:
        return int(self._ask("select count(*) as events from event")["events"][0].as_py())

    def _ask(self, text: str) -> pa.Table:
        with self._house.database.cursor() as cursor:
            return cursor.sql(text).to_arrow_table()


def _resident_mb() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
