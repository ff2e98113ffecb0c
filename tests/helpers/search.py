"""How many examples property tests take: few enough for every change, ten times as many in `make search`."""

from __future__ import annotations

import os

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "same")


def examples(count: int) -> int:
    """So many examples in `make test`, more when new ones are looked for."""
    return count * 10 if PROFILE == "search" else count
