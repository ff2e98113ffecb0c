/* The video wall: takes frames from its stream, lets clock and ages tick, and says so when the connection is lost. */
(function (root) {
  "use strict";

  const TICK_MS = 1000;
  const EVENT_MS = 10000;
  const RED_EVENT_MS = 20000;
  /** No text is shorter on the wall than it takes to read. */
  const LEAST_EVENT_MS = 5000;
  const SHIFT_MS = 600000;
  const SHIFT_UNITS = [[0, 0], [4, 0], [8, 4], [8, 8], [4, 8], [0, 4]];
  const RELOAD_AT = "03:30";
  /** Texts are measured again after the fonts have come, whenever the browser says that was. */
  const REFIT_TICKS = [2, 5, 10];

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  /** What the header says of the connection. */
  function contactText(frame, phase, nowMs, lost, delayedS) {
    const { words } = frame;
    const clock = { date: root.cmAge.date(nowMs, frame.zone, words.weekdays), clock: root.cmAge.clock(nowMs, frame.zone) };
    if (lost) {
      const asOf = lost.atMs === null ? "" : root.cmAge.clock(lost.atMs, frame.zone, true);
      const second = asOf && filled(words.lost_as_of, { clock: asOf });
      return { ...clock, mark: "stale", first: words.lost, second };
    }
    if (delayedS) {
      const second = filled(words.delayed_for, { age: root.cmFormat.age(delayedS, words) });
      return { ...clock, mark: "stale", first: words.delayed, second };
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
    const state = root.cmAge.freshness(nowMs, source.late_at_ms, source.silent_at_ms);
    const text = age === null ? words.no_data : root.cmFormat.age(age, words);
    const template = { live: "{age}", late: words.chip_late, silent: age === null ? "{age}" : words.chip_silent }[state];
    return { name: source.name, title: source.title, freshness: state, text: filled(template, { age: text }) };
  }

  /** What the foot line says of the scenes to come, longest first: the next one and when, that this one stays, or nothing. */
  function nextTexts(frame, nowMs) {
    const { words } = frame;
    if (frame.is_pinned) return [words.pinned];
    if (frame.until_ms === null) return [""];
    // as wide with one digit as with two, so that nothing beside it moves
    const seconds = String(Math.max(0, Math.ceil((frame.until_ms - nowMs) / 1000))).padStart(2, "\u2007");
    const names = frame.scenes[(frame.place + 1) % frame.scenes.length];
    const short = frame.form === "small" ? names.slice(-1) : names;
    return [...short.map((scene) => filled(words.next, { scene, seconds })), ""];
  }

  /** Which event stands at the bottom: the newest unseen, else the next of those there are. Red ones that wait share
      the time of one, so that each is told soon, whichever scene is shown. */
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
      const waiting = events.filter((event) => event.red && !seen.has(event.id)).length;
      untilMs = steadyMs + (shown.red ? Math.max(LEAST_EVENT_MS, RED_EVENT_MS / (1 + waiting)) : EVENT_MS);
      return shown;
    };
  }

  // running

  function run(stage) {
    const steady = () => root.performance.now();
    const clock = root.cmAge.serverClock();
    const drawn = root.cmPicture.picture(stage);
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
      const silentS = root.cmAge.contactS(beat, beatMs, steady());
      const contact = root.cmAge.contact(silentS);
      // The violet frame goes only after one complete refresh on a living connection.
      isLost = contact === "lost" || (isLost && !hasFrame);
      root.cmDraw.set(drawn.canvas, "connection", isLost ? "lost" : contact);
      root.cmDraw.set(stage, "night", root.cmAge.isWithin(frame.night, nowMs, frame.zone) ? "yes" : "no");
      const lost = isLost ? { atMs: beat.engine.last_at_ms } : null;
      const phase = { name: beat.engine.phase, progress: beat.engine.progress };
      drawn.head.tick(contactText(frame, phase, nowMs, lost, contact === "delayed" ? silentS : 0));
      drawn.head.titles(frame);
      drawn.foot.next(nextTexts(frame, nowMs));
      drawn.foot.sources(frame.sources.map((source) => chip(source, frame.words, nowMs)), frame.legend);
      if (!isLost) drawn.foot.event(frame.alarm || nextEvent(frame.events, steady()), Boolean(frame.alarm));
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
      kinds: ["beat", "frame", "refused"],
      onMessage(kind, message) {
        // the server says in plain words what this screen may not see any more
        if (kind === "refused") root.location.reload();
        else if (kind === "beat") {
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

  root.cmWall = Object.freeze({ contactText, chip, nextTexts, eventLine });
  if (typeof module !== "undefined") module.exports = root.cmWall;
  else if (root.document.body) attend();
  else root.document.addEventListener("DOMContentLoaded", attend);
})(globalThis);
