"""One frozen record per row of a state's tables; names in English and in the state's language.

Who may import it: warehouse.reference; everybody else imports the names from there.
Invariants: records are made by the loader after validation; optional text is None, never blank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

#: Units of a time limit; `none` has no limit.
Unit = Literal["hours", "days", "working_days", "none"]

#: Stands for the head of the office among the posts of a service.
HEAD: Final = "head"


@dataclass(frozen=True, slots=True)
class Named:
    """A code with its names: kind or class of area, post.

    Attributes:
        code: unique in its list.
        name_en: English name.
        name_local: name in the state's language.
        name_hi: Hindi name; None when it is not given.
    """

    code: str
    name_en: str
    name_local: str
    name_hi: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A level of areas, the state first.

    Attributes:
        code: as in areas.csv and in page addresses.
        name_en: English name of one such area.
        name_local: the same in the state's language.
        plural_en: English name of many.
        plural_local: the same in the state's language.
        name_hi, plural_hi: the same in Hindi; None when they are not given.
    """

    code: str
    name_en: str
    name_local: str
    plural_en: str
    plural_local: str
    name_hi: str | None = None
    plural_hi: str | None = None


@dataclass(frozen=True, slots=True)
class Post(Named):
    """A post that holds cases or heads an office, such as Village Officer."""


@dataclass(frozen=True, slots=True)
class State:
    """The state as a whole.

    Attributes:
        code: code of the topmost area.
        name_en: English name.
        name_local: name in the state's language.
        languages: English first, then the state's language, then others.
        timezone: IANA name; days are local to it.
        levels: levels of areas from the state down.
        series_level: lowest level with daily series.
        fiscal_year_start_month: 4 is April.
        weekly_off: weekdays that are never worked, Monday is 0.
        off_saturdays: which Saturdays of a month are off, 1 is the first.
        kinds: kinds of areas by code (Grama Panchayat, municipality …).
        classes: classes of areas by code, on which limits may depend (urban, town, rural, hilly).
    """

    code: str
    name_en: str
    name_local: str
    languages: tuple[str, ...]
    timezone: str
    levels: tuple[Level, ...]
    series_level: str
    fiscal_year_start_month: int
    weekly_off: frozenset[int]
    off_saturdays: frozenset[int]
    kinds: Mapping[str, Named]
    classes: Mapping[str, Named]


@dataclass(frozen=True, slots=True)
class Area:
    """A place at any level.

    Attributes:
        code: the parent's code, a hyphen and a slug of its own; the state has its state code.
        level: code of its level.
        parent: code of the area above; None for the state.
        name_en: official spelling in English letters.
        name_local: name in the state's language.
        kind: kind of area (GP, municipality …); None where the level says all.
        area_class: class on which limits may depend; None means only the general limit.
        lgd_code: code in the Local Government Directory.
        population: people living there; None when not known.
        tile: column and row on its parent's tile map, from 0; None when it is not drawn.
        tile_span: columns that the tile covers, from its own one rightwards.
        valid_from: first day on which the area exists; None is always.
        valid_to: last day.
        also_in: codes of further areas of the parent's level in which parts of it lie; it counts in `parent` only.
        name_hi: Hindi name; None when it is not given.
        lsg_code: number that the state gave a local body; None when it is not given.
        aliases: other names by which sources call it.
    """

    code: str
    level: str
    parent: str | None
    name_en: str
    name_local: str
    kind: str | None
    area_class: str | None
    lgd_code: str | None
    population: int | None
    tile: tuple[int, int] | None
    tile_span: int
    valid_from: date | None
    valid_to: date | None
    also_in: tuple[str, ...]
    name_hi: str | None = None
    lsg_code: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The area's own part of its code, as page addresses show it."""
        return self.code if self.parent is None else self.code.removeprefix(f"{self.parent}-")


@dataclass(frozen=True, slots=True)
class Department:
    """A department of the state's secretariat.

    Attributes:
        code: capital letters.
        name_en: English name.
        name_local: name in the state's language.
        name_hi: Hindi name; None when it is not given.
        short_en: short English name for tiles and tables.
        short_local: the same in the state's language.
        sort: place in lists, from 1.
    """

    code: str
    name_en: str
    name_local: str
    name_hi: str | None
    short_en: str
    short_local: str
    sort: int


@dataclass(frozen=True, slots=True)
class OfficeForm:
    """How an office kind looks in areas of some kinds: a Grama Panchayat has a Secretary, a corporation another one.

    Attributes:
        area_kinds: kinds of areas that have this form; empty means all.
        name_en: English name of the office without its place.
        name_local: the same in the state's language.
        head_post: code of the post that heads it.
        posts: codes of the posts that a case passes, in order.
    """

    area_kinds: tuple[str, ...]
    name_en: str
    name_local: str
    head_post: str
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfficeKind:
    """A kind of office; every area of its level has one, in one of its forms.

    Attributes:
        code: unique.
        department: department that it belongs to.
        level: area level at which it stands.
        forms: at most one fits any area.
    """

    code: str
    department: str
    level: str
    forms: tuple[OfficeForm, ...]

    def form_in(self, area_kind: str | None) -> OfficeForm | None:
        """The form that the office has in areas of a kind; None where there is no such office."""
        fitting = (form for form in self.forms if not form.area_kinds or area_kind in form.area_kinds)
        return next(fitting, None)


