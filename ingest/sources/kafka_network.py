"""The Kafka client's network, which ends at the first refused login.

Who may import it: ingest.sources.
Why: while it looks for a first broker, kafka-python 3.0 takes a refused login for a broker that is not ready, and shows
the password again and again until its time is over; accounts get locked by that. And it throws away what a broker said
last if it finds the end of the connection in the same reading, as a busy machine does: then it never learns of the
refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.errors import SaslAuthenticationFailedError
from kafka.net.compat import KafkaNetClient
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

if TYPE_CHECKING:
    from collections.abc import Callable


def connect(**options: Any) -> Any:
    """The network of one client; it raises SaslAuthenticationFailedError from whatever is asked after a refusal.

    Args:
        options: of the client.
    """
    selector = NetworkSelector(**options)
    return KafkaNetClient(net=selector, manager=_Manager(selector, **options))


class _Manager(KafkaConnectionManager):
    """Makes no further connection once a broker has refused the login."""

    def __init__(self, net: Any, **options: Any) -> None:
        super().__init__(net, **options)
        self._refusal: Exception | None = None

    def get_connection(self, *args: Any, **options: Any) -> Any:
        """A connection to a broker.

        Raises:
            SaslAuthenticationFailedError: this broker or another one has refused the login.
        """
        if self._refusal is not None:
            raise self._refusal
        connection = super().get_connection(*args, **options)
        connection.init_future.add_errback(self._note)
        return connection

    async def _build_transport(self, *args: Any, **options: Any) -> Any:
        transport = await super()._build_transport(*args, **options)
        transport._sock_recv = _end_after_the_last_words(transport._sock_recv)
        return transport

    def _note(self, error: Exception) -> None:
        if isinstance(error, SaslAuthenticationFailedError):
            self._refusal = error


def _end_after_the_last_words(receive: Callable[[], tuple[bytes, Any]]) -> Callable[[], tuple[bytes, Any]]:
    """A reading of a socket that says what came and that it has ended one after the other; an end is found again."""

    def read() -> tuple[bytes, Any]:
        words, error = receive()
        return words, None if words else error

    return read
