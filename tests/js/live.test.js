"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { follow } = require("../../assets/js/live.js");

/** A browser of which time and network are in the test's hands. */
function world() {
  const state = { now: 0, sources: [], timeouts: new Map(), intervals: new Map(), next: 1 };
  class EventSource {
    constructor(url) {
      Object.assign(this, { url, listeners: {}, isClosed: false });
      state.sources.push(this);
    }
    addEventListener(kind, listener) {
      this.listeners[kind] = listener;
    }
    close() {
      this.isClosed = true;
    }
    say(kind, message) {
      this.listeners[kind]({ data: JSON.stringify(message) });
    }
  }
  const env = {
    EventSource,
    setTimeout: (run, ms) => (state.timeouts.set(state.next, { run, at: state.now + ms }), state.next++),
    clearTimeout: (id) => state.timeouts.delete(id),
    setInterval: (run, ms) => (state.intervals.set(state.next, { run, ms }), state.next++),
    clearInterval: (id) => state.intervals.delete(id),
    steady: () => state.now,
    random: () => 0.5,
  };
  const pass = (ms) => {
    for (let step = 0; step < ms; step += 100) {
      state.now += 100;
      for (const [id, timer] of [...state.timeouts]) {
        if (timer.at <= state.now) {
          state.timeouts.delete(id);
          timer.run();
        }
      }
      for (const timer of state.intervals.values()) if (state.now % timer.ms === 0) timer.run();
    }
  };
  return { state, env, pass, last: () => state.sources[state.sources.length - 1] };
}

function watched() {
  const seen = { messages: [], opened: 0 };
  const all = world();
  const stream = follow({
    url: "/live",
    kinds: ["beat"],
    onMessage: (kind, message) => seen.messages.push([kind, message]),
    onOpen: () => (seen.opened += 1),
    env: all.env,
  });
  return { ...all, seen, stream };
}

test("messages arrive parsed", () => {
  const { last, seen, stream } = watched();
  last().onopen();
  last().say("beat", { now_ms: 1 });
  assert.deepEqual(seen.messages, [["beat", { now_ms: 1 }]]);
  assert.equal(stream.state, "open");
});

test("a refused connection is tried again, for ever", () => {
  const { state, last, pass, stream } = watched();
  for (let tries = 1; tries < 100; tries += 1) {
    last().onerror();
    assert.equal(stream.state, "connecting");
    pass(2000);
    assert.equal(state.sources.length, tries + 1);
  }
});

test("a server that holds the line and says nothing is left after five seconds", () => {
  const { state, last, pass } = watched();
  last().onopen();
  last().say("beat", {});
  pass(4000);
  assert.equal(state.sources.length, 1);
  pass(4000);
  assert.equal(state.sources.length, 2);
  assert.equal(state.sources[0].isClosed, true);
});

test("messages of a line that was left are not heard", () => {
  const { state, last, pass, seen } = watched();
  last().onerror();
  pass(2000);
  state.sources[0].say("beat", {});
  assert.equal(seen.messages.length, 0);
  last().say("beat", {});
  assert.equal(seen.messages.length, 1);
});

test("errors that come together make one retry", () => {
  const { state, last, pass } = watched();
  const first = last();
  first.onerror();
  first.onerror();
  pass(3000);
  assert.equal(state.sources.length, 2);
});

test("closing ends everything", () => {
  const { state, last, pass, stream } = watched();
  last().onerror();
  stream.close();
  pass(10_000);
  assert.equal(state.sources.length, 1);
  assert.equal(state.timeouts.size + state.intervals.size, 0);
});
