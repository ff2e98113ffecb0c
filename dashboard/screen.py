"""A screen: an address template and the function that draws it, known to Dash's router and to /api/view alike.

Invariants: a page's `register(app, services)` calls `add_screen`; its draw function reads the value copy and queries
and therefore runs in a thread, never on the event loop; Dash calls every layout once without an address to learn the
ids of a page, which must cost nothing and show nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import dash
from dash import State

from dashboard import language
from dashboard.address import Address
from dashboard.components.page import Page
from dashboard.drawn import DrawnPages
from dashboard.markup import markup
from dashboard.services import Services

if TYPE_CHECKING:
    from dash import Dash
    from dash.development.base_component import Component

    from dashboard.components.html import Element

#: For Dash(routing_callback_inputs=…): layouts are told the whole address, and told nothing when Dash only validates.
ROUTING_INPUTS: Final = {"href_": State("_pages_location", "href")}
PAGE_ID: Final = "page"


@dataclass(frozen=True, slots=True)
class Content:
    """What a screen shows for one address.

    Attributes:
        title: of the browser's tab.
        lang: language of the page.
        area: code of the area whose changes are changes of this page; "" = none.
        body: what stands between header and footer.
        version: of the values that it was drawn from, filled in by Screens.
        behind: sources that were late or silent when it was drawn, filled in by Screens.
    """

    title: str
    lang: str
    area: str
    body: Element
    version: int = -1
    behind: str = ""


Draw = Callable[[Services, Address], Content]
#: Puts header and footer around a content.
Frame = Callable[[Services, Address, Content], "Element"]


@dataclass(frozen=True, slots=True)
class Screen:
    """One address template with its function.

    Attributes:
        template: as Dash writes it: "/", "/district/<district>".
        draw: makes the content.
    """

    template: str
    draw: Draw

    def fits(self, path: str) -> bool:
        """Whether a path is one of this screen's."""
        wanted, given = self.template.strip("/").split("/"), path.strip("/").split("/")
        return len(wanted) == len(given) and all(
            want == have or (want.startswith("<") and have != "") for want, have in zip(wanted, given, strict=True)
        )


class Screens:
    """The screens of one app, in the order in which they were added; kept as `app.server.state.screens`."""

    def __init__(self, services: Services, frame: Frame) -> None:
        self._services = services
        self._frame = frame
        self._drawn = DrawnPages(services.values)
        self._screens: list[Screen] = []

    def add(self, name: str, template: str, draw: Draw) -> None:
        """Let Dash's router and /api/view know a screen.

        Args:
            name: unique in the app, e.g. "pages.district".
            template: path with `<variables>`.
            draw: makes the content of an address; called in a thread.
        """
        self._screens.append(Screen(template, draw))
        where = {"path_template": template} if "<" in template else {"path": template}
        dash.register_page(name, layout=self._layout(draw), title=self._title(), **where)

    def add_missing(self, draw: Draw) -> None:
        """Draw every address that no screen has."""
        dash.register_page("pages.not_found_404", layout=self._layout(draw), title=self._title())

    def _layout(self, draw: Draw) -> Callable[..., Coroutine[object, object, Component]]:
        async def layout(href_: str | None = None, **_: object) -> Component:
            if href_ is None:
                return Page(PAGE_ID)
            return Page(PAGE_ID, await asyncio.to_thread(self._page, draw, Address.parse(href_)))

        return layout

    def _title(self) -> str:
        return language.text("shell.product", self._services.config.state.language)

    def has(self, path: str) -> bool:
        """Whether some screen has addresses of this form."""
        return any(screen.fits(path) for screen in self._screens)

    def page(self, address: Address) -> str | None:
        """The page at an address as HTML; None when no screen has such an address.

        Args:
            address: as in the browser's location.
        """
        fitting = next((screen for screen in self._screens if screen.fits(address.path)), None)
        return None if fitting is None else self._page(fitting.draw, address)

    def _page(self, draw: Draw, address: Address) -> str:
        return self._drawn.page(address.href, lambda: self._made(draw, address))

    def _made(self, draw: Draw, address: Address) -> str:
        values = self._services.values
        version, behind = values.version, values.behind()
        content = replace(draw(self._services, address), version=version, behind=behind)
        return markup(self._frame(self._services, address, content), content.lang)


def add_screen(app: Dash, name: str, template: str, draw: Draw) -> None:
    """Add a screen to an app; what a page's `register` calls. Args as for `Screens.add`."""
    screens: Screens = app.server.state.screens
    screens.add(name, template, draw)


def add_missing_screen(app: Dash, draw: Draw) -> None:
    """Add what is drawn where no screen has an address; what a page's `register` calls."""
    screens: Screens = app.server.state.screens
    screens.add_missing(draw)
