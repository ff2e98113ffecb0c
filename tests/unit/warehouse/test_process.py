"""No number of a person is in the log, neither in a message nor in the traceback below it."""

from __future__ import annotations

import logging
import sys

from fastapi import FastAPI

from dashboard.serve import make_server
from warehouse.process import Discreet


def test_messages_and_tracebacks_are_masked() -> None:
    try:
        int("9999 4105 7058")
    except ValueError:
        about = sys.exc_info()
    record = logging.LogRecord("a", logging.ERROR, __file__, 1, "%s is refused", ("9847012345.csv",), about)
    line = Discreet("%(levelname)s %(message)s").format(record)
    assert line.startswith("ERROR [mobile].csv is refused\n")
    assert line.endswith("ValueError: invalid literal for int() with base 10: '[aadhaar]'")
    assert "4105" not in line


def test_text_that_somebody_sent_makes_no_line_of_its_own() -> None:
    forged = "x\r\n2026-11-24 WARNING operator CS: wall \x1b[2J\u2028\u202e"
    about = (ValueError, ValueError(forged), None)
    record = logging.LogRecord("a", logging.ERROR, __file__, 1, "refused: %s", (forged,), about)
    first, *others = Discreet("%(levelname)s %(message)s").format(record).split("\n")
    assert first == r"ERROR refused: x\r\n2026-11-24 WARNING operator CS: wall \x1b[2J\u2028\u202e"
    assert len(others) == 2, "the line feed within the exception's text is kept"
    assert others[0].startswith("ValueError: x")
    assert others[1].startswith("  2026-11-24 WARNING")
    assert not any(sign in line for line in others for sign in "\r\x1b\u2028\u202e")


def test_what_the_web_server_says_passes_the_same_masks() -> None:
    make_server(FastAPI(), "127.0.0.1", 0)
    loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")]
    assert not [handler for one in loggers for handler in one.handlers], "a handler of its own writes without masks"
    record = logging.getLogger("uvicorn.error").makeRecord(
        "uvicorn.error", logging.ERROR, __file__, 1, "bad request /search?q=%s", ("9847012345",), None
    )
    assert Discreet("%(message)s").format(record) == "bad request /search?q=[mobile]"
