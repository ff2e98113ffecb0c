"""The engine that is measured, as far as the benchmark needs it.

Who may import it: ingest.bench.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from warehouse.batch import BatchListener

if TYPE_CHECKING:
    from ingest.pipeline import Pipeline
    from ingest.vocabulary import Vocabulary
    from warehouse.clock import Clock
    from warehouse.config import Config
    from warehouse.pseudonym import Pseudonyms
    from warehouse.reference import Reference
    from warehouse.writer import Writer


class Board(BatchListener, Protocol):
    """The numbers."""

    @property
    def version(self) -> int:
        """Grows whenever any number changed."""
        ...


class Publisher(Protocol):
    """Gives out the values."""

    def publish(self) -> int:
        """Evaluate what changed on the board since the last call and give it out."""
        ...


class Loop(Protocol):
    """Repeats a step as the engine does."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End after the present step; waits for it."""
        ...


class House(Protocol):
    """The engine that is measured."""

    pipeline: Pipeline
    writer: Writer
    clock: Clock
    config: Config
    reference: Reference
    vocabulary: Vocabulary
    pseudonyms: Pseudonyms

    @property
    def board(self) -> Board:
        """The numbers."""
        ...

    @property
    def publisher(self) -> Publisher:
        """Gives out the values."""
        ...

    def go_live(self) -> None:
        """Give out what is loaded; from now on values follow what comes in."""
        ...

    def advance(self) -> None:
        """Advance the numbers that time alone changes."""
        ...
