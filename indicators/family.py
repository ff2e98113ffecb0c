"""Families: one template of an indicator, expanded over services, groups of services and programmes.

A family's record holds every field of an indicator except code, department and subjects. Its texts may use the
placeholders {subject} (name of the service, group or programme), {cases} and {of_cases} (what is counted, in the
nominative and in the genitive of the state's language). The expressions of a family about programmes name roles in
braces, `level({spent})`, for which every programme has a metric of its own. The code of an expansion is
`<service, group or programme>_<family>`.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from indicators.definition import Origin, Words
from indicators.expression import RESERVED
from indicators.issue import Issue
from indicators.record import BILINGUAL, Located, read_fields
from indicators.toml_text import TomlText

#: Name of the rule that finds unknown families, sets, nouns and placeholders.
FAMILY: Final = "family"
_PLACEHOLDERS: Final = frozenset({"subject", "cases", "of_cases"})
_EXPRESSIONS: Final = ("numerator", "denominator")
_ROLE: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_TABLES: Final = frozenset({"family", "set", "noun", "constant"})
_CONSTANT: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Noun:
    """What a service's cases are called.

    Attributes:
        cases: plural, e.g. applications.
        of_cases: the same in the genitive; in English the plain plural, which stands after "of".
    """

    cases: Words
    of_cases: Words


@dataclass(frozen=True, slots=True)
class Subject:
    """What a family is expanded over: one service, a group of them, or a programme.

    Attributes:
        code: prefix of the codes of its indicators.
        services: service codes; empty for a programme.
        name: of the service, group or programme.
        noun: what its cases are called.
        legal_basis: of the service's limit; empty for all others.
        metrics: metric code by role; empty for all but programmes.
    """

    code: str
    services: tuple[str, ...]
    name: Words
    noun: Noun
    legal_basis: str = ""
    metrics: Mapping[str, str] = field(default_factory=dict)

    def misfit(self, roles: Sequence[str]) -> str:
        """Why a family with these roles cannot be expanded over it; empty if it can."""
        if self.services:
            return "is a family of programmes, not of services" if roles else ""
        missing = [role for role in roles if role not in self.metrics]
        if not roles:
            return "is a family of services, not of programmes"
        return f"needs a metric for {', '.join(missing)}" if missing else ""


@dataclass(frozen=True, slots=True)
class Families:
    """Everything in families.toml.

    Attributes:
        templates: fields of each family.
        sets: names for lists of families.
        nouns: what cases are called, by kind of service or by name.
        roles: metrics that the expressions of each family name, each once; none for a family of services.
        text: the file itself.
        constants: named numbers that expressions may use.
    """

    templates: Mapping[str, Mapping[str, Located]]
    sets: Mapping[str, Sequence[str]]
    nouns: Mapping[str, Noun]
    roles: Mapping[str, tuple[str, ...]]
    text: TomlText
    constants: Mapping[str, float] = field(default_factory=dict)

    def written(self, kind: str, name: str) -> Mapping[str, object]:
        """The table of a family or a noun as it stands in the file."""
        tables = self.text.values.get(kind)
        table = tables.get(name) if isinstance(tables, Mapping) else None
        return table if isinstance(table, Mapping) else {}

    def place(self, *path: str) -> Origin:
        """Where a template, a set or a noun was written: ("set", "key")."""
        return self.text.origin(*path)

    def named(self, asked: object) -> tuple[list[str], list[str]]:
        """The families meant by a name of a set, or by a list of sets and families; and what is unknown."""
        known: list[str] = []
        unknown: list[str] = []
        for name in asked if isinstance(asked, list) else [asked]:
            if isinstance(name, str) and name in self.sets:
                known.extend(self.sets[name])
            elif isinstance(name, str) and name in self.templates:
                known.append(name)
            else:
                near = get_close_matches(str(name), [*self.sets, *self.templates], n=1)
                unknown.append(f"`{name}`" + (f" (nearest: {near[0]})" if near else ""))
        return list(dict.fromkeys(known)), unknown


def read_families(text: TomlText, language: str, issues: list[Issue]) -> Families:
    """Read families.toml.

    Args:
        text: the file.
        language: code of the state's language.
        issues: takes what is wrong.
    """
    for name in set(text.values) - _TABLES:
        allowed = ", ".join(sorted(_TABLES))
        issues.append(Issue.error(FAMILY, text.origin(name), f"unknown table `{name}`; allowed are {allowed}"))
    templates = {
        name: {key: value for key, value in read_fields(text, ("family", name), fields).items() if key != "family"}
        for name, fields in _tables(text, "family", issues)
    }
    sets = _sets(text, templates, issues)
    nouns = {name: _noun(fields, language) for name, fields in _tables(text, "noun", issues)}
    roles = {name: _roles(fields) for name, fields in templates.items()}
    families = Families(templates, sets, nouns, roles, text, dict(_constants(text, issues)))
    for fields in templates.values():
        issues.extend(_unknown_placeholders(fields))
    return families


def expansion(family: str, families: Families, subject: Subject, language: str, origin: Origin) -> dict[str, Located]:
    """The fields of one expanded indicator; what the template does not say alone is placed where it was asked for.

    Args:
        family: which template.
        families: all of them.
        subject: what it is expanded over.
        language: code of the state's language.
        origin: of the service or group that asks for it.
    """
    made = dict(families.templates[family])
    for name in BILINGUAL:
        for suffix in ("en", language):
            located = made.get(f"{name}_{suffix}")
            if located is not None and isinstance(located.value, str) and "{" in located.value:
                made[f"{name}_{suffix}"] = Located(_filled(located.value, subject, suffix), origin)
    for name in _EXPRESSIONS if subject.metrics else ():
        if name in made:
            expression = _ROLE.sub(lambda role: subject.metrics[role[1]], str(made[name].value))
            made[name] = Located(expression, made[name].origin)
    subjects = [*subject.services, *(subject.metrics[role] for role in families.roles[family])]
    own = {"code": f"{subject.code}_{family}", "family": family, "subjects": list(dict.fromkeys(subjects))}
    if subject.legal_basis:
        own["legal_basis"] = subject.legal_basis
    return made | {key: Located(value, origin) for key, value in own.items()}


def overrides(
    text: TomlText, path: tuple[str | int, ...], asked: object, families: list[str], issues: list[Issue]
) -> dict[str, dict[str, Located]]:
    """What a service or group says differently from its families: [service.override.<family>]."""
    if not isinstance(asked, Mapping):
        issues.append(Issue.error(FAMILY, text.origin(*path), "override is a table of families"))
        return {}
    for family in asked:
        if family not in families:
            message = f"override of `{family}`, which is not among its families {', '.join(families)}"
            issues.append(Issue.error(FAMILY, text.origin(*path, family), message))
    return {
        family: read_fields(text, (*path, family), fields)
        for family, fields in asked.items()
        if isinstance(fields, Mapping)
    }


def _tables(text: TomlText, name: str, issues: list[Issue]) -> Iterator[tuple[str, Mapping[str, object]]]:
    tables = text.values.get(name, {})
    for key, fields in tables.items() if isinstance(tables, Mapping) else ():
        if isinstance(fields, Mapping) and fields:
            yield key, fields
        else:
            issues.append(Issue.error(FAMILY, text.origin(name, key), f"{name}.{key} must be a table with fields"))


def _constants(text: TomlText, issues: list[Issue]) -> Iterator[tuple[str, float]]:
    """Named numbers: [constant.<name>] with value and reason."""
    for name, fields in _tables(text, "constant", issues):
        value, reason = fields.get("value"), fields.get("reason")
        place = text.origin("constant", name)
        if name in RESERVED or not _CONSTANT.fullmatch(name):
            message = f"constant `{name}` must be a word of a-z, 0-9 and _ that the language does not use itself"
            issues.append(Issue.error(FAMILY, place, message))
        elif not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            issues.append(Issue.error(FAMILY, place, f"constant {name}: value must be a number, not {value!r}"))
        elif not (isinstance(reason, str) and reason.strip()) or set(fields) - {"value", "reason"}:
            issues.append(Issue.error(FAMILY, place, f"constant {name} needs `value` and `reason`, and nothing else"))
        else:
            yield name, float(value)


def _sets(text: TomlText, templates: Mapping[str, object], issues: list[Issue]) -> dict[str, Sequence[str]]:
    sets: dict[str, Sequence[str]] = {}
    plain = text.values.get("set", {})
    for name, members in plain.items() if isinstance(plain, Mapping) else ():
        known = [member for member in members if member in templates] if isinstance(members, list) else []
        sets[name] = known
        if not isinstance(members, list) or len(known) != len(members):
            message = f"set {name} must be a list of families; known are {', '.join(templates)}"
            issues.append(Issue.error(FAMILY, text.origin("set", name), message))
    return sets


def _noun(fields: Mapping[str, object], language: str) -> Noun:
    def words(key: str) -> Words:
        return Words(str(fields.get(f"{key}_en", "")), str(fields.get(f"{key}_{language}", "")))

    return Noun(words("cases"), words("of_cases"))


def _roles(fields: Mapping[str, Located]) -> tuple[str, ...]:
    texts = (fields[name].value for name in _EXPRESSIONS if name in fields)
    return tuple(dict.fromkeys(role for text in texts for role in _ROLE.findall(str(text))))


def _filled(template: str, subject: Subject, language: str) -> str:
    if "{" not in template:
        return template
    values = {"subject": subject.name, "cases": subject.noun.cases, "of_cases": subject.noun.of_cases}
    filled = template
    for key, words in values.items():
        filled = filled.replace("{" + key + "}", words.en if language == "en" else words.local)
    return filled


def _unknown_placeholders(fields: Mapping[str, Located]) -> Iterator[Issue]:
    for field_name, located in fields.items():
        if field_name in _EXPRESSIONS or not isinstance(located.value, str) or "{" not in located.value:
            continue
        try:
            used = {name for _, name, _, _ in string.Formatter().parse(located.value) if name is not None}
        except ValueError as error:
            yield Issue.error(FAMILY, located.origin, f"braces do not match: {error}")
            continue
        for name in sorted(used - _PLACEHOLDERS):
            allowed = ", ".join(sorted(_PLACEHOLDERS))
            yield Issue.error(FAMILY, located.origin, f"unknown placeholder {{{name}}}; allowed are {allowed}")
