"""The catalogue as one Arrow table: what the web process and the command line know of the definitions."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from indicators.definition import Catalogue, Definition
from indicators.rule.measures import added, is_among

#: One row per indicator, in the order of the snapshot's second axis. Texts are empty, never null, where there is none.
CATALOGUE_SCHEMA: Final = pa.schema(
    [
        pa.field("code", pa.string(), nullable=False),
        pa.field("index", pa.int32(), nullable=False),
        pa.field("department", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("subjects", pa.list_(pa.string()), nullable=False),
        pa.field("name_en", pa.string(), nullable=False),
        pa.field("name_local", pa.string(), nullable=False),
        pa.field("unit_en", pa.string(), nullable=False),
        pa.field("unit_local", pa.string(), nullable=False),
        pa.field("decimals", pa.int8(), nullable=False),
        pa.field("direction", pa.string(), nullable=False),
        pa.field("time", pa.string(), nullable=False),
        pa.field("numerator", pa.string(), nullable=False),
        pa.field("denominator", pa.string(), nullable=False),  # "1" for an indicator that only counts
        pa.field("quantile", pa.float64()),
        pa.field("factor", pa.float64(), nullable=False),
        pa.field("formula", pa.string(), nullable=False),
        pa.field("words_numerator_en", pa.string(), nullable=False),
        pa.field("words_numerator_local", pa.string(), nullable=False),
        pa.field("words_denominator_en", pa.string(), nullable=False),
        pa.field("words_denominator_local", pa.string(), nullable=False),
        pa.field("bands", pa.string(), nullable=False),  # JSON: {level or "default": {"amber": …, "red": …}}
        pa.field("target", pa.float64()),
        pa.field("counts_cases", pa.bool_(), nullable=False),
        pa.field("is_proportion", pa.bool_(), nullable=False),
        pa.field("minimum_base", pa.float64(), nullable=False),
        pa.field("sources", pa.list_(pa.string()), nullable=False),
        pa.field("freshness_budget_s", pa.int32(), nullable=False),
        pa.field("owner_post", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("valid_from", pa.date32(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("legal_basis", pa.string(), nullable=False),
        pa.field("headline_period", pa.string(), nullable=False),
    ]
)


def catalogue_table(catalogue: Catalogue) -> pa.Table:
    """The catalogue as a table. Shape: CATALOGUE_SCHEMA."""
    rows = [_row(place, item) for place, item in enumerate(catalogue.definitions)]
    return pa.Table.from_pylist(rows, schema=CATALOGUE_SCHEMA)


def _row(place: int, item: Definition) -> dict[str, object]:
    return {
        "code": item.code,
        "index": place,
        "department": item.department,
        "family": item.family,
        "subjects": list(item.subjects),
        "name_en": item.name.en,
        "name_local": item.name.local,
        "unit_en": item.unit.en,
        "unit_local": item.unit.local,
        "decimals": item.decimals,
        "direction": item.direction.value,
        "time": item.time.value,
        "numerator": item.numerator.text,
        "denominator": item.denominator.text,
        "quantile": item.quantile,
        "factor": item.factor,
        "formula": item.formula,
        "words_numerator_en": item.words_numerator.en,
        "words_numerator_local": item.words_numerator.local,
        "words_denominator_en": item.words_denominator.en,
        "words_denominator_local": item.words_denominator.local,
        "bands": item.bands_json(),
        "target": item.target,
        "counts_cases": item.counts_cases,
        "is_proportion": _is_proportion(item),
        "minimum_base": item.minimum_base,
        "sources": list(item.sources),
        "freshness_budget_s": item.freshness_budget_s,
        "owner_post": item.owner_post,
        "version": item.version,
        "valid_from": item.valid_from,
        "reason": item.reason,
        "legal_basis": item.legal_basis,
        "headline_period": item.headline_period,
    }


def _is_proportion(item: Definition) -> bool:
    """Whether all cases above the line are among those below it, so that each of these either counts or does not."""
    whole = added(item.denominator)
    return item.counts_cases and all(any(is_among(part, one) for one in whole) for part in added(item.numerator))
