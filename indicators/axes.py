"""The axes of every array here: services, metrics, areas and levels of the area tree, made once from reference.

Areas are in pre-order: the subtree of area i is [i, area_end[i]). Codes travel in tables, indices in arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from indicators.columns import Int32s
from indicators.service_group import ServiceGroups
from indicators.sla import SlaClock
from warehouse.reference import Reference


@dataclass(frozen=True, slots=True)
class Axes:
    """What the indices of the board mean.

    Attributes:
        services: codes. Shape: [service].
        metrics: codes. Shape: [metric].
        areas: codes in pre-order. Shape: [area].
        area_end: end of each area's subtree. Shape: [area].
        area_line: each area and those above it, -1 = no more. Shape: [area, step].
        groups: services that are summed up together.
        area_class: column of Limits.amount. Shape: [area].
        series_area: the ancestor for which daily series are kept, or the area itself above that level. Shape: [area].
        assets: codes of the assets of the reference. Shape: [asset].
        asset_area: the area that each asset stands in. Shape: [asset].
        clock: the SLA clock of the services.
        fiscal_year_start_month: 1…12.
    """

    services: pa.Array
    metrics: pa.Array
    areas: pa.Array
    area_end: Int32s
    area_line: Int32s
    groups: ServiceGroups
    area_class: Int32s
    series_area: Int32s
    assets: pa.Array
    asset_area: Int32s
    clock: SlaClock
    fiscal_year_start_month: int

    @classmethod
    def of(cls, reference: Reference) -> Axes:
        """The axes of a state."""
        classes = [None, *reference.state.classes]
        assets = reference.assets.values()
        return cls(
            services=pa.array(reference.service_subjects, pa.string()),
            metrics=pa.array(reference.metric_subjects, pa.string()),
            areas=pa.array([area.code for area in reference.areas], pa.string()),
            area_end=reference.area_end,
            area_line=_lines(reference.area_parent),
            groups=ServiceGroups(reference),
            area_class=np.array([classes.index(area.area_class) for area in reference.areas], dtype=np.int32),
            series_area=reference.series_area,
            assets=pa.array([asset.code for asset in assets], pa.string()),
            asset_area=np.array([reference.area_index[asset.area] for asset in assets], dtype=np.int32),
            clock=SlaClock.of(reference),
            fiscal_year_start_month=reference.state.fiscal_year_start_month,
        )


def _lines(parent: Int32s) -> Int32s:
    """Each area and those above it, as long as the deepest needs. Args: place above, below 0 = none. Shape: [area]."""
    steps = [np.arange(len(parent), dtype=np.int32)]
    while (steps[-1] >= 0).any():
        steps.append(np.where(steps[-1] >= 0, parent[steps[-1]], -1).astype(np.int32))
    return np.column_stack(steps[:-1])
