"""One run of `bench ingest`: made-up cases through every door into one warehouse, stage by stage, and at steady rates.

Who may import it: run.py, which makes the house that is measured.
"""

from __future__ import annotations

import itertools
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from ingest.bench.cases import FORMATS, MOST_SERVICES, make_cases, mapping_table
from ingest.bench.door import over_http, steady_http
from ingest.bench.latency import WARM_UP_S, Observed, figures
from ingest.bench.stages import each_stage
from ingest.cloudevent import cloudevent_mapping
from ingest.mapping import load_mapping
from ingest.pipeline import Pipeline
from ingest.sources.files import FileSource
from warehouse.errors import InternalError
from warehouse.maintenance import Maintenance
from warehouse.plain_file import plain_s
from warehouse.stopwatch import spread_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from ingest.bench.cases import Cases
    from ingest.bench.house import House, Loop
    from ingest.rule import Mapping
    from warehouse.batch import CommitResult

    #: Sends CloudEvents of a mapping's source at so many a second, until all values are current; says when each was to
    #: be sent and when it was.
    Send: TypeAlias = Callable[[Sequence[bytes], Mapping, Observed, int], list[tuple[float, float]]]

#: Rows of a commit.
SIZES: Final = (1_000, 10_000, 50_000)
#: Events of a commit, where each stage is measured alone.
STAGE_ROWS: Final = (1_000, 10_000)
#: Events a second of which it is measured how soon their values are current.
RATES: Final = (1_000, 10_000)
#: Of how many services these are: an evaluation costs what the indicators of all services that were touched cost.
SERVICES: Final = (10, MOST_SERVICES)
#: One in so many events is sent over HTTP, which is the slowest way.
_SENT: Final = 4
_BATCH_ROWS: Final = 50_000
#: At steady rates everything happened in the last hour.
_RECENT_S: Final = 3600
_LEFT_OUT: Final = {"left_out": "no broker was named: --kafka HOST:PORT"}


@dataclass(frozen=True, slots=True)
class Load:
    """How much is measured.

    Attributes:
        events: about so many in every file.
        commits: of each size, at most.
        seconds: at each steady rate, after warming up.
    """

    events: int
    commits: int
    seconds: float


class Run:
    """One run: files of three formats, the same file again, commits of three sizes, stages, HTTP, Kafka, latency."""

    def __init__(
        self, house: House, folder: Path, loop: Callable[[Callable[[], None]], Loop], load: Load, kafka: str | None
    ) -> None:
        """Nothing is made yet.

        Args:
            house: with an empty warehouse.
            folder: for files.
            loop: makes the engine's loop of what it repeats.
            load: how much is measured.
            kafka: host:port of a broker that topics may be made on; None = Kafka is left out.
        """
        self._house, self._folder, self._loop, self._load_of, self._broker = house, folder, loop, load, kafka

    def figures(self) -> dict[str, Any]:
        """All figures; see docs/bench.md for what each says."""
        house = self._house
        cases = make_cases(self._load_of.events, house.reference, house.clock.now())
        files = {form: cases.write(self._folder, form) for form in FORMATS}
        loaded = {form: self._file(path, form, cases) for form, path in files.items()}
        again = self._timed(self._load(files["csv"], self._declared("csv", "csv")))
        again |= {"again / first": again["s"] / loaded["csv"]["s"]}
        sizes = {f"of {size:,} rows": self._sized(files["csv"], size) for size in SIZES}
        house.go_live()
        stages = {f"commits of {rows:,}": self._stages(cases, rows) for rows in STAGE_ROWS}
        self._tidy_up()
        answer = {
            "rows": cases.table.num_rows,
            "events": cases.events,
            "files": loaded,
            "duplicates": again,
            "commits": sizes,
            "stages": stages,
            "http": self._http(cases),
        }
        self._tidy_up()
        answer |= {"kafka": self._kafka(cases)}
        self._tidy_up()
        return answer | {"latency": self._latency()}

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
            for result in itertools.islice(results, self._load_of.commits):
                took.append(time.perf_counter() - begin - sum(took))
                events += result.events
        self._tidy_up()
        return {"events": events, "events_per_s": events / sum(took), **spread_ms(took)}

    def _stages(self, cases: Cases, rows: int) -> dict[str, Any]:
        """Each stage alone."""
        name = f"bench_stages_{rows}"
        events = list(itertools.islice(cases.cloudevents(name), rows * self._load_of.commits))
        return each_stage(events, self._cloudevents(name), self._house, rows)

    def _http(self, cases: Cases) -> dict[str, Any]:
        """Requests of many events and of one, while values are published."""
        house, observed, name = self._house, Observed(self._house), "bench_http"
        pipeline = Pipeline((), house.writer, observed, house.clock)
        events = list(itertools.islice(cases.cloudevents(name), cases.events // _SENT))
        with observed.publishing(self._loop):
            return over_http(events, self._cloudevents(name), pipeline, house.clock, self._folder)

    def _kafka(self, cases: Cases) -> dict[str, Any]:
        """A topic read to its end."""
        if self._broker is None:
            return _LEFT_OUT
        from ingest.bench.topic import whole_topic  # noqa: PLC0415 – takes time that a run without a broker need not wait for

        events = list(cases.cloudevents("bench_kafka"))
        return whole_topic(self._broker, events, self._cloudevents("bench_kafka"), self._house, self._loop)

    def _latency(self) -> dict[str, Any]:
        """From sending to value at steady rates."""
        answer: dict[str, Any] = {"http": self._steady("http", partial(steady_http, self._folder))}
        if self._broker is None:
            return answer | {"kafka": _LEFT_OUT}
        from ingest.bench.topic import steady_topic  # noqa: PLC0415 – takes time that a run without a broker need not wait for

        return answer | {"kafka": self._steady("kafka", partial(steady_topic, self._broker))}

    def _steady(self, transport: str, send: Send) -> dict[str, Any]:
        """All steady rates over one transport."""
        house, found = self._house, {}
        for per_s, services in itertools.product(RATES, SERVICES):
            observed, name = Observed(house), f"bench_{transport}_{per_s}_{services}"
            count = int(per_s * (self._load_of.seconds + WARM_UP_S))
            cases = make_cases(count, house.reference, house.clock.now(), _RECENT_S, services)
            events = list(cases.cloudevents(name))
            with observed.publishing(self._loop):
                sent = send(events, self._cloudevents(name), observed, per_s)
            self._tidy_up()
            ids = [orjson.loads(event)["id"] for event in events]
            found[f"{per_s:,} a second of {services} services"] = figures(observed, ids, sent, per_s)
        return found

    def _cloudevents(self, name: str) -> Mapping:
        """The mapping of a source of its own that sends CloudEvents."""
        return cloudevent_mapping(name, self._house.vocabulary, self._house.pseudonyms)

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
