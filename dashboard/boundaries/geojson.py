"""Reads a GeoJSON file into rings of coordinates by area, and refuses it with all its problems at once.

Errors: DefinitionError, one `file: feature n: rule` per line of its message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from warehouse.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from warehouse.reference import Area

    #: Closed ring, [point, longitude | latitude] in degrees.
    Ring = npt.NDArray[np.float64]

_SHORTEST_RING: Final = 4


def read_rings(path: Path, code_property: str, areas: Sequence[Area]) -> dict[str, list[Ring]]:
    """All rings of each area, outer ones and holes alike, by area code; areas without a feature are left out.

    Args:
        path: of the file.
        code_property: property that holds an area's code or LGD code.
        areas: those of the file's level.

    Raises:
        DefinitionError: the file cannot be read, a feature names no area of the level or one that another feature has
            named, or its geometry is not polygons in longitude and latitude.
    """
    known = {area.lgd_code: area.code for area in areas if area.lgd_code} | {area.code: area.code for area in areas}
    rings: dict[str, list[Ring]] = {}
    problems: list[str] = []
    for number, feature in enumerate(_features(path), 1):
        try:
            code = _area_of(feature, code_property, known, rings)
            rings[code] = _rings_of(feature)
        except _RuleError as problem:
            problems.append(f"{path}: feature {number}: {problem}")
    if problems:
        raise DefinitionError("\n".join(problems))
    return rings


class _RuleError(ValueError):
    """A feature breaks a rule."""


def _features(path: Path) -> list[Any]:
    try:
        plain = orjson.loads(path.read_bytes())
    except OSError as error:
        raise DefinitionError(f"{path}: cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise DefinitionError(f"{path}: is not JSON: {error}") from error
    features = plain.get("features") if isinstance(plain, dict) else None
    if not isinstance(features, list):
        raise DefinitionError(f'{path}: is not a GeoJSON FeatureCollection: "features" is not a list')
    return features


def _area_of(feature: Any, code_property: str, known: Mapping[str, str], drawn: Container[str]) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict) or code_property not in properties:
        raise _RuleError(f"has no property {code_property!r}; it has {', '.join(properties or ()) or 'none'}")
    given = str(properties[code_property])
    if given not in known:
        raise _RuleError(f"{code_property} = {given!r} is neither code nor LGD code of an area of this level")
    if known[given] in drawn:
        raise _RuleError(f"area {known[given]} has a feature already")
    return known[given]


def _rings_of(feature: dict[str, Any]) -> list[Ring]:
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in {"Polygon", "MultiPolygon"}:
        raise _RuleError(f"geometry is {kind!r}; it must be Polygon or MultiPolygon")
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not all(isinstance(one, list) and one for one in polygons):
        raise _RuleError("coordinates are not lists of rings")
    return [_ring(ring) for polygon in polygons for ring in polygon]


def _ring(points: Any) -> Ring:
    try:
        ring = np.array([point[:2] for point in points], dtype=np.float64)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise _RuleError("coordinates are not pairs of numbers") from error
    if ring.shape[1:] != (2,) or len(ring) < _SHORTEST_RING:
        raise _RuleError("a ring has fewer than four points")
    if not (np.isfinite(ring).all() and (np.abs(ring) <= (180, 90)).all()):
        raise _RuleError("coordinates are not longitude and latitude in degrees")
    return ring
