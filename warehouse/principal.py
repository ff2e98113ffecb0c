"""Who reads, and what they may see. Every read takes a Principal; scope is a parameter of data access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.errors import AccessError


@dataclass(frozen=True, slots=True)
class Principal:
    """A reader and their scope.

    Attributes:
        user: who, for the log.
        role: what they are, e.g. `state_reader`, `collector`.
        areas: codes of the areas whose whole subtrees may be read; empty and not everywhere = nothing.
        everywhere: may read the whole state, rows without a known area included.
    """

    user: str
    role: str
    areas: frozenset[str] = frozenset()
    everywhere: bool = False

    @classmethod
    def state_reader(cls, user: str = "demo") -> Principal:
        """A reader of the whole state, the only one until there are accounts."""
        return cls(user=user, role="state_reader", everywhere=True)

    def to_json(self) -> dict[str, object]:
        """The same as plain JSON values, for a Flight ticket."""
        return {"user": self.user, "role": self.role, "areas": sorted(self.areas), "everywhere": self.everywhere}

    @classmethod
    def from_json(cls, plain: object) -> Principal:
        """Read what to_json wrote.

        Raises:
            AccessError: if it is anything else; no principal, no access.
        """
        if not isinstance(plain, Mapping) or set(plain) != {"user", "role", "areas", "everywhere"}:
            raise AccessError("a principal has exactly the fields user, role, areas and everywhere")
        user, role, areas, everywhere = plain["user"], plain["role"], plain["areas"], plain["everywhere"]
        if not (isinstance(user, str) and isinstance(role, str) and isinstance(everywhere, bool)):
            raise AccessError("a principal's user and role are text, everywhere is true or false")
        if not isinstance(areas, list) or not all(isinstance(area, str) for area in areas):
            raise AccessError("a principal's areas are a list of area codes")
        return cls(user=user, role=role, areas=frozenset(areas), everywhere=everywhere)
