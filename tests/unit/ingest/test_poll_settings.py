"""What a [source.<name>.poll] table may say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ingest.sources.poll_settings import PollSettings, read_poll
from tests.helpers.rows import CASES, mapping
from warehouse.errors import ConfigError

URL = 'url = "https://api.example.gov.in/v1/applications?state=KL"\n'


def read(text: str, folder: Path = Path(), described: str = CASES) -> PollSettings:
    return read_poll("test", {"poll": tomllib.loads(text)}, mapping(described), folder)


def wrong(text: str, folder: Path = Path(), described: str = CASES) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, folder, described)
    return [line.removeprefix("source.test.") for line in str(caught.value).split("\n")]


def test_an_address_is_enough() -> None:
    assert read(URL) == PollSettings("test", "https://api.example.gov.in/v1/applications?state=KL")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('url = "ftp://x/"', "poll.url: must be an http or https address"),
        ('url = "https://user:pass@x/"', "poll.url: must be an http or https address"),
        (f"{URL}intervall_s = 1", "poll.intervall_s: there is no such key; nearest is interval_s"),
        (f"{URL}interval_s = 0", "poll.interval_s: must be 1 to 86400, not 0"),
        (
            f'{URL}next_link = "next"\npage = "page"',
            "poll: pages hang together in one way; here are next_link and page",
        ),
        (f'{URL}cursor = "next"', "poll.cursor: cursor and cursor_parameter go together"),
        (f'{URL}since_start = "2026"', "poll.since_start: is used with since only"),
        (f"{URL}page_rows = 5", "poll.page_rows: is used with page only"),
        (f"{URL}page_first = 0", "poll.page_first: is used with page only"),
        (f'{URL}page_counts = "rows"', "poll.page_counts: is used with page only"),
        (f'{URL}page = "page"\npage_first = 2', "poll.page_first: must be 0 to 1, not 2"),
        (f'{URL}page = "skip"\npage_counts = "row"', "poll.page_counts: 'row' is not known; nearest is rows"),
        (f'{URL}next_link = "n"\n[feed]', "poll.feed: a feed of GTFS-Realtime has no pages, no since and no total"),
        (f'{URL}total = "n"\n[feed]', "poll.feed: a feed of GTFS-Realtime has no pages, no since and no total"),
        (f'{URL}[feed]\ngroup_by = "depot"', "poll.feed.group_by: 'depot' is not known"),
        (f'{URL}[feed]\ngroup_pattern = "("', "poll.feed.group_pattern: '(' is not a regular expression"),
        (f'{URL}[feed]\ngroup_pattern = "x"', "poll.feed.group_pattern: 'x' must have one pair of brackets"),
    ],
)
def test_what_is_wrong_is_said_with_the_key(text: str, said: str) -> None:
    (line,) = wrong(text)
    assert line.startswith(said)


def test_what_is_polled_is_json() -> None:
    assert wrong(URL, described=f'format = "csv"\n{CASES}') == [
        "format: what is polled is jsonl or cloudevents, not csv"
    ]


def test_a_token_is_never_written_and_never_sent_in_the_clear(tmp_path: Path) -> None:
    (line,) = wrong(f'{URL}token = "monsoon-42"')
    assert "never written here" in line
    assert "monsoon" not in line
    (tmp_path / "token").write_text("x")
    token = 'token = {file = "token"}\n'
    assert wrong(f'url = "http://api.example.gov.in/"\n{token}', tmp_path) == [
        "poll.url: must be https, because a token is sent with it"
    ]
    assert read(f'url = "http://127.0.0.1:9/"\n{token}', tmp_path).token is not None
    assert wrong(f'{URL}{token}token_header = "a b"', tmp_path) == [
        "poll.token_header: 'a b' is not the name of a header"
    ]
