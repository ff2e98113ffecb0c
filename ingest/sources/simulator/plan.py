"""Parameters of a simulation, and the state laid out as arrays for drawing cases.

Everything here is computed once from reference data, story and parameters; drawing a day only looks up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ingest.sources.simulator.chance import units_of
from ingest.sources.simulator.days import Days, Floats, Ints
from ingest.sources.simulator.story import Habit, Story, matches
from warehouse.reference import Office, Reference, Service

#: Ways in which a case is made; the code is the position.
CHANNELS: Final = ("counter", "online", "mobile", "akshaya", "phone")
#: Steps of a file; moves 1 to 3 lead to steps 1 to 3, the last desk decides.
STEPS: Final = ("scrutiny", "verification", "inspection", "recommendation", "decision")
#: Nothing happens to a case after so many days: what is open then stays open.
HORIZON_DAYS: Final = 240
#: Growth of troubles is reached over so many days before the simulation begins, and goes on a little afterwards.
_GROWTH_DAYS: Final = 75
_GROWTH_MOST: Final = 1.25
#: Part of the usual online volume that comes on days when offices are closed, and office volume by weekday from Monday.
_ONLINE_ON_FREE_DAYS: Final = 0.7
_WEEKDAY: Final = (1.18, 1.06, 1.0, 0.97, 0.94, 0.85, 1.0)
_CLASSES: Final = ("urban", "town", "rural", "hilly")
_PEOPLE_IF_UNKNOWN: Final = 10_000
#: Offices differ: the slowest has so many times the odds of the fastest to miss a limit.
_PACE_RANGE: Final = 4.0
_PACE_KEY, _VOLUME_KEY = 101, 102


class Unit(IntEnum):
    """Unit of a time limit, as a code."""

    NONE = 0
    HOURS = 1
    DAYS = 2
    WORKING_DAYS = 3


_UNITS: Final = {"none": Unit.NONE, "hours": Unit.HOURS, "days": Unit.DAYS, "working_days": Unit.WORKING_DAYS}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What can be set ([demo] in config.toml).

    Attributes:
        cases: opened in the history, on average over seeds.
        history_days: before the beginning.
        seed: the same seed, reference data, story and beginning give the same events.
        live: go on in real time after the history.
        events_per_minute: live events aimed at in working hours.
        late_share: share of events that arrive hours or days late.
        duplicate_share: share of rows that are delivered twice.
        corrected_share: share of events that are corrected or retracted later.
        malformed_share: rows that decoding refuses, as a share of all.
        batch_rows: most rows of one batch.
    """

    cases: int = 600_000
    history_days: int = 400
    seed: int = 2026
    live: bool = True
    events_per_minute: int = 400
    late_share: float = 0.02
    duplicate_share: float = 0.005
    corrected_share: float = 0.002
    malformed_share: float = 0.001
    batch_rows: int = 50_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The state and its habits as arrays.

    Attributes:
        seed: of all drawing.
        days: the calendar.
        anchor_day: day on which the simulation begins to be live; growth of troubles leads up to it.
        cases_per_weight: cases for one unit of service weight and day.
        volume: weight of each service in each month. Shape: (12, services).
        online: share made without a visit on a working day. Shape: (services,).
        round_clock: work and demand day and night. Shape: (services,).
        unit: of the limit. Shape: (services,).
        limit: by class of area, the last column for areas without class. Shape: (services, 5).
        posts: desks of every path through an office, in order, padded with the last. Shape: (paths, most desks).
        post_count: number of desks. Shape: (paths,).
        pause_share, reject_share, deliver_share, reopen_share, fee_share: of cases. Shape: (services,).
        fee_paise: least and most. Shape: (services, 2).
        fee_on_opening: paid with the application, not with the decision. Shape: (services,).
        pair_edges: cumulated weights of places; those of service s end at s + 1. Shape: (pairs,).
        pair_first: where the pairs of a service begin. Shape: (services + 1,).
        pair_office, pair_area, pair_class, pair_path, pair_feed: of each pair. Shape: (pairs,).
        pair_odds, pair_growth: odds of missing the limit, and the factor they grow by. Shape: (pairs,).
        pair_lateness: factor on the time by which a missed limit is missed. Shape: (pairs,).
        feedback_feed: code of the feed that brings what citizens say.
        feedback_share, pleased_in_time, pleased_late, withdraw_share: as in Story.
    """

    seed: int
    days: Days
    anchor_day: int
    cases_per_weight: float
    volume: Floats
    online: Floats
    round_clock: npt.NDArray[np.bool_]
    unit: npt.NDArray[np.int8]
    limit: Floats
    posts: npt.NDArray[np.int16]
    post_count: Ints
    pause_share: Floats
    reject_share: Floats
    deliver_share: Floats
    reopen_share: Floats
    fee_share: Floats
    fee_paise: Floats
    fee_on_opening: npt.NDArray[np.bool_]
    pair_edges: Floats
    pair_first: Ints
    pair_office: npt.NDArray[np.int32]
    pair_area: npt.NDArray[np.int32]
    pair_class: npt.NDArray[np.int8]
    pair_path: npt.NDArray[np.int16]
    pair_feed: npt.NDArray[np.int8]
    pair_odds: Floats
    pair_growth: Floats
    pair_lateness: Floats
    feedback_feed: int
    feedback_share: float
    pleased_in_time: float
    pleased_late: float
    withdraw_share: float

    def service_weights(self, day: int) -> Floats:
        """How much is asked for on a day. Shape: (services,)."""
        online, counter = self._channel_weights(day)
        return self.volume[self.days.month(day) - 1] * (online + counter)

    def online_share(self, day: int) -> Floats:
        """Share of the day's cases made without a visit. Shape: (services,)."""
        online, counter = self._channel_weights(day)
        return online / np.maximum(online + counter, 1e-12)

    def odds(self, day: int, pairs: Ints) -> Floats:
        """Odds that a case opened on the day at a place misses its limit. Shape: as pairs."""
        return self.pair_odds[pairs] * self._grown(day, pairs)

    def lateness(self, day: int, pairs: Ints) -> Floats:
        """Factor on the time by which cases opened on the day miss their limit. Shape: as pairs."""
        return self.pair_lateness[pairs] * self._grown(day, pairs)

    def has_cases(self, feed: int) -> bool:
        """Whether anything about cases comes by a feed, given by its code."""
        return feed == self.feedback_feed or bool((self.pair_feed == feed).any())

    def _grown(self, day: int, pairs: Ints) -> Floats:
        part = np.clip((day - self.anchor_day + _GROWTH_DAYS) / _GROWTH_DAYS, 0.0, _GROWTH_MOST)
        return self.pair_growth[pairs] ** part

    def _channel_weights(self, day: int) -> tuple[Floats, Floats]:
        working = self.days.is_working(day)
        online = self.online * (1.0 if working else _ONLINE_ON_FREE_DAYS)
        counter = (1.0 - self.online) * (_WEEKDAY[(day + 3) % 7] if working else 0.0)
        always = self.round_clock
        return np.where(always, 1.0, online), np.where(always, 0.0, counter)


