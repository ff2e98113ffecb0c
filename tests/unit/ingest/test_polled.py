"""A polled API: every page once, nothing asked for in vain, and whatever it answers, it is asked again later."""

from __future__ import annotations

import gzip
import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.sources.polled import PollPosition
from tests.helpers.polling import PAGED, Asked, Reply, polling, row, serving
from tests.helpers.rows import CASES
from warehouse.errors import SourceRefusedError

PAGES = 3


def linked(asked: Asked) -> Reply:
    """Pages of two rows, each with the address of the next one."""
    page = int(asked.parameters.get("p", 0))
    rows = [row(page * 2), row(page * 2 + 1)]
    return Reply({"items": rows, "next": f"/rows?p={page + 1}" if page + 1 < PAGES else None})


def numbers(count: int) -> list[str]:
    return sorted(str(number) for number in range(count))


def test_pages_are_followed_by_their_links_and_each_is_committed_with_its_position(tmp_path: Path) -> None:
    with serving(linked) as api, polling(tmp_path, api.url) as polled:
        polled.until(lambda: len(polled.cases()) == 2)
        assert polled.position()["link"].endswith("/rows?p=1")
        polled.until(lambda: len(polled.cases()) == 2 * PAGES and not polled.position()["link"])
        assert polled.cases() == numbers(2 * PAGES)
        asked = len(api.asked)
        assert asked == PAGES
        polled.until(lambda: len(api.asked) > asked, step_s=1)
        assert (polled.clock.now() - polled.store.clock.now()).total_seconds() >= 55, "not before its time"


def test_a_page_may_be_packed_and_no_other_packing_is_asked_for(tmp_path: Path) -> None:
    page = gzip.compress(json.dumps([row(1)]).encode())
    reply = Reply(page, headers={"Content-Encoding": "gzip"})
    with serving(lambda asked: reply) as api, polling(tmp_path, api.url, "", CASES) as polled:
        polled.until(lambda: polled.cases() == ["1"])
        assert api.asked[0].headers["accept-encoding"] == "gzip"


def test_pages_are_counted_until_one_is_not_full(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        first = (int(asked.parameters["page"]) - 1) * 2
        return Reply([row(number) for number in range(first, min(first + 2, 5))])

    with serving(answer) as api, polling(tmp_path, api.url, 'page = "page"\npage_rows = 2', CASES) as polled:
        polled.until(lambda: len(polled.cases()) == 5)
        polled.until(lambda: polled.position()["page"] == 1)
        assert [one.parameters["page"] for one in api.asked] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "asked_for"),
    [
        ("page_first = 0", ["0", "1", "2"]),
        ('page_counts = "rows"', ["0", "2", "4"]),
        ('page_counts = "rows"\npage_first = 1', ["1", "3", "5"]),
    ],
)
def test_pages_are_named_as_the_server_counts_them(tmp_path: Path, text: str, asked_for: list[str]) -> None:
    def answer(asked: Asked) -> Reply:
        first = asked_for.index(asked.parameters["at"]) * 2
        return Reply([row(number) for number in range(first, min(first + 2, 5))])

    paged = f'page = "at"\npage_rows = 2\n{text}'
    with serving(answer) as api, polling(tmp_path, api.url, paged, CASES) as polled:
        polled.until(lambda: polled.cases() == numbers(5) and polled.position()["page"] == 1)
        assert [one.parameters["at"] for one in api.asked] == asked_for


