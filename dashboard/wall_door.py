"""Who may see a wall: tokens of screens that nobody logs in at, in a file of the data folder.

A token stands in the wall's address: a screen whose browser lost everything in a power cut comes back by itself.
Invariants: it shows the one wall that it was made for and nothing else – a request that bears one is answered by that
wall's addresses and by files of /assets only; what is revoked ends its streams within seconds.
"""

from __future__ import annotations

import ipaddress
import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse

from dashboard import language
from dashboard.components.wall import refusal
from warehouse.errors import ConfigError
from warehouse.token_file import PREFIX, WALLS_FILE, Token, TokenFile

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from warehouse.clock import Clock
    from warehouse.config import Config

_LOG: Final = logging.getLogger(__name__)
#: Query key of a wall's address that holds its token.
KEY: Final = "key"
_SEEN: Final = "wall_tokens_seen"
#: A screen's presence is noted this often.
_NOTED_S: Final = 60
_OWN: Final = (("wall",), ("live", "wall"))


@dataclass(frozen=True, slots=True)
class Screen:
    """What is asked for, by whom.

    Attributes:
        wall: its name; "" = none.
        key: the token as it came; "" = none.
        client: address of the asking machine, as the proxy tells it.
    """

    wall: str
    key: str
    client: str

    @classmethod
    def of(cls, scope: Scope) -> Screen:
        """Read a request's."""
        parts = tuple(scope["path"].strip("/").split("/"))
        wall = next((parts[len(own)] for own in _OWN if parts[: len(own)] == own and len(parts) > len(own)), "")
        query = parse_qs(scope["query_string"].decode("latin-1"))
        return cls(wall, query.get(KEY, [""])[-1], (scope.get("client") or ("",))[0])


class WallTokens:
    """The tokens of all walls of a data folder, and when each was last used."""

    def __init__(self, folder: Path) -> None:
        """Args: folder: that of the data."""
        self.file = TokenFile(folder / WALLS_FILE)
        self._seen = folder / _SEEN
        self._noted: dict[str, float] = {}

    def find(self, screen: Screen) -> Token | None:
        """The token that shows a screen its wall; None = it may not see it.

        Raises:
            ConfigError: the file of tokens cannot be read.
        """
        found = self.file.find(screen.key) if screen.key else None
        return found if found and found.wall == screen.wall != "" and _is_within(screen.client, found.network) else None

    def note(self, token: Token, now: datetime) -> None:
        """Remember that a token is used at an instant."""
        at = now.timestamp()
        if at - self._noted.get(token.id, 0.0) < _NOTED_S:
            return
        self._noted[token.id] = at
        try:
            self._seen.mkdir(parents=True, exist_ok=True)
            (self._seen / token.id).touch()
            os.utime(self._seen / token.id, (at, at))
        except OSError as error:
            _LOG.warning("%s: cannot be written: %s", self._seen, error.strerror)

    def last_seen(self, token: Token) -> datetime | None:
        """When a token was last used, to the minute; None = never."""
        try:
            return datetime.fromtimestamp((self._seen / token.id).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def revoke(self, token_id: str) -> Token:
        """Let a token be good no more.

        Raises:
            ConfigError: there is no such token.
        """
        gone = self.file.revoke(token_id)
        (self._seen / token_id).unlink(missing_ok=True)
        return gone


class WallDoor:
    """ASGI layer: a wall's addresses need its token where the settings say so, and a token opens nothing else."""

    def __init__(self, app: ASGIApp, config: Config, clock: Clock) -> None:
        """Args: app: what is behind it. config: settings. clock: the time of this process."""
        self._app, self._clock = app, clock
        self._tokens = WallTokens(config.data.dir)
        self._is_needed, self._lang = config.web.walls_need_token, config.state.language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it in plain words."""
        if scope["type"] != "http" or scope["path"].startswith("/assets/"):
            await self._app(scope, receive, send)
            return
        screen = Screen.of(scope)
        is_of_wall = scope["path"].strip("/").split("/", 1)[0] == "wall" or screen.wall != ""
        if not is_of_wall and screen.key.startswith(PREFIX):
            await self._refuse("wall.only_wall")(scope, receive, send)
        elif is_of_wall and self._is_needed and not self.lets_in(screen):
            await self._refuse("wall.refused")(scope, receive, send)
        else:
            scope["state"] = {**scope.get("state", {}), "may_watch": lambda: self.may_watch(screen)}
            await self._app(scope, receive, send)

    def may_watch(self, screen: Screen) -> bool:
        """Whether a stream to a screen may go on."""
        return not self._is_needed or self.lets_in(screen)

    def lets_in(self, screen: Screen) -> bool:
        """Whether a screen bears a token of its wall; its presence is noted."""
        try:
            found = self._tokens.find(screen)
        except ConfigError as error:
            _LOG.error("no wall is shown: %s", error)
            return False
        if found is not None:
            self._tokens.note(found, self._clock.now())
        return found is not None

    def _refuse(self, said: str) -> HTMLResponse:
        page = refusal(language.text("wall.refused_title", self._lang), language.text(said, self._lang), self._lang)
        return HTMLResponse(page, status_code=403, headers={"Cache-Control": "no-store"})


def may_watch(request: Request) -> bool:
    """Whether the stream that answers a request may go on; asked again while it lasts."""
    asked = getattr(request.state, "may_watch", None)
    return asked is None or bool(asked())


def checked_network(text: str) -> str:
    """A range of addresses as it is stored.

    Raises:
        ConfigError: it is none.
    """
    try:
        return str(ipaddress.ip_network(text, strict=False)) if text else ""
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a range of addresses such as 10.20.0.0/16") from error


def _is_within(client: str, network: str) -> bool:
    if not network:
        return True
    try:
        return ipaddress.ip_address(client) in ipaddress.ip_network(network)
    except ValueError:
        return False
