"""The plot of docs/bench.md: how long it takes to have every number, by the way it is made.

python run.py bench compute --json > answer.json; python -m tests.helpers.bench_plot answer.json docs/pictures/bench.svg
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as Xml

WIDTH, ROW, TOP, LEFT, RIGHT = 900, 40, 56, 330, 90
MARKS: Final = {
    0.01: "10 ms",
    0.1: "0.1 s",
    1: "1 s",
    10: "10 s",
    60: "1 min",
    600: "10 min",
    3600: "1 h",
    36_000: "10 h",
}
OURS, OTHER, TEXT, SOFT, LINE = "#0b4f9e", "#8b97a6", "#15202b", "#5b6876", "#d5dae0"


def bars(answer: dict[str, Any]) -> list[tuple[str, float, str]]:
    """Label, seconds and colour of each bar, the quickest first."""
    compute = answer["compute"]
    one_by_one = compute["one_query_per_indicator"]
    found = [
        ("reading the columns, nothing computed", compute["scan_s"], OTHER),
        ("all values, from the board", compute["all_values_s"], OURS),
        ("all cells anew, in one pass", compute["full_recompute_s"], OURS),
        *((f"one query per indicator, {words}", one_by_one[name]["all_s"], OTHER) for name, words in _WAYS.items()),
    ]
    return sorted(found, key=lambda bar: bar[1])


_WAYS: Final = {"cells": "on stored cells", "raw_events": "on raw events", "case_table": "on the case table"}


def words(seconds: float) -> str:
    """A duration with two or three digits."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min"


def drawn(answer: dict[str, Any]) -> Xml.Element:
    """The plot as SVG, on a logarithmic axis."""
    found = bars(answer)
    marks = [at for at in MARKS if found[0][1] / 10 <= at <= found[-1][1] * 4]
    low, high = math.log(marks[0]), math.log(max(found[-1][1], marks[-1]))

    def x(seconds: float) -> float:
        return LEFT + (math.log(seconds) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    height = TOP + ROW * len(found) + 40
    svg = Xml.Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", role="img")
    svg.set("font-family", "Noto Sans, sans-serif")
    Xml.SubElement(svg, "rect", width=str(WIDTH), height=str(height), fill="#ffffff")
    title = f"{answer['indicators']:,} indicators × {answer['areas']:,} areas × 4 periods, {answer['events']:,} events"
    _text(svg, 20, 30, title, 17, TEXT, bold=True)
    for at in marks:
        Xml.SubElement(svg, "path", d=f"M{x(at):.1f} {TOP - 8}V{height - 32}", stroke=LINE)
        _text(svg, x(at), height - 14, MARKS[at], 13, SOFT, anchor="middle")
    for place, (label, seconds, colour) in enumerate(found):
        y = TOP + ROW * place
        bar = {"x": str(LEFT), "y": str(y), "width": f"{x(seconds) - LEFT:.1f}", "height": "24", "rx": "2"}
        Xml.SubElement(svg, "rect", bar, fill=colour)
        _text(svg, LEFT - 12, y + 17, label, 14, TEXT, anchor="end")
        _text(svg, x(seconds) + 8, y + 17, words(seconds), 14, TEXT, bold=True)
    return svg


def _text(svg: Xml.Element, x: float, y: float, text: str, size: int, colour: str, **how: Any) -> None:
    look = {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": str(size), "fill": colour}
    look |= {"text-anchor": how.get("anchor", "start"), "font-weight": "700" if how.get("bold") else "400"}
    Xml.SubElement(svg, "text", look).text = text


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    Xml.ElementTree(drawn(json.loads(source.read_text("utf-8")))).write(target, encoding="unicode")
