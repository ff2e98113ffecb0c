"""Unpacks gzip as it comes, within limits: of a body that is sent to us, and of an answer.

Who may import it: ingest.door, ingest.sources.
"""

from __future__ import annotations

import zlib
from typing import Final

from warehouse.errors import DataError

#: Values of Content-Encoding that say gzip.
GZIP_NAMES: Final = frozenset({"gzip", "x-gzip"})
_GZIP: Final = 16 + zlib.MAX_WBITS


class Gunzip:
    """Unpacks gzip, of one member or several, and never gives more than it is asked for."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    def add(self, piece: bytes, most: int) -> bytes:
        """Unpack some more.

        Args:
            piece: what came.
            most: bytes that are wanted; when more come than that, the rest is lost.

        Raises:
            DataError: it is not gzip.
        """
        parts: list[bytes] = []
        try:
            while piece and most > 0:
                if self._member.eof:
                    self._member = zlib.decompressobj(_GZIP)
                self._begun = True
                parts.append(self._member.decompress(piece, most))
                most -= len(parts[-1])
                piece = self._member.unused_data
        except zlib.error as error:
            raise DataError(f"is not gzip: {error}") from error
        return b"".join(parts)

    def check_ended(self) -> None:
        """Raise a DataError when the last member is not whole."""
        if self._begun and not self._member.eof:
            raise DataError("is packed and ends too early")
