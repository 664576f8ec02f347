"""A process that kills itself at an exact point of its work. Applied in a forked child only.

The points lie around the two commits and the one request that make up a delivery.
"""

from __future__ import annotations

import itertools
import os
import select
import signal
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection

from perihelion.ledger.exchange import Exchange
from perihelion.ledger.store import Ledger
from perihelion.networks.local import adapter as local
from perihelion.publish import decisions

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO

POINTS = (
    "before-claim",
    "in-claim",
    "after-claim",
    "acted",
    "before-settle",
    "in-settle",
    "after-settle",
)
"""`in-...`: all is written, nothing committed. `after-claim`: committed, and no request has left.
`acted`: the server has the post, and nobody has read its answer."""


def hurry() -> None:
    """Make all pauses of ours short, and a line's way to the file as long as SLOW_LINES.

    Nothing else of the program is changed.
    """
    decisions.BACKOFF_BASE = decisions.KEY_REPEAT_DELAY = timedelta(milliseconds=100)
    pause, append = float(os.environ.get("SLOW_LINES", "0")), local._append_line

    def append_slowly(file: FileIO, line: bytes) -> None:
        time.sleep(pause / 2)
        append(file, line)
        time.sleep(pause / 2)

    local._append_line = append_slowly


@dataclass(frozen=True, slots=True)
class Sabotage:
    """Send `strike` to this very process when it is at `point` for the `nth` time."""

    point: str
    nth: int = 1
    strike: int = signal.SIGKILL

    def prepare(self) -> None:
        """Lay the trap."""
        assert self.point in POINTS
        countdown = itertools.count(1)

        def reached() -> None:
            if next(countdown) == self.nth:
                os.kill(os.getpid(), self.strike)

        _TRAPS[self.point](reached)


def _around_exchange(*, before: bool, settles: bool) -> Callable[[Callable[[], None]], None]:
    def lay(reached: Callable[[], None]) -> None:
        real = Ledger.exchange

        def exchange(self: Ledger, results: Any, terms: Any, *rest: Any) -> Any:  # noqa: ANN401 - as the real one
            wanted = bool(results if settles else terms)
            if before and wanted:
                reached()
            refused, claimed = real(self, results, terms, *rest)
            if not before and wanted and (settles or claimed):
                reached()
            return refused, claimed

        Ledger.exchange = exchange  # type: ignore[method-assign, assignment]  # in a forked child only

    return lay


def _after(module: Any, name: str) -> Callable[[Callable[[], None]], None]:  # noqa: ANN401 - any module
    def lay(reached: Callable[[], None]) -> None:
        real = getattr(module, name)

        def wrapped(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as the real one
            result = real(*arguments, **named)
            reached()
            return result

        setattr(module, name, wrapped)

    return lay


def _in_exchange(*, settles: bool) -> Callable[[Callable[[], None]], None]:
    """When everything of an exchange is written, and its commit is still to come."""

    def lay(reached: Callable[[], None]) -> None:
        real = Exchange.write_pending

        def write(self: Exchange, connection: Any, draft: Any) -> Any:  # noqa: ANN401 - as the real one
            refused, claimed = real(self, connection, draft)
            if self.results if settles else claimed:
                reached()
            return refused, claimed

        Exchange.write_pending = write  # type: ignore[assignment,method-assign]  # forked child only

    return lay


def _answered(reached: Callable[[], None]) -> None:
    """When the first byte of an answer to a POST is there, or the line is in the local file."""
    real = HTTPConnection.getresponse

    def getresponse(self: Any) -> Any:  # noqa: ANN401 - as the real one
        if self._method == "POST":
            select.select([self.sock], [], [], 20)
            reached()
        return real(self)

    HTTPConnection.getresponse = getresponse  # type: ignore[method-assign]  # in a forked child only
    _after(local, "_append_line")(reached)


_TRAPS: dict[str, Callable[[Callable[[], None]], None]] = {
    "before-claim": _around_exchange(before=True, settles=False),
    "in-claim": _in_exchange(settles=False),
    "after-claim": _around_exchange(before=False, settles=False),
    "acted": _answered,
    "before-settle": _around_exchange(before=True, settles=True),
    "in-settle": _in_exchange(settles=True),
    "after-settle": _around_exchange(before=False, settles=True),
}
