"""The unit stands beside the number; in the name it is read twice, and is wrong once the unit changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        for suffix, name, unit in (
            ("en", item.name.en, item.unit.en),
            (context.language, item.name.local, item.unit.local),
        ):
            if "%" in name or name.casefold().endswith((f"({unit})".casefold(), f"(in {unit})".casefold())):
                message = (
                    f"{item.code}: name_{suffix} repeats the unit `{unit}`, which is shown beside the number: “{name}”"
                )
                yield Issue.error(RULE.name, item.place(f"name_{suffix}"), message)


RULE: Final = Rule(
    "name_unit",
    "A name does not end in its unit in brackets and holds no per cent sign.",
    _check,
)
