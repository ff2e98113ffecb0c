"""A small catalogue over the tiny state, with offices and posts, for tests of loading, evaluating and publishing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from textwrap import dedent

from indicators.definition import Definition
from indicators.expression import Missing, Names, parse
from indicators.load import read_catalogue
from tests.helpers.tiny_state import reference as tiny_reference
from warehouse.reference import OfficeForm, OfficeKind, Post, Reference

FAMILIES = dedent("""\
    [noun.application]
    cases_en = "applications"
    cases_ml = "അപേക്ഷകൾ"
    of_cases_en = "applications"
    of_cases_ml = "അപേക്ഷകളുടെ"

    [set]
    pair = ["received", "overdue_share"]

    [family.received]
    name_en = "{subject}: {cases} received"
    name_ml = "{subject}: ലഭിച്ച {cases}"
    unit_en = "{cases}"
    unit_ml = "{cases}"
    numerator = "received"
    direction = "neutral"
    time = "flow"
    words_numerator_en = "{cases} received"
    words_numerator_ml = "ലഭിച്ച {cases}"

    [family.overdue_share]
    name_en = "{subject}: share past the limit"
    name_ml = "{subject}: സമയപരിധി കഴിഞ്ഞത്"
    unit_en = "%"
    unit_ml = "%"
    numerator = "overdue"
    denominator = "open"
    factor = 100
    decimals = 1
    direction = "lower"
    time = "stock"
    bands.default = { amber = 12, red = 15 }
    bands.state = { amber = 10, red = 20 }
    target = 5
    minimum_base = 30
    headline_period = "today"
    words_numerator_en = "overdue"
    words_numerator_ml = "സമയപരിധി കഴിഞ്ഞവ"
    words_denominator_en = "open"
    words_denominator_ml = "തീർപ്പാകാനുള്ളവ"

    [family.in_time_share]
    name_en = "{subject}: in time"
    name_ml = "{subject}: സമയത്ത്"
    unit_en = "%"
    unit_ml = "%"
    numerator = "in_time"
    denominator = "in_time + late"
    factor = 100
    decimals = 1
    direction = "higher"
    time = "flow"
    bands.default = { amber = 93, red = 85 }
    minimum_base = 30
    words_numerator_en = "in time"
    words_numerator_ml = "സമയത്ത് തീർന്നവ"
    words_denominator_en = "decided with a limit"
    words_denominator_ml = "തീർന്നവ"

    [family.median_days]
    name_en = "{subject}: median days"
    name_ml = "{subject}: മധ്യമ ദിവസം"
    unit_en = "days"
    unit_ml = "ദിവസം"
    quantile = 0.5
    factor = "1/24"
    decimals = 1
    direction = "lower"
    time = "quantile"
    minimum_base = 30
    words_numerator_en = "half took at most"
    words_numerator_ml = "പകുതിക്ക് എടുത്ത സമയം"
    words_denominator_en = "decided"
    words_denominator_ml = "തീർന്നവ"
    """)

DEPARTMENT = dedent("""\
    [department]
    code = "GAD"
    owner_post = "head"
    sources = ["tiny"]
    freshness_budget_s = 900
    version = 1
    valid_from = 2026-04-01
    reason = "For tests of the house"

    [[group]]
    code = "all"
    name_en = "All services"
    name_ml = "എല്ലാ സേവനങ്ങളും"
    services = "all"
    families = ["pair", "in_time_share", "median_days"]

    [[service]]
    code = "certificate"
    families = ["pair", "in_time_share", "median_days"]

    [[service]]
    code = "permit"
    families = "pair"
    [service.override.overdue_share]
    minimum_base = 5

    [[indicator]]
    code = "beds_average"
    name_en = "Beds, average of hospitals"
    name_ml = "കിടക്കകൾ, ശരാശരി"
    subjects = ["beds"]
    numerator = "level(beds)"
    denominator = "assets(beds)"
    unit_en = "beds"
    unit_ml = "കിടക്കകൾ"
    decimals = 1
    direction = "range"
    time = "level"
    bands.default = { amber = [10, 90], red = [5, 95] }
    headline_period = "today"
    words_numerator_en = "beds"
    words_numerator_ml = "കിടക്കകൾ"
    words_denominator_en = "hospitals reporting"
    words_denominator_ml = "ആശുപത്രികൾ"

    [[indicator]]
    code = "power_used"
    name_en = "Power used"
    name_ml = "ഉപയോഗിച്ച വൈദ്യുതി"
    subjects = ["power"]
    numerator = "sum(power)"
    unit_en = "units"
    unit_ml = "യൂണിറ്റ്"
    decimals = 1
    direction = "neutral"
    time = "flow"
    words_numerator_en = "units"
    words_numerator_ml = "യൂണിറ്റ്"

    [[indicator]]
    code = "received_per_lakh"
    name_en = "Received per lakh people"
    name_ml = "ലക്ഷം പേർക്ക് ലഭിച്ചത്"
    subjects = ["certificate", "permit"]
    numerator = "received + 2 * received(file) - 1"
    denominator = "population / lakh"
    unit_en = "per lakh"
    unit_ml = "ലക്ഷത്തിന്"
    decimals = 1
    direction = "neutral"
    time = "flow"
    words_numerator_en = "received"
    words_numerator_ml = "ലഭിച്ചവ"
    words_denominator_en = "people in lakh"
    words_denominator_ml = "ജനം ലക്ഷത്തിൽ"

    [[indicator]]
    code = "load_per_officer"
    name_en = "Odd quotient inside a quotient"
    name_ml = "ഘടകങ്ങളുടെ അനുപാതം"
    subjects = ["certificate"]
    numerator = "received / decided"
    denominator = "approved / received"
    unit_en = "times"
    unit_ml = "മടങ്ങ്"
    decimals = 1
    direction = "neutral"
    time = "flow"
    words_numerator_en = "received for each decided"
    words_numerator_ml = "ലഭിച്ചത് തീർപ്പൊന്നിന്"
    words_denominator_en = "approved of received"
    words_denominator_ml = "അനുവദിച്ചത്"
    """)

#: Makes a definition of a numerator, a denominator, what is missing, and attributes of Definition by name.
Make = Callable[..., Definition]


@cache
def small_reference() -> Reference:
    """The tiny state, with a desk in every body that delivers certificates and a taluk office that delivers permits."""
    form = OfficeForm((), "Desk", "ഡെസ്ക്", "head", ("head",))
    kinds = {
        "desk": OfficeKind("desk", "GAD", "body", (form,)),
        "taluk_office": OfficeKind("taluk_office", "GAD", "taluk", (form,)),
    }
    whole = tiny_reference()
    delivered = {"certificate": ("desk", "body"), "permit": ("taluk_office", "taluk")}
    services = {
        code: replace(
            service, office_kind=delivered.get(code, (None, None))[0], level=delivered.get(code, (None, None))[1]
        )
        for code, service in whole.services.items()
    }
    metrics = {**whole.metrics, "power": replace(whole.metrics["power"], time="flow")}
    posts = {"head": Post("head", "Head", "മേധാവി")}
    return replace(whole, office_kinds=kinds, services=services, metrics=metrics, posts=posts)


def write_catalogue(folder: Path, *, families: str = FAMILIES, department: str = DEPARTMENT) -> Path:
    """Write the two files. Returns: the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "families.toml").write_text(families, encoding="utf-8")
    (folder / "gad.toml").write_text(department, encoding="utf-8")
    return folder


def maker(folder: Path, template: str) -> Make:
    """Gives definitions that are like one of the small catalogue, but for their expressions and what else is said.

    Args:
        folder: of the test.
        template: code of the indicator.
    """
    reference = small_reference()
    like = read_catalogue(write_catalogue(folder / "catalogue"), reference)[0][template]
    levels = tuple(level.code for level in reference.state.levels)
    names = Names(("certificate",), frozenset(reference.services), frozenset(reference.metrics), levels=levels)

    def made(numerator: str, denominator: str = "1", missing: Missing = Missing.SKIP, **changed: object) -> Definition:
        parts = {"numerator": parse(numerator, names, missing), "denominator": parse(denominator, names, missing)}
        return replace(like, **parts, **changed)  # type: ignore[arg-type]

    return made
