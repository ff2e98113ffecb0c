"""When something is expected of a source, and from which instant it counts as late or silent.

Rules (documented for readers in docs/events.md#expected):

- Only expected time counts: with `hours` the hours of a day, with `days = "working"` the working days of the state.
- A source is late when twice its interval has passed since its newest event, and silent when ten times its interval
  and at least an hour have (a daily file is not silent after an hour, a sensor not after ten seconds).

Source: shared design guide, section 3.5 (stale data and lost connection); working days are those of the SLA clock.

Who may import it: ingest, run.py.
Errors: ConfigError with one `source.<name>.<key>: what is wrong, what is allowed` per line, all problems at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from ingest.settings import Problems, Settings
from warehouse.lookup import fixed_offset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warehouse.reference import Reference, WorkingCalendar

KEYS: Final = ("expected_interval_s", "hours", "days")
DAYS: Final = ("all", "working")
LATE_AFTER_INTERVALS: Final = 2
SILENT_AFTER_INTERVALS: Final = 10
SILENT_AFTER: Final = timedelta(hours=1)
#: Of a source that never delivered, it is said that it has been silent for as long as there is time.
EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """Of one source at one instant, as its newest event stands.

    Attributes:
        by: when the next event is due; None when nothing is expected.
        late_at: from when on the source is late; None when nothing is expected.
        silent_at: from when on it is silent; None when nothing is expected.
    """

    by: datetime | None = None
    late_at: datetime | None = None
    silent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a source promises.

    Attributes:
        interval: expected time between two events when all is well; zero = nothing is expected.
        opens: from which time of the local day on; since midnight.
        closes: until when; since midnight, after `opens`, at most a day.
        working_days: the state's working days when only these count; None = every day counts.
        offset: local time minus UTC.
    """

    interval: timedelta
    opens: timedelta
    closes: timedelta
    working_days: WorkingCalendar | None
    offset: timedelta

    def after(self, newest: datetime | None) -> Expected:
        """What follows from the newest event; None = none ever came."""
        if not self.interval:
            return Expected()
        if newest is None:
            return Expected(EVER, EVER, EVER)
        return Expected(
            by=self._passed(newest, self.interval),
            late_at=self._passed(newest, LATE_AFTER_INTERVALS * self.interval),
            silent_at=self._passed(newest, max(SILENT_AFTER_INTERVALS * self.interval, SILENT_AFTER)),
        )

    def _passed(self, since: datetime, waiting: timedelta) -> datetime:
        """The instant at which so much expected time has passed since another."""
        local = since.astimezone(UTC).replace(tzinfo=None) + self.offset
        while True:
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            begin, end = max(local, midnight + self.opens), midnight + self.closes
            if begin < end and self._counts(midnight.date()):
                if begin + waiting <= end:
                    return (begin + waiting - self.offset).replace(tzinfo=UTC)
                waiting -= end - begin
            local = midnight + _DAY

    def _counts(self, day: date) -> bool:
        return self.working_days is None or self.working_days.is_working_day(day)


def read_expectations(sources: Mapping[str, Mapping[str, Any]], reference: Reference) -> dict[str, Expectation]:
    """What every source promises, by name.

    Args:
        sources: the [source.<name>] tables.
        reference: of the state, for its working days and local time.

    Raises:
        ConfigError: an interval, hours or days cannot be understood.
    """
    problems = Problems()
    offset = fixed_offset(reference.state.timezone)
    found = {
        name: _read(Settings(f"source.{name}", table, problems), reference.calendar, offset)
        for name, table in sources.items()
    }
    problems.raise_if_any()
    return found


def _read(table: Settings, calendar: WorkingCalendar, offset: timedelta) -> Expectation:
    interval = timedelta(seconds=table.bounded("expected_interval_s", 0, 0, 366 * 86400))
    opens, closes = _hours(table)
    if interval > closes - opens != _DAY:
        table.wrong(
            "hours",
            f"are {(closes - opens).total_seconds():g} s a day, less than expected_interval_s "
            f"{interval.total_seconds():g}; leave the hours out where something comes once a day or more rarely",
        )
    is_working = table.choice("days", DAYS, "all") == "working"
    return Expectation(interval, opens, closes, calendar if is_working else None, offset)


def _hours(table: Settings) -> tuple[timedelta, timedelta]:
    text = table.text("hours", "00:00-24:00")
    found = _HOURS.fullmatch(text)
    if found:
        hour, minute, until_hour, until_minute = (int(part or 0) for part in found.groups())
        opens = timedelta(hours=hour, minutes=minute)
        closes = timedelta(hours=until_hour, minutes=until_minute) if found[3] else _DAY
        if opens < closes:
            return opens, closes
    table.wrong("hours", f"{text!r} must be from and until on one day in the state's time, such as 10:00-17:00")
    return timedelta(0), _DAY
