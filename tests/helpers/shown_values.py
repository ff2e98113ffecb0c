"""A snapshot of values, as a publisher gives it out, made by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from warehouse.value import METADATA_KEY, PERIODS, SNAPSHOT_SCHEMA, Band, State
from warehouse.value_layout import Layout


def shown_values(values: Mapping[str, Sequence[float | None]], areas: Sequence[str], at: datetime) -> pa.Table:
    """The same values in every period.

    Args:
        values: of each indicator in each of the areas; None = no data.
        areas: codes.
        at: instant of the snapshot.
    """
    about = {"version": 1, "engine": "e", "at": at.isoformat(), "periods": list(PERIODS)}
    size = (len(values), len(areas))
    about |= {"indicators": list(values), "areas": list(areas), "layout": Layout.dense(*size).to_json()}
    numbers = np.array([[np.nan if one is None else one for one in row] for row in values.values()])
    flat = np.repeat(numbers.reshape(-1, 1, size[1]), len(PERIODS), axis=1).ravel()
    state = np.where(np.isnan(flat), State.NO_DATA, State.OK).astype(np.uint8)
    columns = [pa.array(flat)] * 3 + [pa.array(np.full(len(flat), Band.RED, np.uint8)), pa.array(state)]
    return pa.table(columns, schema=SNAPSHOT_SCHEMA.with_metadata({METADATA_KEY: json.dumps(about).encode()}))
