"""The page of a wall: an empty stage with its settings, which assets/js/picture.js draws into.

It is a document of its own and not one of Dash's: a screen at which nobody logs in needs `/wall/…`, `/live/wall/…` and
`/assets/…` and nothing else, so that a proxy can let these pass and keep everything else behind the state's login.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from dashboard.components.document import files_of, whole_document

if TYPE_CHECKING:
    from dashboard.views.wall_layout import Layout

STYLES: Final = ("vendor/fonts.css", "00-tokens.css", "05-mark.css", "10-base.css", "20-wall.css")
SCRIPTS: Final = ("format", "age", "mark", "draw", "live", "picture", "wall")
#: A screen that was refused by mistake asks again.
_AGAIN: Final = '<meta http-equiv="refresh" content="60">'


def document(*, lang: str, title: str, body: str, build: str) -> str:
    """A wall's page as HTML.

    Args:
        lang: working language.
        title: of the window.
        body: from `stage` or `missing`.
        build: identity of the files that browsers hold; others are never taken from a cache.
    """
    return whole_document(theme="wall", lang=lang, title=title, body=body, files=files_of(STYLES, SCRIPTS, build))


def stage(*, wall: str, scene: str, lang: str, key: str, waiting: str, layout: Layout, tile: int = 0) -> str:
    """An empty stage.

    Args:
        wall: name of the wall.
        scene: the scene that stays; "" = the wall's scenes in turn.
        lang: working language.
        key: token of the screen, which its stream needs too; "" = none.
        waiting: said until the first frame has come.
        layout: what has room on this wall.
        tile: which of four players it is; 0 = the whole wall.
    """
    path = f"/live/wall/{wall}/{scene}" if scene else f"/live/wall/{wall}"
    stream = f"{path}?{urlencode({'lang': lang} | ({'tile': tile} if tile else {}) | ({'key': key} if key else {}))}"
    form = layout.form if not layout.is_halved else f"{layout.form} cm-wall--halved"
    if not layout.department_rows:
        form += " cm-wall--narrow"
    return (
        f'<main id="wall-stage" class="cm-wall cm-wall--{form}" lang="{escape(lang)}" data-wall="{escape(wall)}"'
        f' data-stream="{escape(stream)}" style="--cm-canvas-w:{layout.width};--cm-canvas-h:{layout.height}">'
        f'<p class="cm-wall__waiting">{escape(waiting)}</p></main>'
    )


def missing(said: str) -> str:
    """Instead of a stage: what is wrong with the address."""
    return f'<main class="cm-wall-missing"><p>{escape(said)}</p></main>'


def refusal(title: str, said: str, lang: str) -> str:
    """The page of a screen that may not see what it asks for.

    Args:
        title: in two words.
        said: the reason, and what to do.
        lang: of both.
    """
    style = "body{margin:0;background:#0E1318;color:#EEF2F6;font:2rem/1.4 sans-serif}main{padding:20vh 10vw}"
    body = f"<main><h1>{escape(title)}</h1><p>{escape(said)}</p></main>"
    files = f"{_AGAIN}<style>{style}</style>"
    return whole_document(theme="wall", lang=lang, title=title, body=body, files=files)
