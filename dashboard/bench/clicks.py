"""Clicks: the callback that a browser sends when a reader follows a link, for links that the pages really have."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from warehouse.errors import InternalError
from warehouse.stopwatch import spread_ms

_LINK: Final = re.compile(r'href="(/[^"#]*)"')
_NO_PAGES: Final = ("/wall", "/api", "/assets")
_PER_KIND: Final = 5
_PAGES_READ: Final = 12
_LONGEST_S: Final = 30.0
_MOST_CONNECTIONS: Final = 200
_LOCATION: Final = "Location"


class Clicks:
    """Clicks on links of the desk, recorded from a running web process."""

    def __init__(self, bodies: Mapping[str, dict[str, Any]]) -> None:
        """Args: bodies: of the callback, by the address that it leads to."""
        self.bodies = bodies

    @classmethod
    async def recorded(cls, url: str) -> Clicks:
        """Read layout, callbacks and pages of a web process, as a browser does that opens the dashboard.

        Raises:
            InternalError: it has no callback that follows a link.
        """
        async with httpx.AsyncClient(base_url=url, timeout=_LONGEST_S, trust_env=False) as client:
            layout = (await client.get("/_dash-layout")).json()
            callbacks = (await client.get("/_dash-dependencies")).json()
            locations = {props["id"]: props for kind, props in _components(layout) if kind == _LOCATION}
            followed = [
                one
                for one in callbacks
                if one["clientside_function"] is None and any(part["id"] in locations for part in one["inputs"])
            ]
            if not followed:
                raise InternalError(f"{url} has no callback that follows a link")
            addresses = await _addresses(client)
        return cls({address: browser_body(followed[0], url, address) for address in addresses})

    async def one_reader(self, url: str) -> dict[str, Any]:
        """Click on every link, one after the other. Returns: how long that took, by kind of page."""
        took: dict[str, list[float]] = defaultdict(list)
        async with httpx.AsyncClient(timeout=_LONGEST_S, trust_env=False) as client:
            for address, body in self.bodies.items():
                begin_s = time.monotonic()
                answer = await client.post(f"{url}/_dash-update-component", json=body)
                if not _is_answer(answer):
                    raise InternalError(f"{address} was answered with {answer.status_code}")
                took[_kind(address) or "state"].append(time.monotonic() - begin_s)
        return {kind: spread_ms(times) for kind, times in took.items()}

    async def send(self, urls: Sequence[str], per_s: float, seconds: float) -> dict[str, Any]:
        """Click, whether earlier clicks were answered or not: what waits counts as waiting.

        Args:
            urls: of the web processes, which get clicks in turns.
            per_s: clicks a second.
            seconds: how long.

        Returns:
            Clicks, errors by what happened, bytes of an answer, and how long they took from when they were due.
        """
        took: list[float] = []
        errors: dict[str, int] = defaultdict(int)
        sizes: list[int] = []
        limits = httpx.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_CONNECTIONS)
        async with httpx.AsyncClient(timeout=_LONGEST_S, limits=limits, trust_env=False) as client:

            async def click(url: str, body: Mapping[str, Any], due_s: float) -> None:
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))
                try:
                    answer = await client.post(f"{url}/_dash-update-component", json=body)
                except httpx.HTTPError as error:
                    errors[type(error).__name__] += 1
                    return
                if not _is_answer(answer):
                    errors[str(answer.status_code)] += 1
                    return
                took.append(time.monotonic() - due_s)
                sizes.append(len(answer.content))

            begin_s, bodies = time.monotonic(), list(self.bodies.values())
            async with asyncio.TaskGroup() as clicks:
                for number in range(round(per_s * seconds)):
                    body, url = bodies[number % len(bodies)], urls[number % len(urls)]
                    clicks.create_task(click(url, body, begin_s + number / per_s))
            passed_s = time.monotonic() - begin_s
        return {
            "addresses": len(self.bodies),
            "answered_per_s": len(took) / passed_s,
            "errors": dict(errors),
            "bytes_mean": sum(sizes) / len(sizes) if sizes else None,
            **spread_ms(took),
        }


async def _addresses(client: httpx.AsyncClient) -> list[str]:
    """Addresses of every kind of page, found by following links from the first one."""
    found: dict[str, list[str]] = defaultdict(list)
    waiting, read = ["/"], set[str]()
    while waiting and len(read) < _PAGES_READ:
        address = waiting.pop(0)
        read.add(address)
        place = urlsplit(address)
        answer = await client.get("/api/view", params={"path": place.path, "search": place.query})
        for link in map(html.unescape, _LINK.findall(answer.text)):
            kind = _kind(link)
            if link.startswith(_NO_PAGES) or link in found[kind] or len(found[kind]) == _PER_KIND:
                continue
            if not found[kind]:
                waiting.append(link)
            found[kind].append(link)
    # in turns through the kinds, so that neighbours differ
    return [link for place in range(_PER_KIND) for links in found.values() for link in links[place : place + 1]]


def _kind(address: str) -> str:
    """What kind of page it is: the first word of its path."""
    return address.split("?", maxsplit=1)[0].split("/")[1]


def _is_answer(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.OK and b'"response"' in answer.content[:100]


def _components(node: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Type and properties of every component of a layout."""
    if isinstance(node, list):
        for one in node:
            yield from _components(one)
    elif isinstance(node, dict) and isinstance(node.get("props"), dict):
        yield str(node.get("type")), node["props"]
        yield from _components(node["props"].get("children"))


def browser_body(callback: Mapping[str, Any], url: str, address: str) -> dict[str, Any]:
    """What a browser posts when its location has become another address."""
    place = urlsplit(address)
    location = {
        "pathname": place.path,
        "search": f"?{place.query}" if place.query else "",
        "href": f"{url}{address}",
        "hash": "",
    }
    output = callback["output"]
    names = output.strip(".").split("...") if output.startswith("..") else [output]
    parts = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    inputs = [part | {"value": location[part["property"]]} for part in callback["inputs"]]
    return {
        "output": output,
        "outputs": parts if output.startswith("..") else parts[0],
        "inputs": inputs,
        "state": [part | {"value": location[part["property"]]} for part in callback["state"]],
        "changedPropIds": [f"{part['id']}.{part['property']}" for part in inputs],
    }
