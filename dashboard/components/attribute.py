"""data- and aria- attributes for Dash's html components, which take them as keyword arguments with hyphens."""

from __future__ import annotations

from typing import Any

#: What Dash's components take as children: text, a component, or a list of them.
Children = Any


def attrs(**given: str | None) -> dict[str, Any]:
    """Attributes to be spread into a component: data_label="x" becomes data-label="x"; None leaves one out."""
    return {name.replace("_", "-"): value for name, value in given.items() if value is not None}
