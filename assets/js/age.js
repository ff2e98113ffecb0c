/* Ages, clocks and connection as pure functions; the rules are those of dashboard/freshness.py
   (both are held to tests/unit/dashboard/freshness_cases.json). Instants are milliseconds since 1970. */
(function (root) {
  "use strict";

  const LOST_AFTER_S = 8;
  const DELAYED_AFTER_S = 3;
  const SAMPLES = 30;

  /** "live", "late" or "silent" at an instant; null = a source that never becomes it. */
  function freshness(nowMs, lateMs, silentMs) {
    if (silentMs !== null && nowMs > silentMs) return "silent";
    return lateMs !== null && nowMs > lateMs ? "late" : "live";
  }

  /** Seconds since an instant, never negative; null when there is none. */
  function ageS(atMs, nowMs) {
    return atMs === null || atMs === undefined ? null : Math.max(0, (nowMs - atMs) / 1000);
  }

  /** Age of the newest event of all sources; null when there is none. */
  function newestS(sources, nowMs) {
    const ages = sources.map((one) => ageS(one.last_event_at_ms, nowMs)).filter((age) => age !== null);
    return ages.length ? Math.min(...ages) : null;
  }

  /** The server's clock, from instants that it sends: the sample that travelled fastest is the truest. */
  function serverClock() {
    const leads = [];
    return {
      /** An instant of the server heard when the browser's steady clock showed steadyMs. */
      heard(serverMs, steadyMs) {
        leads.push(serverMs - steadyMs);
        if (leads.length > SAMPLES) leads.shift();
      },
      /** The server's present instant; null before anything was heard. */
      now(steadyMs) {
        return leads.length ? Math.max(...leads) + steadyMs : null;
      },
      /** Forget all samples (another server may have another clock). */
      forget() {
        leads.length = 0;
      },
    };
  }

  /** Seconds since the engine last answered: its age when the beat was sent, and the time since. */
  function contactS(beat, heardSteadyMs, steadyMs) {
    return beat.engine.age_s + (steadyMs - heardSteadyMs) / 1000;
  }

  /** "live", "delayed" or "lost", by the seconds since the engine last answered. */
  function contact(silentS) {
    if (silentS > LOST_AFTER_S) return "lost";
    return silentS > DELAYED_AFTER_S ? "delayed" : "live";
  }

  const formats = new Map();

  function parts(atMs, zone) {
    if (!formats.has(zone)) {
      const options = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" };
      Object.assign(options, { weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
      formats.set(zone, new Intl.DateTimeFormat("en-GB", options));
    }
    const found = {};
    for (const part of formats.get(zone).formatToParts(atMs)) found[part.type] = part.value;
    return found;
  }

  /** 16:42, or 16:41:58 with seconds. */
  function clock(atMs, zone, withSeconds) {
    const at = parts(atMs, zone);
    return at.hour + ":" + at.minute + (withSeconds ? ":" + at.second : "");
  }

  /** Whether the time of day lies in a span of minutes, which may go over midnight. */
  function isWithin(span, atMs, zone) {
    if (!span) return false;
    const at = parts(atMs, zone);
    const minute = Number(at.hour) * 60 + Number(at.minute);
    const [begins, ends] = span;
    return begins <= ends ? begins <= minute && minute < ends : begins <= minute || minute < ends;
  }

  const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

  /** Fri 20-11-2026, with the weekday in the page's words. */
  function date(atMs, zone, weekdays) {
    const at = parts(atMs, zone);
    const day = weekdays.split(" ")[WEEKDAYS.indexOf(at.weekday)];
    return day + " " + at.day + "-" + at.month + "-" + at.year;
  }

  root.cmAge = Object.freeze({
    LOST_AFTER_S, DELAYED_AFTER_S, contact, isWithin, freshness, ageS, newestS, serverClock, contactS, clock, date,
  });
  if (typeof module !== "undefined") module.exports = root.cmAge;
})(globalThis);
