"""A number without a source is a rumour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from indicators.definition import Definition
from indicators.issue import Issue
from indicators.rule.context import Context, Rule


def _check(definitions: Sequence[Definition], context: Context) -> Iterator[Issue]:
    for item in definitions:
        if not item.sources:
            yield Issue.error(RULE.name, item.place("sources"), f"{item.code}: at least one source is needed")
        for source in item.sources if context.sources is not None else ():
            if source not in (context.sources or ()):
                message = f"{item.code}: source `{source}` is not declared in config.toml as [source.{source}]"
                yield Issue.warning(RULE.name, item.place("sources"), message)


RULE: Final = Rule("sources_known", "Every indicator has a source; a source that is not declared is warned of.", _check)
