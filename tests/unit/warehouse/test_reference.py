"""Reference data: any number of levels load, broken rules are refused with file and line, days are counted right."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.devanagari import devanagari
from tests.helpers.search import examples
from warehouse.errors import DefinitionError
from warehouse.reference import Reference, WorkingCalendar, load_reference

AREA = (
    "code level parent also_in name_en name_local kind class lgd_code population tile_x tile_y tile_span"
    " valid_from valid_to"
)
DEPARTMENT = "code name_en name_local short_en short_local sort"
POST = "code name_en name_local"
OFFICE = "code department level area_kinds name_en name_local head_post posts"
SERVICE = (
    "code department module name_en name_local office_kind level limit unit limit_urban limit_hilly legal_basis status"
    " valid_from valid_to kind posts"
)
METRIC = "code department name_en name_local unit_en unit_local time decimals min max source"
ASSET = "code kind area name_en name_local metrics capacity note"
TARGET = "indicator area level first_day last_day target basis"
HOLIDAY = "on name_en name_local note"


def rows(columns: str, *lines: str) -> list[dict[str, str]]:
    """Rows written as cells between bars, missing ones at the end blank."""
    names = columns.split()
    return [
        dict(zip(names, [cell.strip() for cell in line.split("|")] + [""] * len(names), strict=False)) for line in lines
    ]


@dataclass
class Folder:
    """A state's folder to be written, changed row by row by a test."""

    levels: list[str]
    series_level: str
    state: str = ""
    tables: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        (path / "state.toml").write_text(self.state, encoding="utf-8")
        for name, table in self.tables.items():
            with (path / name).open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, self.columns[name], lineterminator="\n")
                writer.writeheader()
                writer.writerows(table)
        return path

    def row(self, table: str, code: str) -> dict[str, str]:
        return next(row for row in self.tables[table] if row["code"] == code)


def state_toml(code: str, levels: list[str], series_level: str) -> str:
    head = f"""code = "{code}"
name_en = "Testland"
name_local = "പരീക്ഷനാട്"
languages = ["en", "ml"]
timezone = "Asia/Kolkata"
series_level = "{series_level}"
fiscal_year_start_month = 4
weekly_off = ["sunday"]
off_saturdays = [2]
"""
    entries = [("levels", level) for level in levels]
    entries += [("kinds", kind) for kind in ("village", "town")] + [("classes", name) for name in ("urban", "hilly")]
    return head + "".join(
        f'\n[[{table}]]\ncode = "{name}"\nname_en = "{name.title()}"\nname_local = "{name}-l"\n'
        for table, name in entries
    )


def folder(levels: list[str], areas: list[dict[str, str]], series_level: str) -> Folder:
    lowest = levels[-1]
    tables = {
        "areas.csv": areas,
        "departments.csv": rows(DEPARTMENT, "REV|Revenue|റവന്യൂ|Rev|റവ|2", "LSG|Local|തദ്ദേശം|Loc|തദ്|1"),
        "posts.csv": rows(POST, "clerk|Clerk|ക്ലാർക്ക്", "secretary|Secretary|സെക്രട്ടറി", "chief|Chief|മേധാവി"),
        "office_kinds.csv": rows(
            OFFICE,
            f"office|LSG|{lowest}|village|Village Office|ഗ്രാമ ഓഫീസ്|secretary|clerk;secretary",
            f"office|LSG|{lowest}|town|Town Office|പട്ടണ ഓഫീസ്|chief|clerk;chief",
            f"seat|REV|{levels[0]}||Seat|ആസ്ഥാനം|chief|chief",
        ),
        "services.csv": rows(
            SERVICE,
            f"permit|LSG|permits|Permit|പെർമിറ്റ്|office|{lowest}|15|days|7|30|Rule 1|in force|||application|clerk;head",
            f"visit|REV|visits|Visit|സന്ദർശനം|seat|{lowest}|2|working_days||||to be confirmed|||grievance|",
            "foreign|REV|imported|Foreign|വിദേശ കേസ്|||" + "|none||||to be confirmed|||application|",
        ),
        "metrics.csv": rows(METRIC, "level_m|REV|Level|നിരപ്പ്|m|മീ.|level|2|0|100|x", "rain|REV|Rain|മഴ|||flow|1|0||"),
        "assets.csv": rows(ASSET, f"dam-a|dam|{areas[-1]['code']}|Dam A|അണ|level_m;rain|12.5|note"),
        "holidays.csv": rows(HOLIDAY, "2026-01-26|Republic Day|റിപ്പബ്ലിക് ദിനം|", "2026-08-26|Onam|ഓണം|to be confirmed"),
    }
    columns = {
        name: columns.split()
        for name, columns in zip(tables, (AREA, DEPARTMENT, POST, OFFICE, SERVICE, METRIC, ASSET, HOLIDAY), strict=True)
    }
    return Folder(levels, series_level, state_toml("TS", levels, series_level), tables, columns)


