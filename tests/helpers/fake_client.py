"""An engine for screens without an engine: a whole state with random, consistent figures, and levers to pull.

Children add up to parents, numerator ÷ denominator is the value, cases of holders add up to the overdue count. The same
seed gives the same state. Levers: `change`, `set_level`, `silence`, `go_away`, `come_back`, `restart`.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from dashboard.wall_choice import read_choice
from tests.helpers.fake_cases import FakeCases, overdue_case
from tests.helpers.fake_reviews import THEN, FakeReviews
from warehouse.clock import Clock, SystemClock
from warehouse.errors import ConfigError, EngineGoneError
from warehouse.principal import Principal
from warehouse.reference import Reference, load_reference
from warehouse.value import CHANGES_SCHEMA, METADATA_KEY, PERIODS, SNAPSHOT_SCHEMA, Band, State
from warehouse.value_layout import Layout

ROOT = Path(__file__).resolve().parents[2]
KERALA = ROOT / "warehouse" / "states" / "kerala"
#: Overdue cases as share of open ones, by district slug; all others about 0.09.
SLOW = {"palakkad": 0.182, "idukki": 0.155, "wayanad": 0.13, "malappuram": 0.134}
SOURCES = (
    ("ksmart", "K-SMART", "കെ-സ്മാർട്ട്", "LSG", 30),
    ("ilgms", "ILGMS", "ഐ.എൽ.ജി.എം.എസ്", "LSG", 60),
    ("edistrict", "e-District", "ഇ-ഡിസ്ട്രിക്റ്റ്", "REV", 60),
    ("relis", "ReLIS", "റെലിസ്", "REV", 120),
    ("ksrtc", "KSRTC", "കെ.എസ്.ആർ.ടി.സി", "TRN", 60),
    ("kseb", "KSEB", "കെ.എസ്.ഇ.ബി", "PWR", 180),
    ("kwa", "KWA", "ജല അതോറിറ്റി", "WTR", 300),
    ("ambulance108", "108", "108", "HFW", 60),
)
STOCKS = ("open", "overdue", "due_48h", "paused", "overdue_days")
FLOWS = ("received", "decided", "in_time", "late", "reopened", "feedback", "satisfied")
#: Share of a month's flow that falls into each period.
SHARE = {"today": 0.03, "7d": 0.25, "mtd": 0.7, "fy": 6.0, "p7d": 0.24, "pmtd": 0.72, "lm": 1.02}
#: name of family, numerator, denominator, unit, direction, bands, target
FAMILIES = (
    ("received", "received", "", "", "higher", None, None),
    ("decided", "decided", "", "", "higher", None, None),
    ("open", "open", "", "", "lower", None, None),
    ("overdue", "overdue", "", "", "lower", None, None),
    ("due_48h", "due_48h", "", "", "lower", None, None),
    ("paused", "paused", "", "", "lower", None, None),
    ("overdue_share", "overdue", "open", "%", "lower", (12.0, 15.0), 5.0),
    ("in_time_share", "in_time", "decided", "%", "higher", (93.0, 85.0), 95.0),
    ("satisfied_share", "satisfied", "feedback", "%", "higher", (75.0, 60.0), 85.0),
    ("reopened_share", "reopened", "decided", "%", "lower", (5.0, 8.0), None),
)
WORDS = {
    "received": ("Received", "ലഭിച്ചത്"),
    "decided": ("Decided", "തീർപ്പാക്കിയത്"),
    "open": ("Open", "തീർപ്പാകാത്തത്"),
    "overdue": ("Overdue", "കാലാവധി കഴിഞ്ഞത്"),
    "due_48h": ("Due in 48 h", "48 മണിക്കൂറിനകം"),
    "paused": ("Paused", "നിർത്തിവച്ചത്"),
    "overdue_share": ("Overdue, share of open", "വൈകിയത്, %"),
    "in_time_share": ("Decided in time", "സമയത്ത് തീർപ്പ്"),
    "satisfied_share": ("Citizens satisfied", "ജനസംതൃപ്തി"),
    "reopened_share": ("Reopened", "വീണ്ടും തുറന്നത്"),
}
#: How many services of large departments there are; three of any other.
MOST_SERVICES = {"LSG": 24, "REV": 20}
#: Departments that `has_rooms` gives all tickets and grievances.
TOLD = {"GAD", "HOM", "PWR", "REV"}
OF_SERVICES = ("open", "overdue", "overdue_share", "in_time_share")


def _flat(cube: np.ndarray) -> np.ndarray:
    """[period, indicator, area] in the order of Layout.dense, in which it also lies in memory."""
    return cube.swapaxes(0, 1).reshape(-1)


def _cube(indicators: int, areas: int, fill: float, dtype: type) -> np.ndarray:
    """Shape: [period, indicator, area]."""
    return np.full((indicators, len(PERIODS), areas), fill, dtype).swapaxes(0, 1)


@dataclass
class FakeSource:
    name: str
    title: str
    title_local: str
    department: str
    interval_s: float
    silent_since: datetime | None = None
    trouble: str = ""
    stalls: int = 0
    transports: list[str] = field(default_factory=list)
    indicators: int = 0
    hours: str = ""
    days: str = "all"

    def last_event_at(self, now: datetime) -> datetime:
        return self.silent_since or now - timedelta(seconds=self.interval_s * 0.4)

    def late_at(self, now: datetime) -> datetime:
        return self.last_event_at(now) + timedelta(seconds=2 * self.interval_s)

    def silent_at(self, now: datetime) -> datetime:
        return self.last_event_at(now) + timedelta(seconds=max(10 * self.interval_s, 3600))


@cache
def _kerala() -> Reference:
    """Read once: it is frozen, and most tests of screens want it."""
    return load_reference(KERALA)


@dataclass(frozen=True)
class _Beginning:
    """What a seed gives: the same for every engine of it, and dear to make. Nobody writes to it."""

    at: dict[str, np.ndarray]
    rows: list[dict[str, object]]
    terms: list[tuple]
    levels: dict[int, np.ndarray]
    arrays: dict[str, np.ndarray]


@lru_cache(maxsize=2)
def _beginning(seed: int, scale: float, has_choice: bool, has_rooms: bool) -> _Beginning:
    """Of Kerala, the state of most tests; the last two, of 200 MB each."""
    # a copy of the state, whose engine is made and not begun from here
    made = FakeEngine(replace(_kerala()), seed=seed, scale=scale, has_choice=has_choice, has_rooms=has_rooms)
    for array in made.arrays.values():
        array.setflags(write=False)
    return _Beginning(made._at, made._rows, made._terms, made._levels, made.arrays)


@dataclass
class FakeEngine:
    """Serves what the Flight client serves.

    Attributes:
        reference: a state's reference data; the real one of Kerala by default.
        clock: the engine's time.
        seed: the same seed gives the same figures.
        scale: cases per area and service; 1 is about sixty thousand open in Kerala.
        cases: cases of their own; of the numbers in lists something is made up.
        reviews: what operators said.
        has_choice: whether the catalogue also has everything that Kerala's wall.toml names, as readings of taluks.
        has_rooms: whether there are all tickets and grievances of some departments, for the page of control rooms.
    """

    reference: Reference = field(default_factory=_kerala)
    clock: Clock = field(default_factory=SystemClock)
    seed: int = 7
    scale: float = 1.0
    has_choice: bool = False
    has_rooms: bool = False
    engine_id: str = "fake-1"
    version: int = 1
    gone: bool = False
    phase: str = "live"
    queries: list[str] = field(default_factory=list)
    actions: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    cases: FakeCases = field(default_factory=FakeCases)
    reviews: FakeReviews = field(default_factory=FakeReviews)

    def __post_init__(self) -> None:
        self._lock = threading.Condition()
        self._changed: list[tuple[int, np.ndarray]] = []
        self.sources = {row[0]: FakeSource(*row) for row in SOURCES}
        self._services = self._some_services()
        if self.reference is _kerala():
            self._take(_beginning(self.seed, self.scale, self.has_choice, self.has_rooms))
        else:
            self._count()
            self._define()
            self._evaluate()
        for source in self.sources.values():
            source.indicators = sum(source.name in row["sources"] for row in self._rows)  # type: ignore[operator]

    def _take(self, beginning: _Beginning) -> None:
        """Figures of one's own, but for the values of all cells: they are copied when the first of them changes."""
        self._at = {name: counts.copy() for name, counts in beginning.at.items()}
        self._levels = {index: leaf.copy() for index, leaf in beginning.levels.items()}
        self._rows, self._terms = [dict(row) for row in beginning.rows], beginning.terms
        self.arrays = dict(beginning.arrays)

    def _some_services(self) -> list[str]:
        """Enough of every department to be lifelike; all of them would take seconds and gigabytes in every test."""
        taken: Counter[str] = Counter()
        some = []
        for service in self.reference.services.values():
            taken[service.department] += 1
            is_told = self.has_rooms and service.kind in {"ticket", "grievance"} and service.department in TOLD
            if service.code != "imported_case" and (
                is_told or taken[service.department] <= MOST_SERVICES.get(service.department, 3)
            ):
                some.append(service.code)
        return some

    # figures

    def _count(self) -> None:
        dice = np.random.default_rng(self.seed)
        areas, services = self.reference.areas, self._services
        shape = (len(services), len(areas))
        self._at = {name: np.zeros(shape) for name in (*STOCKS, *FLOWS, "undated")}
        here = np.zeros(shape, dtype=bool)
        for row, code in enumerate(services):
            level = self.reference.services[code].level or self.reference.state.levels[-1].code
            here[row] = [area.level == level for area in areas]
        people = np.array([area.population or 20_000 for area in areas])
        slow = np.array([SLOW.get(self._district(area.code), 0.08) for area in areas])
        popular = dice.lognormal(0, 0.8, len(services))[:, None]
        opened = dice.poisson(np.where(here, popular * people / 25_000 * self.scale, 0))
        self._at["open"] += opened
        self._at["overdue"] += dice.binomial(opened, np.clip(slow * dice.lognormal(0, 0.35, shape), 0, 0.9))
        self._at["due_48h"] += dice.binomial(opened - self._at["overdue"].astype(int), 0.06)
        self._at["paused"] += dice.binomial(opened - self._at["overdue"].astype(int), 0.03)
        self._at["overdue_days"] += dice.poisson(self._at["overdue"] * 9)
        month = dice.poisson(opened * 2.2)
        self._at["received"] += month
        self._at["decided"] += dice.binomial(month, 0.95)
        late = np.clip(slow * 0.9, 0, 1) + np.zeros(shape)
        self._at["late"] += dice.binomial(self._at["decided"].astype(int), late)
        self._at["in_time"] += self._at["decided"] - self._at["late"]
        self._at["reopened"] += dice.binomial(self._at["decided"].astype(int), 0.02)
        self._at["feedback"] += dice.binomial(self._at["decided"].astype(int), 0.25)
        self._at["satisfied"] += dice.binomial(self._at["feedback"].astype(int), 0.78)

    def _district(self, code: str) -> str:
        parts = code.split("-")
        return parts[1] if len(parts) > 1 else ""

    def _rolled(self, name: str, services: Iterable[int], period: str) -> np.ndarray:
        return self._by_period(name, services)[PERIODS.index(period)]

    def _by_period(self, name: str, services: Iterable[int]) -> np.ndarray:
        """Counts of every area with what lies in it. Shape: [period, area]."""
        leaf = self._at[name][list(services)].sum(axis=0)
        shares = np.array([[SHARE[period]] for period in PERIODS]) if name in FLOWS else np.ones((1, 1))
        leaves = np.floor(leaf * shares + 0.5)
        total = np.zeros((len(leaves), len(leaf) + 1))
        np.cumsum(leaves, axis=1, out=total[:, 1:])
        return np.broadcast_to(total[:, self.reference.area_end] - total[:, :-1], (len(PERIODS), len(leaf)))

    # catalogue

    def _define(self) -> None:
        self._rows: list[dict[str, object]] = []
        self._terms: list[tuple[list[int], str, str, tuple[float, float] | None, str]] = []
        everything = list(range(len(self._services)))
        for family in FAMILIES:
            self._add("gov", "", everything, family, ("All services", "എല്ലാ സേവനങ്ങളും"))
        for code, department in self.reference.departments.items():
            own = [row for row, name in enumerate(self._services) if self.reference.services[name].department == code]
            names = (department.short_en, department.short_local)
            for family in FAMILIES if own else ():
                self._add(f"dept_{code.lower()}", code, own, family, names)
        for row, name in enumerate(self._services):
            service = self.reference.services[name]
            for family in FAMILIES:
                if family[0] in OF_SERVICES:
                    own_prefix = f"{service.department.lower()}_"
                    prefix = name if name.startswith(own_prefix) else own_prefix + name
                    self._add(prefix, service.department, [row], family, (service.name_en, service.name_local))
        self._add_utilities()
        if self.has_choice:
            self._add_chosen()

    def _add(self, prefix: str, department: str, own: list[int], family: tuple, names: tuple[str, str]) -> None:
        name, numerator, denominator, unit, direction, bands, target = family
        if prefix == "gov" and name == "overdue_share":
            bands = (12.0, 15.0)
        words = WORDS[name]
        sources = (
            [one for one, row in self.sources.items() if row.department == department] if department else ["ksmart"]
        )
        self._rows.append(
            {
                "code": f"{prefix}_{name}",
                "index": len(self._rows),
                "department": department or "GAD",
                "family": name,
                "subjects": [self._services[row] for row in own],
                "name_en": f"{names[0]}: {words[0].lower()}",
                "name_local": f"{names[1]}: {words[1]}",
                "unit_en": unit,
                "unit_local": unit,
                "decimals": 1 if unit else 0,
                "direction": direction,
                "time": "flow" if numerator in FLOWS else "stock",
                "numerator": numerator,
                "denominator": denominator or "1",
                "factor": 100.0 if unit == "%" else 1.0,
                "words_numerator_en": numerator.replace("_", " "),
                "words_numerator_local": WORDS.get(numerator, words)[1],
                "words_denominator_en": denominator.replace("_", " "),
                "words_denominator_local": WORDS.get(denominator, words)[1] if denominator else "",
                "bands": json.dumps({"default": {"amber": bands[0], "red": bands[1]}} if bands else {}),
                "target": target,
                "counts_cases": bool(denominator),
                "is_proportion": bool(denominator),
                "minimum_base": 30.0 if denominator else 0.0,
                "sources": sources or ["edistrict"],
                "freshness_budget_s": 600.0,
                "owner_post": next(iter(self.reference.posts)),
                "version": 1,
                "valid_from": "2026-04-01",
                "legal_basis": "",
                "headline_period": "mtd",
            }
        )
        self._terms.append((own, numerator, denominator, bands, direction))

    def _add_utilities(self) -> None:
        """Readings: given per taluk, averaged upwards."""
        self._levels: dict[int, np.ndarray] = {}
        dice = np.random.default_rng(self.seed + 1)
        for code, department, source, name_en, name_local, unit, mean, bands, direction in (
            ("kwa_supply_hours", "WTR", "kwa", "Water supply hours", "ജലവിതരണം", "h", 11, (6, 4), "higher"),
            (
                "ksrtc_cancelled_share",
                "TRN",
                "ksrtc",
                "Bus trips cancelled",
                "മുടങ്ങിയ ബസ് സർവീസ്",
                "%",
                6,
                (12, 20),
                "lower",
            ),
            (
                "hospital_oxygen_hours",
                "HFW",
                "ambulance108",
                "Oxygen stock",
                "ഓക്സിജൻ ശേഖരം",
                "h",
                90,
                (48, 36),
                "higher",
            ),
            ("kseb_outage_min", "PWR", "kseb", "Power cut per consumer", "വൈദ്യുതി തടസ്സം", "min", 20, (60, 90), "lower"),
        ):
            family = (code, code, "", unit, direction, bands, None)
            WORDS[code] = (name_en, name_local)
            self._add(code.split("_")[0], department, [], family, (name_en, name_local))
            row = self._rows[-1]
            row |= {"code": code, "name_en": name_en, "name_local": name_local, "time": "level", "sources": [source]}
            row |= {"headline_period": "today", "subjects": [code]}
            leaf = dice.gamma(9, mean / 9, len(self.reference.areas))
            self._levels[len(self._rows) - 1] = leaf

    def _add_chosen(self) -> None:
        dice = np.random.default_rng(self.seed + 4)
        choice = read_choice(KERALA)
        lasting = {line.indicator for line in choice.lasting}
        lines = [
            *choice.lasting,
            *choice.numbers,
            *(line for card in (*choice.resources, *choice.citizens) for line in card.lines),
            *(line for pack in choice.packs for card in pack.cards for line in card.lines),
        ]
        known = {row["code"] for row in self._rows}
        for line in lines:
            if line.indicator in known:
                continue
            share = line.indicator.endswith(("_share", "_fill"))
            unit, bands = ("%", (18.0, 22.0)) if share else ("hours", None)
            WORDS[line.indicator] = (line.name_en, line.name_local)
            family = (line.indicator, line.indicator, "", unit, "lower", bands, None)
            self._add(line.indicator, "HFW", [], family, (line.name_en, line.name_local))
            row = self._rows[-1]
            row |= {"code": line.indicator, "name_en": line.name_en, "name_local": line.name_local, "time": "level"}
            row |= {"headline_period": "today", "subjects": [line.indicator], "sources": ["ambulance108"]}
            row |= {"denominator": "beds"} if share else {}
            row |= {"direction": "higher"} if line.indicator in lasting else {}
            self._levels[len(self._rows) - 1] = dice.gamma(9, 12 / 9, len(self.reference.areas))
            known.add(line.indicator)

    # values

    def _evaluate(self, indexes: Iterable[int] | None = None) -> None:
        if indexes is None:
            size = len(self._rows), len(self.reference.areas)
            self.arrays = {name: _cube(*size, np.nan, np.float64) for name in ("value", "numerator", "denominator")}
            self.arrays |= {name: _cube(*size, 0, np.uint8) for name in ("band", "state")}
        elif not self.arrays["value"].flags.writeable:
            self.arrays = {name: array.copy(order="K") for name, array in self.arrays.items()}
        for index in range(len(self._rows)) if indexes is None else indexes:
            self._evaluate_one(index)

    def _evaluate_one(self, index: int) -> None:
        """One indicator in all periods and areas. Shape of what is counted: [period, area]."""
        own, numerator, denominator, bands, direction = self._terms[index]
        below = None
        if index in self._levels:
            value = np.tile(self._levels[index], (len(PERIODS), 1))
            value[:, 0] = np.median(self._levels[index])
        else:
            value = top = self._by_period(numerator, own)
            if denominator:
                below = self._by_period(denominator, own)
                value = np.divide(100 * top, below, out=np.full(top.shape, np.nan), where=below > 0)
                self.arrays["denominator"][:, index] = below
            self.arrays["numerator"][:, index] = top
        self.arrays["value"][:, index] = value
        state = np.full(value.shape, State.OK, dtype=np.uint8)
        if below is not None:
            state[below < 30] = State.SMALL_BASE
            state[np.isnan(value)] = State.NO_DATA
        self.arrays["state"][:, index] = state
        band = np.full(value.shape, Band.UNBANDED, dtype=np.uint8)
        if bands is not None:
            sign = -1 if direction == "higher" else 1
            band = np.where(
                sign * value >= sign * bands[1], Band.RED, np.where(sign * value >= sign * bands[0], Band.AMBER, 1)
            )
            band[state != State.OK] = Band.UNBANDED
        self.arrays["band"][:, index] = band

    # levers

    def code_index(self, code: str) -> int:
        """Position of an indicator."""
        return next(index for index, row in enumerate(self._rows) if row["code"] == code)

    def change(self, measure: str, service: str, area: str, by: int) -> None:
        """Count more (or fewer) of one service at one place; everything counted from it follows."""
        with self._lock:
            row = self._services.index(service)
            self._at[measure][row, self.reference.area_index[area]] += by
            self._publish([index for index, term in enumerate(self._terms) if row in term[0] and measure in term[1:3]])

    def set_level(self, code: str, area: str, value: float) -> None:
        """Set a reading, e.g. kwa_supply_hours of a taluk."""
        with self._lock:
            index = self.code_index(code)
            self._levels[index][self.reference.area_index[area]] = value
            self._publish([index])

    def _publish(self, indexes: list[int]) -> None:
        """Evaluate some indicators anew and remember which of their cells differ."""
        before = {name: array[:, indexes].copy() for name, array in self.arrays.items()}
        self._evaluate(indexes)
        differs = np.zeros_like(self.arrays["value"], dtype=bool)
        for name, array in self.arrays.items():
            now, then = array[:, indexes], before[name]
            both_none = (now != now) & (then != then)  # NaN equals NaN here
            differs[:, indexes] |= (now != then) & ~both_none
        self.version += 1
        self._changed.append((self.version, np.flatnonzero(_flat(differs)).astype(np.uint32)))
        self._lock.notify_all()

    def silence(self, source: str, minutes: float) -> None:
        """Let a source have its newest event so many minutes ago, and send no more."""
        self.sources[source].silent_since = self.clock.now() - timedelta(minutes=minutes)

    def wake(self, source: str) -> None:
        """Let a silenced source speak again."""
        self.sources[source].silent_since = None

    def go_away(self) -> None:
        """Answer nothing any more."""
        self.gone = True
        with self._lock:
            self._lock.notify_all()

    def come_back(self) -> None:
        """Answer again, as the same engine."""
        self.gone = False

    def forget(self) -> None:
        """Answer nothing any more, for good, and drop the figures; whoever waits for changes is told."""
        self.go_away()
        with self._lock:
            self.arrays.clear()

    def restart(self) -> None:
        """Answer again, as a new engine whose versions start over."""
        self.engine_id += "+"
        self.version, self._changed, self.gone = 1, [], False

    # what the Flight client serves

    def catalogue(self) -> pa.Table:
        self._must_be_there()
        return pa.Table.from_pylist(self._rows)

    def snapshot(self) -> pa.Table:
        self._must_be_there()
        with self._lock:
            flat = [_flat(self.arrays[field.name]) for field in SNAPSHOT_SCHEMA]
            columns = [pa.array(column.copy() if column.flags.writeable else column) for column in flat]
            meta = self._meta() | {
                "periods": list(PERIODS),
                "indicators": [row["code"] for row in self._rows],
                "areas": [area.code for area in self.reference.areas],
                "layout": Layout.dense(len(self._rows), len(self.reference.areas)).to_json(),
            }
            return pa.table(columns, schema=SNAPSHOT_SCHEMA).replace_schema_metadata({METADATA_KEY: json.dumps(meta)})

    def changes(self, since: int, engine: str, wait_s: float) -> pa.Table:
        self._must_be_there()
        with self._lock:
            reset = engine != self.engine_id or since > self.version
            if not reset and since == self.version:
                self._lock.wait(wait_s)
            self._must_be_there()
            lists = [cells for version, cells in self._changed if version > since]
            cells = np.unique(np.concatenate(lists)) if lists and not reset else np.zeros(0, dtype=np.uint32)
            columns = [pa.array(cells, pa.uint32())]
            columns += [pa.array(_flat(self.arrays[field.name])[cells], field.type) for field in SNAPSHOT_SCHEMA]
            meta = self._meta() | {"reset": reset}
            return pa.table(columns, schema=CHANGES_SCHEMA).replace_schema_metadata({METADATA_KEY: json.dumps(meta)})

    def query(self, name: str, principal: Principal, **params: object) -> pa.Table:
        self._must_be_there()
        self.queries.append(name)
        return getattr(self, f"_query_{name}")(**params)

    def action(
        self, name: str, payload: Mapping[str, object], *, timeout_s: float | None = None
    ) -> Iterator[dict[str, Any]]:
        """Remembers what it was asked to do; a source that is called gone cannot be found."""
        self.actions.append((name, dict(payload)))
        if name in {"hold_review", "agree_point", "say_point"}:
            yield self.reviews.act(name, payload, self.clock.now())
            return
        if payload.get("source") == "gone":
            raise ConfigError("there is no [source.gone]")
        counts = {"tried": 5, "accepted": 3, "refused": 2, "final": 0, "events": 3}
        yield {"sources": [{"source": payload["source"], **counts}], "restart_needed": True}

    def _must_be_there(self) -> None:
        if self.gone:
            raise EngineGoneError("the fake engine is away")

    def _meta(self) -> dict[str, object]:
        now = self.clock.now()
        zone = ZoneInfo(self.reference.state.timezone)
        return {
            "version": self.version,
            "engine": self.engine_id,
            "at": now.isoformat(),
            "status": {
                "server_now": now.isoformat(),
                "phase": self.phase,
                "progress": 1.0 if self.phase == "live" else 0.4,
                "calendar_day": now.astimezone(zone).date().isoformat(),
                "sources": [
                    {
                        "name": one.name,
                        "title": one.title,
                        "title_local": one.title_local,
                        "department": one.department,
                        "last_event_at": one.last_event_at(now).isoformat(),
                        "last_heard_at": one.last_event_at(now).isoformat(),
                        "expected_interval_s": one.interval_s,
                        "hours": one.hours,
                        "days": one.days,
                        "late_at": one.late_at(now).isoformat(),
                        "silent_at": one.silent_at(now).isoformat(),
                        "received": 1000,
                        "accepted": 990,
                        "rejected": 4,
                        "trouble": one.trouble,
                        "stalls": one.stalls,
                        "transports": one.transports,
                        "duplicates": 6,
                        "indicators": one.indicators,
                    }
                    for one in self.sources.values()
                ],
            },
        }

    # named queries

    def _own(self, services: object, service: object = None) -> list[int]:
        wanted = [service] if service else services
        if wanted is None:
            return list(range(len(self._services)))
        return [self._services.index(code) for code in wanted if code in self._services]  # type: ignore[union-attr]

    def _leaves(self, measure: str, area: object, own: list[int]) -> list[tuple[int, int, int]]:
        start = self.reference.area_index[str(area)] if area else 0
        end = int(self.reference.area_end[start])
        part = self._at[measure][own][:, start:end]
        return [
            (own[row], start + int(place), int(part[row, place])) for row, place in zip(*np.nonzero(part), strict=True)
        ]

    def _office(self, row: int, place: int) -> tuple[str, str]:
        service = self.reference.services[self._services[row]]
        code = f"{self.reference.areas[place].code}/{service.office_kind}"
        office = self.reference.offices.get(code)
        return (code, office.head_post) if office is not None else (code, "")

    @staticmethod
    def _query_span_values(areas: list[str], indicators: list[str], **_: object) -> pa.Table:
        """Four of five of everything, in all places that are asked for."""
        columns = {"indicator": np.repeat(indicators, len(areas)), "area": areas * len(indicators)}
        numbers = {"value": 80.0, "numerator": 40.0, "denominator": 50.0, "band": 2, "state": int(State.OK)}
        rows = len(areas) * len(indicators)
        return pa.table({**columns, **{key: [one] * rows for key, one in numbers.items()}})

    def _query_holders(self, view="overdue", area=None, services=None, now=None, limit=10, **_: object) -> pa.Table:
        held: dict[tuple[str, str, str], list[int]] = {}
        for row, place, cases in self._leaves(_MEASURE[view], area, self._own(services)):
            key = (*self._office(row, place), self.reference.areas[place].code)
            kept = held.setdefault(key, [0, 0])
            kept[0] += cases
            kept[1] = max(kept[1], 5 + (row * 7 + place * 13) % 60)
        ranked = sorted(held.items(), key=lambda item: -item[1][0])
        at = self.clock.now()
        rows = [
            {
                "office": key[0],
                "post": key[1],
                "area": key[2],
                "cases": kept[0],
                "oldest_due_at": at - timedelta(days=kept[1]),
                "late_s_sum": float(kept[0] * kept[1] * 43_200),
                "of": len(held),
            }
            for key, kept in ranked[: int(limit)]
        ]
        return pa.Table.from_pylist(rows, schema=_HOLDERS)

    def _query_held(self, areas=(), view="overdue", services=None, **_: object) -> pa.Table:
        rows, at = [], self.clock.now()
        for code in areas:
            for is_own in (False, True):
                leaves = self._leaves(_MEASURE[view], code, self._own(services))
                here = self.reference.area_index[code]
                seats: dict[tuple[str, str], list[int]] = {}
                for row, place, cases in leaves:
                    if not is_own or place == here:
                        kept = seats.setdefault(self._office(row, place), [0, 0])
                        kept[0] += cases
                        kept[1] = max(kept[1], 5 + (row * 7 + place * 13) % 60)
                if not seats:
                    continue
                (office, post), (most, days) = max(seats.items(), key=lambda item: item[1][0])
                rows.append(
                    {
                        "area": code,
                        "is_own": is_own,
                        "cases": sum(kept[0] for kept in seats.values()),
                        "offices": len({name for name, _post in seats}),
                        "seats": len(seats),
                        "office": office,
                        "post": post,
                        "most": most,
                        "oldest_of_most": at - timedelta(days=days),
                        "oldest_due_at": at - timedelta(days=max(kept[1] for kept in seats.values())),
                        "late_s_sum": sum(kept[0] * kept[1] * 43_200 for kept in seats.values()),
                    }
                )
        return pa.Table.from_pylist(rows, schema=_HELD)

    def _query_case_counts(self, area=None, **_: object) -> pa.Table:
        counted = {name: sum(cases for _, _, cases in self._leaves(name, area, self._own(None))) for name in STOCKS}
        counted |= {"without_due": 0, "unopened": 3, "total": counted["open"]}
        return pa.Table.from_pylist([counted])

    def _query_case_list(
        self,
        view="overdue",
        area=None,
        services=None,
        service=None,
        office=None,
        post=None,
        offset=0,
        limit=50,
        **_: object,
    ) -> pa.Table:
        rows, total, at = [], 0, self.clock.now()
        for row, place, cases in self._leaves(_MEASURE[view], area, self._own(services, service)):
            held_by, head = self._office(row, place)
            if (office and held_by != office) or (post and head != post):
                continue
            for number in range(cases):
                total += 1
                if total <= int(offset) or len(rows) >= int(limit):
                    continue
                late_days = 1 + (row * 7 + place * 13 + number * 5) % 60
                due_at = (
                    at + timedelta(hours=7 * (number % 6) + 1) if view == "due48" else at - timedelta(days=late_days)
                )
                decided_at = at - timedelta(days=late_days // 2) if view in _DECIDED else None
                past_s = ((decided_at or at) - due_at).total_seconds()
                rows.append(
                    {
                        "case_id": f"KL-{row:03d}{place:04d}{number:03d}",
                        "service": self._services[row],
                        "area": self.reference.areas[place].code,
                        "office": held_by,
                        "post": head,
                        "step": "scrutiny",
                        "opened_at": due_at - timedelta(days=30),
                        "due_at": due_at,
                        "paused_at": None,
                        "decided_at": decided_at,
                        "status": "decided" if view in _DECIDED else "open",
                        "outcome": "approved" if view in _DECIDED else None,
                        "reopened": 0,
                        "late_s": past_s if past_s > 0 else None,
                        "of": 0,
                    }
                )
        for one in rows:
            one["of"] = total
        return pa.Table.from_pylist(rows, schema=_CASES)

    def _query_case(self, case_id="", **_: object) -> pa.Table:
        digits = case_id.removeprefix("KL-")
        if case_id not in self.cases.rows and len(digits) == 10 and digits.isdigit():
            row, place, number = int(digits[:3]), int(digits[3:7]), int(digits[7:])
            if row < len(self._services) and place < len(self.reference.areas):
                service, area = self._services[row], self.reference.areas[place].code
                office = self.reference.offices.get(self._office(row, place)[0])
                due_at = self.clock.now() - timedelta(days=1 + (row * 7 + place * 13 + number * 5) % 60)
                posts = () if office is None else self.reference.posts_for(service, office.code)
                held_by = "" if office is None else office.code
                made, events = overdue_case(case_id, service, area, held_by, posts or ("clerk",), due_at)
                self.cases.put(made, *events)
        return self.cases.row_table(case_id)

    def _query_case_events(self, case_id="", **_: object) -> pa.Table:
        return self.cases.event_table(case_id)

    def _query_work(self, by="office", area=None, services=None, office=None, offices=None, **_: object) -> pa.Table:
        at, done = self.clock.now(), {}
        wanted = None if offices is None else set(offices)
        for name in ("open", "overdue", "due_48h", "paused", "in_time", "late"):
            for row, place, cases in self._leaves(name, area, self._own(services)):
                held_by, post = self._office(row, place)
                if (office and held_by != office) or (wanted is not None and held_by not in wanted):
                    continue
                key = {"office": (held_by,), "seat": (held_by, post), "service": (self._services[row],)}[by]
                kept = done.setdefault(key, Counter())
                kept[name] += cases
                if name == "overdue":
                    days = 5 + (row * 7 + place * 13) % 60
                    kept["days"] = max(kept["days"], days)
                    kept["late_s"] += cases * days * 43_200
        columns = {"office": ("office",), "seat": ("office", "post"), "service": ("service",)}[by]
        rows = [
            dict(zip(columns, key, strict=True))
            | {name: kept[name] for name in ("open", "overdue", "due_48h", "paused", "in_time")}
            | {"oldest_due_at": at - timedelta(days=kept["days"]) if kept["days"] else None}
            | {"late_s_sum": kept["late_s"], "dated": kept["in_time"] + kept["late"]}
            for key, kept in sorted(done.items(), key=lambda item: -item[1]["overdue"])
        ]
        counts = [(name, pa.int64()) for name in ("open", "overdue", "due_48h", "paused", "in_time")]
        counts += [("oldest_due_at", _INSTANT), ("late_s_sum", pa.int64()), ("dated", pa.int64())]
        return pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in columns] + counts))

    def _query_due_by_hour(self, area=None, services=None, hours=48, **_: object) -> pa.Table:
        total = sum(cases for _, _, cases in self._leaves("due_48h", area, self._own(services)))
        hour_at = self.clock.now().replace(minute=0, second=0, microsecond=0)
        cases = np.diff(np.floor(np.linspace(0, total, int(hours) + 1))).astype(int)
        rows = [{"hour_at": hour_at + timedelta(hours=step), "cases": int(n)} for step, n in enumerate(cases)]
        return pa.Table.from_pylist(rows)

    def _query_series(self, areas=(), services=None, from_day=None, to_day=None, step_days=1, **_: object) -> pa.Table:
        dice = np.random.default_rng(self.seed + 2)
        own, rows = self._own(services), []
        flows = {name: self._rolled(name, own, "mtd") for name in FLOWS}
        stocks = {name: self._rolled(name, own, "today") for name in ("open", "overdue", "due_48h")}
        days = [from_day + timedelta(days=step) for step in range((to_day - from_day).days + 1)]
        ends = days[step_days - 1 :: step_days]
        for code in areas:
            place = self.reference.area_index[code]
            walk = 1 + np.cumsum(dice.normal(0, 0.02, len(ends)))
            walk = walk / walk[-1] if len(walk) else walk
            for end, factor in zip(ends, walk, strict=True):
                row: dict[str, object] = {"area": code, "day": end}
                for name in _FLOWS_OF_SERIES:
                    row[name] = int(flows[name][place] * factor * step_days / 21) if name in flows else 0
                row["late"] = int(row["decided"] * min(0.5, 0.09 / factor))  # type: ignore[operator]
                row["in_time"] = row["decided"] - row["late"]  # type: ignore[operator]
                row["satisfied"] = int(row["feedback"] * min(1, 0.78 * factor))  # type: ignore[operator]
                for name in ("open", "overdue", "due_48h"):
                    row[name] = int(stocks[name][place] * factor)
                rows.append(row)
        return pa.Table.from_pylist(rows, schema=_SERIES)

    def _query_service_stocks(self, area=None, **_: object) -> pa.Table:
        rows = []
        for row, name in enumerate(self._services):
            open_, overdue, due = (int(self._rolled(one, [row], "today")[self.reference.area_index[area or "KL"]])
                                   for one in ("open", "overdue", "due_48h"))  # fmt: skip
            rows.append(
                {"service": name, "open": open_, "overdue": overdue // 2, "due_48h": due, "late_s": overdue * 86_400}
            )
        return pa.Table.from_pylist(rows)

    def _query_reporting(self, **_: object) -> pa.Table:
        rows = [
            {"subject": self._services[row], "area": self.reference.areas[place].code, "assets": None}
            for row, place, _cases in self._leaves("open", None, self._own(None))
        ]
        return pa.Table.from_pylist(rows, schema=_REPORTING)

    def _query_sealed_values(self, indicator=None, area=None, to_day=None, **_: object) -> pa.Table:
        """The last ten days but yesterday."""
        index, place = self.code_index(str(indicator)), self.reference.area_index[str(area)]
        value = float(self.arrays["value"][0, index, place])
        rows = [
            {"day": to_day - timedelta(days=back), "sealed_at": self.clock.now(), "was_shown": True, "numerator": None,
             "denominator": None, "value": None if np.isnan(value) else value * (1 + back / 100), "band": "normal",
             "state": "ok", "definition_version": 1}
            for back in range(11, 1, -1)
        ]  # fmt: skip
        return pa.Table.from_pylist(rows)

    def _query_reviews(self, **_: object) -> pa.Table:
        return self.reviews.review_table()

    def _query_action_points(self, area="KL", **_: object) -> pa.Table:
        start = self.reference.area_index[area]
        inside = self.reference.areas[start : int(self.reference.area_end[start])]
        return self.reviews.point_table({one.code for one in inside})

    def _query_review_values(self, review="", areas=(), indicators=None, period=None, **_: object) -> pa.Table:
        if all(one["review"] != review for one in self.reviews.reviews):
            areas = ()
        wanted = None if indicators is None else set(indicators)
        rows: list[dict[str, object]] = []
        for index, code in enumerate(str(one["code"]) for one in self._rows):
            for area in areas if wanted is None or code in wanted else ():
                place = self.reference.area_index[area]
                for step, name in enumerate(PERIODS):
                    if period in {None, name}:
                        cell = {one: float(self.arrays[one][step, index, place]) * THEN for one in _NUMBERS}
                        told = {one: None if np.isnan(number) else number for one, number in cell.items()}
                        rows.append({"indicator": code, "area": area, "period": name, **told})
        return pa.Table.from_pylist(rows, schema=_KEPT)

    def _query_decision_bins(self, area=None, services=None, **_: object) -> pa.Table:
        decided = sum(cases for _, _, cases in self._leaves("decided", area, self._own(services)))
        return pa.Table.from_pylist(
            [{"bin": bin_, "cases": decided * share // 10} for bin_, share in ((8, 2), (13, 5), (16, 3))]
        )

    def _query_step_times(self, area=None, services=None, office=None, **_: object) -> pa.Table:
        """Three steps and the wait, each with a share of the days of every decided case."""
        leaves = self._leaves("decided", area, self._own(services))
        of = sum(n for row, place, n in leaves if office in {None, self._office(row, place)[0]})
        posts = [*dict.fromkeys(self._office(row, place)[1] for row, place, _ in leaves)][:3] or [""]
        ways = [
            (False, step, post, of) for step, post in zip(("decision", "scrutiny", "site_visit"), posts, strict=False)
        ]
        rows = [
            {"is_waiting": is_waiting, "step": step, "post": post, "cases": cases}
            | {"median_s": 86_400.0 / rank, "p90_s": 400_000.0 / rank, "total_s": 90_000.0 * cases / rank, "of": of}
            for rank, (is_waiting, step, post, cases) in enumerate([*ways, (True, None, None, of // 8)], 1)
            if cases
        ]
        names = ("is_waiting", "step", "post", "cases", "median_s", "p90_s", "total_s")
        return pa.Table.from_pylist(rows or [dict.fromkeys(names) | {"of": of}])

    def _query_ratings(self, area=None, services=None, **_: object) -> pa.Table:
        own = self._own(services)
        answers, content = (sum(n for _, _, n in self._leaves(name, area, own)) for name in ("feedback", "satisfied"))
        counts = {1: answers - content, 4: content - content // 2, 5: content // 2}
        return pa.Table.from_pylist([{"rating": rating, "answers": count} for rating, count in counts.items()])

    def _query_open_ages(self, area=None, services=None, **_: object) -> pa.Table:
        own = self._own(services)
        open_, overdue = (sum(n for _, _, n in self._leaves(name, area, own)) for name in ("open", "overdue"))
        return pa.Table.from_pylist(
            [
                {"age_days": 3, "cases": open_ - overdue, "overdue": 0},
                {"age_days": 40, "cases": overdue, "overdue": overdue},
            ]
        )

    def _query_first_days(self, subjects=(), **_: object) -> pa.Table:
        first = self.clock.now().date() - timedelta(days=400)
        return pa.Table.from_pylist([{"subject": one, "first_day": first} for one in subjects])

    def _query_metric_series(self, metric=None, areas=(), from_day=None, to_day=None, **_: object) -> pa.Table:
        dice = np.random.default_rng(self.seed + 3)
        leaf = self._levels[self.code_index(str(metric))]
        days = (to_day - from_day).days + 1
        rows = [
            {
                "area": code,
                "day": from_day + timedelta(days=step),
                "readings": 1,
                "reading_sum": int(1000 * leaf[self.reference.area_index[code]] * dice.normal(1, 0.1)),
                "expected_sum": 0,
            }
            for code in areas
            for step in range(days)
        ]
        return pa.Table.from_pylist(rows)

    def _query_recent_events(self, area=None, services=None, kinds=None, limit=20, **_: object) -> pa.Table:
        dice = np.random.default_rng(self.seed + self.version)
        at, rows = self.clock.now(), []
        leaves = self._leaves("received", area, self._own(services))
        for step in range(min(int(limit), len(leaves))):
            row, place, _count = leaves[int(dice.integers(len(leaves)))]
            kind = ("case.decided", "case.opened", "case.reopened", "case.delivered")[step % 4]
            if kinds and kind not in kinds:
                kind = next(iter(kinds))
            rows.append(
                {
                    "event_id": f"{self.version}-{step}",
                    "source": "ksmart",
                    "kind": kind,
                    "occurred_at": at - timedelta(seconds=9 * step + 4),
                    "case_id": f"KL-{row:03d}{place:04d}001",
                    "service": self._services[row],
                    "area": self.reference.areas[place].code,
                    "office": self._office(row, place)[0],
                    "post": self._office(row, place)[1],
                    "step": None,
                    "outcome": "approved" if kind == "case.decided" else None,
                    "rating": None,
                    "metric": None,
                    "asset": None,
                    "value": None,
                }
            )
        return pa.Table.from_pylist(rows, schema=_EVENTS)

    def _query_source_counts(self, **_: object) -> pa.Table:
        return pa.Table.from_pylist(
            [
                {"source": name, "received": 1000, "accepted": 990, "rejected": 4, "duplicates": 6}
                for name in self.sources
            ]
        )

    def _query_personal_counts(self, **_: object) -> pa.Table:
        at = self.clock.now() - timedelta(minutes=7)
        rows = [
            ("ilgms", "file_no", "aadhaar", 3),
            ("ilgms", "remarks", "mobile", 12_041),
            ("ksmart", "", "e-mail", 5),
        ]
        names = ("source", "field", "kind", "rows", "last_found_at")
        return pa.Table.from_pylist([dict(zip(names, (*row, at), strict=True)) for row in rows])

    def _query_added_columns(self, **_: object) -> pa.Table:
        at = self.clock.now() - timedelta(hours=3)
        rows = [
            {"source": "ksmart", "column": column, "first_seen_at": at} for column in ("applicant_sex", "ward_name")
        ]
        return pa.Table.from_pylist(rows)

    def _query_rejected_summary(self, **_: object) -> pa.Table:
        return pa.Table.from_pylist([{"source": "ksmart", "reason": "bad_time", "rows": 4}])

    def _query_rejected_list(self, source=None, reason=None, limit=50, **_: object) -> pa.Table:
        row = {"rejected_id": "1", "source": "ksmart", "received_at": self.clock.now(), "reason": "bad_time"}
        row |= {"field": "open_dt", "detail": "is not a time", "raw": '{"open_dt": "31-02"}', "origin": "a.csv:7"}
        return pa.Table.from_pylist([row])

    def _query_oldest_open(self, areas=(), **_: object) -> pa.Table:
        at = self.clock.now()
        rows = [
            {"area": code, "oldest_due_at": at - timedelta(days=20 + index % 50)} for index, code in enumerate(areas)
        ]
        return pa.Table.from_pylist(rows)


_MEASURE = {
    "overdue": "overdue",
    "due48": "due_48h",
    "paused": "paused",
    "reopened": "reopened",
    "open": "open",
    "all": "open",
    "undated": "undated",
    "received": "received",
    "decided": "decided",
    "in_time": "in_time",
    "late": "late",
    "dated": "decided",
}
_DECIDED = {"decided", "in_time", "late", "dated"}
#: What the series tells; of those that are not counted here it tells 0.
_FLOWS_OF_SERIES = (
    *("received", "decided", "approved", "rejected", "in_time", "late"),
    *("withdrawn", "delivered", "reopened", "feedback", "satisfied"),
)
_INSTANT = pa.timestamp("us", tz="UTC")
_HOLDERS = pa.schema(
    [
        *[(name, pa.string()) for name in ("office", "post", "area")],
        *[("cases", pa.int64()), ("oldest_due_at", _INSTANT), ("late_s_sum", pa.float64()), ("of", pa.int64())],
    ]
)
_HELD = pa.schema(
    [("area", pa.string()), ("is_own", pa.bool_())]
    + [(name, pa.int64()) for name in ("cases", "offices", "seats")]
    + [("office", pa.string()), ("post", pa.string()), ("most", pa.int64()), ("oldest_of_most", _INSTANT)]
    + [("oldest_due_at", _INSTANT), ("late_s_sum", pa.int64())]
)
_REPORTING = pa.schema([("subject", pa.string()), ("area", pa.string()), ("assets", pa.int64())])
_NUMBERS = ("numerator", "denominator", "value")
_KEPT = pa.schema(
    [(name, pa.string()) for name in ("indicator", "area", "period")] + [(name, pa.float64()) for name in _NUMBERS]
)
_CASES = pa.schema(
    [(name, pa.string()) for name in ("case_id", "service", "area", "office", "post", "step")]
    + [(name, _INSTANT) for name in ("opened_at", "due_at", "paused_at", "decided_at")]
    + [("status", pa.string()), ("outcome", pa.string()), ("reopened", pa.int64()), ("late_s", pa.float64())]
    + [("of", pa.int64())]
)
_SERIES = pa.schema(
    [("area", pa.string()), ("day", pa.date32())]
    + [(name, pa.int64()) for name in (*_FLOWS_OF_SERIES, "open", "overdue", "due_48h")]
)
_EVENTS = pa.schema(
    [("event_id", pa.string()), ("source", pa.string()), ("kind", pa.string()), ("occurred_at", _INSTANT)]
    + [(name, pa.string()) for name in ("case_id", "service", "area", "office", "post", "step", "outcome")]
    + [("rating", pa.int8()), ("metric", pa.string()), ("asset", pa.string()), ("value", pa.float64())]
)
#: An instant on a working afternoon, for screenshots.
AFTERNOON = datetime(2026, 11, 20, 11, 12, tzinfo=UTC)
