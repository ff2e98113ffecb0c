"""An export of DHIS2's metadata in our words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from indicators.dhis2.export import brought, read_codes, read_export
from indicators.dhis2.words import Codes
from warehouse.errors import DataError


def test_an_export_of_metadata() -> None:
    first, second = brought(
        {
            "indicators": [
                {"id": "Uvn6LCg7dVU", "name": "ANC 1 coverage", "numerator": "#{a.b}+#{a.c}", "denominator": "C{half}",
                 "indicatorType": {"id": "percent"}, "annualized": True, "decimals": 1},
                {"id": "OdiHJayrsKo", "name": "Odd", "numerator": "d2:ceil(1)", "denominator": "1",
                 "indicatorType": {"factor": 100}},
            ],
            "indicatorTypes": [{"id": "percent", "factor": 100}],
            "constants": [{"id": "half", "value": 0.5}],
        },
        Codes({"Uvn6LCg7dVU": "anc_first_visit_share"}),
    )  # fmt: skip
    assert (first.code, first.factor, first.decimals, first.problem) == ("anc_first_visit_share", 100, 1, "")
    assert first.numerator == "(reported(a.b) + reported(a.c)) * 365 / period_days"
    assert first.denominator == "(0.5)"
    assert (second.numerator, second.denominator, second.factor) == ("", "1", 100)
    assert second.problem.startswith("numerator: column 1: `d2:ceil(…)`")


def test_what_the_export_lacks_is_a_problem() -> None:
    told = {"id": "a", "name": "A", "numerator": "#{x} * C{lost}", "denominator": "C{named}"}
    [one] = brought({"indicators": [told | {"indicatorType": {"id": "percent"}}]}, Codes({"named": "half"}))
    assert one.denominator == "half"
    assert one.problem == (
        "indicatorType: 'percent' is not in the export, so that its factor is not known; "
        "numerator: column 8: `C{lost}`: the export has no such constant"
    )


def test_small_numbers_keep_their_digits() -> None:
    told = {"id": "a", "numerator": "#{x} * 0.0000005", "denominator": "C{tiny} * 1.50"}
    [one] = brought({"indicators": [told], "constants": [{"id": "tiny", "value": 1e-7}]})
    assert (one.numerator, one.denominator) == ("reported(x) * 0.0000005", "(0.0000001) * 1.5")


def test_files_are_read(tmp_path: Path) -> None:
    export, codes = tmp_path / "metadata.json", tmp_path / "codes.csv"
    export.write_text(json.dumps({"indicators": [{"id": "a", "numerator": "#{x}", "denominator": "1"}]}))
    codes.write_text("id,code\nx,births\n")
    [one] = brought(read_export(export), read_codes(codes))
    assert (one.code, one.numerator, one.factor) == ("a", "reported(births)", 1)
    assert read_codes(None) == Codes()


@pytest.mark.parametrize(("text", "said"), [("[]", "JSON object with a list"), ("{", "metadata.json")])
def test_another_json_is_refused(tmp_path: Path, text: str, said: str) -> None:
    export = tmp_path / "metadata.json"
    export.write_text(text)
    with pytest.raises(DataError, match=said):
        read_export(export)


def test_codes_need_their_columns(tmp_path: Path) -> None:
    codes = tmp_path / "codes.csv"
    codes.write_text("id,name\nx,births\n")
    with pytest.raises(DataError, match="columns id and code"):
        read_codes(codes)
