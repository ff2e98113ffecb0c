"""Drawn pages, each kept for the moment for which it stays good: many readers of a page cost as much as one.

Invariants: a page is given as it was drawn from the present version of the values; equal pages wanted at once are drawn
once; what failed is not kept. All pages of a web process are drawn for the same principal, so that it is no part of
the key.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.copy import ValueCopy

#: A page is drawn at most this often, however many browsers show it; lists on it come from queries, not from values.
_KEEP_S: Final = 0.5
_MOST_PAGES: Final = 64


@dataclass(slots=True)
class _Page:
    lock: threading.Lock = field(default_factory=threading.Lock)
    html: str | None = None
    version: tuple[str, int] = ("", -1)
    at_s: float = 0.0


class DrawnPages:
    """Draws pages, or remembers; safe to be asked by many threads."""

    def __init__(self, values: ValueCopy, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Keep nothing yet.

        Args:
            values: tell their version.
            elapsed: seconds on a clock that is never set (injected by tests).
        """
        self._values, self._elapsed = values, elapsed
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, _Page] = OrderedDict()

    def page(self, href: str, draw: Callable[[], str]) -> str:
        """The page at an address as HTML.

        Args:
            href: its address.
            draw: makes it; what it raises is raised here.
        """
        page = self._page(href)
        with page.lock:
            version = (self._values.engine_id, self._values.version)
            if page.html is None or page.version != version or self._elapsed() - page.at_s >= _KEEP_S:
                page.html = None
                page.html, page.version, page.at_s = draw(), version, self._elapsed()
            return page.html

    def _page(self, href: str) -> _Page:
        with self._lock:
            page = self._pages.setdefault(href, _Page())
            self._pages.move_to_end(href)
            while len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)
            return page
