"""The manifest of a backup: what it holds, and how to tell that it still does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from warehouse.errors import BackupError

NAME: Final = "manifest.json"
#: Of the folder; one that this program does not know is refused.
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a backup. Attributes: bytes: its size; sha256: of its content, hexadecimal."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class About:
    """Whose data they are.

    Attributes:
        state: code of the state.
        catalogue: digest of the files of its indicators, see `folder_digest`.
    """

    state: str
    catalogue: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in the manifest.

    Attributes:
        format: of the backup's folder.
        at: the instant up to which everything that was committed is in it.
        about: whose data.
        schema: version of the warehouse's schema.
        rows: of every table, by name.
        files: by name, the warehouse's among them.
    """

    format: int
    at: datetime
    about: About
    schema: int
    rows: dict[str, int]
    files: dict[str, StoredFile]

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files.values())

    def to_json(self) -> dict[str, Any]:
        """As it is written, and as the commands answer."""
        return asdict(self) | {"at": self.at.isoformat(), "bytes": self.bytes}


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises:
        BackupError: there is none, it is damaged, or of a newer format.
    """
    path = folder / NAME
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BackupError(f"{folder} is not a backup, or not a whole one: it has no {NAME}") from error
    except OSError as error:
        raise BackupError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BackupError(f"{path} is damaged: it is not JSON") from error
    if isinstance(told, dict) and isinstance(told.get("format"), int) and told["format"] > FORMAT:
        raise BackupError(
            f"{folder} is a backup of format {told['format']}, this program knows up to {FORMAT}; use a newer one"
        )
    try:
        return _parsed(told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BackupError(f"{path} is damaged: {error!r}") from error


def _parsed(told: dict[str, Any]) -> Manifest:
    files = {name: StoredFile(int(file["bytes"]), str(file["sha256"])) for name, file in told["files"].items()}
    if any(Path(name).name != name or name == NAME for name in files):
        raise ValueError("a name of a file leads out of the folder")
    return Manifest(
        format=int(told["format"]),
        at=datetime.fromisoformat(told["at"]),
        about=About(**{name: str(told["about"][name]) for name in ("state", "catalogue")}),
        schema=int(told["schema"]),
        rows={name: int(rows) for name, rows in told["rows"].items()},
        files=files,
    )


def folder_digest(folder: Path) -> str:
    """Tells the content of a folder from any other: twelve hexadecimal digits."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:12]
