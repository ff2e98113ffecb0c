"""Processes that end themselves in the midst of something, many of them one after the other.

They are forked from one that has imported what they need and has opened nothing: each begins in hundredths of a second
instead of importing for a second, which is most of what it would do.
"""

from __future__ import annotations

import importlib
import multiprocessing
import signal
import sys

_MODULES = ("dropping", "ingesting", "polling", "viewing")
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload([f"tests.helpers.{module}" for module in _MODULES])


def run_helper(module: str, *words: object, timeout_s: float = 120) -> int:
    """Run `main` of a module of tests/helpers in a process of its own, as `python -m` would.

    Args:
        module: its name; one of those that are imported already.
        words: its command line.
        timeout_s: when to give up.

    Returns:
        0 if it came to its end, −9 if it was killed; anything else fails here.
    """
    assert module in _MODULES
    process = _FORKED.Process(target=_main, args=(module, [str(word) for word in words]))
    process.start()
    process.join(timeout_s)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"{module} {words} did not end within {timeout_s:.0f} s")
    assert process.exitcode in (0, -signal.SIGKILL), f"{module} {words} ended with {process.exitcode}"
    return process.exitcode


def _main(module: str, words: list[str]) -> None:
    sys.argv = [module, *words]
    importlib.import_module(f"tests.helpers.{module}").main()
