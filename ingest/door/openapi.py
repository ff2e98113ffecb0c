"""The OpenAPI description of the door, with examples that are taken as they stand.

Who may import it: ingest.door, tests.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from ingest.cloudevent import DATA_FIELDS, TYPE_PREFIX
from ingest.door.answer import PROBLEM, RETRY_AFTER_S
from ingest.door.payload import CLOUDEVENT, CLOUDEVENTS, JSON, LINES
from ingest.reason import MEANINGS
from warehouse.event import EVENT_SCHEMA, KINDS

#: One event; every field of the envelope and those of a case that is opened.
EXAMPLE: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "ksmart-2026-000123-1",
    "source": "ksmart",
    "type": "cm.case.opened",
    "time": "2026-04-01T10:15:00+05:30",
    "data": {
        "case_id": "KS/2026/000123",
        "service": "building_permit",
        "area": "KL-palakkad-attappadi-agali",
        "channel": "online",
    },
}
_DECIDED: Final[dict[str, Any]] = {
    **EXAMPLE,
    "id": "ksmart-2026-000123-2",
    "type": "cm.case.decided",
    "time": "2026-04-04T16:40:00+05:30",
    "data": {"case_id": "KS/2026/000123", "outcome": "approved"},
}
_RECEIPT: Final[dict[str, Any]] = {
    "received": 3,
    "accepted": 1,
    "duplicates": 1,
    "rejected": 1,
    "reasons": [{"row": 3, "reason": "missing", "field": "area", "detail": "case.opened needs area"}],
}
_WHOLE: Final = {"type": "integer", "minimum": 0}
_AGAIN: Final = {
    "Retry-After": {
        "description": "seconds to wait before the same request is sent again",
        "schema": {"type": "integer", "example": RETRY_AFTER_S},
    }
}
_REFUSED: Final = {
    "400": ("nothing in the body is an event or a row, or the packed body is damaged", None),
    "401": ("no token, or one that is not known", {"WWW-Authenticate": {"schema": {"type": "string"}}}),
    "403": ("every event names a source that is not the token's, or the token's source is no longer declared", None),
    "408": ("the body did not arrive in time", None),
    "413": ("the body is larger than events.body_limit_kb, packed or unpacked", None),
    "415": ("a type or packing that is not listed here", {"Accept-Post": {"schema": {"type": "string"}}}),
    "429": ("too much waits to be stored; nothing of this request was", _AGAIN),
    "503": ("the warehouse takes nothing now, or not in time; send the same request again", _AGAIN),
}


@cache
def description() -> dict[str, Any]:
    """The document, version 3.1 of the standard; it points to nothing outside itself."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CM Dashboard events",
            "version": "1",
            "description": "Source systems send what happened. The token decides the source. An event is known by its "
            "id: the same request may be sent again at any time.",
        },
        "security": [{"token": []}],
        "paths": {"/events": {"post": _post()}},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "made by `python run.py token make SOURCE`",
                }
            },
            "schemas": {"Event": _event(), "Receipt": _receipt(), "Problem": _problem()},
        },
    }


def _post() -> dict[str, Any]:
    return {
        "operationId": "post_events",
        "summary": "Send events or rows; answered after they are stored",
        "parameters": [*map(_header, ("specversion", "id", "source", "type", "time")), _packing()],
        "requestBody": {"required": True, "content": _content()},
        "responses": {
            "202": {
                "description": "everything is stored; each row was accepted, known already, or is in quarantine",
                "content": {
                    JSON: {
                        "schema": {"$ref": "#/components/schemas/Receipt"},
                        "examples": {"mixed": {"value": _RECEIPT}},
                    }
                },
            },
            **{
                status: {
                    "description": meaning,
                    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                    **({"headers": headers} if headers else {}),
                }
                for status, (meaning, headers) in _REFUSED.items()
            },
        },
    }


