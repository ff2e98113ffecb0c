"""Composition root and command line: reads the settings, wires the packages, starts processes; no logic of its own."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from indicators import bench, lookup
from indicators.as_of import board_as_of
from indicators.bench_run import Run
from indicators.board import Board
from indicators.catalogue_table import catalogue_table
from indicators.definition import Definition
from indicators.dhis2.export import brought, read_codes, read_export
from indicators.issue import Level
from indicators.known import KnownThen, known
from indicators.load import load_catalogue, read_catalogue
from indicators.publish import BoardPublisher
from indicators.review import ReviewDesk
from indicators.schedule import Loop, Schedule
from indicators.seal import Sealer
from indicators.span import SpanReader
from indicators.verify import verify as verify_all
from indicators.year_earlier import year_earlier
from ingest.cloudevent import cloudevent_mapping, decode_payload
from ingest.door.intake import Intake
from ingest.expectation import KEYS as EXPECTATION_KEYS
from ingest.expectation import read_expectations
from ingest.mapping import load_mapping
from ingest.pipeline import Pipeline
from ingest.quarantine import replay
from ingest.reason import Reason
from ingest.sources.files import FileSource
from ingest.sources.folder import FolderSource
from ingest.sources.folder_place import read_folders
from ingest.sources.kafka_settings import read_kafka
from ingest.sources.memory import MemorySource
from ingest.sources.poll_settings import read_poll
from ingest.sources.simulator import Parameters, Simulation, load_story
from ingest.sources.view_settings import read_view
from ingest.vocabulary import Vocabulary
from warehouse.backup.make import Backups
from warehouse.backup.manifest import About, folder_digest
from warehouse.backup.restore import restore as restore_backup
from warehouse.backup.rotation import Rotation, backups_in
from warehouse.batch import Batch, CommitResult
from warehouse.clock import Clock, ShiftedClock, SystemClock
from warehouse.commit_times import CommitTimes
from warehouse.config import Config, load_config
from warehouse.database import FILE_NAME, Database
from warehouse.errors import (
    CMError,
    ConfigError,
    DataError,
    EngineGoneError,
    StorageBrokenError,
    StorageBusyError,
    StorageDamagedError,
)
from warehouse.flight_client import FlightClient
from warehouse.flight_server import FlightServer
from warehouse.lookup import install
from warehouse.maintenance import Maintenance
from warehouse.personal import masked
from warehouse.position import forget
from warehouse.principal import Principal
from warehouse.probe import disk_trouble
from warehouse.process import (
    COULD_NOT_RUN,
    DONE,
    LEAN,
    NOT_SO,
    START_AGAIN,
    VISIBLE,
    Discreet,
    collect_seldom,
    end_on_signal,
    give_back_memory,
    say_no_more,
    supervise,
)
from warehouse.pseudonym import Pseudonyms, bind_key, load_key
from warehouse.quarantine import discard
from warehouse.reader import Reader
from warehouse.reference import load_reference
from warehouse.reference_table import reference_tables
from warehouse.review import Reviews
from warehouse.seal import Seals
from warehouse.token_file import FILES as TOKEN_FILES
from warehouse.token_file import SOURCES_FILE, TokenFile
from warehouse.value import PERIODS
from warehouse.writer import Writer

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ingest.door.server import DoorServer
    from ingest.metrics import MetricsServer
    from ingest.sources.base import Source
    from ingest.sources.kafka import KafkaSource

ROOT: Final = Path(__file__).resolve().parent
#: An engine whose values were worked out longer ago is not ready: a step is due several times a second.
_STEP_S: Final = 30.0
#: A scheduled backup is looked after this often.
_BACKUP_S: Final = 600
#: How long a command waits for a running engine to say that it is there.
PING_S: Final = 2.0
Answer = dict[str, Any]

_LOG: Final = logging.getLogger("run")
_READER: Final = Principal.state_reader("command line")
#: What `rejected list` shows of a row; all else about it is in its JSON.
_OF_REJECTED: Final = ("received_at", "source", "origin", "reason", "field", "detail", "raw")


# ---------------------------------------------------------------------------------------------------------- engine


class Engine:
    """Warehouse, board and values of one data folder, wired together; one process at a time has it open.

    Attributes:
        actions: what can be asked of it, by name: JSON object in, stream of JSON objects out.
        stepped_s: when values were last worked out, monotonic (s).
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        """Open the warehouse and load the board.

        Raises:
            CMError: settings, reference data, catalogue or warehouse are not in order.
        """
        self.config, self.clock = config, clock
        self.reference = load_reference(config.state.reference)
        self.vocabulary = Vocabulary.of(self.reference)
        key_file = _key_file(config)
        key = load_key(key_file, make=not config.data.key_file)
        self.pseudonyms = Pseudonyms(key)
        self.expectations = read_expectations(config.sources, self.reference)
        limits = {"memory_limit_mb": config.engine.memory_limit_mb, "threads": config.engine.duckdb_threads}
        self.database = Database(config.data.dir / "warehouse.duckdb", **limits)
        self.commit_times = CommitTimes()
        self.writer = Writer(self.database, clock, self.commit_times)
        try:
            bind_key(self.writer, key, key_file)
            self.reader = Reader(self.database, install(self.reference, self.database), clock)
            self.board = Board(self.reference, clock)
            loading = self._begin_to_load_board()  # the longer part of it leaves Python's lock to the catalogue
            self.catalogue = load_catalogue(config.state.catalogue, self.reference, config.sources)
            loading.result()
        except CMError:
            self.writer.close()
            self.database.close()
            raise
        self.pipeline = Pipeline((), self.writer, self.board, clock)
        self.backups = _backups(config, clock, self.reference.state.code, self.writer)
        self.sealer = Sealer(Seals(self.database, self.writer), self.board_of, self.catalogue, self.reference, clock)
        self.reviews = ReviewDesk(
            Reviews(self.writer, clock), lambda: self.publisher, self.catalogue, self.reference, clock
        )
        self._continuing = threading.Lock()
        self.phase = "loading"
        self.stepped_s = time.monotonic()
        self.actions: dict[str, Callable[[Mapping[str, Any]], Iterator[Answer]]] = {
            "ping": self.ping,
            "ingest_file": self.ingest_file,
            "events": self.take_events,
            "verify": self.verify,
            "value": self.value,
            "query": self.query,
            "replay": self.replay,
            "discard": self.discard,
            "continue": self.continue_source,
            "backup": self.backup,
            "hold_review": self.reviews.hold,
            "agree_point": self.reviews.agree,
            "say_point": self.reviews.say,
        }

    @cached_property
    def publisher(self) -> BoardPublisher:
        """Gives out the values of all indicators; made when first needed, as most commands ask for no values."""
        return BoardPublisher(
            self.board,
            self.catalogue,
            self.reference,
            self.clock,
            sources=self.source_states,
            calendar_day=lambda: self.board.today,
        )

    @cached_property
    def spans(self) -> SpanReader:
        """Answers named queries, and for the values of any span of days."""
        return SpanReader(self.reader, self.board, lambda: self.publisher, self.catalogue, self.reference)

    def load_board(self) -> None:
        """Read the board on the write thread, so that no batch is committed meanwhile."""
        self._begin_to_load_board().result()

    def _begin_to_load_board(self) -> Future[None]:
        return self.writer.begin(lambda _: self.board.load(self.reader), in_transaction=False)

    def close(self) -> None:
        """Close the warehouse; what was committed is safe in any case."""
        self.backups.close()
        self.pipeline.close()
        self.writer.close()
        self.database.close()

    def source_states(self) -> list[Answer]:
        """Every declared source with its counts and newest instants, for the status that screens get."""
        counts = {row["source"]: row for row in self.reader.query("source_counts", _READER).to_pylist()}
        troubles, stalls, transports = self.pipeline.troubles(), self.pipeline.stalls(), self.pipeline.transports()
        return [
            self._source_state(name, table, counts.get(name))
            | {"trouble": troubles.get(name), "stalls": stalls.get(name, 0), "transports": transports.get(name, [])}
            for name, table in self.config.sources.items()
        ]

    def _source_state(self, name: str, table: Mapping[str, Any], counted: Mapping[str, Any] | None) -> Answer:
        row = counted or {}
        instants = {key: row.get(key) for key in ("last_event_at", "last_heard_at")}
        expected = self.expectations[name].after(instants["last_event_at"])
        instants |= {"expected_by": expected.by, "late_at": expected.late_at, "silent_at": expected.silent_at}
        return {
            "name": name,
            "title": table.get("title", name),
            "title_local": table.get("title_local", table.get("title", name)),
            "department": table.get("department"),
            **{key: table.get(key) for key in EXPECTATION_KEYS},
            **{key: None if instant is None else instant.isoformat() for key, instant in instants.items()},
            **{key: row.get(key, 0) for key in ("received", "accepted", "rejected", "duplicates")},
        }

    def go_live(self) -> None:
        """Say that everything is loaded, once the numbers show it."""
        self.board.tick()
        self.publisher.go_live()
        self.phase = "live"

    def step(self) -> None:
        """Advance the clock-driven numbers and give out what changed."""
        self.advance()
        self.publisher.publish()
        self.stepped_s = time.monotonic()

    def troubles(self) -> list[str]:
        """Why it is not ready, in words without data; none = it stores what comes and works out values."""
        found = [] if self.phase == "live" else ["loading"]
        if self.writer.broken is not None:
            found.append("nothing can be stored")
        idle_s = time.monotonic() - self.stepped_s
        if self.phase == "live" and idle_s > _STEP_S:
            found.append(f"values were last worked out {idle_s:.0f} s ago")
        try:
            self.reader.query("source_positions", _READER, source="")
        except CMError:
            found.append("the warehouse cannot be read")
        disk = disk_trouble(self.config.data.dir)
        return found if disk is None else [*found, disk]

    def advance(self) -> None:
        """Advance the clock-driven numbers; roll over at local midnight."""
        self.sealer.advance(self.board, self.publisher if self.phase == "live" else None, self.load_board)

    # ------------------------------------------------------------------------------------------------- actions

    def ping(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Say that the engine is there, on which data, and how far it is."""
        yield {"data": str(self.config.data.dir), "phase": self.phase, "engine": self.publisher.engine_id}

    def ingest_file(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Load a file through a declared mapping; one answer per committed batch, the last one says done.

        Raises:
            ConfigError: no such source, or its mapping cannot be used.
            DataError: the file cannot be read as what it claims to be.
        """
        source = FileSource(
            Path(asked["file"]), self.mapping(asked["source"]), self.clock, batch_rows=self.config.engine.batch_rows
        )
        before, begun_at = self._refused(source.name), self.clock.now()
        total = CommitResult(0, 0, 0, 0, 0)
        for result in self.pipeline.load(source):
            total = CommitResult(*(one + more for one, more in zip(_counts(total), _counts(result), strict=True)))
            read, size = source.progress()
            yield {"done": False, "share": read / size if size else 1.0, **asdict(total)}
        after = self._refused(source.name)
        by_reason = {
            reason: rows - before.get(reason, 0) for reason, rows in after.items() if rows > before.get(reason, 0)
        }
        added = self.reader.query("added_columns", _READER, source=source.name, since=begun_at)
        yield {
            "done": True,
            "share": 1.0,
            "source": source.name,
            **asdict(total),
            "rejected_by_reason": by_reason,
            "added_columns": added["column"].to_pylist(),
        }

    def _refused(self, source: str) -> dict[str, int]:
        rows = self.reader.query("rejected_summary", _READER, source=source).to_pylist()
        return {row["reason"]: row["rows"] for row in rows}

    def mapping(self, name: str, config: Config | None = None) -> Any:
        """The mapping of a source: declared in settings, or that of CloudEvents when it declares no rows.

        Args:
            name: of the source.
            config: the settings; None = those that the engine was started with.
        """
        table = _declared(config or self.config, name)
        if "event" not in table:
            return self.pushed(name)
        return load_mapping(name, dict(table), self.reference, self.pseudonyms)

    def read_kafka(self) -> None:
        """Begin with every source that declares topics of Kafka.

        Raises:
            ConfigError: a declaration is wrong.
        """
        for name in [name for name, table in self.config.sources.items() if "kafka" in table]:
            self.pipeline.add(self._kafka(name))

    def _kafka(self, name: str) -> KafkaSource:
        from ingest.sources.kafka import KafkaSource  # noqa: PLC0415 – takes time that no other command has to wait for

        mapping = self.mapping(name)
        settings = read_kafka(name, self.config.sources[name], mapping, self.config.file.parent)
        return KafkaSource(settings, mapping, self.clock, self.positions(name), self.pipeline.wake)

    def positions(self, name: str) -> dict[str, str]:
        """The stored positions of a source, by partition."""
        stored = self.reader.query("source_positions", _READER, source=name).to_pylist()
        return {row["partition"]: row["position"] for row in stored}

    def poll(self) -> None:
        """Begin with every source that declares an address to be polled.

        Raises:
            ConfigError: a declaration is wrong.
        """
        for name in [name for name, table in self.config.sources.items() if "poll" in table]:
            from ingest.sources.polled import PolledSource  # noqa: PLC0415 – takes time that no other command has to wait for

            mapping = self.mapping(name)
            settings = read_poll(name, self.config.sources[name], mapping, self.config.file.parent)
            self.pipeline.add(PolledSource(settings, mapping, self.clock, self.positions(name)))

    def read_views(self) -> None:
        """Begin with every source that declares a view in a database.

        Raises:
            ConfigError: a declaration is wrong.
        """
        for name in [name for name, table in self.config.sources.items() if "database" in table]:
            from ingest.sources.view import ViewSource  # noqa: PLC0415 – takes time that no other command has to wait for

            mapping = self.mapping(name)
            settings = read_view(name, self.config.sources[name], mapping, self.config.file.parent)
            self.pipeline.add(ViewSource(settings, mapping, self.clock, self.positions(name)))

    def continue_source(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Read partitions of a source that was given up from their first message.

        Raises:
            ConfigError: the source does not read from Kafka.
            DataError: it was not given up, or has no such partition.
        """
        from ingest.sources.kafka import KafkaSource  # noqa: PLC0415 – takes time that no other command has to wait for

        name, partition = asked["source"], asked.get("partition")
        if "kafka" not in self.config.sources.get(name, {}):
            raise ConfigError(f"{self.config.file}: there is no [source.{name}.kafka]")
        with self._continuing:  # asked twice at once it would be read twice
            if self.pipeline.runs(name, KafkaSource):
                raise DataError(f"source {name} was not given up: it is read, or will be tried again by itself")
            forgotten = forget(self.writer, name, partition)
            if partition is not None and not forgotten:
                raise DataError(f"source {name} has no position in a partition {partition}")
            self.pipeline.add(self._kafka(name))
        yield {"source": name, "from_the_beginning": sorted(forgotten)}

    def pushed(self, name: str) -> Any:
        """The mapping of a source that sends CloudEvents."""
        return cloudevent_mapping(name, self.vocabulary, self.pseudonyms)

    def take_events(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Take CloudEvents that were pushed; answers after the commit."""
        name = asked["source"]
        _declared(self.config, name)
        decoded = decode_payload(asked["lines"].encode(), self.pushed(name), self.clock.now(), "pushed")
        yield from self._commit(name, decoded)

    def replay(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Decode rows in quarantine again by the mapping that the settings have now; those that pass leave it.

        New rows are read by the mapping that the engine was started with, until it is started again.

        Raises:
            ConfigError: the settings cannot be read, or the source is not in them.
        """
        now = load_config(self.config.file)
        mapping = partial(self.mapping, config=now)
        done = list(replay(self.writer, self.reader, self.board, mapping, self.clock, asked.get("source") or None))
        differ = any(now.sources.get(one.source) != self.config.sources.get(one.source) for one in done)
        yield {"sources": [asdict(one) for one in done], "restart_needed": differ}

    def discard(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Throw rows in quarantine away.

        Raises:
            DataError: there is no such reason.
        """
        source, reason, day = asked["source"], asked.get("reason"), asked.get("before")
        if reason is not None and reason not in {one.value for one in Reason}:
            raise DataError(f"{reason!r} is no reason; allowed are {', '.join(one.value for one in Reason)}")
        zone = ZoneInfo(self.reference.state.timezone)
        before = None if day is None else datetime.fromisoformat(day).replace(tzinfo=zone)
        gone = discard(self.writer, source, reason, before)
        answer = {"source": source, "reason": reason, "before": day, **asdict(gone)}
        _LOG.warning(
            "discarded from quarantine: %s", ", ".join(f"{key} {one}" for key, one in answer.items() if one is not None)
        )
        yield answer

    def _commit(self, name: str, decoded: Any) -> Iterator[Answer]:
        batch = Batch(
            source=name,
            events=decoded.events,
            rejected=decoded.rejected,
            received=decoded.rows,
            personal=decoded.personal,
        )
        for result in self.pipeline.load(MemorySource(name, [batch])):
            yield asdict(result)

    def verify(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Recompute everything from raw events and compare, while nothing is written."""
        report = self.writer.run(lambda _: verify_all(self.reader, self.board, self.clock.now()), in_transaction=False)
        yield asdict(report)

    def value(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """One number with all that it is made of, now or as of the end of a past day: as known now, and as known then.

        Raises:
            DataError: unknown indicator, area or period.
        """
        item = lookup.show(self.catalogue, asked["code"])
        self.advance()
        on, known_on = (date.fromisoformat(asked[name]) if asked.get(name) else None for name in ("on", "known"))
        heard = (row["last_event_at"] for row in self.source_states() if row["name"] in item.sources)
        found = lookup.value(
            item,
            self.board if on is None else self.board_of(on, known_on),
            self.reference,
            area=asked.get("area"),
            period=asked.get("period"),
            now=self.clock.now(),
            last_event_at=max((datetime.fromisoformat(one) for one in heard if one), default=None),
        )
        answer = {**asdict(found), **_in_words(found)}
        if known_on is not None:
            yield answer | {"known_on": known_on.isoformat()}
            return
        yield answer | (self._year_earlier(item, found) if on is None else self._known(item, found, on))

    def _year_earlier(self, item: Definition, found: lookup.NumberAnswer) -> Answer:
        """What `value` answers besides about now: the same span of days a year ago, or why that is not known."""
        told = year_earlier(
            item,
            found.area,
            found.period,
            self.board.today,
            reference=self.reference,
            reader=self.reader,
            principal=_READER,
        )
        answer = {"begin": told.begin, "end": told.end, "reason": told.reason or None}
        if told.number is not None:
            answer |= {name: getattr(told.number, name) for name in ("value", "numerator", "denominator")}
            answer |= _in_words(told.number)
        return {"year_earlier": answer}

    def _known(self, item: Definition, found: lookup.NumberAnswer, on: date) -> Answer:
        """What `value` answers besides about a past day; None where it is not sealed."""
        both = known(item, found, on, reference=self.reference, reader=self.reader, principal=_READER)
        if both is None:
            return dict.fromkeys(("known_then", "known_now", "difference", "restated_by"))
        return {
            "known_then": {**asdict(both.then), **_in_words(both.then)},
            "known_now": {name: getattr(found, name) for name in ("value", "numerator", "denominator")}
            | _in_words(found),
            "difference": both.difference,
            "restated_by": asdict(both.restated_by),
        }

    def board_of(self, on: date, known_on: date | None = None) -> Board:
        """A board as of the end of a past day. Args: known_on: from what had been received by the end of that day."""
        return board_as_of(on, self.reference, self.reader, _READER, known_on)

    def backup(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Copy the data folder while commits go on.

        Raises:
            BackupError: the copy cannot be made.
        """
        yield self.backups.make(Path(asked["folder"])).to_json()

    def query(self, asked: Mapping[str, Any]) -> Iterator[Answer]:
        """Rows of a named query."""
        table = self.reader.query(asked["name"], _READER, **asked.get("params", {}))
        yield {"rows": table.to_pylist()}


def _declared(config: Config, source: str) -> Mapping[str, Any]:
    """The table of a source. Raises: ConfigError: there is none."""
    table = config.sources.get(source)
    if table is None:
        known = ", ".join(config.sources)
        raise ConfigError(f"{config.file}: there is no [source.{source}]; declared are {known}")
    return table


def _in_words(number: lookup.NumberAnswer | KnownThen) -> Answer:
    return {"band": number.band.name.lower(), "state": number.state.name.lower()}


def _key_file(config: Config) -> Path:
    """Where the key of pseudonyms is."""
    named = config.data.key_file
    return config.file.parent / named if named else config.data.dir / "pseudonym.key"


def _backups(config: Config, clock: Clock, state: str, writer: Writer | None = None) -> Backups:
    """What makes backups of the data folder; its key belongs to them unless the settings keep it elsewhere."""
    tokens = (config.data.dir / name for name in TOKEN_FILES)
    own = [*tokens, *(() if config.data.key_file else (_key_file(config),))]
    return Backups(
        config.data.dir / FILE_NAME,
        lambda: [path for path in own if path.exists()],
        clock,
        about=About(state, folder_digest(config.state.catalogue)),
        memory_limit_mb=config.engine.memory_limit_mb,
        writer=writer,
    )


def _counts(result: CommitResult) -> tuple[int, ...]:
    return (result.received, result.accepted, result.rejected, result.duplicates, result.events)


def _plain(value: object) -> object:
    """What orjson does not know: instants are known, Arrow and enums are not."""
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _json(answer: object) -> bytes:
    return orjson.dumps(answer, default=_plain)


# -------------------------------------------------------------------------------------------------------- processes


def run_engine(config: Config, clock: Clock, *, simulate: bool, console: Console) -> int:
    """Ingest, store, compute and publish until told to stop.

    Returns:
        Exit code: 0, or START_AGAIN when the warehouse or the board can no longer be trusted.
    """
    engine = _opened(config, clock)
    stop = threading.Event()
    failed: list[BaseException] = []
    end_on_signal(stop)

    def broken(job: str, error: Exception) -> None:
        if isinstance(error, StorageBrokenError):
            failed.append(error)
            stop.set()

    door = _open_door(engine) if config.events.enabled else None
    rotation = _rotation(engine)
    metrics = _open_metrics(engine, rotation) if config.metrics.enabled else None
    server = FlightServer(
        config.engine.host,
        config.engine.port,
        config.data.dir,
        publisher=engine.publisher,
        reader=engine.spans,
        actions={name: _served(action) for name, action in engine.actions.items()},
        reference_tables=reference_tables(engine.reference),
    )
    interval_s = config.engine.publish_interval_ms / 1000
    loop = Loop("publish", interval_s, engine.step, broken, woken=engine.board.changed)
    schedule = _maintenance(engine, rotation, broken)
    try:
        loop.start()
        if simulate:
            _simulate(engine, door, stop, console)
        else:
            engine.read_kafka()
            engine.poll()
            engine.read_views()
        _watch_folders(engine)
        engine.go_live()
        schedule.start()
        engine.pipeline.run(stop)
    except StorageBrokenError as error:
        failed.append(error)
    finally:
        engine.backups.close()  # whoever waits for one is told, and nobody waits for the copy
        if door is not None:
            door.close()
        if metrics is not None:
            metrics.close()
        server.close()
        schedule.stop()
        loop.stop()
        engine.close()
    for reason in failed:
        advice = f". {_way_back(config)}" if isinstance(reason, StorageDamagedError) else ""
        console.print(f"[red]engine:[/] {escape(masked(f'{reason}{advice}'))}", soft_wrap=True)
    return START_AGAIN if failed else DONE


def _open_door(engine: Engine) -> DoorServer:
    """Take events over HTTP."""
    from ingest.door.server import DoorServer  # noqa: PLC0415 – takes time that no other command has to wait for

    def mapping_of(name: str, cloudevents: bool) -> Any:
        return engine.pushed(name) if cloudevents else engine.mapping(name)

    config = engine.config
    intake = Intake(mapping_of, engine.pipeline, engine.clock, config.engine.batch_rows)
    return DoorServer(config.events, _tokens(config), config.sources, intake)


def _open_metrics(engine: Engine, rotation: Rotation | None) -> MetricsServer:
    """Let monitoring read the engine's figures."""
    from ingest.metrics import MetricsServer, Offices, Watched  # noqa: PLC0415 – takes time that no other command has to wait for

    def offices() -> Offices:
        found = lookup.all_offices(engine.board, engine.reference)
        return Offices(found.reporting, found.expected - found.reporting)

    watched = Watched(
        clock=engine.clock,
        states=engine.source_states,
        running=engine.pipeline.sources,
        masked=lambda: engine.reader.query("personal_counts", _READER).to_pylist(),
        commits=engine.commit_times,
        board=lambda: (engine.publisher.version, engine.publisher.changed_at),
        failed=lambda: engine.publisher.failed,
        offices=offices,
        warehouse=engine.config.data.dir / FILE_NAME,
        last_backup=lambda: None if rotation is None else rotation.newest(),
        troubles=engine.troubles,
    )
    return MetricsServer(engine.config.metrics, watched)


def _watch_folders(engine: Engine) -> None:
    """Load what is dropped into the folders of sources.

    Raises:
        ConfigError: a folder's settings or its source's mapping cannot be used.
    """
    config = engine.config
    stored = engine.reader.query("source_positions", _READER).to_pylist()
    for name, place in read_folders(config.sources, config.file.parent).items():
        positions = {row["partition"]: row["position"] for row in stored if row["source"] == name}
        mapping, rows = engine.mapping(name), config.engine.batch_rows
        engine.pipeline.add(FolderSource(place, mapping, engine.clock, positions, batch_rows=rows))


def _tokens(config: Config) -> TokenFile:
    return TokenFile(config.data.dir / SOURCES_FILE)


def _served(action: Callable[[Mapping[str, Any]], Iterator[Answer]]) -> Callable[[bytes], Iterator[bytes]]:
    return lambda body: map(_json, action(orjson.loads(body or b"{}")))


def _maintenance(engine: Engine, rotation: Rotation | None, broken: Callable[[str, Exception], None]) -> Schedule:
    settings = engine.config.engine
    maintenance = Maintenance(engine.writer)
    schedule = Schedule(engine.reference.state.timezone, broken)
    schedule.every("checkpoint", settings.checkpoint_interval_s, maintenance.checkpoint, first_after_s=30)
    schedule.every("keep_index", settings.checkpoint_interval_s, engine.writer.keep_index, first_after_s=60)
    schedule.every("give_back_memory", settings.checkpoint_interval_s, give_back_memory, first_after_s=15)
    schedule.every("compact", settings.compact_interval_s, lambda: maintenance.compact(engine.board.today))
    schedule.every(
        "value_now", settings.value_now_interval_s, lambda: maintenance.write_values(engine.publisher.snapshot())
    )
    # the first minute of a day is busy with the roll-over; every hour: days that were missed, and what failed
    schedule.at_midnight("seal", engine.sealer.seal, after_s=30)
    schedule.every("seal missed", 3600, engine.sealer.seal, first_after_s=60)
    if rotation is not None:
        schedule.every("backup", _BACKUP_S, rotation.keep_up, first_after_s=120)
    return schedule


def _rotation(engine: Engine) -> Rotation | None:
    """The backups that the engine makes by itself; None when the settings name no folder for them."""
    settings = engine.config.backup
    if not settings.folder:
        return None
    folder, every = engine.config.file.parent / settings.folder, timedelta(hours=settings.every_h)
    return Rotation(engine.backups.make, folder, engine.clock, every=every, keep=settings.keep)


def _simulate(engine: Engine, door: DoorServer | None, stop: threading.Event, console: Console) -> None:
    """Add the simulated source systems with their transports and load their history, with a progress bar."""
    simulation = _simulation(engine)
    for source in _transported(engine, simulation, door) if engine.config.demo.live else simulation.feeds:
        engine.pipeline.add(source)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as progress:
        task = progress.add_task("Loading the history of the simulated state", total=1.0)
        evaluated = engine.publisher.version
        while not stop.is_set() and simulation.share_given < 1.0:
            engine.pipeline.run_once()
            progress.update(task, completed=simulation.share_given)
            engine.publisher.set_phase("loading", simulation.share_given)
            if evaluated != engine.publisher.version:
                evaluated = engine.publisher.version
                give_back_memory()
        progress.update(task, completed=1.0)


def _transported(engine: Engine, simulation: Simulation, door: DoorServer | None) -> list[Source]:
    """The feeds of a simulation, some of them with a transport of their own.

    Raises:
        ConfigError: the mapping of one of these cannot be used.
    """
    from ingest.sources.simulator.transport import TRANSPORTS, OurSide, transported  # noqa: PLC0415 – takes time that no other command has to wait for

    config, names = engine.config, {code: asset.name_en for code, asset in engine.reference.assets.items()}
    folder = config.data.dir / "simulator"

    def token(name: str) -> str:
        return _tokens(config).kept(name, folder / f"{name}.token", engine.clock.now())

    ours = OurSide(
        clock=engine.clock,
        folder=folder,
        door=None if door is None else door.url,
        token=token,
        positions=engine.positions,
        batch_rows=config.engine.batch_rows,
    )
    mappings = {name: engine.mapping(name) for name in TRANSPORTS if "event" in config.sources.get(name, {})}
    return transported(simulation, mappings, names, ours)


def _add_simulation(engine: Engine) -> Simulation:
    """Add all feeds of a simulation as they are."""
    simulation = _simulation(engine)
    for feed in simulation.feeds:
        engine.pipeline.add(feed)
    return simulation


def _simulation(engine: Engine) -> Simulation:
    demo = engine.config.demo
    parameters = Parameters(
        **{name: getattr(demo, name) for name in Parameters.__dataclass_fields__ if hasattr(demo, name)},
        batch_rows=engine.config.engine.batch_rows,
    )
    stored = engine.reader.query("source_positions", _READER).to_pylist()
    positions = {row["source"]: row["position"] for row in stored if not row["partition"]}
    story = load_story(engine.reference.state.code)
    return Simulation(engine.reference, story, parameters, engine.clock, positions)


def run_web(config: Config, clock: Clock) -> int:
    """Serve the screens until told to stop."""
    # Dash takes a second to import, which commands and the engine need not wait for.
    from dashboard.app import create_app  # noqa: PLC0415
    from dashboard.serve import serve  # noqa: PLC0415
    from pages import (  # noqa: PLC0415
        application,
        breaches,
        control_rooms,
        department,
        district,
        feedback,
        health,
        home,
        indicator,
        indicators,
        missing,
        office,
        offices,
        operator,
        resources,
        review,
        wall,
    )
    from pages import help as help_page  # noqa: PLC0415

    client = FlightClient(config.engine.host, config.engine.port, config.data.dir, is_watching=True)
    reference = load_reference(config.state.reference)
    places = (home, district, office, offices, application)
    numbers = (department, indicators, indicator, breaches, resources, feedback, control_rooms)
    pages = (*places, *numbers, review, health, help_page, wall, operator, missing)
    app = create_app(config, client, reference, clock, pages=pages)
    collect_seldom()
    try:
        serve(app, config.web.host, config.web.port)
    finally:
        client.close()
    return DONE


def _opened(config: Config, clock: Clock) -> Engine:
    """The engine of a process that has no other."""
    try:
        engine = Engine(config, clock)
    except StorageDamagedError as error:
        raise StorageDamagedError(f"{error}. {_way_back(config)}") from error
    collect_seldom()
    return engine


def _way_back(config: Config) -> str:
    """What to do about a damaged warehouse."""
    folder = config.backup.folder
    made = backups_in(config.file.parent / folder) if folder else []
    newest = str(made[-1][1]) if made else "DIR"
    return (
        f"Nothing was deleted. Stop the engine, put back {'the newest backup' if made else 'a backup'} with "
        f"`python run.py restore {newest} --move-aside`, check it with `python run.py verify`, start the engine: what "
        "came after the backup is read again from all sources that still have it"
    )


# ----------------------------------------------------------------------------------------------------- command line

app = typer.Typer(no_args_is_help=False, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
rejected_app = typer.Typer(
    help="Rows in quarantine: why, how many; replay after a fix, or discard.", add_completion=False
)
wall_token_app = typer.Typer(help="Addresses at which screens show a wall without a login.", add_completion=False)
operator_key_app = typer.Typer(help="Keys with which people do something on the page /operator.", add_completion=False)
token_app = typer.Typer(help="Tokens with which source systems send events over HTTP.", add_completion=False)
indicators_app = typer.Typer(help="The catalogue of indicators.", add_completion=False)
bench_app = typer.Typer(help="Figures as ratios, with the machine described.", add_completion=False)
sources_app = typer.Typer(help="Sources that are read all the time.", add_completion=False)
app.add_typer(rejected_app, name="rejected")
app.add_typer(sources_app, name="sources")
app.add_typer(token_app, name="token")
app.add_typer(wall_token_app, name="wall-token")
app.add_typer(operator_key_app, name="operator-key")
app.add_typer(indicators_app, name="indicators")
app.add_typer(bench_app, name="bench")

ConfigFile = Annotated[Path, typer.Option("--config", help="settings", metavar="FILE")]
DataDir = Annotated[
    Path | None, typer.Option("--data", help="folder of everything written; default from settings", metavar="DIR")
]
Given = Annotated[
    list[str] | None, typer.Option("--set", help="a setting that beats the file's, e.g. web.port=8060", metavar="K=V")
]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object on standard output and nothing else there")]
ShiftS = Annotated[float, typer.Option("--clock-shift-s", help="run the clock so many seconds ahead", hidden=True)]
CONFIG_FILE: Final = ROOT / "config.toml"


def _config(file: Path, data: Path | None, given: list[str] | None) -> Config:
    overrides: dict[str, object] = {}
    for one in given or ():
        name, equals, text = one.partition("=")
        if not equals:
            raise ConfigError(f"--set {one}: must be name=value")
        overrides[name] = _value(text)
    if data is not None:
        overrides["data.dir"] = data
    return load_config(file, overrides)


def _value(text: str) -> object:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return {"true": True, "false": False}.get(text, text)


def _clock(shift_s: float) -> Clock:
    return ShiftedClock(datetime.now(UTC) + timedelta(seconds=shift_s)) if shift_s else SystemClock()


def _ask(config: Config, action: str, asked: Mapping[str, Any]) -> Iterator[Answer]:
    """Have the running engine of this data folder do something, or open the folder ourselves."""
    with contextlib.closing(FlightClient(config.engine.host, config.engine.port, config.data.dir)) as client:
        if _runs_here(client, config):
            yield from client.action(action, asked)
            return
    engine = _opened(config, SystemClock())
    try:
        for answer in engine.actions[action](asked):
            yield orjson.loads(_json(answer))
    finally:
        engine.close()


def _runs_here(client: FlightClient, config: Config) -> bool:
    try:
        return any(one["data"] == str(config.data.dir) for one in client.action("ping", {}, timeout_s=PING_S))
    except EngineGoneError:
        return False


def _say(answer: Any, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(_json(answer) + b"\n")
        return
    console = Console()
    rows = answer if isinstance(answer, list) else [answer]
    if not rows:
        console.print("nothing")
        return
    table = Table(*map(str, rows[0]))
    for row in rows:
        table.add_row(*("–" if value is None else escape(str(value).translate(VISIBLE)) for value in row.values()))
    console.print(table)


def _own_line(*words: str, file: Path, config: Config, given: list[str] | None, shift_s: float) -> list[str]:
    settings = [f"--set={one}" for one in given or ()]
    shift = [f"--clock-shift-s={shift_s}"] if shift_s else []
    line = [sys.executable, str(ROOT / "run.py"), *words, "--config", str(file), "--data", str(config.data.dir)]
    return [*line, *settings, *shift]


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """CM Dashboard: service-delivery events to indicators to screens. Without a command: demo."""
    logged = logging.StreamHandler(sys.stderr)
    logged.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[logged])
    # Kafka's client says everything several times; why it could not connect only its manager says
    quiet = {"apscheduler": "WARNING", "httpx": "WARNING", "kafka": "CRITICAL", "kafka.net.manager": "WARNING"}
    for name, level in quiet.items():
        logging.getLogger(name).setLevel(level)
    if context.invoked_subcommand is None:
        demo()


@app.command()
def demo(
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    starts_at: Annotated[
        str | None, typer.Option("--starts-at", help="instant at which the demo's clock starts", metavar="INSTANT")
    ] = None,
) -> None:
    """A whole simulated state with a history, then live; dashboard on 127.0.0.1:8050, data under var/demo."""
    config = _config(file, data or ROOT / "var" / "demo", given)
    shift_s = (_instant(starts_at) - datetime.now(UTC)).total_seconds() if starts_at else 0.0
    _both(["engine", "--simulate"], file, config, given, shift_s)


@app.command()
def serve(file: ConfigFile = CONFIG_FILE, data: DataDir = None, given: Given = None) -> None:
    """Engine and web from the settings; whichever dies is started again."""
    _both(["engine"], file, _config(file, data, given), given, 0.0)


def _both(engine_words: list[str], file: Path, config: Config, given: list[str] | None, shift_s: float) -> None:
    lines = {
        "engine": _own_line(*engine_words, file=file, config=config, given=given, shift_s=shift_s),
        "web": _own_line("web", file=file, config=config, given=given, shift_s=shift_s),
    }
    address = f"http://{config.web.host}:{config.web.port}"
    said = f"Dashboard: {address}/   Wall: {address}/wall/{next(iter(config.walls))}   (Ctrl-C stops)"
    raise typer.Exit(supervise(lines, Console().print, said))


@app.command()
def engine(
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    simulate: Annotated[bool, typer.Option("--simulate", help="fill it from the simulator")] = False,
    shift_s: ShiftS = 0.0,
) -> None:
    """Only the engine: ingest, warehouse, indicators."""
    raise typer.Exit(run_engine(_config(file, data, given), _clock(shift_s), simulate=simulate, console=Console()))


@app.command()
def web(file: ConfigFile = CONFIG_FILE, data: DataDir = None, given: Given = None, shift_s: ShiftS = 0.0) -> None:
    """Only the web process."""
    raise typer.Exit(run_web(_config(file, data, given), _clock(shift_s)))


@app.command()
def ingest(
    log: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSONL, Parquet, Excel or XES, also packed")],
    source: Annotated[str, typer.Option("--source", help="a [source.NAME] of the settings", metavar="NAME")],
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Load a file through a declared mapping; a second run of the same file accepts nothing."""
    config = _config(file, data, given)
    if not log.is_file():
        raise DataError(f"{log}: there is no such file")
    last: Answer = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=as_json,
    ) as progress:
        task = progress.add_task(log.name, total=1.0)
        for last in _ask(config, "ingest_file", {"file": str(log.resolve()), "source": source}):
            progress.update(task, completed=last["share"])
    last = {key: value for key, value in last.items() if key not in {"done", "share"}}
    _say(last, as_json)


@rejected_app.command("list")
def rejected_list(
    source: Annotated[str | None, typer.Option("--source")] = None,
    reason: Annotated[str | None, typer.Option("--reason")] = None,
    limit: Annotated[int, typer.Option("--limit", help="rows shown")] = 20,
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Why rows were rejected and how many; the newest of them as they are stored: numbers of persons are masked."""
    config = _config(file, data, given)
    reasons = _rows(config, "rejected_summary", source=source)
    samples = _rows(config, "rejected_list", source=source, reason=reason, limit=limit)
    personal = _rows(config, "personal_counts", source=source)
    if as_json:
        _say({"reasons": reasons, "rows": samples, "personal": personal}, as_json)
        return
    _say([one for one in reasons if reason in {None, one["reason"]}], as_json)
    if samples:
        Console().print(f"The newest {len(samples)} of {samples[0]['of']} rows, as they are stored:")
        _say([{name: row[name] for name in _OF_REJECTED} for row in samples], as_json)
    if personal:
        Console().print("Rows in which a number or address of a person was taken out:")
        _say(personal, as_json)


@rejected_app.command("replay")
def rejected_replay(
    source: Annotated[str | None, typer.Option("--source")] = None,
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Decode rejected rows again after their mapping was mended; those that pass leave quarantine."""
    (answer,) = _ask(_config(file, data, given), "replay", {"source": source})
    _say(answer if as_json else answer["sources"], as_json)


@rejected_app.command("discard")
def rejected_discard(
    source: Annotated[str, typer.Option("--source")],
    reason: Annotated[str | None, typer.Option("--reason", help="only rows refused for it")] = None,
    before: Annotated[
        datetime | None, typer.Option("--before", formats=["%Y-%m-%d"], help="only rows received before this day")
    ] = None,
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Throw rejected rows away that nobody will mend; they cannot be had back, and count as if they had never come."""
    day = before.date().isoformat() if before else None
    (answer,) = _ask(_config(file, data, given), "discard", {"source": source, "reason": reason, "before": day})
    _say(answer, as_json)


@sources_app.command("continue")
def sources_continue(
    source: Annotated[str, typer.Argument(metavar="NAME", help="a source with a [source.NAME.kafka]")],
    partition: Annotated[
        str | None, typer.Option("--partition", help="only this one, as the incident names it", metavar="TOPIC/NUMBER")
    ] = None,
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a source that was given up because messages are lost: read it from the first that the broker holds."""
    (answer,) = _ask(_config(file, data, given), "continue", {"source": source, "partition": partition})
    _say(answer, as_json)


@token_app.command("make")
def token_make(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="a [source.NAME] of the settings")],
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a token for a source; it is shown this once, because only its hash is stored. A running engine knows it."""
    config = _config(file, data, None)
    _declared(config, source)
    stored, token = _tokens(config).make(source, SystemClock().now())
    _say_once({"id": stored.id, "source": source, "token": token}, f"token {stored.id} of source {source}", as_json)


def _say_once(answer: Answer, said: str, as_json: bool) -> None:
    """Tell a secret that nobody can find out later. Args: answer: its last value is the secret; said: what it is."""
    if as_json:
        _say(answer, as_json)
    else:
        Console(soft_wrap=True).print(f"{said}:\n{[*answer.values()][-1]}", highlight=False)


@token_app.command("list")
def token_list(file: ConfigFile = CONFIG_FILE, data: DataDir = None, as_json: AsJson = False) -> None:
    """Which sources have tokens, and since when."""
    kept = _tokens(_config(file, data, None)).tokens()
    _say([{"id": one.id, "source": one.source, "made_at": one.made_at} for one in kept], as_json)


@token_app.command("revoke")
def token_revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="as `token list` shows it")],
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let a token be good no more; a running engine knows it at once."""
    gone = _tokens(_config(file, data, None)).revoke(token_id)
    _say({"id": gone.id, "source": gone.source}, as_json)


@wall_token_app.command("make")
def wall_token_make(
    wall: Annotated[str, typer.Argument(metavar="NAME", help="a [wall.NAME] of the settings")],
    name: Annotated[str, typer.Option("--name", help="which screen it is, in words")] = "",
    network: Annotated[str, typer.Option("--network", help="only from these addresses, e.g. 10.20.0.0/16")] = "",
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an address at which a screen shows a wall; it is told this once, because only its key's hash is stored."""
    from dashboard.wall_door import KEY, WallTokens, checked_network  # noqa: PLC0415 – of the web process

    config = _config(file, data, None)
    if wall not in config.walls:
        raise ConfigError(f"there is no wall {wall!r}; walls are {', '.join(config.walls)}")
    tokens, now = WallTokens(config.data.dir).file, SystemClock().now()
    stored, key = tokens.make("", now, wall=wall, name=name, network=checked_network(network))
    address = f"/wall/{wall}?{KEY}={key}"
    answer = {"id": stored.id, "wall": wall, "name": name, "network": stored.network, "address": address}
    _say_once(answer, f"token {stored.id} of wall {wall}; the screen's address", as_json)


@wall_token_app.command("list")
def wall_token_list(file: ConfigFile = CONFIG_FILE, data: DataDir = None, as_json: AsJson = False) -> None:
    """Which screens may show which wall, since when, and when each was last there."""
    from dashboard.wall_door import WallTokens  # noqa: PLC0415 – of the web process

    tokens = WallTokens(_config(file, data, None).data.dir)
    rows = []
    for one in tokens.file.tokens():
        seen = tokens.last_seen(one)
        told = {"id": one.id, "wall": one.wall, "name": one.name, "network": one.network, "made_at": one.made_at}
        rows.append({**told, "last_seen_at": seen.isoformat(timespec="seconds") if seen else None})
    _say(rows, as_json)


@wall_token_app.command("revoke")
def wall_token_revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="as `wall-token list` shows it")],
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let a screen's address be good no more; what it shows ends within seconds."""
    from dashboard.wall_door import WallTokens  # noqa: PLC0415 – of the web process

    gone = WallTokens(_config(file, data, None).data.dir).revoke(token_id)
    _say({"id": gone.id, "wall": gone.wall, "name": gone.name}, as_json)


@operator_key_app.command("make")
def operator_key_make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="whose it is; what is done with it is logged so")],
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for a person who may do something on /operator; it is told this once."""
    stored, key = _operator_keys(file, data).make("", SystemClock().now(), name=name)
    said = f"key {stored.id} of {name}, for the page /operator"
    _say_once({"id": stored.id, "name": name, "key": key}, said, as_json)


@operator_key_app.command("list")
def operator_key_list(file: ConfigFile = CONFIG_FILE, data: DataDir = None, as_json: AsJson = False) -> None:
    """Whose keys are good, and since when."""
    keys = _operator_keys(file, data).tokens()
    _say([{"id": one.id, "name": one.name, "made_at": one.made_at} for one in keys], as_json)


@operator_key_app.command("revoke")
def operator_key_revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="as `operator-key list` shows it")],
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let a key be good no more, from the next request on."""
    gone = _operator_keys(file, data).revoke(key_id)
    _say({"id": gone.id, "name": gone.name}, as_json)


def _operator_keys(file: Path, data: Path | None) -> TokenFile:
    from dashboard.operator_door import OperatorDoor  # noqa: PLC0415 – of the web process

    return OperatorDoor(_config(file, data, None).data.dir).file


@indicators_app.command("list")
def indicators_list(
    department: Annotated[str | None, typer.Option("--department")] = None,
    file: ConfigFile = CONFIG_FILE,
    as_json: AsJson = False,
) -> None:
    """All indicators."""
    config = _config(file, None, None)
    catalogue = load_catalogue(config.state.catalogue, load_reference(config.state.reference), config.sources)
    rows = [asdict(row) for row in lookup.catalogue_rows(catalogue, department)]
    _say({"indicators": rows, "count": len(rows)} if as_json else rows, as_json)


@indicators_app.command("show")
def indicators_show(code: str, file: ConfigFile = CONFIG_FILE, as_json: AsJson = False) -> None:
    """One definition, whole."""
    config = _config(file, None, None)
    catalogue = load_catalogue(config.state.catalogue, load_reference(config.state.reference), config.sources)
    item = lookup.show(catalogue, code)
    row = catalogue_table(catalogue).slice(catalogue.index[item.code], 1).to_pylist()[0] | {"formula": item.formula}
    _say(row if as_json else [{"field": key, "value": value} for key, value in row.items()], as_json)


@indicators_app.command("check")
def indicators_check(file: ConfigFile = CONFIG_FILE, as_json: AsJson = False) -> None:
    """Validate the catalogue with file and line; exit 1 if anything is wrong."""
    config = _config(file, None, None)
    catalogue, issues = read_catalogue(config.state.catalogue, load_reference(config.state.reference), config.sources)
    if as_json:
        _say({"indicators": len(catalogue.definitions), "issues": [str(issue) for issue in issues]}, as_json)
    else:
        console = Console()
        for issue in issues:
            console.print(str(issue), highlight=False, markup=False, soft_wrap=True)
        console.print(f"{len(catalogue.definitions)} indicators, {len(issues)} issues")
    raise typer.Exit(NOT_SO if any(issue.level is Level.ERROR for issue in issues) else DONE)


@indicators_app.command("from-dhis2")
def indicators_from_dhis2(
    export: Annotated[Path, typer.Argument(help="JSON of /api/metadata with indicators, indicatorTypes, constants")],
    codes: Annotated[
        Path | None, typer.Option(help="CSV with the columns id and code: what things are called here")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Indicators of DHIS2 in our words; exit 1 if one cannot be said."""
    found = [asdict(one) for one in brought(read_export(export), read_codes(codes))]
    _say(found, as_json)
    raise typer.Exit(NOT_SO if any(one["problem"] for one in found) else DONE)


@app.command()
def value(
    code: str,
    area: Annotated[str | None, typer.Option("--area", help="code of a place; default the state")] = None,
    period: Annotated[str | None, typer.Option("--period", help=", ".join(PERIODS))] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="as of the end of a past day")
    ] = None,
    known_on: Annotated[
        datetime | None,
        typer.Option(
            "--known", formats=["%Y-%m-%d"], help="with --on: from what had been received by the end of a day"
        ),
    ] = None,
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """One number with numerator, denominator, unit, band, coverage, age and definition version.

    On a past day both as known now and as it was known when the day was sealed, with what restated it; with --known as
    any other day knew it, whether that was sealed or not.
    """
    if known_on is not None and on is None:
        raise typer.BadParameter("--known says what was known of a past day: it needs --on")
    days = {name: one.date().isoformat() if one else None for name, one in (("on", on), ("known", known_on))}
    asked = {"code": code, "area": area, "period": period, **days}
    *_, last = _ask(_config(file, data, given), "value", asked)
    _say(last if as_json else [{"field": key, "value": one} for key, one in last.items()], as_json)


@app.command()
def cases(
    source: Annotated[str | None, typer.Option("--source")] = None,
    service: Annotated[str | None, typer.Option("--service")] = None,
    area: Annotated[str | None, typer.Option("--area")] = None,
    on: Annotated[str | None, typer.Option("--on", help="as of an instant", metavar="INSTANT")] = None,
    listed: Annotated[bool, typer.Option("--list", help="give the rows")] = False,
    limit: Annotated[int, typer.Option("--limit", help="rows listed")] = 100,
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Counts of cases: total, open, decided, in time, late, overdue, paused, reopened, without a due date."""
    config = _config(file, data, given)
    instant = _instant(on).isoformat() if on else None
    asked = {"source": source, "service": service, "area": area}
    counts = _rows(config, "case_counts", **asked, on=instant)[0]
    if listed:
        counts["cases"] = _rows(config, "case_list", **asked, view="all", limit=limit, on=instant)
    _say(counts["cases"] if listed and not as_json else counts, as_json)


def _rows(config: Config, query: str, **params: object) -> list[Answer]:
    given = {key: value for key, value in params.items() if value is not None}
    (answer,) = _ask(config, "query", {"name": query, "params": given})
    return list(answer["rows"])


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is not an instant such as 2026-11-20T16:40+05:30") from error
    if instant.tzinfo is None:
        raise ConfigError(f"{text!r} lacks an offset: write 2026-11-20T16:40+05:30")
    return instant


@app.command("wall")
def show_on_wall(
    wall: Annotated[str, typer.Argument(help="its name in the settings")],
    scenes: Annotated[list[str] | None, typer.Argument(help="one stays, several come in turn; none = as set")] = None,
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Choose what a wall shows from now on, without touching it: scenes by name, or none for those of the settings."""
    from dashboard.shown_scenes import ShownScenes  # noqa: PLC0415 – of the web process; no other command needs them
    from dashboard.wall_choice import scene_names  # noqa: PLC0415

    config = _config(file, data, given)
    if wall not in config.walls:
        raise ConfigError(f"there is no wall {wall!r}; walls are {', '.join(config.walls)}")
    known = scene_names(config.state.reference)
    if unknown := [name for name in scenes or () if name not in known]:
        raise ConfigError(f"there is no scene {', '.join(unknown)}; scenes are {', '.join(known)}")
    ShownScenes(config.data.dir).choose(wall, scenes or ())
    _say({"wall": wall, "scenes": scenes or list(config.walls[wall].scenes), "as_set": not scenes}, as_json)


@app.command()
def verify(file: ConfigFile = CONFIG_FILE, data: DataDir = None, given: Given = None, as_json: AsJson = False) -> None:
    """Everything recomputed from raw events against what is stored and shown; exit 1 if anything differs."""
    *_, report = _ask(_config(file, data, given), "verify", {})
    _say(report, as_json)
    raise typer.Exit(NOT_SO if report["different"] else DONE)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the backup; must not exist, or be empty")],
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Copy everything committed up to one instant; a running engine goes on meanwhile."""
    config = _config(file, data, given)
    with contextlib.closing(FlightClient(config.engine.host, config.engine.port, config.data.dir)) as client:
        if _runs_here(client, config):
            (answer,) = client.action("backup", {"folder": str(folder.resolve())})
        else:
            state = load_reference(config.state.reference).state.code
            answer = _backups(config, SystemClock(), state).make(folder.resolve()).to_json()
    _say(answer if as_json else list(_flat(answer)), as_json)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a backup")],
    move_aside: Annotated[
        bool, typer.Option("--move-aside", help="rename what is in the data folder instead of refusing")
    ] = False,
    file: ConfigFile = CONFIG_FILE,
    data: DataDir = None,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup into the data folder, whole or not at all; sources go on from its positions."""
    config = _config(file, data, given)
    with contextlib.closing(FlightClient(config.engine.host, config.engine.port, config.data.dir)) as client:
        if _runs_here(client, config):
            raise StorageBusyError(f"an engine runs on {config.data.dir}: stop it first")
    state = load_reference(config.state.reference).state.code
    now = SystemClock().now()
    restored = restore_backup(folder.resolve(), config.data.dir, state=state, now=now, move_aside=move_aside)
    key = _key_file(config)
    answer = restored.to_json() | {
        "same_catalogue": restored.manifest.about.catalogue == folder_digest(config.state.catalogue),
        "key": str(key) if key.exists() else f"missing: put the one of the backup's house at {key}",
    }
    _say(answer if as_json else list(_flat(answer)), as_json)


@bench_app.command("compute")
def bench_compute(
    cases: Annotated[int, typer.Option("--cases", help="cases generated over a year")] = 200_000,
    commits: Annotated[int, typer.Option("--commits", help="commits of each kind that are measured")] = 100,
    file: ConfigFile = CONFIG_FILE,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Load a simulated year, then: recompute against scan, one query per indicator against all at once, commits."""
    described, began = bench.machine(len(os.sched_getaffinity(0)), os.getloadavg()[0]), bench.cpu_times()
    with tempfile.TemporaryDirectory() as folder:
        config = _config(file, Path(folder), [*(given or ()), f"demo.cases={cases}", "demo.live=false"])
        measured = _opened(config, SystemClock())
        run = Run(measured, _add_simulation(measured), config.data.dir, commits, _so_far)
        answer = {"machine": described, "cases": cases, **run.figures()}
        answer["restart"] = _restart(config)
    described["cpu_stolen_share"] = round(bench.stolen_share(began), 3)
    _say(answer if as_json else list(_flat(answer)), as_json)


def _so_far(name: str, figures: Mapping[str, Any]) -> None:
    """Figures of a benchmark that has an hour to go; the answer on standard output has all of them."""
    typer.echo(f"{name}: {orjson.dumps(figures).decode()}", err=True)


@bench_app.command("ingest")
def bench_ingest(
    events: Annotated[int, typer.Option("--events", help="events in every file", min=100)] = 200_000,
    commits: Annotated[int, typer.Option("--commits", help="commits of each size, at most", min=1)] = 20,
    seconds_each: Annotated[float, typer.Option("--seconds", help="at each steady rate", min=1)] = 10.0,
    kafka: Annotated[
        str | None, typer.Option("--kafka", help="broker on which a topic may be made", metavar="HOST:PORT")
    ] = None,
    file: ConfigFile = CONFIG_FILE,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Made-up cases from files, over HTTP and from Kafka: how many a second, by stage, and how soon values follow."""
    # takes time that no other command has to wait for
    from ingest.bench.run import Load as IngestLoad  # noqa: PLC0415
    from ingest.bench.run import Run as IngestRun  # noqa: PLC0415

    described, began = bench.machine(len(os.sched_getaffinity(0)), os.getloadavg()[0]), bench.cpu_times()
    with tempfile.TemporaryDirectory() as folder:
        config = _config(file, Path(folder) / "data", given)
        with contextlib.closing(_opened(config, SystemClock())) as measured:
            interval_s = config.engine.publish_interval_ms / 1000
            load = IngestLoad(events, commits, seconds_each)
            loop = partial(Loop, "publish", interval_s, woken=measured.board.changed)
            run = IngestRun(measured, Path(folder), loop, load, kafka)
            answer = {"machine": described, **run.figures()}
    described["cpu_stolen_share"] = round(bench.stolen_share(began), 3)
    _say(answer if as_json else list(_flat(answer)), as_json)


@bench_app.command("serve")
def bench_serve(
    viewers: Annotated[int, typer.Option("--viewers", help="streams held open", min=1)] = 100,
    clicks: Annotated[float, typer.Option("--clicks", help="links followed a second, all together", min=0.1)] = 5.0,
    events: Annotated[int, typer.Option("--events", help="events a second that come in", min=2)] = 50,
    seconds_each: Annotated[float, typer.Option("--seconds", help="of streams alone, and with clicks", min=6)] = 20.0,
    webs: Annotated[int, typer.Option("--webs", help="web processes", min=1)] = 1,
    cases: Annotated[int, typer.Option("--cases", help="cases of the history")] = 20_000,
    file: ConfigFile = CONFIG_FILE,
    given: Given = None,
    as_json: AsJson = False,
) -> None:
    """Engine and web with a simulated history: viewers on streams and events coming in, then readers who click."""
    # take time that no other command has to wait for
    from dashboard.bench.processes import Processes, free_ports  # noqa: PLC0415
    from dashboard.bench.run import Load, Running, figures, until_live  # noqa: PLC0415

    collect_seldom()
    described, began = bench.machine(len(os.sched_getaffinity(0)), os.getloadavg()[0]), bench.cpu_times()
    own_ports, web_ports = free_ports(3), free_ports(webs)
    ports = zip(("engine.port", "events.port", "metrics.port"), own_ports, strict=True)
    own = [*(given or ()), f"demo.cases={cases}", "demo.live=false", *(f"{name}={port}" for name, port in ports)]
    with tempfile.TemporaryDirectory() as folder:
        config = _config(file, Path(folder), own)
        source = next(name for name, table in config.sources.items() if "event" not in table)
        token = _tokens(config).make(source, SystemClock().now())[1]
        lines = {"engine": _own_line("engine", "--simulate", file=file, config=config, given=own, shift_s=0.0)}
        for number, port in enumerate(web_ports, start=1):
            words = [*own, f"web.port={port}"]
            lines[f"web {number}"] = _own_line("web", file=file, config=config, given=words, shift_s=0.0)

        async def measured(processes: Processes) -> Answer:
            urls, door = [f"http://127.0.0.1:{port}" for port in web_ports], f"http://127.0.0.1:{config.events.port}"
            running = Running(urls, door, token, source, processes)
            with contextlib.closing(FlightClient(config.engine.host, config.engine.port, config.data.dir)) as client:
                await until_live(client, running)
            load = Load(viewers, clicks, events, seconds_each)
            return await figures(running, load, load_reference(config.state.reference))

        with Processes.running(lines, LEAN | dict(os.environ)) as processes:
            answer = {"machine": described, "viewers": viewers, "webs": webs, **asyncio.run(measured(processes))}
    described["cpu_stolen_share"] = round(bench.stolen_share(began), 3)
    _say(answer if as_json else list(_flat(answer)), as_json)


def _restart(config: Config) -> dict[str, float]:
    """Open a warehouse again. Returns: seconds until all values are given out, and until something can be committed."""
    began = time.perf_counter()
    again = Engine(config, SystemClock())
    again.publisher.publish()
    values_s = time.perf_counter() - began
    again.writer.run(lambda _: again.writer.known, in_transaction=False)
    commits_s = time.perf_counter() - began
    again.close()
    return {"values_s": values_s, "commits_s": commits_s}


def _flat(answer: Mapping[str, Any], before: str = "") -> Iterator[Answer]:
    for key, one in answer.items():
        name = f"{before}{key}"
        if isinstance(one, Mapping):
            yield from _flat(one, f"{name} · ")
        else:
            yield {"figure": name, "value": round(one, 3) if isinstance(one, float) else one}


def main() -> None:
    """Run a command; what goes wrong on purpose is one sentence and exit code 2."""
    atexit.register(say_no_more)  # registered first, called last
    gc.disable()  # until collect_seldom
    try:
        app(standalone_mode=True)
    except CMError as error:
        Console(stderr=True).print(
            f"[red]{type(error).__name__}:[/] {escape(masked(str(error)))}", highlight=False, soft_wrap=True
        )
        sys.exit(START_AGAIN if isinstance(error, StorageBrokenError) else COULD_NOT_RUN)


if __name__ == "__main__":
    main()
