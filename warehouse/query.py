"""The named queries: which parameters each takes, who may ask it, and the SQL it becomes.

The text of a query is warehouse/queries/<name>.sql. Values only ever travel as parameters; what is put into the text –
filters, orders, views – comes from the tables below and never from a request. Files named board_*.sql and verify_*.sql
(for indicators/board.py and verify.py) become queries by themselves; their parameters are passed as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final

from warehouse.errors import DataError

_FOLDER: Final = Path(__file__).parent / "queries"
_PARAMETER: Final = re.compile(r"\$([a-z_]+)")
_EVENTS: Final = re.compile(r"\bfrom event\b")
_MARKER: Final = re.compile(r"/\*([a-z_]+)\*/")
#: Files that others may contain as a relation, in parentheses, by a marker of their name.
_PARTS: Final = frozenset(
    {
        "effective_events",
        "cell_facts",
        "recompute_cells",
        "recompute_bins",
        "recompute_metrics",
        "judge_flows",
        "judge_readings",
    }
)
_MOST_ROWS: Final = 10_000
_MOST_TEXTS: Final = 5_000
_MOST_CHARACTERS: Final = 500


class Kind(Enum):
    """What a parameter is; `read` checks it."""

    TEXT = "text"
    TEXTS = "a list of texts"
    INSTANT = "an instant with its offset"
    DAY = "a date"
    COUNT = "a whole number from 0 to 10,000"
    PLACE = "a whole number from 0"
    CHOICE = "one of a list"
    ANY = "anything"


class Scope(Enum):
    """How a principal's scope limits a query."""

    AREA = "rows of areas within the scope"
    STATE = "only who may see the whole state may ask"
    ANYONE = "not about places"


_PATH: Final = "select area from lookup.area_path where ancestor"
#: Put among the filters of every query of scope AREA for a principal who may not see everything.
IN_SCOPE: Final = f"area in ({_PATH} in (select unnest($scope::varchar[])))"
AREA: Final = f"area in ({_PATH} = $area)"
SERVICES: Final = "service in (select unnest($services::varchar[]))"
_RUNS: Final = "(paused_at is null or paused_at > due_at)"
#: Views of cases: which of them a list shows.
VIEWS: Final = {
    "overdue": f"status = 'open' and due_at < $now and {_RUNS}",
    "due48": f"status = 'open' and due_at >= $now and due_at <= $until and {_RUNS}",
    "paused": "status = 'open' and paused_at is not null",
    "reopened": "status = 'open' and reopened > 0",
    "undated": "status = 'open' and due_at is null",
    "open": "status = 'open'",
    "all": "status <> 'unopened'",
    # what flows count; with the days of opening or decision given beside
    "received": "status <> 'unopened'",
    "decided": "status = 'decided'",
    "in_time": "status = 'decided' and decided_at <= due_at",
    "late": "status = 'decided' and decided_at > due_at",
    "dated": "status = 'decided' and due_at is not null",
    "approved": "status = 'decided' and outcome = 'approved'",
    "rejected": "status = 'decided' and outcome = 'rejected'",
}
SORTS: Final = {
    "oldest": "opened_at",
    "due": "due_at nulls last, opened_at",
    # longest past the limit first; a case whose clock stands still is not past it
    "past": "paused_at is not null and paused_at <= due_at, due_at nulls last, opened_at",
    "service": "service, due_at nulls last",
    "office": "office nulls last, due_at nulls last",
}
#: What a row of the query `work` is about.
WORK_BY: Final = {"office": "office", "seat": "office, post", "service": "service"}


