"""A state three times the size of the real one: ten thousand indicators are read, checked and evaluated."""

from __future__ import annotations

import re
import time
import tomllib
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indicators.definition import Catalogue
from indicators.evaluate import Evaluator
from indicators.load import read_catalogue
from tests.helpers.fake_board import FakeBoard
from tests.helpers.house import CATALOGUE
from tests.helpers.second_state import write_table
from warehouse.reference import Reference, load_reference
from warehouse.value import PERIODS

DEPARTMENTS, SERVICES = 40, 21
DISTRICTS, TALUKS = 6, 5
FAMILIES = (
    "received", "decided", "in_time_share", "open", "overdue", "overdue_share", "due_48h", "median_days", "p90_days",
    "rejected_share", "satisfied_share", "overdue_days",
)  # fmt: skip
#: 40 × (21 services + their department) × 12 families, and the 26 of the government.
INDICATORS = DEPARTMENTS * (SERVICES + 1) * len(FAMILIES) + 26
MEGABYTE = 2**20


class LargeBoard(FakeBoard):
    """The same, rolled up by prefix sums: a plain walk over so many rows would take most of the test's time."""

    def _roll(self, leaf: NDArray[np.int64]) -> NDArray[np.int64]:
        sums = np.concatenate([np.zeros((*leaf.shape[:-1], 1), leaf.dtype), np.cumsum(leaf, axis=-1)], axis=-1)
        return sums[..., self.reference.area_end] - sums[..., :-1]


def write_state(folder: Path, departments: int) -> Path:
    """A state's folder; every department has one office per taluk that delivers all its services."""
    folder.mkdir()
    levels = "".join(f'[[levels]]\ncode = "{c}"\nname_en = "{c}"\nname_local = "ത"\n' for c in ("state", "d", "t"))
    (folder / "state.toml").write_text(
        'code = "S"\nname_en = "S"\nname_local = "സ"\nlanguages = ["en", "ml"]\ntimezone = "Asia/Kolkata"\n'
        'series_level = "t"\nfiscal_year_start_month = 4\nweekly_off = ["sunday"]\noff_saturdays = [2]\n' + levels,
        encoding="utf-8",
    )
    numbers = range(departments)
    of_all = [(number, service) for number in numbers for service in range(SERVICES)]
    areas = [("S", "state", "", "S", "സ", "", 1000, "", "", "", "")]
    for district in range(DISTRICTS):
        areas.append((f"S-d{district}", "d", "S", f"D{district}", "ജ", "", 100, "", "", "", ""))
        areas += [
            (f"S-d{district}-t{taluk}", "t", f"S-d{district}", f"T{taluk}", "ത", "", 10, "", "", "", "")
            for taluk in range(TALUKS)
        ]
    write_table(
        folder / "areas.csv",
        "code level parent name_en name_local lgd_code population tile_x tile_y valid_from valid_to",
        areas,
    )
    write_table(
        folder / "departments.csv",
        "code name_en name_local short_en short_local sort",
        [(f"D{n}", f"Department {n:02}", f"വകുപ്പ് {n:02}", f"D{n}", f"വ{n}", n + 1) for n in numbers],
    )
    write_table(folder / "posts.csv", "code name_en name_local", [("head", "Head", "മേധാവി")])
    write_table(
        folder / "office_kinds.csv",
        "code department level name_en name_local head_post posts",
        [(f"office_{n}", f"D{n}", "t", f"Office {n}", f"ഓഫീസ് {n}", "head", "head") for n in numbers],
    )
    write_table(
        folder / "services.csv",
        "code department module name_en name_local office_kind level limit unit legal_basis status valid_from valid_to"
        " kind",
        [
            (f"s{n}_{s}", f"D{n}", "m", f"Service {n:02}.{s:02}", f"സേവനം {n:02}.{s:02}", f"office_{n}", "t", 7, "days",
             "Act", "in force", "", "", "application")
            for n, s in of_all
        ],
    )  # fmt: skip
    write_table(
        folder / "metrics.csv", "code department name_en name_local unit_en unit_local time decimals min max", []
    )
    write_table(folder / "assets.csv", "code kind area name_en name_local metrics", [])
    write_table(folder / "holidays.csv", "on name_en name_local", [])
    return folder


