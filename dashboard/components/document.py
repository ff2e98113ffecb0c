"""A whole HTML document of a page that is not Dash's: a wall's, the operator's desk."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_DOCUMENT: Final = """<!DOCTYPE html>
<html lang="{lang}" data-theme="{theme}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title}</title>
    <link rel="icon" href="data:,">
    {files}
  </head>
  <body>{body}</body>
</html>
"""


def whole_document(*, theme: str, lang: str, title: str, body: str, files: str) -> str:
    """A page as HTML.

    Args:
        theme: `wall` or `desk`.
        lang: working language.
        title: of the window, as plain text.
        body: HTML.
        files: HTML of the head; see files_of.
    """
    return _DOCUMENT.format(theme=theme, lang=escape(lang), title=escape(title), files=files, body=body)


def files_of(styles: Sequence[str], scripts: Sequence[str], build: str) -> str:
    """Style sheets and scripts of a page, for its head.

    Args:
        styles: below /assets.
        scripts: names of those in /assets/js.
        build: identity of the files that browsers hold; others are never taken from a cache.
    """
    links = [f'<link rel="stylesheet" href="/assets/{name}?v={build}">' for name in styles]
    return "\n    ".join(
        (*links, *(f'<script defer src="/assets/js/{name}.js?v={build}"></script>' for name in scripts))
    )
