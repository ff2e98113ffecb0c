"""Cases for the rules of the catalogue: a change of the small catalogue, and the line on which a rule must object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from indicators.issue import Issue, Level
from indicators.load import read_catalogue
from tests.helpers.small_catalogue import DEPARTMENT, FAMILIES, small_reference, write_catalogue
from warehouse.reference import Metric, Reference

TODAY: Final = date(2026, 5, 1)
SOURCES: Final[Mapping[str, Mapping[str, Any]]] = {"tiny": {"expected_interval_s": 300}}
#: Text to be replaced and what replaces it, once each.
Edits = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Change:
    """What is different from the small catalogue.

    Attributes:
        extra: added at the end of the department's file.
        department: edits of the department's file.
        families: edits of families.toml.
        reference: the state; None = that of `rule_reference`.
        sources: the declared sources.
    """

    extra: str = ""
    department: Edits = ()
    families: Edits = ()
    reference: Reference | None = None
    sources: Mapping[str, Mapping[str, Any]] | None = None

    def texts(self) -> dict[str, str]:
        """Both files with the change made, by name."""
        return {
            "gad.toml": edited(DEPARTMENT, self.department) + self.extra,
            "families.toml": edited(FAMILIES, self.families),
        }


@dataclass(frozen=True)
class Case:
    """One way to break one rule, and what comes near to it and is right.

    Attributes:
        rule: name of the rule.
        wrong: the change that breaks it.
        says: part of the message.
        at: how the line that is named begins.
        right: a change that does not break it.
        nth: which of several lines with `at` is meant; -1 is the last.
        file: in which file the line stands.
        level: how bad it is.
    """

    rule: str
    wrong: Change
    says: str
    at: str
    right: Change = Change()
    nth: int = 0
    file: str = "gad.toml"
    level: Level = Level.ERROR

    @property
    def line(self) -> int:
        """The 1-based line that must be named."""
        lines = self.wrong.texts()[self.file].splitlines()
        return [number for number, line in enumerate(lines, start=1) if line.startswith(self.at)][self.nth]


def edited(text: str, edits: Edits) -> str:
    """The text with all edits made; every one must find its place."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text


def issues_of(change: Change, folder: Path, rule: str) -> list[Issue]:
    """What one rule finds in the changed small catalogue."""
    texts = change.texts()
    write_catalogue(folder / "catalogue", families=texts["families.toml"], department=texts["gad.toml"])
    reference = change.reference or rule_reference()
    _, issues = read_catalogue(folder / "catalogue", reference, change.sources or SOURCES, TODAY)
    return [issue for issue in issues if issue.rule == rule]


def indicator(**fields: object) -> str:
    """The text of one more [[indicator]]: withdrawn certificates, apart from the given fields."""
    plain: dict[str, object] = {
        "code": "gad_extra",
        "name_en": "Extra number",
        "name_ml": "അധിക സംഖ്യ",
        "subjects": ["certificate"],
        "numerator": "withdrawn",
        "unit_en": "applications",
        "unit_ml": "അപേക്ഷകൾ",
        "direction": "neutral",
        "time": "flow",
        "words_numerator_en": "what is counted",
        "words_numerator_ml": "എണ്ണുന്നത്",
    }
    if "denominator" in fields:
        plain |= {"words_denominator_en": "of what", "words_denominator_ml": "എന്തിന്റെ"}
    if fields.get("unit_en") == "%":
        plain |= {"unit_ml": "%", "factor": 100, "decimals": 1}
    bands = fields.pop("bands", {})
    lines = [f"{key} = {_toml(value)}" for key, value in (plain | fields).items()]
    lines += [f"bands.{level} = {_toml(marks)}" for level, marks in bands.items()] if isinstance(bands, dict) else []
    return "\n[[indicator]]\n" + "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


@cache
def rule_reference() -> Reference:
    """The small state with metrics in several units; nothing reports `ghost`."""
    small = small_reference()
    metrics = {
        "fill": ("%", "level", 0, 100),
        "hours_left": ("h", "level", 0, None),
        "km": ("km", "flow", 0, None),
        "trips": ("trips", "flow", 0, None),
        "trips_due": ("trips", "flow", 0, None),
        "ghost": (None, "level", 0, None),
    }
    more = {
        code: Metric(code, "GAD", code, code, unit, unit, "flow" if time == "flow" else "level", 0, least, most, None)
        for code, (unit, time, least, most) in metrics.items()
    }
    reported = tuple(code for code in more if code != "ghost")
    assets = {code: replace(asset, metrics=asset.metrics + reported) for code, asset in small.assets.items()}
    return replace(small, metrics={**small.metrics, **more}, assets=assets)


def with_service(code: str, **fields: Any) -> Reference:
    """The same state with one service changed."""
    whole = rule_reference()
    return replace(whole, services={**whole.services, code: replace(whole.services[code], **fields)})


def with_limits(code: str, **fields: Any) -> Reference:
    """The same state with all limits of one service changed."""
    limits = tuple(replace(limit, **fields) for limit in rule_reference().services[code].limits)
    return with_service(code, limits=limits)


def with_hindi(name: str | None) -> Reference:
    """The same state with Hindi as a third language, and the department's name in it."""
    whole = rule_reference()
    departments = {code: replace(one, name_hi=name) for code, one in whole.departments.items()}
    return replace(whole, departments=departments, state=replace(whole.state, languages=("en", "ml", "hi")))
