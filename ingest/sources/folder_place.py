"""Reads `[source.<name>.folder]`: where a source drops its files, and when one is taken.

Who may import it: run.py, ingest.sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingest.settings import Problems, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER_KEYS: Final = ("path", "pattern", "stable_s", "interval_s")
_LONGEST_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A watched folder.

    Attributes:
        path: absolute; files are dropped right in it.
        pattern: which names are taken, as a shell writes it.
        stable_s: a file is taken when neither size nor time of change were others for so long, in seconds.
        interval_s: how often is looked, in seconds.
    """

    path: Path
    pattern: str = "*"
    stable_s: float = 5.0
    interval_s: float = 2.0


def read_folders(sources: Mapping[str, Mapping[str, Any]], base: Path) -> dict[str, FolderPlace]:
    """The watched folders of all sources, by source.

    Args:
        sources: the [source.<name>] tables.
        base: folder that relative paths start from.

    Raises:
        ConfigError: a key is unknown or wrong, or two sources share a folder.
    """
    problems = Problems()
    found: dict[str, FolderPlace] = {}
    for name, table in sources.items():
        if "folder" not in table:
            continue
        settings = Settings(f"source.{name}", table, problems).table("folder")
        settings.only(FOLDER_KEYS)
        written = settings.text("path")
        if not written:
            settings.wrong("path", "a folder is needed")
        place = FolderPlace(
            (base / written).resolve(),
            settings.text("pattern", "*"),
            settings.bounded("stable_s", 5.0, 0.0, _LONGEST_S),
            settings.bounded("interval_s", 2.0, 0.1, _LONGEST_S),
        )
        shared = next((other for other, one in found.items() if one.path == place.path), None)
        if shared is not None:
            settings.wrong(
                "path", f"source.{shared} watches {place.path} already; give every source a folder of its own"
            )
        found[name] = place
    problems.raise_if_any()
    return found
