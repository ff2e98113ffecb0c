"""Expressions of DHIS2 written in the language of the house: word for word, nothing is parsed or evaluated here."""

from __future__ import annotations

import re
from typing import Final

_AGGREGATES: Final = {
    "SUM": "sum", "COUNT": "count", "AVERAGE": "average", "MIN": "minimum", "MAX": "maximum", "LAST": "last",
    "MIN_SUM_ORG_UNIT": "minimum, sum", "MAX_SUM_ORG_UNIT": "maximum, sum",
}  # fmt: skip
_WORDS: Final = [
    (r"#\{([\w.]+)\}", r"reported(\1)"),
    (r"N\{(\w+)\}", r"#\1"),
    (r"R\{(\w+)\.REPORTING_RATE\}", r"(100 * reports(\1) / reports_expected(\1))"),
    (r"subExpression\(", "per_area("),
    (r"\[periodInYear\]", "period_in_year"),
    (r"\[yearlyPeriodCount\]", "periods_per_year"),
    (r"\.periodOffset\(", ".shift("),
    (r"\.yearToDate\(", ".year_to_date("),
]


def in_house_words(text: str) -> str:
    """The same expression."""
    for pattern, replacement in _WORDS:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"\.aggregationType\((\w+)\)", lambda found: aggregate(found[1]), text)
    return re.sub(r"\.(min|max)Date\((\d+)-(\d+)-(\d+)\)", _day, text)


def aggregate(name: str) -> str:
    """An aggregation type as a modifier."""
    return f".aggregate({_AGGREGATES[name]})"


def _day(found: re.Match[str]) -> str:
    word = {"min": "since", "max": "until"}[found[1]]
    return f".{word}('{int(found[2])}-{int(found[3]):02}-{int(found[4]):02}')"