def four_levels() -> Folder:
    areas = rows(
        AREA,
        "TS|state|||Testland|പരീക്ഷനാട്|||1|100",
        "TS-north|district|TS||North|വടക്ക്|||10|60|0|0|2",
        "TS-south|district|TS||South|തെക്ക്|||11|40|0|1",
        "TS-north-hill|taluk|TS-north||Hill|മല|||20|30|0|0",
        "TS-north-sea|taluk|TS-north||Sea|കടൽ|||21|30|1|0",
        "TS-south-lake|taluk|TS-south||Lake|കായൽ|||22|40|0|0",
        "TS-south-lake-pond|body|TS-south-lake||Pond|കുളം|village||30|40",
        "TS-north-hill-top|body|TS-north-hill||Top|മുകൾ|village|hilly|31|10",
        "TS-north-hill-foot|body|TS-north-hill|TS-north-sea|Foot|അടി|town|urban|32|20",
        "TS-north-sea-port|body|TS-north-sea||Port|തുറമുഖം|town|urban|33|30",
    )
    return folder(["state", "district", "taluk", "body"], areas, "taluk")


def two_levels() -> Folder:
    areas = rows(AREA, "TS|land||||||", "TS-a|ward|TS||A|എ|village", "TS-b|ward|TS||B|ബി|town")
    areas[0] |= {"name_en": "Testland", "name_local": "പരീക്ഷനാട്"}
    return folder(["land", "ward"], areas, "ward")


def gujarat_like() -> Folder:
    areas = rows(AREA, "TS|state|||Testland|ગુજરાત")
    for number in range(34):
        district = f"TS-d{number}"
        areas += rows(
            AREA,
            f"{district}|district|TS||District {number}|જિલ્લો {number}|||{438 + number}||{number % 6}|{number // 6}",
        )
        areas += rows(
            AREA,
            *(
                f"{district}-t{place}|taluka|{district}||Taluka {place}|તાલુકો {place}|||{9000 + 9 * number + place}"
                for place in range(9 if number % 2 else 8)
            ),
        )
    made = folder(["state", "district", "taluka"], areas, "taluka")
    made.row("areas.csv", "TS-d33-t0")["valid_from"] = "2025-10-02"
    return made


@pytest.fixture
def four(tmp_path: Path) -> Reference:
    return load_reference(four_levels().write(tmp_path))


def problems_of(made: Folder, path: Path) -> str:
    with pytest.raises(DefinitionError) as refused:
        load_reference(made.write(path))
    return str(refused.value)


def line_of(made: Folder, table: str, code: str) -> int:
    return 2 + [row["code"] for row in made.tables[table]].index(code)


def test_areas_stand_in_pre_order_with_subtree_ranges(four: Reference) -> None:
    assert [area.code for area in four.areas] == [
        "TS",
        "TS-north",
        "TS-north-hill",
        "TS-north-hill-top",
        "TS-north-hill-foot",
        "TS-north-sea",
        "TS-north-sea-port",
        "TS-south",
        "TS-south-lake",
        "TS-south-lake-pond",
    ]
    assert four.area_end.tolist() == [10, 7, 5, 4, 5, 7, 7, 10, 10, 10]
    assert four.area_parent.tolist() == [-1, 0, 1, 2, 2, 1, 5, 0, 7, 8]
    assert four.series_area.tolist() == [0, 1, 2, 2, 2, 5, 5, 7, 8, 8]
    assert four.ancestor_at("district").tolist() == [-1, 1, 1, 1, 1, 1, 1, 7, 7, 7]


@pytest.mark.parametrize("made", [four_levels(), two_levels(), gujarat_like()], ids=["four", "two", "gujarat"])
def test_tree_holds_at_any_number_of_levels(made: Folder, tmp_path: Path) -> None:
    reference = load_reference(made.write(tmp_path))
    assert [level.code for level in reference.state.levels] == made.levels
    assert sum(len(reference.by_level(level)) for level in made.levels) == len(made.tables["areas.csv"])
    for place, area in enumerate(reference.areas):
        assert reference.area_index[area.code] == place
        below = reference.areas[place : reference.area_end[place]]
        assert all(one is area or area in reference.ancestors(one.code) for one in below)
        outside = (*reference.areas[:place], *reference.areas[reference.area_end[place] :])
        assert not any(area in reference.ancestors(one.code) for one in outside)
        assert [child.parent for child in reference.children(area.code)] == [area.code] * len(
            reference.children(area.code)
        )
    assert sum(len(reference.children(area.code)) for area in reference.areas) == len(reference.areas) - 1


def test_sums_and_declared_assets_reach_every_area_above(four: Reference) -> None:
    leaves = np.arange(20, dtype=np.int64).reshape(2, 10) + 1
    slowly = [
        [sum(row[four.area_index[one.code]] for one in four.areas if area is one or area in four.ancestors(one.code))
         for area in four.areas]
        for row in leaves.tolist()
    ]  # fmt: skip
    assert four.with_below(leaves).tolist() == slowly
    assert four.with_below(leaves / 2).tolist() == (np.array(slowly) / 2).tolist()
    metrics = [metric for asset in four.assets.values() for metric in asset.metrics]
    assert metrics
    for metric, place in four.metric_index.items():
        assert four.assets_declared()[place, 0] == metrics.count(metric)


