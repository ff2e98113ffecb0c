"""data- and aria- attributes of elements, whose names have hyphens, which keyword arguments cannot have."""

from __future__ import annotations

from typing import Any


def attrs(**given: str | None) -> dict[str, Any]:
    """Attributes to be spread into an element: data_label="x" becomes data-label="x"; None leaves one out."""
    return {name.replace("_", "-"): value for name, value in given.items() if value is not None}
