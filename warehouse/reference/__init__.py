"""What is known about a state before any event arrives: areas, departments, services, offices, metrics, holidays.

Owns: the format of a state's folder (docs/reference.md), its validation, and Reference, the frozen whole that ingest,
indicators and screens look things up in. Any number of area levels; another state is another folder.

Who may import it: everybody.

Errors: DefinitionError with one `file:line: rule` per problem, all problems of a folder at once.

Invariants: areas stand in depth-first pre-order, so that a subtree is a range of indexes; a code is unique in its
table, service and metric codes are unique together; rows of later law are added with a date, never overwritten.
"""

from warehouse.reference.calendar import WorkingCalendar
from warehouse.reference.load import CASE_KINDS, load_reference
from warehouse.reference.model import (
    Area,
    Asset,
    Department,
    Holiday,
    Level,
    Limit,
    Metric,
    Named,
    Office,
    OfficeForm,
    OfficeKind,
    Post,
    Service,
    State,
    Target,
)
from warehouse.reference.whole import Reference

__all__ = [
    "CASE_KINDS",
    "Area",
    "Asset",
    "Department",
    "Holiday",
    "Level",
    "Limit",
    "Metric",
    "Named",
    "Office",
    "OfficeForm",
    "OfficeKind",
    "Post",
    "Reference",
    "Service",
    "State",
    "Target",
    "WorkingCalendar",
    "load_reference",
]
