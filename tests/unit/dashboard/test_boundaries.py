"""Real boundaries: what files are refused and how, and what a drawing promises."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from dashboard.address import Address, area_at
from dashboard.boundaries.drawing import Drawing, read_drawings
from dashboard.components.area_page import area_page
from dashboard.markup import markup
from dashboard.services import Services
from dashboard.views.area import area_view
from dashboard.views.asked import Asked
from tests.helpers.browser import screens_config
from tests.helpers.fake_client import AFTERNOON, KERALA, FakeEngine
from tests.helpers.real_boundaries import with_real_boundaries
from tests.helpers.screens import services_over
from warehouse.clock import SettableClock
from warehouse.config import BoundariesConfig, Config
from warehouse.errors import ConfigError, DefinitionError
from warehouse.reference import Reference, load_reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference(KERALA)


def _square(west: float, south: float, size: float = 1.0) -> list[list[float]]:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def _feature(lgd: object, *rings: list[list[float]], kind: str = "Polygon") -> dict[str, Any]:
    return {"type": "Feature", "properties": {"lgd": lgd}, "geometry": {"type": kind, "coordinates": list(rings)}}


def _config(tmp_path: Path, features: list[Any], level: str = "district") -> Config:
    path = tmp_path / "places.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return replace(screens_config(), boundaries=MappingProxyType({level: BoundariesConfig(path, "lgd")}))


def test_without_boundaries_there_are_no_drawings(reference: Reference) -> None:
    assert read_drawings(screens_config(), reference) == {}


@pytest.mark.parametrize(
    ("feature", "told"),
    [
        (_feature(9999, _square(75, 10)), "'9999' is neither code nor LGD code of an area of this level"),
        (_feature(563, _square(75, 10)), "area KL-palakkad has a feature already"),
        ({"type": "Feature", "properties": {"name": "x"}, "geometry": None}, "has no property 'lgd'; it has name"),
        ({"type": "Feature", "properties": {"lgd": 554}, "geometry": None}, "geometry is None"),
        (_feature(554), "coordinates are not lists of rings"),
        (_feature(554, [], kind="MultiPolygon"), "coordinates are not lists of rings"),
        (_feature(554, _square(75, 10), kind="LineString"), "geometry is 'LineString'"),
        (_feature(554, [[75, 10], [76, 11], [75, 10]]), "a ring has fewer than four points"),
        (_feature(554, _square(650_000, 1_100_000)), "not longitude and latitude in degrees"),
        (_feature(554, [["a", 1], ["b", 2], ["c", 3], ["a", 1]]), "coordinates are not pairs of numbers"),
    ],
)
def test_a_bad_feature_is_named_with_its_file(
    tmp_path: Path, reference: Reference, feature: dict[str, Any], told: str
) -> None:
    with pytest.raises(DefinitionError, match=re.escape(told)) as refused:
        read_drawings(_config(tmp_path, [_feature(563, _square(76, 10)), feature]), reference)
    assert f"{tmp_path / 'places.geojson'}: feature 2: " in str(refused.value)


@pytest.mark.parametrize(("text", "told"), [("{", "is not JSON"), ("[]", "not a GeoJSON FeatureCollection")])
def test_a_file_that_is_no_geojson_is_refused(tmp_path: Path, reference: Reference, text: str, told: str) -> None:
    config = _config(tmp_path, [])
    (tmp_path / "places.geojson").write_text(text)
    with pytest.raises(DefinitionError, match=told):
        read_drawings(config, reference)


def test_a_missing_file_and_a_level_that_is_none_are_refused(tmp_path: Path, reference: Reference) -> None:
    config = _config(tmp_path, [])
    (tmp_path / "places.geojson").unlink()
    with pytest.raises(DefinitionError, match="cannot be read"):
        read_drawings(config, reference)
    with pytest.raises(ConfigError, match="province"):
        read_drawings(_config(tmp_path, [], level="province"), reference)


def _points(path: str) -> set[tuple[int, int]]:
    points: set[tuple[int, int]] = set()
    for ring in path.split("M")[1:]:
        numbers = [int(one) for one in re.findall(r"-?\d+", ring)]
        at = np.cumsum(np.array(numbers).reshape(-1, 2), axis=0)
        points |= {(int(x), int(y)) for x, y in at}
    return points


def test_neighbours_keep_their_common_border_and_north_is_up(tmp_path: Path, reference: Reference) -> None:
    border = [[76.0, 10 + step / 997] for step in range(998)]
    west = [*border, [75.0, border[-1][1]], [75.0, 10.0], [76.0, 10.0]]
    east = [*border, [77.0, border[-1][1]], [77.0, 10.0], [76.0, 10.0]]
    drawing = read_drawings(_config(tmp_path, [_feature(563, west), _feature("KL-idukki", east)]), reference)["KL"]
    left, right = drawing.outlines["KL-palakkad"], drawing.outlines["KL-idukki"]
    middle = {point for point in _points(left.path) if point in _points(right.path)}
    assert len(middle) == 2
    assert len(left.path) < 60
    assert left.x < right.x
    assert (left.is_left, right.is_left) == (True, False)
    assert left.room_px == pytest.approx(drawing.width / 2, abs=drawing.width * 0.05)


def test_what_cannot_be_seen_is_left_out(tmp_path: Path, reference: Reference) -> None:
    drawing = read_drawings(
        _config(tmp_path, [_feature(563, _square(75, 8, 4.0)), _feature(554, _square(76, 10, 1e-5))]), reference
    )["KL"]
    assert set(drawing.outlines) == {"KL-palakkad"}


@pytest.fixture(scope="module")
def services() -> Services:
    engine = FakeEngine(clock=SettableClock(AFTERNOON), scale=0.2)
    engine.silence("ksmart", 26)
    return services_over(engine)


def _page(services: Services, href: str) -> str:
    asked = Asked.of(services, Address.parse(href))
    area = area_at(services.reference, asked.address.path)
    assert area is not None
    return markup(area_page(area_view(asked, area), asked.address, services.zone, asked.now))


def test_nothing_offers_a_map_that_is_not_there(services: Services) -> None:
    for href in ("/", "/?view=map", "/district/palakkad?view=map"):
        page = _page(services, href)
        assert "Show as map" not in page
        assert "cm-map" not in page


def test_the_map_says_what_the_tiles_say(services: Services, tmp_path: Path) -> None:
    config = _config(tmp_path, [_feature(563, _square(75, 8, 4.0)), _feature(557, _square(79, 8, 4.0))])
    mapped = replace(services, drawings=read_drawings(config, services.reference))
    assert "Show as map" in _page(mapped, "/")
    assert "cm-map" not in _page(mapped, "/")
    page = _page(mapped, "/?view=map&lang=en")
    assert 'href="/district/palakkad?lang=en&amp;view=map"' in page
    shares = re.findall(r'class="cm-map__words" aria-label="([^"]*)"', page)
    tile = re.search(r'href="/district/palakkad">.*?<b class="cm-tile__value">([^<]*)', _page(mapped, "/"))
    assert tile is not None
    assert f"Palakkad {tile[1]} %" in "\n".join(shares)
    without = page.partition("Not on the map:")[2]
    assert "Idukki" in without
    assert "Kannur" not in without.partition("</p>")[0]


def test_names_are_escaped_on_the_map(services: Services, tmp_path: Path) -> None:
    config = _config(tmp_path, [_feature(563, _square(75, 8, 4.0))])
    areas = tuple(
        replace(one, name_en='<b>"&') if one.code == "KL-palakkad" else one for one in services.reference.areas
    )
    mapped = replace(services, drawings=read_drawings(config, services.reference))
    renamed = replace(mapped, reference=replace(services.reference, areas=areas))
    page = _page(renamed, "/?view=map")
    assert '<b>"&' not in page
    assert "&lt;b&gt;" in page


def test_kerala_is_drawn_whole_and_small(reference: Reference) -> None:
    drawings = read_drawings(with_real_boundaries(screens_config()), reference)
    assert set(drawings["KL"].outlines) == {one.code for one in reference.children("KL")}
    assert sum(len(drawings[district.code].outlines) for district in reference.children("KL")) == 78
    for drawing in drawings.values():
        paths = "".join(outline.path for outline in drawing.outlines.values())
        assert len(gzip.compress(paths.encode())) < 8_000
        _inside(drawing)


def _inside(drawing: Drawing) -> None:
    for outline in drawing.outlines.values():
        assert 0 <= outline.x <= drawing.width
        assert 0 <= outline.y <= drawing.height
