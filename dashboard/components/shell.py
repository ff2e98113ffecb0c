"""What stands around every desk page: skip link, header, freshness line, banner when the connection is lost, footer.

The browser (assets/js/desk.js) ticks ages, shows the banner and says what happened in the live region; all of it finds
its texts in the attributes written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from dashboard import format as form
from dashboard import language
from dashboard.address import area_path
from dashboard.components import html
from dashboard.components.attribute import attrs
from dashboard.components.mark import stale_mark
from dashboard.views.asked import Asked
from dashboard.views.place import level_below

if TYPE_CHECKING:
    from dashboard.address import Address
    from dashboard.components.html import Element
    from dashboard.screen import Content
    from dashboard.services import Services

_NAV: Final = (
    ("home", "/"),
    ("departments", "/departments"),
    ("indicators", "/indicators"),
    ("breaches", "/breaches"),
    ("resources", "/resources"),
    ("feedback", "/feedback"),
    ("control_rooms", "/control-rooms"),
    ("review", "/review"),
    ("health", "/health"),
)
#: Leads to the page of the settings where complaints are taken: pages themselves link to this server only.
COMPLAINT: Final = "/complaint"
#: Texts that the browser needs.
_SPOKEN: Final = (
    "shell.lost",
    "shell.delayed",
    "shell.back",
    "shell.loading",
    "shell.live",
    "shell.paused",
    "shell.pause",
    "shell.resume",
)


def frame(services: Services, address: Address, content: Content) -> Element:
    """A whole page.

    Args:
        services: reference data and values.
        address: of the page.
        content: what stands in the middle.
    """
    asked = Asked.of(services, address)
    return html.Div(
        [
            html.A(asked.text("shell.skip"), href="#page-main", className="cm-skip"),
            _header(asked),
            _banner(asked),
            html.Main(
                [_freshness(asked), content.body],
                id="page-main",
                className="cm-main",
                tabIndex="-1",
            ),
            _footer(asked),
            html.Div(className="cm-unseen", id="page-said", **attrs(aria_live="polite")),
        ],
        className="cm-page",
        lang=asked.lang,
        **_told(asked, content),
    )


def _told(asked: Asked, content: Content) -> dict[str, Any]:
    """What the browser is told: the page's title and area, words, zone."""
    words = {key.removeprefix("shell."): asked.text(key) for key in _SPOKEN}
    return attrs(
        data_title=content.title,
        data_href=asked.address.href,
        data_area=content.area,
        data_version=str(content.version),
        data_behind=content.behind,
        data_zone=asked.services.reference.state.timezone,
        data_units=orjson.dumps(language.unit_words(asked.lang)).decode(),
        data_words=orjson.dumps(words).decode(),
    )


def _header(asked: Asked) -> Element:
    state = asked.services.reference.state
    brand = [
        html.B(asked.text("shell.product")),
        html.Span(asked.text("shell.government", state=asked.chosen(state.name_en, state.name_local))),
    ]
    return html.Header(
        [
            html.A(brand, href=asked.address.to("/").href, className="cm-brand"),
            html.Nav(_nav(asked), className="cm-nav", **attrs(aria_label=asked.text("shell.nav"))),
            _search(asked),
            _languages(asked),
        ],
        className="cm-header",
    )


def _search(asked: Asked) -> Element:
    """Where assets/js/search.js puts the quick search."""
    words = {key: asked.text(f"search.{key}") for key in ("label", "placeholder", "results", "none", "count")}
    told = attrs(data_kept="search", data_lang=asked.lang, data_words=orjson.dumps(words).decode())
    return html.Div(id="search", className="cm-search", role="search", **told)


def _nav(asked: Asked) -> list[Element]:
    path = asked.address.path
    links: list[Element] = [
        html.A(
            asked.text(f"nav.{name}"),
            href=asked.address.to(href).href,
            **attrs(aria_current="page" if path == href else None),
        )
        for name, href in _NAV
    ]
    links.insert(1, _places(asked))
    walls = list(asked.services.config.walls)
    if walls:
        links.append(html.A(asked.text("nav.wall"), href=f"/wall/{walls[0]}", **attrs(data_plain="true")))
    return links