def make_plan(
    reference: Reference, story: Story, parameters: Parameters, calendar: Days, *, start_s: float, anchor_s: float
) -> Plan:
    """Lay out the state.

    Args:
        reference: areas, services, offices of the state.
        story: its peculiarities.
        parameters: number of cases and seed are used here.
        calendar: days, beginning well before the history.
        start_s: instant at which the history begins.
        anchor_s: instant at which the simulation is begun; volume is scaled so that the cases come until then.
    """
    services = list(reference.services.values())
    habits = [story.habit(service.code, service.kind) for service in services]
    pairs = _Pairs(reference, story)
    for place, (service, habit) in enumerate(zip(services, habits, strict=True)):
        pairs.add_service(place, service, habit)
    served = np.diff(pairs.first) > 0
    plan = Plan(
        seed=parameters.seed,
        days=calendar,
        anchor_day=int(calendar.day_of(np.array([anchor_s]))[0]),
        cases_per_weight=1.0,
        volume=np.array([[habit.weight * habit.season[month] for habit in habits] for month in range(12)]) * served,
        online=np.array([habit.online for habit in habits]),
        round_clock=np.array([habit.round_clock for habit in habits]),
        unit=np.array([_UNITS[service.unit] for service in services], np.int8),
        limit=np.array([_limits(service, habit) for service, habit in zip(services, habits, strict=True)]),
        posts=pairs.posts(),
        post_count=np.array([len(path) for path in pairs.paths]),
        pause_share=np.array([habit.asked for habit in habits]),
        reject_share=np.array([habit.rejected for habit in habits]),
        deliver_share=np.array([habit.delivered for habit in habits]),
        reopen_share=np.array([habit.reopened for habit in habits]),
        fee_share=np.array([habit.fee for habit in habits]),
        fee_paise=np.array([habit.fee_rupees for habit in habits]) * 100.0,
        fee_on_opening=np.array([habit.fee_on == "opening" for habit in habits]),
        pair_edges=pairs.column("edges", np.float64),
        pair_first=np.array(pairs.first),
        pair_office=pairs.column("office", np.int32),
        pair_area=pairs.column("area", np.int32),
        pair_class=pairs.column("area_class", np.int8),
        pair_path=pairs.column("path", np.int16),
        pair_feed=pairs.column("feed", np.int8),
        pair_odds=pairs.column("odds", np.float64),
        pair_growth=pairs.column("growth", np.float64),
        pair_lateness=pairs.column("lateness", np.float64),
        feedback_feed=story.feed_names().index(story.feedback_feed),
        feedback_share=story.feedback_share,
        pleased_in_time=story.pleased_in_time,
        pleased_late=story.pleased_late,
        withdraw_share=story.withdrawn,
    )
    return replace(plan, cases_per_weight=parameters.cases / max(_weight_between(plan, start_s, anchor_s), 1e-9))