def test_gujarat_like_state_has_its_counts_and_a_district_that_came_later(tmp_path: Path) -> None:
    reference = load_reference(gujarat_like().write(tmp_path))
    assert (len(reference.by_level("district")), len(reference.by_level("taluka"))) == (34, 289)
    assert reference.area("TS-d33-t0").valid_from == date(2025, 10, 2)
    assert reference.series_area.tolist() == list(range(len(reference.areas)))


def test_area_keeps_what_was_said_of_it(four: Reference) -> None:
    foot = four.area("TS-north-hill-foot")
    assert (foot.slug, foot.kind, foot.area_class, foot.population) == ("foot", "town", "urban", 20)
    assert foot.also_in == ("TS-north-sea",)
    assert four.area_by_lgd["body", "32"] == foot.code
    assert four.area("TS-north").tile == (0, 0)
    assert four.area("TS-north").tile_span == 2
    assert foot.tile is None


def test_numbers_of_the_state_and_other_names_may_be_given(tmp_path: Path) -> None:
    made = four_levels()
    made.columns["areas.csv"] += ["lsg_code", "aliases"]
    made.row("areas.csv", "TS-north-hill-foot").update(lsg_code="G05", aliases="Foot Hill; Footh")
    reference = load_reference(made.write(tmp_path / "a"))
    foot, port = reference.area("TS-north-hill-foot"), reference.area("TS-north-sea-port")
    assert (foot.lsg_code, foot.aliases) == ("G05", ("Foot Hill", "Footh"))
    assert (port.lsg_code, port.aliases) == (None, ())
    made.row("areas.csv", "TS-north-sea-port")["lsg_code"] = "G05"
    assert "lsg_code G05 belongs to TS-north-hill-foot already" in problems_of(made, tmp_path / "b")


def test_arrays_cannot_be_changed(four: Reference) -> None:
    for array in (four.area_end, four.area_parent, four.series_area, four.calendar.counted, four.calendar.days):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_every_area_of_the_level_has_its_office_in_its_form(four: Reference) -> None:
    assert len(four.offices) == 4 + 1
    top = four.offices["TS-north-hill-top/office"]
    assert (top.name_en, top.name_local, top.head_post) == ("Village Office, Top", "ഗ്രാമ ഓഫീസ്, മുകൾ", "secretary")
    assert four.offices["TS-north-sea-port/office"].head_post == "chief"


def test_office_and_posts_of_a_service(four: Reference) -> None:
    office = four.office_for("permit", "TS-north-sea-port")
    assert office is not None
    assert office.code == "TS-north-sea-port/office"
    assert four.posts_for("permit", office.code) == ("clerk", "chief")
    seat = four.office_for("visit", "TS-north-sea-port")
    assert seat is not None
    assert seat.code == "TS/seat"
    assert four.posts_for("visit", seat.code) == ("chief",)
    assert four.office_for("permit", "TS-north") is None
    assert four.office_for("foreign", "TS-north-sea-port") is None


def test_limits_by_class_of_area(four: Reference) -> None:
    permit = four.services["permit"]
    assert [permit.current.in_class(name) for name in (None, "urban", "hilly", "rural")] == [15, 7, 30, 15]
    assert four.services["foreign"].limit is None
    assert (permit.unit, permit.status, permit.legal_basis) == ("days", "in force", "Rule 1")


def test_a_new_law_adds_a_limit_and_keeps_the_old_one(tmp_path: Path) -> None:
    made = four_levels()
    permit = made.row("services.csv", "permit")
    made.tables["services.csv"].append(dict(permit, limit="10", valid_from="2025-11-05", legal_basis="Act 2025"))
    permit["valid_to"] = "2025-11-04"
    service = load_reference(made.write(tmp_path)).services["permit"]
    before, after = service.limit_on(date(2025, 11, 4)), service.limit_on(date(2025, 11, 5))
    assert before is not None
    assert after is not None
    assert (before.limit, after.limit, service.limit) == (15, 10, 10)


def test_no_law_before_the_first_one(tmp_path: Path) -> None:
    made = four_levels()
    made.row("services.csv", "permit")["valid_from"] = "2012-11-01"
    service = load_reference(made.write(tmp_path)).services["permit"]
    assert service.limit_on(date(2012, 10, 31)) is None
    assert service.limit_on(date(2012, 11, 1)) is not None


def test_subjects_are_services_then_metrics(four: Reference) -> None:
    assert four.subjects == ("permit", "visit", "foreign", "level_m", "rain")
    assert four.service_subjects + four.metric_subjects == four.subjects
    assert four.subject_index["rain"] == 4
    assert four.metric_index["rain"] == 1
    assert list(four.departments) == ["LSG", "REV"]


