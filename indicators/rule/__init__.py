"""Rules of the catalogue, one per file; `run.py indicators check` runs them all and lists every finding.

A rule looks at all definitions and yields issues; it raises nothing. Two more rules sit where the text is read:
`structure` (fields missing, unknown or mistyped), `expression` (outside the language) and `family` (unknown templates).
"""

from __future__ import annotations

from typing import Final

from indicators.rule import (
    bands_form,
    code_form,
    code_unique,
    denominator_words,
    department_known,
    freshness,
    headline,
    held_by_board,
    local_script,
    minimum_base,
    name_unique,
    owner_known,
    quantile,
    rollups_complete,
    sources_known,
    target_side,
    time_operator,
    unit_factor,
    version,
)
from indicators.rule.context import Context, Rule

RULES: Final[tuple[Rule, ...]] = (
    code_form.RULE,
    code_unique.RULE,
    name_unique.RULE,
    local_script.RULE,
    department_known.RULE,
    owner_known.RULE,
    sources_known.RULE,
    freshness.RULE,
    version.RULE,
    time_operator.RULE,
    quantile.RULE,
    bands_form.RULE,
    target_side.RULE,
    minimum_base.RULE,
    denominator_words.RULE,
    unit_factor.RULE,
    headline.RULE,
    held_by_board.RULE,
    rollups_complete.RULE,
)

__all__ = ["RULES", "Context", "Rule"]
