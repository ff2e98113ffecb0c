"""A time in hours under the word days is wrong by 24 and still looks plausible."""

from __future__ import annotations

from typing import Final

from indicators.rule.context import Rule
from indicators.rule.scale import TIME, factor_check

RULE: Final = Rule(
    "time_factor",
    "A time is converted into the unit that is shown: seconds, minutes, hours, days or weeks.",
    factor_check("time_factor", TIME),
)
