"""An application's page: where it is now, since when, how its limit stands, who acts next; then what happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dashboard import format as form
from dashboard import language
from dashboard.views.case_history import steps, told_events
from dashboard.views.lead import Sentence
from dashboard.views.limit import limit_words
from dashboard.views.place import Link, named, next_post, office_name, place, post_name, texts_named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dashboard.views.asked import Asked
    from dashboard.views.case_history import Step, Told
    from dashboard.views.lead import Tone
    from dashboard.views.place import Name
    from warehouse.reference import Area, Limit

_DAY: Final = timedelta(days=1)
_SOON: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what is known: its label, the words, smaller words below."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepLine:
    """One seat on the way.

    Attributes:
        office: with the link to its page.
        post: name; "" when it is not stated.
        step: the source's word for it.
        from_at, to_at: from when to when; to_at is None where the case is now.
        lasted: how long, in the unit of its limit.
        left, width: of its bar, parts of the whole way.
        paused: spans of the bar (left, width) in which the clock stood still.
    """

    office: Link
    post: str
    step: str
    from_at: datetime
    to_at: datetime | None
    lasted: str
    left: float
    width: float
    paused: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event as it was told.

    Attributes:
        at: when it happened.
        what: in words.
        seat: post and office.
        source: name of the source system.
        mark: "" | corrected | retracted.
        note: when and what was corrected; "" for an event that stands as it came.
    """

    at: datetime
    what: str
    seat: str
    source: str
    mark: str
    note: str


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """Everything on the page.

    Attributes:
        lang: working language.
        number: as printed on the receipt.
        title: heading in both languages.
        service: name in both languages.
        crumbs: places above, the state first; empty when the place is not known.
        area: code; "" when it is not known.
        sentence: where it is since when, or how it ended; how the limit stands; who is next.
        facts: opened, due, limit, clock, …
        steps: seats in order.
        due_part: where the limit lies on the bars, 0 to 1; None without one or beyond them.
        events: newest last.
    """

    lang: str
    number: str
    title: Name
    service: Name
    crumbs: tuple[Link, ...]
    area: str
    sentence: Sentence
    facts: tuple[Fact, ...]
    steps: tuple[StepLine, ...]
    due_part: float | None
    events: tuple[EventLine, ...]


