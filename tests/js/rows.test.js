/* The list of all indicators as rows: what is filtered, ordered, grouped and written out. */
"use strict";
const test = require("node:test");
const assert = require("node:assert");
globalThis.cmFormat = undefined;
require("../../assets/js/format.js");
const { rows, filtered, counts, shown, valueText, coverageText, targetText } = require("../../assets/js/rows.js");

const names = {
  code: ["a_open", "b_share", "c_none", "d_water"],
  name: ["Files pending", "Files in time", "=SUM(A1)", "Water hours"],
  echo: ["ഫയലുകൾ", "സമയത്ത്", "x", "ജലം"],
  department: [0, 1, 1, 0],
  departments: [{ code: "rev", name: "Revenue", short: "Revenue" }, { code: "lsg", name: "Local Self Government", short: "LSG" }],
  about: [0, 0, 1, 1],
  abouts: ["Files", "Readings"],
  unit: [0, 1, 0, 0],
  units: ["", "%"],
  decimals: [0, 1, 0, 1],
  direction: ["lower", "higher", "lower", "higher"],
  source: [0, 1, 0, 1],
  sources: [["edistrict"], ["edistrict", "kwa"]],
};
const values = {
  value: [1234567, 87.26, null, 4.5],
  band: [2, 3, 0, 0],
  state: [0, 0, 1, 0],
  target: [null, 95, null, null],
  change: [-5, 1.25, null, null],
  fresh: [0, 0, 0, 1],
  freshness: [{ state: "live", at_ms: null, newest_ms: 1795347530000 }, { state: "late", at_ms: 1795347530000, newest_ms: 1795347530000 }],
  reporting: [10, 3, null, 1],
  expected: [13, 3, null, 2],
  assets: [false, false, false, true],
  order: [1, 0, 3, 2],
};
const words = {
  no_data: "no data", no_data_since: "no data since {at}", error: "error", small_base: "Small base", band_red: "Red", band_amber: "Amber",
  band_late: "Late", band_normal: "Normal", band_none: "No colour", coverage_offices: "{count} of {of} offices", coverage_assets: "{count} of {of} assets",
};
const all = rows(names, values);
const codes = (some) => some.map((row) => row.code || row.heading);

test("words fit name, other language, code, service and department, in any order", () => {
  for (const q of ["files", "FILES pending", "pending files", "ഫയലുകൾ", "a_op", "revenue pend"]) {
    assert.ok(codes(filtered(all, { q })).includes("a_open"), q);
  }
  assert.deepEqual(codes(filtered(all, { q: "files nothing" })), []);
});

test("department and colour narrow; late is a colour of its own", () => {
  assert.deepEqual(codes(filtered(all, { department: "lsg" })), ["b_share", "c_none"]);
  assert.deepEqual(codes(filtered(all, { band: "late" })), ["d_water"]);
  assert.deepEqual(counts(all), { red: 1, amber: 1, late: 1, normal: 0, none: 1 });
});

test("attention is the server's order, names are in the language's", () => {
  assert.deepEqual(codes(shown(all, { order: "" }, "en")), ["b_share", "a_open", "d_water", "c_none"]);
  assert.deepEqual(codes(shown(all, { order: "name" }, "en")), ["c_none", "b_share", "a_open", "d_water"]);
});

test("groups keep the order inside and say how many of which colour", () => {
  const grouped = shown(all, { group: "department" }, "en");
  assert.deepEqual(codes(grouped), ["Local Self Government", "b_share", "c_none", "Revenue", "a_open", "d_water"]);
  assert.deepEqual(grouped[0].counts, { red: 1, amber: 0, late: 0, normal: 0, none: 1 });
});

test("what cannot exist at a place is not among its rows", () => {
  const some = rows(names, { ...values, state: [0, 2, 1, 0] });
  assert.deepEqual(codes(some), ["a_open", "c_none", "d_water"]);
  assert.equal(some[2].value, 4.5);
});

test("numbers, none, silence and zero look different", () => {
  const text = (change) => valueText({ ...all[0], ...change }, words, "Asia/Kolkata", 1795347530000 + 3600000);
  assert.equal(text({}), "12,34,567");
  assert.equal(text({ value: 0 }), "0");
  assert.equal(text({ value: null, state: 1 }), "no data");
  assert.equal(text({ value: null, state: 3 }), "error");
  assert.equal(text({ value: null, fresh: { state: "silent", at_ms: 1795347530000 } }), "no data since 17:08");
  assert.equal(targetText(all[1]), "95.0");
  assert.equal(coverageText(all[3], words), "1 of 2 assets");
});

test("a source narrows, and so does what is late or has no data", () => {
  assert.deepEqual(codes(filtered(all, { source: "kwa" })), ["b_share", "d_water"]);
  assert.deepEqual(codes(filtered(all, { source: "edistrict", q: "hours" })), ["d_water"]);
  assert.deepEqual(codes(filtered(all, { source: "none" })), []);
  assert.deepEqual(codes(filtered(all, { band: "stale" })), ["c_none", "d_water"]);
});

test("rows stand by what became worse most, by value and by distance from the target; what has none stands last", () => {
  assert.deepEqual(codes(shown(all, { order: "change" }, "en")), ["b_share", "a_open", "d_water", "c_none"]);
  assert.deepEqual(codes(shown(all, { order: "value" }, "en")), ["a_open", "b_share", "d_water", "c_none"]);
  assert.equal(codes(shown(all, { order: "target" }, "en"))[0], "b_share");
});
