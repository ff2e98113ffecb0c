/* The browser's half of dashboard/components/svg.py: inline SVG as a Dash component.
   The markup inside is made by our own server from numbers and escaped text only. */
(function (root) {
  "use strict";

  function Svg(props) {
    const name = props.label;
    return root.React.createElement("svg", {
      id: props.id,
      className: props.className,
      viewBox: props.box,
      preserveAspectRatio: props.stretch ? "none" : undefined,
      role: name ? "img" : undefined,
      "aria-label": name || undefined,
      "aria-hidden": name ? undefined : "true",
      focusable: "false",
      dangerouslySetInnerHTML: { __html: props.markup },
    });
  }

  root.cm_svg = Object.assign(root.cm_svg || {}, { Svg });
})(window);
