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

LAST_SECONDS = 9.5
"""After so long a stop is over whatever hangs, a ledger for example: hosts give ten seconds."""


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT, whichever a host sends, and have it end in time."""
    asked: SimpleQueue[None] = SimpleQueue()  # the one thing that a handler may safely fill
    over: SimpleQueue[None] = SimpleQueue()

    def handle(_signal: int, _frame: object) -> None:
        asked.put(None)
        stop()

    kept = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    Thread(target=_end_in_time, args=(asked, over), name="stop", daemon=True).start()
    try:
        yield
    finally:
        over.put(None)
        asked.put(None)
        for number, handler in kept.items():
            signal.signal(number, handler)


def _end_in_time(asked: SimpleQueue[None], over: SimpleQueue[None]) -> None:
    """Once a stop is asked for, end the process as a kill would, unless it is over in time."""
    asked.get()
    try:
        over.get(timeout=LAST_SECONDS)
    except Empty:
        logger.error(  # noqa: TRY400 - the queue's exception says nothing
            "ended in the middle, as something hung; the next run settles what was being sent"
        )
        os._exit(1)
