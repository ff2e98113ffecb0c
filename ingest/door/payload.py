"""A request body → single rows: the content modes of CloudEvents over HTTP, lines of JSON, and plain JSON rows.

Who may import it: ingest.door.
Source: CloudEvents 1.0.2, HTTP protocol binding: structured, binary and batched content mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec

from ingest.cloudevent import ENVELOPE, NOT_JSON
from ingest.door.answer import RequestRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

CLOUDEVENT: Final = "application/cloudevents+json"
CLOUDEVENTS: Final = "application/cloudevents-batch+json"
JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"
_LINES: Final = (LINES, "application/ndjson", "application/jsonl", "application/x-jsonlines")
_ATTRIBUTES: Final = ("specversion", *ENVELOPE)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Payload:
    """The rows of a request.

    Attributes:
        rows: JSON text of each.
        cloudevents: they are CloudEvents whatever the source declares; otherwise they are rows of its mapping.
    """

    rows: list[bytes]
    cloudevents: bool


def read_payload(headers: Mapping[str, str], body: bytes) -> Payload:
    """Take a body apart.

    Args:
        headers: of the request; names in lower case.
        body: unpacked.

    Raises:
        RequestRefusedError: 400 not JSON as a whole, or no rows; 415 of another type.
    """
    media = _media_type(headers.get("content-type", ""))
    if not body.strip():
        raise _malformed("the body is empty")
    if media in _LINES:
        return Payload([line for line in body.split(b"\n") if line.strip()], cloudevents=False)
    if media == CLOUDEVENT:
        return Payload([_object(body)], cloudevents=True)
    if media == CLOUDEVENTS:
        return Payload(_list(body), cloudevents=True)
    if media == JSON and "ce-specversion" in headers:
        return Payload([_from_headers(headers, body)], cloudevents=True)
    if media == JSON:
        return Payload(_list(body) if body.lstrip()[:1] == b"[" else [_object(body)], cloudevents=False)
    allowed = ", ".join((CLOUDEVENT, CLOUDEVENTS, JSON, LINES))
    detail = f"Content-Type {media[:80]!r} is not known; allowed are {allowed}"
    raise RequestRefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, {"Accept-Post": allowed})


def _media_type(text: str) -> str:
    header = Message()
    header["content-type"] = text or "none"
    charset = header.get_param("charset", "utf-8")
    if str(charset).lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise RequestRefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"charset {charset!r}: JSON is sent as utf-8")
    return header.get_content_type() if text else ""


def _object(body: bytes) -> bytes:
    """Raises a RequestRefusedError unless it is one JSON object."""
    try:
        _OBJECT.decode(body)
    except NOT_JSON as error:
        raise _malformed(f"the body is not a JSON object: {error}") from error
    return body


def _list(body: bytes) -> list[bytes]:
    try:
        rows = [bytes(raw) for raw in _LIST.decode(body)]
    except NOT_JSON as error:
        raise _malformed(f"the body is not a JSON array: {error}") from error
    if not rows:
        raise _malformed("the array is empty")
    return rows


def _from_headers(headers: Mapping[str, str], body: bytes) -> bytes:
    """The structured form of an event in binary mode: attributes are in headers, the body is its data."""
    given = {name: unquote(headers[f"ce-{name}"]) for name in _ATTRIBUTES if f"ce-{name}" in headers}
    event: dict[str, object] = {**given, "data": msgspec.Raw(_object(body))}
    return msgspec.json.encode(event)


def _malformed(detail: str) -> RequestRefusedError:
    return RequestRefusedError(HTTPStatus.BAD_REQUEST, detail)
