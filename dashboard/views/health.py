"""Which numbers can I not trust now? Late sources, what was refused and why, what was masked, cases without a clock."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dashboard import format as form
from dashboard.freshness import Freshness
from dashboard.views.expected import expected_words
from dashboard.views.files import file_links
from dashboard.views.indicator_list import OWN_PERIOD
from dashboard.views.silent_offices import silent_offices
from warehouse.errors import EngineGoneError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dashboard.freshness import SourceStatus
    from dashboard.views.asked import Asked
    from dashboard.views.place import Link
    from dashboard.views.silent_offices import SilentOffices
    from warehouse.config import Config

#: Where commands are typed.
_ROOT: Final = Path(__file__).resolve().parents[2]
_SAMPLES: Final = 2
_SOURCES: Final = 4
_ORDER: Final = {Freshness.SILENT: 0, Freshness.LATE: 1, Freshness.LIVE: 2}
_LONGEST_SAMPLE: Final = 160
#: Folders of a path of the engine's machine; not those of an address.
_FOLDERS: Final = re.compile(r"(?<![\w/:.])/(?:[^\s/:'\"]+/)+")
#: After so long a column that a source added belongs to it.
ADDED_SAID_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source system.

    Attributes:
        name: in config.toml.
        title: on the screens.
        department: that runs it; "" when it is not known.
        freshness: live, late or silent.
        last_event_at: newest event.
        expected: within what the next is expected, in words.
        received, accepted, rejected, duplicates: rows.
        indicators: how many numbers depend on it.
        indicators_href: which.
        trouble: why it cannot be read now; "" when nothing is wrong.
        stalls: connections given up since the engine's start because nothing moved.
        transports: by which it comes now, in words.
        added: columns of its files that no earlier file had, said for ADDED_SAID_FOR.
        added_at: when the last of them was first seen; None without any.
        adds_up: whether received = accepted + rejected + duplicates.
    """

    name: str
    title: str
    department: str
    freshness: Freshness
    last_event_at: datetime | None
    expected: str
    received: int
    accepted: int
    rejected: int
    duplicates: int
    indicators: int
    indicators_href: str
    trouble: str = ""
    stalls: int = 0
    transports: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    added_at: datetime | None = None

    @property
    def was_heard(self) -> bool:
        """Whether anything ever came, so that there is something to say of its state."""
        return self.last_event_at is not None or self.received > 0

    @property
    def adds_up(self) -> bool:
        """Whether nothing was dropped silently."""
        return self.received == self.accepted + self.rejected + self.duplicates


@dataclass(frozen=True, slots=True)
class RejectedReason:
    """One reason for refusing rows.

    Attributes:
        reason: its code.
        words: the same in words.
        rows: how many, from all sources.
        sources: (title, rows) of the sources with most of them.
        more_sources: how many further sources have some.
        samples: rows of the first source, as (where it came from, field that was wrong, masked row); what exactly was
            wrong is not shown, it may quote a person's data.
    """

    reason: str
    words: str
    rows: int
    sources: tuple[tuple[str, int], ...]
    more_sources: int
    samples: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """How the rejected rows of a source are tried again.

    Attributes:
        title: of the source.
        rows: that wait.
        command: to be typed on the engine's machine, in the program's folder; FILE and DIR stand for settings and data
            that lie elsewhere, because readers are not told where.
    """

    title: str
    rows: int
    command: str


@dataclass(frozen=True, slots=True)
class MaskedRows:
    """list[dict[str, Any]] of a source in which numbers of persons were taken out.

    Attributes:
        title: of the source.
        field: column of the source in which they stood; "" = counted before columns were told apart.
        kind: of number, in words.
        rows: how many.
        last_at: when the last one came.
    """

    title: str
    field: str
    kind: str
    rows: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class HealthView:
    """Everything on the page.

    Attributes:
        lang: working language.
        sources: those in trouble first, then silent, late and live ones.
        total: sums over all sources.
        files: the sources as files.
        rejected: by reason, most rows first; None while the engine does not answer.
        replays: sources with rejected rows, most rows first.
        offices: of which nothing was heard; None while the engine does not answer.
        masked: by source, field and kind; None while the engine does not answer.
        undated: open cases without a due instant; None while the engine does not answer.
        unopened: cases that were heard of before they were opened.
        undated_href: their list.
        operator_href: where rows are tried again.
        phase: "loading" | "live" | "lost".
        progress: of loading, 0 to 1.
        engine_at: instant of the engine's last answer.
        version: of the values.
        indicators: how many there are.
        areas: how many there are.
    """

    lang: str
    sources: tuple[SourceRow, ...]
    total: SourceRow
    files: tuple[Link, ...]
    rejected: tuple[RejectedReason, ...] | None
    replays: tuple[Replay, ...]
    offices: SilentOffices | None
    masked: tuple[MaskedRows, ...] | None
    undated: int | None
    unopened: int | None
    undated_href: str
    operator_href: str
    phase: str
    progress: float
    engine_at: datetime | None
    version: int
    indicators: int
    areas: int


