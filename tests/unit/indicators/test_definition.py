"""A definition says its formula, its thresholds and its bands in plain values."""

from __future__ import annotations

import json
import math
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from indicators.catalogue_table import CATALOGUE_SCHEMA, catalogue_table
from indicators.definition import Catalogue, Thresholds
from indicators.load import read_catalogue
from tests.helpers.small_catalogue import small_reference, write_catalogue
from warehouse.value import Band


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder: Path = tmp_path_factory.mktemp("definition") / "c"
    return read_catalogue(write_catalogue(folder), small_reference())[0]


@pytest.mark.parametrize(
    ("code", "formula"),
    [
        ("all_received", "received"),
        ("gad_certificate_overdue_share", "(overdue) ÷ (open) × 100"),
        ("gad_certificate_median_days", "quantile(0.5) of decision times × 0.0416667"),
        ("beds_average", "(level(beds)) ÷ (assets(beds))"),
    ],
)
def test_formula_in_words_of_the_language(catalogue: Catalogue, code: str, formula: str) -> None:
    assert catalogue[code].formula == formula


def test_thresholds_of_a_level_or_else_the_default(catalogue: Catalogue) -> None:
    share = catalogue["gad_certificate_overdue_share"]
    assert share.thresholds("state") == Thresholds(amber_high=10, red_high=20)
    assert share.thresholds("taluk") == Thresholds(amber_high=12, red_high=15)
    assert catalogue["all_received"].thresholds("state") is None


def test_bands_as_json(catalogue: Catalogue) -> None:
    assert json.loads(catalogue["gad_certificate_overdue_share"].bands_json()) == {
        "default": {"amber": 12, "red": 15},
        "state": {"amber": 10, "red": 20},
    }
    assert json.loads(catalogue["beds_average"].bands_json()) == {"default": {"amber": [10, 90], "red": [5, 95]}}
    assert catalogue["all_received"].bands_json() == "{}"


@pytest.mark.parametrize(
    ("value", "band"),
    [(4.9, Band.RED), (5, Band.AMBER), (9.9, Band.AMBER), (10, Band.NORMAL), (90, Band.NORMAL), (95, Band.AMBER),
     (95.1, Band.RED), (math.nan, Band.UNBANDED)],
)  # fmt: skip
def test_a_value_on_a_threshold_is_on_its_better_side(value: float, band: Band) -> None:
    assert Thresholds(amber_low=10, red_low=5, amber_high=90, red_high=95).band(value) is band


def test_definitions_are_frozen(catalogue: Catalogue) -> None:
    with pytest.raises(FrozenInstanceError):
        catalogue["all_received"].code = "other"  # type: ignore[misc]


def test_catalogue_table_has_every_definition_in_order(catalogue: Catalogue) -> None:
    table = catalogue_table(catalogue)
    assert table.schema == CATALOGUE_SCHEMA
    assert table["code"].to_pylist() == [item.code for item in catalogue.definitions]
    assert table["index"].to_pylist() == list(range(len(catalogue)))
    row = table.slice(catalogue.index["all_received"], 1).to_pylist()[0]
    assert (row["denominator"], row["words_denominator_en"], row["target"]) == ("1", "", None)
    assert row["subjects"] == ["file", "certificate", "permit", "plain"]
