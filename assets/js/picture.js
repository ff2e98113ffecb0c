/* The picture on the wall: panels of the scene "State now", made once for a stage; assets/js/wall.js feeds them.
   Cross-fades, marquees and blinking do not exist here. */
(function (root) {
  "use strict";

  const { element, mark, say, set, fitter, list } = root.cmDraw;

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

  root.cmPicture = Object.freeze({ picture, sparkPath });
  if (typeof module !== "undefined") module.exports = root.cmPicture;
})(globalThis);
