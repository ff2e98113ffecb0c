"""Indicators out of an export of DHIS2's metadata, in our words."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indicators.dhis2.words import Codes, in_house_words
from indicators.expression import ExpressionError
from warehouse.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Brought:
    """One indicator of an export of metadata.

    Attributes:
        code: its id there, or what it is called here.
        name: as there.
        numerator, denominator: in our words; "" where `problem` says why not.
        factor: the quotient is multiplied by it.
        decimals: digits shown; None = not said.
        problem: what there is no word for, with field and column; "" = nothing.
    """

    code: str
    name: str
    numerator: str
    denominator: str
    factor: float
    decimals: int | None
    problem: str = ""


def brought(exported: Mapping[str, object], codes: Codes | None = None) -> list[Brought]:
    """The indicators of an export of metadata, in its order.

    An annualised one is multiplied by 365 and divided by the days of the period, as DHIS2 does.

    Args:
        exported: JSON of `/api/metadata?indicators=true&indicatorTypes=true&constants=true`, see read_export.
        codes: what things are called here; constants of the export are added to it.
    """
    given = codes or Codes()
    constants = {str(one["id"]): float(str(one["value"])) for one in _listed(exported, "constants")}
    factors = {str(one["id"]): one.get("factor", 1) for one in _listed(exported, "indicatorTypes")}
    known = Codes(given.of, {**constants, **given.constants})
    return [_brought(one, factors, known) for one in _listed(exported, "indicators")]


def read_export(path: Path) -> Mapping[str, object]:
    """An export of metadata.

    Raises:
        DataError: it cannot be read, or is not a JSON object with a list `indicators`.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("indicators"), list):
        raise DataError(f"{path}: a JSON object with a list `indicators` is needed, as /api/metadata gives it")
    return found


def read_codes(path: Path | None) -> Codes:
    """What ids are called here. Args: path: CSV with the columns id and code; None = everything keeps its id.

    Raises:
        DataError: it cannot be read, or lacks a column.
    """
    if path is None:
        return Codes()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return Codes({row["id"].strip(): row["code"].strip() for row in csv.DictReader(file, strict=True)})
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path}: {error}") from error
    except (KeyError, AttributeError) as error:
        raise DataError(f"{path}: the columns id and code are needed, filled in every row") from error


def _listed(exported: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """The objects of one kind; those without an id are left out."""
    found = exported.get(name)
    return [one for one in found if isinstance(one, Mapping) and "id" in one] if isinstance(found, list) else []


def _brought(told: Mapping[str, object], factors: Mapping[str, object], codes: Codes) -> Brought:
    kind = told.get("indicatorType")
    inside = kind if isinstance(kind, Mapping) else {}
    said, problems = {}, []
    if inside and "factor" not in inside and str(inside.get("id")) not in factors:
        problems.append(f"indicatorType: {inside.get('id')!r} is not in the export, so that its factor is not known")
    factor = inside.get("factor", factors.get(str(inside.get("id")), 1))
    for name in ("numerator", "denominator"):
        try:
            said[name] = in_house_words(str(told.get(name, "1")), codes)
        except ExpressionError as error:
            said[name] = ""
            problems.append(f"{name}: {error}")
    if told.get("annualized") and said["numerator"]:
        said["numerator"] = f"({said['numerator']}) * 365 / period_days"
    decimals = told.get("decimals")
    return Brought(
        code=codes[str(told.get("id", ""))],
        name=str(told.get("name", "")),
        numerator=said["numerator"],
        denominator=said["denominator"],
        factor=float(str(factor)),
        decimals=decimals if isinstance(decimals, int) else None,
        problem="; ".join(problems),
    )
