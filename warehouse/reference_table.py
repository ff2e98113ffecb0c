"""The reference data as Arrow tables, as the Flight server gives them out by name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from warehouse.reference import Reference


def reference_tables(reference: Reference) -> dict[str, pa.Table]:
    """One table per kind of record, columns as the fields of its class.

    Lists of texts stay lists; anything deeper (limits of a service, forms of an office kind) is JSON.
    """
    return {
        "state": _table([reference.state]),
        "areas": _table(reference.areas),
        "departments": _table(reference.departments.values()),
        "services": _table(reference.services.values()),
        "offices": _table(reference.offices.values()),
        "posts": _table(reference.posts.values()),
        "metrics": _table(reference.metrics.values()),
        "assets": _table(reference.assets.values()),
        "holidays": _table(reference.holiday_rows),
        "targets": _table(reference.targets),
    }


def _table(records: Iterable[Any]) -> pa.Table:
    rows = [
        {field.name: _cell(getattr(record, field.name)) for field in dataclasses.fields(record)} for record in records
    ]
    return pa.Table.from_pylist(rows)


def _cell(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple) and not any(dataclasses.is_dataclass(one) for one in value):
        return list(value)
    if isinstance(value, (tuple, Mapping)):
        return json.dumps(_deep(value), ensure_ascii=False)
    return value


def _deep(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _deep(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _deep(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_deep(one) for one in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