@dataclass(frozen=True, slots=True)
class Query:
    """One named query.

    Attributes:
        name: what callers call it.
        scope: who may ask, and how rows are limited.
        needed: parameters that must be given.
        optional: parameters that may be given, with the filter each adds.
        defaults: values of parameters that may be left out.
        choices: text put into the SQL for parameters of kind CHOICE: marker → choice → text.
        file: name of the SQL file without its ending; the query's name where empty.
    """

    name: str
    scope: Scope
    needed: Mapping[str, Kind] = field(default_factory=dict)
    optional: Mapping[str, tuple[Kind, str]] = field(default_factory=dict)
    defaults: Mapping[str, tuple[Kind, object]] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    file: str = ""

    def kind_of(self, name: str) -> Kind:
        """The kind of a parameter.

        Raises:
            DataError: it has no such parameter.
        """
        if name in self.needed:
            return self.needed[name]
        if name in self.optional:
            return self.optional[name][0]
        if name in self.defaults:
            return self.defaults[name][0]
        known = ", ".join([*self.needed, *self.optional, *self.defaults])
        raise DataError(f"query {self.name} has no parameter {name!r}; it takes {known or 'none'}")

    def read(self, given: Mapping[str, object]) -> dict[str, Any]:
        """Check parameters and fill in defaults; a parameter given as None is one left out.

        Raises:
            DataError: unknown, missing or of the wrong kind.
        """
        values = {name: default for name, (_, default) in self.defaults.items()}
        for name, value in given.items():
            kind = self.kind_of(name)
            if value is None:
                continue
            if kind is Kind.CHOICE:
                allowed = self.choices[name]
                if value not in allowed:
                    raise DataError(f"query {self.name}: {name} must be one of {', '.join(allowed)}, not {value!r}")
                values[name] = value
            else:
                values[name] = _read(f"query {self.name}: {name}", kind, value)
        if missing := [name for name in self.needed if name not in values]:
            raise DataError(f"query {self.name} needs {', '.join(missing)}")
        return values

    def text(self, values: Mapping[str, object], in_scope: bool) -> str:
        """The SQL for checked parameters.

        Args:
            values: as `read` gave them.
            in_scope: limit the rows to the principal's areas.
        """
        filters = [self.choices[name][str(value)] for name, value in values.items() if name == "view"]
        filters += [text for name, (_, text) in self.optional.items() if name in values and text]
        filters += [IN_SCOPE] if in_scope else []
        text = _text(self.file or self.name).replace("/*filters*/", " and ".join(filters) or "true")
        for name in self.choices.keys() - {"view"}:
            text = text.replace(f"/*{name}*/", self.choices[name][str(values[name])])
        return text


def facts() -> str:
    """What happened, from case rows and raw answers, one row each: a relation with the columns of cell."""
    return f'(select "day" as span_start, * from ({_text("cell_facts")}))'  # noqa: S608 – our own file


def parameters_in(text: str) -> frozenset[str]:
    """Names of the parameters that a statement uses."""
    return frozenset(_PARAMETER.findall(text))


@cache
def _text(name: str) -> str:
    text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return _MARKER.sub(lambda marker: _text(marker[1]) if marker[1] in _PARTS else marker[0], text)


def folded(until: bool) -> tuple[list[str], str]:
    """The fold of all cases from raw events.

    Args:
        until: only events up to $on.

    Returns:
        Statements to be run before it in the same transaction, and the query itself.
    """
    text = _text("fold_cases").replace("/*until*/", "occurred_at <= $on" if until else "true")
    *before, last = text.split(";\n")
    return before, last


def known_then(before: list[str], text: str) -> tuple[list[str], str]:
    """A question about raw events as they were known at an instant: only what had been received by $known counts.

    Args:
        before: statements to be run before it in the same transaction.
        text: the query itself.

    Returns:
        Both, and a statement before them that sets those events apart.
    """
    told = [_EVENTS.sub("from known_event", statement) for statement in (*before, text)]
    return ["create temp table known_event as select * from event where received_at <= $known", *told[:-1]], told[-1]


def _read(where: str, kind: Kind, value: object) -> object:
    read = _READERS[kind](value)
    if read is None:
        raise DataError(f"{where} must be {kind.value}, not {value!r}")
    return read


def read_parameters(name: str, kinds: Mapping[str, Kind], given: Mapping[str, object]) -> dict[str, Any]:
    """Check parameters that are all needed.

    Args:
        name: of what is asked.
        kinds: of its parameters.
        given: parameters by name.

    Raises:
        DataError: unknown, missing or of the wrong kind.
    """
    if set(given) != set(kinds):
        raise DataError(f"query {name} takes {', '.join(kinds)}")
    return {one: _read(f"query {name}: {one}", kind, given[one]) for one, kind in kinds.items()}


