"""Named queries, each kept for the seconds that its answer stays good: many readers of a page cost as much as one.

An answer a little past its seconds is given once more while a new one is fetched beside, so that a page that is being
looked at never waits for the engine; one that is long past is asked for anew.
Invariants: the principal is part of the key, so one reader's rows never reach another; `now` is not, because answers
are kept for so short that it does not matter; equal questions asked at once are asked of the engine once; what failed
is not kept.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from warehouse.errors import CMError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import pyarrow as pa

    from dashboard.services import NamedQueries
    from warehouse.principal import Principal

_LOG = logging.getLogger(__name__)
#: Seconds for which an answer is kept; a query that is not here is always asked. Figures of pages come from the value
#: copy and not from here, so that what these lists lag behind is names and ages, never a count on top of a page.
KEEP_S: Final = {
    "series": 60.0,
    "metric_series": 60.0,
    "reporting": 60.0,
    "step_times": 60.0,
    "service_stocks": 30.0,
    "sealed_values": 60.0,
    "review_values": 60.0,
    "first_days": 60.0,
    "span_values": 30.0,
    "decision_bins": 10.0,
    "open_ages": 10.0,
    "case_counts": 10.0,
    "rejected_summary": 5.0,
    "rejected_list": 5.0,
    "personal_counts": 5.0,
    "added_columns": 5.0,
    "held": 3.0,
    "holders": 3.0,
    "work": 0.5,
    "due_by_hour": 3.0,
    "recent_events": 1.0,
    "case_list": 0.5,
}
_MOST_ANSWERS: Final = 256
#: For so many times its seconds an answer may be given while the next one is fetched.
_STALE_TIMES: Final = 5
_FETCHERS: Final = 4
_NOT_IN_KEY: Final = frozenset({"now"})


@dataclass(slots=True)
class _Answer:
    lock: threading.Lock = field(default_factory=threading.Lock)
    table: pa.Table | None = None
    at_s: float = 0.0
    is_fetched: bool = False


class CachedQueries:
    """Asks an engine, or remembers; safe to be asked by many threads."""

    def __init__(self, queries: NamedQueries, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Remember nothing yet.

        Args:
            queries: who is asked.
            elapsed: seconds on a clock that is never set (injected by tests).
        """
        self._queries, self._elapsed = queries, elapsed
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._fetchers = ThreadPoolExecutor(_FETCHERS, thread_name_prefix="query-cache")

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        """Rows of a named query, of the last KEEP_S seconds or, while new ones are fetched, a little older.

        Shape: as documented with the query in the warehouse.

        Raises:
            EngineGoneError: the engine does not answer and nothing is remembered.
        """
        keep_s = KEEP_S.get(name)
        if keep_s is None:
            return self._queries.query(name, principal, **params)
        answer = self._answer((name, principal, _frozen(params)))
        with answer.lock:
            age_s = self._elapsed() - answer.at_s
            if answer.table is None or age_s > keep_s * _STALE_TIMES:
                answer.table, answer.at_s = self._queries.query(name, principal, **params), self._elapsed()
            elif age_s > keep_s and not answer.is_fetched:
                answer.is_fetched = True
                self._fetchers.submit(self._fetch, answer, name, principal, params)
            return answer.table

    def _fetch(self, answer: _Answer, name: str, principal: Principal, params: dict[str, object]) -> None:
        try:
            table = self._queries.query(name, principal, **params)
        except CMError as error:
            _LOG.info("answer not renewed: %s", error)
            table = None
        with answer.lock:
            answer.is_fetched = False
            if table is not None:
                answer.table, answer.at_s = table, self._elapsed()

    def _answer(self, key: Hashable) -> _Answer:
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
            self._answers.move_to_end(key)
            while len(self._answers) > _MOST_ANSWERS:
                self._answers.popitem(last=False)
            return answer


def _frozen(params: dict[str, object]) -> Hashable:
    return tuple(
        (name, tuple(value) if isinstance(value, (list, tuple)) else value)
        for name, value in sorted(params.items())
        if name not in _NOT_IN_KEY
    )
