"""What every file says of itself: what it is about, as of when, and which sources are late.

A file outlives the screen that it was taken from: the age and the certainty of its numbers go with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import format as form
from dashboard.exports.table import local
from dashboard.freshness import Freshness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dashboard.exports.table import Value
    from dashboard.freshness import SourceStatus
    from dashboard.views.asked import Asked


def about(
    asked: Asked,
    title: str,
    place: str,
    *,
    facts: Iterable[tuple[str, Value]] = (),
    rows: str = "",
    sources: Iterable[str] | None = None,
) -> tuple[tuple[str, Value], ...]:
    """The lines that say what a file is.

    Args:
        asked: the request.
        title: of the table.
        place: what it is about.
        facts: what else narrows or explains it, by the last key of its label in [export].
        rows: how many there are, in words.
        sources: names of the sources that the numbers come from; None = any of them.
    """
    lines: list[tuple[str, Value]] = [("title", title), ("place", place), *facts]
    lines.append(("as_of", local(asked.now, asked.services.zone)))
    if rows:
        lines.append(("rows", rows))
    lines.append(("language", asked.text("language.name")))
    return tuple((asked.text(f"export.{key}"), value) for key, value in (*lines, *_states(asked, sources)))


def _states(asked: Asked, sources: Iterable[str] | None) -> list[tuple[str, Value]]:
    """The engine's silence and every source that is behind; one line that says so where none is."""
    values = asked.services.values
    states: list[tuple[str, Value]] = []
    if (since := values.engine_lost_since) is not None:
        states.append(("engine", asked.text("export.engine_since", at=form.day_clock(since, asked.services.zone))))
    known = values.sources
    used = known.values() if sources is None else [known[name] for name in sources if name in known]
    behind = [one for one in used if one.freshness(asked.now) is not Freshness.LIVE]
    states += [("late_source", _late(asked, one)) for one in behind]
    return states if behind else [*states, ("sources", asked.text("export.sources_live"))]


def _late(asked: Asked, source: SourceStatus) -> str:
    name = asked.chosen(source.title, source.title_local)
    if source.last_event_at is None:
        return asked.text("export.source_never", name=name)
    state = source.freshness(asked.now).value
    at = form.day_clock(source.last_event_at, asked.services.zone)
    return asked.text(f"export.source_{state}", name=name, at=at)
