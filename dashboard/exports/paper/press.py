"""Makes PDFs and pictures beside the web process: one at a time, a few waiting, all others are asked to come again.

Invariants: pages, streams and callbacks never wait for a file; one that takes too long is given up with its process.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final, Literal

import orjson

from warehouse.errors import CMError, InternalError, Transient

PDF: Final = "application/pdf"
PNG: Final = "image/png"
_HERE: Final = Path(__file__).resolve().parent
_VENDOR: Final = _HERE.parents[2] / "assets" / "vendor"
#: With the one that is made.
_MOST_WAITING: Final = 4
_LONGEST_S: Final = 40.0
#: When somebody who was sent away should try again.
AGAIN_S: Final = 5

Template = Literal["table", "brief"]
Kind = Literal["pdf", "png"]


class PressBusyError(CMError, Transient):
    """Too many files are waiting, or one took too long; try again after AGAIN_S."""


class Press:
    """The press of one web process."""

    def __init__(self, worker: Path = _HERE / "worker.py") -> None:
        """Start nothing yet. Args: the program that makes a file."""
        self._worker = worker
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._fonts: tempfile.TemporaryDirectory[str] | None = None

    async def pdf(self, template: Template, data: object) -> bytes:
        """A PDF, with the arguments and errors of `made`."""
        return await self.made("pdf", template, data)

    async def made(self, kind: Kind, template: Template, data: object) -> bytes:
        """A file.

        Args:
            kind: a PDF, or a picture of 200 dots per inch.
            template: file of this folder without its ending.
            data: what it shows; anything that JSON has.

        Raises:
            PressBusyError: too many are waiting, or it took too long.
            InternalError: the template does not take the data.
        """
        if self._waiting >= _MOST_WAITING:
            raise PressBusyError
        self._waiting += 1
        try:
            async with self._turn:
                return await self._run(kind, _HERE / f"{template}.typ", orjson.dumps(data))
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Take away what was unpacked."""
        if self._fonts is not None:
            self._fonts.cleanup()
            self._fonts = None

    async def _run(self, kind: Kind, template: Path, data: bytes) -> bytes:
        if self._fonts is None:
            self._fonts = tempfile.TemporaryDirectory(prefix="dashboard-fonts-")
        words = (sys.executable, "-I", str(self._worker), str(template), self._fonts.name, str(_VENDOR), kind)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            made, said = await asyncio.wait_for(process.communicate(data), _LONGEST_S)
        except TimeoutError as late:
            raise PressBusyError from late
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise InternalError(f"{template.name} was not set: {said.decode(errors='replace')[-500:]}")
        return made