def test_rows_are_counted_as_they_came_where_pages_are_smaller_than_asked_for(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        first = int(asked.parameters["offset"])
        return Reply([row(number) for number in range(first, min(first + 2, 5))])

    paged = 'page = "offset"\npage_counts = "rows"'
    with serving(answer) as api:
        with polling(tmp_path, f"{api.url}?limit=100", paged, CASES) as polled:
            polled.until(lambda: polled.cases() == numbers(2))
        with polling(tmp_path, f"{api.url}?limit=100", paged, CASES) as polled:
            polled.until(lambda: polled.cases() == numbers(5) and polled.position()["page"] == 1)
    asked = [one.parameters for one in api.asked]
    assert all(one["limit"] == "100" for one in asked)
    assert list(dict.fromkeys(one["offset"] for one in asked)) == ["0", "2", "4", "5"]


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (5, "meta.total says 5 rows, the pages held 4; see page, page_rows"),
        ("5", "meta.total says 5 rows, the pages held 4; see page, page_rows"),
        (None, "the answer has no whole number meta.total"),
        ("many", "the answer has no whole number meta.total"),
    ],
)
def test_a_poll_that_gives_fewer_rows_than_there_are_is_said_and_asked_again(
    tmp_path: Path, total: object, said: str
) -> None:
    stated = [total]

    def answer(asked: Asked) -> Reply:
        rows = [row(number) for number in range(4)][int(asked.parameters["from"]) :][:2]
        return Reply({"items": rows, "meta": {"total": stated[0]}}, headers={"ETag": '"v1"'})

    text = 'page = "from"\npage_counts = "rows"\ntotal = "meta.total"\nsince = "updated"\nsince_parameter = "since"'
    with serving(answer) as api, polling(tmp_path, api.url, text) as polled:
        polled.until(lambda: said in polled.pipeline.troubles().get("test", ""))
        assert polled.cases() == numbers(4)
        assert (polled.position()["since"], polled.position()["etag"]) == (None, "")
        stated[0] = 4
        polled.until(lambda: polled.position()["since"] == 3, step_s=1)
        polled.until(lambda: not polled.pipeline.troubles())
    assert not any("since" in one.parameters for one in api.asked)


def test_a_single_page_of_many_is_said(tmp_path: Path) -> None:
    with (
        serving(lambda asked: Reply({"items": [row(1)], "total": 25}, headers={"ETag": '"v1"'})) as api,
        polling(tmp_path, f"{api.url}?limit=1", 'total = "total"') as polled,
    ):
        polled.until(lambda: "total says 25 rows, the pages held 1" in polled.pipeline.troubles().get("test", ""))
        polled.until(lambda: len(api.asked) == 2, step_s=1)
        assert "if-none-match" not in api.asked[1].headers


