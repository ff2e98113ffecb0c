/* Marks as SVG, the same shapes as dashboard/components/mark.py (a test compares the two). */
(function (root) {
  "use strict";

  const SHAPES = Object.freeze({
    red: '<path class="cm-mark__red" d="M12 1.4 22.6 12 12 22.6 1.4 12Z"/>',
    amber: '<path class="cm-mark__amber" d="M12 2.6 22.6 21.4H1.4Z"/>',
    normal: '<circle class="cm-mark__normal" cx="12" cy="12" r="4"/>',
    stale:
      '<circle class="cm-mark__stale-ring" cx="12" cy="12" r="9.6"/>' +
      '<path class="cm-mark__stale-hands" d="M12 6.8V12l3.6 2.6"/>',
    cleared: '<circle class="cm-mark__cleared" cx="12" cy="12" r="9.2"/>',
    up: '<path class="cm-mark__arrow" d="M12 21V5M5 11.5 12 4.5l7 7"/>',
    down: '<path class="cm-mark__arrow" d="M12 3v16M5 12.5l7 7 7-7"/>',
    same: '<path class="cm-mark__arrow" d="M4 12h16"/>',
  });

  const SVG = "http://www.w3.org/2000/svg";

  /** An empty mark; `draw` gives it its shape. */
  function create(document, className) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", "cm-mark " + (className || ""));
    return svg;
  }

  /** Give a mark its shape; "" hides it. Touches the page only when the shape changes. */
  function draw(svg, name) {
    if (svg.dataset.shape === name) return;
    svg.dataset.shape = name;
    svg.innerHTML = SHAPES[name] || "";
    svg.style.display = name ? "" : "none";
  }

  root.cmMark = Object.freeze({ SHAPES, create, draw });
  if (typeof module !== "undefined") module.exports = root.cmMark;
})(globalThis);