#: Rules that two lines break together; the later one is named.
FOUND_IN_ANOTHER_LINE = ("TS-north is not", "given twice for area kind town", "without area_kinds to tell")


@pytest.mark.parametrize(
    ("table", "code", "change", "rule"),
    [
        ("areas.csv", "TS-north-sea", {"code": "TS-north-hill"}, "was given in line"),
        ("areas.csv", "TS-north-sea", {"parent": "TS-nord"}, "nearest is TS-north"),
        ("areas.csv", "TS-north-sea", {"parent": "TS"}, "but its parent TS is a state"),
        ("areas.csv", "TS-north-sea", {"parent": ""}, "exactly the state has none"),
        ("areas.csv", "TS-north-sea", {"level": "village"}, "level village is unknown"),
        ("areas.csv", "TS-north-sea-port", {"code": "TS-port"}, "is not TS-north-sea- and a slug"),
        ("areas.csv", "TS-north-sea-port", {"name_local": ""}, "name_local is blank"),
        ("areas.csv", "TS-north-sea-port", {"name_en": ""}, "name_en is blank"),
        ("areas.csv", "TS-north-sea-port", {"kind": "city"}, "kind city is unknown"),
        ("areas.csv", "TS-north-sea-port", {"class": "coastal"}, "class coastal is unknown"),
        ("areas.csv", "TS-north-sea-port", {"lgd_code": "30"}, "lgd_code 30 belongs to"),
        ("areas.csv", "TS-north-sea-port", {"population": "-1"}, "population is -1, the least is 0"),
        ("areas.csv", "TS-north-sea-port", {"population": "many"}, "population is many, not a whole number"),
        ("areas.csv", "TS-north-sea-port", {"also_in": "TS-west"}, "also_in TS-west is unknown"),
        ("areas.csv", "TS-north-sea-port", {"also_in": "TS-south"}, "is not another taluk"),
        ("areas.csv", "TS-north-sea-port", {"also_in": "TS-north-sea"}, "is not another taluk"),
        ("areas.csv", "TS-north-sea", {"tile_x": "0"}, "tile 0,0 is taken by TS-north-hill"),
        ("areas.csv", "TS-south", {"tile_x": "1", "tile_y": "0"}, "tile 1,0 is taken by TS-north"),
        ("areas.csv", "TS-north-sea", {"tile_y": ""}, "tile_x and tile_y are given both"),
        ("areas.csv", "TS-north-sea", {"valid_from": "2026-01-02", "valid_to": "2026-01-01"}, "is before valid_from"),
        ("areas.csv", "TS-north-sea", {"valid_from": "02-01-2026"}, "not a date like"),
        ("areas.csv", "TS-north", {"valid_to": "2026-01-01"}, "TS-north is not"),
        ("departments.csv", "LSG", {"code": "REV"}, "was given in line"),
        ("departments.csv", "REV", {"code": "rev"}, "does not look like"),
        ("departments.csv", "REV", {"name_local": ""}, "name_local is blank"),
        ("posts.csv", "chief", {"code": "clerk"}, "was given in line"),
        ("office_kinds.csv", "seat", {"department": "RVE"}, "nearest is REV"),
        ("office_kinds.csv", "seat", {"level": "village"}, "level village is unknown"),
        ("office_kinds.csv", "seat", {"head_post": "cheif"}, "nearest is chief"),
        ("office_kinds.csv", "seat", {"posts": "chief;boss"}, "posts boss is unknown"),
        ("office_kinds.csv", "seat", {"posts": ""}, "posts is blank"),
        ("office_kinds.csv", "seat", {"posts": "chief;chief"}, "names chief twice"),
        ("office_kinds.csv", "seat", {"area_kinds": "city"}, "area_kinds city is unknown"),
        ("office_kinds.csv", "seat", {"code": "office"}, "another department or level"),
        ("office_kinds.csv", "office", {"area_kinds": "town"}, "given twice for area kind town"),
        ("office_kinds.csv", "office", {"area_kinds": ""}, "without area_kinds to tell"),
        ("services.csv", "permit", {"department": "XYZ"}, "department XYZ is unknown"),
        ("services.csv", "permit", {"office_kind": "offices"}, "nearest is office"),
        ("services.csv", "permit", {"level": "district"}, "stands below, at body"),
        ("services.csv", "permit", {"level": ""}, "given both or not at all"),
        ("services.csv", "permit", {"unit": "weeks"}, "unit weeks is unknown"),
        ("services.csv", "permit", {"limit": "-3"}, "limit is -3, the least is 0"),
        ("services.csv", "permit", {"limit_hilly": "-3"}, "limit_hilly is -3"),
        ("services.csv", "permit", {"limit": ""}, "limit is blank"),
        ("services.csv", "permit", {"unit": "none"}, "unit is none, but a limit is given"),
        ("services.csv", "permit", {"legal_basis": ""}, "in force without legal_basis"),
        ("services.csv", "permit", {"status": "maybe"}, "status maybe is unknown"),
        ("services.csv", "permit", {"kind": "wish"}, "kind wish is unknown"),
        ("services.csv", "permit", {"posts": "head;boss"}, "posts boss is unknown"),
        ("services.csv", "visit", {"code": "permit"}, "needs a valid_from after"),
        ("services.csv", "visit", {"code": "Visit"}, "does not look like"),
        ("metrics.csv", "rain", {"code": "permit"}, "is a service's code as well"),
        ("metrics.csv", "rain", {"time": "stock"}, "time stock is unknown"),
        ("metrics.csv", "rain", {"min": "9", "max": "1"}, "max 1 is less than min 9"),
        ("metrics.csv", "rain", {"max": "inf"}, "max is inf, not a number"),
        ("metrics.csv", "rain", {"unit_en": "mm"}, "unit_en and unit_local"),
        ("metrics.csv", "rain", {"decimals": "1.5"}, "not a whole number"),
        ("assets.csv", "dam-a", {"area": "TS-nirth"}, "nearest is TS-north"),
        ("assets.csv", "dam-a", {"metrics": "levels_m"}, "nearest is level_m"),
        ("assets.csv", "dam-a", {"metrics": ""}, "metrics is blank"),
        ("assets.csv", "dam-a", {"capacity": "-1"}, "capacity is -1"),
    ],
)
def test_a_broken_rule_is_refused_with_file_and_line(
    table: str, code: str, change: dict[str, str], rule: str, tmp_path: Path
) -> None:
    made = four_levels()
    line = line_of(made, table, code)
    made.row(table, code).update(change)
    said = [problem for problem in problems_of(made, tmp_path).splitlines() if rule in problem]
    assert said
    if rule not in FOUND_IN_ANOTHER_LINE:
        assert said[0].startswith(f"{table}:{line}: ")


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    made = four_levels()
    made.row("areas.csv", "TS-north-sea-port")["name_local"] = ""
    made.row("services.csv", "permit")["limit"] = "-3"
    made.row("metrics.csv", "rain")["time"] = "stock"
    made.tables["holidays.csv"][0]["on"] = "26 January"
    said = problems_of(made, tmp_path).splitlines()
    assert len(said) == 4
    assert [problem.split(":")[0] for problem in said] == ["areas.csv", "services.csv", "metrics.csv", "holidays.csv"]


