"""What monitoring reads of the engine, at `/metrics` in Prometheus' text format; the list is in docs/operations.md.

Who may import it: run.py, tests.
Invariants: nothing is counted here, everything is read when it is asked for; no text of a row and no case is in it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from ingest.sources.base import EndlessSource
from warehouse.commit_times import LIMITS_S
from warehouse.opening import log_of, logs_aside
from warehouse.probe import clock_note, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from wsgiref.simple_server import WSGIServer
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from prometheus_client import Metric

    from ingest.sources.base import Source
    from warehouse.clock import Clock
    from warehouse.commit_times import CommitTimes
    from warehouse.config import MetricsConfig

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Offices:
    """Offices of the state.

    Attributes:
        heard: with a case in the financial year, or an open one.
        silent: without.
    """

    heard: int
    silent: int


@dataclass(frozen=True, slots=True)
class Watched:
    """Where the figures come from; each is asked when somebody reads them.

    Attributes:
        clock: of the engine.
        states: of all declared sources, as the status of the screens has them.
        running: sources that are read now.
        masked: rows with numbers of persons: columns source, kind, rows.
        commits: how long they took.
        board: version of the values given out, and the instant it was given out at.
        failed: codes of indicators that cannot be computed now.
        offices: how many are heard of.
        warehouse: its file.
        last_backup: when the engine made the newest backup; None without any, or when it makes none.
        troubles: why the engine is not ready, in words without data; empty = it is.
    """

    clock: Clock
    states: Callable[[], Sequence[Mapping[str, Any]]]
    running: Callable[[], Sequence[Source]]
    masked: Callable[[], Sequence[Mapping[str, Any]]]
    commits: CommitTimes
    board: Callable[[], tuple[int, datetime]]
    failed: Callable[[], Sequence[str]]
    offices: Callable[[], Offices]
    warehouse: Path
    last_backup: Callable[[], datetime | None]
    troubles: Callable[[], Sequence[str]]


class EngineCollector(Collector):
    """Gives the figures of an engine as they are now."""

    def __init__(self, watched: Watched) -> None:
        """Args: watched: where they come from."""
        self._watched = watched

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of the figures, so that registering asks for none."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All figures."""
        yield from self._sources()
        yield from self._transports()
        yield from self._warehouse()
        version, at = self._watched.board()
        yield GaugeMetricFamily("cm_board_version", "version of the values given out", version)
        age_s = (self._watched.clock.now() - at).total_seconds()
        yield GaugeMetricFamily("cm_board_age_seconds", "since values last changed", age_s)
        failed = len(self._watched.failed())
        yield GaugeMetricFamily("cm_indicators_failed", "indicators that cannot be computed now", failed)
        offices = self._watched.offices()
        found = GaugeMetricFamily("cm_offices", "offices by whether a case of this year is known", labels=["state"])
        found.add_metric(["heard"], offices.heard)
        found.add_metric(["silent"], offices.silent)
        yield found

    def _sources(self) -> Iterator[Metric]:
        names = ["source"]
        event = GaugeMetricFamily("cm_source_last_event_timestamp_seconds", "newest event", labels=names)
        heard = GaugeMetricFamily("cm_source_last_heard_timestamp_seconds", "last delivery", labels=names)
        expected = GaugeMetricFamily("cm_source_expected_by_timestamp_seconds", "next event due", labels=names)
        lag = GaugeMetricFamily("cm_source_lag_seconds", "age of the newest event", labels=names)
        good = GaugeMetricFamily("cm_source_readable", "0 while it cannot be read", labels=names)
        rows = CounterMetricFamily("cm_rows", "rows that were not rejected", labels=["source", "result"])
        # not a counter: a replay takes rows out of it
        refused = GaugeMetricFamily("cm_quarantine_rows", "rejected rows that wait", labels=names)
        now = self._watched.clock.now()
        for state in self._watched.states():
            name = [str(state["name"])]
            last, delivered = _instant(state["last_event_at"]), _instant(state["last_heard_at"])
            due = _instant(state["expected_by"])
            if last is not None:
                event.add_metric(name, last.timestamp())
                lag.add_metric(name, max(0.0, (now - last).total_seconds()))
                if due is not None:
                    expected.add_metric(name, due.timestamp())
            if delivered is not None:
                heard.add_metric(name, delivered.timestamp())
            good.add_metric(name, state["trouble"] is None)
            rows.add_metric([*name, "accepted"], int(state["accepted"]))
            rows.add_metric([*name, "duplicate"], int(state["duplicates"]))
            refused.add_metric(name, int(state["rejected"]))
        yield from (event, heard, expected, lag, good, rows, refused)
        where = ["source", "field", "kind"]
        masked = CounterMetricFamily("cm_rows_masked", "rows with numbers of persons", labels=where)
        for row in self._watched.masked():
            masked.add_metric([str(row[name]) for name in where], int(row["rows"]))
        yield masked

    def _transports(self) -> Iterator[Metric]:
        names = ["source"]
        begun = CounterMetricFamily("cm_source_connections", "connections begun since the start", labels=names)
        stalls = CounterMetricFamily("cm_source_stalls", "connections given up: nothing moved", labels=names)
        waiting = GaugeMetricFamily("cm_source_waiting_rows", "rows that wait at the source", labels=names)
        for source in self._watched.running():
            if isinstance(source, EndlessSource) and source.connections:
                name = [source.name]
                begun.add_metric(name, source.connections)
                stalls.add_metric(name, source.stalls)
                if source.waiting is not None:
                    waiting.add_metric(name, source.waiting)
        yield from (begun, stalls, waiting)

    def _warehouse(self) -> Iterator[Metric]:
        counts = self._watched.commits.counts()
        classes = zip([*map(str, LIMITS_S), "+Inf"], accumulate(counts), strict=True)
        took = HistogramMetricFamily("cm_commit_duration_seconds", "from the begin of a commit to the board")
        took.add_metric([], buckets=list(classes), sum_value=self._watched.commits.sum_s)
        yield took
        size = GaugeMetricFamily("cm_warehouse_bytes", "of the warehouse on disk", labels=["file"])
        for kind, path in (("data", self._watched.warehouse), ("log", log_of(self._watched.warehouse))):
            size.add_metric([kind], path.stat().st_size if path.exists() else 0)
        yield size
        aside = len(logs_aside(self._watched.warehouse))
        yield GaugeMetricFamily("cm_warehouse_logs_aside", "logs that did not replay and were put aside", aside)
        backup = self._watched.last_backup()
        if backup is not None:
            yield GaugeMetricFamily("cm_backup_timestamp_seconds", "newest backup", backup.timestamp())


