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
from functools import partial
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection

from perihelion.ledger.promises import OpenPlan
from perihelion.ledger.store import Ledger
from perihelion.networks.base import Context, Dedupe, DedupeMethod
from perihelion.networks.local import adapter as local
from perihelion.publish import decisions, planner, promiser
from perihelion.service import wiring

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

PROMISE_POINTS = ("in-promise", "after-promise")
"""The same for a batch of accounts that are planned together."""


def shorten_pauses() -> None:
    """Make all pauses of ours short, and a line's way to the file as long as SLOW_LINES.

    BATCH_SIZE is how many accounts are planned together, PROMPT_PROMISE how many seconds late a
    promise may be until it is looked up first, and REQUEST_DEADLINE how many a request may take.
    With FORGETFUL_LINES, the local network takes a post twice, and has to be asked for it first.
    Nothing else of the program is changed.
    """
    decisions.BACKOFF_BASE = timedelta(milliseconds=100)
    promiser.BATCH_SIZE = int(os.environ.get("BATCH_SIZE", promiser.BATCH_SIZE))
    if prompt := os.environ.get("PROMPT_PROMISE"):
        planner.PROMPT_PROMISE = timedelta(seconds=float(prompt))
    if deadline := float(os.environ.get("REQUEST_DEADLINE", "0")):
        short = partial(Context, timeout=(deadline, deadline), deadline=deadline)
        vars(wiring)["Context"] = short  # from which every adapter is made
    if os.environ.get("FORGETFUL_LINES"):
        local.Local.dedupe = Dedupe(DedupeMethod.LOOKUP)
        local._TokenIndex.read_new_lines = lambda *_: None  # type: ignore[method-assign]  # in a forked child only
    pause, append = float(os.environ.get("SLOW_LINES", "0")), local._append_line

    def append_slowly(file: FileIO, line: bytes) -> None:
        time.sleep(pause / 2)
        append(file, line)
        time.sleep(pause / 2)

    local._append_line = append_slowly


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """Send `strike` to this very process when it is at `point` for the `nth` time."""

    name: str
    nth: int = 1
    signal_number: int = signal.SIGKILL

    def install_hook(self) -> None:
        """Lay the trap."""
        assert self.name in _HOOKS
        countdown = itertools.count(1)

        def kill_on_nth_call() -> None:
            if next(countdown) == self.nth:
                os.kill(os.getpid(), self.signal_number)

        _HOOKS[self.name](kill_on_nth_call)


def _hook_exchange(*, before: bool, settles: bool) -> Callable[[Callable[[], None]], None]:
    def install_hook(reached: Callable[[], None]) -> None:
        real = Ledger.exchange

        def hooked_exchange(self: Ledger, results: Any, prepared: Any, **instants: Any) -> Any:  # noqa: ANN401 - as the real one
            wanted = bool(results if settles else prepared)
            if before and wanted:
                reached()
            outcome = real(self, results, prepared, **instants)
            if not before and wanted and (settles or outcome.claims):
                reached()
            return outcome

        Ledger.exchange = hooked_exchange  # type: ignore[method-assign, assignment]  # in a forked child only

    return install_hook


def _hook_after(module: Any, name: str) -> Callable[[Callable[[], None]], None]:  # noqa: ANN401 - any module or class
    def install_hook(reached: Callable[[], None]) -> None:
        real = getattr(module, name)

        def call_and_report(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as the real one
            result = real(*arguments, **named)
            reached()
            return result

        setattr(module, name, call_and_report)

    return install_hook


def _hook_exchange_write(*, settles: bool) -> Callable[[Callable[[], None]], None]:
    """When everything of an exchange is written, and its commit is still to come."""

    def install_hook(reached: Callable[[], None]) -> None:
        real = Ledger._execute_exchange

        def hooked_execute(self: Ledger, connection: Any, writes: Any, *work: Any) -> Any:  # noqa: ANN401 - as the real one
            outcome = real(self, connection, writes, *work)
            if work[0] if settles else outcome.claims:
                reached()
            return outcome

        Ledger._execute_exchange = hooked_execute  # type: ignore[method-assign, assignment]  # in a forked child only

    return install_hook


def _hook_answer(reached: Callable[[], None]) -> None:
    """When the first byte of an answer to a POST is there, or the line is in the local file."""
    real = HTTPConnection.getresponse

    def hooked_getresponse(self: Any) -> Any:  # noqa: ANN401 - as the real one
        if self._method == "POST":
            select.select([self.sock], [], [], 20)
            reached()
        return real(self)

    HTTPConnection.getresponse = hooked_getresponse  # type: ignore[method-assign]  # in a forked child only
    _hook_after(local, "_append_line")(reached)


_HOOKS: dict[str, Callable[[Callable[[], None]], None]] = {
    "in-promise": _hook_after(OpenPlan, "promise"),
    "after-promise": _hook_after(promiser.Promiser, "_promise_batch"),
    "before-claim": _hook_exchange(before=True, settles=False),
    "in-claim": _hook_exchange_write(settles=False),
    "after-claim": _hook_exchange(before=False, settles=False),
    "acted": _hook_answer,
    "before-settle": _hook_exchange(before=True, settles=True),
    "in-settle": _hook_exchange_write(settles=True),
    "after-settle": _hook_exchange(before=False, settles=True),
}
