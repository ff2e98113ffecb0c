"""One catalogue record between TOML and Definition: fields that know their line, typed one by one.

Invariants: a wrong field becomes an issue and a stand-in value, never an exception, so that one reading finds
everything that is wrong with a record.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Final, TypeVar

from indicators.definition import Origin
from indicators.issue import Issue
from indicators.toml_text import KeyPath, TomlText

#: Name of the rule that finds missing, unknown and mistyped fields.
STRUCTURE: Final = "structure"
#: Fields with a text in English and one in the state's language: `<field>_en`, `<field>_<language>`.
BILINGUAL: Final = ("name", "unit", "words_numerator", "words_denominator")
#: All other fields of an indicator record.
PLAIN: Final = (
    "code", "department", "family", "subjects", "numerator", "denominator", "quantile", "factor", "decimals",
    "direction", "time", "bands", "target", "minimum_base", "sources", "freshness_budget_s", "owner_post",
    "version", "valid_from", "reason", "legal_basis", "headline_period", "missing",
)  # fmt: skip

Choice = TypeVar("Choice", bound=StrEnum)


@cache
def _fields_in(language: str) -> frozenset[str]:
    """All fields that an indicator may have."""
    return frozenset({*PLAIN, *(f"{name}_{suffix}" for name in BILINGUAL for suffix in ("en", language))})


@cache
def _one_line(text: str) -> str:
    """A text without line breaks and double spaces; the same few texts come in thousands of records."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Located:
    """A value and where it was written.

    Attributes:
        value: as in the file.
        origin: place of its key.
        parts: places of the keys of a table, e.g. of the levels of `bands`.
    """

    value: object
    origin: Origin
    parts: Mapping[str, Origin] = field(default_factory=dict)


def read_fields(text: TomlText, path: KeyPath, table: Mapping[str, object]) -> dict[str, Located]:
    """The fields of a table, each with its place.

    Args:
        text: the file.
        path: of the table in it.
        table: its values.
    """

    def located(key: str, value: object) -> Located:
        parts = {part: text.origin(*path, key, part) for part in value} if isinstance(value, Mapping) else {}
        return Located(value, text.origin(*path, key), parts)

    return {key: located(key, value) for key, value in table.items()}


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one indicator as written, defaults and overrides already merged.

    Attributes:
        fields: value and place by field name.
        origin: place of the record: of the service, group or indicator table that asked for it.
    """

    fields: Mapping[str, Located]
    origin: Origin

    def over(self, defaults: Mapping[str, Located]) -> Record:
        """The same record, with `defaults` where it says nothing."""
        return Record({**defaults, **self.fields}, self.origin)


@dataclass(slots=True)
class FieldReader:
    """Reads typed values out of a record and notes what is wrong.

    Attributes:
        record: the fields.
        language: code of the state's language, the suffix of local texts.
        issues: what was found.
    """

    record: Record
    language: str
    issues: list[Issue] = field(default_factory=list)

    def check_names(self) -> None:
        """Note every field that no indicator has."""
        known = _fields_in(self.language)
        for name, located in self.record.fields.items():
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"; nearest: {near[0]}" if near else ""
                self.issues.append(Issue.error(STRUCTURE, located.origin, f"unknown field `{name}`{hint}"))

    def place(self, name: str) -> Origin:
        """Where a field was written, or the record if it was not."""
        located = self.record.fields.get(name)
        return located.origin if located else self.record.origin

    def wrong(self, name: str, message: str) -> None:
        """Note a problem with a field."""
        self.issues.append(Issue.error(STRUCTURE, self.place(name), f"{self._code()}{name}: {message}"))

    def text(self, name: str, default: str | None = None) -> str:
        """A text; `default` None means that it is needed."""
        value = self._value(name, default)
        if isinstance(value, str) and (value.strip() or default == ""):
            return _one_line(value)
        if value is not None:
            self.wrong(name, f"a text is needed, not {value!r}")
        return ""

    def texts(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        value = self._value(name, default)
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        if value is not None:
            self.wrong(name, f"a list of texts is needed, not {value!r}")
        return ()

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number, or a text such as "1/24"."""
        value = self._value(name, default)
        if isinstance(value, str):
            try:
                return float(Fraction(value))
            except (ValueError, ZeroDivisionError):
                pass
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        if value is not None:
            self.wrong(name, f"a number is needed, not {value!r}")
        return math.nan

    def number_or_none(self, name: str) -> float | None:
        """A number that may be absent."""
        return self.number(name) if name in self.record.fields else None

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number, not negative."""
        value = self._value(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        if value is not None:
            self.wrong(name, f"a whole number is needed, not {value!r}")
        return 0

    def day(self, name: str) -> date:
        """A date without a time."""
        value = self._value(name, None)
        if type(value) is date:
            return value
        if value is not None:
            self.wrong(name, f"a date such as 2026-04-01 is needed, not {value!r}")
        return date.min

    def choice(self, name: str, kind: type[Choice]) -> Choice:
        """One of the words of an enum."""
        text = self.text(name)
        allowed = [str(item) for item in kind]
        if text in allowed:
            return kind(text)
        if text:
            self.wrong(name, f"one of {', '.join(allowed)} is needed, not {text!r}")
        return next(iter(kind))

    def table(self, name: str) -> Mapping[str, object]:
        """A table that may be absent."""
        value = self._value(name, {})
        if isinstance(value, Mapping):
            return value
        self.wrong(name, f"a table is needed, not {value!r}")
        return {}

    def _value(self, name: str, default: object) -> object:
        located = self.record.fields.get(name)
        if located is not None:
            return located.value
        if default is None:
            self.wrong(name, "is missing")
        return default

    def _code(self) -> str:
        located = self.record.fields.get("code")
        return f"{located.value}: " if located and isinstance(located.value, str) else ""