class MetricsServer:
    """Answers at `/metrics`, `/healthz` and `/readyz` from its making to close(), on threads of its own."""

    def __init__(self, settings: MetricsConfig, watched: Watched) -> None:
        """Start to listen; a port that is taken is said in the log, because monitoring must not stop the engine.

        Args:
            settings: address.
            watched: where the figures come from.
        """
        self._server: WSGIServer | None = None
        registry = CollectorRegistry()
        registry.register(EngineCollector(watched))
        ProcessCollector(registry=registry)
        try:
            self._server, self._thread = start_http_server(settings.port, settings.host, registry)
            figures = self._server.get_app()
            if figures is not None:
                self._server.set_app(_probed(figures, watched))
        except OSError as error:
            _LOG.warning("metrics.host = %r, metrics.port = %s: cannot listen: %s", settings.host, settings.port, error)

    @property
    def port(self) -> int | None:
        """The port it listens on; None when it does not."""
        return None if self._server is None else int(self._server.server_port)

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


def _probed(figures: WSGIApplication, watched: Watched) -> WSGIApplication:
    """Answers of `/healthz` (the process lives) and `/readyz` (it stores and computes) before those of monitoring."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path not in {"/healthz", "/readyz"}:
            return figures(environ, start_response)
        troubles = watched.troubles() if path == "/readyz" else ()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
        start_response("503 Service Unavailable" if troubles else "200 OK", headers)
        return [said(troubles, (clock_note(),) if path == "/readyz" else ()).encode()]

    return answer


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