def health_view(asked: Asked) -> HealthView:
    """The page of an address."""
    values = asked.services.values
    added = _added(asked)
    rows = sorted(
        (_source(asked, one, added.get(one.name, {})) for one in values.status.sources),
        key=lambda row: (not row.trouble, _ORDER[row.freshness], not row.was_heard, row.title),
    )
    counts = _first_row(_read(asked, "case_counts"))
    lost = values.engine_lost_since is not None
    summary = _read(asked, "rejected_summary")
    return HealthView(
        lang=asked.lang,
        sources=tuple(rows),
        total=_total(asked, rows),
        files=file_links(asked, "health"),
        rejected=None if summary is None else _rejected(asked, summary),
        replays=() if summary is None else _replays(asked, summary),
        offices=_silent(asked),
        masked=_masked(asked),
        undated=_listed(_read(asked, "case_list", view="undated", limit=1)),
        unopened=_whole(counts, "unopened"),
        undated_href=asked.list_href("undated", ""),
        operator_href=asked.address.to("/operator").href,
        phase="lost" if lost else values.status.phase,
        progress=values.status.progress,
        engine_at=values.last_at,
        version=values.version,
        indicators=len(values.indicators),
        areas=len(values.areas),
    )


def mask(raw: str) -> str:
    """A refused row with every letter and digit hidden but its shape kept: field names stay, values become x and 9.

    Args:
        raw: the row as JSON, or any text.
    """
    try:
        plain = json.loads(raw)
    except json.JSONDecodeError:
        return _hidden(raw)
    if not isinstance(plain, dict):
        return _hidden(raw)
    return ", ".join(f"{name}: {_hidden(str(value))}" for name, value in plain.items())[:_LONGEST_SAMPLE]


def _hidden(text: str) -> str:
    return "".join(_cover(letter) for letter in text[:_LONGEST_SAMPLE])


def _cover(letter: str) -> str:
    """9 for a digit, x for a letter or a sign that belongs to one (Malayalam vowels), else the character itself."""
    kind = unicodedata.category(letter)
    if kind.startswith("N"):
        return "9"
    return "x" if kind[0] in "LM" else letter


def _added(asked: Asked) -> dict[str, dict[str, datetime]]:
    """Columns that sources added lately and when they were first seen, by source."""
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    midnight = asked.now.replace(hour=0, minute=0, second=0, microsecond=0)  # the same question all day is asked once
    listed = _read(asked, "added_columns", since=midnight - ADDED_SAID_FOR)
    for row in listed or []:
        found[str(row["source"])][str(row["column"])] = row["first_seen_at"]
    return found


def _source(asked: Asked, one: SourceStatus, added: Mapping[str, datetime]) -> SourceRow:
    department = asked.services.reference.departments.get(one.department)
    return SourceRow(
        name=one.name,
        title=asked.chosen(one.title, one.title_local),
        department="" if department is None else asked.chosen(department.short_en, department.short_local),
        freshness=one.freshness(asked.now),
        last_event_at=one.last_event_at,
        expected=expected_words(asked, one),
        received=one.received,
        accepted=one.accepted,
        rejected=one.rejected,
        duplicates=one.duplicates,
        indicators=one.indicators,
        indicators_href=asked.address.to("/indicators", source=one.name, period=OWN_PERIOD).href,
        trouble=_FOLDERS.sub("", one.trouble),
        stalls=one.stalls,
        transports=tuple(asked.text(f"health.transport.{name}") for name in one.transports),
        added=tuple(added),
        added_at=max(added.values(), default=None),
    )


