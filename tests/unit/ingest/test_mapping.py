"""A mapping can be written from the messages alone."""

from __future__ import annotations

import pytest

from ingest.mapping import read_mapping
from tests.helpers.rows import CASES, PSEUDONYMS, READINGS, VOCABULARY, decoded, events, mapping
from warehouse.batch import Restating
from warehouse.errors import ConfigError


def complaints(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        mapping(text)
    return str(caught.value).splitlines()


def test_only_columns_that_are_named_are_read() -> None:
    assert mapping(CASES).columns == ("opened", "id", "due", "closed", "result")
    assert mapping(READINGS).columns == ("at", "asset", "value")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("case_prefix", "case_prefx"), "source.test.case_prefx: there is no such key; nearest is case_prefix"),
        (
            ('"case.opened"', '"case.opend"'),
            "event[1].kind: 'case.opend' is not a kind of event; nearest is",
        ),
        (
            ('"imported_case"', '"imported"'),
            "fields.service.const: service 'imported' is not known; nearest",
        ),
        (
            ("whole_state = true", 'const = "KL-idduki"'),
            "fields.area.const: area 'KL-idduki' is not known;",
        ),
        (("whole_state = true", "whole_state = false"), "fields.area.whole_state: must be true"),
        (("case_prefix", 'rows = "a[b"\ncase_prefix'), "source.test.rows: 'a[b' is neither the key of a list nor one"),
        (
            ("case_prefix", 'row_keys = "a/b"\ncase_prefix'),
            "source.test.row_keys: is used with rows only, and with one",
        ),
        (("case_prefix", 'rows = "a/b"\nrow_keys = "c"\ncase_prefix'), "source.test.row_keys: is used with rows only"),
        (("case_prefix", 'rows = "a"\nrow_keys = "a/"\ncase_prefix'), "source.test.row_keys: 'a/' is neither the key"),
        (('no = "rejected"', 'no = "refused"'), "event[2].outcome.map.no: outcome 'refused' is not known;"),
        (('at = "opened"', ""), "event[1].at: an event needs it"),
        (('case_id = "id"', ""), "event[1].case_id: case.opened needs it; map it here or in fields"),
        (
            ('at = "opened"', 'at = {columns = "opened"}'),
            "event[1].at.columns: there is no such key; nearest",
        ),
        (
            ('at = "opened"', 'at = "opened"\nrating = "r"'),
            "event[1].rating: case.opened does not take it;",
        ),
        (
            ('at = "opened"', 'at = "opened"\nonce = "yes"'),
            "event[1].once: must be true or false, not 'yes'",
        ),
        (('at = "opened"', 'at = "opened"\nid = "x"'), "event[1].id: 'x' must name at least one column"),
        (('due_at = "due"', "due_at = 3"), "fields.due_at: must be the name of a column, or a table"),
        (
            ('due_at = "due"', 'due_at = {column = "d", const = "2026-01-01"}'),
            "fields.due_at: needs exactly one",
        ),
        (('due_at = "due"', 'due_at = {const = "soon"}'), "fields.due_at.const: 'soon' is not a time in"),
        (
            ("case_prefix", 'timezone = "Asia/Kolkatta"\ncase_prefix'),
            "is not an IANA time zone; nearest is Asia/Kolkata",
        ),
        (("case_prefix", 'formats = ["%d/%m"]\ncase_prefix'), "source.test.formats: '%d/%m' is neither iso,"),
        (
            ('at = "opened"', 'at = "opened"\nrefuse = "cell"'),
            "event[1].refuse: 'cell' is not known; allowed are event, row",
        ),
        (
            ("case_prefix", 'formats = ["%b %Y"]\ncase_prefix'),
            "source.test.formats: '%b %Y' says no day: declare day = 'first' or 'last', the day by which",
        ),
        (
            ("case_prefix", 'day = "middle"\ncase_prefix'),
            "source.test.day: 'middle' is not known; allowed are first, last",
        ),
        (("case_prefix", 'period = "year"\ncase_prefix'), "source.test.period: belongs to day = 'last'"),
        (("case_prefix", 'day = "last"\nperiod = "week"\ncase_prefix'), "test.period: 'week' is not known; "),
        (("case_prefix", "year_starts = 13\ncase_prefix"), "source.test.year_starts: must be 1 to 12, not 13"),
        (("case_prefix", 'file_name = "(x"\ncase_prefix'), "source.test.file_name: is not a regular expression"),
        (("case_prefix", 'file_name = "x"\ncase_prefix'), "source.test.file_name: 'x' needs a named group"),
        (("case_prefix", 'title_rows = "x"\nskip_lines = 1\ncase_prefix'), "title_rows: 'x' needs a named group"),
        (("case_prefix", 'title_rows = "(?P<x>y)"\ncase_prefix'), "title_rows: looks at the rows before the header"),
        (
            ("case_prefix", 'format = "excel"\ncase_prefix'),
            "source.test.format: 'excel' is not known; nearest is xes; allowed",
        ),
        (("case_prefix", 'encoding = "utf-9"\ncase_prefix'), "source.test.encoding: 'utf-9' is not an encoding"),
        (("case_prefix", 'delimiter = ";;"\ncase_prefix'), "source.test.delimiter: must be one character"),
        (
            ("case_prefix", 'clock_change = "guess"\ncase_prefix'),
            "'guess' is not known; allowed are earlier,",
        ),
    ],
)
def test_a_mistake_is_named_with_its_key_and_what_is_allowed(change: tuple[str, str], said: str) -> None:
    lines = complaints(CASES.replace(*change, 1))
    assert any(said in line for line in lines), lines


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('{column = "v", duration = "weeks"}', "value.duration: 'weeks' is not known; "),
        ('{column = "v", duration = "hours", unit = "h"}', "value.unit: is not said of a duration"),
        ('{const = 1, duration = "hours"}', "value.const: is not said of a duration"),
        ('{column = "v", since = "w"}', "value.since: belongs to duration"),
        ('{column = "v", duration = "hours", formats = "iso"}', "value.formats: belongs to since"),
        ('{column = "v", duration = "hours", since = "w", formats = "%H:%M"}', "value.formats: '%H:%M' is neither"),
    ],
)
def test_what_does_not_belong_to_a_duration_is_named(value: str, said: str) -> None:
    lines = complaints(READINGS.replace('"value"', value))
    assert any(said in line for line in lines), lines


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{column = 'state'}", "when[1]: needs a column and exactly one of in, not_in, equals, like"),
        ("{column = 'state', in = []}", "when[1].in: must be a list of texts or numbers that is not empty"),
        ("{column = 'state', like = 'Closed'}", "when[1].like: 'Closed' has no * in it; for one exact text use equals"),
        ("{column = 'state', present = false}", "when[1].present: must be true; the opposite test is its own word"),
        ("[{column = 'a', present = true}, {column = 'b', is = 1}]", "when[2].is: there is no such key"),
        ("'Closed'", "event[1].when: must be a list of tables"),
    ],
)
def test_a_mistake_in_a_condition_is_named(condition: str, said: str) -> None:
    lines = complaints(CASES.replace('at = "opened"', f'at = "opened"\nwhen = {condition}'))
    assert any(said in line for line in lines), lines


