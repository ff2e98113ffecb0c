"""The shipped tables of Kerala say what the public registers say.

Needs the collected geography (LGD download of January 2026, Census 2011, OpenDataKerala), which is not part of this
repository: CM_SHARED_DATA, or ../shared/data beside it. Without it these tests are skipped.
"""

from __future__ import annotations

import csv
import os
import re
from functools import cache
from pathlib import Path

import pytest

from warehouse.reference import Area, Reference, load_reference

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("CM_SHARED_DATA", ROOT.parent / "shared" / "data"))
GEO = SHARED / "geo"

pytestmark = pytest.mark.skipif(
    not (GEO / "kerala_local_bodies.csv").is_file(),
    reason=f"collected geography is not at {GEO}; set CM_SHARED_DATA to the folder that holds geo/",
)

KINDS = {"GP": "GP", "M": "municipality", "C": "corporation"}
#: Taluks and municipalities that the register spells otherwise than their own offices do: LGD code → our spelling.
SPELLED_OTHERWISE = {"5648": "Mannarkkad", "5636": "Sulthan Bathery"}


@cache
def reference() -> Reference:
    return load_reference(ROOT / "warehouse" / "states" / "kerala")


@cache
def register(name: str) -> list[dict[str, str]]:
    with (GEO / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def area_of(level: str, lgd_code: str) -> Area:
    return reference().area(reference().area_by_lgd[level, lgd_code])


def lgd_of(code: str | None) -> str | None:
    return None if code is None else reference().area(code).lgd_code


@pytest.mark.parametrize(
    ("level", "table", "column"),
    [
        ("district", "kerala_districts.csv", "district_lgd"),
        ("taluk", "kerala_taluks.csv", "taluk_lgd"),
        ("body", "kerala_local_bodies.csv", "lb_lgd"),
    ],
)
def test_the_same_places_as_in_the_register(level: str, table: str, column: str) -> None:
    ours = [area.lgd_code for area in reference().by_level(level)]
    assert sorted(ours, key=str) == sorted(row[column] for row in register(table))


def test_every_place_lies_where_the_register_puts_it() -> None:
    for row in register("kerala_taluks.csv"):
        assert lgd_of(area_of("taluk", row["taluk_lgd"]).parent) == row["district_lgd"], row
    for row in register("kerala_local_bodies.csv"):
        body = area_of("body", row["lb_lgd"])
        assert lgd_of(body.parent) == row["taluk_lgd"], row
        assert {body.parent, *body.also_in} == {area_of("taluk", code).code for code in row["taluks_all"].split("|")}, (
            row
        )


def test_kinds_and_populations() -> None:
    for row in register("kerala_local_bodies.csv"):
        body = area_of("body", row["lb_lgd"])
        assert (body.kind, body.population) == (KINDS[row["lb_type"]], int(row["population_2011_est"])), row
    for row in register("kerala_taluks.csv"):
        assert area_of("taluk", row["taluk_lgd"]).population == int(row["population_2011_est"])
    for row in register("kerala_districts.csv"):
        assert area_of("district", row["district_lgd"]).population == int(row["population_2011"])


def test_english_names_are_the_registers() -> None:
    for row in register("kerala_districts.csv"):
        assert area_of("district", row["district_lgd"]).name_en == row["name_en"]
    for row in register("kerala_taluks.csv"):
        name = SPELLED_OTHERWISE.get(row["taluk_lgd"], row["name_en_short"])
        assert area_of("taluk", row["taluk_lgd"]).name_en == name
    same = sum(
        area_of("body", row["lb_lgd"]).name_en
        in {row["name_en"], re.sub(r" (Municipality|Municipal Corporation)$", "", row["full_name_en"])}
        for row in register("kerala_local_bodies.csv")
    )
    assert same >= 1034 - 12  # typing mistakes of the register mended by hand, listed in docs/reference.md


def test_malayalam_names_are_the_registers_but_for_spelling_and_additions() -> None:
    same = sum(
        area_of("body", row["lb_lgd"]).name_local == row["name_ml"].strip()
        for row in register("kerala_local_bodies.csv")
    )
    assert same >= 1034 - 50  # old final forms (ടു്, ര്), "Grama Panchayat" and districts in brackets taken off


def test_dams_lie_in_their_districts() -> None:
    with (SHARED / "streams" / "kerala_dams.csv").open(encoding="utf-8", newline="") as stream:
        dams = list(csv.DictReader(stream))
    ours = {asset.code: asset for asset in reference().assets.values() if asset.kind == "dam"}
    assert len(dams) == len(ours) == 38
    for row in dams:
        code = "dam-" + re.sub(r"[^a-z]+", "-", row["dam"].split(" (")[0].lower())
        line = [area.name_en for area in reference().ancestors(ours[code].area)]
        assert row["district"] in line, row
        if row["live_storage_at_frl_mcm"]:
            assert ours[code].capacity == pytest.approx(float(row["live_storage_at_frl_mcm"]))