def _weight_between(plan: Plan, start_s: float, anchor_s: float) -> float:
    """Service weight of all days of the history; the last day counts as far as it has run."""
    first, last = plan.days.day_of(np.array([start_s, anchor_s]))
    weights = [float(plan.service_weights(day).sum()) for day in range(int(first), int(last) + 1)]
    weights[-1] *= (anchor_s - plan.days.start_s(int(last))) / 86_400
    return sum(weights)


def _limits(service: Service, habit: Habit) -> list[float]:
    """The limit by class of area, and for areas without class; without a limit the time that is usually taken."""
    return [
        float(habit.nominal_days if (limit := service.current.in_class(area_class)) is None else limit)
        for area_class in (*_CLASSES, None)
    ]


class _Places:
    """Areas of a level with their offices of a kind, as arrays; the same for all services delivered so."""

    def __init__(self, reference: Reference, service: Service) -> None:
        found = [
            (area, office)
            for area in (reference.by_level(service.level) if service.level else ())
            if (office := reference.office_for(service.code, area.code)) is not None
        ]
        order = {code: place for place, code in enumerate(reference.offices)}
        self.offices = [office for _, office in found]
        self.kinds = [area.kind or "" for area, _ in found]
        self.area = np.array([reference.area_index[area.code] for area, _ in found], np.int32)
        self.office = np.array([order[office.code] for office in self.offices], np.int32)
        self.area_class = np.array(
            [_CLASSES.index(area.area_class) if area.area_class in _CLASSES else len(_CLASSES) for area, _ in found],
            np.int8,
        )
        self.people = np.array([float(area.population or _PEOPLE_IF_UNKNOWN) for area, _ in found])


