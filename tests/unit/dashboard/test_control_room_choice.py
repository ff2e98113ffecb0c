"""Who answers tickets and grievances: read from the state's file, refused with file and key, each at one level only."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.control_room_choice import FILE, LEVELS, check_rooms, read_rooms, services_by_level
from tests.helpers.fake_client import KERALA, FakeEngine
from tests.helpers.house import CATALOGUE
from warehouse.errors import ConfigError
from warehouse.reference import load_reference


def test_a_state_without_a_file_has_no_control_rooms(tmp_path: Path) -> None:
    assert read_rooms(tmp_path) == {}
    assert services_by_level(tmp_path, FakeEngine.__dataclass_fields__["reference"].default_factory()) == {}  # type: ignore[misc]


def test_every_ticket_and_grievance_of_kerala_has_one_level() -> None:
    from indicators.load import load_catalogue

    reference = load_reference(KERALA)
    levels = services_by_level(KERALA, reference)
    assert tuple(levels) == LEVELS
    everything = [code for codes in levels.values() for code in codes]
    told = {code for code, one in reference.services.items() if one.kind in {"ticket", "grievance"}}
    assert sorted(everything) == sorted(told)
    assert levels["collector"] == ("revenue_grievance",)
    assert {"rev_cm_petition", "cm_with_me"} <= set(levels["department"])
    assert "kseb_fuse_off" in levels["head_of_department"]
    rooms = read_rooms(KERALA)
    check_rooms(KERALA, reference)
    known = {one.code for one in load_catalogue(CATALOGUE, reference).definitions}
    for room in rooms.values():
        assert {line.indicator for line in room.lines} <= known


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tahsildar]\nmodules = []", "tahsildar is unknown; allowed are department, head_of_department, collector"),
        ("[collector]\nkinds = []", "collector.kinds is unknown; allowed are modules, services, lines"),
        ("[collector]\nservices = 'a'", "collector.services is a list of texts"),
        ("[collector]\nservices = [3]", "collector.services[1] = 3: must be a text"),
        ("[collector]\nlines = [{indicator = 'a'}]", "collector.lines[1] lacks name_en, name_local"),
        ("[collector]\n[department]", "only one level may name neither modules nor services"),
        ("[collector", f"{FILE}: "),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_rooms(tmp_path)
    assert str(tmp_path / FILE) in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[collector]\nservices = ['revenue_grievances']",
            "collector.services[1] = 'revenue_grievances': no ticket",
        ),
        ("[collector]\nservices = ['revenue_grievances']", "nearest is revenue_grievance"),
        ("[department]\nmodules = ['secretariat', 'sekretariat']", "department.modules[2] = 'sekretariat'"),
        ("[collector]\nservices = ['income_certificate']", "no ticket or grievance has it"),
    ],
)
def test_what_no_ticket_has_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        check_rooms(tmp_path, load_reference(KERALA))
    assert said in str(refused.value)