def _total(asked: Asked, rows: list[SourceRow]) -> SourceRow:
    return SourceRow(
        name="",
        title=asked.text("health.all_sources"),
        department="",
        freshness=Freshness.LIVE,
        last_event_at=max((row.last_event_at for row in rows if row.last_event_at is not None), default=None),
        expected=form.NOT_APPLICABLE,
        received=sum(row.received for row in rows),
        accepted=sum(row.accepted for row in rows),
        rejected=sum(row.rejected for row in rows),
        duplicates=sum(row.duplicates for row in rows),
        indicators=len(asked.services.values.indicators),
        indicators_href=asked.address.to("/indicators").href,
    )


def _rejected(asked: Asked, summary: list[dict[str, Any]]) -> tuple[RejectedReason, ...]:
    by_reason: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in summary:
        by_reason[str(row["reason"])].append((str(row["source"]), int(row["rows"])))
    found = [_reason(asked, reason, sources) for reason, sources in by_reason.items()]
    return tuple(sorted(found, key=lambda one: -one.rows))


def _replays(asked: Asked, summary: list[dict[str, Any]]) -> tuple[Replay, ...]:
    return tuple(
        Replay(_title(asked, name), rows, _replay_command(asked.services.config, name))
        for name, rows in refused_by_source(summary)
    )


def refused_by_source(summary: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Sources with rows in quarantine and how many, most first. Args: summary: rows of `rejected_summary`."""
    by_source: Counter[str] = Counter()
    for row in summary:
        by_source[str(row["source"])] += int(row["rows"])
    return by_source.most_common()


def _replay_command(config: Config, source: str) -> str:
    """What an operator types who sits at the machine."""
    data = config.data.dir
    words = ["rejected", "replay", "--source", source]
    words += [] if config.file == _ROOT / "config.toml" else ["--config", "FILE"]
    words += ["--data", str(data.relative_to(_ROOT)) if data.is_relative_to(_ROOT) else "DIR"]
    return shlex.join(["python", "run.py", *words])


def _silent(asked: Asked) -> SilentOffices | None:
    try:
        return silent_offices(asked)
    except EngineGoneError:
        return None


def _masked(asked: Asked) -> tuple[MaskedRows, ...] | None:
    counts = _read(asked, "personal_counts")
    if counts is None:
        return None
    return tuple(
        MaskedRows(
            title=_title(asked, str(row["source"])),
            field=str(row["field"]),
            kind=asked.text(f"health.personal.{row['kind']}"),
            rows=int(row["rows"]),
            last_at=row["last_found_at"],
        )
        for row in counts
    )


def _reason(asked: Asked, reason: str, sources: list[tuple[str, int]]) -> RejectedReason:
    most = sorted(sources, key=lambda pair: -pair[1])
    listed = _read(asked, "rejected_list", source=most[0][0], reason=reason, limit=_SAMPLES)
    return RejectedReason(
        reason=reason,
        words=asked.reason(reason),
        rows=sum(rows for _, rows in sources),
        sources=tuple((_title(asked, name), rows) for name, rows in most[:_SOURCES]),
        more_sources=len(most[_SOURCES:]),
        samples=tuple((str(row["origin"]), str(row["field"] or ""), mask(str(row["raw"]))) for row in listed or []),
    )


def _title(asked: Asked, source: str) -> str:
    status = asked.services.values.sources.get(source)
    return source if status is None else asked.chosen(status.title, status.title_local)


def _read(asked: Asked, name: str, **params: object) -> list[dict[str, Any]] | None:
    try:
        return asked.services.rows(name, **params)
    except EngineGoneError:
        return None


def _listed(rows: list[dict[str, Any]] | None) -> int | None:
    """How many rows the whole list has of which this is the beginning."""
    if rows is None:
        return None
    return int(rows[0]["of"]) if rows else 0


def _first_row(rows: list[dict[str, Any]] | None) -> dict[str, object]:
    return rows[0] if rows else {}


def _whole(row: dict[str, object], name: str) -> int | None:
    return None if row.get(name) is None else int(str(row[name]))
