/* Making and changing elements by hand: made once, changed in place, and only when something differs. */
(function (root) {
  "use strict";

  /** A cut moves back to the end of a word that is no more letters away than this. */
  const NEAR_WORD_END = 4;

  function element(parent, tag, className, attributes) {
    const made = root.document.createElement(tag);
    if (className) made.className = className;
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    if (parent) parent.appendChild(made);
    return made;
  }

  function mark(parent, className) {
    const svg = root.cmMark.create(root.document, className);
    parent.appendChild(svg);
    return (name) => root.cmMark.draw(svg, name);
  }

  function say(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  function set(node, name, value) {
    if (node.dataset[name] !== value) node.dataset[name] = value;
  }

  /** Set a custom property of the style sheet. */
  function put(node, name, value) {
    if (node.style.getPropertyValue(name) !== value) node.style.setProperty(name, value);
  }

  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

  /** Elements that take the longest text that has room. */
  function fitter() {
    const wanted = new Map();

    function width(node) {
      const range = root.document.createRange();
      range.selectNodeContents(node);
      return range.getBoundingClientRect().width;
    }

    function hasRoom(node) {
      const padding = parseFloat(root.getComputedStyle(node).paddingLeft);
      return width(node) <= node.getBoundingClientRect().width - padding + 0.5;
    }

    /** Whether the text has room on two lines, and what stands with it in the row still has; never on a small wall,
        where they do not stand in a box of their own. */
    function hasTwoLines(node) {
      const lines = node.scrollHeight / parseFloat(root.getComputedStyle(node).lineHeight);
      const box = node.parentElement;
      const isInside = box.clientHeight > 0 && box.scrollHeight <= box.parentElement.clientHeight;
      return isInside && lines < 2.3 && width(node) <= node.getBoundingClientRect().width + 0.5;
    }

    function choose(node, texts) {
      if (node.mayWrap) node.classList.remove("cm-wraps");
      // where the whole text is what is wanted, two lines of it come before fewer words
      if (node.wantsWhole) {
        say(node, texts[0]);
        if (hasRoom(node) || onTwoLines(node, texts.slice(0, 1))) return;
      }
      for (const isTight of [false, true]) {
        node.classList.toggle("cm-tight", isTight);
        for (const text of texts) {
          say(node, text);
          if (hasRoom(node)) return;
        }
      }
      if (node.mayWrap && onTwoLines(node, texts)) return;
      cut(node, texts.filter((text) => text).pop() || "");
    }

    function onTwoLines(node, texts) {
      node.classList.add("cm-wraps");
      for (const text of texts) {
        say(node, text);
        if (hasTwoLines(node)) return true;
      }
      node.classList.remove("cm-wraps");
      return false;
    }

    /** The longest beginning that has room, at a word's end where one is near; on two lines where it may. */
    function cut(node, text) {
      node.classList.toggle("cm-wraps", Boolean(node.mayWrap));
      say(node, "…");
      const isWrapped = Boolean(node.mayWrap) && hasTwoLines(node);
      node.classList.toggle("cm-wraps", isWrapped);
      const fits = isWrapped ? hasTwoLines : hasRoom;
      const letters = [...segmenter.segment(text)].map((part) => part.segment);
      let [least, most] = [0, letters.length];
      while (least < most) {
        const middle = Math.ceil((least + most) / 2);
        say(node, letters.slice(0, middle).join("") + "…");
        if (fits(node)) least = middle;
        else most = middle - 1;
      }
      const space = letters.lastIndexOf(" ", least);
      const end = space > 0 && least - space <= NEAR_WORD_END ? space : least;
      say(node, end ? letters.slice(0, end).join("").replace(/[ ,;:·–(]+$/, "") + "…" : "");
    }

    return {
      /** Say the longest text that has room; looked at again only when the texts change, or always. */
      fit(node, texts, always) {
        const key = texts.join("\n");
        if (node.fitted === key && !always) return;
        node.fitted = key;
        wanted.set(node, texts);
        choose(node, texts);
      },
      again() {
        for (const [node, texts] of wanted) if (node.isConnected) choose(node, texts);
      },
    };
  }

  /** As many children as items, each with its own update. */
  function list(parent, make) {
    const made = [];
    return (items) => {
      while (made.length < items.length) made.push(make(parent));
      items.forEach((item, index) => {
        made[index].node.hidden = false;
        made[index].update(item);
      });
      for (const left of made.slice(items.length)) left.node.hidden = true;
    };
  }

  root.cmDraw = Object.freeze({ element, mark, say, set, put, fitter, list });
  if (typeof module !== "undefined") module.exports = root.cmDraw;
})(globalThis);
