"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const age = require("../../assets/js/age.js");
const { cases } = require("../unit/dashboard/freshness_cases.json");

for (const [now, late, silent, expected] of cases) {
  test(`freshness at ${now}, late from ${late}, silent from ${silent} is ${expected}`, () => {
    assert.equal(age.freshness(now, late, silent), expected);
  });
}

test("age is never negative and null without an event", () => {
  assert.equal(age.ageS(1000, 5000), 4);
  assert.equal(age.ageS(9000, 5000), 0);
  assert.equal(age.ageS(null, 5000), null);
});

test("newest data is that of the youngest source", () => {
  const sources = [{ last_event_at_ms: 1000 }, { last_event_at_ms: null }, { last_event_at_ms: 4000 }];
  assert.equal(age.newestS(sources, 5000), 1);
  assert.equal(age.newestS([{ last_event_at_ms: null }], 5000), null);
});

test("server clock believes the message that travelled fastest", () => {
  const clock = age.serverClock();
  assert.equal(clock.now(0), null);
  clock.heard(10_000, 500); // slow: 500 ms on the way, say
  clock.heard(11_400, 1400); // fast
  clock.heard(12_000, 2500); // slow again
  assert.equal(clock.now(3000), 13_000);
  clock.forget();
  assert.equal(clock.now(3000), null);
});

test("contact age goes on in the browser when no message comes", () => {
  const beat = { engine: { age_s: 0.4 } };
  assert.equal(age.contactS(beat, 1000, 1000), 0.4);
  assert.equal(age.contactS(beat, 1000, 9600), 9);
});

test("clock and date are those of the state, whatever the browser's zone", () => {
  const at = Date.UTC(2026, 10, 20, 20, 5, 9);
  assert.equal(age.clock(at, "Asia/Kolkata"), "01:35");
  assert.equal(age.clock(at, "Asia/Kolkata", true), "01:35:09");
  assert.equal(age.date(at, "Asia/Kolkata", "Mon Tue Wed Thu Fri Sat Sun"), "Sat 21-11-2026");
  assert.equal(age.clock(Date.UTC(2026, 10, 20, 18, 30, 0), "Asia/Kolkata"), "00:00");
});

test("an answer is delayed after three seconds and lost after eight", () => {
  assert.deepEqual([0, 3, 3.1, 8, 8.1].map(age.contact), ["live", "live", "delayed", "delayed", "lost"]);
});

test("a night goes over midnight, or not", () => {
  const at = (clock) => Date.parse(`2026-11-20T${clock}:00+05:30`);
  const night = [22 * 60, 6 * 60];
  const dimmed = ["21:59", "22:00", "23:59", "00:00", "05:59", "06:00"].map((clock) => age.isWithin(night, at(clock), "Asia/Kolkata"));
  assert.deepEqual(dimmed, [false, true, true, true, true, false]);
  assert.equal(age.isWithin([60, 120], at("01:30"), "Asia/Kolkata"), true);
  assert.equal(age.isWithin([60, 120], at("02:00"), "Asia/Kolkata"), false);
  assert.equal(age.isWithin(null, at("01:30"), "Asia/Kolkata"), false);
});
