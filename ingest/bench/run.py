"""One run of `bench ingest`: the same made-up cases through every door into one warehouse.

Who may import it: run.py, which makes the house that is measured.
"""

from __future__ import annotations

import itertools
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, Protocol

from ingest.bench.cases import FORMATS, make_cases, mapping_table
from ingest.bench.door import over_http
from ingest.cloudevent import cloudevent_mapping, split_events
from ingest.decode import decode
from ingest.mapping import load_mapping
from ingest.sources.files import FileSource
from warehouse.errors import InternalError, SourceGoneError
from warehouse.maintenance import Maintenance
from warehouse.plain_file import plain_s
from warehouse.stopwatch import spread_ms

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from ingest.bench.cases import Cases
    from ingest.pipeline import Pipeline
    from ingest.rule import Mapping
    from ingest.vocabulary import Vocabulary
    from warehouse.batch import CommitResult
    from warehouse.clock import Clock
    from warehouse.config import Config
    from warehouse.pseudonym import Pseudonyms
    from warehouse.reference import Reference
    from warehouse.writer import Writer

#: Rows of a commit.
SIZES: Final = (1_000, 10_000, 50_000)
#: Share of the events that is sent over HTTP, which is the slowest way.
_SENT: Final = 4
_BATCH_ROWS: Final = 50_000
_NO_PROGRESS_S: Final = 60
_REST_S: Final = 0.002


class House(Protocol):
    """The engine that is measured."""

    pipeline: Pipeline
    writer: Writer
    clock: Clock
    config: Config
    reference: Reference
    vocabulary: Vocabulary
    pseudonyms: Pseudonyms


