"""A state that is not Kerala, from nothing but files: tables, catalogue, settings, a log. Three levels, Gujarati names.

Names of places are those of Gujarat; everything else is small and made up.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

from tests.helpers.small_catalogue import FAMILIES

DISTRICTS = (
    ("ahmedabad", "Ahmedabad", "અમદાવાદ", (("daskroi", "Daskroi", "દસક્રોઈ"), ("sanand", "Sanand", "સાણંદ"))),
    ("botad", "Botad", "બોટાદ", (("gadhada", "Gadhada", "ગઢડા"), ("ranpur", "Ranpur", "રાણપુર"))),
    ("dang", "Dang", "ડાંગ", (("ahwa", "Ahwa", "આહવા"), ("waghai", "Waghai", "વઘઈ"))),
)
CASES = 600
_GUJARATI = {
    "{subject}: ലഭിച്ച {cases}": "{subject}: મળેલી {cases}",
    "{subject}: സമയപരിധി കഴിഞ്ഞത്": "{subject}: મુદત વીતેલી",
    "{subject}: സമയത്ത്": "{subject}: સમયસર",
    "{subject}: മധ്യമ ദിവസം": "{subject}: મધ્યમ દિવસ",
    "അപേക്ഷകളുടെ": "અરજીઓના",
    "അപേക്ഷകൾ": "અરજીઓ",
    "ലഭിച്ച {cases}": "મળેલી {cases}",
    "സമയപരിധി കഴിഞ്ഞവ": "મુદત વીતેલી અરજીઓ",
    "തീർപ്പാകാനുള്ളവ": "બાકી અરજીઓ",
    "സമയത്ത് തീർന്നവ": "સમયસર નિકાલ",
    "തീർന്നവ": "નિકાલ થયેલી",
    "ദിവസം": "દિવસ",
    "പകുതിക്ക് എടുത്ത സമയം": "અડધા માટે સમય",
}
_MORE_FAMILIES = dedent("""\
    [family.open]
    name_en = "{subject}: {cases} pending"
    name_gu = "{subject}: બાકી {cases}"
    unit_en = "{cases}"
    unit_gu = "{cases}"
    numerator = "open"
    direction = "neutral"
    time = "stock"
    headline_period = "today"
    words_numerator_en = "{cases} pending"
    words_numerator_gu = "બાકી {cases}"

    [family.overdue]
    name_en = "{subject}: {cases} past the limit"
    name_gu = "{subject}: મુદત વીતેલી {cases}"
    unit_en = "{cases}"
    unit_gu = "{cases}"
    numerator = "overdue"
    direction = "lower"
    time = "stock"
    headline_period = "today"
    words_numerator_en = "{cases} past the limit"
    words_numerator_gu = "મુદત વીતેલી {cases}"

    [family.due_48h]
    name_en = "{subject}: {cases} due in 48 hours"
    name_gu = "{subject}: ૪૮ કલાકમાં મુદતની {cases}"
    unit_en = "{cases}"
    unit_gu = "{cases}"
    numerator = "due_48h"
    direction = "lower"
    time = "stock"
    headline_period = "today"
    words_numerator_en = "{cases} due in 48 hours"
    words_numerator_gu = "૪૮ કલાકમાં મુદતની {cases}"

    [family.paused]
    name_en = "{subject}: {cases} paused"
    name_gu = "{subject}: અટકેલી {cases}"
    unit_en = "{cases}"
    unit_gu = "{cases}"
    numerator = "paused"
    direction = "neutral"
    time = "stock"
    headline_period = "today"
    words_numerator_en = "{cases} paused"
    words_numerator_gu = "અટકેલી {cases}"

    [family.decided]
    name_en = "{subject}: {cases} decided"
    name_gu = "{subject}: નિકાલ થયેલી {cases}"
    unit_en = "{cases}"
    unit_gu = "{cases}"
    numerator = "decided"
    direction = "neutral"
    time = "flow"
    words_numerator_en = "{cases} decided"
    words_numerator_gu = "નિકાલ થયેલી {cases}"

    [family.satisfied_share]
    name_en = "{subject}: applicants satisfied"
    name_gu = "{subject}: સંતુષ્ટ અરજદારો"
    unit_en = "%"
    unit_gu = "%"
    numerator = "satisfied"
    denominator = "feedback"
    factor = 100
    decimals = 1
    direction = "higher"
    time = "flow"
    bands.default = { amber = 75, red = 60 }
    minimum_base = 30
    words_numerator_en = "satisfied answers"
    words_numerator_gu = "સંતુષ્ટ જવાબો"
    words_denominator_en = "answers"
    words_denominator_gu = "જવાબો"

    [family.reopened_share]
    name_en = "{subject}: opened again"
    name_gu = "{subject}: ફરી ખોલેલી"
    unit_en = "%"
    unit_gu = "%"
    numerator = "reopened"
    denominator = "decided"
    factor = 100
    decimals = 1
    direction = "lower"
    time = "flow"
    bands.default = { amber = 5, red = 8 }
    minimum_base = 30
    words_numerator_en = "opened again"
    words_numerator_gu = "ફરી ખોલેલી અરજીઓ"
    words_denominator_en = "decided"
    words_denominator_gu = "નિકાલ થયેલી અરજીઓ"
    """)
_DEPARTMENT = dedent("""\
    [department]
    code = "REV"
    owner_post = "collector"
    sources = ["jansewa"]
    freshness_budget_s = 172800
    version = 1
    valid_from = 2026-04-01
    reason = "For tests of another state"

    [[group]]
    code = "gov"
    name_en = "All services"
    name_gu = "બધી સેવાઓ"
    services = "all"
    families = [
        "pair", "house", "decided", "paused", "satisfied_share", "reopened_share", "in_time_share", "median_days",
    ]

    [[group]]
    code = "dept_rev"
    name_en = "Revenue"
    name_gu = "મહેસૂલ"
    services = "department"
    families = ["pair", "house", "in_time_share"]

    [[service]]
    code = "income_certificate"
    families = ["pair", "in_time_share"]

    [[service]]
    code = "caste_certificate"
    families = ["pair", "in_time_share"]
    """)
_STATE = dedent("""\
    code = "GJ"
    name_en = "Gujarat"
    name_local = "ગુજરાત"
    languages = ["en", "gu"]
    timezone = "Asia/Kolkata"
    series_level = "taluka"
    fiscal_year_start_month = 4
    weekly_off = ["sunday"]
    off_saturdays = [2, 4]

    [[levels]]
    code = "state"
    name_en = "State"
    name_local = "રાજ્ય"
    plural_en = "States"
    plural_local = "રાજ્યો"

    [[levels]]
    code = "district"
    name_en = "District"
    name_local = "જિલ્લો"
    plural_en = "Districts"
    plural_local = "જિલ્લાઓ"

    [[levels]]
    code = "taluka"
    name_en = "Taluka"
    name_local = "તાલુકો"
    plural_en = "Talukas"
    plural_local = "તાલુકાઓ"
    """)
_CONFIG = dedent("""\
    [state]
    reference = "gujarat"
    catalogue = "catalogue"
    second_language = "gu"
    [wall.main]
    lang2 = "gu"
    [source.jansewa]
    title = "Jan Seva Kendra"
    title_local = "જન સેવા કેન્દ્ર"
    department = "REV"
    format = "csv"
    timezone = "Asia/Kolkata"
    expected_interval_s = 86400
    case_prefix = "gj:"
    [source.jansewa.fields]
    case_id = "number"
    service = {column = "service", map = {IC = "income_certificate", CC = "caste_certificate"}}
    area = {column = "place", by = "lgd", level = "taluka"}
    [[source.jansewa.event]]
    kind = "case.opened"
    at = "received"
    [[source.jansewa.event]]
    kind = "case.decided"
    at = "disposed"
    outcome = {const = "approved"}
    when = {column = "state", equals = "Disposed"}
    """)


_AREA = "code level parent name_en name_local lgd_code population tile_x tile_y valid_from valid_to"
_SERVICE = (
    "code department module name_en name_local office_kind level limit unit legal_basis status valid_from valid_to"
    " kind posts"
)
_TABLES: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "departments.csv": (
        "code name_en name_local short_en short_local sort",
        [("REV", "Revenue", "મહેસૂલ", "Revenue", "મહેસૂલ", 1)],
    ),
    "posts.csv": (
        "code name_en name_local",
        [
            ("clerk", "Clerk", "કારકુન"),
            ("mamlatdar", "Mamlatdar", "મામલતદાર"),
            ("collector", "Collector", "કલેક્ટર"),
        ],
    ),
    "office_kinds.csv": (
        "code department level name_en name_local head_post posts",
        [("kacheri", "REV", "taluka", "Mamlatdar Office", "મામલતદાર કચેરી", "mamlatdar", "clerk;mamlatdar")],
    ),
    "services.csv": (
        _SERVICE,
        [
            ("income_certificate", "REV", "certificates", "Income certificate", "આવકનો દાખલો", "kacheri", "taluka",
             15, "days", "Rule 1", "in force", "", "", "application", ""),
            ("caste_certificate", "REV", "certificates", "Caste certificate", "જાતિનો દાખલો", "kacheri", "taluka",
             10, "working_days", "Rule 2", "in force", "", "", "application", ""),
        ],
    ),
    "metrics.csv": ("code department name_en name_local unit_en unit_local time decimals min max source", []),
    "assets.csv": ("code kind area name_en name_local metrics capacity note", []),
    "holidays.csv": (
        "on name_en name_local note",
        [("2026-08-15", "Independence Day", "સ્વાતંત્ર્ય દિવસ", "")],
    ),
}  # fmt: skip


def write_second_state(folder: Path) -> Path:
    """Write the state. Returns: its config.toml; beside it stand its tables, its catalogue and `log.csv`."""
    tables, catalogue = folder / "gujarat", folder / "catalogue"
    for made in (tables, catalogue):
        made.mkdir(parents=True)
    (tables / "state.toml").write_text(_STATE, encoding="utf-8")
    for name, (columns, rows) in _TABLES.items():
        write_table(tables / name, columns, rows)
    write_table(tables / "areas.csv", _AREA, _areas())
    families = FAMILIES.replace("_ml", "_gu").replace("[set]\n", '[set]\nhouse = ["open", "overdue", "due_48h"]\n')
    for malayalam in sorted(_GUJARATI, key=len, reverse=True):
        families = families.replace(f'"{malayalam}"', f'"{_GUJARATI[malayalam]}"')
    (catalogue / "families.toml").write_text(families + "\n" + _MORE_FAMILIES, encoding="utf-8")
    (catalogue / "revenue.toml").write_text(_DEPARTMENT, encoding="utf-8")
    (folder / "config.toml").write_text(_CONFIG, encoding="utf-8")
    write_table(folder / "log.csv", "number service place received disposed state", _cases())
    return folder / "config.toml"


def _areas() -> Iterable[tuple[object, ...]]:
    yield "GJ", "state", "", "Gujarat", "ગુજરાત", 24, 60_000_000, "", "", "", ""
    for across, (slug, name_en, name_local, talukas) in enumerate(DISTRICTS):
        code = f"GJ-{slug}"
        yield code, "district", "GJ", name_en, name_local, 438 + across, 2_000_000, across, 0, "", ""
        for down, (own, taluka_en, taluka_local) in enumerate(talukas):
            lgd = 3800 + 10 * across + down
            yield f"{code}-{own}", "taluka", code, taluka_en, taluka_local, lgd, 1_000_000, down, 0, "", ""


def _cases() -> Iterable[tuple[object, ...]]:
    for number in range(CASES):
        place = 3800 + 10 * (number % 3) + number // 3 % 2
        received = date(2026, 4, 1) + timedelta(days=number % 200)
        took = number * 7 % 40
        disposed = "" if number % 4 == 0 else f"{received + timedelta(days=took)} 15:00"
        yield (
            f"A{number:05d}",
            ("IC", "CC")[number % 2],
            place,
            f"{received} 10:00",
            disposed,
            "Disposed" if disposed else "Pending",
        )


def write_table(path: Path, columns: str, rows: Iterable[Sequence[object]]) -> None:
    """Write a table of reference data. Args: columns: their names, parted by spaces."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns.split())
        table.writerows(rows)
