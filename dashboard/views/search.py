"""Quick search: an application by its number; pages, indicators, places, departments and offices by name.

Names are found in every language. Malayalam ones have no one spelling in Latin letters (Kozhikode, Kozhikkod,
Kolikode): both sides are written plainly before they are compared; what is still different is measured by rapidfuzz.
Invariants: the index holds names only, nothing that changes; a result is a link made for the reader who asked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz, process

from dashboard import language
from dashboard.address import area_path
from dashboard.views.place import level_name, service_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboard.services import Services
    from dashboard.views.asked import Asked

#: Kinds of results in the order in which they stand.
KINDS: Final = ("page", "place", "indicator", "department", "office")
#: Pages that are found by their heading and by what the way to them is called: path and keys of both.
_PAGES: Final = {
    "/departments": ("departments.page", "nav.departments"),
    "/indicators": ("indicators.title", "nav.indicators"),
    "/breaches": ("breaches.title", "nav.breaches"),
    "/resources": ("resources.title", "nav.resources"),
    "/feedback": ("feedback.title", "nav.feedback"),
    "/control-rooms": ("control_rooms.title", "nav.control_rooms"),
    "/offices": ("offices.page", "offices.page"),
    "/review": ("review.title", "nav.review"),
    "/health": ("health.title", "nav.health"),
    "/help": ("help.title", "help.title"),
}
APPLICATION: Final = "application"
_PER_KIND: Final = 6
_LOOKED_AT: Final = 40
#: Of 100; below it two names have little to do with each other.
_LEAST_LIKENESS: Final = 76.0
_LEAST_WORD: Final = 70.0
#: Fewer letters resemble too much; they must be there as they are.
_LEAST_LETTERS: Final = 3
#: A name that begins with the words comes before one that only resembles them.
_BEGINS, _CONTAINS = 30.0, 15.0
_LONGEST: Final = 80
_LONGEST_NUMBER: Final = 100
#: Letters that transliterations use for the same sound → one of them.
_SOUNDS: Final = (
    ("zh", "l"), ("th", "t"), ("dh", "d"), ("kh", "k"), ("gh", "g"), ("bh", "b"), ("ph", "f"), ("sh", "s"), ("ch", "c"),
    ("ee", "i"), ("oo", "u"), ("aa", "a"), ("ou", "au"), ("w", "v"), ("y", "i"), ("q", "k"), ("x", "ks"),
)  # fmt: skip
_TWICE: Final = re.compile(r"([a-z])\1")
_NOT_LETTERS: Final = re.compile(r"[^\w\u0900-\u097f\u0d00-\u0d7f]+|_")
_JOINERS: Final = str.maketrans("", "", "\u200b\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Found:
    """One result.

    Attributes:
        kind: one of KINDS, or APPLICATION.
        text: name in the working language.
        note: what kind of place, whose office, which department.
        href: its page.
    """

    kind: str
    text: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class _Names:
    """All names of a kind: a thing has several, each an entry with the code of its thing."""

    codes: tuple[str, ...]
    plain: tuple[str, ...]


class SearchIndex:
    """Names of everything that can be found; made anew when the engine has another catalogue."""

    def __init__(self, services: Services) -> None:
        """Write all names plainly.

        Args:
            services: catalogue and reference data.
        """
        reference = services.reference
        self._names = {
            "page": _names(
                (path, *(language.texts(lang).get(key) for lang in services.languages for key in keys))
                for path, keys in _PAGES.items()
            ),
            "place": _names((one.code, one.name_en, one.name_local, one.name_hi) for one in reference.areas),
            "indicator": _names(
                (one.code, one.name_en, one.name_local, one.code) for one in services.values.indicators.values()
            ),
            "department": _names(
                (one.code, one.name_en, one.name_local, one.name_hi, one.short_en, one.short_local)
                for one in reference.departments.values()
            ),
            "office": _names((one.code, one.name_en, one.name_local) for one in reference.offices.values()),
        }

    def find(self, asked: Asked, words: str) -> tuple[Found, ...]:
        """What resembles some words most: exact words first, then beginnings of words, then what is near to them.

        The results stand by kind, in the order of the best of each.

        Args:
            asked: language of the results.
            words: as typed.
        """
        wanted = plainly(words[:_LONGEST])
        if not wanted:
            return ()
        found = [(kind, best) for kind in KINDS if (best := self._best(kind, wanted))]
        found.sort(key=lambda one: min(closeness for closeness, _, _ in one[1].values()))
        return tuple(_found(asked, kind, code) for kind, best in found for code in best)

    def _best(self, kind: str, wanted: str) -> dict[str, tuple[int, float, int]]:
        names = self._names[kind]
        best: dict[str, tuple[int, float, int]] = {}
        for place in _candidates(wanted, names.plain):
            name, code = names.plain[place], names.codes[place]
            likeness = _likeness(wanted, name)
            if likeness >= _LEAST_LIKENESS:
                # Among equals the shorter name, which the words say more of, and then the order of the catalogue.
                rank = (_closeness(wanted, name), -likeness, len(name))
                best[code] = min(best.get(code, rank), rank)
        return dict(sorted(best.items(), key=lambda one: one[1])[:_PER_KIND])


def _candidates(wanted: str, names: tuple[str, ...]) -> list[int]:
    """Places of the names that may be meant: those that have the words, and those nearest to them."""
    found = dict.fromkeys(place for place, name in enumerate(names) if wanted in name)
    if len(wanted) >= _LEAST_LETTERS:
        for scorer in (fuzz.partial_ratio, fuzz.token_set_ratio):
            near = process.extract(wanted, names, scorer=scorer, limit=_LOOKED_AT, score_cutoff=_LEAST_LIKENESS)
            found |= dict.fromkeys(place for _, _, place in near)
    return list(found)


def find_application(asked: Asked, words: str) -> tuple[Found, ...]:
    """The application that has these words as its number, or has them in capital letters.

    Args:
        asked: language of the result.
        words: as typed.

    Raises:
        EngineGoneError: the engine does not answer.
    """
    number = words.strip()
    # Names of places are typed far more often, and no number goes without a digit.
    if not any(letter.isdigit() for letter in number) or len(number) > _LONGEST_NUMBER:
        return ()
    for written in dict.fromkeys((number, number.upper())):
        rows = asked.services.rows("case", case_id=written)
        if rows:
            service = service_name(asked, rows[0]["service"] or "")
            return (Found(APPLICATION, written, service, asked.application_href(written)),)
    return ()


def plainly(name: str) -> str:
    """A name as it is compared: small letters, one letter for one sound, no marks, no joiners."""
    text = unicodedata.normalize("NFKC", name).translate(_JOINERS).lower()
    text = _NOT_LETTERS.sub(" ", text).strip()
    for written, sound in _SOUNDS:
        text = text.replace(written, sound)
    return _TWICE.sub(r"\1", text)


def _closeness(wanted: str, name: str) -> int:
    """0: a name has all the words; 1: words of it begin with them; 2: it is only near to them."""
    words, parts = wanted.split(), name.split()
    if set(words) <= set(parts):
        return 0
    return 1 if all(any(part.startswith(word) for part in parts) for word in words) else 2


def _likeness(wanted: str, name: str) -> float:
    """How much of the words a name has: 0 to 100, and more where it has them as they are."""
    if name.startswith(wanted):
        return 100.0 + _BEGINS
    if f" {wanted}" in name:
        return 100.0 + _CONTAINS
    words, parts = wanted.split(), name.split()
    # Each word against the part of the name that is most like it, or like its beginning while it is being typed.
    likeness = [
        max((max(fuzz.ratio(word, part), fuzz.ratio(word, part[: len(word)])) for part in parts), default=0.0)
        for word in words
    ]
    return max(sum(likeness) / len(likeness) if min(likeness) >= _LEAST_WORD else 0.0, fuzz.ratio(wanted, name))


def _names(things: Iterable[tuple[str | None, ...]]) -> _Names:
    pairs = [(str(code), plainly(name)) for code, *names in things for name in dict.fromkeys(names) if name]
    return _Names(tuple(code for code, _ in pairs), tuple(name for _, name in pairs))


def _found(asked: Asked, kind: str, code: str) -> Found:
    reference = asked.services.reference
    if kind == "place":
        area = reference.area(code)
        above = reference.ancestors(code)
        note = level_name(asked, area)
        if len(above) > 1:
            note = f"{note}, {asked.chosen(above[0].name_en, above[0].name_local)}"
        text = asked.chosen(area.name_en, area.name_local)
        return Found(kind, text, note, asked.address.to(area_path(reference, code)).href)
    if kind == "page":
        heading, way = (asked.text(key) for key in _PAGES[code])
        return Found(kind, heading, "" if way == heading else way, asked.address.to(code).href)
    if kind == "indicator":
        indicator = asked.services.values.indicators[code]
        name = asked.chosen(indicator.name_en, indicator.name_local)
        return Found(kind, name, _department(asked, indicator.department), asked.address.to(f"/indicator/{code}").href)
    if kind == "department":
        href = asked.department_href(code)
        return Found(kind, _department(asked, code), "", href)
    office = reference.offices[code]
    name = asked.chosen(office.name_en, office.name_local)
    return Found(kind, name, _department(asked, office.department), asked.office_href(code))


def _department(asked: Asked, code: str) -> str:
    department = asked.services.reference.departments.get(code)
    return code if department is None else asked.chosen(department.short_en, department.short_local)
