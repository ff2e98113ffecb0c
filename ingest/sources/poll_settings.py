"""Reads the [source.<name>.poll] table: which address is asked, how often, how its pages hang together.

Who may import it: ingest.sources, run.py.
Errors: ConfigError with one `source.<name>.poll.<key>: what is wrong, what is allowed` per line, all problems at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ingest.settings import Problems, Settings
from ingest.sources.secret import Secret, read_secret

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict
    from pathlib import Path

    from ingest.rule import Mapping

KEYS: Final = (
    "url",
    "interval_s",
    "timeout_s",
    "body_limit_mb",
    "token",
    "token_header",
    "next_link",
    "page",
    "page_rows",
    "page_first",
    "page_counts",
    "total",
    "cursor",
    "cursor_parameter",
    "since",
    "since_parameter",
    "since_start",
    "feed",
)
#: What the parameter `page` counts.
COUNTED: Final = ("pages", "rows")
_FEED_KEYS: Final = ("group_by", "group_pattern", "groups", "late_after_s", "live_within_s")
GROUPED_BY: Final = ("vehicle_id", "vehicle_label", "route_id", "trip_id")
#: Keys that mean something beside another one only.
_BELONG: Final = (
    *((key, "page") for key in ("page_rows", "page_first", "page_counts")),
    ("since_start", "since"),
    ("token_header", "token"),
)
_HEADER: Final = re.compile(r"^[A-Za-z][A-Za-z0-9-]{0,60}$")


@dataclass(frozen=True, slots=True)
class FeedRule:
    """How a feed of GTFS-Realtime is counted.

    Attributes:
        group_by: field of GROUPED_BY that says to which group (depot, district) a vehicle or trip belongs.
        group_pattern: its first bracket is the group; a vehicle that it does not match belongs to the group "".
        groups: have a row even when the feed holds nothing of them.
        late_after_s: a trip is late when it is more than so many seconds behind.
        live_within_s: a vehicle counts when its position is not older than so many seconds.
        timezone: IANA name of the zone of the timetable.
    """

    group_by: str
    group_pattern: re.Pattern[str]
    groups: tuple[str, ...]
    late_after_s: float
    live_within_s: float
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class PollSettings:
    """How one source is polled.

    Attributes:
        name: of the source.
        url: asked with GET.
        interval_s: from the begin of one poll to the begin of the next.
        timeout_s: most that one page may take from the first byte sent to the last one received.
        body_limit_bytes: most bytes of a page, unpacked.
        token: sent with every request; None = none.
        token_header: in which header; in Authorization after `Bearer`.
        next_link: key of the next page's address; empty = there is none.
        page: parameter that says which page is asked for; empty = there is none.
        page_rows: rows of a full page; a page with fewer is the last. 0 = the first empty one is.
        page_first: what the parameter says of the first page, 0 or 1.
        counts_rows: the parameter counts the rows before a page instead of the pages.
        total: key of the number of rows that a poll has to give on all pages together; empty = there is none.
        cursor: key of the next page's cursor; empty = there is none.
        cursor_parameter: in which it is sent back.
        since: column whose largest value of the last poll is asked from; empty = everything is asked for each time.
        since_parameter: in which it is sent.
        since_start: what is sent the first time; empty = the parameter is left out.
        feed: how it is counted when it is a feed of GTFS-Realtime; None = it is JSON.
    """

    name: str
    url: str
    interval_s: float = 60.0
    timeout_s: float = 30.0
    body_limit_bytes: int = 16 << 20
    token: Secret | None = None
    token_header: str = "Authorization"  # noqa: S105 – the name of a header
    next_link: str = ""
    page: str = ""
    page_rows: int = 0
    page_first: int = 1
    counts_rows: bool = False
    total: str = ""
    cursor: str = ""
    cursor_parameter: str = ""
    since: str = ""
    since_parameter: str = ""
    since_start: str = ""
    feed: FeedRule | None = None


def read_poll(name: str, table: Dict[str, Any], mapping: Mapping, folder: Path) -> PollSettings:
    """Read how a source is to be polled.

    Args:
        name: of the source.
        table: the [source.<name>] table; it has a table `poll`.
        mapping: of the source; what is polled is JSON, or a feed of GTFS-Realtime.
        folder: that relative paths are relative to.

    Raises:
        ConfigError: a key is unknown, missing or wrong.
    """
    problems = Problems()
    top = Settings(f"source.{name}", table, problems)
    poll = top.table("poll")
    poll.only(KEYS)
    if mapping.file.format not in {None, "jsonl", "cloudevents"}:
        top.wrong("format", f"what is polled is jsonl or cloudevents, not {mapping.file.format}")
    token = read_secret(poll, "token", folder)
    counts_rows = poll.choice("page_counts", COUNTED, "pages") == "rows"
    settings = PollSettings(
        name=name,
        url=_url(poll, secret=token is not None),
        interval_s=poll.bounded("interval_s", 60, 1, 86_400),
        timeout_s=poll.bounded("timeout_s", 30, 0.1, 600),
        body_limit_bytes=int(poll.bounded("body_limit_mb", 16, 0.001, 256) * (1 << 20)),
        token=token,
        token_header=poll.text("token_header", "Authorization"),
        next_link=poll.text("next_link"),
        page=poll.text("page"),
        page_rows=int(poll.bounded("page_rows", 0, 0, 1_000_000)),
        page_first=int(poll.bounded("page_first", 0 if counts_rows else 1, 0, 1)),
        counts_rows=counts_rows,
        total=poll.text("total"),
        cursor=poll.text("cursor"),
        cursor_parameter=poll.text("cursor_parameter"),
        since=poll.text("since"),
        since_parameter=poll.text("since_parameter"),
        since_start=poll.scalar("since_start") or "",
        feed=_feed(poll.table("feed"), top.text("timezone", mapping.vocabulary.timezone))
        if "feed" in poll.content
        else None,
    )
    _check(poll, settings)
    problems.raise_if_any()
    return settings


def _url(poll: Settings, *, secret: bool) -> str:
    url = poll.text("url")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.fragment:
        poll.wrong("url", f"must be an http or https address without user and fragment, not {url!r}")
    elif secret and parts.scheme == "http" and not is_loopback(parts.hostname):
        poll.wrong("url", "must be https, because a token is sent with it")
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _feed(table: Settings, timezone: str) -> FeedRule:
    table.only(_FEED_KEYS)
    text = table.text("group_pattern", "(.*)")
    try:
        pattern = re.compile(text)
    except re.error as error:
        pattern = re.compile("(.*)")
        table.wrong("group_pattern", f"{text!r} is not a regular expression: {error}")
    if pattern.groups != 1:
        table.wrong("group_pattern", f"{text!r} must have one pair of brackets, round the name of the group")
    return FeedRule(
        group_by=table.choice("group_by", GROUPED_BY, "route_id"),
        group_pattern=pattern,
        groups=table.texts("groups"),
        late_after_s=table.bounded("late_after_s", 300, 0, 86_400),
        live_within_s=table.bounded("live_within_s", 600, 1, 86_400),
        timezone=timezone,
    )


def _check(poll: Settings, settings: PollSettings) -> None:
    """What is needed is there, and nothing was given in vain."""
    ways = [key for key in ("next_link", "page", "cursor") if poll.content.get(key)]
    if len(ways) > 1:
        poll.wrong("", f"pages hang together in one way; here are {' and '.join(ways)}")
    if settings.feed is not None and (ways or settings.since or settings.total):
        poll.wrong("feed", "a feed of GTFS-Realtime has no pages, no since and no total")
    for key, other in (("cursor", "cursor_parameter"), ("since", "since_parameter")):
        if bool(poll.content.get(key)) != bool(poll.content.get(other)):
            poll.wrong(key, f"{key} and {other} go together")
    for key, other in _BELONG:
        if key in poll.content and not poll.content.get(other):
            poll.wrong(key, f"is used with {other} only")
    if not _HEADER.match(settings.token_header):
        poll.wrong("token_header", f"{settings.token_header!r} is not the name of a header")
