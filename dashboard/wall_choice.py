"""Which indicators the wall's scenes and the page of resources show: the state's own choice, `wall.toml`.

Invariants: the file may be missing (then the scenes that need it are passed over); what it names wrongly is an error
with file and key; that the catalogue lacks an indicator is none – another state has another catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Final

from dashboard.choice_file import (
    Line,
    check_complete,
    check_known,
    read_file,
    read_lines,
    read_table,
    read_tables,
    read_text,
)
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "wall.toml"
#: Scenes that every state has.
OWN_SCENES: Final = ("now", "districts", "breach", "departments", "resources", "citizens", "review")
_NAMES: Final = ("name_en", "name_local")
_SCENE: Final = re.compile(r"[a-z][a-z0-9-]*")


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
class Pack:
    """A scene of cards for times in which other things matter: the monsoon, an epidemic.

    Attributes:
        scene: its name in addresses and settings.
        name_en, name_local: on the wall.
        lasting: indicators that say for how many hours or days something lasts.
        cards: as in "Resources and utilities".
    """

    scene: str
    name_en: str
    name_local: str
    lasting: tuple[Line, ...]
    cards: tuple[CardChoice, ...]


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
        packs: scenes of the state's own.
        alarms: indicators that are a danger to life where they are red.
    """

    districts: str = ""
    lasting: tuple[Line, ...] = ()
    resources: tuple[CardChoice, ...] = ()
    satisfaction: str = ""
    numbers: tuple[Line, ...] = ()
    citizens: tuple[CardChoice, ...] = ()
    packs: tuple[Pack, ...] = ()
    alarms: tuple[Line, ...] = ()


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
    plain = read_file(file)
    check_known(file, "", plain, ("districts", "citizens", "resources", "pack", "alarm"))
    districts = read_table(file, "districts", plain, ("indicator",))
    citizens = read_table(file, "citizens", plain, ("indicator", "numbers", "card"))
    resources = read_table(file, "resources", plain, ("lasting", "card"))
    alarm = read_table(file, "alarm", plain, ("lines",))
    return WallChoice(
        districts=read_text(file, "districts.indicator", districts.get("indicator", "")),
        lasting=read_lines(file, "resources.lasting", resources.get("lasting", [])),
        resources=_cards(file, "resources.card", resources.get("card", [])),
        satisfaction=read_text(file, "citizens.indicator", citizens.get("indicator", "")),
        numbers=read_lines(file, "citizens.numbers", citizens.get("numbers", [])),
        citizens=_cards(file, "citizens.card", citizens.get("card", [])),
        packs=_packs(file, plain.get("pack", [])),
        alarms=read_lines(file, "alarm.lines", alarm.get("lines", [])),
    )


def scene_names(folder: Path) -> tuple[str, ...]:
    """Names of all scenes that a state's walls can show: those of every state, then its packs.

    Args:
        folder: with the state's reference data.

    Raises:
        ConfigError: names file, key and what is allowed.
    """
    return (*OWN_SCENES, *(pack.scene for pack in read_choice(folder).packs))


def _packs(file: Path, given: object) -> tuple[Pack, ...]:
    packs: list[Pack] = []
    for number, given_entry in enumerate(read_tables(file, "pack", given), start=1):
        at = f"pack[{number}]"
        entry = {"lasting": [], **given_entry}
        check_complete(file, at, entry, ("scene", *_NAMES, "lasting", "card"))
        scene, name_en, name_local = (read_text(file, f"{at}.{key}", entry[key]) for key in ("scene", *_NAMES))
        if not _SCENE.fullmatch(scene) or scene in OWN_SCENES or scene in [pack.scene for pack in packs]:
            raise ConfigError(
                f"{file}: {at}.scene = {scene!r}: must be a name of its own of small letters, digits and hyphens; "
                f"taken are {', '.join((*OWN_SCENES, *(pack.scene for pack in packs)))}"
            )
        lasting = read_lines(file, f"{at}.lasting", entry["lasting"])
        packs.append(Pack(scene, name_en, name_local, lasting, _cards(file, f"{at}.card", entry["card"])))
    return tuple(packs)


def _cards(file: Path, where: str, given: object) -> tuple[CardChoice, ...]:
    cards = []
    for number, entry in enumerate(read_tables(file, where, given), start=1):
        at = f"{where}[{number}]"
        check_complete(file, at, entry, [each.name for each in fields(CardChoice)])
        name_en, name_local = (read_text(file, f"{at}.{key}", entry[key]) for key in ("name_en", "name_local"))
        cards.append(CardChoice(name_en, name_local, read_lines(file, f"{at}.lines", entry["lines"])))
    return tuple(cards)