def test_everything_wrong_is_said_at_once() -> None:
    lines = complaints(CASES.replace("case_prefix", "prefix").replace("imported_case", "x").replace("closed", ""))
    assert len(lines) >= 3


def test_a_source_without_events_is_not_a_mapping() -> None:
    assert complaints('title = "A"') == [
        "source.test.event: a source without format = 'cloudevents' needs at least one [[source.test.event]]"
    ]


def test_cloudevents_take_no_mapping() -> None:
    assert "CloudEvents say themselves what they are" in complaints('format = "cloudevents"\n' + CASES)[0]
    assert mapping('format = "cloudevents"').file.format == "cloudevents"


def test_two_entries_may_not_share_an_id_or_a_name() -> None:
    twice = CASES.replace('at = "opened"', 'at = "opened"\nid = "{id}"').replace(
        'at = "closed"', 'at = "closed"\nid = "{id}"'
    )
    assert "two entries have the id '{id}'" in complaints(twice)[0]
    named = CASES.replace('at = "opened"', 'at = "opened"\nname = "2"')
    assert "two entries have the name '2'" in complaints(named)[0]


def test_an_answer_without_a_case_needs_an_id() -> None:
    text = """
    [[event]]
    kind = "feedback.given"
    at = "at"
    rating = "stars"
    service = {const = "birth"}
    area = {whole_state = true}
    """
    assert complaints(text) == [
        "source.test.event[1].id: feedback.given without a case_id needs an id of its own, made from columns"
    ]


