"""Texts put together from a template and a name show their seams: a space before a colon, a bracket left open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule

_SEAM: Final = re.compile(r"\s[,:;)]|\(\s|,,|::|;;|,:|:,|[{}]")


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    fine: set[str] = set()  # units and words are shared by thousands of indicators
    for item in definitions:
        for field, words in item.texts:
            for suffix, text in (("en", words.en), (context.language, words.local)):
                wrong = _wrong(text) if text not in fine else ""
                if not wrong:
                    fine.add(text)
                else:
                    message = f"{item.code}: {field}_{suffix} has {wrong}: “{text}”"
                    yield Issue.error(RULE.name, item.place(f"{field}_{suffix}"), message)
        if item.name.en.endswith((".", ",", ":", ";")):
            message = f"{item.code}: name_en is a title and ends without a mark: “{item.name.en}”"
            yield Issue.error(RULE.name, item.place("name_en"), message)


def _wrong(text: str) -> str:
    seam = _SEAM.search(text)
    if seam:
        return f"“{seam[0]}” in it"
    if text.count("(") != text.count(")") or text.count("[") != text.count("]"):
        return "a bracket without its other half"
    return ""


RULE: Final = Rule(
    "text_punctuation",
    "No space before a comma or colon, no doubled mark, no open bracket or brace, no full stop after an English name.",
    _check,
)
