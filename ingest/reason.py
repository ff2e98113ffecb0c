"""Why a row was refused. The code is stored, the meaning is shown; docs/events.md lists both."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Code of a refusal, as stored in `rejected.reason`."""

    MISSING = "missing"
    BAD_TIME = "bad_time"
    BAD_NUMBER = "bad_number"
    BAD_VALUE = "bad_value"
    BAD_CASE = "bad_case"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_AREA = "unknown_area"
    UNKNOWN_METRIC = "unknown_metric"
    OUT_OF_RANGE = "out_of_range"
    FUTURE = "future"
    CONFLICT = "conflict"
    NO_EVENT = "no_event"
    NOT_JSON = "not_json"
    BAD_ROW = "bad_row"
    BAD_ENCODING = "bad_encoding"
    TOO_LARGE = "too_large"
    UNKNOWN_SOURCE = "unknown_source"


#: What each code means, for people.
MEANINGS: Final = {
    Reason.MISSING: "a value that the event needs is empty",
    Reason.BAD_TIME: "not an instant in any of the declared formats, outside 1900–2100, or an hour of a clock change "
    "that is not clear",
    Reason.BAD_NUMBER: "not a finite number in the declared notation, or too large to be stored",
    Reason.BAD_VALUE: "not one of the values that are allowed or declared for the field",
    Reason.BAD_CASE: "a case number that is too long, holds control characters or has lost digits",
    Reason.UNKNOWN_KIND: "not a kind of event that docs/events.md lists",
    Reason.UNKNOWN_SERVICE: "a service code that the reference data do not hold",
    Reason.UNKNOWN_AREA: "an area that the reference data do not hold",
    Reason.UNKNOWN_METRIC: "a metric code that the reference data do not hold",
    Reason.OUT_OF_RANGE: "a value outside the range in which it can be true",
    Reason.FUTURE: "happened more than ten minutes after it was received",
    Reason.CONFLICT: "the same event id was delivered before with other contents, or is stated twice in one file",
    Reason.NO_EVENT: "no event of the mapping applies to the row",
    Reason.NOT_JSON: "not a JSON object",
    Reason.BAD_ROW: "not as many values as the header has columns, or quotes that do not close",
    Reason.BAD_ENCODING: "bytes that are not text in the declared encoding",
    Reason.TOO_LARGE: "a row larger than a row may be",
    Reason.UNKNOWN_SOURCE: "an event of a source that is not the one it was sent for",
}
