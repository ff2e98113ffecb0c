/* The list of all indicators: AG Grid over the rows of rows.js, its controls, and its state in the address.

   Place and period are links of the page, as everywhere. Department, colour, words, order and grouping change what is
   shown without asking the server; they are in the address too, so that a link or the way back shows the same. */
(function (root) {
  "use strict";

  const document = root.document;
  const KEYS = ["department", "source", "band", "q", "order", "group"];
  const ORDERS = ["attention", "name", "change", "value", "target"];
  const BANDS = ["red", "amber", "late", "normal", "none"];
  /** Numbers are asked for again at the soonest after this long; rows keep their order for longer (nothing jumps). */
  const REFRESH_MS = 5000;
  const REORDER_MS = 60000;
  const PHONE_PX = 760;
  /** Widths of the columns that have room on an A4 page; the others are left out there. */
  const PRINTED_PX = { band: 92, name: 290, value: 130, target: 80, change: 108 };

  let list = null; // of the page that is up; null on other pages
  let script = null; // AG Grid, loaded once

  const wantedNow = () => {
    const query = new URLSearchParams(root.location.search);
    return Object.fromEntries(KEYS.map((key) => [key, query.get(key) || ""]));
  };

  // ---- elements ----------------------------------------------------------------------------------------------------

  const make = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const MARKS = { red: "red", amber: "amber", late: "stale", normal: "normal", none: "" };

  function mark(name) {
    const svg = root.cmMark.create(document, "cm-mark--" + name);
    root.cmMark.draw(svg, name);
    return svg;
  }

  function labelled(text, control) {
    const label = make("label", "cm-field");
    label.append(make("span", "cm-field__label", text), control);
    return label;
  }

  function select(name, options) {
    const made = make("select", "cm-select");
    made.name = name;
    for (const [value, text] of options) made.append(new Option(text, value));
    return made;
  }

  // ---- cells -------------------------------------------------------------------------------------------------------

  function band(row) {
    const cell = make("span", "cm-g-band cm-g-band--" + row.status);
    if (MARKS[row.status]) cell.append(mark(MARKS[row.status]), " ");
    cell.append(root.cmRows.statusText(row, list.words));
    return cell;
  }

  function name(row) {
    const cell = make("span", "cm-g-name");
    const link = make("a", "", row.name);
    const query = new URLSearchParams(root.location.search);
    for (const key of KEYS) query.delete(key);
    link.href = "/indicator/" + encodeURIComponent(row.code) + (String(query) ? "?" + query : "");
    link.title = row.name;
    link.tabIndex = -1;
    cell.append(link);
    if (list.isNarrow) cell.append(make("span", "cm-g-under", row.department.short + " · " + row.about));
    return cell;
  }

  function value(row) {
    const cell = make("span", "cm-g-value");
    const isNone = row.value === null;
    cell.append(make(isNone ? "span" : "b", isNone ? "cm-num--none" : "", root.cmRows.valueText(row, list.words, list.zone, Date.now())));
    if (!isNone && row.unit) cell.append(" ", make("span", "cm-num__unit", row.unit));
    if (row.status === "late" && !isNone) cell.classList.add("cm-num--late");
    if (list.isNarrow) cell.append(make("span", "cm-g-under"));
    if (list.isNarrow) cell.lastChild.append(band(row));
    return cell;
  }

  function change(row) {
    const moved = root.cmRows.changeOf(row);
    if (!moved) return make("span", "cm-num--none", root.cmFormat.NOT_APPLICABLE);
    if (moved.direction === "same") return make("span", "", "0");
    const cell = make("span", "cm-change");
    const said = make("span", "cm-unseen", list.words["change_" + moved.direction]);
    cell.append(mark(moved.direction), said, " " + moved.text);
    if (row.unit === "%") cell.append(" " + list.words.points);
    return cell;
  }

  function age(row) {
    const cell = make("span", "cm-g-age cm-source--" + row.fresh.state);
    if (row.fresh.state !== "live") cell.append(mark("stale"), " ");
    const text = make("span", "cm-age", list.words.never);
    if (row.fresh.newest_ms) {
      text.dataset.ageMs = String(row.fresh.newest_ms);
      text.textContent = root.cmFormat.age((list.nowMs() - row.fresh.newest_ms) / 1000, list.units);
    }
    cell.append(text);
    return cell;
  }

  function heading(row) {
    const cell = make("div", "cm-g-heading");
    cell.append(make("b", "", row.heading), make("span", "cm-soft", list.words.group_count.replace("{count}", root.cmFormat.integer(row.of))));
    for (const status of ["red", "amber", "late"]) {
      if (!row.counts[status]) continue;
      const part = make("span", "cm-g-band");
      part.append(mark(MARKS[status]), ` ${root.cmFormat.integer(row.counts[status])} ${list.words["band_" + status].toLowerCase()}`);
      cell.append(part);
    }
    return cell;
  }

  const drawn = (draw) => (params) => (params.data && !params.data.heading ? draw(params.data) : null);

  function columns() {
    const words = list.words;
    const column = (id, width, draw, more) => ({
      colId: id, headerName: words["head_" + id], width, cellRenderer: drawn(draw),
      // The grid redraws a cell when this changes.
      valueGetter: ({ data }) => (data.heading ? "" : JSON.stringify([data.value, data.status, data.change, data.fresh, data.reporting])),
      ...more,
    });
    const texts = (id, width, text, more) => ({
      colId: id, headerName: words["head_" + id], width, valueGetter: ({ data }) => (data.heading ? "" : text(data)), ...more,
    });
    const right = { cellClass: "cm-g-right", headerClass: "cm-g-right" };
    const wide = list.lang === "en" ? 0 : 1; // the words of a change and of an age are longer
    if (list.isNarrow) {
      return [column("name", 200, name, { flex: 1, minWidth: 150 }), column("value", 136, value, right)];
    }
    return [
      column("band", 112 - wide * 12, band),
      column("name", 300, name, { flex: 2, minWidth: 220 }),
      texts("department", 132 + wide * 26, (row) => row.department.short, {
        cellClass: "cm-g-wrap", tooltipValueGetter: ({ data }) => data.department && data.department.name,
      }),
      texts("about", 150, (row) => row.about, { flex: 1, minWidth: 120, cellClass: "cm-g-wrap" }),
      column("value", 142 - wide * 20, value, right),
      texts("target", 84, root.cmRows.targetText, right),
      column("change", 108 + wide * 28, change, right),
      column("age", 92 + wide * 26, age, right),
      texts("coverage", 146, (row) => root.cmRows.coverageText(row, words), { cellClass: "cm-g-wrap" }),
    ];
  }

  // ---- the grid ----------------------------------------------------------------------------------------------------

  function load() {
    script = script || new Promise((done, failed) => {
      const wanted = make("script");
      wanted.src = "/api/indicators/grid.js";
      wanted.onload = done;
      wanted.onerror = failed;
      document.head.append(wanted);
    });
    return script;
  }

  const height = () => (list.isNarrow ? 92 : list.lang === "en" ? 40 : 48);

  function options() {
    const style = root.getComputedStyle(document.documentElement);
    const token = (key) => style.getPropertyValue(key).trim();
    return {
      theme: root.agGrid.themeQuartz.withParams({
        accentColor: token("--link"), backgroundColor: token("--panel"), foregroundColor: token("--text"),
        borderColor: token("--line"), headerBackgroundColor: token("--panel"), headerTextColor: token("--text-2"),
        headerFontWeight: 400, oddRowBackgroundColor: token("--panel"), rowHoverColor: token("--bg"), fontFamily: "inherit",
        headerFontSize: 12, fontSize: 13, spacing: 6, wrapperBorderRadius: 4, cellHorizontalPadding: 9, headerHeight: 34,
      }),
      columnDefs: columns(),
      defaultColDef: { sortable: false, suppressMovable: true, resizable: true, suppressHeaderMenuButton: true },
      rowData: [],
      getRowId: ({ data }) => data.id,
      rowHeight: height(),
      isFullWidthRow: ({ rowNode }) => Boolean(rowNode.data.heading),
      fullWidthCellRenderer: ({ data }) => heading(data),
      suppressColumnVirtualisation: true,
      animateRows: false,
      suppressColumnMoveAnimation: true, // what is printed at once would be cut off on its way
      ensureDomOrder: true,
      enableCellTextSelection: true,
      suppressDragLeaveHidesColumns: true,
      tooltipShowDelay: 400,
      overlayNoRowsTemplate: "<span></span>",
      onCellKeyDown: ({ event, node }) => {
        const link = event.key === "Enter" && list.gridPlace.querySelector(`[row-id="${CSS.escape(node.id)}"] a`);
        if (link) link.click();
      },
    };
  }

  // ---- what is shown -----------------------------------------------------------------------------------------------

  function show() {
    const want = wantedNow();
    for (const file of list.files) file.href = `/api/indicators.${file.dataset.ending}${root.location.search}`;
    for (const key of ["department", "order", "group"]) {
      const field = list.fields[key];
      if (field.type === "checkbox") field.checked = Boolean(want[key]);
      else field.value = want[key] || (key === "order" ? "attention" : "");
    }
    if (document.activeElement !== list.fields.q || !want.q) list.fields.q.value = want.q;
    if (!list.grid || !list.rows) return;
    const shown = root.cmRows.shown(list.rows, want, list.lang);
    list.grid.setGridOption("rowData", shown);
    list.orderedMs = root.performance.now();
    list.shown = shown;
    tell(want, shown.filter((row) => !row.heading));
  }

  /** What narrows the list and has no control of its own, with what takes it away. */
  function drop(key, text) {
    list.drops[key].hidden = !text;
    list.drops[key].firstChild.textContent = text || "";
  }

  function tell(want, some) {
    const found = root.cmRows.counts(root.cmRows.filtered(list.rows, { ...want, band: "" }));
    for (const status of BANDS) {
      const chip = list.chips[status];
      chip.lastChild.textContent = root.cmFormat.integer(found[status]);
      chip.setAttribute("aria-pressed", String(want.band === status));
    }
    const words = some.length ? list.words.shown : list.words.nothing;
    list.said.textContent = words.replace("{count}", root.cmFormat.integer(some.length)).replace("{of}", root.cmFormat.integer(list.rows.length));
    list.place.dataset.shown = String(some.length);
    drop("source", want.source && list.words.source.replace("{source}", list.names.source_titles[want.source] || want.source));
    drop("band", want.band === "stale" && list.words.band_stale);
  }

  /* New numbers in the rows where they stand; the order is that of before until nobody would notice. */
  function renew() {
    const inUse = list.gridPlace.contains(document.activeElement);
    const known = new Map(list.rows.map((row) => [row.id, row]));
    const isSame = list.shown.every((row) => row.heading || known.has(row.id));
    if (!isSame || (!inUse && root.performance.now() - list.orderedMs > REORDER_MS)) return show();
    list.grid.applyTransaction({ update: list.shown.filter((row) => !row.heading).map((row) => known.get(row.id)) });
    list.shown = list.shown.map((row) => known.get(row.id) || row);
    tell(wantedNow(), list.shown.filter((row) => !row.heading));
  }

  function want(change, isTyping) {
    const query = new URLSearchParams(root.location.search);
    for (const [key, value] of Object.entries(change)) {
      if (value) query.set(key, value);
      else query.delete(key);
    }
    const href = root.location.pathname + (String(query) ? "?" + query : "");
    root.history[isTyping ? "replaceState" : "pushState"]({}, "", href);
    show();
  }

  // ---- controls ----------------------------------------------------------------------------------------------------

  function controls() {
    const words = list.words;
    const q = make("input", "cm-input");
    Object.assign(q, { type: "search", name: "q", autocomplete: "off", spellcheck: false });
    q.addEventListener("input", () => want({ q: q.value.trim() }, true));
    const department = select("department", [["", words.all_departments], ...list.names.departments.map((one) => [one.code, one.name])]);
    department.addEventListener("change", () => want({ department: department.value }));
    const order = select("order", ORDERS.map((one) => [one, words["order_" + one]]));
    order.addEventListener("change", () => want({ order: order.value === "attention" ? "" : order.value }));
    const group = make("input");
    group.type = "checkbox";
    group.addEventListener("change", () => want({ group: group.checked ? "department" : "" }));
    list.fields = { q, department, order, group };

    const grouping = make("label", "cm-check");
    grouping.append(group, " " + words.group);
    const files = make("span", "cm-list__files");
    list.files = ["csv", "xlsx", "pdf", "png"].map((ending) => {
      const file = make("a", "cm-button", words[ending]);
      file.dataset.ending = ending;
      return file;
    });
    files.append(...list.files);

    const row = make("div", "cm-list__controls");
    row.append(labelled(words.words, q), labelled(words.department, department), labelled(words.order, order), grouping, files);
    const chips = make("div", "cm-list__chips");
    chips.setAttribute("role", "group");
    chips.setAttribute("aria-label", words.colour);
    list.chips = {};
    for (const status of BANDS) {
      const chip = make("button", "cm-band-chip");
      chip.type = "button";
      chip.dataset.band = status;
      if (MARKS[status]) chip.append(mark(MARKS[status]), " ");
      chip.append(words["band_" + status] + " ", make("b"));
      chip.addEventListener("click", () => want({ band: wantedNow().band === status ? "" : status }));
      list.chips[status] = chip;
      chips.append(chip);
    }
    list.drops = {};
    for (const key of ["source", "band"]) {
      const chip = make("button", "cm-band-chip");
      chip.type = "button";
      chip.append(make("span"), make("span", "cm-unseen", ", " + words.drop), " ×");
      chip.addEventListener("click", () => want({ [key]: "" }));
      list.drops[key] = chip;
      chips.append(chip);
    }
    list.said = make("p", "cm-list__said");
    list.said.setAttribute("role", "status");
    chips.append(list.said);
    return [row, chips];
  }

  // ---- coming, changing, going -------------------------------------------------------------------------------------

  async function fetched(name, query) {
    const answer = await root.fetch(`/api/indicators/${name}?${new URLSearchParams(query)}`);
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    return answer.json();
  }

  const key = (place) => ["area", "period", "review", "lang"].map((name) => place.dataset[name]).join(" ");

  async function begin(place) {
    const page = document.querySelector(".cm-page");
    const mine = {
      place, key: key(place), words: JSON.parse(place.dataset.words), lang: place.dataset.lang, zone: page.dataset.zone,
      units: JSON.parse(page.dataset.units), isNarrow: root.innerWidth <= PHONE_PX, fields: {}, chips: {}, files: [], rows: null,
      shown: [], readMs: 0, orderedMs: 0, version: "", busy: false, grid: null, nowMs: () => Date.now(),
    };
    list = mine;
    place.textContent = mine.words.loading;
    const { area, period, review, lang } = place.dataset;
    const asked = [fetched("names", { lang }), fetched("values", { area, period, review }), load()];
    try {
      [mine.names, mine.values] = await Promise.all(asked);
    } catch {
      if (list === mine) list = null; // the server is away; the page says so and comes here again
      return;
    }
    if (list !== mine || !place.isConnected) return;
    mine.version = place.dataset.version;
    mine.readMs = root.performance.now();
    mine.rows = root.cmRows.rows(mine.names, mine.values);
    mine.gridPlace = make("div", "cm-list__grid");
    place.replaceChildren(...controls(), mine.gridPlace);
    mine.grid = root.agGrid.createGrid(mine.gridPlace, options());
    mine.grid.setGridOption("rowData", []);
    mine.gridPlace.querySelector("[role=grid], [role=treegrid]")?.setAttribute("aria-label", mine.words.title);
    show();
  }

  function end() {
    if (list && list.grid) list.grid.destroy();
    list = null;
  }

  async function again() {
    const mine = list;
    if (!mine.grid || mine.busy || mine.version === mine.place.dataset.version) return;
    if (root.performance.now() - mine.readMs < REFRESH_MS) return;
    mine.busy = true;
    mine.version = mine.place.dataset.version;
    try {
      const { area, period, review } = mine.place.dataset;
      const values = await fetched("values", { area, period, review });
      if (list !== mine) return;
      mine.rows = root.cmRows.rows(mine.names, values);
      renew();
    } catch {
      mine.version = ""; // asked again
    } finally {
      mine.readMs = root.performance.now();
      mine.busy = false;
    }
  }

  function look() {
    const place = document.getElementById("indicators");
    if (!place || (list && (list.place !== place || list.key !== key(place)))) end();
    if (place && !list) begin(place);
    else if (list) again();
  }

  /* Links to the same list at another place, in another period or language keep what was chosen here. */
  function keep(event) {
    const link = list && event.target.closest && event.target.closest("a[href]");
    if (!link || link.pathname !== root.location.pathname || link.origin !== root.location.origin) return;
    if (!link.closest(".cm-controls, .cm-languages")) return;
    const address = new URL(link.href);
    for (const [key, value] of Object.entries(wantedNow())) {
      if (value) address.searchParams.set(key, value);
      else address.searchParams.delete(key);
    }
    link.href = address.pathname + address.search;
  }

  function resize() {
    if (list && list.grid && list.isNarrow !== root.innerWidth <= PHONE_PX) end();
  }

  /* The grid's widths are those of the window: on paper they would cut the numbers off. */
  function print(isBegun) {
    if (!list || !list.grid || list.isNarrow) return;
    const state = columns().map(({ colId, width, flex }) =>
      isBegun
        ? { colId, hide: !(colId in PRINTED_PX), width: PRINTED_PX[colId] || width, flex: null }
        : { colId, hide: false, width, flex: flex || null },
    );
    list.grid.applyColumnState({ state });
  }

  function start() {
    if (document.documentElement.dataset.theme !== "desk") return;
    root.setInterval(look, 150);
    document.addEventListener("click", keep, true);
    root.addEventListener("resize", resize);
    root.addEventListener("beforeprint", () => print(true));
    root.addEventListener("afterprint", () => print(false));
    for (const moved of ["popstate", "_dashprivate_pushstate"]) root.addEventListener(moved, () => list && list.grid && show());
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})(window);
