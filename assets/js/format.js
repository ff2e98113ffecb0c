/* Numbers, ages and clocks as text: the browser's twin of dashboard/format.py.
   Both are held to tests/unit/dashboard/format_cases.json. `words` are the unit words of the page's language,
   as language.unit_words gives them. null and undefined become "–" (not applicable), never 0. */
(function (root) {
  "use strict";

  const NOT_APPLICABLE = "–";
  const LAKH = 1e5;
  const CRORE = 1e7;

  const isMissing = (value) => value === null || value === undefined;

  function grouped(value, decimals) {
    const fixed = value.toFixed(decimals);
    const sign = fixed.startsWith("-") && Number(fixed) !== 0 ? "\u2212" : "";
    const [whole, fraction] = fixed.replace("-", "").split(".");
    const head = whole.slice(0, -3);
    const tail = whole.slice(-3);
    const pairs = head.replace(/\B(?=(\d\d)+$)/g, ",");
    return sign + (pairs ? pairs + "," : "") + tail + (fraction ? "." + fraction : "");
  }

  function decimalsForThreeDigits(value) {
    const size = Math.abs(value);
    return size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  }

  function significant(value) {
    const decimals = decimalsForThreeDigits(value);
    const text = grouped(value, decimals);
    return decimals ? text.replace(/0$/, "").replace(/\.$/, "") : text;
  }

  const rounds = (value, decimals) => Math.abs(Number(value.toFixed(decimals)));
  const isInCrores = (value) => rounds(value / LAKH, decimalsForThreeDigits(value / LAKH)) >= CRORE / LAKH;

  /** Whole number in Indian grouping: 1,62,480. */
  function integer(value) {
    return isMissing(value) ? NOT_APPLICABLE : grouped(value, 0);
  }

  /** Number in Indian grouping with fixed decimals; exact zero is "0". */
  function number(value, decimals) {
    if (isMissing(value)) return NOT_APPLICABLE;
    return value === 0 ? "0" : grouped(value, decimals);
  }

  /** Large number in lakh or crore, two to three significant digits. */
  function short(value, words) {
    if (isMissing(value)) return NOT_APPLICABLE;
    if (rounds(value, 0) < LAKH) return grouped(value, 0);
    const crores = isInCrores(value);
    return significant(value / (crores ? CRORE : LAKH)) + " " + (crores ? words.crore : words.lakh);
  }

  /** Amount in rupees from paise: ₹500, ₹12.3 Cr. */
  function money(paise, words) {
    if (isMissing(paise)) return NOT_APPLICABLE;
    const rupees = paise / 100;
    const sign = rupees < 0 ? "\u2212" : "";
    if (rounds(rupees, 0) < LAKH) return sign + "₹" + grouped(Math.abs(rupees), 0);
    const crores = isInCrores(rupees);
    const figure = significant(Math.abs(rupees) / (crores ? CRORE : LAKH));
    return sign + "₹" + figure + " " + (crores ? words.crore_money : words.lakh);
  }

  /** Share in per cent without its sign: one decimal under 99.95. */
  function percentFigure(value) {
    return isMissing(value) ? NOT_APPLICABLE : number(value, Math.abs(value) >= 99.95 ? 0 : 1);
  }

  /** Share with its sign: "91.8 %". */
  function percent(value) {
    return isMissing(value) ? NOT_APPLICABLE : percentFigure(value) + " %";
  }

  /** Direction and unsigned size of a difference; null where there is nothing to compare with. */
  function change(delta, decimals) {
    if (isMissing(delta)) return null;
    const size = rounds(Math.abs(delta), decimals || 0);
    if (size === 0) return { direction: "same", text: "0" };
    return { direction: delta > 0 ? "up" : "down", text: number(size, decimals || 0) };
  }

  /** Age in s, min, h (under two days) or d. */
  function age(ageSeconds, words) {
    if (isMissing(ageSeconds)) return NOT_APPLICABLE;
    const whole = Math.max(0, Math.floor(ageSeconds));
    if (whole < 60) return whole + " " + words.s;
    if (whole < 3600) return Math.floor(whole / 60) + " " + words.min;
    if (whole < 172800) return Math.floor(whole / 3600) + " " + words.h;
    return grouped(Math.floor(whole / 86400), 0) + " " + words.d;
  }

  function parts(at, zone) {
    const options = {
      timeZone: zone, hourCycle: "h23", numberingSystem: "latn", year: "numeric", month: "2-digit",
      day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    };
    const found = {};
    for (const part of new Intl.DateTimeFormat("en-GB", options).formatToParts(new Date(at))) {
      found[part.type] = part.value;
    }
    return found;
  }

  /** Time of day in the state's zone, 24 h. `at` is an ISO instant or milliseconds. */
  function clock(at, zone, seconds) {
    if (isMissing(at)) return NOT_APPLICABLE;
    const part = parts(at, zone);
    return part.hour + ":" + part.minute + (seconds ? ":" + part.second : "");
  }

  /** Time of day of an instant of today, else its day: 16:42, 19-11 of the same year, 19-11-2025. */
  function clockOrDay(at, now, zone) {
    if (isMissing(at)) return NOT_APPLICABLE;
    const then = parts(at, zone), today = parts(now, zone);
    if (then.year !== today.year) return day(at, zone);
    return then.day === today.day && then.month === today.month ? clock(at, zone) : then.day + "-" + then.month;
  }

  /** Calendar day of an instant in the state's zone as DD-MM-YYYY. */
  function day(at, zone) {
    if (isMissing(at)) return NOT_APPLICABLE;
    const part = parts(at, zone);
    return part.day + "-" + part.month + "-" + part.year;
  }

  root.cmFormat = Object.freeze({
    NOT_APPLICABLE, integer, number, short, money, percent, percentFigure, change, age, clock, clockOrDay, day,
  });
})(globalThis);
