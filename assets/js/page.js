/* The browser's half of dashboard/components/page.py: a page as HTML, of which only what differs is ever changed.

   What stands in an element with data-kept was put there by a script, which keeps it up itself.
   So focus, an open menu, a marked text and the place in a scrolled list outlive an update. The HTML comes from our own
   server, written by dashboard/markup.py, which escapes every text and value. */
(function (root) {
  "use strict";

  /** Attributes that belong to the reader, not to the server: an open menu stays open. */
  const isReaders = (element, name) => name === "open" && element.nodeName === "DETAILS";

  function matchAttributes(old, wanted) {
    for (const { name } of [...old.attributes]) {
      if (!wanted.hasAttribute(name) && !isReaders(old, name)) old.removeAttribute(name);
    }
    for (const { name, value } of wanted.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  function matchNode(old, wanted) {
    if (old.nodeType !== root.Node.ELEMENT_NODE) {
      if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue;
      return;
    }
    if (old.isEqualNode(wanted)) return;
    const isKept = Boolean(wanted.dataset.kept) && old.dataset.kept === wanted.dataset.kept;
    matchAttributes(old, wanted);
    if (!isKept) match(old, wanted);
  }

  /** Make the children of one element those of another, changing as little as possible. */
  function match(old, wanted) {
    let current = old.firstChild;
    for (const next of [...wanted.childNodes]) {
      if (current && current.nodeName === next.nodeName) {
        matchNode(current, next);
        current = current.nextSibling;
      } else if (current) {
        const replaced = current;
        current = current.nextSibling;
        replaced.replaceWith(next);
      } else {
        old.append(next);
      }
    }
    while (current) {
      const rest = current.nextSibling;
      current.remove();
      current = rest;
    }
  }

  /** Show markup in an element. */
  function show(element, markup) {
    const wanted = root.document.createElement("template");
    wanted.innerHTML = markup;
    match(element, wanted.content);
  }

  function Page(props) {
    const React = root.React;
    const place = React.useRef(null);
    React.useLayoutEffect(() => show(place.current, props.markup || ""), [props.markup]);
    return React.createElement("div", { id: props.id, ref: place });
  }

  root.cm_page = { Page, show };
})(window);
