"""Values, states and bands from a board that can be counted by hand; a partial evaluation agrees with a full one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from indicators.definition import Catalogue
from indicators.evaluate import Evaluator, Values
from indicators.load import read_catalogue
from indicators.quantile import quantile_hours
from tests.helpers.fake_board import FakeBoard
from tests.helpers.small_catalogue import small_reference, write_catalogue
from warehouse.measure import DURATION_BINS, DURATION_EDGES_H
from warehouse.value import PERIODS, Band, State

REFERENCE = small_reference()
NAMES = ("value", "numerator", "denominator", "band", "state")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder: Path = tmp_path_factory.mktemp("evaluate") / "c"
    return read_catalogue(write_catalogue(folder), REFERENCE)[0]


@pytest.fixture
def board() -> FakeBoard:
    return FakeBoard(REFERENCE)


class Result:
    """All values as dense arrays, looked up by names."""

    def __init__(self, catalogue: Catalogue, board: FakeBoard, touched: np.ndarray | None = None) -> None:
        shape = (len(PERIODS), len(catalogue), len(REFERENCE.areas))
        self.catalogue = catalogue
        self.covered = np.zeros(shape, dtype=bool)
        nowhere = np.full(shape, State.NOT_APPLICABLE, dtype=np.uint8)
        self.values = Values(*(np.full(shape, np.nan) for _ in range(3)), np.zeros(shape, dtype=np.uint8), nowhere)
        for part in Evaluator(catalogue, REFERENCE).evaluate(board, touched):
            for place, period in enumerate(part.periods):
                at = period, part.rows, part.areas
                self.covered[at] = True
                for name in NAMES:
                    fresh = getattr(part.values, name)
                    getattr(self.values, name)[at] = fresh[:, min(place, fresh.shape[1] - 1)]

    def cell(self, code: str, area: str, period: str = "mtd") -> tuple[float, float, float, Band, State]:
        place = PERIODS.index(period), self.catalogue.index[code], REFERENCE.area_index[area]
        value, numerator, denominator, band, state = (getattr(self.values, name)[place] for name in NAMES)
        return float(value), float(numerator), float(denominator), Band(int(band)), State(int(state))


def test_a_count_is_summed_over_the_subtree_and_zero_is_a_value(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put("mtd", "received", "certificate", "T-a-x-1", 3)
    board.put("mtd", "received", "certificate", "T-a-x", 1)  # recorded above the lowest level: counted once
    board.put("fy", "received", "certificate", "T-a-x-1", 3)
    result = Result(catalogue, board)
    assert result.cell("gad_certificate_received", "T") == (4, 4, 1, Band.UNBANDED, State.OK)
    assert result.cell("gad_certificate_received", "T-a-x") == (4, 4, 1, Band.UNBANDED, State.OK)
    assert result.cell("gad_certificate_received", "T-a-x-1") == (3, 3, 1, Band.UNBANDED, State.OK)
    assert result.cell("gad_certificate_received", "T-b-z-1") == (0, 0, 1, Band.UNBANDED, State.OK)
    assert result.cell("gad_certificate_received", "T", "today") == (0, 0, 1, Band.UNBANDED, State.OK)


def test_a_count_of_a_service_never_used_is_no_data_and_not_zero(catalogue: Catalogue, board: FakeBoard) -> None:
    value, numerator, _, _, state = Result(catalogue, board).cell("gad_certificate_received", "T-a-x-1")
    assert math.isnan(value)
    assert math.isnan(numerator)
    assert state is State.NO_DATA


def test_an_open_case_alone_makes_a_service_used(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put("", "open", "certificate", "T-b-z-1", 1)
    assert Result(catalogue, board).cell("gad_certificate_received", "T-a")[4] is State.OK


def test_where_no_office_delivers_a_service_it_does_not_apply(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put_always("received", "permit", "T-a-x", 2)
    result = Result(catalogue, board)
    assert result.cell("gad_permit_received", "T-a-x")[4] is State.OK
    assert result.cell("gad_permit_received", "T-a-y")[::4] == (0.0, State.OK)
    assert result.cell("gad_permit_received", "T-a-x-1")[4] is State.NOT_APPLICABLE
    assert math.isnan(result.cell("gad_permit_received", "T-a-x-1")[2])


def test_what_was_counted_counts_even_where_no_office_is_known(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put("mtd", "received", "permit", "T-a-x-1", 2)
    board.put("fy", "received", "permit", "T-a-x-1", 2)
    assert Result(catalogue, board).cell("gad_permit_received", "T-a-x-1") == (2, 2, 1, Band.UNBANDED, State.OK)


def test_a_ratio_is_the_ratio_of_sums(catalogue: Catalogue, board: FakeBoard) -> None:
    for area, overdue, opened in (("T-a-x-1", 9, 10), ("T-a-x-2", 1, 90)):
        board.put("", "overdue", "certificate", area, overdue)
        board.put("", "open", "certificate", area, opened)
    result = Result(catalogue, board)
    assert result.cell("gad_certificate_overdue_share", "T-a-x") == (10, 10, 100, Band.NORMAL, State.OK)
    assert result.cell("gad_certificate_overdue_share", "T-a-x-2")[0] == pytest.approx(100 / 90)


def test_denominator_zero_is_no_data_and_keeps_its_parts(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put("fy", "received", "certificate", "T-a-x-1", 1)
    value, numerator, denominator, band, state = Result(catalogue, board).cell(
        "gad_certificate_overdue_share", "T-a-x-1"
    )
    assert math.isnan(value)
    assert (numerator, denominator, band, state) == (0, 0, Band.UNBANDED, State.NO_DATA)


@pytest.mark.parametrize(
    ("overdue", "opened", "band", "state"),
    [
        (29, 29, Band.UNBANDED, State.SMALL_BASE),
        (30, 30, Band.RED, State.OK),
        (12, 100, Band.NORMAL, State.OK),
        (13, 100, Band.AMBER, State.OK),
        (15, 100, Band.AMBER, State.OK),
        (16, 100, Band.RED, State.OK),
        (0, 100, Band.NORMAL, State.OK),
    ],
)
def test_bands_need_a_base(
    catalogue: Catalogue, board: FakeBoard, overdue: int, opened: int, band: Band, state: State
) -> None:
    board.put("", "overdue", "certificate", "T-a-x-1", overdue)
    board.put("", "open", "certificate", "T-a-x-1", opened)
    value, *_, found_band, found_state = Result(catalogue, board).cell("gad_certificate_overdue_share", "T-a-x-1")
    assert value == pytest.approx(100 * overdue / opened)
    assert (found_band, found_state) == (band, state)


def test_the_state_has_thresholds_of_its_own(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put("", "overdue", "certificate", "T-a-x-1", 11)
    board.put("", "open", "certificate", "T-a-x-1", 100)
    result = Result(catalogue, board)
    assert result.cell("gad_certificate_overdue_share", "T")[3] is Band.AMBER
    assert result.cell("gad_certificate_overdue_share", "T-a-x-1")[3] is Band.NORMAL


def test_stocks_are_the_same_in_all_periods_that_end_now_and_have_no_other(
    catalogue: Catalogue, board: FakeBoard
) -> None:
    board.put("", "open", "certificate", "T-a-x-1", 40)
    result = Result(catalogue, board)
    row = catalogue.index["gad_certificate_overdue_share"]
    cells = [result.cell("gad_certificate_overdue_share", "T", period) for period in ("today", "7d", "mtd", "fy")]
    assert set(cells) == {(0, 0, 40, Band.NORMAL, State.OK)}
    assert not result.covered[PERIODS.index("p7d"), row].any()
    assert not result.covered[PERIODS.index("pmtd"), row].any()


def test_levels_are_in_units_and_averaged_over_reporting_assets(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put("", "level", "beds", "T-a-x-1", 12_500)
    board.put("", "assets", "beds", "T-a-x-1", 1)
    board.put("", "level", "beds", "T-a-y", 3_500)
    board.put("", "assets", "beds", "T-a-y", 1)
    result = Result(catalogue, board)
    assert result.cell("beds_average", "T-a") == (8, 16, 2, Band.AMBER, State.OK)
    assert result.cell("beds_average", "T-a-x-1") == (12.5, 12.5, 1, Band.NORMAL, State.OK)
    assert result.cell("beds_average", "T-b")[4] is State.NOT_APPLICABLE


def test_a_metric_that_was_not_read_is_no_data_though_it_was_expected(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put("mtd", "readings", "power", "T-a-y", 2)
    result = Result(catalogue, board)
    assert result.cell("power_used", "T-a-y") == (0, 0, 1, Band.UNBANDED, State.OK)
    assert result.cell("power_used", "T-a-x-1")[4] is State.NO_DATA
    assert result.cell("power_used", "T-a-y", "today")[4] is State.NO_DATA


def test_linear_numerators_and_population(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put("mtd", "received", "certificate", "T-a-x-1", 3)
    board.put("mtd", "received", "permit", "T-a-x", 4)
    board.put("mtd", "received", "file", "T-a-x-1", 5)
    assert Result(catalogue, board).cell("received_per_lakh", "T-a-x-1")[:3] == (12 / 0.01, 12, 0.01)
    assert Result(catalogue, board).cell("received_per_lakh", "T-a-x")[:3] == (16 / 0.01, 16, 0.01)


def test_quotients_inside_expressions_are_taken_after_summing(catalogue: Catalogue, board: FakeBoard) -> None:
    for area, received, decided, approved in (("T-a-x-1", 6, 3, 2), ("T-a-x-2", 4, 2, 3)):
        for measure, amount in (("received", received), ("decided", decided), ("approved", approved)):
            board.put("mtd", measure, "certificate", area, amount)
    assert Result(catalogue, board).cell("load_per_officer", "T")[:3] == (4, 2, 0.5)
    assert Result(catalogue, board).cell("load_per_officer", "T-b")[4] is State.NO_DATA


def test_quantiles_come_from_merged_bins(catalogue: Catalogue, board: FakeBoard) -> None:
    board.put_bin("mtd", "certificate", "T-a-x-1", 14, 40)
    board.put_bin("mtd", "certificate", "T-b-z-1", 20, 20)
    result = Result(catalogue, board)
    low, high = DURATION_EDGES_H[13], DURATION_EDGES_H[14]
    value, numerator, denominator, _, state = result.cell("gad_certificate_median_days", "T")
    assert value == pytest.approx(low * (high / low) ** (30 / 40) / 24)
    assert math.isnan(numerator)
    assert (denominator, state) == (60, State.OK)
    assert result.cell("gad_certificate_median_days", "T-b")[4] is State.SMALL_BASE
    assert result.cell("gad_certificate_median_days", "T", "fy")[4] is State.NO_DATA
    assert not result.covered[PERIODS.index("today"), catalogue.index["gad_certificate_median_days"]].any()


def test_evaluating_what_was_touched_agrees_with_evaluating_everything(catalogue: Catalogue, board: FakeBoard) -> None:
    random = np.random.default_rng(7)
    board.fill(lambda shape: random.integers(0, 50, shape))
    whole = Result(catalogue, board)
    touched, somewhere = REFERENCE.subject_index["certificate"], [0, 2]
    part = Result(catalogue, board, touched * len(REFERENCE.areas) + np.array(somewhere))
    about = [
        i
        for i, d in enumerate(catalogue.definitions)
        if "certificate" in str(d.numerator.terms() + d.denominator.terms())
    ]
    assert part.covered.any(axis=0)[np.ix_(about, somewhere)].all()
    others = np.setdiff1d(range(len(REFERENCE.areas)), somewhere)
    assert not part.covered[:, :, others].any(), "nothing happened there"
    assert part.covered.any(axis=(0, 2)).sum() < len(catalogue)
    for name in NAMES:
        found, expected = getattr(part.values, name), getattr(whole.values, name)
        np.testing.assert_array_equal(found[part.covered], expected[part.covered])
    assert not Result(catalogue, board, np.array([], dtype=np.int64)).covered.any()


def test_children_add_up_to_their_parent(catalogue: Catalogue, board: FakeBoard) -> None:
    random = np.random.default_rng(8)
    board.fill(lambda shape: random.integers(0, 50, shape))
    values = Result(catalogue, board).values.numerator[PERIODS.index("fy"), catalogue.index["all_received"]]
    own = {area.code: int(board.leaf["fy", "received"][:, place].sum()) for place, area in enumerate(REFERENCE.areas)}
    for area in REFERENCE.areas:
        children = sum(values[REFERENCE.area_index[child.code]] for child in REFERENCE.children(area.code))
        assert values[REFERENCE.area_index[area.code]] == own[area.code] + children


def test_quantile_hours_stay_within_the_stated_error() -> None:
    random = np.random.default_rng(9)
    for share in (0.1, 0.5, 0.9):
        hours = random.lognormal(3, 1.5, 999)
        bins = np.bincount(np.searchsorted(DURATION_EDGES_H, hours, side="right"), minlength=DURATION_BINS)
        found = float(quantile_hours(bins[:, np.newaxis], share)[0])
        exact = float(np.quantile(hours, share, method="inverted_cdf"))
        assert max(found / exact, exact / found) <= 2**0.5 * (1 + 1e-9)


@pytest.mark.parametrize(
    ("bins", "share", "hours"),
    [({}, 0.5, math.nan), ({0: 4}, 0.5, 0.5), ({29: 3}, 0.5, DURATION_EDGES_H[-1]), ({1: 1}, 0.5, 2**0.25),
     ({0: 1, 1: 1}, 0.5, 1.0)],
)  # fmt: skip
def test_quantile_hours_at_the_ends(bins: dict[int, int], share: float, hours: float) -> None:
    counts = np.zeros((DURATION_BINS, 1), dtype=np.int64)
    for place, count in bins.items():
        counts[place] = count
    found = float(quantile_hours(counts, share)[0])
    assert found == pytest.approx(hours, nan_ok=True)
