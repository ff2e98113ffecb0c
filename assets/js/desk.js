/* Desk pages: links without reloading, ages that tick, live refresh of the page body, the banner when the link is lost.

   The page is drawn by the server (dashboard/components/shell.py) and put up by page.js; this file says when, and keeps
   the clocks right.
   Nothing here is an Input of a Dash callback, so Dash's undo history does not grow however long a page stays open. */
(function (root) {
  "use strict";

  /** A page asks again after this long at the soonest, and rests at least twice as long as the last answer took. */
  const REFRESH_GAP_MS = 200;
  const REST_MOST_MS = 5000;
  const REFRESH_LEAST_MS = 30000;
  const document = root.document;

  const state = {
    beat: null, // last message of the stream
    heardMs: 0, // steady clock when it came
    clock: null, // the server's clock
    touched: false,
    refreshedMs: 0,
    tookMs: 0, // what the last answer took
    busy: false,
    paused: false,
    wanted: null, // what to focus when the next page has been drawn
  };

  const steady = () => root.performance.now();
  const page = () => document.querySelector(".cm-page");
  const told = (name) => JSON.parse(page().dataset[name] || "{}");
  const here = () => root.location.pathname + root.location.search;

  // ---- links -------------------------------------------------------------------------------------------------------

  /* A link in a drawing has no properties origin, pathname, …: its address is read from its attribute. */
  function isOurs(link, to, event) {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    return plain && to.origin === root.location.origin && !link.hasAttribute("target") && !link.dataset.plain &&
      !link.hasAttribute("download") && !/^\/(wall|api|assets|complaint)(\/|$)/.test(to.pathname);
  }

  function go(href) {
    const before = new URL(root.location.href);
    const after = new URL(href, root.location.href);
    root.history.pushState({}, "", after.pathname + after.search);
    if (before.pathname !== after.pathname) root.scrollTo(0, 0);
    state.wanted = whatToFocus(before, after);
    root.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  /* A new page: its heading. An explanation that opens: its heading. One that closes: the number it explained. */
  function whatToFocus(before, after) {
    if (before.pathname !== after.pathname) return "h1";
    const explained = before.searchParams.get("explain");
    if (after.searchParams.get("explain")) return "#explain-title";
    return explained ? `[data-num="${CSS.escape(explained)}"] a, a[data-num="${CSS.escape(explained)}"]` : null;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest ? event.target.closest(".cm-page a[href]") : null;
    for (const menu of document.querySelectorAll(".cm-menu[open]")) {
      if (link || !menu.contains(event.target)) menu.open = false;
    }
    if (!link) return;
    const to = new URL(link.getAttribute("href"), root.location.href);
    if (to.hash && to.pathname === root.location.pathname || !isOurs(link, to, event)) return;
    event.preventDefault();
    go(to.href);
  });

  /* A menu opens to the left of its button's right edge; near the left edge of the window to the right instead. */
  document.addEventListener("toggle", (event) => {
    const list = event.target.open && event.target.matches(".cm-menu") && event.target.querySelector(".cm-menu__list");
    if (list) event.target.classList.toggle("cm-menu--start", list.getBoundingClientRect().right - list.offsetWidth < 0);
  }, true);

  /* Two days of the period's menu, in either order, as an address says them. */
  document.addEventListener("submit", (event) => {
    const form = event.target.closest(".cm-menu__days");
    if (!form) return;
    event.preventDefault();
    const days = [form.elements.from.value, form.elements.until.value].sort();
    const to = new URL(root.location.href);
    to.searchParams.set("period", days.map((day) => day.split("-").reverse().join("-")).join(".."));
    to.searchParams.delete("page");
    form.closest(".cm-menu").open = false;
    go(to.href);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector(".cm-menu[open]");
    const close = document.querySelector(".cm-drawer__close");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (close) {
      go(close.href);
    }
  });

  // ---- what a newly drawn page needs -------------------------------------------------------------------------------

  function settle() {
    const drawn = page();
    if (!drawn) return;
    document.title = drawn.dataset.title || document.title;
    document.documentElement.lang = drawn.lang || document.documentElement.lang;
    for (const form of drawn.querySelectorAll(".cm-menu:not([open]) .cm-menu__days")) form.reset(); // to the days that are shown
    const wanted = state.wanted && drawn.dataset.href === here() && document.querySelector(state.wanted);
    if (wanted) {
      state.wanted = null;
      wanted.focus({ preventScroll: root.innerWidth > 1180 || wanted.tagName === "H1" });
    }
    tick();
  }

  // ---- clocks and ages ---------------------------------------------------------------------------------------------

  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  function tick() {
    const drawn = page();
    if (!drawn || !state.beat) return;
    const units = told("units");
    const nowMs = state.clock.now(steady());
    for (const age of drawn.querySelectorAll("[data-age-ms]")) {
      write(age, root.cmFormat.age((nowMs - Number(age.dataset.ageMs)) / 1000, units));
    }
    write(drawn.querySelector("[data-clock=time]"), root.cmFormat.clock(nowMs, drawn.dataset.zone, true));
    write(drawn.querySelector("[data-clock=day]"), root.cmFormat.day(nowMs, drawn.dataset.zone));
    showLink(drawn);
  }

  // ---- the link to server and engine -------------------------------------------------------------------------------

  const contact = () => root.cmAge.contact(root.cmAge.contactS(state.beat, state.heardMs, steady()));
  const isLost = () => contact() === "lost";

  function showLink(drawn) {
    const html = document.documentElement;
    const before = html.dataset.link;
    const now = contact();
    const words = told("words");
    const asOfMs = state.beat.engine.last_at_ms;
    write(drawn.querySelector("[data-lost-at]"), root.cmFormat.clock(asOfMs, drawn.dataset.zone, true));
    const calm = state.beat.engine.phase === "loading" ? words.loading : words.live;
    write(drawn.querySelector(".cm-fresh__state"), { lost: words.lost, delayed: words.delayed }[now] || (state.paused ? words.paused : calm));
    write(drawn.querySelector(".cm-pause"), state.paused ? words.resume : words.pause);
    if (before === now) return;
    html.dataset.link = now;
    if (now === "lost") say(words.lost);
    if (before === "lost" && now === "live") {
      say(words.back);
      state.touched = true;
    }
  }

  function say(text) {
    write(document.getElementById("page-said"), text);
  }

  function hear(message) {
    const before = state.beat;
    state.beat = message;
    state.heardMs = steady();
    state.clock.heard(message.now_ms, state.heardMs);
    if (before && before.build !== message.build) root.location.reload();
    const newestS = root.cmAge.newestS(message.sources, message.now_ms);
    const shown = document.querySelector("[data-newest]");
    if (shown && newestS !== null) shown.dataset.ageMs = String(message.now_ms - newestS * 1000);
    if (isTouched(before, message)) state.touched = true;
    refresh();
  }

  /* Values of this page's area changed, or a message was missed, or the engine began or ended loading, or a source
     became late or came back. */
  function isTouched(before, message) {
    const areas = message.touched.areas;
    const area = page() ? page().dataset.area : "";
    if (page() && (page().dataset.behind || "") !== message.behind) return true;
    if (!before) return !page() || page().dataset.version !== String(message.version);
    if (before.engine.phase !== message.engine.phase) return true;
    return before.version !== message.previous || areas === null || areas.includes(area);
  }

  function listen() {
    const open = () => root.cmLive.follow({ url: "/live", kinds: ["pulse"], onMessage: (_, message) => hear(message) });
    let stream = open();
    // Browsers allow six streams to one server: a page that nobody sees gives its own back.
    document.addEventListener("visibilitychange", () => {
      stream.close();
      if (document.visibilityState === "visible") stream = open();
    });
  }

  // ---- refresh -----------------------------------------------------------------------------------------------------

  /* Nothing moves under somebody who is pointing at it: an open menu, marked text, a row that has the keyboard. */
  function isInUse() {
    const focused = document.activeElement;
    const inTable = focused && focused.matches(":focus-visible") && focused.closest(".cm-table, .cm-tiles");
    return Boolean(document.querySelector(".cm-main .cm-menu[open]") || inTable || String(root.getSelection()));
  }

  function isDue() {
    const waitedMs = steady() - state.refreshedMs;
    return waitedMs >= (state.touched ? Math.max(REFRESH_GAP_MS, Math.min(3 * state.tookMs, REST_MOST_MS)) : REFRESH_LEAST_MS);
  }

  async function refresh() {
    if (!page() || !state.beat || state.busy || state.paused || document.hidden) return;
    if (isLost() || isInUse() || !isDue()) return;
    state.busy = true;
    state.touched = false;
    state.refreshedMs = steady();
    const asked = here();
    try {
      const query = new URLSearchParams({ path: root.location.pathname, search: root.location.search });
      const answer = await root.fetch(`/api/view?${query}`);
      if (answer.ok) {
        const markup = await answer.text();
        if (asked === here() && !isInUse()) root.dash_clientside.set_props("page", { markup });
      }
    } catch {
      state.touched = true; // the server is away; the stream's watchdog says so
    } finally {
      state.tookMs = steady() - state.refreshedMs;
      state.busy = false;
    }
  }

  // ---- pause -------------------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    if (!event.target.closest || !event.target.closest(".cm-pause")) return;
    state.paused = !state.paused;
    state.touched = true;
    tick();
    refresh();
  });

  // ---- start -------------------------------------------------------------------------------------------------------

  function start() {
    if (document.documentElement.dataset.theme !== "desk") return;
    state.clock = root.cmAge.serverClock();
    state.refreshedMs = steady();
    // An update may change nothing but attributes of what was there before.
    const seen = { childList: true, subtree: true, attributes: true, attributeFilter: ["data-href", "data-title", "lang"] };
    new MutationObserver(settle).observe(document.body, seen);
    root.setInterval(tick, 500);
    root.setInterval(refresh, 100);
    listen();
  }

  // Dash loads files by name, this one before those that it uses.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})(window);
