"""Addresses: the whole state of a page is its path and query, so every control is a link made here.

Invariants: an address never changes, `but` gives another one; the language travels with every link; values come from
outside and are only ever compared with what exists or escaped on the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from warehouse.reference import Area, Reference

#: Query keys that survive a step to another page: language, department, service, period and what numbers are compared
#: with.
_TRAVELLING: Final = ("lang", "dept", "svc", "period", "vs")
_LONGEST_VALUE: Final = 200


@dataclass(frozen=True, slots=True)
class Address:
    """Path and query of a page.

    Attributes:
        path: absolute path as it stands in a link, names from outside percent-encoded (`segment`).
        query: keys and values in order; of a repeated key the last one holds.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, href: str) -> Address:
        """Read path and query of a full or relative address; everything else of it is ignored."""
        parts = urlsplit(href)
        pairs = {key: value[:_LONGEST_VALUE] for key, value in parse_qsl(parts.query, keep_blank_values=False)}
        path = parts.path.rstrip("/") or "/"
        return cls(path=path, query=tuple(pairs.items()))

    def get(self, key: str, default: str = "") -> str:
        """Value of a query key, or the default."""
        return dict(self.query).get(key, default)

    def but(self, **changes: object) -> Address:
        """The same page with some keys changed; None or "" takes a key away.

        Args:
            **changes: query keys with their new values.
        """
        merged = dict(self.query) | {key: "" if value is None else str(value) for key, value in changes.items()}
        return Address(self.path, tuple((key, value) for key, value in merged.items() if value))

    def to(self, path: str, **query: object) -> Address:
        """Another page, in the same language, for the same department, service, period and comparison.

        Args:
            path: absolute path.
            **query: further query keys.
        """
        kept = {key: value for key, value in self.query if key in _TRAVELLING}
        return Address(path, tuple(kept.items())).but(**query)

    @property
    def href(self) -> str:
        """The address as a link."""
        path = _quoted_path(self.path)
        return f"{path}?{'&'.join([_quoted_pair(*pair) for pair in self.query])}" if self.query else path


# A page has a thousand links, made of the same few hundred paths, keys and values.
@lru_cache(4096)
def _quoted_path(path: str) -> str:
    return quote(path, safe="/%:@!$&'()*+,;=~-._")


@lru_cache(16384)
def _quoted_pair(key: str, value: str) -> str:
    return urlencode([(key, value)])


def segment(name: str) -> str:
    """A name from outside, such as an application's number, as one part of a path whatever is in it."""
    return quote(name, safe="")


def name_after(path: str, prefix: str) -> str:
    """The name that follows a prefix as the one last part of a path; "" when something else does.

    Args:
        path: of an address.
        prefix: with both its slashes: "/application/".
    """
    rest = path.removeprefix(prefix)
    return "" if rest == path or "/" in rest else unquote(rest)


def area_path(reference: Reference, code: str) -> str:
    """Path of an area's page: "/" for the state, else level and slug of every area on the way: /district/palakkad."""
    line = [*reversed(reference.ancestors(code)), reference.area(code)][1:]
    return "".join(f"/{area.level}/{area.slug}" for area in line) or "/"


def area_templates(reference: Reference) -> dict[str, str]:
    """Dash path templates of the area pages, by level code; the names of the variables are the level codes."""
    levels = [level.code for level in reference.state.levels]
    return {
        level: "".join(f"/{above}/<{above}>" for above in levels[1 : depth + 1]) or "/"
        for depth, level in enumerate(levels)
    }


def area_at(reference: Reference, path: str) -> Area | None:
    """The area whose page a path is; None when there is none such."""
    root = reference.areas[0]
    if path == "/":
        return root
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if len(parts) % 2:
        return None
    code = "-".join((root.code, *parts[1::2]))
    index = reference.area_index.get(code)
    if index is None or area_path(reference, code) != path:
        return None
    return reference.areas[index]
