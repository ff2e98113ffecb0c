"""A definition in force says since when and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if item.version < 1:
            message = f"{item.code}: versions count from 1, not {item.version}"
            yield Issue.error(RULE.name, item.place("version"), message)
        if len(item.reason) < 10:
            message = f"{item.code}: reason “{item.reason}” does not say why this wording is in force"
            yield Issue.error(RULE.name, item.place("reason"), message)


RULE: Final = Rule("version", "The version is at least 1 and has a reason in words.", _check)
