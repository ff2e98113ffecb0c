"""Geometry of a drawing: degrees to pixels, fewer points, and where there is room for words.

Points are rounded to half pixels and repeated ones left out. Neighbours round their common border to the same points,
so no gap opens between them; and however fine the survey is, no outline has more points than a reader could see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from dashboard.boundaries.geojson import Ring

    #: Closed ring on the grid of a drawing, [point, x | y] in half pixels.
    GridRing = npt.NDArray[np.int64]

#: Steps of the grid in a pixel of the drawing.
STEPS: Final = 2
#: Places tried for the words of an area, across and down.
_TRIES: Final = 24
#: Words are wider than high: a place is as good as its room across, or twice its room up and down.
_FLATNESS: Final = 2.0
_HALF_LINES_PX: Final = 17


class Projection:
    """From degrees to the grid, with equal lengths to all sides in the middle of the drawing.

    Attributes:
        width, height: of the drawing, in pixels.
    """

    def __init__(self, rings: Sequence[Ring], widest_px: float, highest_px: float) -> None:
        """Fit rings into a box. Args: everything that is drawn, and the box in pixels."""
        points = np.concatenate(rings)
        self._low, high = points.min(axis=0), points.max(axis=0)
        self._squeeze = float(np.cos(np.radians((self._low[1] + high[1]) / 2)))
        across, up = (high[0] - self._low[0]) * self._squeeze, high[1] - self._low[1]
        self._px = min(widest_px / max(across, 1e-9), highest_px / max(up, 1e-9))
        self.width, self.height = across * self._px, up * self._px

    def grid(self, ring: Ring) -> GridRing:
        """A ring on the grid without points that say nothing; empty where nothing of it is left.

        Shape: [point, x | y], not closed.
        """
        x = (ring[:, 0] - self._low[0]) * self._squeeze * self._px
        y = self.height - (ring[:, 1] - self._low[1]) * self._px
        points = np.rint(np.column_stack([x, y]) * STEPS).astype(np.int64)
        points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
        before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
        bends = (before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]) | ((before * after).sum(axis=1) < 0)
        points = points[bends]
        return points if len(points) > STEPS else points[:0]


def path_of(rings: Sequence[GridRing]) -> str:
    """Rings as the `d` of an SVG path in half pixels; holes by the even-odd rule."""
    parts = []
    for ring in rings:
        steps = np.diff(ring, axis=0)
        moves = "".join(f"{x}{y}" if y < 0 else f"{x} {y}" for x, y in _spaced(steps))
        parts.append(f"M{ring[0, 0]} {ring[0, 1]}l{moves}z")
    return "".join(parts)


def _spaced(steps: GridRing) -> list[tuple[str, int]]:
    """Numbers with no more between them than tells them apart: a minus sign does."""
    return [(str(x) if number == 0 or x < 0 else f" {x}", y) for number, (x, y) in enumerate(steps.tolist())]


def place_for_words(rings: Sequence[GridRing]) -> tuple[float, float, float]:
    """Where two lines of words stand best in an area: x and y of their middle and the room across, in pixels."""
    largest = max(rings, key=_extent)
    low, high = largest.min(axis=0), largest.max(axis=0)
    share = (np.arange(_TRIES) + 0.5) / _TRIES
    tried = np.stack(np.meshgrid(*(low[axis] + share * (high[axis] - low[axis]) for axis in (0, 1))), axis=-1)
    points = tried.reshape(-1, 2)
    inside = points[_is_inside(points, rings)]
    if not len(inside):
        inside = points
    x, y = inside[np.argmax(_distance(inside, rings))] / STEPS
    return float(x), float(y), _room(float(x), float(y), rings)


def _extent(ring: GridRing) -> float:
    following = np.roll(ring, -1, axis=0)
    return abs(float((ring[:, 0] * following[:, 1] - following[:, 0] * ring[:, 1]).sum()))


def _edges(rings: Sequence[GridRing]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    starts = np.concatenate(rings).astype(np.float64)
    return starts, np.concatenate([np.roll(ring, -1, axis=0) for ring in rings]).astype(np.float64)


def _is_inside(points: npt.NDArray[np.float64], rings: Sequence[GridRing]) -> npt.NDArray[np.bool_]:
    """Whether points lie in an area: a line to the left crosses its edges an odd number of times."""
    start, end = _edges(rings)
    x, y = points[:, None, 0], points[:, None, 1]
    crosses = (start[:, 1] > y) != (end[:, 1] > y)
    slope = (end[:, 0] - start[:, 0]) / np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    odd: npt.NDArray[np.bool_] = (crosses & (start[:, 0] + (y - start[:, 1]) * slope < x)).sum(axis=1) % 2 == 1
    return odd


def _distance(points: npt.NDArray[np.float64], rings: Sequence[GridRing]) -> npt.NDArray[np.float64]:
    """Distance of points to the nearest edge, with heights stretched."""
    stretch = np.array([1.0, _FLATNESS])
    start, end = (one * stretch for one in _edges(rings))
    along = end - start
    offset = points[:, None, :] * stretch - start
    length = np.maximum((along**2).sum(axis=1), 1e-9)
    part = np.clip((offset * along).sum(axis=2) / length, 0, 1)
    nearest: npt.NDArray[np.float64] = np.sqrt(((offset - part[..., None] * along) ** 2).sum(axis=2)).min(axis=1)
    return nearest


def is_left_nearer(x: float, y: float, rings: Sequence[GridRing]) -> bool:
    """Whether from a place in pixels the last edge of a drawing is nearer to the left than to the right."""
    crossings = _crossings(y, rings)
    return bool(x - crossings.min() < crossings.max() - x) if len(crossings) else True


def _room(x: float, y: float, rings: Sequence[GridRing]) -> float:
    """Least width that is free on both sides of a point, over the height of two lines."""
    free = np.inf
    for line in (y - _HALF_LINES_PX, y, y + _HALF_LINES_PX):
        crossings = _crossings(line, rings)
        left, right = crossings[crossings <= x], crossings[crossings > x]
        if not (len(left) and len(right)):
            return 0.0
        free = min(free, x - left.max(), right.min() - x)
    return float(2 * free)


def _crossings(y: float, rings: Sequence[GridRing]) -> npt.NDArray[np.float64]:
    """Where a level line crosses edges, in pixels."""
    start, end = (one / STEPS for one in _edges(rings))
    cut = (start[:, 1] > y) != (end[:, 1] > y)
    low, high = start[cut], end[cut]
    crossings: npt.NDArray[np.float64] = low[:, 0] + (y - low[:, 1]) * (high[:, 0] - low[:, 0]) / (
        high[:, 1] - low[:, 1]
    )
    return crossings
