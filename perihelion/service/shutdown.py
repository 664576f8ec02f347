"""Stopping when the host asks for it, and in time even if something hangs."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

logger = logging.getLogger(__name__)

GRACE_SECONDS = 8.0
"""How long requests under way may take after a stop."""

EXIT_AFTER_SECONDS = 9.5
"""When the process exits after a stop, whatever hangs: hosts kill it after ten seconds."""

_STEP_SECONDS = 0.5
"""The wait is counted in steps, so that a machine that stands still does not use it up."""

_PROGRESS, _END = "progress", "end"

_MISSES_UNTIL_EXIT = 2
"""Two in a row: after the whole process was suspended, the first one proves nothing."""


@contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT; exit in time if stopping hangs."""
    # A SimpleQueue is the one thing that a signal handler may safely fill.
    stop_requested: SimpleQueue[None] = SimpleQueue()
    stop_finished: SimpleQueue[None] = SimpleQueue()

    def handle_signal(_signal: int, _frame: object) -> None:
        stop_requested.put(None)
        stop()

    previous_handlers = {
        number: signal.signal(number, handle_signal) for number in (signal.SIGTERM, signal.SIGINT)
    }
    Thread(
        target=_exit_after_timeout, args=(stop_requested, stop_finished), name="stop", daemon=True
    ).start()
    try:
        yield
    finally:
        stop_finished.put(None)
        stop_requested.put(None)
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)


@contextmanager
def exit_when_stuck(seconds: float) -> Iterator[Callable[[], None]]:
    """Exit with status 1 unless the function that this yields is called every `seconds` seconds."""
    signs: SimpleQueue[str] = SimpleQueue()
    Thread(target=_exit_without_signs, args=(signs, seconds), name="stuck", daemon=True).start()
    try:
        yield lambda: signs.put(_PROGRESS)
    finally:
        signs.put(_END)


def _exit_without_signs(signs: SimpleQueue[str], seconds: float) -> None:
    """Wait for one sign after another, until one says that it is the last."""
    misses = 0
    while misses < _MISSES_UNTIL_EXIT:
        try:
            if signs.get(timeout=seconds / _MISSES_UNTIL_EXIT) == _END:
                return
            misses = 0
        except Empty:
            misses += 1
    logger.error("exited because the worker has made no progress for %g seconds", seconds)
    os._exit(1)


def _exit_after_timeout(
    stop_requested: SimpleQueue[None], stop_finished: SimpleQueue[None]
) -> None:
    """After a stop is requested, exit as a kill would, unless it finishes in time."""
    stop_requested.get()
    for _ in range(round(EXIT_AFTER_SECONDS / _STEP_SECONDS)):
        with suppress(Empty):
            stop_finished.get(timeout=_STEP_SECONDS)
            return
    logger.error("exited because something hung; the next run settles what was being sent")
    os._exit(1)