def write_catalogue(folder: Path, departments: int) -> Path:
    """One file per department over the families of the house."""
    folder.mkdir()
    text = (CATALOGUE / "families.toml").read_text(encoding="utf-8")
    government = tomllib.loads(text)["set"]["government"]
    wanted = {"[noun.application]", *(f"[family.{name}]" for name in {*FAMILIES, *government})}
    tables = re.split(r"\n(?=\[)", text)
    families = "\n".join(table for table in tables if table.partition("\n")[0] in wanted)
    (folder / "families.toml").write_text(families, encoding="utf-8")
    asked, asked_of_all = (str(list(names)).replace("'", '"') for names in (FAMILIES, government))
    for n in range(departments):
        groups = [("dept_d" + str(n), "department", asked)] + ([("gov", "all", asked_of_all)] if n == 0 else [])
        text = (
            f'[department]\ncode = "D{n}"\nowner_post = "head"\nsources = ["s"]\nfreshness_budget_s = 900\n'
            'version = 1\nvalid_from = 2026-04-01\nreason = "A large state"\n'
        )
        for code, services, families_of_group in groups:
            text += (
                f'[[group]]\ncode = "{code}"\nname_en = "Group {code}"\nname_ml = "കൂട്ടം {code}"\n'
                f'services = "{services}"\nfamilies = {families_of_group}\n'
            )
        for s in range(SERVICES):
            text += f'[[service]]\ncode = "s{n}_{s}"\nfamilies = {asked}\n'
        (folder / f"d{n}.toml").write_text(text, encoding="utf-8")
    return folder


def read(folder: Path, departments: int) -> tuple[Reference, Catalogue, float]:
    """A state and its catalogue, without findings, and the processor seconds that reading the catalogue took."""
    reference = load_reference(write_state(folder / f"state{departments}", departments))
    files = write_catalogue(folder / f"catalogue{departments}", departments)
    begin = time.process_time()
    catalogue, issues = read_catalogue(files, reference)
    took_s = time.process_time() - begin
    assert [str(issue) for issue in issues] == []
    return reference, catalogue, took_s


@pytest.mark.slow
def test_ten_thousand_indicators_are_read_checked_and_evaluated(tmp_path: Path) -> None:
    _, fewer, few_s = read(tmp_path, DEPARTMENTS // 10)
    reference, catalogue, many_s = read(tmp_path, DEPARTMENTS)
    assert len(catalogue) == INDICATORS >= 10_000
    assert many_s < 2 * few_s * len(catalogue) / len(fewer), "time grows faster than the number of indicators"

    board = LargeBoard(reference)
    draw = np.random.default_rng(7)
    sums = dict.fromkeys(("open", "overdue"), 0)
    for service in reference.services:
        for area in (reference.areas[place].code for place in draw.choice(len(reference.areas), 3, replace=False)):
            for measure, most in (("open", 90), ("overdue", 30)):
                amount = int(draw.integers(1, most))
                board.put("", measure, service, area, amount)
                sums[measure] += amount
    evaluated = np.zeros((len(PERIODS), len(catalogue)), dtype=np.bool_)
    whole: dict[str, float] = {}
    evaluator = Evaluator(catalogue, reference)
    tracemalloc.start()
    for part in evaluator.evaluate(board):
        evaluated[np.array(part.periods)[:, np.newaxis, np.newaxis], part.rows] = True
        state = part.areas == 0
        for row, value in zip(part.rows[:, state].flat, part.values.value[:, 0, state].flat, strict=True):
            whole[catalogue.definitions[row].code] = float(value)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert evaluated[PERIODS.index("mtd")].all()
    assert whole["gov_open"] == sums["open"]
    assert whole["gov_overdue_share"] == pytest.approx(100 * sums["overdue"] / sums["open"])
    by_department = [whole[f"dept_d{number}_open"] for number in range(DEPARTMENTS)]
    assert sum(by_department) == sums["open"]
    every_value = INDICATORS * len(PERIODS) * len(reference.areas) * 8
    assert peak < 8 * every_value, f"{peak / MEGABYTE:.0f} MB for {every_value / MEGABYTE:.0f} MB of values"
