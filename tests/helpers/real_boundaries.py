"""Settings with Kerala's real boundaries, which are collected data and stay outside of the project."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from tests.helpers.rows import shared_data
from warehouse.config import BoundariesConfig, Config


def with_real_boundaries(config: Config) -> Config:
    """The same settings with boundaries of districts and taluks; skips the test where they are not at hand."""
    levels = {
        "district": BoundariesConfig(shared_data("geo/kerala_districts.geojson"), "district_lgd"),
        "taluk": BoundariesConfig(shared_data("geo/kerala_taluks.geojson"), "taluk_lgd"),
    }
    return replace(config, boundaries=MappingProxyType(levels))
