"""Who answers tickets and grievances as a control room: the state's own choice, `control_rooms.toml`.

Three levels: departments, heads of department, collectors. Invariants: the file may be missing (then there are no
control rooms); each ticket or grievance belongs to one level at most.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Final

from dashboard.choice_file import Line, check_known, read_file, read_lines, read_table, read_text
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.reference import Reference

FILE: Final = "control_rooms.toml"
#: From the top of the line of command down; their words are the texts control_rooms.<level>.
LEVELS: Final = ("department", "head_of_department", "collector")
#: Kinds of cases that somebody told a control room.
_KINDS: Final = ("ticket", "grievance")


@dataclass(frozen=True, slots=True)
class RoomChoice:
    """One level.

    Attributes:
        modules, services: codes of what it takes; neither = everything that no other level takes.
        lines: indicators of its calls.
    """

    modules: tuple[str, ...]
    services: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def takes_the_rest(self) -> bool:
        """Whether it names nothing of its own."""
        return not self.modules and not self.services


@cache
def read_rooms(folder: Path) -> dict[str, RoomChoice]:
    """The levels that a state has, by name, from the top down.

    Args:
        folder: with the state's reference data.

    Raises:
        ConfigError: names file, key and what is allowed.
    """
    file = folder / FILE
    if not file.exists():
        return {}
    plain = read_file(file)
    check_known(file, "", plain, LEVELS)
    rooms: dict[str, RoomChoice] = {
        level: _room(file, level, read_table(file, level, plain, _KEYS)) for level in LEVELS if level in plain
    }
    if sum(room.takes_the_rest for room in rooms.values()) > 1:
        raise ConfigError(f"{file}: only one level may name neither modules nor services")
    return rooms


def check_rooms(folder: Path, reference: Reference) -> None:
    """See that what the file names exists, so that nothing falls to another level by a slip of the pen.

    Args:
        folder: with the state's reference data.
        reference: the state's services.

    Raises:
        ConfigError: names file, key and the nearest module or service.
    """
    told = {code: service for code, service in reference.services.items() if service.kind in _KINDS}
    modules = {service.module for service in told.values()}
    for level, room in read_rooms(folder).items():
        for key, names, known in (("modules", room.modules, modules), ("services", room.services, set(told))):
            for number, name in enumerate(names, start=1):
                if name not in known:
                    near = get_close_matches(name, sorted(known), 1)
                    raise ConfigError(
                        f"{folder / FILE}: {level}.{key}[{number}] = {name!r}: no ticket or grievance has it"
                        + (f"; nearest is {near[0]}" if near else "")
                    )


def services_by_level(folder: Path, reference: Reference) -> dict[str, tuple[str, ...]]:
    """Codes of the tickets and grievances of each level, from the top down.

    Args:
        folder: with the state's reference data.
        reference: the state's services.
    """
    rooms = read_rooms(folder)
    taken: dict[str, list[str]] = {level: [] for level in rooms}
    rest = next((level for level, room in rooms.items() if room.takes_the_rest), None)
    for code, service in reference.services.items():
        if service.kind in _KINDS:
            own = (level for level, room in rooms.items() if code in room.services or service.module in room.modules)
            level = next(own, rest)
            if level is not None:
                taken[level].append(code)
    return {level: tuple(codes) for level, codes in taken.items()}


_KEYS: Final = tuple(field.name for field in fields(RoomChoice))


def _room(file: Path, level: str, table: dict[str, object]) -> RoomChoice:
    return RoomChoice(
        modules=_texts(file, f"{level}.modules", table.get("modules", [])),
        services=_texts(file, f"{level}.services", table.get("services", [])),
        lines=read_lines(file, f"{level}.lines", table.get("lines", [])),
    )


def _texts(file: Path, where: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise ConfigError(f"{file}: {where} is a list of texts")
    return tuple(read_text(file, f"{where}[{number}]", one) for number, one in enumerate(given, start=1))