def test_areas_that_lie_in_each_other(tmp_path: Path) -> None:
    made = two_levels()
    made.row("areas.csv", "TS-a")["parent"] = "TS-b"
    made.row("areas.csv", "TS-b")["parent"] = "TS-a"
    said = problems_of(made, tmp_path)
    assert "areas.csv:3: lies in itself by way of TS-a" in said
    assert "areas.csv:4: lies in itself by way of TS-b" in said


def test_tiles_may_follow_each_other_in_time(tmp_path: Path) -> None:
    made = four_levels()
    made.row("areas.csv", "TS-north-hill")["valid_to"] = "2025-12-31"
    for code in ("TS-north-hill-top", "TS-north-hill-foot"):
        made.row("areas.csv", code)["valid_to"] = "2025-12-31"
    made.row("areas.csv", "TS-north-sea").update(valid_from="2026-01-01", tile_x="0")
    made.row("areas.csv", "TS-north-sea-port")["valid_from"] = "2026-01-01"
    made.row("areas.csv", "TS-north-hill-foot")["also_in"] = ""
    assert load_reference(made.write(tmp_path)).area("TS-north-sea").tile == (0, 0)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('code = "TS"', 'code = "XX"', "the topmost area has code TS, the state is XX"),
        ('timezone = "Asia/Kolkata"', 'timezone = "Asia/Cochin"', "state.toml:5: timezone Asia/Cochin is unknown"),
        (
            'series_level = "taluk"',
            'series_level = "talug"',
            "state.toml:6: series_level talug is unknown; nearest is taluk",
        ),
        ("fiscal_year_start_month = 4", "fiscal_year_start_month = 13", "whole number from 1 to 12"),
        ('weekly_off = ["sunday"]', 'weekly_off = ["sunnday"]', "nearest is sunday"),
        ("off_saturdays = [2]", "off_saturdays = [0]", "list of numbers from 1 to 5"),
        ("off_saturdays = [2]", "off_saturday = [2]", "key off_saturday is unknown; nearest is off_saturdays"),
        ('name_local = "പരീക്ഷനാട്"', 'name_local = ""', "name_local is missing"),
        ('languages = ["en", "ml"]', 'languages = "en"', "languages is not a list"),
        ('code = "district"', 'code = "taluk"', "code taluk comes twice"),
        ('[[kinds]]\ncode = "town"', '[[kinds]]\nkode = "town"', "nearest is code"),
        ("fiscal_year_start_month = 4", "fiscal_year_start_month =", "state.toml:1"),
    ],
)
def test_state_file_is_checked(old: str, new: str, rule: str, tmp_path: Path) -> None:
    made = four_levels()
    assert old in made.state
    made.state = made.state.replace(old, new, 1)
    assert rule in problems_of(made, tmp_path)