def application_view(asked: Asked, number: str) -> ApplicationView | None:
    """The page of an application; None when no source has told of such a number.

    Args:
        asked: the request.
        number: as printed on the receipt.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    found = asked.services.rows("case", case_id=number)
    if not found:
        return None
    told = told_events(asked.services.rows("case_events", case_id=number))
    return _Application(asked, found[0], told).view()


class _Application:
    """One application: its row, its events, the limit that holds for it."""

    def __init__(self, asked: Asked, row: Mapping[str, Any], told: tuple[Told, ...]) -> None:
        reference = asked.services.reference
        self.asked, self.row, self.told = asked, row, told
        self.area: Area | None = reference.area(row["area"]) if row["area"] in reference.area_index else None
        self.service = reference.services.get(row["service"] or "")
        self.limit: Limit | None = None
        if self.service is not None and row["opened_day"] is not None:
            self.limit = self.service.limit_on(row["opened_day"])
        self.ended_at: datetime | None = row["decided_at"] or self._withdrawn_at()
        self.at = self.ended_at if row["status"] != "open" and self.ended_at else asked.now

    def view(self) -> ApplicationView:
        """The whole page."""
        asked, row = self.asked, self.row
        ways = steps(self.told, row["due_at"], self.at)
        service = self.service
        crumbs: tuple[Link, ...] = ()
        if self.area is not None:
            shown = place(asked, self.area)
            crumbs = (*shown.crumbs, Link(shown.name.text, asked.area_href(self.area.code)))
        return ApplicationView(
            lang=asked.lang,
            number=row["case_id"],
            title=texts_named(asked, "application.title", number=row["case_id"]),
            service=named(asked, service.name_en, service.name_local) if service else named(asked, "", ""),
            crumbs=crumbs,
            area="" if self.area is None else self.area.code,
            sentence=Sentence(*self._said(), self._link(crumbs)),
            facts=tuple(fact for fact in self._facts() if fact.text),
            steps=self._steps(ways),
            due_part=self._part(row["due_at"], ways) if row["due_at"] is not None and ways else None,
            events=tuple(self._event(one) for one in self.told),
        )

    # the sentence

    def _link(self, crumbs: tuple[Link, ...]) -> Link:
        """To the office that has it; where no office is known, to its place or else to the state."""
        asked, office = self.asked, self.row["office"] or ""
        if href := asked.office_href(office):
            return Link(asked.text("lead.open_place", place=office_name(asked, office)), href)
        last = crumbs[-1] if crumbs else Link(asked.text("nav.home"), asked.address.to("/").href)
        return Link(asked.text("lead.open_place", place=last.text), last.href)

    def _said(self) -> tuple[Tone, str, str]:
        status = self.row["status"]
        if status == "unopened":
            return "calm", self.asked.text("application.unopened"), ""
        if status == "open":
            return self._open()
        key = f"application.{status}" if status != "decided" else self._decided_key()
        lead = self.asked.text(key, at=self._moment(self.ended_at), who=self._who(self.row["office"], self.row["post"]))
        if status == "withdrawn" or self.row["due_at"] is None or self.ended_at is None:
            return "calm", lead, ""
        late = self.ended_at - self.row["due_at"]
        if late <= timedelta(0):
            return "calm", lead, self.asked.text("application.was_in_time")
        return "amber", lead, self.asked.text("application.was_late", days=self._span(late))

    def _open(self) -> tuple[Tone, str, str]:
        asked, row = self.asked, self.row
        since = next((one.from_at for one in reversed(steps(self.told, None, self.at)) if one.is_now), row["opened_at"])
        lead = asked.text(
            "application.with", who=self._who(row["office"], row["post"]), age=self._span(self.at - since)
        )
        tone, limit = self._limit_state()
        following = next_post(asked.services, row["service"] or "", row["office"] or "", row["post"] or "")
        then = asked.text("application.next", post=post_name(asked, following)) if following else ""
        return tone, lead, " ".join(part for part in (limit, then) if part)

    def _limit_state(self) -> tuple[Tone, str]:
        asked, due_at, paused_at = self.asked, self.row["due_at"], self.row["paused_at"]
        if paused_at is not None and (due_at is None or paused_at <= due_at):
            return "calm", asked.text("application.waits", at=self._moment(paused_at))
        if due_at is None:
            return "calm", asked.text("application.no_limit")
        if due_at < self.at:
            return "red", asked.text("application.past", days=self._span(self.at - due_at))
        tone: Tone = "amber" if due_at - self.at <= _SOON else "calm"
        return tone, asked.text("application.left", days=self._span(due_at - self.at))

    def _decided_key(self) -> str:
        outcome = self.row["outcome"]
        return f"application.decided_{outcome}" if outcome in {"approved", "rejected"} else "application.decided"

    def _span(self, span: timedelta) -> str:
        if span < _SOON:
            return form.age(span.total_seconds(), self.asked.lang)
        days = span // _DAY
        return language.counted("lead.days", self.asked.lang, days, count=form.integer(days))

    def _who(self, office: str | None, post: str | None) -> str:
        names = (post_name(self.asked, post or ""), office_name(self.asked, office or ""))
        return ", ".join(name for name in names if name)

    # what is known

    def _facts(self) -> tuple[Fact, ...]:
        asked, row = self.asked, self.row
        return (
            Fact(asked.text("application.opened"), self._moment(row["opened_at"]), row["channel"] or ""),
            Fact(asked.text("application.due"), *self._due()),
            Fact(asked.text("application.limit"), *self._limit()),
            Fact(asked.text("application.clock"), *self._clock()),
            Fact(asked.text("application.delivered"), form.day(row["delivered_day"]) if row["delivered_day"] else ""),
            Fact(asked.text("application.reopened"), self._reopened()),
            Fact(asked.text("application.told_by"), self._source(row["source"])),
        )

    def _due(self) -> tuple[str, str]:
        asked, due_at = self.asked, self.row["due_at"]
        if due_at is None:
            return (asked.text("cases.no_limit") if self.row["status"] != "unopened" else ""), ""
        return self._moment(due_at), asked.text("application.due_stated") if self.row["due_stated"] else ""

    def _limit(self) -> tuple[str, str]:
        if self.limit is None or self.area is None:
            return "", ""
        basis = self.limit.legal_basis or ""
        # a basis that is still to be found says what the limit says already, in the reader's language
        return limit_words(self.asked, self.limit, self.area), "" if basis.startswith(self.limit.status) else basis

    def _clock(self) -> tuple[str, str]:
        asked, row = self.asked, self.row
        if row["status"] == "unopened":
            return "", ""
        stood = row["paused_s"]
        is_paused = row["status"] == "open" and row["paused_at"] is not None
        is_late = is_paused and row["due_at"] is not None and row["paused_at"] > row["due_at"]
        if is_paused and not is_late:
            stood += (self.at - row["paused_at"]).total_seconds()
            words = asked.text("application.clock_paused")
        else:
            words = asked.text("application.clock_runs" if row["status"] == "open" else "application.clock_ended")
        notes = [asked.text("application.clock_stood", age=form.age(stood, asked.lang))] if stood else []
        if is_late:
            notes.append(asked.text("cases.paused_late"))
        return words, " · ".join(notes)

    def _reopened(self) -> str:
        row = self.row
        if not row["reopened"]:
            return ""
        times = form.integer(row["reopened"])
        return self.asked.text("application.reopened_on", count=times, day=form.day(row["reopened_day"]))

    # the way

    def _steps(self, ways: tuple[Step, ...]) -> tuple[StepLine, ...]:
        return tuple(self._step(one, ways) for one in ways)

    def _step(self, one: Step, ways: tuple[Step, ...]) -> StepLine:
        asked = self.asked
        left, right = self._part(one.from_at, ways) or 0.0, self._part(one.to_at, ways) or 0.0
        paused = tuple(
            (begin, (self._part(to_at, ways) or 0.0) - begin)
            for from_at, to_at in one.paused
            for begin in (self._part(from_at, ways) or 0.0,)
        )
        return StepLine(
            office=Link(office_name(asked, one.office), asked.office_href(one.office)),
            post=post_name(asked, one.post),
            step=asked.step(one.name),
            from_at=one.from_at,
            to_at=None if one.is_now else one.to_at,
            lasted=self._lasted(one.from_at, one.to_at),
            left=left,
            width=right - left,
            paused=paused,
        )

    def _part(self, at: datetime, ways: tuple[Step, ...]) -> float | None:
        """Where an instant lies on the way from the first step to the end or the limit, whichever is later."""
        first, last = ways[0].from_at, max(ways[-1].to_at, self.row["due_at"] or ways[-1].to_at)
        whole_s = (last - first).total_seconds()
        part = (at - first).total_seconds() / whole_s if whole_s else 0.0
        return part if 0 <= part <= 1 else None

    def _lasted(self, from_at: datetime, to_at: datetime) -> str:
        """How long, in working days where the limit counts in them."""
        zone, span = self.asked.services.zone, to_at - from_at
        if self.limit is None or self.limit.unit != "working_days":
            return form.age(span.total_seconds(), self.asked.lang)
        local = [np.datetime64(at.astimezone(zone).date()) for at in (from_at, to_at)]
        before, after = self.asked.services.reference.calendar.index(np.array(local))
        count = int(after - before)
        if not count:
            return form.age(span.total_seconds(), self.asked.lang)
        return language.counted("explain.limit_working_days", self.asked.lang, count, count=form.integer(count))

    # what was told

    def _event(self, one: Told) -> EventLine:
        asked = self.asked
        key = f"event.{one.kind.replace('.', '_')}"
        if one.kind == "case.decided" and one.outcome in {"approved", "rejected"}:
            key = f"{key}_{one.outcome}"
        seat = self._who(one.office, one.post) if one.office or one.post else ""
        return EventLine(
            at=one.at,
            what=asked.text(key),
            seat=seat,
            source=self._source(one.source),
            mark=one.mark,
            note=self._note(one),
        )

    def _note(self, one: Told) -> str:
        if not one.mark:
            return ""
        fields = ", ".join(self.asked.text(f"application.field.{name}") for name in one.changed)
        key = f"application.{one.mark}" if fields or one.mark == "retracted" else "application.confirmed"
        return self.asked.text(key, at=self._moment(one.marked_at), fields=fields)

    def _source(self, name: str) -> str:
        known = self.asked.services.values.sources.get(name)
        return name if known is None else self.asked.chosen(known.title, known.title_local)

    def _withdrawn_at(self) -> datetime | None:
        return next((one.at for one in reversed(self.told) if one.kind == "case.withdrawn" and one.stands), None)

    def _moment(self, at: datetime | None) -> str:
        return form.day_clock(at, self.asked.services.zone)
