"""What a reader raises is the fault of the file's contents or of the disk, and never both."""

from __future__ import annotations

import errno
import lzma
import zlib

import pytest

from ingest.sources.damage import reading
from warehouse.errors import DataError, SourceGoneError


@pytest.mark.parametrize(
    "error",
    [
        OSError("Invalid data stream"),
        OSError(errno.EINVAL, "Invalid argument"),
        OSError(errno.ENAMETOOLONG, "File name too long"),
        NotImplementedError("zip file version 12.4"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        lzma.LZMAError("Corrupt input data"),
        zlib.error("invalid block type"),
        IndexError("string index out of range"),
    ],
)
def test_contents_are_at_fault(error: Exception) -> None:
    with pytest.raises(DataError, match=r"a\.zip is damaged: "), reading("a.zip", "is damaged"):
        raise error


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOENT, errno.EMFILE, errno.ENOSPC, errno.ESTALE])
def test_the_disk_is_at_fault_and_the_file_is_tried_again(number: int) -> None:
    with pytest.raises(SourceGoneError, match=r"a\.zip cannot be read now"), reading("a.zip", "is damaged"):
        raise OSError(number, "the disk")


def test_what_is_no_fault_of_a_file_comes_through() -> None:
    with pytest.raises(KeyboardInterrupt), reading("a.zip", "is damaged"):
        raise KeyboardInterrupt