def test_missing_files_and_columns_are_named(tmp_path: Path) -> None:
    made = four_levels()
    made.columns["metrics.csv"].remove("min")
    for row in made.tables["metrics.csv"]:
        del row["min"]
    made.columns["posts.csv"].append("colour")
    path = made.write(tmp_path)
    (path / "holidays.csv").unlink()
    with pytest.raises(DefinitionError) as refused:
        load_reference(path)
    said = str(refused.value)
    assert "metrics.csv:1: column min is missing" in said
    assert "posts.csv:1: column colour is unknown" in said
    assert "holidays.csv:1: there is no such file" in said


def test_a_row_with_too_few_cells_and_a_holiday_given_twice(tmp_path: Path) -> None:
    path = four_levels().write(tmp_path)
    with (path / "holidays.csv").open("a", encoding="utf-8") as stream:
        stream.write("2026-08-26,Milad,മിലാദ്,\n\n2026-10-02,Gandhi Jayanti\n")
    with pytest.raises(DefinitionError) as refused:
        load_reference(path)
    assert "holidays.csv:4: 2026-08-26 is given twice" in str(refused.value)
    assert "holidays.csv:6: has 2 cells, the header has 4" in str(refused.value)


def test_a_table_that_is_not_utf8(tmp_path: Path) -> None:
    path = four_levels().write(tmp_path)
    (path / "posts.csv").write_bytes("code,name_en,name_local\nclerk,Clerk,é\n".encode("latin-1"))
    with pytest.raises(DefinitionError, match=r"posts.csv:1: is not a UTF-8 CSV file"):
        load_reference(path)


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"state.toml:1: there is no such file"):
        load_reference(tmp_path)


# the folder that is shipped


@pytest.fixture(scope="module")
def kerala() -> Reference:
    return load_reference(Path(__file__).resolve().parents[3] / "warehouse" / "states" / "kerala")


def test_kerala_has_its_areas(kerala: Reference) -> None:
    assert [len(kerala.by_level(level)) for level in ("state", "district", "taluk", "body")] == [1, 14, 78, 1034]
    kinds = [area.kind for area in kerala.by_level("body")]
    assert [kinds.count(kind) for kind in ("GP", "municipality", "corporation")] == [941, 87, 6]
    assert all(area.area_class for area in kerala.by_level("body"))
    assert all(area.lgd_code for area in kerala.areas)


def test_kerala_names_are_in_malayalam(kerala: Reference) -> None:
    named = (
        *kerala.areas,
        *kerala.departments.values(),
        *kerala.posts.values(),
        *kerala.services.values(),
        *kerala.metrics.values(),
        *kerala.assets.values(),
        *kerala.holiday_rows,
    )
    assert not [one for one in named if not any("\u0d00" <= letter <= "\u0d7f" for letter in one.name_local)]
    malayalam = re.compile(r"[\u0d00-\u0d7f .-]+")
    assert not [area.name_local for area in kerala.areas if not malayalam.fullmatch(area.name_local)]


def test_kerala_names_of_places_are_in_hindi_too(kerala: Reference) -> None:
    hindi = re.compile(r"[\u0900-\u097f .-]+")
    assert not [area.code for area in kerala.areas if not hindi.fullmatch(area.name_hi or "")]
    by_hand = {area.name_local: area.name_hi for area in kerala.areas if area.level != "body"}
    for body in kerala.by_level("body"):
        assert body.name_hi == by_hand.get(body.name_local, devanagari(body.name_local)), body.code
    assert kerala.area("KL-kozhikode").name_hi == "कोझिकोड"


@pytest.mark.parametrize(
    ("malayalam", "hindi"),
    [
        ("കോഴിക്കോട്", "कोझिक्कोड"),
        ("ആലപ്പുഴ", "आलप्पुझा"),
        ("ചങ്ങനാശ്ശേരി", "चंगनाश्शेरी"),
        ("മണ്ണാർക്കാട്", "मण्णार्काड"),
        ("കൊണ്ടോട്ടി", "कोण्डोट्टी"),
        ("ചിറ്റൂർ-തത്തമംഗലം", "चिट्टूर-तत्तमंगलम"),
        ("ടി.വി. പുരം", "टी.वी. पुरम"),
    ],
)
def test_malayalam_in_devanagari(malayalam: str, hindi: str) -> None:
    assert devanagari(malayalam) == hindi


def test_kerala_populations_add_up(kerala: Reference) -> None:
    assert kerala.areas[0].population == 33_406_061
    for area in kerala.areas:
        below = kerala.children(area.code)
        if below:
            apart = (area.population or 0) - sum(child.population or 0 for child in below)
            assert abs(apart) <= len(below), area.code  # estimates of taluks are rounded


