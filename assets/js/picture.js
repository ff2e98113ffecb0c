/* The picture on the wall: header, footer and the panels of every scene, each made once for a stage and then changed in
   place; assets/js/wall.js feeds them. Cross-fades, marquees and blinking do not exist here. */
(function (root) {
  "use strict";

  const { element, mark, say, set, put, fitter, list } = root.cmDraw;

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
      const spark = sparkline(node);
      const right = element(node, "div", "cm-wtile__num");
      const value = element(right, "b");
      const below = element(right, "span");
      const arrow = mark(below);
      const change = element(below, "span");
      return {
        node,
        update(tile) {
          set(node, "area", tile.code);
          set(node, "mark", tile.mark);
          drawn(tile.mark);
          say(value, tile.value);
          set(node, "spark", tile.spark ? "yes" : "no");
          if (tile.spark) {
            spark(tile.spark, tile.mark);
            arrow(tile.arrow);
            say(change, tile.change);
          }
          if (node.style.gridArea !== tile.grid) node.style.gridArea = tile.grid;
          if (second.lang !== tile.echoLang) second.lang = tile.echoLang;
          fit(first, [tile.name.text]);
          fit(second, [tile.name.echo, ""]);
        },
      };
    };
  }

  function attentionRow(fit, wantsWhole) {
    return (parent) => {
      const node = element(parent, "div", "cm-watt");
      const drawn = mark(element(node, "div", "cm-watt__mark"));
      const about = element(node, "div", "cm-watt__what");
      const what = element(about, "b");
      const where = element(about, "span");
      const holder = element(node, "div", "cm-watt__who");
      const who = element(holder, "b");
      const detail = element(holder, "span");
      for (const text of [what, where, who]) text.mayWrap = true;
      where.wantsWhole = wantsWhole;
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
          set(node, "below", row.as_of || row.change ? "yes" : "no");
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
    const scene = element(node, "div", "cm-wfoot__scene");
    const sceneName = element(scene, "b");
    const next = element(scene, "span", "cm-wfoot__next");
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
        fit(sceneName, frame.scenes[frame.place]);
        dots(frame.scenes.map((_, index) => index === frame.place));
      },
      next(texts) {
        next.hidden = !texts[0];
        fit(next, texts, true);
      },
      event(shown, isAlarm) {
        set(line, "alarm", isAlarm ? "yes" : "no");
        line.dataset.red = shown && shown.red ? "yes" : "no";
        say(at, shown ? shown.clock : "");
        fit(event, shown ? shown.text : [""]);
      },
      sources(chipped, legendTexts) {
        set(node, "late", chipped.some((source) => source.freshness !== "live") ? "yes" : "no");
        sources(chipped);
        makeRoom();
        fit(legend, legendTexts, true);
      },
    };
  }

  function districtPanel(parent, fit, className) {
    const box = panel(parent, className, fit);
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
    const update = (districts, echoLang) => {
      box.update(districts.heading, echoLang);
      set(grid, "form", districts.columns ? "map" : "list");
      set(grid, "lines", String(districts.lines));
      const rows = String(districts.rows);
      put(grid, "--cm-rows", rows);
      put(grid, "--cm-columns", String(districts.list_columns));
      tiles(
        districts.tiles.map((tile) => ({
          ...tile,
          echoLang,
          grid: districts.columns ? `${tile.row + 1} / ${tile.column + 1} / auto / span ${tile.span}` : "",
        })),
      );
      entries(districts.key);
    };
    return { section: box.section, update };
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
    const update = (attention, echoLang, capacity) => {
      box.update(attention.heading, echoLang, attention.caption);
      put(rows, "--cm-rows", capacity);
      drawRows(attention.rows);
      say(calm, attention.calm);
      calm.hidden = !attention.calm;
      drawn(attention.cleared ? "cleared" : "");
      say(cleared, attention.cleared);
      say(rest, attention.rest);
      fit(last, attention.cleared_last);
    };
    return { section: box.section, update };
  }

  /** A list with the columns of the attention list. */
  function rankingPanel(parent, fit, className) {
    const box = panel(parent, "cm-wranking " + className, fit);
    const rows = element(box.section, "div", "cm-watts");
    const drawRows = list(rows, attentionRow(fit, true));
    const calm = element(box.section, "p", "cm-wcalm");
    const update = (ranking, echoLang) => {
      box.update(ranking.heading, echoLang, ranking.caption);
      put(rows, "--cm-rows", String(ranking.capacity));
      set(rows, "rows", ranking.capacity > 9 ? "low" : "high");
      drawRows(ranking.rows);
      say(calm, ranking.calm);
      calm.hidden = !ranking.calm;
    };
    return { section: box.section, update };
  }

  function questionRow(fit) {
    return (parent) => {
      const node = element(parent, "div", "cm-watt cm-wask");
      const number = element(node, "div", "cm-wask__number");
      const drawn = mark(element(node, "div", "cm-watt__mark"));
      const about = element(node, "div", "cm-watt__what");
      const what = element(about, "b");
      const question = element(about, "span");
      const holder = element(node, "div", "cm-watt__who");
      const to = element(holder, "span");
      const who = element(holder, "b");
      for (const text of [what, question, who]) text.mayWrap = true;
      // half a wall has two lines for what is asked, but not the width for one
      for (const text of parent.closest(".cm-wall--halved") ? [what, question, who] : [what, who]) text.wantsWhole = true;
      return {
        node,
        update(row) {
          set(node, "id", row.id);
          set(node, "mark", row.mark);
          drawn(row.mark);
          say(number, row.number);
          say(to, row.to);
          fit(what, row.what);
          fit(question, row.question);
          fit(who, row.who);
        },
      };
    };
  }

  /** What to ask in a review, and of whom. */
  function questionsPanel(parent, fit, className) {
    const box = panel(parent, "cm-wquestions " + className, fit);
    const rows = element(box.section, "div", "cm-watts");
    const drawRows = list(rows, questionRow(fit));
    const calm = element(box.section, "p", "cm-wcalm");
    const update = (content, echoLang) => {
      box.update(content.heading, echoLang, content.caption);
      put(rows, "--cm-rows", String(content.capacity));
      drawRows(content.rows.map((row) => ({ ...row, to: content.to })));
      say(calm, content.calm);
      calm.hidden = !content.calm;
    };
    return { section: box.section, update };
  }

  function departmentPanel(parent, fit, className) {
    const box = panel(parent, className, fit);
    const top = element(box.section, "div", "cm-wdeps__top");
    const caption = element(top, "span");
    for (const name of ["red", "amber", "red", "amber"]) mark(top)(name);
    const grid = element(box.section, "div", "cm-wdeps");
    const rows = list(grid, departmentRow(fit));
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
    const update = (departments, echoLang) => {
      box.update(departments.heading, echoLang);
      set(box.section, "form", departments.columns ? "columns" : "list");
      put(grid, "--cm-columns", String(departments.columns));
      put(grid, "--cm-rows", String(departments.lines));
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
    return { section: box.section, update };
  }

  function cardLine(fit) {
    return (parent) => {
      const node = element(parent, "div", "cm-wline");
      const name = element(node, "span", "cm-wline__name");
      const right = element(node, "div", "cm-wline__num");
      const drawn = mark(right);
      const value = element(right, "b");
      const unit = element(right, "i");
      const below = element(node, "div", "cm-wline__place");
      const placeMark = mark(below);
      const place = element(below, "span");
      return {
        node,
        update(line) {
          set(node, "num", line.code);
          set(node, "mark", line.mark);
          set(node, "freshness", line.freshness);
          drawn(line.mark);
          say(value, line.value[0]);
          say(unit, line.unit[0]);
          fit(name, line.name);
          placeMark(line.place_mark);
          fit(place, line.place);
        },
      };
    };
  }

  /** Cards side by side, each a panel of its own. */
  function cardsPanel(parent, fit, className) {
    const section = element(parent, "div", "cm-wcards " + className);
    const cards = list(section, (into) => {
      const box = panel(into, "cm-wcard", fit);
      const body = element(box.section, "div", "cm-wlines");
      const lines = list(body, cardLine(fit));
      return {
        node: box.section,
        update(card) {
          box.update(card.heading, card.echoLang);
          put(body, "--cm-rows", card.capacity);
          lines(card.lines);
        },
      };
    });
    const update = (content, echoLang) => {
      put(section, "--cm-columns", String(content.columns));
      put(section, "--cm-rows", String(content.rows));
      cards(content.cards.map((card) => ({ ...card, echoLang, capacity: String(content.capacity) })));
    };
    return { section, update };
  }

  /** Cases that will pass their limit, added up: a line that only rises. */
  function hoursPanel(parent, fit, className) {
    const box = panel(parent, className, fit);
    const plot = element(box.section, "div", "cm-whours", { "aria-hidden": "true" });
    plot.innerHTML =
      '<svg viewBox="0 0 100 100" preserveAspectRatio="none">' +
      '<path class="cm-whours__area"/><path class="cm-whours__line"/></svg>';
    const [area, line] = plot.firstChild.children;
    const label = (className, side) => (into) => {
      const node = element(into, "span", className);
      return {
        node,
        update(tick) {
          say(node, tick.text);
          if (node.style[side] !== tick.at + "%") node.style[side] = tick.at + "%";
        },
      };
    };
    const counts = list(plot, label("cm-whours__count", "bottom"));
    const hours = list(plot, label("cm-whours__hour", "left"));
    const update = (content, echoLang) => {
      box.update(content.heading, echoLang, content.caption);
      const path = stepPath(content.heights);
      if (line.getAttribute("d") !== path) {
        line.setAttribute("d", path);
        area.setAttribute("d", path + " L100 100 L0 100 Z");
      }
      counts(content.counts);
      hours(content.hours);
    };
    return { section: box.section, update };
  }

  /** Path of a sum that grows by steps, one per hour. */
  function stepPath(heights) {
    const last = Math.max(1, heights.length - 1);
    const points = heights.map((height, index) => [Math.round((10000 * index) / last) / 100, Math.round(10 * (100 - height)) / 10]);
    return points.map(([x, y], index) => (index ? `H${x} V${y}` : `M${x} ${y}`)).join(" ");
  }

  const PANELS = {
    tiles: districtPanel,
    ranking: rankingPanel,
    counts: departmentPanel,
    cards: cardsPanel,
    hours: hoursPanel,
    questions: questionsPanel,
  };

  /** Panels of the scenes other than "State now": made when first shown, then hidden and shown again. */
  function scenePanels(canvas, fit) {
    const made = new Map();
    return (panels, echoLang) => {
      const shown = new Set();
      for (const { slot, kind, content } of panels) {
        const key = `${slot}-${kind}`;
        if (!made.has(key)) made.set(key, PANELS[kind](canvas, fit, `cm-wslot-${slot}`));
        made.get(key).section.hidden = false;
        made.get(key).update(content, echoLang);
        shown.add(key);
      }
      for (const [key, panel] of made) if (!shown.has(key)) panel.section.hidden = true;
    };
  }

  /** All panels inside a stage; returns what changes them. */
  function picture(stage) {
    const { fit, again } = fitter();
    const canvas = element(stage, "div", "cm-wall__canvas", { hidden: "" });
    const head = header(canvas, fit);
    const strip = element(canvas, "div", "cm-wnums");
    const numbers = list(strip, numberBox(fit));
    const districts = districtPanel(canvas, fit, "cm-wdistricts");
    const attention = attentionPanel(canvas, fit);
    const departments = departmentPanel(canvas, fit, "cm-wdepartments");
    const panels = scenePanels(canvas, fit);
    const foot = footer(canvas, fit);
    element(stage, "div", "cm-wall__frame");

    /** A panel that the scene may not have. */
    function draw(panel, content, ...more) {
      panel.section.hidden = !content;
      if (content) panel.update(content, ...more);
    }
    return {
      canvas,
      head,
      foot,
      again,
      frame(frame) {
        canvas.hidden = false;
        stage.firstElementChild.hidden = true;
        set(canvas, "scene", frame.scene);
        set(canvas, "arrangement", frame.attention ? "now" : frame.numbers.length ? "strip" : "halves");
        set(canvas, "lines", frame.numbers.some((number) => number.spark) ? "yes" : "no");
        head.frame(frame);
        strip.hidden = !frame.numbers.length;
        // an even number of columns keeps off a seam in the middle
        const odd = frame.numbers.length % 2 && stage.classList.contains("cm-wall--halved") ? 1 : 0;
        put(strip, "--cm-columns", String(frame.numbers.length + odd));
        numbers(frame.numbers.map((number) => ({ ...number, echoLang: frame.echo_lang })));
        draw(districts, frame.districts, frame.echo_lang);
        draw(attention, frame.attention, frame.echo_lang, String(frame.capacity));
        draw(departments, frame.departments, frame.echo_lang);
        panels(frame.panels, frame.echo_lang);
        foot.frame(frame);
      },
    };
  }

  root.cmPicture = Object.freeze({ picture, sparkPath, stepPath });
  if (typeof module !== "undefined") module.exports = root.cmPicture;
})(globalThis);
