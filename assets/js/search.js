/* The quick search in the header: "/" goes there, arrows choose, Enter opens, Escape leaves.

   The server finds (dashboard/views/search.py); this file asks when the reader has stopped typing and shows what came. */
(function (root) {
  "use strict";

  const WAIT_MS = 160;
  const document = root.document;
  let box = null; // the search of the page that is up

  const make = (tag, attributes, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };

  function build(place) {
    const words = JSON.parse(place.dataset.words);
    const input = make("input", {
      type: "search", id: "search-words", class: "cm-search__input", role: "combobox", autocomplete: "off", spellcheck: "false",
      placeholder: words.placeholder, "aria-label": words.label, "aria-expanded": "false", "aria-controls": "search-results",
      "aria-autocomplete": "list", "aria-keyshortcuts": "/",
    });
    const results = make("div", { id: "search-results", class: "cm-search__results", role: "listbox", "aria-label": words.results });
    results.hidden = true;
    const said = make("span", { class: "cm-unseen", role: "status" });
    place.replaceChildren(input, make("kbd", { class: "cm-search__key", "aria-hidden": "true" }, "/"), results, said);
    box = { place, words, input, results, said, lang: place.dataset.lang, timer: 0, asking: null, options: [], chosen: -1 };
    input.addEventListener("input", wait);
    input.addEventListener("keydown", press);
    input.addEventListener("focus", () => box.options.length && open(true));
    place.addEventListener("focusout", (event) => place.contains(event.relatedTarget) || open(false));
    // A result keeps the focus in the field, so that the list stays until its click has come.
    results.addEventListener("mousedown", (event) => event.preventDefault());
    results.addEventListener("click", (event) => event.target.closest("a") && leave());
  }

  function open(isOpen) {
    box.results.hidden = !isOpen;
    box.input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) choose(-1);
  }

  function leave() {
    open(false);
    box.input.value = "";
    show([]);
    box.input.blur();
  }

  function wait() {
    root.clearTimeout(box.timer);
    if (box.asking) box.asking.abort();
    if (!box.input.value.trim()) {
      show([]);
      open(false);
      return;
    }
    box.timer = root.setTimeout(ask, WAIT_MS);
  }

  async function ask() {
    const mine = new AbortController();
    box.asking = mine;
    const query = new URLSearchParams({ q: box.input.value.trim(), lang: box.lang });
    try {
      const answer = await root.fetch(`/api/search?${query}`, { signal: mine.signal });
      if (!answer.ok) return;
      const groups = await answer.json();
      if (box.asking === mine) {
        show(groups);
        open(true);
      }
    } catch {
      // Typing went on, or the server is away, which the page says itself.
    }
  }

  function show(groups) {
    box.options = [];
    const drawn = groups.map((group, at) => {
      const title = make("p", { class: "cm-search__title", id: `search-group-${at}` }, group.title);
      const links = group.results.map((result) => {
        const id = `search-option-${box.options.length}`;
        const link = make("a", { href: result.href, id, role: "option", tabindex: "-1", "aria-selected": "false" });
        link.append(make("span", { class: "cm-search__text" }, result.text), make("span", { class: "cm-search__note" }, result.note));
        box.options.push(link);
        return link;
      });
      return make("div", { role: "group", "aria-labelledby": `search-group-${at}` }, title, ...links);
    });
    const nothing = make("p", { class: "cm-search__none" }, box.words.none);
    box.results.replaceChildren(...(drawn.length ? drawn : [nothing]));
    box.chosen = -1;
    box.said.textContent = box.input.value ? box.words.count.replace("{count}", String(box.options.length)) : "";
  }

  function choose(at) {
    for (const option of box.options) option.setAttribute("aria-selected", "false");
    box.chosen = at;
    if (at < 0) return box.input.removeAttribute("aria-activedescendant");
    box.options[at].setAttribute("aria-selected", "true");
    box.options[at].scrollIntoView({ block: "nearest" });
    return box.input.setAttribute("aria-activedescendant", box.options[at].id);
  }

  function press(event) {
    const count = box.options.length;
    const isOpen = !box.results.hidden;
    if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    } else if (event.key === "Enter" && isOpen && count) {
      box.options[Math.max(box.chosen, 0)].click();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      open(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(box.chosen < 0 && step < 0 ? count - 1 : (box.chosen + step + count) % count);
    } else {
      return;
    }
    event.preventDefault();
  }

  const isTyping = (element) => element.matches("input, select, textarea, [contenteditable=true]");

  function look() {
    const place = document.getElementById("search");
    if (place && (!box || box.place !== place || box.lang !== place.dataset.lang || !place.contains(box.input))) build(place);
  }

  function start() {
    if (document.documentElement.dataset.theme !== "desk") return;
    root.setInterval(look, 200);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      look(); // a page that has just come up may have another field
      if (!box) return;
      event.preventDefault();
      box.input.focus();
      box.input.select();
    });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})(window);