@dataclass(frozen=True, slots=True)
class Office:
    """One office: an office kind in one area.

    Attributes:
        code: `<area>/<office kind>`.
        kind: code of its office kind.
        area: code of its area.
        department: department that it belongs to.
        name_en: English name with its place.
        name_local: the same in the state's language.
        head_post: code of the post that heads it.
        posts: codes of the posts that a case passes, in order.
    """

    code: str
    kind: str
    area: str
    department: str
    name_en: str
    name_local: str
    head_post: str
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A service's time limit while one law holds.

    Attributes:
        limit: number of units; None has no limit.
        unit: hours, days, working_days or none.
        by_class: limits of areas of some classes, which come before the general one.
        legal_basis: law, order or charter; None when it is not known.
        status: `in force` when it was read there, `to be confirmed` when it is an editable placeholder.
        valid_from: first day of opening for which it holds; None is always.
        valid_to: last day.
    """

    limit: int | None
    unit: Unit
    by_class: Mapping[str, int]
    legal_basis: str | None
    status: str
    valid_from: date | None
    valid_to: date | None

    def in_class(self, area_class: str | None) -> int | None:
        """The limit in areas of a class, in units; None is no limit."""
        return self.limit if area_class is None else self.by_class.get(area_class, self.limit)

    def holds_on(self, day: date) -> bool:
        """Whether cases opened on a day fall under it."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Service:
    """A service that citizens apply for, or another kind of case with a clock.

    Attributes:
        code: unique among services and metrics.
        department: code of the department that answers for it.
        module: group of services as its system names it (civil_registration …).
        name_en: English name.
        name_local: name in the state's language.
        office_kind: kind of office that delivers it; None for cases from elsewhere.
        level: area level of its cases; the office may stand higher. None for cases from elsewhere.
        kind: application, file, grievance, appeal, ticket or project.
        posts: posts that a case passes, in order, HEAD for the office's head; empty means those of the office.
        limits: time limits by law, oldest first, without overlap.
    """

    code: str
    department: str
    module: str
    name_en: str
    name_local: str
    office_kind: str | None
    level: str | None
    kind: str
    posts: tuple[str, ...]
    limits: tuple[Limit, ...]

    @property
    def current(self) -> Limit:
        """The newest limit."""
        return self.limits[-1]

    def limit_on(self, day: date) -> Limit | None:
        """The limit in force for cases opened on a day; None when no law held then."""
        return next((limit for limit in self.limits if limit.holds_on(day)), None)

    @property
    def limit(self) -> int | None:
        """Number of units of the newest general limit."""
        return self.current.limit

    @property
    def unit(self) -> Unit:
        """Unit of the newest limit."""
        return self.current.unit

    @property
    def legal_basis(self) -> str | None:
        """Law of the newest limit."""
        return self.current.legal_basis

    @property
    def status(self) -> str:
        """Whether the newest limit is in force or to be confirmed."""
        return self.current.status


@dataclass(frozen=True, slots=True)
class Metric:
    """A thing that is read or counted and is not a case.

    Attributes:
        code: unique among services and metrics.
        department: department that answers for it.
        name_en: English name.
        name_local: name in the state's language.
        unit_en: unit as shown in English; None for plain counts.
        unit_local: the same in the state's language.
        time: `flow` adds up over time, `level` is the last reading.
        decimals: places shown.
        least: smallest valid value, itself valid; None is open.
        most: largest valid value, itself valid; None is open.
        source: name of the system that usually sends it.
    """

    code: str
    department: str
    name_en: str
    name_local: str
    unit_en: str | None
    unit_local: str | None
    time: Literal["flow", "level"]
    decimals: int
    least: float | None
    most: float | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Asset:
    """A thing at a place that is read: dam, hospital, depot, feeder group, water scheme, ration shops of a taluk.

    Attributes:
        code: unique.
        kind: dam, hospital, depot …
        area: code of the area in which it lies.
        name_en: English name.
        name_local: name in the state's language.
        metrics: codes of the metrics that are read there.
        capacity: size in the unit that `note` or the kind says (beds, scheduled trips, feeders …); None when not known.
        note: what a reader should know, such as the full reservoir level or that the row was made from a template.
    """

    code: str
    kind: str
    area: str
    name_en: str
    name_local: str
    metrics: tuple[str, ...]
    capacity: float | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Target:
    """What an indicator is to reach at a place in a span of days, in place of the catalogue's own target.

    Attributes:
        indicator: code; the catalogue's rules check that it exists.
        area: the area, or the one that the areas of `level` lie in.
        level: None = the area itself.
        first_day, last_day: state-local span; None = until another row follows.
        value: in the indicator's unit.
        basis: who set it, and where that is written.
        line: of its row in targets.csv.
    """

    indicator: str
    area: str
    level: str | None
    first_day: date
    last_day: date | None
    value: float
    basis: str
    line: int

    def holds_on(self, day: date) -> bool:
        """Whether a day lies in its span."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which the state's offices are closed.

    Attributes:
        on: state-local date.
        name_en: English name.
        name_local: name in the state's language.
        note: such as `to be confirmed`; None when it is certain.
    """

    on: date
    name_en: str
    name_local: str
    note: str | None
