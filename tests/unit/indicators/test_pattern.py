"""Indicators that say the same of different subjects have one pattern; those that do not have different ones."""

from __future__ import annotations

import numpy as np
import pytest

from indicators.expression import Missing
from indicators.pattern import codes_of, pattern_of
from indicators.plan import Columns, Slot
from tests.helpers.small_catalogue import Make, maker, small_reference

REFERENCE = small_reference()


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    return maker(tmp_path_factory.mktemp("pattern"), "gad_certificate_received")


def test_the_same_of_other_services_is_one_pattern(make: Make) -> None:
    certificate, about = pattern_of(make("overdue(certificate)", "open(certificate)"))
    permit, about_permit = pattern_of(make("overdue(permit)", "open(permit)", code="another", name="words"))
    assert certificate == permit
    assert (about, about_permit) == ((("certificate",),), (("permit",),))
    both, about_both = pattern_of(make("overdue(certificate, permit)", "open(certificate, permit)"))
    assert (both, about_both) == (certificate, (("certificate", "permit"),))


@pytest.mark.parametrize(
    "other",
    [
        ("overdue(certificate)", "open(permit)"),
        ("overdue(certificate)", "received(certificate)"),
        ("overdue(certificate) + 1", "open(certificate)"),
        ("overdue(certificate)", "population"),
    ],
)
def test_what_is_counted_and_where_subjects_stand_makes_the_pattern(make: Make, other: tuple[str, str]) -> None:
    assert pattern_of(make(*other))[0] != pattern_of(make("overdue(certificate)", "open(certificate)"))[0]


def test_factor_missing_rule_and_time_do_too(make: Make) -> None:
    plain = pattern_of(make("sum(power)"))[0]
    assert pattern_of(make("sum(power)", factor=100.0))[0] != plain
    assert pattern_of(make("sum(power)", missing=Missing.ZERO))[0] != plain
    assert pattern_of(make("sum(power).year_to_date()"))[0] != plain
    assert pattern_of(make("sum(beds)", minimum_base=30.0))[0] == plain, "that is the part's own"


def test_subjects_are_numbered_as_they_appear(make: Make) -> None:
    pattern, about = pattern_of(make("received(permit) + decided(certificate) - approved(permit)"))
    assert about == (("permit",), ("certificate",))
    assert [term.subjects for term in pattern.numerator.terms()] == [("0",), ("1",), ("0",)]
    assert codes_of(about) == ("certificate", "permit")


def test_what_has_no_subjects_is_about_nothing(make: Make) -> None:
    assert pattern_of(make("population"))[1] == ()


def test_a_quantile_is_of_all_its_services_together(make: Make) -> None:
    one = pattern_of(make("decided(certificate)", quantile=0.5))
    more = pattern_of(make("decided(permit) + decided(certificate, permit)", quantile=0.5))
    assert one[0] == more[0]
    assert more[1] == (("certificate", "permit"),)
    assert pattern_of(make("decided(certificate)", quantile=0.9))[0] != one[0]
    assert not one[0].is_count


def test_pairs_of_a_slot_are_each_read_once_and_added_up_by_column() -> None:
    slot = Slot([[3], [3, 7], [0]], areas=10)
    columns = Columns(np.array([0, 1, 1, 2]), np.array([4, 2, 4, 9]))
    pairs = slot.pairs(columns)
    assert pairs.distinct.tolist() == [9, 32, 34, 72, 74]
    amounts = np.array([[9, 32, 34, 72, 74], [1, 1, 1, 1, 1]])
    assert pairs.added_up(amounts).tolist() == [[34, 32 + 72, 34 + 74, 9], [1, 2, 2, 1]]
    assert slot.any_of(np.arange(8) == 7).tolist() == [False, True, False]
    in_order = Slot([[3], [5]], areas=10).pairs(Columns(np.array([0, 1]), np.array([4, 2])))
    assert in_order.added_up(np.array([6, 7])).tolist() == [6, 7]
    none = slot.pairs(Columns(np.array([], dtype=np.intp), np.array([], dtype=np.intp)))
    assert none.added_up(np.zeros((2, 0))).shape == (2, 0)
