/* The video wall: draws frames of the scene "State now" into the stage and lets clock and ages tick.
   Everything is made once; afterwards texts and marks are changed in place, and only when they differ.
   Cross-fades, marquees and blinking do not exist here. */
(function (root) {
  "use strict";

  const TICK_MS = 1000;
  const EVENT_MS = 10000;
  const RED_EVENT_MS = 20000;
  const SHIFT_MS = 600000;
  const SHIFT_UNITS = [[0, 0], [4, 0], [8, 4], [8, 8], [4, 8], [0, 4]];
  const RELOAD_AT = "03:30";
  const NEAR_WORD_END = 4;
  /** Texts are measured again after the fonts have come, whenever the browser says that was. */
  const REFIT_TICKS = [2, 5, 10];

  const { create: makeMark, draw: drawMark } = root.cmMark;

  // making and changing elements

  function element(parent, tag, className, attributes) {
    const made = root.document.createElement(tag);
    if (className) made.className = className;
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    if (parent) parent.appendChild(made);
    return made;
  }

  function mark(parent, className) {
    const svg = makeMark(root.document, className);
    parent.appendChild(svg);
    return (name) => drawMark(svg, name);
  }

  function say(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  function set(node, name, value) {
    if (node.dataset[name] !== value) node.dataset[name] = value;
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

    function choose(node, texts) {
      for (const isTight of [false, true]) {
        node.classList.toggle("cm-tight", isTight);
        for (const text of texts) {
          say(node, text);
          if (hasRoom(node)) return;
        }
      }
      cut(node, texts.filter((text) => text).pop() || "");
    }

    /** The longest beginning that has room, at a word's end where one is near. */
    function cut(node, text) {
      const letters = [...segmenter.segment(text)].map((part) => part.segment);
      let [least, most] = [0, letters.length];
      while (least < most) {
        const middle = Math.ceil((least + most) / 2);
        say(node, letters.slice(0, middle).join("") + "…");
        if (hasRoom(node)) least = middle;
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

  /** A name in the working language, and its echo in the other where there is room for it. */
  function bilingual(node, fit) {
    const first = element(node, "span", "cm-w1");
    const second = element(node, "span", "cm-w2");
    return (name, echoLang) => {
      if (second.lang !== echoLang) second.lang = echoLang;
      fit(first, [name.text]);
      fit(second, [name.echo, ""]);
    };
  }

  // panels

  function panel(parent, className, fit) {
    const section = element(parent, "section", "cm-wpanel " + className);
    const heading = element(section, "h2", "cm-wpanel__head");
    const names = bilingual(heading, fit);
    const right = element(heading, "span", "cm-wpanel__right");
    return {
      section,
      update(name, echoLang, caption) {
        names(name, echoLang);
        section.setAttribute("aria-label", name.text);
        if (caption) fit(right, caption);
      },
    };
  }

  function sparkline(parent) {
    const box = element(parent, "div", "cm-wspark", { "aria-hidden": "true" });
    box.innerHTML =
      '<svg viewBox="0 0 100 100" preserveAspectRatio="none">' +
      '<line class="cm-wspark__target" x1="0" x2="100"/><path class="cm-wspark__line"/></svg><i></i>';
    const [target, line] = box.firstChild.children;
    const dot = box.lastChild;
    return (spark, tone) => {
      box.style.visibility = spark ? "" : "hidden";
      if (!spark) return;
      const path = sparkPath(spark.points);
      if (line.getAttribute("d") !== path) line.setAttribute("d", path);
      target.style.display = spark.target === null ? "none" : "";
      if (spark.target !== null) {
        for (const end of ["y1", "y2"]) target.setAttribute(end, String(100 - spark.target));
      }
      const last = spark.points[spark.points.length - 1];
      dot.style.display = last === null ? "none" : "";
      dot.style.top = 100 - last + "%";
      set(dot, "tone", tone);
    };
  }

  /** Path through the points, broken where there was no value. */
  function sparkPath(points) {
    let isDown = false;
    const steps = [];
    points.forEach((height, index) => {
      if (height === null) {
        isDown = false;
        return;
      }
      const x = Math.round((1000 * index) / Math.max(1, points.length - 1)) / 10;
      steps.push((isDown ? "L" : "M") + x + " " + Math.round(10 * (100 - height)) / 10);
      isDown = true;
    });
    return steps.join(" ");
  }

  function numberBox(fit) {
    return (parent) => {
      const node = element(parent, "div", "cm-wnum");
      const label = bilingual(element(node, "div", "cm-wnum__label"), fit);
      const row = element(node, "div", "cm-wnum__value");
      const drawn = mark(row);
      const value = element(row, "b");
      const unit = element(row, "i");
      const spark = sparkline(node);
      const note = element(node, "div", "cm-wnum__note");
      const arrow = mark(note);
      const change = element(note, "b");
      const rest = element(note, "span");
      return {
        node,
        update(number, echoLang) {
          set(node, "num", number.code);
          set(node, "freshness", number.freshness);
          label(number.label, number.echoLang);
          drawn(number.mark);
          say(unit, number.unit);
          fit(value, number.value);
          spark(number.spark, number.mark);
          arrow(number.arrow);
          say(change, number.change);
          fit(rest, number.note);
        },
      };
    };
  }

  function tileBox(fit) {
    return (parent) => {
      const node = element(parent, "div", "cm-wtile");
      const drawn = mark(node);
      const name = element(node, "div", "cm-wtile__name");
      const first = element(name, "span", "cm-w1");
      const second = element(name, "span", "cm-w2");
      const value = element(node, "b");
      return {
        node,
        update(tile) {
          set(node, "area", tile.code);
          set(node, "mark", tile.mark);
          drawn(tile.mark);
          say(value, tile.value);
          node.style.gridArea = tile.grid;
          if (second.lang !== tile.echoLang) second.lang = tile.echoLang;
          fit(first, [tile.name.text]);
          fit(second, [tile.name.echo, ""]);
        },
      };
    };
  }

  function attentionRow(fit) {
    return (parent) => {
      const node = element(parent, "div", "cm-watt");
      const drawn = mark(element(node, "div", "cm-watt__mark"));
      const about = element(node, "div", "cm-watt__what");
      const what = element(about, "b");
      const where = element(about, "span");
      const holder = element(node, "div", "cm-watt__who");
      const who = element(holder, "b");
      const detail = element(holder, "span");
      const right = element(node, "div", "cm-watt__num");
      const top = element(right, "div");
      const value = element(top, "b");
      const unit = element(top, "i");
      const below = element(right, "span");
      const arrow = mark(below);
      const change = element(below, "span");
      return {
        node,
        update(row) {
          set(node, "id", row.id);
          set(node, "mark", row.mark);
          set(node, "freshness", row.freshness);
          set(node, "fresh", row.is_new ? "yes" : "no");
          drawn(row.mark);
          say(value, row.value);
          say(unit, row.unit);
          arrow(row.as_of ? "stale" : row.arrow);
          say(change, row.as_of || row.change);
          fit(what, row.what);
          fit(where, row.where);
          fit(who, row.who);
          fit(detail, row.detail);
        },
      };
    };
  }

  function departmentRow(fit) {
    return (parent) => {
      const node = element(parent, "div", "cm-wdep");
      const name = element(node, "span", "cm-wdep__name");
      const red = element(node, "b");
      const amber = element(node, "i");
      const bar = element(node, "div", "cm-wdep__bar");
      const parts = [element(bar, "i"), element(bar, "i")];
      return {
        node,
        update(row) {
          set(node, "rest", row.is_rest ? "yes" : "no");
          set(node, "red", row.red === "0" ? "no" : "yes");
          fit(name, row.name);
          say(red, row.red);
          say(amber, row.amber);
          [row.red_pct, row.amber_pct].forEach((share, index) => {
            if (parts[index].style.width !== share + "%") parts[index].style.width = share + "%";
          });
        },
      };
    };
  }

  // the whole picture

  function header(canvas, fit) {
    const node = element(canvas, "header", "cm-whead");
    const title = element(node, "h1", "cm-whead__title");
    const echo = element(node, "span", "cm-whead__echo");
    const contact = element(node, "span", "cm-whead__contact");
    const drawn = mark(contact);
    const first = element(contact, "b");
    const second = element(contact, "span");
    const date = element(node, "span", "cm-whead__date");
    const clock = element(node, "span", "cm-whead__clock");
    const hours = element(clock, "b");
    const zone = element(clock, "i");
    return {
      frame(frame) {
        if (echo.lang !== frame.echo_lang) echo.lang = frame.echo_lang;
        say(zone, frame.zone_label);
      },
      titles(frame) {
        fit(title, frame.title, true);
        fit(echo, frame.title_echo, true);
      },
      tick(state) {
        drawn(state.mark);
        say(first, state.first);
        say(second, state.second);
        say(date, state.date);
        say(hours, state.clock);
      },
    };
  }

  function footer(canvas, fit) {
    const node = element(canvas, "footer", "cm-wfoot");
    const line = element(node, "div", "cm-wfoot__line");
    const at = element(line, "b");
    const event = element(line, "span", "cm-wfoot__event");
    const scene = element(line, "span", "cm-wfoot__scene");
    const sceneName = element(scene, "span");
    const dots = list(scene, (parent) => {
      const dot = element(parent, "i");
      return { node: dot, update: (isOn) => set(dot, "on", isOn ? "yes" : "no") };
    });
    const bottom = element(node, "div", "cm-wfoot__bottom");
    const chips = element(bottom, "div", "cm-wfoot__chips");
    const sources = list(chips, (parent) => {
      const chip = element(parent, "span", "cm-wchip");
      const drawn = mark(chip);
      const title = element(chip, "b");
      const age = element(chip, "span");
      return {
        node: chip,
        update(source) {
          set(chip, "source", source.name);
          set(chip, "freshness", source.freshness);
          drawn(source.freshness === "live" ? "" : "stale");
          say(title, source.title);
          say(age, source.text);
        },
      };
    });
    const more = element(chips, "span", "cm-wchip cm-wchip--more");
    const legend = element(bottom, "span", "cm-wfoot__legend");

    /** Hide current sources from the end until the rest has room, and say how many there are. */
    function makeRoom() {
      more.hidden = true;
      const box = chips.getBoundingClientRect();
      const isOut = (chip) => {
        const at = chip.getBoundingClientRect();
        return at.width > 0 && (at.right > box.right + 1 || at.bottom > box.bottom + 1);
      };
      const shown = [...chips.children].filter((chip) => chip !== more && !chip.hidden);
      const spare = shown.filter((chip) => chip.dataset.freshness === "live");
      let hidden = 0;
      while (spare.length && [...shown, more].some((chip) => !chip.hidden && isOut(chip))) {
        spare.pop().hidden = true;
        hidden += 1;
        more.hidden = false;
        say(more, "+" + hidden);
      }
      chips.appendChild(more);
    }
    return {
      frame(frame) {
        say(sceneName, frame.scenes[frame.place]);
        dots(frame.scenes.map((_, index) => index === frame.place));
      },
      event(shown) {
        line.dataset.red = shown && shown.red ? "yes" : "no";
        say(at, shown ? shown.clock : "");
        fit(event, shown ? shown.text : [""]);
      },
      sources(chipped, legendTexts) {
        sources(chipped);
        makeRoom();
        fit(legend, legendTexts, true);
      },
    };
  }

  function districtPanel(parent, fit) {
    const box = panel(parent, "cm-wdistricts", fit);
    const grid = element(box.section, "div", "cm-wtiles");
    const tiles = list(grid, tileBox(fit));
    const key = element(box.section, "div", "cm-wkey");
    const entries = list(key, (into) => {
      const node = element(into, "span");
      const drawn = mark(node);
      const text = element(node, "span");
      return {
        node,
        update(entry) {
          drawn(entry.mark);
          say(text, entry.text);
        },
      };
    });
    return (districts, echoLang) => {
      box.update(districts.heading, echoLang);
      set(grid, "form", districts.columns ? "map" : "list");
      set(grid, "lines", String(districts.lines));
      const rows = String(districts.rows);
      if (grid.style.getPropertyValue("--cm-rows") !== rows) grid.style.setProperty("--cm-rows", rows);
      tiles(
        districts.tiles.map((tile) => ({
          ...tile,
          echoLang,
          grid: districts.columns ? `${tile.row + 1} / ${tile.column + 1} / auto / span ${tile.span}` : "",
        })),
      );
      entries(districts.key);
    };
  }

  function attentionPanel(parent, fit) {
    const box = panel(parent, "cm-wattention", fit);
    const rows = element(box.section, "div", "cm-watts");
    const drawRows = list(rows, attentionRow(fit));
    const calm = element(box.section, "p", "cm-wcalm");
    const foot = element(box.section, "div", "cm-wcleared");
    const drawn = mark(foot);
    const cleared = element(foot, "b");
    const last = element(foot, "span", "cm-wcleared__last");
    const rest = element(foot, "span", "cm-wcleared__rest");
    return (attention, echoLang, capacity) => {
      box.update(attention.heading, echoLang, attention.caption);
      if (rows.style.getPropertyValue("--cm-rows") !== capacity) rows.style.setProperty("--cm-rows", capacity);
      drawRows(attention.rows);
      say(calm, attention.calm);
      calm.hidden = !attention.calm;
      drawn(attention.cleared ? "cleared" : "");
      say(cleared, attention.cleared);
      say(rest, attention.rest);
      fit(last, attention.cleared_last);
    };
  }

  function departmentPanel(parent, fit) {
    const box = panel(parent, "cm-wdepartments", fit);
    const top = element(box.section, "div", "cm-wdeps__top");
    const caption = element(top, "span");
    mark(top)("red");
    mark(top)("amber");
    const rows = list(element(box.section, "div", "cm-wdeps"), departmentRow(fit));
    const all = element(box.section, "div", "cm-wall-all");
    const bar = element(all, "div", "cm-wall-all__bar");
    const parts = ["red", "amber", "stale", "normal"].map((tone) => element(bar, "i", "", { "data-tone": tone }));
    const line = element(all, "p");
    const normal = element(line, "span");
    const normalCount = element(normal, "b");
    const normalWord = element(normal, "span");
    const stale = element(line, "span");
    mark(stale)("stale");
    const staleCount = element(stale, "b");
    const staleWord = element(stale, "span");
    return (departments, echoLang) => {
      box.section.hidden = !departments;
      if (!departments) return;
      box.update(departments.heading, echoLang);
      say(caption, departments.caption);
      rows(departments.rows);
      for (const part of parts) {
        const count = String(departments[part.dataset.tone]);
        if (part.style.flexGrow !== count) part.style.flexGrow = count;
        part.hidden = count === "0";
      }
      say(normalCount, departments.normal_text[0]);
      say(normalWord, departments.normal_text[1]);
      say(staleCount, departments.stale_text[0]);
      say(staleWord, departments.stale_text[1]);
    };
  }

  /** All panels inside a stage; returns what changes them. */
  function picture(stage) {
    const { fit, again } = fitter();
    const canvas = element(stage, "div", "cm-wall__canvas", { hidden: "" });
    const head = header(canvas, fit);
    const numbersNode = element(canvas, "div", "cm-wnums");
    const numbers = list(numbersNode, numberBox(fit));
    const districts = districtPanel(canvas, fit);
    const attention = attentionPanel(canvas, fit);
    const departments = departmentPanel(canvas, fit);
    const foot = footer(canvas, fit);
    element(stage, "div", "cm-wall__frame");
    return {
      canvas,
      head,
      foot,
      again,
      frame(frame) {
        canvas.hidden = false;
        stage.firstElementChild.hidden = true;
        head.frame(frame);
        numbersNode.style.setProperty("--cm-columns", String(frame.numbers.length));
        numbers(frame.numbers.map((number) => ({ ...number, echoLang: frame.echo_lang })));
        districts(frame.districts, frame.echo_lang);
        attention(frame.attention, frame.echo_lang, String(frame.capacity));
        departments(frame.departments, frame.echo_lang);
        foot.frame(frame);
      },
    };
  }

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  /** What the header says of the connection. */
  function contactText(frame, phase, nowMs, lost) {
    const { words } = frame;
    const clock = { date: root.cmAge.date(nowMs, frame.zone, words.weekdays), clock: root.cmAge.clock(nowMs, frame.zone) };
    if (lost) {
      const as_of = lost.atMs === null ? "" : root.cmAge.clock(lost.atMs, frame.zone, true);
      const second = as_of && filled(words.lost_as_of, { clock: as_of });
      return { ...clock, mark: "stale", first: words.lost, second };
    }
    if (phase.name !== "live") {
      const share = Math.floor(100 * phase.progress);
      return { ...clock, mark: "stale", first: "", second: filled(words.loading, { share }) };
    }
    const newest = root.cmAge.newestS(frame.sources, nowMs);
    const age = newest === null ? null : root.cmFormat.age(newest, words);
    return { ...clock, mark: "normal", first: "", second: age === null ? words.live_nothing : filled(words.live, { age }) };
  }

  /** A source's chip at an instant. */
  function chip(source, words, nowMs) {
    const age = root.cmAge.ageS(source.last_event_at_ms, nowMs);
    const state = root.cmAge.freshness(age, source.expected_interval_s);
    const text = age === null ? words.no_data : root.cmFormat.age(age, words);
    const template = { live: "{age}", late: words.chip_late, silent: age === null ? "{age}" : words.chip_silent }[state];
    return { name: source.name, title: source.title, freshness: state, text: filled(template, { age: text }) };
  }

  /** Which event stands at the bottom: the newest unseen, else the next of those there are. */
  function eventLine() {
    const seen = new Set();
    let shown = null;
    let untilMs = 0;
    return (events, steadyMs) => {
      if (shown && steadyMs < untilMs && events.some((event) => event.id === shown.id)) return shown;
      if (!events.length) return (shown = null);
      const place = shown ? events.findIndex((event) => event.id === shown.id) : -1;
      const unseen = events.find((event) => event.red && !seen.has(event.id)) || events.find((event) => !seen.has(event.id));
      shown = unseen || events[(place + 1) % events.length];
      seen.add(shown.id);
      if (seen.size > 200) seen.delete(seen.values().next().value);
      untilMs = steadyMs + (shown.red ? RED_EVENT_MS : EVENT_MS);
      return shown;
    };
  }

  // running

  function run(stage) {
    const steady = () => root.performance.now();
    const clock = root.cmAge.serverClock();
    const drawn = picture(stage);
    const nextEvent = eventLine();
    const startedMs = steady();
    let frame = null;
    let beat = null;
    let beatMs = 0;
    let hasFrame = false;
    let isLost = false;
    let build = null;
    let ticks = 0;

    function tick() {
      if (!frame || !beat) return;
      ticks += 1;
      if (REFIT_TICKS.includes(ticks) || ticks % 60 === 0) drawn.again();
      const nowMs = clock.now(steady());
      const isSilent = root.cmAge.contactS(beat, beatMs, steady()) > root.cmAge.LOST_AFTER_S;
      // The violet frame goes only after one complete refresh on a living connection.
      isLost = isSilent || (isLost && !hasFrame);
      set(drawn.canvas, "connection", isLost ? "lost" : "live");
      const lost = isLost ? { atMs: beat.engine.last_at_ms } : null;
      const phase = { name: beat.engine.phase, progress: beat.engine.progress };
      drawn.head.tick(contactText(frame, phase, nowMs, lost));
      drawn.head.titles(frame);
      drawn.foot.sources(frame.sources.map((source) => chip(source, frame.words, nowMs)), frame.legend);
      if (!isLost) drawn.foot.event(nextEvent(frame.events, steady()));
      care(nowMs);
    }

    /** Against burnt-in pictures: shift the canvas a little, and start afresh every night. */
    function care(nowMs) {
      const [x, y] = SHIFT_UNITS[Math.floor(nowMs / SHIFT_MS) % SHIFT_UNITS.length];
      const shift = `translate(calc(${x} * var(--u)), calc(${y} * var(--u)))`;
      if (drawn.canvas.style.transform !== shift) drawn.canvas.style.transform = shift;
      const isOld = steady() - startedMs > 3600000;
      if (isOld && !isLost && root.cmAge.clock(nowMs, frame.zone) === RELOAD_AT) root.location.reload();
    }

    const stream = root.cmLive.follow({
      url: stage.dataset.stream,
      kinds: ["beat", "frame"],
      onMessage(kind, message) {
        if (kind === "beat") {
          if (build !== null && message.build !== build) root.location.reload();
          build = message.build;
          beat = message;
          beatMs = steady();
          clock.heard(message.now_ms, beatMs);
        } else {
          frame = message;
          hasFrame = true;
          drawn.frame(frame);
        }
        tick();
      },
      onOpen() {
        clock.forget();
        hasFrame = false;
      },
    });

    const timer = root.setInterval(tick, TICK_MS);
    const refit = () => drawn.again();
    root.addEventListener("resize", refit);
    root.document.fonts.ready.then(refit);
    root.document.fonts.addEventListener("loadingdone", refit);
    return () => {
      stream.close();
      root.clearInterval(timer);
      root.removeEventListener("resize", refit);
      root.document.fonts.removeEventListener("loadingdone", refit);
    };
  }

  /** Run wherever a stage appears, end when it goes; Dash puts it there and takes it away. */
  function attend() {
    let stage = null;
    let end = null;
    const look = () => {
      const found = root.document.getElementById("wall-stage");
      if (found === stage) return;
      if (end) end();
      stage = found;
      end = stage ? run(stage) : null;
    };
    new root.MutationObserver(look).observe(root.document.body, { childList: true, subtree: true });
    look();
  }

  root.cmWall = Object.freeze({ sparkPath, contactText, chip, eventLine });
  if (typeof module !== "undefined") module.exports = root.cmWall;
  else if (root.document.body) attend();
  else root.document.addEventListener("DOMContentLoaded", attend);
})(globalThis);
