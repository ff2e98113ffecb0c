"""Numbers and addresses of persons are found however they are written, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from warehouse.personal import masked, replaced, verhoeff

AADHAAR = "999941057058"  # the number that UIDAI prints on its specimen card


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (AADHAAR, "[aadhaar]"),
        ("No. 9999 4105 7058.", "No. [aadhaar]."),
        ("9999-4105\u20117058", "[aadhaar]"),
        ("൯൯൯൯ ൪൧൦൫ ൭൦൫൮", "[aadhaar]"),
        ("९९९९४१०५७०५८", "[aadhaar]"),
        ("house 1111 9999 4105 7058", "house 1111 [aadhaar]"),
        ("9847012345", "[mobile]"),
        ("ring +91 98470 12345 or 09847012346", "ring [mobile] or [mobile]"),
        ("00919847012345", "[mobile]"),
        ("919847012345", "[mobile]"),
        ("984-701-2345", "[mobile]"),
        ("൯൮൪൭൦൧൨൩൪൫", "[mobile]"),
        ("KL/9847012345/2026", "KL/[mobile]/2026"),
        ("a.b+c@d-e.gov.in, x@y.com", "[e-mail], [e-mail]"),
        ("x" * 80 + "@mail.example", "x" * 16 + "[e-mail]"),
    ],
)
def test_they_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "999941057059",  # the check digit is wrong
        "99994105705",
        "9999410570581",
        "5847012345",
        "98470123456",
        "2026-04-01 10:15:00.123456",
        "2026-04-01T10:15:00+05:30",
        "KS/2026/000123",
        "1,23,45,67,890",
        "10.8505159, 76.2710833",
        "@home",
        "a@b",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert masked(text) == text


def test_in_ids_numbers_that_are_never_given_out_stay() -> None:
    def told(kind: str, found: str) -> str:
        return f"{kind} {found}"

    file_number = "101000295616"
    assert masked(file_number) == "[aadhaar]"
    assert replaced(file_number, told, in_id=True) == file_number
    assert replaced(AADHAAR, told, in_id=True) == f"aadhaar {AADHAAR}"


def test_one_wrong_digit_or_two_in_the_wrong_order_are_noticed() -> None:
    good = np.array([int(digit) for digit in AADHAAR], np.uint8)
    assert verhoeff(good[None, :]).tolist() == [True]
    for place in range(12):
        wrong = np.repeat(good[None, :], 9, axis=0)
        wrong[:, place] = [digit for digit in range(10) if digit != good[place]]
        assert not verhoeff(wrong).any()
    for place in np.flatnonzero(good[1:] != good[:-1]).tolist():
        turned = good.copy()
        turned[[place, place + 1]] = turned[[place + 1, place]]
        assert not verhoeff(turned[None, :]).any()