def test_kerala_tiles(kerala: Reference) -> None:
    rows_of_wall = [
        ("Kasaragod",),
        ("Kannur", "Wayanad"),
        ("Kozhikode", "Malappuram"),
        ("Thrissur", "Palakkad"),
        ("Ernakulam", "Idukki"),
        ("Alappuzha", "Kottayam"),
        ("Kollam", "Pathanamthitta"),
        ("Thiruvananthapuram",),
    ]
    expected = {name: (column, row) for row, names in enumerate(rows_of_wall) for column, name in enumerate(names)}
    assert {area.name_en: area.tile for area in kerala.by_level("district")} == expected
    assert kerala.area("KL-thiruvananthapuram").tile_span == 2
    assert all(area.tile for area in kerala.by_level("taluk"))


def test_kerala_departments_and_services(kerala: Reference) -> None:
    assert len(kerala.departments) == 44
    assert all(department.name_hi for department in kerala.departments.values())
    assert len(kerala.services) >= 110
    assert len({service.department for service in kerala.services.values()}) >= 20
    assert {"civil_registration", "trade_licence", "property_tax", "building_permits", "public_grievance"} <= {
        service.module for service in kerala.services.values() if service.department == "LSG"
    }
    imported = kerala.services["imported_case"]
    assert (imported.kind, imported.limit, imported.department) == ("application", None, "GAD")


def test_every_kerala_service_has_an_office_wherever_it_is_delivered(kerala: Reference) -> None:
    for service in kerala.services.values():
        for area in kerala.by_level(service.level) if service.level else ():
            office = kerala.office_for(service.code, area.code)
            assert office is not None, (service.code, area.code)
            assert kerala.posts_for(service.code, office.code), service.code


@pytest.mark.parametrize(
    ("service", "unit", "general", "by_class"),
    [
        ("kseb_fuse_off", "hours", 24, {"urban": 6, "town": 8, "rural": 24, "hilly": 36}),
        ("kseb_line_breakdown", "hours", 24, {"urban": 12, "town": 16, "rural": 24, "hilly": 36}),
        ("kseb_transformer_failure", "hours", 48, {"urban": 24, "town": 38, "rural": 48, "hilly": 60}),
        ("kwa_new_connection", "days", 30, {"urban": 15, "town": 15, "rural": 30, "hilly": 30}),
        ("building_permit_renewal", "days", 30, {}),
        ("pension_old_age", "days", 60, {}),
        ("marriage_late_hindu", "working_days", 15, {}),
        ("possession_certificate", "days", 7, {}),
        ("passport_enquiry", "days", 20, {}),
        ("mike_sanction", "days", 3, {}),
        ("kseb_new_connection", "days", 7, {}),
        ("cm_with_me", "hours", 48, {}),
    ],
)
def test_limits_that_were_read_in_their_law(
    service: str, unit: str, general: int, by_class: dict[str, int], kerala: Reference
) -> None:
    limit = kerala.services[service].current
    assert (limit.unit, limit.limit, dict(limit.by_class), limit.status) == (unit, general, by_class, "in force")
    assert limit.legal_basis


def test_a_limit_that_was_not_read_says_so(kerala: Reference) -> None:
    for code in ("birth_certificate", "trade_licence_new", "income_certificate"):
        limit = kerala.services[code].current
        assert (limit.status, limit.legal_basis) == (
            "to be confirmed",
            "to be confirmed from the department's notification",
        )


def test_kerala_working_days(kerala: Reference) -> None:
    assert not kerala.is_working_day(date(2026, 8, 26))  # Thiruvonam
    assert not kerala.is_working_day(date(2026, 11, 14))  # second Saturday
    assert kerala.is_working_day(date(2026, 11, 21))  # third Saturday
    assert {day.year for day in kerala.holidays} == {2025, 2026, 2027}


def test_kerala_dam_metrics_refuse_impossible_readings(kerala: Reference) -> None:
    storage = kerala.metrics["reservoir_storage_pct"]
    assert storage.most == 100
    assert storage.least is not None
    assert -10 <= storage.least <= 0  # live storage is negative below the drawdown level
    dams = [asset for asset in kerala.assets.values() if asset.kind == "dam"]
    assert len(dams) == 38
    assert all({"reservoir_storage_pct", "reservoir_level_m", "inflow_cumecs"} <= set(dam.metrics) for dam in dams)


# targets


def with_targets(*lines: str) -> Folder:
    made = four_levels()
    made.tables["targets.csv"], made.columns["targets.csv"] = rows(TARGET, *lines), TARGET.split()
    return made


