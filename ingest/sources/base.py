"""What a source is: four verbs; and what those that never end have in common.

Batch itself lives in warehouse/batch.py, because the writer takes it.
"""

from __future__ import annotations

from typing import ClassVar, Protocol, runtime_checkable

from warehouse.batch import Batch

__all__ = ["Batch", "EndlessSource", "Source", "Transported"]


class Source(Protocol):
    """Something that gives batches of decoded rows and can be resumed.

    A source is used by one thread. It is opened by its constructor or by its first next_batch; state is rebuilt only
    from the position it is given, never from anything that an earlier run left behind.
    """

    @property
    def name(self) -> str:
        """Name of the source in config; the same in every batch."""
        ...

    @property
    def done(self) -> bool:
        """True when nothing will ever come again (a file read to its end); a live source is never done."""
        ...

    def next_batch(self) -> Batch | None:
        """Take the next rows, without waiting long for them.

        Returns:
            A batch, whose position is where to read after it; None = nothing now (look at `done`).

        Raises:
            SourceGoneError: for now; the same call may succeed later and continues at the same place.
            SourceRefusedError: for good.
            DataError: the file as a whole is not what it claims to be.
        """
        ...

    def position(self) -> str:
        """The source's own JSON of the NEXT read: a source resumed from it gives what this one would give next.

        Beware of the off-by-one: after row n was given it names n + 1.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections; may be called twice. Not called when the process is killed."""
        ...


@runtime_checkable
class Transported(Protocol):
    """A source that comes by a transport which screens name.

    Attributes:
        transport: `database`, `folder`, `kafka`, `poll` or `push`.
    """

    transport: ClassVar[str]


class EndlessSource:
    """A source that is read as long as the engine runs: whatever it gave, more may come.

    Attributes:
        connections: how many were begun; counted by sources that keep one open.
        stalls: how many of them were given up because nothing came although something waits.
    """

    def __init__(self, name: str) -> None:
        """Args: name: of the source in config."""
        self._name = name
        self.connections = 0
        self.stalls = 0

    @property
    def name(self) -> str:
        """Name of the source in config."""
        return self._name

    @property
    def done(self) -> bool:
        """Never true."""
        return False

    @property
    def waiting(self) -> int | None:
        """How many rows wait at the source, as far as it last said; None = it does not say."""
        return None
