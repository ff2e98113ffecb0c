"""Zip archives: the rows of one member after the other, each read as the file that its name says it is.

Who may import it: ingest.sources.
Invariants: a member is unpacked to a folder of our own that is removed again; never more than the limit is unpacked.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from ingest.sources.damage import reading
from warehouse.errors import CMError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ingest.chunk import Chunk, RowReader

_MOST_UNPACKED_BYTES: Final = 4 << 30
_MOST_MEMBERS: Final = 1_000
_AT_ONCE: Final = 1 << 20


class ArchiveReader:
    """Rows of all members, in the order of their names."""

    def __init__(
        self, path: Path, position: Mapping[str, int], open_member: Callable[[Path, Mapping[str, int]], RowReader]
    ) -> None:
        """Open an archive.

        Args:
            path: the archive.
            position: where to go on; empty = at the beginning.
            open_member: opens an unpacked member at a position.
        """
        self._place, self._open_member = path.name, open_member
        with reading(self._place, "is not a zip archive"):
            self._archive = zipfile.ZipFile(path)
        self._folder = tempfile.TemporaryDirectory(prefix="ingest-")
        rest = dict(position)
        self._at = rest.pop("member", 0)
        self._reader: RowReader | None = None
        try:
            self._members = self._checked()
            self._open_next(rest)
        except CMError:
            self.close()
            raise

    def _checked(self) -> list[zipfile.ZipInfo]:
        with reading(self._place, "is not a zip archive"):
            members = [
                one
                for one in self._archive.infolist()
                if not one.is_dir() and not one.filename.startswith("__MACOSX/") and _name(one)[:1] != "."
            ]
        size = sum(one.file_size for one in members)
        if not members:
            raise DataError(f"{self._place} holds no files")
        if len(members) > _MOST_MEMBERS or size > _MOST_UNPACKED_BYTES:
            most = f"{_MOST_MEMBERS} files and {_MOST_UNPACKED_BYTES:,} bytes"
            raise DataError(f"{self._place} unpacks to {len(members)} files of {size:,} bytes; allowed are {most}")
        return sorted(members, key=lambda one: one.filename)

    def _open_next(self, position: Mapping[str, int]) -> None:
        """Unpack the member that is due, if there is one, and open it."""
        if self._at >= len(self._members):
            return
        member = self._members[self._at]
        target = Path(self._folder.name) / _name(member)
        with (
            reading(self._place, f"holds {member.filename}, which cannot be unpacked"),
            self._archive.open(member) as packed,
            target.open("wb") as file,
        ):
            shutil.copyfileobj(packed, file, _AT_ONCE)  # zipfile gives no more bytes than the entry says
        self._reader = self._open_member(target, position)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the member that is being read."""
        return () if self._reader is None else self._reader.columns

    def next(self) -> Chunk | None:
        """The next rows; None at the end."""
        while self._reader is not None:
            chunk = self._reader.next()
            if chunk is not None:
                return chunk
            self._reader.close()
            (Path(self._folder.name) / _name(self._members[self._at])).unlink()
            self._reader = None
            self._at += 1
            self._open_next({})
        return None

    def position(self) -> dict[str, int]:
        """Number of members before the present one, and the position in it."""
        return {"member": self._at, **({} if self._reader is None else self._reader.position())}

    def progress(self) -> tuple[int, int]:
        """Members read and members of the archive."""
        return self._at, len(self._members)

    def close(self) -> None:
        """Close the archive and remove what was unpacked; may be called twice."""
        if self._reader is not None:
            self._reader.close()
        self._archive.close()
        self._folder.cleanup()


def _name(member: zipfile.ZipInfo) -> str:
    """The last part of a member's name: nothing is unpacked outside of our folder."""
    return PurePosixPath(member.filename.replace("\\", "/")).name
