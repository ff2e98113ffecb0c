"""Tells a file whose contents are damaged from a disk that cannot be read now.

Who may import it: ingest.sources.
"""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from warehouse.errors import DataError, SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What readers of packed and binary files raise when the contents are not what they expect. RuntimeError: a password is
#: needed, or (NotImplementedError) a compression that Python does not know.
_DAMAGED: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    lzma.LZMAError,
    pa.ArrowException,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
#: Readers raise OSError without a number for damage; a damaged file also leads them to before its begin, and its
#: members may have names that no disk takes, or none.
_OF_CONTENTS: Final = frozenset({None, errno.EINVAL, errno.EISDIR, errno.ENAMETOOLONG})


@contextmanager
def reading(place: str, says: str) -> Iterator[None]:
    """Read some of a file.

    Args:
        place: name of the file.
        says: what is wrong with it when its contents are at fault.

    Raises:
        DataError: its contents are.
        SourceGoneError: the disk is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_CONTENTS:
            raise SourceGoneError(f"{place} cannot be read now: {error}") from error
        raise DataError(f"{place} {says}: {error}") from error
    except _DAMAGED as error:
        raise DataError(f"{place} {says}: {error}") from error