def _text_value(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= _MOST_CHARACTERS else None


def _texts(value: object) -> list[str] | None:
    if not isinstance(value, (list, tuple, frozenset, set)) or len(value) > _MOST_TEXTS:
        return None
    return list(value) if all(_text_value(one) is not None for one in value) else None


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None


def _day(value: object) -> date | None:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _count(value: object) -> int | None:
    whole = _whole(value)
    return whole if whole is not None and whole <= _MOST_ROWS else None


_READERS: Final[dict[Kind, Any]] = {
    Kind.TEXT: _text_value,
    Kind.TEXTS: _texts,
    Kind.INSTANT: _instant,
    Kind.DAY: _day,
    Kind.COUNT: _count,
    Kind.PLACE: _whole,
    Kind.ANY: lambda value: value,
}

_TEXT, _TEXTS, _INSTANT, _DAY, _COUNT, _PLACE = (
    Kind.TEXT,
    Kind.TEXTS,
    Kind.INSTANT,
    Kind.DAY,
    Kind.COUNT,
    Kind.PLACE,
)
_CASE_FILTERS: Final[dict[str, tuple[Kind, str]]] = {
    "area": (_TEXT, AREA),
    "services": (_TEXTS, SERVICES),
    "service": (_TEXT, "service = $service"),
    "office": (_TEXT, "office = $office"),
    "post": (_TEXT, "post = $post"),
    "source": (_TEXT, "source = $source"),
}
_DAY_FILTERS: Final[dict[str, tuple[Kind, str]]] = {
    "opened_from": (_DAY, "opened_day >= $opened_from"),
    "opened_to": (_DAY, "opened_day <= $opened_to"),
    "decided_from": (_DAY, "decided_day >= $decided_from"),
    "decided_to": (_DAY, "decided_day <= $decided_to"),
}
_VIEW: Final = {"view": (Kind.CHOICE, "open"), "now": (_INSTANT, None)}
_SPAN: Final = {"from_day": _DAY, "to_day": _DAY}
#: See known_then.
_KNOWN: Final = {"known": (_INSTANT, "")}

_QUERIES: Final = (
    Query(
        "case_counts",
        Scope.AREA,
        optional={**_CASE_FILTERS, "on": (_INSTANT, "")},
        defaults={"now": (_INSTANT, None)},
    ),
    Query(
        "case_list",
        Scope.AREA,
        optional={**_CASE_FILTERS, **_DAY_FILTERS, "on": (_INSTANT, "")},
        defaults={**_VIEW, "sort": (Kind.CHOICE, "due"), "limit": (_COUNT, 50), "offset": (_PLACE, 0)},
        choices={"view": VIEWS, "sort": SORTS},
    ),
    Query(
        "holders",
        Scope.AREA,
        optional=_CASE_FILTERS,
        defaults={**_VIEW, "limit": (_COUNT, 20)},
        choices={"view": VIEWS},
    ),
    Query(
        "held",
        Scope.AREA,
        needed={"areas": _TEXTS},
        optional={name: _CASE_FILTERS[name] for name in ("services", "service")},
        defaults=_VIEW,
        choices={"view": VIEWS},
    ),
    Query(
        "work",
        Scope.AREA,
        needed=_SPAN,
        optional={**_CASE_FILTERS, "offices": (_TEXTS, "office in (select unnest($offices::varchar[]))")},
        defaults={"by": (Kind.CHOICE, "office"), "now": (_INSTANT, None)},
        choices={"by": WORK_BY},
    ),
    Query(
        "due_by_hour",
        Scope.AREA,
        optional=_CASE_FILTERS,
        defaults={"now": (_INSTANT, None), "hours": (_COUNT, 48)},
    ),
    Query(
        "series",
        Scope.AREA,
        needed={"areas": _TEXTS, **_SPAN},
        optional={"services": (_TEXTS, SERVICES)},
        defaults={"now": (_INSTANT, None), "step_days": (_COUNT, 1)},
    ),
    Query("reporting", Scope.AREA, needed={"from_day": _DAY}),
    Query(
        "service_stocks",
        Scope.AREA,
        needed={"on_day": _DAY},
        optional={"area": (_TEXT, AREA)},
        defaults={"now": (_INSTANT, None)},
    ),
    Query(
        "decision_bins",
        Scope.AREA,
        needed=_SPAN,
        optional={"area": (_TEXT, AREA), "services": (_TEXTS, "subject in (select unnest($services::varchar[]))")},
    ),
    Query(
        "step_times",
        Scope.AREA,
        needed=_SPAN,
        optional={name: _CASE_FILTERS[name] for name in ("area", "services", "service", "office")},
    ),
    Query(
        "ratings",
        Scope.AREA,
        needed=_SPAN,
        optional={"area": (_TEXT, AREA), "services": (_TEXTS, SERVICES)},
    ),
    Query(
        "open_ages",
        Scope.AREA,
        optional={"area": (_TEXT, AREA), "services": (_TEXTS, SERVICES)},
        defaults={"now": (_INSTANT, None)},
    ),
    Query("metric_series", Scope.AREA, needed={"metric": _TEXT, "areas": _TEXTS, **_SPAN}),
    Query(
        "recent_events",
        Scope.AREA,
        optional={
            "area": (_TEXT, AREA),
            "services": (_TEXTS, SERVICES),
            "subjects": (_TEXTS, "coalesce(service, metric) in (select unnest($subjects::varchar[]))"),
            "kinds": (_TEXTS, "kind in (select unnest($kinds::varchar[]))"),
            "source": (_TEXT, "source = $source"),
        },
        defaults={"limit": (_COUNT, 50)},
    ),
    Query("rejected_summary", Scope.STATE, optional={"source": (_TEXT, "source = $source")}),
    Query(
        "rejected_list",
        Scope.STATE,
        optional={"source": (_TEXT, "source = $source"), "reason": (_TEXT, "reason = $reason")},
        defaults={"limit": (_COUNT, 100)},
    ),
    Query("source_counts", Scope.ANYONE, optional={"source": (_TEXT, "source = $source")}),
    Query("personal_counts", Scope.ANYONE, optional={"source": (_TEXT, "source = $source")}),
    Query(
        "added_columns",
        Scope.ANYONE,
        optional={"source": (_TEXT, "source = $source"), "since": (_INSTANT, "first_seen_at >= $since")},
    ),
    Query("source_positions", Scope.ANYONE, optional={"source": (_TEXT, "source = $source")}),
    Query("sealed_values", Scope.AREA, needed={"indicator": _TEXT, "area": _TEXT, "period": _TEXT, **_SPAN}),
    Query("reviews", Scope.ANYONE),
    Query(
        "review_values",
        Scope.AREA,
        needed={"review": _TEXT, "areas": _TEXTS},
        optional={
            "indicators": (_TEXTS, "indicator in (select unnest($indicators::varchar[]))"),
            "period": (_TEXT, "period = $period"),
        },
    ),
    Query("action_points", Scope.AREA, optional={"area": (_TEXT, AREA), "review": (_TEXT, "review = $review")}),
    Query("restating_events", Scope.AREA, needed={"subjects": _TEXTS, "area": _TEXT, **_SPAN, "since": _INSTANT}),
    Query("day_cells", Scope.STATE, needed={"subjects": _TEXTS, **_SPAN}),
    Query("metric_day_cells", Scope.STATE, needed={"subjects": _TEXTS, **_SPAN}),
    Query("first_days", Scope.STATE, needed={"subjects": _TEXTS}),
    Query("gauges", Scope.AREA, optional={"metric": (_TEXT, "metric = $metric"), "area": (_TEXT, AREA)}),
    Query("case", Scope.AREA, needed={"case_id": _TEXT}),
    Query("case_events", Scope.AREA, needed={"case_id": _TEXT}),
    Query("oldest_open", Scope.AREA, needed={"areas": _TEXTS}, optional={"services": (_TEXTS, SERVICES)}),
    Query("fold_cases", Scope.STATE, optional={"on": (_INSTANT, ""), **_KNOWN}),
    Query("gauges_as_of", Scope.STATE, needed={"on": _INSTANT}, optional=_KNOWN),
    Query("answers_as_of", Scope.STATE, needed={"on": _INSTANT}, optional=_KNOWN),
    Query(
        "recompute_cells",
        Scope.STATE,
        optional={"from_day": (_DAY, '"day" >= $from_day'), "to_day": (_DAY, '"day" <= $to_day')},
    ),
    Query("recompute_bins", Scope.STATE),
    Query("recompute_metrics", Scope.STATE, optional=_KNOWN),
)


def _of_indicators() -> list[Query]:
    found = []
    for path in sorted([*_FOLDER.glob("board_*.sql"), *_FOLDER.glob("verify_*.sql")]):
        names = parameters_in(path.read_text(encoding="utf-8"))
        found.append(Query(path.stem, Scope.STATE, needed=dict.fromkeys(sorted(names), Kind.ANY)))
    return found


QUERIES: Final[Mapping[str, Query]] = {query.name: query for query in (*_QUERIES, *_of_indicators())}
