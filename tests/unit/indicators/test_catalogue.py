"""The catalogue that comes with the house: whole, bilingual, and what the screens ask for."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from indicators.definition import Catalogue, Direction, TimeOperator
from indicators.expression import RESERVED
from indicators.issue import Issue
from indicators.load import read_catalogue
from indicators.rule import RULES
from indicators.rule.rollups_complete import DEPARTMENT, GOVERNMENT
from tests.helpers.house import CATALOGUE
from warehouse.measure import CASE_FLOWS, CASE_STOCKS
from warehouse.reference import Reference, load_reference

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference(ROOT / "warehouse" / "states" / "kerala")


@pytest.fixture(scope="module")
def read(reference: Reference) -> tuple[Catalogue, list[Issue]]:
    sources = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))["source"]
    return read_catalogue(CATALOGUE, reference, sources)


def test_there_is_nothing_to_find_fault_with(read: tuple[Catalogue, list[Issue]]) -> None:
    assert [str(issue) for issue in read[1]] == []


def test_it_is_large_and_covers_every_department_with_services(
    read: tuple[Catalogue, list[Issue]], reference: Reference
) -> None:
    catalogue = read[0]
    assert len(catalogue) >= 3_400
    departments = {service.department for service in reference.services.values()}
    assert departments == {item.department for item in catalogue.definitions} == set(reference.departments)


def test_every_department_is_asked_about_its_secretariat_and_its_administration(
    read: tuple[Catalogue, list[Issue]], reference: Reference
) -> None:
    for department in map(str.lower, reference.departments):
        assert f"dept_{department}_plan_spent_share" in read[0].index
        assert f"dept_{department}_vacant_share" in read[0].index
        file = "gad_secretariat_file" if department == "gad" else f"{department}_secretariat_file"
        assert f"{file}_overdue_share" in read[0].index


def test_every_metric_is_in_some_indicator(read: tuple[Catalogue, list[Issue]], reference: Reference) -> None:
    used = {code for item in read[0].definitions for code in item.subjects}
    assert set(reference.metrics) - used <= {"reservoir_bulletins"}  # counts reports of a log loaded by hand


def test_no_two_indicators_count_the_same(read: tuple[Catalogue, list[Issue]]) -> None:
    counted = Counter((item.formula, item.subjects, item.time) for item in read[0].definitions)
    assert [key for key, times in counted.items() if times > 1] == []


def test_roll_ups_that_screens_show_by_code(read: tuple[Catalogue, list[Issue]], reference: Reference) -> None:
    codes = read[0].index
    assert all(f"gov_{family}" in codes for family in GOVERNMENT)
    for department in {service.department for service in reference.services.values()}:
        assert all(f"dept_{department.lower()}_{family}" in codes for family in DEPARTMENT)
    assert set(read[0]["gov_open"].subjects) == set(reference.services)


def test_every_k_smart_module_has_its_roll_up(read: tuple[Catalogue, list[Issue]], reference: Reference) -> None:
    modules = (
        "civil_registration", "trade_licence", "property_tax", "building_permits", "grievances", "file_management",
        "finance", "pension_enquiry",
    )  # fmt: skip
    assert all(f"lsg_{module}_in_time_share" in read[0].index for module in modules)


def test_every_service_is_reached_by_an_indicator_of_their_own(
    read: tuple[Catalogue, list[Issue]], reference: Reference
) -> None:
    own = {item.subjects[0] for item in read[0].definitions if len(item.subjects) == 1}
    assert set(reference.services) - own == {"imported_case"}


def test_every_measure_of_cases_is_used_somewhere(read: tuple[Catalogue, list[Issue]]) -> None:
    used = {
        term.measure for item in read[0].definitions for term in (*item.numerator.terms(), *item.denominator.terms())
    }
    assert {*CASE_FLOWS, *CASE_STOCKS} - used <= {
        "approved",
        "undated",
        "withdrawn",
        "delivered",
        "decide_s",
        "rating",
        "payments",
    }


def test_names_are_in_two_scripts_and_short_enough_to_show(read: tuple[Catalogue, list[Issue]]) -> None:
    malayalam = re.compile(r"[\u0d00-\u0d7f]")
    for item in read[0].definitions:
        assert malayalam.search(item.name.local), item.code
        assert not malayalam.search(item.name.en), item.code
        assert "{" not in item.name.en + item.name.local + item.unit.en + item.words_numerator.local
        assert len(item.name.en) <= 100 >= len(item.name.local), item.code


def test_shares_have_bands_targets_on_their_side_and_a_base(read: tuple[Catalogue, list[Issue]]) -> None:
    counted = Counter(item.family for item in read[0].definitions)
    for item in read[0].definitions:
        if item.family in {"overdue_share", "in_time_share", "satisfied_share"}:
            assert item.bands
            assert item.minimum_base == 30
            assert item.target is not None
        if item.family == "in_time_share":
            assert (item.direction, item.target) == (Direction.HIGHER, 95)
        if item.family == "satisfied_share":
            assert item.sources == ("ras_feedback",)
    assert counted["overdue_share"] > 100


def test_limits_say_their_legal_basis_and_every_definition_its_reason(read: tuple[Catalogue, list[Issue]]) -> None:
    for item in read[0].definitions:
        assert item.reason
        if item.family in {"in_time_share", "overdue_share"} and len(item.subjects) == 1 and "dept_" not in item.code:
            assert item.legal_basis, item.code


def test_quantiles_are_headlined_where_they_exist(read: tuple[Catalogue, list[Issue]]) -> None:
    assert {i.headline_period for i in read[0].definitions if i.time is TimeOperator.QUANTILE} == {"mtd"}


def test_the_page_about_indicators_names_every_rule_measure_and_family(read: tuple[Catalogue, list[Issue]]) -> None:
    page = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    families = {item.family for item in read[0].definitions if item.family}
    for word in (*CASE_FLOWS, *CASE_STOCKS, *families):
        assert f"`{word}`" in page, word
    listed = re.search(r"\| rule \| says \|\n\|---\|---\|\n((?:\|.*\n)+)", page)
    assert listed is not None
    assert listed[1] == "".join(f"| `{rule.name}` | {rule.says} |\n" for rule in RULES)


def test_the_page_about_indicators_names_every_word_of_the_language() -> None:
    page = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    in_code = " ".join(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)))
    assert not [word for word in sorted(RESERVED) if not re.search(rf"\b{word}\b", in_code)]


def test_the_example_in_the_page_is_taken_as_it_stands(reference: Reference, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    example = next(block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[[indicator]]" in block)
    (tmp_path / "families.toml").write_text((CATALOGUE / "families.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "example.toml").write_text(example, encoding="utf-8")
    catalogue, issues = read_catalogue(tmp_path, reference)
    of_a_whole_catalogue = {"rollups_complete", "orphan_service", "family_used", "noun_used"}
    assert [str(issue) for issue in issues if issue.rule not in of_a_whole_catalogue] == []
    assert len(catalogue) >= 3
