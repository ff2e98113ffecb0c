"""Links to what is on a screen as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashboard.address import Address
from dashboard.views.place import Link

if TYPE_CHECKING:
    from dashboard.views.asked import Asked

#: Kinds of files; their words are the texts export.<ending>.
ENDINGS: Final = ("csv", "xlsx", "pdf", "png")


def file_links(asked: Asked, name: str, **changes: object) -> tuple[Link, ...]:
    """A link for each kind of file, with what the address narrows.

    Args:
        asked: the request.
        name: of the table in the address: /api/<name>.csv
        **changes: query keys of the screen that the file has otherwise.
    """
    query = asked.address.but(**changes).query
    return tuple(
        Link(asked.text(f"export.{ending}"), Address(f"/api/{name}.{ending}", query).href) for ending in ENDINGS
    )


def brief_links(asked: Asked, area: str) -> tuple[Link, Link]:
    """The brief of a place as PDF and as a picture, in the language and for the department and period of the screen."""
    query = asked.address.to("/", at=area).query
    pdf, picture = (Address(f"/api/brief.{kind}", query).href for kind in ("pdf", "png"))
    return Link(asked.text("paper.link"), pdf), Link(asked.text("paper.picture"), picture)
