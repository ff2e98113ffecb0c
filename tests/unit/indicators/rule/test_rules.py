"""Every rule of the catalogue finds its mistake on the right line, and leaves what comes near to it alone."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from indicators import rule as rule_package
from indicators.issue import Level
from indicators.rule import RULES, Rule
from tests.helpers.rule_case import (
    Case,
    Change,
    indicator,
    issues_of,
    rule_reference,
    with_hindi,
    with_limits,
    with_service,
)
from warehouse.reference import Target

#: What the small catalogue breaks by nature: it has no roll-ups, tiny names in one script, and codes of its own.
BY_NATURE: Final = frozenset({"code_prefix", "local_script", "rollups_complete"})


def _extra(**fields: object) -> Change:
    return Change(extra=indicator(**fields))


def _beside(rule: str, says: str, at: str, wrong: dict[str, object], right: dict[str, object], nth: int = -1) -> Case:
    """One more indicator, wrong and right."""
    return Case(rule, _extra(**wrong), says, at, _extra(**right), nth)


def _share(numerator: str, denominator: str, **fields: object) -> dict[str, object]:
    return {"numerator": numerator, "denominator": denominator, "unit_en": "%", **fields}


CODES: Final = (
    _beside("code_form", "single underscores", 'code = "gad__x"', {"code": "gad__x"}, {"code": "gad_x"}),
    _beside("code_unique", "already used at", 'code = "power_used"', {"code": "power_used"}, {"code": "gad_x"}),
    _beside("code_prefix", "lsg_x: the code", 'code = "lsg_x"', {"code": "lsg_x"}, {"code": "gad_x"}),
)

TEXTS: Final = (
    _beside("name_unique", "already the name of", "name_en", {"name_en": "Power used"}, {"name_en": "Power lost"}),
    _beside("name_alike", "reads like “Power used”", "name_en", {"name_en": "Power-Used"}, {"name_en": "Powers used"}),
    _beside("name_length", "141 characters", "name_en", {"name_en": "x" * 141}, {"name_en": "x" * 140}),
    _beside(
        "name_unit", "repeats the unit", "name_en",
        {"name_en": "Letters (applications)"}, {"name_en": "Letters (all applications)"},
    ),
    _beside("name_unit", "repeats the unit", "name_ml", {"name_ml": "ശതമാനം (%)"}, {"name_ml": "ശതമാനം"}),
    _beside(
        "name_numbers", "numbers 15, name_ml has 10", "name_ml",
        {"name_en": "Within 15 minutes", "name_ml": "10 മിനിറ്റിനകം"},
        {"name_en": "Within 1,500 of 2 minutes", "name_ml": "൨ മിനിറ്റിൽ 1500"},
    ),
    _beside("english_script", "must be English", "name_en", {"name_en": "Extra സംഖ്യ"}, {"name_en": "Extra ₹ m³ “x”"}),
    _beside("local_script", "no letter of its script", "name_ml", {"name_ml": "Extra local"}, {"name_ml": "സംഖ്യ x"}),
    _beside("local_script", "no letter of its script", "words_numerator_ml", {"words_numerator_ml": "தமிழ்"}, {}),
    Case(
        "local_script", _extra(name_ml="Extra number"), "the same in both languages", "name_ml", nth=-1,
        level=Level.WARNING,
    ),
    _beside("text_characters", "U+200B", "name_en", {"name_en": "Extra\u200bnumber"}, {"name_ml": "ന\u200dഅധിക"}),
    _beside("text_characters", "U+200D", "name_en", {"name_en": "Extra\u200dnumber"}, {}),
    _beside("text_characters", "U+FFFD", "unit_ml", {"unit_ml": "അപേക്\ufffd"}, {}),
    _beside("text_characters", "composed (NFC)", "name_en", {"name_en": "Cafe\u0301s"}, {"name_en": "Cafés"}),
    _beside("text_punctuation", "“ :” in it", "name_en", {"name_en": "Extra : all"}, {"name_en": "Extra: all"}),
    _beside("text_punctuation", "without its other half", "name_ml", {"name_ml": "സംഖ്യ (എല്ലാം"}, {}),
    _beside("text_punctuation", "ends without a mark", "name_en", {"name_en": "Extra number."}, {}),
    _beside(
        "words_distinct", "are both “Of what”", "words_denominator_en",
        _share("in_time", "decided", words_numerator_en="Of what"), _share("in_time", "decided"),
    ),
    _beside(
        "denominator_words", "without a denominator", "words_denominator_en",
        {"words_denominator_en": "of what", "words_denominator_ml": "എന്ത്"}, {},
    ),
    _beside(
        "denominator_words", "needed in both languages", "words_denominator_en",
        _share("in_time", "decided", words_denominator_en=""), _share("in_time", "decided"),
    ),
    _beside("unit_spelling", "is written `hours`", "unit_en", {"unit_en": "Hrs"}, {"unit_en": "hours"}),
    _beside("unit_spelling", "must say what is counted", "unit_en", {"unit_en": "Nos."}, {"unit_en": "letters"}),
    _beside(
        "unit_translation", "one word is needed", "unit_ml",
        {"unit_en": "beds", "unit_ml": "ബെഡ്"}, {"unit_en": "beds", "unit_ml": "കിടക്കകൾ"},
    ),
    Case(
        "department_translated", Change(reference=with_hindi(None)), "no name in hi", 'code = "GAD"',
        Change(reference=with_hindi("सामान्य प्रशासन")),
    ),
)  # fmt: skip

ANSWERING: Final = (
    Case("department_known", Change(department=(('"GAD"', '"XYZ"'),)), "`XYZ` is not known", 'code = "XYZ"'),
    Case("owner_known", Change(department=(('"head"', '"foot"'),)), "`foot` is not a post", "owner_post"),
    Case(
        "sources_known", Change(department=(('["tiny"]', '["huge"]'),)), "[source.huge]", "sources =",
        level=Level.WARNING,
    ),
    Case("sources_known", Change(department=(('["tiny"]', "[]"),)), "at least one source", "sources ="),
    Case("freshness", Change(department=(("= 900", "= 1"),)), "between 10 s and 35 days", "freshness_budget_s"),
    Case(
        "freshness_source", Change(sources={"tiny": {"expected_interval_s": 901}}), "the 901 s that source tiny",
        "freshness_budget_s", Change(sources={"tiny": {"expected_interval_s": 900}}),
    ),
    Case("version", Change(department=(("version = 1", "version = 0"),)), "count from 1", "version = 0"),
    Case("version", Change(department=(("For tests of the house", "why"),)), "does not say why", "reason"),
    _beside(
        "version_said", "needs a reason of its own", "version = 2",
        {"version": 2}, {"version": 2, "reason": "Withdrawn cases are counted on their day"},
    ),
    Case(
        "valid_from", _extra(valid_from=date(2026, 5, 2)), "after today, 2026-05-01", "valid_from",
        _extra(valid_from=date(2026, 5, 1)), nth=-1, level=Level.WARNING,
    ),
)  # fmt: skip

_BEDS: Final = {"subjects": ["beds"], "unit_en": "beds", "unit_ml": "കിടക്കകൾ"}
_FILL: Final = {"subjects": ["fill"], "unit_en": "%", "factor": 1, "time": "level", "headline_period": "today"}
_DAYS: Final = {"numerator": "decided", "quantile": 0.5, "time": "quantile", "factor": "1/24", "unit_en": "days"}
_NO_QUANTILE: Final = {key: value for key, value in _DAYS.items() if key != "quantile"}

MEANING: Final = (
    _beside("time_operator", "measures are stocks", "time", {"numerator": "open"}, {"numerator": "late"}),
    _beside(
        "metric_time", "cannot be summed over time", "numerator",
        {**_BEDS, "numerator": "sum(beds)"}, {**_BEDS, "numerator": "sum(beds)", "denominator": "readings(beds)"},
    ),
    _beside(
        "metric_time", "has no level(…)", "numerator",
        {"subjects": ["trips"], "numerator": "level(trips)"}, {"subjects": ["trips"], "numerator": "sum(trips)"},
    ),
    _beside(
        "metric_average", "divide by assets(fill)", "numerator",
        {**_FILL, "numerator": "level(fill)"},
        {**_FILL, "numerator": "level(fill)", "denominator": "assets(fill)"},
    ),
    _beside(
        "metric_average", "hours_left in hours cannot be added up", "numerator",
        {"subjects": ["hours_left"], "numerator": "level(hours_left)"},
        {"subjects": ["hours_left"], "numerator": "level(hours_left)", "denominator": "assets(hours_left)"},
    ),
    _beside(
        "metric_unit", "trips is in trips", "unit_en",
        {"subjects": ["trips"], "numerator": "sum(trips)", "unit_en": "buses"},
        {"subjects": ["trips"], "numerator": "sum(trips)", "unit_en": "trips"},
    ),
    _beside(
        "time_factor", "seconds shown as hours need factor 0.000277778", "factor",
        {"numerator": "decide_s", "denominator": "decided", "unit_en": "hours", "factor": "1/86400"},
        {"numerator": "decide_s / 60", "denominator": "decided", "unit_en": "hours", "factor": "1/60"},
    ),
    _beside("time_factor", "hours shown as days need factor", "factor", {**_DAYS, "factor": 24}, _DAYS),
    _beside(
        "time_factor", "must be one of seconds, minutes, hours", "[[indicator]]",
        {"numerator": "overdue_days", "time": "stock"},
        {"numerator": "overdue_days", "time": "stock", "unit_en": "person-days"},
    ),
    _beside("time_factor", "nothing in withdrawn is in a unit", "[[indicator]]", {"unit_en": "days"}, {}),
    _beside(
        "money_factor", "paise shown as ₹ lakh need factor 1e-07", "factor",
        {"numerator": "paid_paise", "unit_en": "₹ lakh", "factor": "1/100"},
        {"numerator": "paid_paise", "unit_en": "₹ lakh", "factor": "1/10000000"},
    ),
    _beside(
        "unit_factor", "factor 100, not 10", "factor",
        _share("in_time", "decided", factor=10), _share("in_time", "decided"),
    ),
    _beside("unit_factor", "makes every value 0", "factor", {"factor": 0}, {"factor": -1}),
    _beside("unit_factor", "3 is the most", "decimals", {"decimals": 4, "factor": 0.5}, {"decimals": 3, "factor": 0.5}),
    _beside("unit_factor", "a count of cases has no decimals", "decimals", {"decimals": 1}, {"decimals": 0}),
    _beside(
        "time_operator", "cannot be divided by measures that are stocks", "denominator =",
        {"denominator": "open"}, {"denominator": "level(beds)"},
    ),
    _beside("time_operator", "names no measure", "numerator", {"numerator": "1 + 1"}, {"numerator": "1 + received"}),
    _beside(
        "per_population", "counts per 1000 people", "denominator =",
        {"denominator": "population / 1000", "unit_en": "per lakh"},
        {"denominator": "population / lakh", "unit_en": "per lakh people"},
    ),
    _beside(
        "per_population", "needs a denominator with population", "[[indicator]]",
        {"unit_en": "per lakh"}, {"unit_en": "per lakh km"},
    ),
    _beside(
        "per_population", "must say per how many people", "unit_en",
        {"denominator": "population / lakh", "unit_en": "letters"}, {"denominator": "received", "unit_en": "letters"},
    ),
    _beside(
        "like_units", "puts a count and seconds into one sum", "numerator",
        {"numerator": "received + 2 * (withdrawn + decide_s)"},
        {"numerator": "received + withdrawn + decide_s / 86400"},
    ),
    _beside(
        "share_units", "trips divided by km", "denominator =",
        _share("sum(trips)", "sum(km)", subjects=["trips", "km"]),
        _share("sum(trips)", "sum(trips_due)", subjects=["trips", "trips_due"]),
    ),
    _beside(
        "share_part", "withdrawn is no part of approved", "numerator",
        _share("withdrawn", "approved"), _share("in_time + late", "decided"),
    ),
    _beside(
        "share_part", "of the same services", "numerator",
        _share("in_time(permit)", "decided(certificate)", subjects=["certificate", "permit"]),
        _share("in_time(permit)", "decided", subjects=["certificate", "permit"]),
    ),
    _beside(
        "counted_twice", "adds approved to decided", "numerator",
        {"numerator": "decided + approved"}, {"numerator": "decided - approved + reopened"},
    ),
    _beside(
        "denominator_measure", "names no measure", "denominator =",
        {"denominator": "10 * 10"}, {"denominator": "10 * received"},
    ),
    _beside(
        "quotient_constant", "is always 200", "denominator =",
        _share("2 * received + received", "received * 1.5"), _share("2 * received + withdrawn", "received"),
    ),
    _beside("quantile", "share between 0 and 1", "quantile =", {**_DAYS, "quantile": 50}, _DAYS),
    _beside("quantile", "a quantile is of `decided`", "numerator", {**_DAYS, "numerator": "open"}, _DAYS),
    _beside("quantile", "go together", "[[indicator]]", _NO_QUANTILE, _DAYS),
    _beside(
        "clock_mixed", "limits of file are in hours, those of certificate in days", "subjects",
        {**_DAYS, "subjects": ["certificate", "file"]},
        {**_DAYS, "subjects": ["certificate", "permit"]},
    ),
    _beside(
        "clock_mixed", "must be hours or minutes", "unit_en",
        {**_DAYS, "subjects": ["file"]},
        {**_DAYS, "subjects": ["file"], "unit_en": "hours", "factor": 1},
    ),
    _beside(
        "subjects_counted", "subject `permit` is not in its formula", "subjects",
        {"subjects": ["certificate", "permit"], "numerator": "withdrawn(certificate)"},
        {"subjects": ["certificate", "permit"]},
    ),
    _beside(
        "subjects_counted", "its source is not watched", "subjects",
        {"numerator": "received / sum(trips)"}, {"numerator": "received / received(permit)"},
    ),
    _beside(
        "duplicate_meaning", "counts the same as gad_certificate_received", "[[indicator]]",
        {"numerator": "received * 2 + withdrawn - withdrawn", "factor": "1/2"}, {"numerator": "received * 2"},
    ),
)  # fmt: skip

_LATE: Final = {**_share("late", "decided"), "direction": "lower", "minimum_base": 30}

JUDGEMENT: Final = (
    _beside(
        "direction_measure", "late is better lower", "direction",
        {**_LATE, "direction": "higher"}, {**_LATE, "direction": "neutral"},
    ),
    _beside(
        "direction_measure", "in_time is better higher", "direction",
        _share("in_time", "decided", direction="range"), _share("in_time", "decided", direction="higher"),
    ),
    _beside(
        "range_banded", "needs bands", "direction",
        {"direction": "range"}, {"direction": "range", "bands": {"default": {"amber": [1, 9]}}},
    ),
    _beside(
        "bands_form", "red must lie beyond amber", "bands.state",
        {**_LATE, "bands": {"default": {"amber": 5, "red": 9}, "state": {"amber": 10, "red": 5}}},
        {**_LATE, "bands": {"default": {"amber": 5, "red": 10}}},
    ),
    _beside(
        "bands_form", "`village`, which is not a level", "bands.village",
        {**_LATE, "bands": {"village": {"amber": 5}}}, {**_LATE, "bands": {"body": {"amber": 5}}},
    ),
    _beside(
        "bands_form", "a neutral indicator", "bands.default",
        {"bands": {"default": {"amber": 1}}}, {"bands": {"default": {"amber": 1}}, "direction": "lower"},
    ),
    _beside(
        "bands_reach", "has no value at level body", "bands.body",
        {**_LATE, "subjects": ["permit"], "bands": {"body": {"amber": 5, "red": 10}}},
        {**_LATE, "subjects": ["permit"], "bands": {"taluk": {"amber": 5, "red": 10}}},
    ),
    _beside(
        "target_side", "would itself be amber", "target",
        {**_LATE, "target": 6, "bands": {"default": {"amber": 5, "red": 10}}},
        {**_LATE, "target": 5, "bands": {"default": {"amber": 5, "red": 10}}},
    ),
    _beside(
        "target_side", "a neutral indicator cannot have a target", "target",
        {"target": 6}, {"target": 6, "direction": "lower"},
    ),
    _beside(
        "threshold_possible", "no value passes threshold 100", "bands.default",
        {**_LATE, "bands": {"default": {"amber": 50, "red": 100}}},
        {**_LATE, "bands": {"default": {"amber": 50, "red": 99.9}}},
    ),
    _beside(
        "threshold_possible", "looks like a fraction", "bands.default",
        _share("in_time", "decided", direction="higher", bands={"default": {"amber": 0.9}}),
        _share("in_time", "decided", direction="higher", bands={"default": {"amber": 90}}),
    ),
    _beside(
        "threshold_possible", "target 101 is out of reach", "target", {**_LATE, "target": 101}, {**_LATE, "target": 0}
    ),
    _beside(
        "threshold_possible", "values lie in 1 … 5", "bands.default",
        {"numerator": "rating", "denominator": "feedback", "direction": "higher", "bands": {"default": {"amber": 1}}},
        {"numerator": "rating", "denominator": "feedback", "direction": "higher", "bands": {"default": {"amber": 2}}},
    ),
    _beside(
        "threshold_possible", "values lie in 0 … 100", "target",
        {**_FILL, "numerator": "level(fill)", "denominator": "assets(fill)", "target": 120, "direction": "higher"},
        {**_FILL, "numerator": "level(fill)", "denominator": "assets(fill)", "target": 90, "direction": "higher"},
    ),
    _beside(
        "threshold_decimals", "more decimals than the 1", "bands.default",
        {**_LATE, "bands": {"default": {"amber": 5.25}}}, {**_LATE, "bands": {"default": {"amber": 5.3}}},
    ),
    _beside(
        "minimum_base", "needs a minimum_base", "minimum_base",
        {**_LATE, "minimum_base": 0, "bands": {"default": {"amber": 5}}}, {**_LATE, "bands": {"default": {"amber": 5}}},
    ),
    _beside("minimum_base", "cannot be negative", "minimum_base", {**_LATE, "minimum_base": -1}, _LATE),
    _beside("minimum_base", "can never apply", "minimum_base", {"minimum_base": 30}, {"minimum_base": 0}),
    Case(
        "limit_needed",
        Change(
            extra=indicator(subjects=["plain"], numerator="overdue"),
            reference=with_service("plain", office_kind="desk", level="body"),
        ),
        "plain has no limit", 'numerator = "overdue"', _extra(subjects=["plain"], numerator="overdue"), nth=-1,
    ),
    Case(
        "limit_confirmed", Change(reference=with_limits("certificate", status="to be confirmed")),
        "the limit of certificate is to be confirmed", "reason",
        Change(
            department=(("For tests of the house", "Limits to be confirmed"),),
            reference=with_limits("certificate", status="to be confirmed"),
        ),
    ),
    _beside(
        "headline", "must be one of today, 7d, mtd, fy", "headline_period",
        {"headline_period": "p7d"}, {"headline_period": "fy"},
    ),
    _beside(
        "held_by_board", "does not hold", "numerator =",
        {"numerator": "received.shift(-2)"}, {"numerator": "received.shift(-1)"},
    ),
    _beside(
        "period_now", "headline_period must be today, not mtd", "headline_period",
        {"numerator": "open", "time": "stock", "headline_period": "mtd"},
        {"numerator": "open", "time": "stock", "headline_period": "today"},
    ),
    _beside(
        "reachable", "no asset reports ghost", "denominator =",
        {"denominator": "level(ghost)", "subjects": ["certificate", "ghost"]}, {"denominator": "received"},
    ),
)  # fmt: skip

_LETTER: Final = (
    '[noun.{}]\ncases_en = "letters"\ncases_ml = "കത്തുകൾ"\nof_cases_en = "letters"\nof_cases_ml = "കത്തുകളുടെ"\n'
)
_FIRST_SET: Final = "[set]\n"

FILES: Final = (
    Case(
        "orphan_service", Change(reference=with_service("plain", office_kind="desk", level="body")),
        "plain of GAD is counted by no indicator of its own", "[department]",
    ),
    Case(
        "rollups_complete", Change(), "dept_gad_overdue_share", "[department]",
        Change(
            department=(
                ('code = "all"', 'code = "dept_gad"'), ('services = "all"', 'services = "department"'),
            ),
        ),
    ),
    Case(
        "department_judged",
        Change(families=(("bands.", "#"),), department=(("bands.", "#"),)),
        "department GAD has indicators, but none with bands", "[department]", Change(families=(("bands.", "#"),)),
    ),
    Case(
        "group_services", Change(department=(('"all"\nfam', '["permit"]\nfam'),)), "make the indicators of permit",
        'services = ["permit"]', Change(department=(('"all"\nfam', '["permit", "certificate"]\nfam'),)),
    ),
    Case(
        "group_services", Change(department=(('"all"\nfam', '["permit", "file", "file"]\nfam'),)),
        "file is listed more than once", "services = [",
    ),
    Case(
        "group_services",
        Change(department=(('code = "GAD"', 'code = "XYZ"'), ('"all"\nfam', '"department"\nfam'))),
        "there is no service in `department`", "services =", Change(department=(('"all"\nfam', '"department"\nfam'),)),
    ),
    Case(
        "rollups_complete",
        Change(
            department=(
                ('code = "all"', 'code = "dept_gad"'), ('"all"\nfam', '["file", "permit"]\nfam'),
            ),
        ),
        "dept_gad_overdue_share must be about all services of GAD", "[[group]]",
    ),
    Case(
        "service_once", Change(extra='\n[[service]]\ncode = "permit"\nfamilies = "median_days"\n'),
        "service permit has a table at catalogue/gad.toml:", 'code = "permit"', nth=1,
    ),
    Case(
        "families_once", Change(department=(('= "pair"', '= ["pair", "received"]'),)),
        "received is asked for more than once", 'families = ["pair", "received"]',
        Change(department=(('= "pair"', '= ["pair", "in_time_share"]'),)),
    ),
    Case(
        "field_ignored", Change(department=(('= "pair"', '= "pair"\nfactor = 2\ntime = "flow"'),)),
        "time has no effect", 'time = "flow"', Change(department=(('= "pair"', '= "pair"\ndecimals = 2'),)),
    ),
    Case(
        "override_changes", Change(department=(("minimum_base = 5", "minimum_base = 30"),)),
        "repeats minimum_base = 30 of the family at catalogue/families.toml:", "minimum_base = 30",
    ),
    Case(
        "family_used", Change(department=((', "median_days"]', "]"),)), "family median_days is used by no service",
        "[family.median_days]", file="families.toml",
    ),
    Case(
        "family_used", Change(families=((_FIRST_SET, _FIRST_SET + 'spare = ["received"]\n'),)),
        "set spare is used by no service", "spare =", file="families.toml",
    ),
    Case(
        "set_members", Change(families=(('pair = ["received"', 'pair = ["received", "received"'),)),
        "set pair names received more than once", "pair =", file="families.toml",
    ),
    Case(
        "subject_in_name", Change(families=(('"{subject}: ലഭിച്ച', '"ലഭിച്ച'),)), "name_ml must hold {subject}",
        'name_ml = "ലഭിച്ച', file="families.toml",
    ),
    Case(
        "noun_forms", Change(families=(('of_cases_ml = "അപേക്ഷകളുടെ"\n', 'of_case_ml = "അപേക്ഷകളുടെ"\n'),)),
        "lacks of_cases_ml and has unknown of_case_ml", "[noun.application]", file="families.toml",
    ),
    Case(
        "noun_used", Change(families=((_FIRST_SET, _LETTER.format("letter") + _FIRST_SET),)),
        "noun letter is neither a kind of service", "[noun.letter]",
        Change(families=((_FIRST_SET, _LETTER.format("ticket") + _FIRST_SET),)), file="families.toml",
    ),
)  # fmt: skip

CASES: Final = (*CODES, *TEXTS, *ANSWERING, *MEANING, *JUDGEMENT, *FILES)


def _called(case: Case) -> str:
    return f"{case.rule}-{case.says[:20]}"


@pytest.mark.parametrize("case", CASES, ids=_called)
def test_a_rule_names_the_line_that_breaks_it(case: Case, tmp_path: Path) -> None:
    found = [issue for issue in issues_of(case.wrong, tmp_path, case.rule) if case.says in issue.message]
    assert [(issue.file, issue.line) for issue in found] == [(f"catalogue/{case.file}", case.line)], found
    assert {issue.level for issue in found} == {case.level}


@pytest.mark.parametrize("case", CASES, ids=_called)
def test_a_rule_leaves_alone_what_only_comes_near(case: Case, tmp_path: Path) -> None:
    found = issues_of(case.right, tmp_path, case.rule)
    if case.rule in BY_NATURE:
        found = [issue for issue in found if case.says in issue.message and issue.line == case.line]
    assert found == []


_TARGETS: Final = (
    ("lsg_x", None, 1, "there is no indicator lsg_x"),
    ("power_use", None, 1, "there is no indicator power_use; nearest is power_used"),
    ("power_used", None, 1, "a neutral indicator cannot have a target"),
    ("gad_extra", "taluk", 6, "target 6 would itself be amber at level taluk"),
    ("gad_extra", None, 11, "target 11 would itself be red at level district"),
    ("gad_extra", "taluk", 5, ""),
)


@pytest.mark.parametrize(("code", "level", "value", "says"), _TARGETS)
def test_targets_of_places_are_of_indicators_that_can_have_them(
    code: str, level: str | None, value: float, says: str, tmp_path: Path
) -> None:
    reference = rule_reference()
    district = reference.by_level("district")[0].code
    target = Target(code, district, level, date(2026, 4, 1), None, value, "Order 1", line=7)
    late = indicator(**_LATE, bands={"default": {"amber": 5, "red": 10}})
    change = Change(extra=late, reference=replace(reference, targets=(target,)))
    found = issues_of(change, tmp_path, "target_of_place")
    assert [(issue.file, issue.line) for issue in found] == [("targets.csv", 7)] * bool(says)
    assert all(says in issue.message for issue in found)


def test_every_rule_of_the_folder_is_registered_under_the_name_of_its_file() -> None:
    folder = Path(str(rule_package.__file__)).parent
    modules = {path.stem: importlib.import_module(f"indicators.rule.{path.stem}") for path in folder.glob("[a-z]*.py")}
    written = {name: module.RULE for name, module in modules.items() if isinstance(getattr(module, "RULE", None), Rule)}
    assert {name: rule.name for name, rule in written.items()} == {name: name for name in written}
    assert sorted(rule.name for rule in RULES) == sorted(written)
    assert set(modules) - set(written) == {"context", "measures", "reach", "scale"}
    assert len(written) >= 40


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert {case.rule for case in CASES} | {"target_of_place"} == {rule.name for rule in RULES}


def test_every_rule_says_what_it_wants_in_one_sentence() -> None:
    for rule in RULES:
        assert rule.says.endswith("."), rule.name
        assert 20 < len(rule.says) <= 120, rule.name
    assert len({rule.says for rule in RULES}) == len(RULES)