class _Pairs:
    """Collects service by service where it is asked for, and how it goes there."""

    def __init__(self, reference: Reference, story: Story) -> None:
        self._reference = reference
        self._story = story
        self._post_code = {code: place for place, code in enumerate(reference.posts)}
        self._feed_code = {name: place for place, name in enumerate(story.feed_names())}
        self._path_code: dict[tuple[str, ...], int] = {}
        self._places: dict[tuple[str | None, str | None], _Places] = {}
        self.first: list[int] = [0]
        self.columns: dict[str, list[npt.NDArray[Any]]] = {
            name: [] for name in ("edges", "office", "area", "area_class", "path", "feed", "odds", "growth", "lateness")
        }

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Desks of every path, by code."""
        return tuple(self._path_code)

    def posts(self) -> npt.NDArray[np.int16]:
        """Codes of the desks of every path. Shape: (paths, most desks)."""
        most = max(map(len, self.paths), default=1)
        rows = [[self._post_code[post] for post in path] for path in self.paths]
        return np.array([row + row[-1:] * (most - len(row)) for row in rows], np.int16).reshape(-1, most)

    def column(self, name: str, kind: npt.DTypeLike) -> npt.NDArray[Any]:
        """One column over all pairs."""
        return np.concatenate([np.zeros(0), *self.columns[name]]).astype(kind)

    def add_service(self, number: int, service: Service, habit: Habit) -> None:
        """Add every place in which the service is asked for.

        Args:
            number: position of the service.
            service: as in the reference data.
            habit: what is usual for it.
        """
        key = (service.office_kind, service.level)
        if key not in self._places:
            self._places[key] = _Places(self._reference, service)
        places = self._places[key]
        size = places.office.size
        self.first.append(self.first[-1] + size)
        if not size:
            return
        trouble = self._troubles(service.code, places.area)
        # half of an office's pace is its own, half that of its desk for this service
        pace = 0.5 * units_of(_PACE_KEY, places.office) + 0.5 * units_of(_PACE_KEY, places.office, number + 1)
        weights = places.people**0.95 * (0.6 + 0.8 * units_of(_VOLUME_KEY, places.office, number)) * trouble["volume"]
        edges = np.cumsum(weights)
        forms = {(one.posts, one.head_post): one for one in places.offices}
        paths = {form: self._path(service, office) for form, office in forms.items()}
        feeds = {kind: self._feed_code[self._feed(service, kind)] for kind in set(places.kinds)}
        added = {
            "edges": number + edges / edges[-1],
            "office": places.office,
            "area": places.area,
            "area_class": places.area_class,
            "path": np.array([paths[one.posts, one.head_post] for one in places.offices]),
            "feed": np.array([feeds[kind] for kind in places.kinds]),
            "odds": habit.late / (1 - habit.late) * _PACE_RANGE ** (pace - 0.5) * trouble["odds"],
            "growth": trouble["growth"],
            "lateness": trouble["lateness"],
        }
        for name, values in added.items():
            self.columns[name].append(values)

    def _path(self, service: Service, office: Office) -> int:
        posts = self._reference.posts_for(service.code, office.code)
        return self._path_code.setdefault(posts, len(self._path_code))

    def _feed(self, service: Service, area_kind: str) -> str:
        return self._story.feed_of(service.department, service.code, area_kind)

    def _troubles(self, service: str, areas: npt.NDArray[np.int32]) -> dict[str, Floats]:
        """Factors of a service in areas by name; those of several troubles multiply."""
        factors = {name: np.ones(areas.size) for name in ("odds", "growth", "volume", "lateness")}
        for trouble in self._story.troubles:
            place = self._reference.area_index.get(trouble.area)
            if place is None or not matches(service, trouble.services):
                continue
            meant = (areas >= place) & (areas < self._reference.area_end[place])
            for name, values in factors.items():
                values[meant] *= getattr(trouble, name)
        return factors
