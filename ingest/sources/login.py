"""How often a source that does not let us in is asked again: rarely, so that no account is locked by us.

Who may import it: ingest.sources.
Invariants: between two attempts with the same secrets there is at least the wait; what was refused is said again
meanwhile without asking the system; another secret is tried at once.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from warehouse.clock import has_come
from warehouse.errors import LoginRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ingest.sources.secret import Secret
    from warehouse.clock import Clock

#: After the first refusal, twice as long after each further one. What locks accounts counts several refusals within
#: some minutes up to half an hour; here there are three in the first half an hour.
FIRST_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(hours=1)


class Login:
    """The attempts of one source to be let in."""

    def __init__(self, clock: Clock, *secrets: Secret | None) -> None:
        """Args: clock: says when it may be tried again; secrets: that are shown; None = there is none."""
        self._clock = clock
        self._secrets = tuple(secret for secret in secrets if secret is not None)
        self._wait = FIRST_WAIT
        self._refused: LoginRefusedError | None = None
        self._shown: tuple[str, ...] = ()
        self._again_at: datetime | None = None
        self._refused_at = clock.now()

    def check(self) -> None:
        """Do nothing if we may try.

        Raises:
            LoginRefusedError: we were refused, with what we would show again, and it is too early.
            SourceGoneError: there is no secret to be shown.
        """
        if self._refused is None or self._again_at is None:
            return
        if has_come(self._again_at, self._clock.now(), set_at=self._refused_at):
            return
        if self._read() == self._shown:
            raise self._refused.with_traceback(None)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Try to be let in, in the block; its end without an exception says that we are.

        Raises:
            LoginRefusedError: as `check`, or from the block.
            SourceGoneError: as `check`.
        """
        self.check()
        shown = self._read()
        try:
            yield
        except LoginRefusedError as error:
            if shown != self._shown:
                self._wait = FIRST_WAIT
            self._refused, self._shown = error, shown
            self._refused_at = self._clock.now()
            self._again_at = self._refused_at + self._wait
            self._wait = min(self._wait * 2, LONGEST_WAIT)
            raise
        self._refused, self._again_at, self._wait = None, None, FIRST_WAIT

    def _read(self) -> tuple[str, ...]:
        return tuple(secret.read() for secret in self._secrets)
