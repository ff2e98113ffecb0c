"""Reviews and action points of the fake engine: kept in lists, the values of a review a share of the present ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from warehouse.errors import DataError

#: Of every present value, what it was at any review.
THEN = 0.8
_REVIEW = pa.schema(
    [(name, pa.string()) for name in ("review", "area", "title")]
    + [("held_at", pa.timestamp("us", tz="UTC")), ("held_by", pa.string())]
)
_POINT = pa.schema(
    [(name, pa.string()) for name in ("point", "review", "area", "task", "holder")]
    + [("due_on", pa.date32()), *((name, pa.string()) for name in ("indicator", "agreed_by", "state", "remark"))]
)


@dataclass
class FakeReviews:
    """What operators said."""

    reviews: list[dict[str, Any]] = field(default_factory=list)
    points: list[dict[str, Any]] = field(default_factory=list)

    def hold(self, review: str, area: str, at: datetime, title: str = "Monthly review", by: str = "R. Nair") -> None:
        """Keep a review."""
        row = {"review": review, "area": area, "title": title, "held_at": at, "held_by": by}
        self.reviews.insert(0, row)

    def agree(
        self, review: str, area: str, task: str, due_on: date, holder: str = "Secretary", indicator: str = ""
    ) -> str:
        """Keep an action point. Returns: its id."""
        if all(one["review"] != review for one in self.reviews):
            raise DataError(f"there is no review {review!r}")
        point = f"{review}.{len(self.points) + 1}"
        row = {"point": point, "review": review, "area": area, "task": task, "holder": holder, "due_on": due_on}
        row |= {"indicator": indicator or None, "agreed_by": "R. Nair", "state": "open", "remark": None}
        self.points.append(row)
        return point

    def say(self, point: str, state: str, remark: str = "") -> None:
        """Say what became of a point."""
        next(one for one in self.points if one["point"] == point).update(state=state, remark=remark)

    def act(self, name: str, given: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """What the engine answers to an operator."""
        if name == "hold_review":
            review = at.date().isoformat()
            self.hold(review, given["area"] or "KL", at, given["title"], given["by"])
            return {"review": review}
        if name == "agree_point":
            due_on = date.fromisoformat(given["due_on"])
            return {"point": self.agree(given["review"], given["area"], given["task"], due_on, given["holder"])}
        self.say(given["point"], given["state"], given["remark"])
        return {"point": given["point"], "state": given["state"]}

    def review_table(self) -> pa.Table:
        """As the query `reviews` gives it."""
        return pa.Table.from_pylist(self.reviews, schema=_REVIEW)

    def point_table(self, areas: set[str]) -> pa.Table:
        """As the query `action_points` gives it. Args: areas: the place and what lies in it."""
        rows = sorted((one for one in self.points if one["area"] in areas), key=lambda one: one["due_on"])
        return pa.Table.from_pylist(rows, schema=_POINT)
