"""“within 15 minutes” translated as “within 10 minutes” is two different indicators on one wall."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        english, local = _numbers(item.name.en), _numbers(item.name.local)
        if english != local:
            message = (
                f"{item.code}: name_en has the numbers {_said(english)}, name_{context.language} has {_said(local)}"
            )
            yield Issue.error(RULE.name, item.place(f"name_{context.language}"), message)


def _numbers(text: str) -> list[float]:
    """In order of size, as languages order words differently; digits of every script count alike."""
    return sorted(float(number.replace(",", "")) for number in _NUMBER.findall(text) if number.count(".") < 2)


def _said(numbers: list[float]) -> str:
    return ", ".join(f"{number:g}" for number in numbers) or "none"


RULE: Final = Rule(
    "name_numbers",
    "A name gives the same numbers in both languages.",
    _check,
)
