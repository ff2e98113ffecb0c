/* The list of all indicators as rows: from columns, filtered, ordered, grouped. Pure functions.

   dashboard/exports/indicators.py narrows and orders the same list for a file: what changes here changes there.

   Columns come from dashboard/views/indicator_list.py; numbers become text by cmFormat, words come with the page. */
(function (root) {
  "use strict";

  const BANDS = ["none", "normal", "amber", "red"];
  const NO_DATA = 1;
  const NOT_APPLICABLE = 2;
  const ERROR = 3;
  const SMALL_BASE = 4;

  const plain = (text) => text.normalize("NFC").toLowerCase();

  /** Rows of two answers of the server: what never changes, and what is true now. What cannot exist there is not among
   *  them (a measure of dams in a district without one). */
  function rows(names, values) {
    const departments = names.departments;
    const existing = names.code.map((code, at) => [code, at]).filter(([, at]) => values.state[at] !== NOT_APPLICABLE);
    return existing.map(([code, at]) => {
      const department = departments[names.department[at]] || { code: "", name: "", short: "" };
      const fresh = values.freshness[values.fresh[at]];
      const about = names.abouts[names.about[at]];
      return {
        id: code,
        code,
        at,
        name: names.name[at],
        department,
        about,
        unit: names.units[names.unit[at]],
        decimals: names.decimals[at],
        target: values.target[at],
        direction: names.direction[at],
        sources: names.sources[names.source[at]],
        search: plain([names.name[at], names.echo[at], code, about, department.name, department.short].join(" ")),
        ...present(values, at, fresh),
      };
    });
  }

  function present(values, at, fresh) {
    return {
      value: values.value[at],
      change: values.change[at],
      state: values.state[at],
      fresh,
      reporting: values.reporting[at],
      expected: values.expected[at],
      assets: values.assets[at],
      order: values.order[at],
      status: fresh.state === "live" ? BANDS[values.band[at]] : "late",
    };
  }

  /** Late, silent or without a value: what departments count as not current. */
  const isStale = (row) => row.status === "late" || row.state === NO_DATA || row.state === ERROR;

  /** Whether a row is one of those asked for; `wanted` has department, source, band and q, each "" for all. */
  function fits(row, wanted, words) {
    if (wanted.department && row.department.code !== wanted.department) return false;
    if (wanted.source && !row.sources.includes(wanted.source)) return false;
    if (wanted.band && !(wanted.band === "stale" ? isStale(row) : row.status === wanted.band)) return false;
    return words.every((word) => row.search.includes(word));
  }

  function filtered(all, wanted) {
    const words = plain(wanted.q || "").split(/\s+/).filter(Boolean);
    return all.filter((row) => fits(row, wanted, words));
  }

  /** How many rows of each status there are. */
  function counts(some) {
    const found = { red: 0, amber: 0, late: 0, normal: 0, none: 0 };
    for (const row of some) found[row.status] += 1;
    return found;
  }

  /** By how much a number became worse; what is neither good nor bad, by how much it moved. */
  function worsening(row) {
    if (row.change === null) return null;
    return row.direction === "higher" ? -row.change : row.direction === "lower" ? row.change : Math.abs(row.change);
  }

  /** How far a number is on the wrong side of its target, as part of the target. */
  function behind(row) {
    if (row.value === null || !row.target) return null;
    return ((row.direction === "higher" ? 1 : -1) * (row.target - row.value)) / Math.abs(row.target);
  }

  /** Most first; what has none stands last, in the order of attention. */
  const most = (pick) => () => (a, b) => {
    const [one, other] = [pick(a), pick(b)];
    if (one === null || other === null) return (one === null) - (other === null) || a.order - b.order;
    return other - one || a.order - b.order;
  };

  const ORDERS = {
    change: most(worsening),
    value: most((row) => row.value),
    target: most(behind),
    attention: () => (a, b) => a.order - b.order,
    name: (lang) => {
      const collator = new Intl.Collator(lang, { numeric: true });
      return (a, b) => collator.compare(a.name, b.name) || a.at - b.at;
    },
  };

  function ordered(some, order, lang) {
    return [...some].sort((ORDERS[order] || ORDERS.attention)(lang));
  }

  /** Rows under a heading for each department, in the order in which the departments first appear. */
  function grouped(some) {
    const groups = new Map();
    for (const row of some) {
      if (!groups.has(row.department.code)) groups.set(row.department.code, []);
      groups.get(row.department.code).push(row);
    }
    return [...groups].flatMap(([code, own]) => {
      const heading = { id: "department " + code, heading: own[0].department.name, of: own.length, counts: counts(own) };
      return [heading, ...own];
    });
  }

  /** What is shown for a wish: filtered, ordered and, if wanted, under headings. */
  function shown(all, wanted, lang) {
    const some = ordered(filtered(all, wanted), wanted.order, lang);
    return wanted.group ? grouped(some) : some;
  }

  function figure(value, row) {
    return row.unit === "%" ? root.cmFormat.percentFigure(value) : root.cmFormat.number(value, row.decimals);
  }

  /** The value without its unit, or why there is none. */
  function valueText(row, words, zone, now) {
    if (row.value !== null) return figure(row.value, row);
    if (row.fresh.state === "silent") {
      return row.fresh.at_ms ? words.no_data_since.replace("{at}", root.cmFormat.clockOrDay(row.fresh.at_ms, now, zone)) : words.no_data;
    }
    if (row.state === NO_DATA) return words.no_data;
    return row.state === ERROR ? words.error : root.cmFormat.NOT_APPLICABLE;
  }

  const changeOf = (row) => root.cmFormat.change(row.change, row.unit === "%" ? 1 : row.decimals);

  function targetText(row) {
    return row.target === null ? "" : figure(row.target, { ...row, decimals: Number.isInteger(row.target) ? 0 : row.decimals });
  }

  function coverageText(row, words) {
    if (row.expected === null) return "";
    const text = row.assets ? words.coverage_assets : words.coverage_offices;
    return text.replace("{count}", root.cmFormat.integer(row.reporting)).replace("{of}", root.cmFormat.integer(row.expected));
  }

  /** The word of a status; a small base is said in place of "no colour". */
  function statusText(row, words) {
    return row.state === SMALL_BASE && row.status === "none" ? words.small_base : words["band_" + row.status];
  }

  root.cmRows = Object.freeze({
    rows, filtered, counts, ordered, grouped, shown, valueText, changeOf, targetText, coverageText, statusText,
  });
  if (typeof module !== "undefined") module.exports = root.cmRows;
})(globalThis);
