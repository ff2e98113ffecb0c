"""Codes are names that survive everywhere: addresses, file names, SQL, spoken aloud."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

#: Starts with a letter, ends with a letter or digit, holds only lower-case letters, digits and single underscores.
CODE: Final = re.compile(r"[a-z](?:(?!__)[a-z0-9_])*[a-z0-9]")
_LONGEST: Final = 80


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if not CODE.fullmatch(item.code) or len(item.code) > _LONGEST:
            message = (
                f"code `{item.code}` must start with a letter, end with a letter or digit, hold only a-z, 0-9 "
                f"and single underscores, and have 2 to {_LONGEST} characters"
            )
            yield Issue.error(RULE.name, item.place("code"), message)


RULE: Final = Rule(
    "code_form", "A code has 2 to 80 characters: a-z, 0-9 and single underscores, a letter first.", _check
)
