/* The browser's formatter against the table that dashboard/format.py is held to. */
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");

require("../../assets/js/format.js");
const cases = JSON.parse(fs.readFileSync(path.join(__dirname, "../unit/dashboard/format_cases.json"), "utf8"));
const WORDS = {
  en: { s: "s", min: "min", h: "h", d: "d", lakh: "lakh", crore: "crore", crore_money: "Cr" },
  ml: { s: "സെക്കൻഡ്", min: "മിനിറ്റ്", h: "മണിക്കൂർ", d: "ദിവസം", lakh: "ലക്ഷം", crore: "കോടി", crore_money: "കോടി" },
};
const WITH_WORDS = new Set(["short", "money", "age"]);

for (const row of cases) {
  test(`${row.function}(${JSON.stringify(row.args)}) in ${row.lang || "en"}`, () => {
    const args = WITH_WORDS.has(row.function) ? [...row.args, WORDS[row.lang || "en"]] : row.args;
    const shown = globalThis.cmFormat[row.function](...args);
    assert.deepStrictEqual(shown, "change" in row ? row.change : row.text);
  });
}
