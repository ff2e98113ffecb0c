"""Months by their names in languages of Indian states."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest

from ingest.month_name import NAMES, with_english_months


def english(*texts: str | None) -> list[str | None]:
    return with_english_months(pa.array(texts, pa.string())).to_pylist()


@pytest.mark.parametrize("language", NAMES)
def test_all_months_of_a_language_are_known_in_their_order_however_they_are_composed(language: str) -> None:
    for month in (NAMES[language], unicodedata.normalize("NFD", NAMES[language])):
        first = [names.split("|")[0] for names in month.split()]
        assert english(*first) == [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]  # fmt: skip


def test_no_name_stands_for_two_months() -> None:
    places: dict[str, set[int]] = {}
    for names in NAMES.values():
        for place, month in enumerate(names.split()):
            for name in month.split("|"):
                places.setdefault(name, set()).add(place)
    assert all(len(found) == 1 for found in places.values())


def test_a_name_is_found_beside_other_words_and_not_inside_of_them() -> None:
    assert english("2024-25 अप्रैल", "മാർച്ച്, 2024", None, "March 2024", "मईया 2024", "अप्रैल-जून") == [
        "2024-25 April", "March, 2024", None, "March 2024", "मईया 2024", "April-June",
    ]  # fmt: skip


def test_letters_that_were_written_otherwise_before_are_the_same() -> None:
    assert english("ഏപ്രില്\u200d", "ഒക്\u200cടോബര്\u200d", "മാര്\u200dച്ച്") == ["April", "October", "March"]