def test_pages_are_asked_for_by_the_cursor_of_the_last_one(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        at = asked.parameters.get("after", "")
        return Reply({"items": [row(len(at))], "meta": {"next": at + "x" if len(at) < 2 else None}})

    text = 'cursor = "meta.next"\ncursor_parameter = "after"'
    with serving(answer) as api, polling(tmp_path, f"{api.url}?state=KL", text) as polled:
        polled.until(lambda: len(polled.cases()) == 3)
        polled.until(lambda: not polled.position()["cursor"])
        assert [one.parameters for one in api.asked] == [
            {"state": "KL"},
            {"state": "KL", "after": "x"},
            {"state": "KL", "after": "xx"},
        ]


def test_a_cursor_of_twenty_digits_is_sent_back_whole(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        last = "after" in asked.parameters
        return Reply({"items": [row(int(last))], "next": None if last else 20240401000000000001})

    text = 'cursor = "next"\ncursor_parameter = "after"'
    with serving(answer) as api, polling(tmp_path, api.url, text) as polled:
        polled.until(lambda: polled.cases() == numbers(2))
        assert [one.parameters for one in api.asked] == [{}, {"after": "20240401000000000001"}]


def answering_in_circles(asked: Asked) -> Reply:
    """Two pages that lead to each other."""
    page = 2 if asked.parameters.get("p") == "2" else 1
    return Reply({"items": [row(page)], "next": f"/rows?p={3 - page}", "meta": {"next": "same"}})


@pytest.mark.parametrize(
    ("text", "most", "cases"),
    [
        ('next_link = "next"', 3, ["1", "2"]),
        ('page = "number"', 2, ["1"]),
        ('page = "number"\npage_rows = 1', 2, ["1"]),
        ('cursor = "meta.next"\ncursor_parameter = "after"', 2, ["1"]),
    ],
)
def test_a_server_that_leads_in_circles_is_asked_again_in_its_time_only(
    tmp_path: Path, text: str, most: int, cases: list[str]
) -> None:
    with serving(answering_in_circles) as api, polling(tmp_path, api.url, f"interval_s = 60\n{text}") as polled:
        polled.until(lambda: "earlier page of this poll" in polled.pipeline.troubles().get("test", ""))
        for _ in range(50):
            polled.clock.advance(timedelta(seconds=1))
            polled.pipeline.run_once()
        assert sorted(set(polled.cases())) == cases
        assert len(api.asked) <= most
        assert polled.position()["page"] == 1
        polled.until(lambda: len(api.asked) > most, step_s=1)


def test_the_next_poll_asks_from_where_the_last_one_ended(tmp_path: Path) -> None:
    rows = [row(number) for number in range(3)]

    def answer(asked: Asked) -> Reply:
        return Reply([one for one in rows if one["updated"] >= int(asked.parameters["since"])])

    text = 'since = "updated"\nsince_parameter = "since"\nsince_start = 1'
    with serving(answer) as api:
        with polling(tmp_path, api.url, text, CASES) as polled:
            polled.until(lambda: polled.cases() == ["1", "2"])
            rows.append(row(3))
            polled.clock.advance(timedelta(minutes=1))
            polled.until(lambda: polled.cases() == ["1", "2", "3"])
        rows.append(row(4))
        with polling(tmp_path, api.url, text, CASES) as polled:
            polled.until(lambda: polled.cases() == ["1", "2", "3", "4"])
            (counts,) = polled.store.ask("source_counts")
            assert (counts["received"], counts["duplicates"]) == (6, 2)
    assert [one.parameters["since"] for one in api.asked] == ["1", "2", "3"]


def test_rows_that_are_lists_have_their_keys_beside_them(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply({"fields": [{"id": key} for key in row(0)], "data": [[*row(1).values()], [*row(2).values()]]})

    text = 'since = "updated"\nsince_parameter = "since"'
    rows = f'rows = "data"\nrow_keys = "fields/id"\n{CASES}'
    with serving(answer) as api, polling(tmp_path, api.url, text, rows) as polled:
        polled.until(lambda: polled.cases() == ["1", "2"])
        assert polled.position()["since"] == 2
    other = tmp_path / "other"
    other.mkdir()
    with (
        serving(lambda asked: Reply({"data": [[1]]})) as api,
        polling(other, api.url, "", rows) as polled,
    ):
        polled.until(lambda: "fields/id of the answer is not a list" in polled.pipeline.troubles().get("test", ""))


def test_what_has_not_changed_is_not_sent_again_and_the_source_counts_as_heard(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"v1"':
            return Reply(status=304)
        return Reply([row(1)], headers={"ETag": '"v1"', "Last-Modified": "Sun, 01 Nov 2026 05:00:00 GMT"})

    with serving(answer) as api:
        with polling(tmp_path, api.url, "", CASES) as polled:
            polled.until(lambda: len(api.asked) == 2, step_s=10)
        with polling(tmp_path, api.url, "", CASES) as polled:
            heard = polled.store.ask("source_counts")[0]["last_heard_at"]
            polled.store.clock.advance(polled.clock.now() - polled.store.clock.now())
            polled.until(lambda: len(api.asked) == 3)
            polled.until(lambda: polled.source._asked is None)
            assert polled.store.ask("source_counts")[0]["received"] == 1
            assert polled.store.ask("source_counts")[0]["last_heard_at"] >= heard
    assert api.asked[2].headers["if-modified-since"] == "Sun, 01 Nov 2026 05:00:00 GMT"


#: What may go wrong once, and a word that the operator is told.
TROUBLES = {
    "error": (Reply({"error": "x"}, 500), "500"),
    "half a body": (Reply([row(1)], cut=9), "RemoteProtocolError"),
    "not JSON": (Reply(b"<html>"), "not JSON"),
    "JSON of another shape": (Reply({"rows": []}), "no list items"),
    "neither object nor list": (Reply(5), "neither an object nor a list"),
    "too large": (Reply({"items": [], "padding": "x" * 40_000}), "larger than"),
    "packed and too large": (
        Reply(
            gzip.compress(json.dumps({"items": [], "padding": "x" * 90_000}).encode()),
            headers={"Content-Encoding": "gzip"},
        ),
        "larger than",
    ),
    "packed twice": (
        Reply(gzip.compress(gzip.compress(b"0" * 90_000)), headers={"Content-Encoding": "gzip, gzip"}),
        "packed as 'gzip, gzip'; asked for, and allowed, are gzip and nothing",
    ),
    "packed as nobody asked": (Reply(b"x", headers={"Content-Encoding": "zstd"}), "packed as 'zstd'"),
    "packed and damaged": (Reply(b"no gzip", headers={"Content-Encoding": "gzip"}), "the answer is not gzip"),
    "packed and cut short": (Reply(gzip.compress(b"[]")[:-3], headers={"Content-Encoding": "gzip"}), "ends too early"),
    "too slow": (Reply({"items": []}, pause_s=1.5), "ReadTimeout"),
    "redirect": (Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}), "302"),
    "next page elsewhere": (Reply({"items": [row(1)], "next": "http://example.com/rows"}), "another server"),
    "unauthorised": (Reply(status=401), "does not let us in: 401 Unauthorized"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_what_goes_wrong_is_said_and_tried_again(tmp_path: Path, name: str) -> None:
    wrong, word = TROUBLES[name]
    replies = [wrong]
    text = f"{PAGED}timeout_s = 1\nbody_limit_mb = 0.02"
    with (
        serving(lambda asked: replies.pop() if replies else linked(asked)) as api,
        polling(tmp_path, api.url, text) as polled,
    ):
        polled.until(lambda: word in polled.pipeline.troubles().get("test", ""))
        assert polled.cases() == []
        polled.until(lambda: len(polled.cases()) == 2 * PAGES, step_s=0.2)
        assert polled.cases() == numbers(2 * PAGES)
        polled.until(lambda: not polled.pipeline.troubles(), step_s=0.5)


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_is_shown_rarely_and_said_all_the_time(
    tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "token").write_text("old")

    def answer(asked: Asked) -> Reply:
        return linked(asked) if asked.headers["authorization"] == "Bearer new" else Reply(status=status)

    with serving(answer) as api, polling(tmp_path, api.url, f'{PAGED}token = {{file = "token"}}') as polled:
        polled.until(lambda: str(status) in polled.pipeline.troubles().get("test", ""))
        end = polled.clock.now() + timedelta(minutes=34)
        silent = 0
        while polled.clock.now() < end:
            polled.until(lambda: polled.source._asked is None or polled.source._asked.done())
            polled.clock.advance(timedelta(seconds=1))
            polled.pipeline.run_once()
            silent += not polled.pipeline.troubles()
        assert len(api.asked) <= 3
        assert not silent
        said = [one for one in caplog.records if one.name == "ingest.pipeline"]
        assert [one.levelname for one in said] == ["ERROR"]
        (tmp_path / "token").write_text("new")
        mended_at = polled.clock.now()
        polled.until(lambda: len(polled.cases()) == 2 * PAGES, step_s=1)
        assert polled.clock.now() - mended_at < timedelta(minutes=6)


def test_a_server_that_says_when_to_come_again_is_not_refusing(tmp_path: Path) -> None:
    replies = [Reply(status=403, headers={"Retry-After": "40"})]
    with (
        serving(lambda asked: replies.pop() if replies else linked(asked)) as api,
        polling(tmp_path, api.url) as polled,
    ):
        polled.until(lambda: len(polled.cases()) == 2 * PAGES, step_s=1)
        assert polled.clock.now() - polled.store.clock.now() < timedelta(minutes=3)


@pytest.mark.parametrize("later", ["40", "Sun, 01 Nov 2026 06:00:40 GMT"])
def test_it_waits_as_long_as_the_server_asks_and_says_so_meanwhile(tmp_path: Path, later: str) -> None:
    replies = [Reply(status=429, headers={"Retry-After": later})]
    with (
        serving(lambda asked: replies.pop() if replies else linked(asked)) as api,
        polling(tmp_path, api.url) as polled,
    ):
        polled.until(lambda: "429" in polled.pipeline.troubles().get("test", ""))
        for _ in range(35):
            polled.pipeline.run_once()
            polled.clock.advance(timedelta(seconds=1))
        assert len(api.asked) == 1
        assert "429" in polled.pipeline.troubles()["test"]
        polled.until(lambda: len(polled.cases()) == 2 * PAGES, step_s=1)


def test_a_later_page_that_is_gone_begins_the_poll_anew(tmp_path: Path) -> None:
    gone = ["1"]

    def answer(asked: Asked) -> Reply:
        if asked.parameters.get("p") in gone:
            gone.clear()
            return Reply(status=410)
        return linked(asked)

    with serving(answer) as api, polling(tmp_path, api.url) as polled:
        polled.until(lambda: len(polled.cases()) == 2 * PAGES, step_s=1)
        assert [one.parameters.get("p") for one in api.asked[:4]] == [None, "1", None, "1"]


def test_a_poll_that_was_missed_for_hours_is_made_up_once(tmp_path: Path) -> None:
    with serving(lambda asked: Reply([row(1)])) as api, polling(tmp_path, api.url, "", CASES) as polled:
        polled.until(lambda: len(polled.cases()) == 1)
        polled.until(lambda: polled.source._asked is None)
        polled.clock.advance(timedelta(hours=9))
        polled.until(lambda: len(api.asked) == 2)
        for _ in range(200):
            polled.pipeline.run_once()
        assert len(api.asked) == 2


def test_the_token_is_read_anew_and_sent(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one\n")
    text = 'token = {file = "token"}'
    with serving(lambda asked: Reply([row(1)])) as api:
        with polling(tmp_path, api.url, text, CASES) as polled:
            polled.until(lambda: len(api.asked) == 1)
            polled.until(lambda: polled.source._asked is None)
            (tmp_path / "token").write_text("two\n")
            polled.until(lambda: len(api.asked) == 2, step_s=10)
        with polling(tmp_path, api.url, f'{text}\ntoken_header = "X-Api-Key"', CASES) as polled:
            polled.until(lambda: len(api.asked) == 3)
    assert [one.headers.get("authorization") for one in api.asked] == ["Bearer one", "Bearer two", None]
    assert api.asked[2].headers["x-api-key"] == "two"


def test_bad_rows_wait_in_quarantine_with_the_poll_that_brought_them(tmp_path: Path) -> None:
    rows = [row(1), {"id": "2", "opened": "soon"}, 7]
    with serving(lambda asked: Reply(rows)) as api, polling(tmp_path, api.url, "", CASES) as polled:
        polled.until(lambda: polled.cases() == ["1"])
        found = polled.store.ask("rejected_list", source="test")
        assert {(one["reason"], one["origin"]) for one in found} == {
            ("bad_time", "/rows 20261101T060000Z:2"),
            ("not_json", "/rows 20261101T060000Z:3"),
        }


def test_a_slow_answer_holds_up_nobody(tmp_path: Path) -> None:
    go_on = threading.Event()

    def answer(asked: Asked) -> Reply:
        go_on.wait(20)
        return Reply([row(1)])

    with serving(answer) as api, polling(tmp_path, api.url, "", CASES) as polled:
        polled.until(lambda: len(api.asked) == 1)
        for _ in range(5):
            assert not polled.pipeline.run_once()
        go_on.set()
        polled.until(lambda: polled.cases() == ["1"])


def test_a_stored_position_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefusedError, match="is not a position"):
        PollPosition.from_json('{"offset": 3}')
