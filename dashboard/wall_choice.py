"""Which indicators the wall's scenes and the page of resources show: the state's own choice, `wall.toml`.

Invariants: the file may be missing (then the scenes that need it are passed over); what it names wrongly is an error
with file and key; that the catalogue lacks an indicator is none – another state has another catalogue.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "wall.toml"


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator with its name on the wall.

    Attributes:
        indicator: code.
        name_en, name_local: short enough for a card.
    """

    indicator: str
    name_en: str
    name_local: str


@dataclass(frozen=True, slots=True)
class CardChoice:
    """Indicators that belong together, the one that says most first.

    Attributes:
        name_en, name_local: heading.
        lines: a wall shows as many as have room.
    """

    name_en: str
    name_local: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class WallChoice:
    """What the scenes show of the catalogue.

    Attributes:
        districts: code of the share that colours the districts and orders the taluks; "" = the scene is passed over.
        lasting: indicators that say for how many hours or days something lasts, in "Resources and utilities".
        resources: cards of "Resources and utilities".
        satisfaction: code of the share that colours the districts in "Citizens"; "" = no such panel.
        numbers: state-wide numbers of "Citizens"; a small wall shows the first three.
        citizens: cards of "Citizens".
    """

    districts: str = ""
    lasting: tuple[Line, ...] = ()
    resources: tuple[CardChoice, ...] = ()
    satisfaction: str = ""
    numbers: tuple[Line, ...] = ()
    citizens: tuple[CardChoice, ...] = ()


@cache
def read_choice(folder: Path) -> WallChoice:
    """The choice of a state; an empty one where it has made none.

    Args:
        folder: with the state's reference data.

    Raises:
        ConfigError: names file, key and what is allowed.
    """
    file = folder / FILE
    if not file.exists():
        return WallChoice()
    try:
        plain = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from error
    _known(file, "", plain, ("districts", "citizens", "resources"))
    districts = _table(file, "districts", plain, ("indicator",))
    citizens = _table(file, "citizens", plain, ("indicator", "numbers", "card"))
    resources = _table(file, "resources", plain, ("lasting", "card"))
    return WallChoice(
        districts=_text(file, "districts.indicator", districts.get("indicator", "")),
        lasting=_lines(file, "resources.lasting", resources.get("lasting", [])),
        resources=_cards(file, "resources.card", resources.get("card", [])),
        satisfaction=_text(file, "citizens.indicator", citizens.get("indicator", "")),
        numbers=_lines(file, "citizens.numbers", citizens.get("numbers", [])),
        citizens=_cards(file, "citizens.card", citizens.get("card", [])),
    )


def _cards(file: Path, where: str, given: object) -> tuple[CardChoice, ...]:
    cards = []
    for number, entry in enumerate(_tables(file, where, given), start=1):
        at = f"{where}[{number}]"
        _complete(file, at, entry, [each.name for each in fields(CardChoice)])
        name_en, name_local = (_text(file, f"{at}.{key}", entry[key]) for key in ("name_en", "name_local"))
        cards.append(CardChoice(name_en, name_local, _lines(file, f"{at}.lines", entry["lines"])))
    return tuple(cards)


def _lines(file: Path, where: str, given: object) -> tuple[Line, ...]:
    keys = [each.name for each in fields(Line)]
    lines = []
    for number, entry in enumerate(_tables(file, where, given), start=1):
        _complete(file, f"{where}[{number}]", entry, keys)
        lines.append(Line(*(_text(file, f"{where}[{number}].{key}", entry[key]) for key in keys)))
    return tuple(lines)


def _table(file: Path, name: str, plain: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    table = plain.get(name, {})
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: {name} is a table: [{name}]")
    _known(file, f"{name}.", table, keys)
    return table


def _tables(file: Path, where: str, given: object) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ConfigError(f"{file}: {where} is a list of tables")
    return given


def _complete(file: Path, where: str, entry: dict[str, Any], keys: list[str]) -> None:
    _known(file, f"{where}.", entry, keys)
    missing = [key for key in keys if key not in entry]
    if missing:
        raise ConfigError(f"{file}: {where} lacks {', '.join(missing)}")


def _known(file: Path, prefix: str, table: dict[str, Any], keys: list[str] | tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            raise ConfigError(f"{file}: {prefix}{key} is unknown; allowed are {', '.join(keys)}")


def _text(file: Path, where: str, given: object) -> str:
    if not isinstance(given, str):
        raise ConfigError(f"{file}: {where} = {given!r}: must be a text")
    return given
