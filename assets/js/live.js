/* One stream of server-sent events per page, kept open for weeks.
   EventSource gives up for good after an answer that is not 200, and does not notice a server that is frozen: so there
   is a retry of our own and a watchdog. The page itself decides from `contactS` whether its figures are old. */
(function (root) {
  "use strict";

  const RETRY_MS = 1000;
  const RETRY_SPREAD_MS = 800;
  /** Beats come every second; after so long without any the stream is opened anew. */
  const SILENCE_MS = 5000;
  const CHECK_MS = 1000;

  /** Follow a stream.
   *  url: of the stream. kinds: names of events. onMessage(kind, message): called with parsed JSON.
   *  onOpen(): a new connection stands. env: EventSource, timers and clock, given by tests.
   *  Returns {close, state}; state is "connecting" | "open". */
  function follow({ url, kinds, onMessage, onOpen, env }) {
    const { EventSource, setTimeout, clearTimeout, setInterval, clearInterval, steady, random } = env || browser();
    let source = null;
    let retry = null;
    let heardMs = steady();
    let isOpen = false;
    let isClosed = false;

    function open() {
      retry = null;
      heardMs = steady();
      source = new EventSource(url);
      const mine = source;
      source.onopen = () => {
        if (mine !== source) return;
        isOpen = true;
        heardMs = steady();
        if (onOpen) onOpen();
      };
      source.onerror = () => mine === source && again();
      for (const kind of kinds) {
        source.addEventListener(kind, (event) => {
          if (mine !== source) return;
          heardMs = steady();
          onMessage(kind, JSON.parse(event.data));
        });
      }
    }

    function again() {
      isOpen = false;
      if (source) source.close();
      source = null;
      if (retry === null && !isClosed) retry = setTimeout(open, RETRY_MS + random() * RETRY_SPREAD_MS);
    }

    const watchdog = setInterval(() => {
      if (source && steady() - heardMs > SILENCE_MS) again();
    }, CHECK_MS);

    open();
    return {
      get state() {
        return isOpen ? "open" : "connecting";
      },
      close() {
        isClosed = true;
        clearInterval(watchdog);
        if (retry !== null) clearTimeout(retry);
        if (source) source.close();
        source = null;
      },
    };
  }

  function browser() {
    return {
      EventSource: root.EventSource,
      setTimeout: root.setTimeout.bind(root),
      clearTimeout: root.clearTimeout.bind(root),
      setInterval: root.setInterval.bind(root),
      clearInterval: root.clearInterval.bind(root),
      steady: () => root.performance.now(),
      random: Math.random,
    };
  }

  root.cmLive = Object.freeze({ follow });
  if (typeof module !== "undefined") module.exports = root.cmLive;
})(globalThis);
