"""No number of a person is in the log, neither in a message nor in the traceback below it."""

from __future__ import annotations

import logging
import sys

from run import Discreet


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
