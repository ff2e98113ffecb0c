"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
require("../../assets/js/mark.js");
require("../../assets/js/age.js");
require("../../assets/js/format.js");
require("../../assets/js/draw.js");
const { sparkPath, stepPath } = require("../../assets/js/picture.js");
const wall = require("../../assets/js/wall.js");

const WORDS = {
  s: "s", min: "min", h: "h", d: "d", live: "Live · newest data {age} old", live_nothing: "Live · no data yet",
  loading: "Loading history · {share} %", lost: "CONNECTION LOST", lost_as_of: "figures are as of {clock}",
  chip_late: "{age} late", chip_silent: "no data for {age}", no_data: "no data",
  weekdays: "Mon Tue Wed Thu Fri Sat Sun",
};
const NOW = Date.UTC(2026, 10, 20, 11, 12, 0);
const FRAME = {
  words: WORDS,
  zone: "Asia/Kolkata",
  sources: [{ name: "ksmart", title: "K-SMART", last_event_at_ms: NOW - 12_000, late_at_ms: NOW + 48_000, silent_at_ms: NOW + 3_588_000 }],
};

test("sparkline goes through all points and breaks where there was no value", () => {
  assert.equal(sparkPath([0, 100]), "M0 100 L100 0");
  assert.equal(sparkPath([0, null, 50, 100]), "M0 100 M66.7 50 L100 0");
  assert.equal(sparkPath([null, null]), "");
});

test("a sum that grows is drawn in steps", () => {
  assert.equal(stepPath([0, 50, 100]), "M0 100 H50 V50 H100 V0");
  assert.equal(stepPath([0]), "M0 100");
});

test("foot says which scene comes next and when, that one stays, or nothing", () => {
  const words = { next: "next: {scene} · {seconds} s", pinned: "pinned" };
  const frame = { words, place: 1, scenes: [["Now"], ["Districts"]], is_pinned: false, until_ms: NOW + 9_400 };
  assert.deepEqual(wall.nextTexts(frame, NOW), ["next: Now · 10 s", ""]);
  assert.equal(wall.nextTexts(frame, NOW + 5_000)[0], "next: Now · \u20075 s", "as wide as with two digits");
  assert.equal(wall.nextTexts(frame, NOW + 60_000)[0], "next: Now · \u20070 s");
  assert.deepEqual(wall.nextTexts({ ...frame, is_pinned: true, until_ms: null }, NOW), ["pinned"]);
  assert.deepEqual(wall.nextTexts({ ...frame, until_ms: null }, NOW), [""]);
});

test("red events that wait for each other are all told within the time of one scene", () => {
  const next = wall.eventLine();
  const events = ["a", "b", "c"].map((id) => ({ id, red: true }));
  const told = new Set();
  for (let second = 0; second < 20; second += 1) told.add(next(events, second * 1000).id);
  assert.deepEqual([...told].sort(), ["a", "b", "c"]);
});

test("header says how old the newest data are", () => {
  const said = wall.contactText(FRAME, { name: "live", progress: 1 }, NOW, null);
  assert.deepEqual(said, {
    mark: "normal", first: "", second: "Live · newest data 12 s old", date: "Fri 20-11-2026", clock: "16:42",
  });
});

test("header says that an answer is awaited before it calls the connection lost", () => {
  const words = { ...WORDS, delayed: "DELAYED", delayed_for: "no answer for {age}" };
  const said = wall.contactText({ ...FRAME, words }, { name: "live", progress: 1 }, NOW, null, 4.2);
  assert.deepEqual([said.mark, said.first, said.second], ["stale", "DELAYED", "no answer for 4 s"]);
});

test("header says when the connection is lost and as of when figures are, while the clock runs on", () => {
  const said = wall.contactText(FRAME, { name: "live", progress: 1 }, NOW + 120_000, { atMs: NOW - 2000 });
  assert.equal(said.first, "CONNECTION LOST");
  assert.equal(said.second, "figures are as of 16:41:58");
  assert.equal(said.clock, "16:44");
});

test("header never says live while history is loading", () => {
  const said = wall.contactText(FRAME, { name: "loading", progress: 0.437 }, NOW, null);
  assert.equal(said.second, "Loading history · 43 %");
  assert.equal(said.mark, "stale");
});

test("chips turn late, then silent, by themselves", () => {
  const kwa = { name: "kwa", title: "KWA", last_event_at_ms: NOW, late_at_ms: NOW + 600_000, silent_at_ms: NOW + 3_600_000 };
  assert.deepEqual(wall.chip(kwa, WORDS, NOW + 60_000), { name: "kwa", title: "KWA", freshness: "live", text: "1 min" });
  assert.equal(wall.chip(kwa, WORDS, NOW + 26 * 60_000).text, "26 min late");
  assert.equal(wall.chip(kwa, WORDS, NOW + 5 * 3_600_000).text, "no data for 5 h");
  assert.equal(wall.chip({ ...kwa, last_event_at_ms: null }, WORDS, NOW).text, "no data");
});

test("events stand ten seconds, red ones twenty, new ones first, and come round again", () => {
  const next = wall.eventLine();
  const events = [{ id: "a", red: false }, { id: "b", red: false }];
  assert.equal(next(events, 0).id, "a");
  assert.equal(next(events, 9_999).id, "a");
  assert.equal(next(events, 10_000).id, "b");
  assert.equal(next(events, 20_000).id, "a");
  const more = [{ id: "d", red: false }, { id: "c", red: true }, ...events];
  assert.equal(next(more, 30_000).id, "c");
  assert.equal(next(more, 49_999).id, "c");
  assert.equal(next(more, 50_000).id, "d");
  assert.equal(next([], 60_000), null);
});