def test_a_target_of_a_place_holds_on_its_days_and_the_nearest_one_first(tmp_path: Path) -> None:
    made = with_targets(
        "late|TS|body|2026-04-01||10|Order 1",
        "late|TS-north|body|2026-04-01|2026-09-30|8|Order 2",
        "late|TS-north-hill-top||2026-07-01|2026-07-31|5|Order 3",
        "late|TS-north||2026-04-01||7|Order 4",
        "other|TS||2026-04-01||1|Order 5",
    )
    reference = load_reference(made.write(tmp_path))

    def value(area: str, month: int) -> float | None:
        target = reference.target("late", area, date(2026, month, 15))
        return None if target is None else target.value

    assert [value("TS-north-hill-top", month) for month in (3, 4, 7, 8, 10)] == [None, 8, 5, 8, 10]
    assert value("TS-south-lake-pond", 7) == 10
    assert [value(area, 7) for area in ("TS-north", "TS", "TS-south", "TS-north-hill")] == [7, None, None, None]
    assert reference.target("nothing", "TS", date(2026, 7, 1)) is None


def test_a_state_need_not_set_targets(four: Reference) -> None:
    assert four.targets == ()
    assert four.target("late", "TS", date(2026, 7, 1)) is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("late|TS-nowhere||2026-04-01||1|x", "area TS-nowhere is unknown"),
        ("late|TS|village|2026-04-01||1|x", "level village is unknown"),
        ("late|TS-north|district|2026-04-01||1|x", "level district does not lie inside TS-north"),
        ("late|TS|||2026-04-01|1|x", "first_day is blank"),
        ("late|TS||2026-04-01|2026-03-31|1|x", "last_day 2026-03-31 is before first_day 2026-04-01"),
        ("late|TS||2026-04-01|||x", "target is blank"),
        ("late|TS||2026-04-01||ten|x", "target is ten, not a number"),
        ("late|TS||2026-04-01||1|", "basis is blank"),
        ("|TS||2026-04-01||1|x", "indicator is blank"),
        ("late|TS-south||2026-06-01|2026-06-30|1|x", "line 2 sets a target of late there for some of these days too"),
    ],
)
def test_a_wrong_target_is_refused_with_its_line(line: str, says: str, tmp_path: Path) -> None:
    told = problems_of(with_targets("late|TS-south||2026-04-01||1|Order 1", line), tmp_path)
    assert told == f"targets.csv:3: {says}" or told.startswith(f"targets.csv:3: {says};"), told


# working days


def test_sundays_second_saturdays_and_holidays_are_off(four: Reference) -> None:
    january = [date(2026, 1, 1) + timedelta(days=day) for day in range(31)]
    off = [day.day for day in january if not four.is_working_day(day)]
    assert off == [4, 10, 11, 18, 25, 26]


def test_working_days_are_added_and_counted(four: Reference) -> None:
    friday = np.array(["2026-01-23"], dtype="datetime64[D]")
    calendar = four.calendar
    assert calendar.add(friday, 1).tolist() == [date(2026, 1, 24)]
    assert calendar.add(friday, 2).tolist() == [date(2026, 1, 27)]
    sunday = friday + 2
    assert calendar.add(sunday, 0).tolist() == [date(2026, 1, 24)]
    assert calendar.add(sunday, 1).tolist() == [date(2026, 1, 27)]
    assert calendar.between(friday, friday + 4).tolist() == [2]
    assert (calendar.known_from, calendar.known_to) == (date(2026, 1, 1), date(2026, 12, 31))


@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    day=st.dates(date(1995, 1, 1), date(2050, 1, 1)),
    ahead=st.integers(0, 60),
    holidays=st.frozensets(st.dates(date(1995, 1, 1), date(2050, 12, 31)), max_size=5),
    weekly_off=st.frozensets(st.integers(0, 6), max_size=3),
    off_saturdays=st.frozensets(st.integers(1, 5), max_size=3),
)
def test_calendar_agrees_with_walking_day_by_day(
    day: date, ahead: int, holidays: frozenset[date], weekly_off: frozenset[int], off_saturdays: frozenset[int]
) -> None:
    def worked(on: date) -> bool:
        if on.weekday() in weekly_off or on in holidays:
            return False
        return not (on.weekday() == 5 and (on.day - 1) // 7 + 1 in off_saturdays)

    calendar = WorkingCalendar.build(holidays, weekly_off, off_saturdays)
    walked, left = day, ahead
    while left:
        walked += timedelta(days=1)
        left -= worked(walked)
    start = np.array([day], dtype="datetime64[D]")
    assert calendar.is_working_day(day) == worked(day)
    if ahead:
        assert calendar.add(start, ahead).tolist() == [walked]
    assert calendar.between(start, np.array([walked], dtype="datetime64[D]")).tolist() == [ahead]


def test_days_outside_the_calendar_do_not_fail() -> None:
    calendar = WorkingCalendar.build(frozenset(), frozenset({6}), frozenset())
    far = np.array(["1901-01-01", "2200-01-01"], dtype="datetime64[D]")
    assert calendar.index(far).tolist() == [0, len(calendar.days)]
    assert calendar.day_of(np.array([-5, 10**6])).tolist() == [calendar.days[0].item(), calendar.days[-1].item()]
    assert calendar.known_from is None
