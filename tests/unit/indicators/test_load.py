"""The catalogue is read with every mistake found, each with file, line and rule."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from indicators.issue import Issue, Level
from indicators.load import load_catalogue, read_catalogue
from tests.helpers.small_catalogue import DEPARTMENT, FAMILIES, small_reference, write_catalogue
from warehouse.errors import DefinitionError

#: The small catalogue has no roll-ups that screens ask for, one name for both languages and codes of its own; that is
#: not what these tests are about.
NOT_MEANT = {"rollups_complete", "local_script", "code_prefix"}


def issues_of(folder: Path, **changed: str) -> list[Issue]:
    write_catalogue(folder / "catalogue", **changed)
    _, issues = read_catalogue(folder / "catalogue", small_reference(), {"tiny": {}})
    return [issue for issue in issues if issue.rule not in NOT_MEANT]


def test_small_catalogue_is_read_without_findings(tmp_path: Path) -> None:
    assert issues_of(tmp_path) == []


def test_families_are_expanded_over_services_and_groups(tmp_path: Path) -> None:
    catalogue, _ = read_catalogue(write_catalogue(tmp_path / "c"), small_reference())
    assert [item.code for item in catalogue.definitions] == [
        "all_received", "all_overdue_share", "all_in_time_share", "all_median_days",
        "gad_certificate_received", "gad_certificate_overdue_share", "gad_certificate_in_time_share",
        "gad_certificate_median_days", "gad_permit_received", "gad_permit_overdue_share",
        "beds_average", "power_used", "received_per_lakh", "load_per_officer",
    ]  # fmt: skip
    share = catalogue["gad_certificate_overdue_share"]
    assert share.name.en == "certificate: share past the limit"
    assert share.family == "overdue_share"
    assert share.subjects == ("certificate",)
    assert share.legal_basis == "Tiny Act 2000"
    assert share.valid_from == date(2026, 4, 1)
    assert catalogue["gad_permit_overdue_share"].minimum_base == 5
    assert catalogue["all_received"].subjects == ("file", "certificate", "permit", "plain")
    assert catalogue["all_received"].unit.local == "അപേക്ഷകൾ"
    assert catalogue["gad_certificate_median_days"].factor == pytest.approx(1 / 24)
    assert catalogue.index["beds_average"] == 10


PROGRAMME_FAMILY = """
[family.used_share]
name_en = "{subject}: {cases} used"
name_ml = "{subject}: ഉപയോഗിച്ച {cases}"
unit_en = "%"
unit_ml = "%"
numerator = "sum({used})"
denominator = "expected({used}) + sum({other})"
factor = 100
direction = "higher"
time = "flow"
words_numerator_en = "{cases} used"
words_numerator_ml = "ഉപയോഗിച്ച {cases}"
words_denominator_en = "{cases} planned"
words_denominator_ml = "വേണ്ട {cases}"
"""
PROGRAMME = """
[[programme]]
code = "gad_energy"
name_en = "Energy"
name_ml = "ഊർജ്ജം"
families = "used_share"
minimum_base = 3
metrics = { used = "power", other = "beds" }
"""


def test_a_family_is_expanded_over_a_programme_by_the_roles_of_its_metrics(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "c", families=FAMILIES + PROGRAMME_FAMILY, department=DEPARTMENT + PROGRAMME)
    catalogue, _ = read_catalogue(tmp_path / "c", small_reference())
    share = catalogue["gad_energy_used_share"]
    assert share.formula == "(sum(power)) ÷ (expected(power) + sum(beds)) × 100"
    assert share.subjects == ("beds", "power")
    assert (share.name.en, share.minimum_base) == ("Energy: applications used", 3)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (', other = "beds"', "", "gad_energy: `used_share` needs a metric for other"),
        ('other = "beds"', 'other = "bets"', "gad_energy: no metrics of the reference data: bets"),
        ('families = "used_share"', 'families = "received"', "`received` is a family of services, not of programmes"),
        ('name_en = "Energy"', "", "a programme needs code, name_en, name_ml and metrics"),
    ],
)
def test_a_programme_that_cannot_be_expanded_says_why(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in PROGRAMME
    wrong = DEPARTMENT + PROGRAMME.replace(old, new, 1)
    found = issues_of(tmp_path, families=FAMILIES + PROGRAMME_FAMILY, department=wrong)
    (issue,) = (issue for issue in found if issue.rule == "structure")
    assert says in issue.message


def test_a_family_of_programmes_is_not_expanded_over_a_service(tmp_path: Path) -> None:
    wrong = DEPARTMENT.replace('families = "pair"', 'families = "used_share"', 1)
    found = issues_of(tmp_path, families=FAMILIES + PROGRAMME_FAMILY, department=wrong)
    assert any("`used_share` is a family of programmes, not of services" in issue.message for issue in found)


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ('numerator = "sum(power)"', 'numerator = "sum(pwr)"', "expression", "`pwr` is not a metric"),
        ('numerator = "sum(power)"', 'numerator = "power + "', "expression", "`power` is not known; allowed are"),
        ('subjects = ["power"]', 'subjects = ["nothing"]', "structure", "`nothing` is neither a service nor a metric"),
        ('direction = "range"', 'direction = "sideways"', "structure", "one of lower, higher, range, neutral"),
        ("amber = [10, 90], red = [5, 95]", "amber = 10, red = 5", "structure", "a pair [low, high]"),
        ('code = "certificate"', 'code = "certifcate"', "structure", "`certifcate` is not a service"),
        ('families = "pair"', 'families = "pear"', "structure", "`pear` (nearest: pair)"),
        ("minimum_base = 5", "minimum_bass = 5", "structure", "unknown field `minimum_bass`; nearest: minimum_base"),
        ("[service.override.overdue_share]", "[service.override.overdue]", "family", "not among its families"),
        ("version = 1", 'version = "one"', "structure", "a whole number is needed"),
        ("valid_from = 2026-04-01", "valid_from = 2026", "structure", "a date such as 2026-04-01"),
        ('services = "all"', 'services = ["file", "fail"]', "structure", "fail"),
        ("[[indicator]]", "[[indicators]]", "structure", "unknown table `indicators`"),
    ],
)
def test_a_mistake_in_a_department_names_file_line_and_rule(
    tmp_path: Path, old: str, new: str, rule: str, says: str
) -> None:
    assert old in DEPARTMENT
    issues = issues_of(tmp_path, department=DEPARTMENT.replace(old, new, 1))
    found = [issue for issue in issues if issue.rule == rule]
    assert found, issues
    assert any(says in issue.message for issue in found), found
    assert all(issue.file == "catalogue/gad.toml" and issue.line >= 1 for issue in found)


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ("factor = 100", 'factor = "1/0"', "structure", "a number is needed"),
        ("{subject}: {cases} received", "{subjects}: received", "family", "unknown placeholder {subjects}"),
        ('pair = ["received", "overdue_share"]', 'pair = ["received", "share"]', "family", "list of families"),
        ("[noun.application]", "[noun.letter]", "structure", "noun `application` is not in families.toml"),
    ],
)
def test_a_mistake_in_a_family_is_found(tmp_path: Path, old: str, new: str, rule: str, says: str) -> None:
    assert old in FAMILIES
    issues = issues_of(tmp_path, families=FAMILIES.replace(old, new, 1))
    assert any(issue.rule == rule and says in issue.message for issue in issues), issues


def test_expression_errors_say_the_column_in_the_file(tmp_path: Path) -> None:
    issues = issues_of(tmp_path, department=DEPARTMENT.replace('"sum(power)"', '"sum(power) + opn"'))
    line = DEPARTMENT.splitlines().index('numerator = "sum(power)"') + 1
    found = next(issue for issue in issues if issue.rule == "expression")
    assert (found.line, found.level) == (line, Level.ERROR)
    assert found.message.startswith("column 27: ")
    assert str(found).startswith(f"catalogue/gad.toml:{line}: error [expression] column 27: ")


def test_all_mistakes_are_reported_at_once_and_the_catalogue_is_refused(tmp_path: Path) -> None:
    text = (
        DEPARTMENT.replace('"sum(power)"', '"sum(pwr)"').replace('"head"', '"foot"').replace("level(beds)", "bed(beds)")
    )
    write_catalogue(tmp_path / "catalogue", department=text)
    with pytest.raises(DefinitionError) as caught:
        load_catalogue(tmp_path / "catalogue", small_reference())
    for part in ("`pwr`", "`foot`", "`bed`", "[rollups_complete]"):
        assert part in str(caught.value)


def test_a_file_that_is_not_toml_does_not_hide_the_others(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "catalogue")
    (tmp_path / "catalogue" / "broken.toml").write_text("[department\n", encoding="utf-8")
    catalogue, issues = read_catalogue(tmp_path / "catalogue", small_reference())
    assert len(catalogue) == 14
    assert any(issue.file == "catalogue/broken.toml" and issue.line == 1 for issue in issues)


def test_a_mistake_in_a_family_is_reported_once_per_service_that_uses_it(tmp_path: Path) -> None:
    issues = issues_of(tmp_path, families=FAMILIES.replace('"overdue"', '"overdew"', 1))
    assert len([issue for issue in issues if issue.rule == "expression"]) == 1
    assert "and 2 more from this line" in next(issue for issue in issues if issue.rule == "expression").message


def _lines_of(folder: Path, rule: str, **changed: str) -> list[str]:
    return [f"{issue.file}:{issue.line}" for issue in issues_of(folder, **changed) if issue.rule == rule]


def _line(text: str, start: str, nth: int = 0) -> int:
    return [number for number, line in enumerate(text.splitlines(), start=1) if line.startswith(start)][nth]


def test_a_finding_points_at_the_template_if_the_template_is_wrong(tmp_path: Path) -> None:
    families = FAMILIES.replace("target = 5", "target = 50")
    place = f"catalogue/families.toml:{_line(families, 'target')}"
    assert _lines_of(tmp_path, "target_side", families=families) == [place]


def test_a_finding_points_at_the_override_if_that_is_wrong(tmp_path: Path) -> None:
    department = DEPARTMENT.replace("minimum_base = 5", "minimum_base = 0")
    place = f"catalogue/gad.toml:{_line(department, 'minimum_base')}"
    assert _lines_of(tmp_path, "minimum_base", department=department) == [place]


def test_a_finding_in_a_text_filled_with_a_name_points_at_the_table_that_asked_for_it(tmp_path: Path) -> None:
    families = FAMILIES.replace('"{subject}: median days"', '"{subject} : median days"')
    places = [f"catalogue/gad.toml:{_line(DEPARTMENT, start)}" for start in ("[[group]]", "[[service]]")]
    assert _lines_of(tmp_path, "text_punctuation", families=families) == places


def test_a_finding_about_bands_points_at_the_level(tmp_path: Path) -> None:
    families = FAMILIES.replace("bands.state = { amber = 10, red = 20 }", "bands.state = { amber = 10, red = 2 }")
    place = f"catalogue/families.toml:{_line(families, 'bands.state')}"
    assert _lines_of(tmp_path, "bands_form", families=families) == [place]
