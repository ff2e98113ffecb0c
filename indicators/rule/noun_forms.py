"""A form of a noun that is missing leaves a hole in the name of every indicator that uses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    if context.families is None:
        return
    forms = [f"{form}_{suffix}" for form in ("cases", "of_cases") for suffix in ("en", context.language)]
    for name in context.families.nouns:
        written = context.families.written("noun", name)
        missing = [form for form in forms if not str(written.get(form, "")).strip()]
        unknown = [key for key in written if key not in forms]
        if missing or unknown:
            said = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has unknown {', '.join(unknown)}"] * bool(
                unknown
            )
            message = f"noun {name} {' and '.join(said)}; needed are {', '.join(forms)}"
            yield Issue.error(RULE.name, context.families.place("noun", name), message)


RULE: Final = Rule(
    "noun_forms",
    "A noun has `cases` and `of_cases` in both languages and nothing else.",
    _check,
)
