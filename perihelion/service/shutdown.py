"""Stopping when the host asks for it, and in time even if something hangs."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import contextmanager
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


def _exit_after_timeout(
    stop_requested: SimpleQueue[None], stop_finished: SimpleQueue[None]
) -> None:
    """After a stop is requested, exit as a kill would, unless it finishes in time."""
    stop_requested.get()
    try:
        stop_finished.get(timeout=EXIT_AFTER_SECONDS)
    except Empty:
        logger.error(  # noqa: TRY400 - the queue's exception says nothing
            "exited because something hung; the next run settles what was being sent"
        )
        os._exit(1)
