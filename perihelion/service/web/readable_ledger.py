"""The ledger as public pages use it: read only, and done without where there is none."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from perihelion.model.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from perihelion.ledger.store import Ledger

Answer = TypeVar("Answer")

RETRY_AFTER = timedelta(seconds=30)
"""No page waits for a database that did not answer so recently."""


class ReadableLedger:
    """The ledger that `open_ledger` opens, when it is first asked for. Nothing is written.

    `now` is the machine's clock.
    """

    def __init__(self, open_ledger: Callable[[], Ledger], now: Callable[[], datetime]) -> None:
        self._open_ledger, self._now = open_ledger, now
        self._opened: Ledger | None = None
        self._retry_at: datetime | None = None
        self._lock = Lock()  # a process answers with several threads, and has one ledger

    def read(self, query: Callable[[Ledger], Answer]) -> Answer | None:
        """What `query` finds; None if there is no ledger that can be read."""
        with self._lock:
            if self._retry_at and self._now() < self._retry_at:
                return None
            try:
                self._opened = self._opened or self._open_ledger()
                if self._opened.get_version_or_none() is None:
                    return None
                self._opened.require_current_version()
                return query(self._opened)
            except LedgerError:
                self._retry_at = self._now() + RETRY_AFTER
                return None
