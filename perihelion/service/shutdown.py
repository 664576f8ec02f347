"""Stopping when a host says so, and in time even if something hangs."""

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
"""How long the last requests may take after a stop."""

EXIT_AFTER_SECONDS = 9.5
"""After so long a stop is over whatever hangs, a ledger for example: hosts give ten seconds."""


@contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT, whichever a host sends, and have it end in time."""
    stop_requested: SimpleQueue[None] = (
        SimpleQueue()
    )  # the one thing that a handler may safely fill
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
    """Once a stop is asked for, end the process as a kill would, unless it is over in time."""
    stop_requested.get()
    try:
        stop_finished.get(timeout=EXIT_AFTER_SECONDS)
    except Empty:
        logger.error(  # noqa: TRY400 - the queue's exception says nothing
            "ended in the middle, as something hung; the next run settles what was being sent"
        )
        os._exit(1)
