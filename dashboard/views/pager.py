"""Long lists in pages of fifty, each page with its own address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dashboard.address import Address

PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Pager:
    """Where in the list this page is.

    Attributes:
        first, last: numbers of the first and last row shown, from 1.
        of: how many there are.
        before_href, after_href: other pages; "" at the ends.
    """

    first: int
    last: int
    of: int
    before_href: str
    after_href: str


def page_number(address: Address) -> int:
    """The page that an address asks for, from 1; the first where it asks for none that could be."""
    page = address.get("page")
    return max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1


def pager(address: Address, page: int, shown: int, of: int) -> Pager:
    """Where in a list its page is.

    Args:
        address: of this page.
        page: number of this page, from 1.
        shown: rows on it.
        of: rows in all.
    """
    first = (page - 1) * PER_PAGE + 1
    before = address.but(page=None if page == 2 else page - 1).href if page > 1 else ""
    after = address.but(page=page + 1).href if first + shown - 1 < of else ""
    return Pager(first if shown else 0, first + shown - 1 if shown else 0, of, before, after)
