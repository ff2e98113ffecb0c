"""How old data are and what that means: live, late, silent. Unit of staleness is the source system.

From which instants on a source is late and silent, if nothing comes meanwhile, the engine says (ingest/expectation.py:
it knows the source's interval, hours and days). A number is as fresh as its worst source; it is silent only when all
of its sources are, because the rest still holds.

Source: shared design guide, section 3.5 (stale data and lost connection).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Silence of the engine, or of the server towards the browser, after which figures are shown as of their last instant.
#: Two seconds less than the ten that are promised, for drawing and for a stream that noticed late.
LOST_AFTER_S: Final = 8.0


class Freshness(StrEnum):
    """Whether figures may be taken as the present."""

    LIVE = "live"
    LATE = "late"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source system as the engine reports it.

    Attributes:
        name: of the source in config.toml.
        title: name on the screens.
        title_local: the same in the state language.
        department: code of the department that runs it.
        last_event_at: instant of the newest event; None when none ever came.
        last_heard_at: instant at which it last delivered anything.
        expected_interval_s: seconds between events when all is well; 0 = nothing is expected (a log loaded by hand).
        late_at: instant from which on it is late, if nothing comes meanwhile; None when nothing is expected.
        silent_at: the same for silent.
        received: rows received; equals accepted + rejected + duplicates.
        accepted: rows taken.
        rejected: rows refused and kept in quarantine.
        duplicates: rows known already.
        indicators: how many indicators are counted from it.
        trouble: why it cannot be read now, in the engine's words; "" when nothing is wrong.
        stalls: connections given up since the engine's start because nothing moved although something waits.
        transports: by which it comes now: `database`, `folder`, `kafka`, `poll`, `push`; empty = none of these.
        hours: of the day in which something is expected, such as 10:00-17:00; "" = all.
        is_working_days: whether something is expected on the state's working days only.
    """

    name: str
    title: str
    title_local: str
    department: str
    last_event_at: datetime | None
    last_heard_at: datetime | None
    expected_interval_s: float
    late_at: datetime | None
    silent_at: datetime | None
    received: int
    accepted: int
    rejected: int
    duplicates: int
    indicators: int
    trouble: str = ""
    stalls: int = 0
    transports: tuple[str, ...] = ()
    hours: str = ""
    is_working_days: bool = False

    def age_s(self, now: datetime) -> float | None:
        """Seconds since the newest event, never negative; None when none ever came."""
        return None if self.last_event_at is None else max(0.0, (now - self.last_event_at).total_seconds())

    def freshness(self, now: datetime) -> Freshness:
        """Live, late or silent at an instant."""
        return freshness(now, self.late_at, self.silent_at)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the engine says of itself with every answer.

    Attributes:
        phase: "loading" while history is read, then "live".
        progress: share of the loading that is done, 0 to 1.
        sources: all source systems, in the order of config.toml.
        calendar_day: state-local day as ISO text; "" before the first answer.
    """

    phase: str = "loading"
    progress: float = 0.0
    sources: tuple[SourceStatus, ...] = ()
    calendar_day: str = ""


@dataclass(frozen=True, slots=True)
class AsOf:
    """How fresh a number is.

    Attributes:
        freshness: of the number.
        at: when late or silent: the instant up to which it is complete; None when nothing ever came.
        asked_at: the present instant when this was said; None where nobody needs it.
    """

    freshness: Freshness
    at: datetime | None = None
    asked_at: datetime | None = field(default=None, compare=False)


LIVE_NOW: Final = AsOf(Freshness.LIVE)


def freshness(now: datetime, late_at: datetime | None, silent_at: datetime | None) -> Freshness:
    """Live, late or silent at an instant.

    Args:
        now: the engine's present instant.
        late_at: when a source becomes late; None = never.
        silent_at: when it becomes silent; None = never.
    """
    if silent_at is not None and now > silent_at:
        return Freshness.SILENT
    return Freshness.LATE if late_at is not None and now > late_at else Freshness.LIVE


def as_of(names: Iterable[str], sources: Mapping[str, SourceStatus], now: datetime, budget_s: float = 0.0) -> AsOf:
    """Freshness of a number that is counted from several sources.

    Args:
        names: the sources that its definition lists; those that this deployment does not have are passed over.
        sources: status by name.
        now: the engine's present instant.
        budget_s: seconds for which the number's definition puts up with a source that is behind.

    Returns:
        Live when no source is late; late with the oldest of the late sources' newest events; silent when all are.
    """
    known = [sources[name] for name in names if name in sources]
    behind = [one for one in known if one.freshness(now) is not Freshness.LIVE and _is_past(one.age_s(now), budget_s)]
    if not behind:
        return LIVE_NOW
    heard = [one.last_event_at for one in behind if one.last_event_at is not None]
    silent = len(behind) == len(known) and all(one.freshness(now) is Freshness.SILENT for one in behind)
    if silent:
        return AsOf(Freshness.SILENT, max(heard, default=None), now)
    return AsOf(Freshness.LATE, min(heard, default=None), now)


def _is_past(age_s: float | None, budget_s: float) -> bool:
    return age_s is None or age_s > budget_s


def read_status(plain: Mapping[str, object] | None) -> EngineStatus:
    """Engine status from the JSON of an answer; unknown keys are passed over."""
    if not plain:
        return EngineStatus()
    listed = plain.get("sources")
    return EngineStatus(
        phase=str(plain.get("phase", "live")),
        progress=float(str(plain.get("progress", 1.0))),
        sources=tuple(_source(one) for one in listed) if isinstance(listed, list) else (),
        calendar_day=str(plain.get("calendar_day") or ""),
    )


def read_instant(plain: object) -> datetime | None:
    """An aware instant from ISO text; None from anything empty."""
    return datetime.fromisoformat(plain) if isinstance(plain, str) and plain else None


def _source(plain: Mapping[str, object]) -> SourceStatus:
    title = str(plain.get("title") or plain["name"])
    transports = plain.get("transports")
    return SourceStatus(
        name=str(plain["name"]),
        title=title,
        title_local=str(plain.get("title_local") or title),
        department=str(plain.get("department") or ""),
        last_event_at=read_instant(plain.get("last_event_at")),
        last_heard_at=read_instant(plain.get("last_heard_at")),
        expected_interval_s=float(str(plain.get("expected_interval_s") or 0)),
        late_at=read_instant(plain.get("late_at")),
        silent_at=read_instant(plain.get("silent_at")),
        received=_count(plain, "received"),
        accepted=_count(plain, "accepted"),
        rejected=_count(plain, "rejected"),
        duplicates=_count(plain, "duplicates"),
        indicators=_count(plain, "indicators"),
        trouble=str(plain.get("trouble") or ""),
        stalls=_count(plain, "stalls"),
        transports=tuple(map(str, transports)) if isinstance(transports, list) else (),
        hours=str(plain.get("hours") or ""),
        is_working_days=plain.get("days") == "working",
    )


def _count(plain: Mapping[str, object], key: str) -> int:
    return int(str(plain.get(key) or 0))