def _header(name: str) -> dict[str, Any]:
    return {
        "name": f"ce-{name}",
        "in": "header",
        "description": f"attribute `{name}` of an event in binary mode, whose data alone is the body",
        "schema": {"type": "string"},
        "example": EXAMPLE[name],
    }


def _packing() -> dict[str, Any]:
    schema = {"type": "string", "enum": ["gzip"]}
    return {"name": "Content-Encoding", "in": "header", "description": "when the body is packed", "schema": schema}


def _content() -> dict[str, Any]:
    event = {"$ref": "#/components/schemas/Event"}
    row = {"type": "object", "description": "the columns of the source's mapping; other keys are dropped"}
    rows = [{"number": f"A-{number}", "received": "01/04/2026 10:00", "state": "Open"} for number in (1, 2)]
    return {
        CLOUDEVENT: {"schema": event, "examples": {"one event": {"value": EXAMPLE}}},
        CLOUDEVENTS: {
            "schema": {"type": "array", "items": event, "minItems": 1},
            "examples": {"two events": {"value": [EXAMPLE, _DECIDED]}},
        },
        JSON: {
            "schema": {
                "description": "with the headers ce-…: the data of one event. Without: a row of the source's mapping "
                "or an array of rows; events where the source declares no mapping",
                "anyOf": [event, row, {"type": "array", "items": {"anyOf": [event, row]}, "minItems": 1}],
            },
            "examples": {
                "data of an event in binary mode": {"value": EXAMPLE["data"]},
                "rows of a mapping": {"value": rows},
            },
        },
        LINES: {
            "schema": {"type": "string", "description": "one event, or one row of the source's mapping, per line"},
            "examples": {"rows of a mapping": {"value": "\n".join(map(json.dumps, rows))}},
        },
    }


def _event() -> dict[str, Any]:
    text = {"type": "string"}
    envelope: dict[str, Any] = {
        "specversion": {"const": "1.0"},
        "id": {**text, "description": "unique within the source; sent again, it is known"},
        "source": {**text, "description": "name of the token's source"},
        "type": {"enum": [f"{TYPE_PREFIX}{kind}" for kind in KINDS]},
        "time": {**text, "format": "date-time", "description": "when it happened, with its offset from UTC"},
        "data": {"type": "object", "properties": {name: _field(name) for name in DATA_FIELDS}},
    }
    return {"type": "object", "required": ["specversion", "id", "source", "type", "time"], "properties": envelope}


def _field(name: str) -> dict[str, Any]:
    if name in {"amount", "rating"}:
        return {"type": "integer"} | ({"description": "paise"} if name == "amount" else {"minimum": 1, "maximum": 5})
    if name == "value":
        return {"type": "number"}
    is_instant = str(EVENT_SCHEMA.field(name).type).startswith("timestamp")
    return {"type": "string"} | ({"format": "date-time"} if is_instant else {})


def _receipt() -> dict[str, Any]:
    reasons = "\n".join(f"- `{reason.value}`: {meaning}" for reason, meaning in MEANINGS.items())
    refused = {
        "type": "object",
        "properties": {
            "row": {"type": "integer", "minimum": 1, "description": "number of the row in the request"},
            "reason": {"enum": [reason.value for reason in MEANINGS], "description": reasons},
            "field": {"type": ["string", "null"]},
            "detail": {"type": "string"},
        },
    }
    counts = {
        "received": {**_WHOLE, "description": "rows of the request = accepted + duplicates + rejected"},
        "accepted": {**_WHOLE, "description": "rows of which at least one event was new"},
        "duplicates": {**_WHOLE, "description": "rows that say only what was known already"},
        "rejected": {**_WHOLE, "description": "rows that wait in quarantine until somebody mends their mapping"},
    }
    return {
        "type": "object",
        "required": [*counts, "reasons"],
        "properties": {**counts, "reasons": {"type": "array", "items": refused}},
    }


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    properties = {"type": text, "title": text, "status": {"type": "integer"}, "detail": text}
    return {"type": "object", "properties": properties}