WIDE = """
[[event]]
kind = "reading.taken"
name = "beds"
each = ["Apr", "May"]
at = {template = "{year} {each}", formats = "financial_year", day = "last"}
metric = {const = "beds"}
area = "district"
value = "{each}"
"""


def test_headings_that_are_months_or_places_give_an_event_each() -> None:
    made = mapping(WIDE)
    assert [entry.name for entry in made.entries] == ["beds/Apr", "beds/May"]
    assert made.columns == ("year", "district", "Apr", "May")
    result = decoded(WIDE, {"year": "2026-27", "district": "KL-idukki", "Apr": "5", "May": "6"})
    assert [(str(event["day"]), event["value"]) for event in events(result)] == [("2026-04-30", 5), ("2026-05-31", 6)]
    places = READINGS.replace("[[event]]", '[[event]]\neach = {Idukki = "KL-idukki", PKD = "KL-palakkad"}')
    places = places.replace('{const = "KL-idukki"}', '{const = "{as}"}').replace('"value"', '"{each}"')
    places = places.replace('asset = "asset"\n', "")
    told = [
        (event["area"], event["value"])
        for event in events(decoded(places, {"at": "2026-04-01", "Idukki": "1", "PKD": "2"}))
    ]
    assert told == [("KL-idukki", 1), ("KL-palakkad", 2)]


def test_each_is_a_list_or_a_table_of_texts() -> None:
    for wrong in ("[]", "7", '["A", 1]', "{}", "{A = 1}", '["A", "A"]', '[["A"]]', '"Apr"'):
        said = complaints(WIDE.replace('["Apr", "May"]', wrong))
        assert (
            "source.test.event[1].each: must be a list of headings, or a table of headings and what each stands for"
            in said
        )
    (said,) = complaints(WIDE.replace('"beds"}', '"{each}"}').replace('["Apr", "May"]', '["beds", "beads"]'))
    assert said.startswith("source.test.event[1][beads].metric.const: metric 'beads' is not known")


def test_a_level_that_the_state_does_not_have_is_named() -> None:
    text = READINGS.replace('{const = "KL-idukki"}', '{column = "d", by = "name", level = "distrct"}')
    assert "[1].area.level: 'distrct' is not a level of area; nearest is district" in complaints(text)[0]


def test_tables_that_config_has_frozen_are_read_as_well() -> None:
    from types import MappingProxyType

    frozen = MappingProxyType(
        {
            "event": (
                MappingProxyType(
                    {
                        "kind": "reading.taken",
                        "at": "at",
                        "metric": MappingProxyType({"const": "beds"}),
                        "value": "v",
                        "asset": "a",
                    }
                ),
            )
        }
    )
    assert read_mapping("x", frozen, VOCABULARY, PSEUDONYMS).columns == ("at", "a", "v")


def test_a_source_restates_by_what_it_states_or_by_what_comes_last() -> None:
    assert mapping(READINGS).restating is None
    assert mapping("restates = true\n" + READINGS).restating == Restating(as_stated=False, timezone="Asia/Kolkata")
    stated = READINGS.replace('value = "value"', 'value = "value"\nreceived_at = "on"')
    assert mapping("restates = true\n" + stated).restating == Restating(as_stated=True, timezone="Asia/Kolkata")
    monthly = READINGS.replace('at = "at"', 'at = {column = "at", day = "last"}')
    assert mapping("restates = true\n" + monthly).restating == Restating(False, "Asia/Kolkata", months=1)
    both = "restates = true\n" + stated + READINGS.replace('{const = "beds"}', '{const = "level_m"}')
    assert complaints(both) == [
        "source.test.restates: either all events take received_at, the instant of the statement, or none does"
    ]
    assert complaints('restates = true\nformat = "cloudevents"') == [
        "source.test.restates: CloudEvents are corrected by cm.event.corrected"
    ]
