"""What a reader at a distance can read: sizes, contrast, and whether everything is inside its place.

Source: shared design guide, section 3.1 (tiers A 20, B 16, C 12 arc minutes of capital height) and section 9 (contrast).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from playwright.sync_api import Page

#: Capital height of Noto Sans, in em.
CAPITAL_EM = 0.714
#: Malayalam letters are taller: equal legibility at this part of the Latin size.
MALAYALAM = 0.88

_SURVEY = r"""() => {
  const numbers = (colour) => { const m = colour.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const linear = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const ground = (node) => {
    const layers = [];
    for (; node; node = node.parentElement) {
      const style = getComputedStyle(node);
      let colour = numbers(style.backgroundColor);
      const stripes = style.backgroundImage.includes("linear") && style.backgroundImage.match(/rgba?\([^)]*\)/g);
      if (stripes && colour[3] === 0) colour = numbers(stripes[0]);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const opacity = (node) => { let o = 1; for (; node; node = node.parentElement) o *= getComputedStyle(node).opacity; return o };
  const runs = [];
  const walker = document.createTreeWalker(document.querySelector(".cm-wall"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const box = range.getBoundingClientRect();
    if (!text || !box.width || node.closest("svg")) continue;
    const style = getComputedStyle(node), under = ground(node), colour = numbers(style.color);
    colour[3] *= opacity(node);
    const [a, b] = [luminance(over(colour, under)), luminance(under)];
    const panel = (node.closest("section, .cm-wnum, .cm-wtile, .cm-wchip, .cm-watt, .cm-wline, footer, header") || document.body);
    const edge = panel.getBoundingClientRect();
    const own = node.getBoundingClientRect();
    const px = parseFloat(style.fontSize);
    // the line box is taller than what is printed: capitals begin 0.31 em below its top, descenders end 0.05 em above
    // its bottom, digits 0.25 em (a comma among them 0.15)
    const foot = /^[\d.%–+: ]+$/.test(text) ? 0.25 : /^[\d.,%–+: ]+$/.test(text) ? 0.15 : 0.05;
    const ink = { left: box.left, right: box.right, top: box.top + 0.31 * px, bottom: box.bottom - foot * px };
    runs.push({
      text, px, contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
      lang: node.closest("[lang]").lang, isEcho: node.matches(".cm-w2, .cm-whead__echo"), where: node.parentElement.className || node.className,
      isCut: style.overflowX !== "visible" && box.width > own.width + 1,
      out: [edge.left - ink.left, ink.right - edge.right, edge.top - ink.top, ink.bottom - edge.bottom].map(Math.round),
      box: [ink.left, ink.top, ink.right, ink.bottom],
    });
  }
  const page = document.documentElement;
  return { runs, scrolls: page.scrollWidth > innerWidth || page.scrollHeight > innerHeight };
}"""


@dataclass(frozen=True)
class Run:
    """One piece of text as it stands on the screen.

    Attributes:
        text: what it says.
        px: font size.
        contrast: against what is behind it.
        lang: its language.
        is_echo: the name in the second language.
        where: class of its place.
        is_cut: does not fit into its own element.
        out: pixels by which it sticks out of its panel: left, right, top, bottom.
        box: left, top, right, bottom of what is printed, on the screen.
    """

    text: str
    px: float
    contrast: float
    lang: str
    is_echo: bool
    where: str
    is_cut: bool
    out: tuple[int, int, int, int]
    box: tuple[float, float, float, float]

    def arc_minutes(self, width_px: int, width_mm: int, view_m: float) -> float:
        """Capital height as seen from where the reader stands; Malayalam counts as Latin of equal legibility."""
        capital_mm = self.px * CAPITAL_EM * width_mm / width_px / (MALAYALAM if self.lang == "ml" else 1)
        return math.degrees(2 * math.atan(capital_mm / 2 / (view_m * 1000))) * 60


@dataclass(frozen=True)
class Survey:
    """All text of a wall.

    Attributes:
        runs: every piece.
        scrolls: whether the page is larger than the window.
    """

    runs: tuple[Run, ...]
    scrolls: bool


def survey(page: Page) -> Survey:
    """Everything that is written on a wall, measured."""
    found = page.evaluate(_SURVEY)
    names = {"isEcho": "is_echo", "isCut": "is_cut"}
    runs = tuple(Run(**{names.get(key, key): value for key, value in run.items()}) for run in found["runs"])
    return Survey(runs, found["scrolls"])
