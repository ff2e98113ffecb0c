"""One request of a poll: bounded in time and size, and nothing of httpx's own exceptions leaves it.

Who may import it: ingest.sources.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from ingest.gunzip import GZIP_NAMES, Gunzip
from ingest.sources.poll_settings import is_loopback
from warehouse.errors import DataError, LoginRefusedError, SourceGoneError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ingest.sources.login import Login
    from ingest.sources.poll_settings import PollSettings

#: However far away the server says.
_LONGEST_RETRY_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Answered:
    """A page as it came.

    Attributes:
        status: 200 or 304.
        headers: names in lower case.
        body: unpacked; empty with 304.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class AnswerError(SourceGoneError):
    """The server answered with something else than a page.

    Attributes:
        status: of the answer.
        retry_after_s: how long it asks us to wait, in seconds; 0 = it does not say.
    """

    def __init__(self, message: str, status: int, retry_after_s: float) -> None:
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s


class Requests:
    """Sends the requests of one source; `close` may be called from another thread."""

    def __init__(self, settings: PollSettings, login: Login) -> None:
        """Nothing is connected yet. Args: login: attempts to be let in with the token."""
        self._settings, self._login = settings, login
        self._stopped = threading.Event()
        # a redirect could lead the token elsewhere, and an address that has moved belongs into the settings
        # a proxy of the environment has no part in what stays on this machine
        elsewhere = not is_loopback(urlsplit(settings.url).hostname or "")
        self._client = httpx.Client(
            timeout=settings.timeout_s,
            follow_redirects=False,
            trust_env=elsewhere,
            headers={"Accept-Encoding": "gzip"},
        )

    def get(self, url: str, headers: Mapping[str, str], now: datetime) -> Answered:
        """Ask for a page.

        Args:
            url: its address, parameters included.
            headers: besides the token.
            now: the present instant, for a Retry-After that is a date.

        Raises:
            AnswerError: the status is not 200 or 304.
            LoginRefusedError: the server does not let us in, now or a short while ago.
            SourceGoneError: no answer, half of one, or one that is too large.
        """
        try:
            with (
                self._login.attempt(),
                self._client.stream("GET", url, headers={**headers, **self._token()}) as response,
            ):
                if response.status_code not in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
                    raise _refused(response, now)
                return Answered(response.status_code, dict(response.headers), self._body(response))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RuntimeError) as error:
            raise SourceGoneError(f"{_shown(url)}: {type(error).__name__}: {error}") from error

    def _token(self) -> dict[str, str]:
        if self._settings.token is None:
            return {}
        name = self._settings.token_header
        secret = self._settings.token.read()
        return {name: f"Bearer {secret}" if name.lower() == "authorization" else secret}

    def _body(self, response: httpx.Response) -> bytes:
        limit, until = self._settings.body_limit_bytes, time.monotonic() + self._settings.timeout_s
        url, unpack = _shown(str(response.url)), _unpacking(response)
        parts, size, packed = [], 0, 0
        try:
            for piece in response.iter_raw():
                packed += len(piece)
                parts.append(piece if unpack is None else unpack.add(piece, limit - size + 1))
                size += len(parts[-1])
                if max(size, packed) > limit:
                    raise SourceGoneError(f"{url}: a page is larger than {limit / (1 << 20):g} MiB")
                if time.monotonic() > until or self._stopped.is_set():
                    raise SourceGoneError(f"{url}: a page takes longer than {self._settings.timeout_s:g} s")
            if unpack is not None:
                unpack.check_ended()
        except DataError as error:
            raise SourceGoneError(f"{url}: the answer {error}") from error
        return b"".join(parts)

    def close(self) -> None:
        """Let go of the connection; may be called twice."""
        self._stopped.set()
        self._client.close()


def _shown(url: str) -> str:
    """An address without its parameters, which may hold anything."""
    return url.partition("?")[0]


def _unpacking(response: httpx.Response) -> Gunzip | None:
    """What unpacks an answer: httpx would unpack all of a small one that becomes very large."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in GZIP_NAMES:
        return Gunzip()
    if encoding in {"", "identity"}:
        return None
    says = f"the answer is packed as {encoding[:40]!r}; asked for, and allowed, are gzip and nothing"
    raise SourceGoneError(f"{_shown(str(response.url))}: {says}")


def _refused(response: httpx.Response, now: datetime) -> SourceGoneError:
    url, status = _shown(str(response.url)), response.status_code
    wait_s = _retry_after_s(response.headers.get("retry-after", ""), now)
    # with 403 and a time some servers say that we ask too often
    if status == HTTPStatus.UNAUTHORIZED or (status == HTTPStatus.FORBIDDEN and not wait_s):
        return LoginRefusedError(f"{url} does not let us in: {status} {response.reason_phrase}")
    later = f"; it asks for {wait_s:g} s of patience" if wait_s else ""
    return AnswerError(f"{url} answered {status} {response.reason_phrase}{later}", status, wait_s)


def _retry_after_s(text: str, now: datetime) -> float:
    """Seconds of a Retry-After header, which holds a number of them or a date."""
    plain = text.isascii() and text.isdigit()
    try:
        wait_s = float(text) if plain else (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        return 0.0
    return min(max(wait_s, 0.0), _LONGEST_RETRY_S)
