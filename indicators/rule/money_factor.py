"""Payments are kept in paise; a sum shown in rupees or crore must say so and be divided."""

from __future__ import annotations

from typing import Final

from indicators.rule.context import Rule
from indicators.rule.scale import MONEY, factor_check

RULE: Final = Rule(
    "money_factor",
    "A sum of money is converted into the unit that is shown: ₹, ₹ thousand, ₹ lakh or ₹ crore.",
    factor_check("money_factor", MONEY),
)
