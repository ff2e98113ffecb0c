"""Who may do something here: keys of operators in a file of the data folder, shown once and carried in a cookie.

Everything else in the web process only reads. What an operator does is logged with the name on the key.
Invariants: nothing is done for a request without a good key, or that another site's page has sent; a key that was
revoked is good for nothing from the next request on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from warehouse.errors import ConfigError
from warehouse.token_file import OPERATORS_FILE, Token, TokenFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fastapi import Request, Response

_LOG: Final = logging.getLogger(__name__)
PATH: Final = "/operator"
_COOKIE: Final = "cm_operator"
#: A working day: whoever stays longer types the key again.
_COOKIE_S: Final = 12 * 3600
_MOST_BYTES: Final = 16_384
#: Carries the answer to a form over to the page that is shown next, which takes it away.
_ANSWER: Final = "cm_operator_said"
_ANSWER_S: Final = 60


class OperatorDoor:
    """The keys of a data folder."""

    def __init__(self, folder: Path) -> None:
        """Args: folder: that of the data."""
        self.file = TokenFile(folder / OPERATORS_FILE)

    def find(self, key: str) -> Token | None:
        """What is stored of a key; None = it is not good."""
        try:
            return self.file.find(key) if key else None
        except ConfigError as error:
            _LOG.error("no operator is let in: %s", error)
            return None

    def of(self, request: Request) -> Token | None:
        """The operator who asks; None = nobody who is known."""
        return self.find(request.cookies.get(_COOKIE, ""))

    def enter(self, answer: Response, key: str, request: Request) -> None:
        """Let a browser carry a key."""
        _carry(answer, request, _COOKIE, key, _COOKIE_S)

    def leave(self, answer: Response) -> None:
        """Let a browser forget its key."""
        answer.delete_cookie(_COOKIE, path=PATH)


def say_next(answer: Response, said: str, request: Request) -> None:
    """Let a browser carry what became of a form to the page that it is sent to."""
    _carry(answer, request, _ANSWER, quote(said), _ANSWER_S)


def said_before(request: Request) -> str:
    """What became of the form that led here; "" = none did."""
    return unquote(request.cookies.get(_ANSWER, ""))


def said_once(answer: Response) -> None:
    """Let a browser forget what this page has said."""
    answer.delete_cookie(_ANSWER, path=PATH)


def _carry(answer: Response, request: Request, name: str, value: str, seconds: int) -> None:
    is_secure = request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=seconds, path=PATH, secure=is_secure, httponly=True, samesite="strict")


def is_own(request: Request) -> bool:
    """Whether a form came from one of our pages: browsers name the page's origin with every form they send."""
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "-")


async def form_of(request: Request) -> Sequence[tuple[str, str]]:
    """Names and values of a form; none of one that is too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return ()
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
