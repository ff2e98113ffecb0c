"""Which codes a state knows: what mappings and rows are checked against.

Who may import it: ingest only. A Vocabulary is made once per engine from the reference data and never changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING
from unicodedata import normalize

from ingest.number import western

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warehouse.reference import Reference

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """An area as far as rows can name it.

    Attributes:
        code: its code here.
        level: code of its level.
        lgd_code: number in the Local Government Directory, unique within a level only.
        names: its names in all languages, and others by which sources call it.
        parent: code of the area that it lies in; None for the state.
        lsg_code: number that the state gave a local body, unique within a level only.
    """

    code: str
    level: str
    lgd_code: str | None
    names: tuple[str, ...]
    parent: str | None = None
    lsg_code: str | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """In which a metric's reading can be true, both ends included; None is open."""

    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Codes of a state.

    Attributes:
        root: code of the area that is the whole state.
        timezone: IANA name of the state's time zone; days are its local dates.
        year_starts: month in which the state's financial year begins, 1…12.
        places: all areas by code.
        services: codes of services.
        metrics: valid range by metric code.
        assets: area code by asset code.
        asset_names: asset code by folded name; a name that two assets share is not in it.
    """

    root: str
    timezone: str
    places: Mapping[str, Place]
    services: frozenset[str]
    metrics: Mapping[str, Range]
    assets: Mapping[str, str] = field(default_factory=lambda: _NONE)
    asset_names: Mapping[str, str] = field(default_factory=lambda: _NONE)
    year_starts: int = 4

    @classmethod
    def of(cls, reference: Reference) -> Vocabulary:
        """Take from the reference data what rows are checked against."""
        areas = reference.areas
        places = {
            area.code: Place(
                code=area.code,
                level=area.level,
                lgd_code=area.lgd_code or None,
                names=(area.name_en, area.name_local, *([area.name_hi] if area.name_hi else []), *area.aliases),
                parent=area.parent,
                lsg_code=area.lsg_code,
            )
            for area in areas
        }
        return cls(
            root=areas[0].code,
            timezone=reference.state.timezone,
            places=places,
            services=frozenset(reference.services),
            metrics={code: Range(metric.least, metric.most) for code, metric in reference.metrics.items()},
            assets={code: asset.area for code, asset in reference.assets.items()},
            asset_names=unique_names(
                (name, code) for code, asset in reference.assets.items() for name in (asset.name_en, asset.name_local)
            ),
            year_starts=reference.state.fiscal_year_start_month,
        )

    def levels(self) -> frozenset[str]:
        """Codes of the levels of area."""
        return frozenset(place.level for place in self.places.values())

    def places_by_lgd(self, level: str) -> dict[str, str]:
        """Area code by `number_key` of its LGD number, for one level."""
        return unique_keys(
            (number_key(place.lgd_code), place.code)
            for place in self.places.values()
            if place.level == level and place.lgd_code
        )

    def places_by_lsg(self, level: str) -> dict[str, str]:
        """Area code by `number_key` of the state's own number, for one level."""
        return unique_keys(
            (number_key(place.lsg_code), place.code)
            for place in self.places.values()
            if place.level == level and place.lsg_code
        )

    def places_within(self, level: str) -> dict[str, str]:
        """Area code by `within_key` of a name and of what names an area around it, for one level; never guessed."""
        return unique_keys(
            (within_key(around, name), place.code)
            for place in self.places.values()
            if place.level == level
            for name in place.names
            for around in self._around(place)
        )

    def _around(self, place: Place) -> Iterable[str]:
        """Names, numbers and codes of the areas that a place lies in."""
        above = self.places.get(place.parent or "")
        while above is not None:
            yield from (above.code, *above.names, *(code for code in (above.lgd_code, above.lsg_code) if code))
            above = self.places.get(above.parent or "")

    def places_by_name(self, level: str) -> dict[str, str]:
        """Area code by folded name in any language, for one level; a name that two areas share is not in it."""
        return unique_names(
            (name, place.code) for place in self.places.values() if place.level == level for name in place.names
        )


def folded(name: str) -> str:
    """A name as it is compared: without case, spaces, dots and hyphens, its letters whole and not in parts."""
    return "".join(letter for letter in normalize("NFC", name).casefold() if letter not in " .-_'’\u00a0\u200c\u200d")


def number_key(number: str) -> str:
    """A number as it is compared: 0568, ५६८ and the 568.0 of a spreadsheet are 568; what has letters, as names are."""
    plain = western(number).removesuffix(".0")
    if plain.isdecimal():
        return plain.lstrip("0")
    return folded(number) if any(map(str.isalpha, number)) else number


def unique_names(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Code by folded name, without the names that stand for two codes: a place is never guessed."""
    return unique_keys((folded(name), code) for name, code in pairs if name)


def within_key(around: str, name: str) -> str:
    """A name together with that of an area around the place, as they are compared."""
    return f"{folded(around)}\0{folded(name)}"


def unique_keys(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Code by key, without the keys that stand for two codes."""
    codes: dict[str, set[str]] = {}
    for name, code in pairs:
        codes.setdefault(name, set()).add(code)
    return {name: next(iter(found)) for name, found in codes.items() if len(found) == 1}
