"""The indexes of events and cases as files beside the warehouse: an engine that starts maps them and reads no rows.

Invariants: the warehouse names the one folder of files that is good, and names it only once they are written; rows are
appended and keep their numbers, so that every copy of a warehouse that names a folder holds the rows that it tells of.
Another folder is left over – from a write that was cut off, or from before the warehouse came back from a backup – and
is removed. Files that are not what was written count as none: everything is read from the warehouse again.

Who may import it: warehouse.known, warehouse.writer.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from warehouse.case_index import CaseIndex
from warehouse.errors import StorageBusyError
from warehouse.event_index import EventIndex
from warehouse.small_file import sync_folder, write_whole

#: Beside the warehouse's file.
FOLDER: Final = "index"
_CONTENTS: Final = "contents.json"
#: Of other files nothing is understood.
_FORMAT: Final = 1
_AT_ONCE_BYTES: Final = 1 << 24
_LOG: Final = logging.getLogger(__name__)
Arrays = dict[str, npt.NDArray[np.unsignedinteger[Any]]]


class KeptIndex:
    """The folder of such files, of one warehouse."""

    def __init__(self, warehouse: Path) -> None:
        """Args: warehouse: the file that they are beside."""
        self._folder = warehouse.parent / FOLDER

    def write(self, events: EventIndex, cases: CaseIndex) -> str:
        """Write both into a folder of their own.

        Returns:
            Its name, by which `read` finds them.

        Raises:
            StorageBusyError: they cannot be written now; nothing is left of them.
        """
        name = uuid4().hex
        folder = self._folder / name
        try:
            folder.mkdir(parents=True)
            marks = {
                array: _write(folder / f"{array}.npy", parts)
                for array, parts in (events.arrays() | cases.arrays()).items()
            }
            contents = {"format": _FORMAT, "marks": marks, "next_number": cases.next_number, "loaded": cases.loaded}
            write_whole(folder / _CONTENTS, json.dumps(contents, indent=1))
            for one in (folder, self._folder):
                sync_folder(one)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise StorageBusyError(f"{folder}: the index cannot be written: {error}") from error
        return name

    def read(
        self, name: str, *, is_own: bool = False, is_over: Callable[[], bool] = lambda: False
    ) -> tuple[EventIndex, CaseIndex] | None:
        """What was written under a name.

        Args:
            name: as `write` gave it.
            is_own: this process wrote it, and need not look whether every byte is as it was.
            is_over: looked at before every file; True = read no further.

        Returns:
            None = it is not there, not what was written, or was read no further.
        """
        folder = self._folder / name
        try:
            contents = json.loads((folder / _CONTENTS).read_text(encoding="utf-8"))
            if contents["format"] != _FORMAT:
                return None
            files = {array: folder / f"{array}.npy" for array in contents["marks"]}
            for array, mark in () if is_own else contents["marks"].items():
                if is_over():
                    return None
                if _mark(files[array]) != mark:
                    _LOG.warning("%s is not what was written; it is made anew from the warehouse", files[array])
                    return None
            arrays: Arrays = {array: _mapped(file) for array, file in files.items()}
            cases = CaseIndex.of_arrays(arrays, next_number=contents["next_number"], loaded=contents["loaded"])
            return EventIndex.of_arrays(arrays), cases
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            _LOG.warning("%s cannot be read; it is made anew from the warehouse: %s", folder, error)
            return None

    def remove_others(self, name: str) -> None:
        """Remove everything but what was written under a name; "" = everything."""
        for folder in self._folder.glob("*"):
            if folder.name != name:
                shutil.rmtree(folder, ignore_errors=True)


def _write(file: Path, parts: tuple[npt.NDArray[Any], ...]) -> int:
    """Write one array. Args: file; its parts, of one type. Returns: see _mark."""
    shape = (sum(map(len, parts)),)
    header, mark = io.BytesIO(), 0
    said = {"descr": np.lib.format.dtype_to_descr(parts[0].dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, said)
    with file.open("wb") as opened:  # not by a map, through which a full disk ends the process
        for piece in (header.getbuffer(), *(np.ascontiguousarray(part).data for part in parts)):
            opened.write(piece)
            mark = zlib.crc32(piece, mark)
        opened.flush()
        os.fsync(opened.fileno())
    return mark


def _mark(file: Path) -> int:
    """A sum over all bytes of a file; read, not mapped, so that they do not stay in the memory of the process."""
    mark = 0
    with file.open("rb") as opened:
        while some := opened.read(_AT_ONCE_BYTES):
            mark = zlib.crc32(some, mark)
    return mark


def _mapped(file: Path) -> npt.NDArray[Any]:
    return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