class Run:
    """One run: files of three formats, the same file again, commits of three sizes, decoding alone, HTTP, Kafka."""

    def __init__(self, house: House, folder: Path, *, events: int, commits: int, kafka: str | None) -> None:
        """Nothing is made yet.

        Args:
            house: with an empty warehouse.
            folder: for files.
            events: about so many in every file.
            commits: of each size, at most.
            kafka: host:port of a broker that topics may be made on; None = Kafka is left out.
        """
        self._house, self._folder, self._events = house, folder, events
        self._commits, self._broker = commits, kafka

    def figures(self) -> dict[str, Any]:
        """All figures; see docs/bench.md for what each says."""
        house = self._house
        cases = make_cases(self._events, house.reference, house.clock.now())
        files = {form: cases.write(self._folder, form) for form in FORMATS}
        loaded = {form: self._file(path, form, cases) for form, path in files.items()}
        again = self._timed(self._load(files["csv"], self._declared("csv", "csv")))
        again |= {"again / first": again["s"] / loaded["csv"]["s"]}
        sizes = {f"of {size:,} rows": self._sized(files["csv"], size) for size in SIZES}
        pushed = list(itertools.islice(cases.cloudevents("bench_http"), cases.events // _SENT))
        mapping = cloudevent_mapping("bench_http", house.vocabulary, house.pseudonyms)
        answer = {
            "rows": cases.table.num_rows,
            "events": cases.events,
            "files": loaded,
            "duplicates": again,
            "commits": sizes,
            "decode": self._decode(pushed, mapping),
            "http": over_http(pushed, mapping, house.pipeline, house.clock, self._folder),
        }
        self._tidy_up()
        return answer | {"kafka": self._kafka(cases)}

    def _file(self, path: Path, form: str, cases: Cases) -> dict[str, Any]:
        """One file loaded whole, against DuckDB alone."""
        engine = self._house.config.engine
        found = self._timed(self._load(path, self._declared(form, form)))
        if found["accepted"] != cases.table.num_rows:
            raise InternalError(f"{found['accepted']} of {cases.table.num_rows} rows of {path.name} were accepted")
        plain = plain_s(path, self._folder, memory_limit_mb=engine.memory_limit_mb, threads=engine.duckdb_threads)
        self._tidy_up()
        return found | {
            "bytes": path.stat().st_size,
            "events_per_s": cases.events / found["s"],
            "events_per_cpu_s": cases.events / found["cpu_s"],
            "duckdb_read_s": plain["read"],
            "duckdb_insert_s": plain["insert"],
            "ratios": {
                "ingest / duckdb read": found["s"] / plain["read"],
                "ingest / duckdb insert": found["s"] / plain["insert"],
            },
        }

    def _sized(self, path: Path, rows: int) -> dict[str, Any]:
        """Commits of a size, one after the other; the next is decoded while one is written."""
        mapping = self._declared(f"of_{rows}", "csv")
        took: list[float] = []
        events, begin = 0, time.perf_counter()
        with closing(self._load(path, mapping, rows)) as results:
            for result in itertools.islice(results, self._commits):
                took.append(time.perf_counter() - begin - sum(took))
                events += result.events
        self._tidy_up()
        return {"events": events, "events_per_s": events / sum(took), **spread_ms(took)}

    def _decode(self, events: list[bytes], mapping: Mapping) -> dict[str, Any]:
        """Decode and check CloudEvents, without a warehouse."""
        now, begin = self._house.clock.now(), time.process_time()
        for start in range(0, len(events), _BATCH_ROWS):
            chunk = split_events(mapping.name, events[start : start + _BATCH_ROWS], 1, "bench")
            decoded = decode(chunk.table, mapping, now, str, chunk.refused)
            if decoded.rejected.num_rows:
                raise InternalError(f"{decoded.rejected.num_rows} made-up events were refused")
        cpu_s = time.process_time() - begin
        size = sum(map(len, events)) / len(events)
        return {"events": len(events), "bytes_per_event": size, "cpu_s": cpu_s, "events_per_cpu_s": len(events) / cpu_s}

    def _kafka(self, cases: Cases) -> dict[str, Any]:
        """A topic read to its end and committed with its offsets."""
        if self._broker is None:
            return {"left_out": "no broker was named: --kafka HOST:PORT"}
        # take time that a run without a broker need not wait for
        from ingest.sources.kafka import KafkaSource  # noqa: PLC0415
        from ingest.sources.kafka_settings import read_kafka  # noqa: PLC0415
        from ingest.sources.kafka_topic import filled_topic  # noqa: PLC0415

        house, name = self._house, "bench_kafka"
        mapping = cloudevent_mapping(name, house.vocabulary, house.pseudonyms)
        with filled_topic(self._broker, cases.cloudevents(name)) as topic:
            table = {"kafka": {"servers": [self._broker], "topics": [topic]}}
            source = KafkaSource(read_kafka(name, table, mapping, self._folder), mapping, house.clock, {})
            begin, cpu = time.perf_counter(), time.process_time()
            house.pipeline.add(source)
            try:
                self._wait_for(name, cases.events)
            finally:
                house.pipeline.close()
            s, cpu_s = time.perf_counter() - begin, time.process_time() - cpu
        told = {"events": cases.events, "s": s, "cpu_s": cpu_s}
        return told | {"events_per_s": cases.events / s, "events_per_cpu_s": cases.events / cpu_s}

    def _wait_for(self, name: str, rows: int) -> None:
        """Run the pipeline until a source has given so many rows."""
        received, since = 0, time.monotonic()
        while received < rows:
            if not self._house.pipeline.run_once():
                time.sleep(_REST_S)
            now = self._house.pipeline.totals()
            if name not in now or time.monotonic() - since > _NO_PROGRESS_S:
                raise SourceGoneError(
                    f"{received} of {rows} messages came: {self._house.pipeline.troubles().get(name)}"
                )
            if now[name].received > received:
                received, since = now[name].received, time.monotonic()

    def _declared(self, name: str, form: str) -> Mapping:
        """The mapping of a source of its own, whose events nobody has sent before."""
        house, source = self._house, f"bench_{name}"
        table = mapping_table(source, form, house.reference.state.timezone)
        return load_mapping(source, table, house.reference, house.pseudonyms)

    def _load(self, path: Path, mapping: Mapping, rows: int = _BATCH_ROWS) -> Generator[CommitResult, None, None]:
        house = self._house
        return house.pipeline.load(FileSource(path, mapping, house.clock, batch_rows=rows))

    @staticmethod
    def _timed(results: Iterator[CommitResult]) -> dict[str, Any]:
        """Load to the end. Returns: rows accepted and duplicate, s, cpu_s of this process, rows_per_s."""
        begin, cpu = time.perf_counter(), time.process_time()
        done = list(results)
        s, cpu_s = time.perf_counter() - begin, time.process_time() - cpu
        accepted, duplicates = sum(one.accepted for one in done), sum(one.duplicates for one in done)
        rows = sum(one.received for one in done)
        return {"accepted": accepted, "duplicates": duplicates, "s": s, "cpu_s": cpu_s, "rows_per_s": rows / s}

    def _tidy_up(self) -> None:
        """Fold the log into the file, as an engine does by its schedule; no figure waits for it."""
        Maintenance(self._house.writer).checkpoint()
