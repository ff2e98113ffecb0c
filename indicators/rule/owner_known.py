"""Somebody answers for every definition: a post, never a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.owner_post not in context.reference.posts:
            message = f"{item.code}: owner_post `{item.owner_post}` is not a post of the reference data"
            yield Issue.error(RULE.name, item.place("owner_post"), message)


RULE: Final = Rule("owner_known", "The owner is a post of the reference data.", _check)
