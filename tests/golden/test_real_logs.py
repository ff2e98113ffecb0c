"""Logs that others wrote, loaded through declared mappings only, against figures counted from the files by pandas.

The files are the project's collected data, which stay outside of it; without them these tests are skipped.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest

from indicators.board import Board
from ingest.mapping import load_mapping
from ingest.pipeline import Pipeline
from ingest.rule import Mapping
from ingest.sources.files import FileSource
from tests.helpers.rows import PSEUDONYMS, shared_data
from warehouse.clock import SystemClock
from warehouse.config import load_config
from warehouse.database import Database
from warehouse.lookup import install
from warehouse.principal import Principal
from warehouse.reader import Reader
from warehouse.reference import Reference, load_reference
from warehouse.writer import Writer

ROOT: Final = Path(__file__).resolve().parents[2]
BOSTON: Final = "grievances/us_boston311_2011_jul_aug.csv.gz"
WABO: Final = "logs/nl_wabo_receipt.csv.gz"
DAMS: Final = "streams/kerala_dam_readings_2020_2025.csv.gz"
SIMILAR: Final = {
    "nyc311": "grievances/us_nyc311_2022_sample.csv",
    "bpic14": "grievances/nl_bpic14_incident_activities.csv.gz",
    "bpic14_incidents": "grievances/nl_bpic14_incidents.csv.gz",
    "bpic2012": "logs/nl_bpic2012_loan_applications.csv.gz",
    "bpic2020": "logs/nl_bpic2020_request_for_payment.csv.gz",
    "fines": "logs/it_road_traffic_fines_10k.csv.gz",
    "beds": "streams/telangana_covid_beds_2021.parquet",
    "covid": "streams/kerala_covid_district_daily.csv",
    "bulletins": "streams/kseb_dam_bulletins_raw_2025.jsonl.gz",
}


#: A metric that Kerala's tables do not have: another one is a row of metrics.csv.
COVID: Final = "covid_active,HFW,Active Covid-19 cases,കോവിഡ്-19 സജീവ കേസുകൾ,,,level,0,0,,hospitals\n"


@cache
def kerala() -> Reference:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(load_config(ROOT / "config.toml", {}).state.reference, Path(folder) / "kerala"))
        with (copy / "metrics.csv").open("a", encoding="utf-8") as metrics:
            metrics.write(COVID)
        return load_reference(copy)


def declared(name: str) -> Mapping:
    """A mapping of config.toml."""
    return load_mapping(name, load_config(ROOT / "config.toml", {}).sources[name], kerala(), PSEUDONYMS)


def similar(name: str) -> Mapping:
    """A mapping of a log that others wrote."""
    tables = tomllib.loads((Path(__file__).parent / "similar_logs.toml").read_text(encoding="utf-8"))["source"]
    return load_mapping(name, tables[name], kerala(), PSEUDONYMS)


@dataclass
class House:
    """A warehouse with a board, as the engine wires them."""

    pipeline: Pipeline
    reader: Reader
    database: Database

    def load(self, mapping: Mapping, path: Path) -> dict[str, int]:
        """Counts of one file."""
        results = list(self.pipeline.load(FileSource(path, mapping, SystemClock())))
        names = ("received", "accepted", "rejected", "duplicates", "events")
        total = {name: sum(getattr(result, name) for result in results) for name in names}
        assert total["received"] == total["accepted"] + total["rejected"] + total["duplicates"]
        return total

    def ask(self, name: str, **given: object) -> list[dict[str, Any]]:
        return self.reader.query(name, Principal.state_reader(), **given).to_pylist()

    def rows(self, statement: str) -> pd.DataFrame:
        with self.database.cursor() as cursor:
            return cursor.sql(statement).to_arrow_table().to_pandas()


@contextmanager
def a_house(folder: Path) -> Iterator[House]:
    clock = SystemClock()
    database = Database(folder / "warehouse.duckdb")
    writer = Writer(database, clock)
    reader = Reader(database, install(kerala(), database), clock)
    board = Board(kerala(), clock)
    try:
        board.load(reader)
        yield House(Pipeline((), writer, board, clock), reader, database)
    finally:
        writer.close()
        database.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as made:
        yield made


def test_every_request_of_boston_is_a_case_and_a_second_run_accepts_nothing(house: House) -> None:
    path = shared_data(BOSTON)
    first = house.load(similar("boston311"), path)
    assert first == {"received": 21_401, "accepted": 21_401, "rejected": 0, "duplicates": 0, "events": 41_686}
    counts = house.ask("case_counts", source="boston311")[0]
    assert (counts["total"], counts["decided"], counts["open"]) == (21_401, 20_285, 1_116)
    assert counts["without_due"] == pd.read_csv(path).target_dt.isna().sum() == 3_619
    second = house.load(similar("boston311"), path)
    assert second == {"received": 21_401, "accepted": 0, "rejected": 0, "duplicates": 21_401, "events": 0}
    assert house.ask("case_counts", source="boston311")[0] == counts


def test_our_clock_agrees_with_the_city_on_every_closed_request_that_has_a_target(house: House) -> None:
    path = shared_data(BOSTON)
    house.load(similar("boston311"), path)
    ours = house.rows("select case_id, decided_at > due_at as late from \"case\" where status = 'decided'")
    city = pd.read_csv(path, dtype=str)
    city["case_id"] = "boston311:" + city.case_enquiry_id
    both = city[city.closed_dt.notna() & city.target_dt.notna()].merge(ours, on="case_id", validate="one_to_one")
    assert len(both) == 16_728
    flagged = both[both.ontime.notna()]
    assert (flagged.late.astype(bool) == (flagged.ontime == "OVERDUE")).all()
    unflagged = both[both.ontime.isna()]
    assert len(unflagged) == 43, "closed years past their target, without a flag of the city's"
    assert unflagged.late.all()
    counts = house.ask("case_counts", source="boston311")[0]
    assert counts["decided_late"] == (flagged.ontime == "OVERDUE").sum() + 43
    assert counts["decided_late"] + counts["decided_in_time"] == 16_728


def test_wabo_has_1434_cases_and_28_4_percent_of_the_closed_ones_are_late(house: House) -> None:
    path = shared_data(WABO)
    first = house.load(similar("wabo"), path)
    assert first == {"received": 8_577, "accepted": 8_577, "rejected": 0, "duplicates": 0, "events": 11_340}
    counts = house.ask("case_counts", source="wabo")[0]
    assert (counts["total"], counts["decided"]) == (1_434, 1_329)
    assert counts["decided_late"] == 377
    assert round(100 * counts["decided_late"] / counts["decided"], 1) == 28.4
    assert house.load(similar("wabo"), path)["accepted"] == 0


def test_impossible_storage_of_dams_is_refused_alone_and_never_averaged_in(house: House) -> None:
    path = shared_data(DAMS)
    first = house.load(declared("dams"), path)
    assert (first["received"], first["accepted"], first["rejected"]) == (33_171, 33_171, 0)
    file = pd.read_csv(path)
    good, possible = file[~(file.storage_pct > 100)], file[~(file.live_storage_mcm > 2000)]
    impossible = 2 * len(file) - len(good) - len(possible)
    assert impossible == 1_358
    assert [(row["reason"], row["rows"]) for row in house.ask("rejected_summary")] == [("out_of_range", impossible)]
    stored = house.rows(
        "select sum(readings)::bigint as readings, sum(reading_sum)::bigint as thousandths from cell_metric "
        "where subject = 'reservoir_storage_pct'"
    )
    assert stored.readings[0] == good.storage_pct.notna().sum()
    assert stored.thousandths[0] == (good.storage_pct.dropna() * 1000).round().astype(int).sum()
    others = house.rows("select sum(readings)::bigint as n from cell_metric where subject = 'reservoir_storage_mcm'")
    assert others.n[0] == possible.live_storage_mcm.notna().sum()
    second = house.load(declared("dams"), path)
    assert second == {"received": 33_171, "accepted": 0, "rejected": 0, "duplicates": 33_171, "events": 0}


#: Rows accepted and refused, and cases (total, decided, withdrawn, reopened) of logs that give cases.
EXPECTED: Final = {
    "nyc311": (924, 0, (924, 480, 0, 0)),
    "bpic14": (39_911, 0, None),
    "bpic14_incidents": (4_000, 0, (4_000, 4_000, 0, 0)),
    "bpic2012": (262_200, 0, (13_087, 9_881, 2_807, 0)),
    "bpic2020": (36_072, 0, None),
    "fines": (34_724, 0, None),
    "beds": (241_813, 0, None),
    "covid": (8_253, 26, None),
    "bulletins": (2_934, 90, None),
}


@pytest.mark.parametrize("name", SIMILAR)
def test_logs_not_seen_in_development_load_by_a_mapping_alone(house: House, name: str) -> None:
    path = shared_data(SIMILAR[name])
    accepted, rejected, cases = EXPECTED[name]
    first = house.load(similar(name), path)
    assert (first["accepted"], first["rejected"]) == (accepted, rejected)
    assert house.load(similar(name), path)["accepted"] == 0
    if cases is not None:
        counts = house.ask("case_counts", source=name)[0]
        assert tuple(counts[field] for field in ("total", "decided", "withdrawn", "reopened")) == cases


def test_beds_that_are_published_hours_late_end_at_what_was_counted_last(house: House, tmp_path: Path) -> None:
    """Two weeks of Telangana's feed by the declaration of Kerala's hospitals, a file an hour, as late as it was."""
    feed = pd.read_parquet(shared_data(SIMILAR["beds"]))
    feed = feed[(feed.observed_at >= "2021-07-01") & (feed.observed_at < "2021-07-15")]
    late_h = (feed.observed_at - feed.reading_at).dt.total_seconds().dropna() / 3600
    assert [round(hours) for hours in late_h.quantile([0.5, 0.9, 0.99, 1])] == [2, 3, 74, 1_744]
    table = tomllib.loads((ROOT / "docs" / "kerala_sources.toml").read_text(encoding="utf-8"))["source"][
        "hospital_beds"
    ]
    # districts of another state: theirs are not in Kerala's tables
    table = {**table, "fields": {**table["fields"], "area": {"whole_state": True}}}
    mapping = load_mapping("hospital_beds", table, kerala(), PSEUDONYMS)
    total = dict.fromkeys(("received", "accepted", "rejected", "duplicates"), 0)
    for number, (_, hour) in enumerate(feed.groupby(feed.observed_at.dt.floor("h"))):
        path = tmp_path / f"{number}.csv"
        hour.to_csv(path, index=False)
        counts = house.load(mapping, path)
        total = {name: total[name] + counts[name] for name in total}
    assert total["received"] == len(feed)
    assert total["rejected"] == 0
    feed = feed.assign(
        asset=feed.district.astype(str) + "/" + feed.facility.astype(str) + "/" + feed.facility_type.astype(str),
        at=feed.reading_at.fillna(feed.observed_at),
    )
    stored = house.rows("select asset, value from gauge where metric = 'oxygen_beds_occupied'").set_index("asset")[
        "value"
    ]
    known = feed[feed.oxygen_occupied.notna()]
    newest = known[known["at"] == known.groupby("asset")["at"].transform("max")]
    # of two statements about one instant the later one holds
    last = newest.sort_values("observed_at", kind="stable").groupby("asset").oxygen_occupied.last()
    assert (stored.sort_index() == last.sort_index()).all()


def test_reopened_incidents_of_bpic14_are_counted(house: House) -> None:
    path = shared_data(SIMILAR["bpic14"])
    house.load(similar("bpic14"), path)
    activities = pd.read_csv(path)
    opened = activities[activities.incident_activity_type == "Open"].incident_id.nunique()
    counts = house.ask("case_counts", source="bpic14")[0]
    assert counts["total"] == opened
    reopened = activities[activities.incident_activity_type == "Reopen"].incident_id.nunique()
    assert 0 < counts["reopened"] <= reopened


def test_payments_of_fines_are_summed_to_the_paisa(house: House) -> None:
    path = shared_data(SIMILAR["fines"])
    house.load(similar("fines"), path)
    paid = pd.read_csv(path).query("activity == 'Payment'").paymentamount
    stored = house.rows("select count(*) as n, sum(amount)::bigint as paise from event where kind = 'amount.recorded'")
    assert stored.n[0] == len(paid) == 4_910
    assert stored.paise[0] == (paid * 10).round().astype(int).sum()
