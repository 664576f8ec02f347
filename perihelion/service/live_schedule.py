"""The schedule, templates and pictures of a worker that runs, read again as they are saved.

A thread of its own reads them, so that no post waits for it; the worker takes what was read when
it likes. The files are watched, and also looked at with every tick, for file systems that report
nothing: network drives, some containers, a link in a folder above.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections import deque
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from perihelion.service.reload import Refused, Settling
from perihelion.service.source_files import list_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from perihelion.service.reload import Reloader
    from perihelion.service.wiring import App

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 1.0
"""How long the files stay as they are before they are read."""

_STEP_MILLISECONDS = 200
"""How soon a change, or an interruption, is noticed."""


@dataclass(slots=True)
class Interruption:
    """Ends a wait for changes. A signal handler may set it, as it is only a value."""

    is_wanted: bool = False

    def is_set(self) -> bool:
        """Whether the wait is to end: what `watchfiles` asks."""
        return self.is_wanted


class LiveSchedule:
    """Keeps the newest App that was read, until the worker takes it."""

    def __init__(
        self, reloader: Reloader, tick_seconds: float, settle_seconds: float = SETTLE_SECONDS
    ) -> None:
        self._reloader = reloader
        self._tick_seconds, self._settle_seconds = tick_seconds, settle_seconds
        self._found: deque[App | Refused] = deque(maxlen=1)
        self._interruption = Interruption()
        self._is_stopping = self._is_hasty = False

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to look; `wake` is called, in another thread, when there is something to take."""
        Thread(target=self._run, args=(wake,), name="reload", daemon=True).start()
        _call_on_sighup(self.look_now)

    def look_now(self) -> None:
        """Read everything again at once; safe in a signal handler."""
        self._is_hasty = self._interruption.is_wanted = True

    def stop(self) -> None:
        """Begin no other look."""
        self._is_stopping = self._interruption.is_wanted = True

    def take(self) -> App | Refused | None:
        """What was found last, once."""
        return self._found.pop() if self._found else None

    def _run(self, wake: Callable[[], None]) -> None:
        folders: set[Path] = set()
        changes: Iterator[object] = iter(())
        while not self._is_stopping:
            self._look(wake)
            if self._is_hasty:
                continue
            found = list_folders(self._reloader.list_files())
            if found != folders:
                folders, changes = found, self._watch(found)
            if next(changes, None) is None:  # it was interrupted, or cannot watch
                folders = set()
            self._interruption.is_wanted = self._is_stopping

    def _look(self, wake: Callable[[], None]) -> None:
        if self._is_hasty:
            self._is_hasty = False
            self._reloader.forget()
        try:
            found = self._reloader.look()
            while isinstance(found, Settling) and not self._is_stopping:
                time.sleep(self._settle_seconds)
                found = self._reloader.look()
        except Exception:  # a bug, or a fault of the machine; the next look may find it gone
            logger.exception("the changed files could not be read")
            return
        if found is not None and not isinstance(found, Settling):
            self._found.append(found)
            wake()

    def _watch(self, folders: Iterable[Path]) -> Iterator[object]:
        """Yield after each change in these folders, and with each tick; end on an interruption."""
        from watchfiles import watch  # noqa: PLC0415 - needed by this thread alone

        logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it counts each change
        try:
            yield from watch(
                *folders,
                recursive=False,
                watch_filter=None,
                step=_STEP_MILLISECONDS,
                rust_timeout=max(1, int(self._tick_seconds * 1000)),
                yield_on_timeout=True,
                stop_event=self._interruption,
                raise_interrupt=False,
                ignore_permission_denied=True,
            )
        except (OSError, RuntimeError) as error:  # a folder has just gone, or no more are watched
            logger.debug("the files are not watched: %s", error)
            time.sleep(self._tick_seconds)


def _call_on_sighup(look: Callable[[], None]) -> None:
    """Look when SIGHUP comes; but from a terminal it says that the terminal was closed."""
    if sys.platform == "win32" or (sys.stdin and sys.stdin.isatty()):
        return
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda _signal, _frame: look())
