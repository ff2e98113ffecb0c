"""What each kind of event needs and what of a row it keeps; docs/events.md shows the same table.

Who may import it: ingest only. Fields that a kind does not take are dropped, so that one set of fields can serve all
events of a mapping.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ingest.vocabulary import Range
from warehouse.event import CASE_KINDS, CHANGE_KINDS, KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Fields that a mapping may fill, in the order in which they are checked.
FIELDS: Final = (
    "case_id",
    "service",
    "area",
    "office",
    "post",
    "step",
    "outcome",
    "channel",
    "due_at",
    "amount",
    "rating",
    "metric",
    "asset",
    "value",
    "ref",
    "received_at",
)
#: Ranges that hold wherever a field comes from.
RANGES: Final = MappingProxyType({"rating": Range(1, 5)})
_WHO_AND_WHERE: Final = frozenset({"case_id", "service", "area", "office", "received_at"})
_HOLDER: Final = frozenset({"post", "step"})


@dataclass(frozen=True, slots=True)
class KindRule:
    """What a kind needs and takes.

    Attributes:
        needs: fields without which the event is refused.
        takes: fields that are kept, the needed ones included.
        measured: the field that is the event's whole point: where it is empty nothing was measured, and there is no
            event; None for kinds whose point is that something happened.
        case_or_place: it needs a case_id, or else both service and area.
    """

    needs: frozenset[str]
    takes: frozenset[str]
    measured: str | None = None
    case_or_place: bool = False


def _case(*needs: str, takes: frozenset[str] = frozenset()) -> KindRule:
    needed = frozenset({"case_id", *needs})
    return KindRule(needs=needed, takes=_WHO_AND_WHERE | _HOLDER | needed | takes)


def _about(measured: str, *takes: str) -> KindRule:
    return KindRule(
        needs=frozenset({measured}), takes=_WHO_AND_WHERE | {measured, *takes}, measured=measured, case_or_place=True
    )


_GAUGE: Final = KindRule(
    needs=frozenset({"metric", "asset", "area", "value"}),
    takes=frozenset({"metric", "asset", "area", "value", "office", "received_at"}),
    measured="value",
)
_CASE: Final = _case()

KIND_RULES: Final[Mapping[str, KindRule]] = MappingProxyType(
    {
        **dict.fromkeys(CASE_KINDS, _CASE),
        "case.opened": _case("service", "area", takes=frozenset({"channel", "due_at"})),
        "case.decided": _case("outcome"),
        "feedback.given": _about("rating", "channel"),
        "amount.recorded": _about("amount", "channel", "step"),
        "reading.taken": _GAUGE,
        "expected.set": _GAUGE,
        "event.corrected": KindRule(needs=frozenset({"ref"}), takes=frozenset(FIELDS)),
        "event.retracted": KindRule(needs=frozenset({"ref"}), takes=frozenset({"ref", "received_at"})),
    }
)
if set(KIND_RULES) != set(KINDS) or not set(CHANGE_KINDS) <= set(KIND_RULES):
    raise AssertionError("a kind of warehouse/event.py has no rule here")