def _places(asked: Asked) -> Element:
    """The places directly below the state, as a menu."""
    reference = asked.services.reference
    root = reference.areas[0]
    below = level_below(asked.services, root)
    word = root.name_en if below is None else asked.chosen(below.plural_en, below.plural_local)
    on_place = asked.address.path.startswith(f"/{below.code}/") if below is not None else False
    items = [
        html.Li(
            html.A(
                asked.chosen(area.name_en, area.name_local), href=asked.address.to(area_path(reference, area.code)).href
            )
        )
        for area in reference.children(root.code)
    ]
    return html.Details(
        [html.Summary(word), html.Ul(items, className="cm-menu__list")],
        className="cm-menu cm-menu--nav",
        **attrs(data_current="true" if on_place else None),
    )


def _freshness(asked: Asked) -> Element:
    """Newest data and the time, both ticking in the browser."""
    values = asked.services.values
    heard = [one.last_event_at for one in values.status.sources if one.last_event_at is not None]
    newest = max(heard, default=None)
    text = form.age(None if newest is None else (asked.now - newest).total_seconds(), asked.lang)
    newest_ms = None if newest is None else str(form.millis(newest))
    local = asked.now.astimezone(asked.services.zone)
    zone_name = local.tzname() or ""
    return html.P(
        [
            html.B(asked.text("shell.live"), className="cm-fresh__state"),
            html.Span(f" · {asked.text('shell.newest')} "),
            html.Span(text, className="cm-age", **attrs(data_age_ms=newest_ms, data_newest="true")),
            html.Span(f" {asked.text('shell.old')}"),
            html.Span(" · "),
            html.Span(form.day(local.date()), **attrs(data_clock="day")),
            html.Span(" "),
            html.Span(form.clock(asked.now, asked.services.zone, seconds=True), **attrs(data_clock="time")),
            html.Span(f" {zone_name} "),
            html.Button(asked.text("shell.pause"), type="button", className="cm-pause", id="page-pause"),
        ],
        className="cm-fresh",
    )


def _languages(asked: Asked) -> Element:
    """A link for each language; empty where there is only one."""
    codes = asked.services.languages if len(asked.services.languages) > 1 else ()
    return html.Nav(
        [
            html.A(
                language.text("language.name", code),
                href=asked.address.but(lang=code).href,
                lang=code,
                hrefLang=code,
                **attrs(aria_current="true" if code == asked.lang else None),
            )
            for code in codes
        ],
        className="cm-languages",
        hidden=not codes,
        **attrs(aria_label=asked.text("shell.languages")),
    )


def _banner(asked: Asked) -> Element:
    """Shown by the style sheet while the browser has marked the page as lost."""
    at = form.clock(asked.services.values.last_at, asked.services.zone, seconds=True)
    return html.Div(
        [
            stale_mark(),
            html.B(asked.text("shell.lost")),
            html.Span(f" {asked.text('shell.as_of')} "),
            html.Span(at, **attrs(data_lost_at="true")),
        ],
        className="cm-lost",
    )


def _footer(asked: Asked) -> Element:
    """Who answers for the page, how new it is, and whom to turn to, as India's guidelines for public pages want it."""
    services, told = asked.services, asked.services.config.state
    state = services.reference.state
    owner = told.owner or asked.text("shell.government", state=asked.chosen(state.name_en, state.name_local))
    heard = [one.last_event_at for one in services.values.status.sources if one.last_event_at is not None]
    updated = form.day_clock(max(heard), services.zone) if heard else form.NOT_APPLICABLE
    complaint = html.A(asked.text("shell.complaint"), href=COMPLAINT, **attrs(data_plain="true"))
    return html.Footer(
        [
            html.Span(asked.text("shell.owner", owner=owner)),
            html.Span(asked.text("shell.updated", at=updated)),
            html.Span(asked.text("shell.contact", contact=told.contact)) if told.contact else None,
            html.Span(asked.text("shell.foot")),
            html.Span(asked.text("shell.zone")),
            complaint if told.complaint else None,
            html.A(asked.text("shell.trust"), href=asked.address.to("/health").href),
            html.A(asked.text("help.title"), href=asked.address.to("/help").href),
        ],
        className="cm-footer",
    )
