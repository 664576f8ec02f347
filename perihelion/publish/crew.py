"""A few threads that carry requests, so that a slow account never delays another one."""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Job = TypeVar("Job")
Answer = TypeVar("Answer")

SHARE = 0.5
"""Of what a job usually takes beyond QUICK: how long its answer waits for others to come with it.

To write one answer down costs nearly as much as to write many; so on a network that takes its time
anyway, workers that share a ledger and a machine leave each other room.
"""

QUICK = 0.01
"""Seconds. Where a job is done in less, to wait for others would cost more than it saves."""

LONGEST = 0.025
"""Seconds; no answer waits longer for others, however slow the network."""

_LOOKS = 20


class Crew(Generic[Job, Answer]):
    """Threads that run jobs and put (job, answer or exception) into one inbox.

    They are daemons: a request that hangs beyond all deadlines cannot keep the process alive.
    `wake` puts None into the inbox; it may be called from a signal handler.
    """

    def __init__(self, size: int, work: Callable[[Job], Answer]) -> None:
        self.size = size
        self._work = work
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._inbox: SimpleQueue[tuple[Job, Answer | Exception] | None] = SimpleQueue()
        self._threads = 0
        self._given = 0
        self._usual = self._busy = 0.0
        self._taken: float | None = None
        self._woken = False

    def give(self, job: Job) -> None:
        """Have one more job done; a thread is started while there are fewer than `size`."""
        self._given += 1
        if self._threads < self.size:
            self._threads += 1
            threading.Thread(target=self._labour, name=f"crew-{self._threads}", daemon=True).start()
        self._jobs.put(job)

    def wake(self) -> None:
        """End a waiting `take` early."""
        self._woken = True
        self._inbox.put(None)

    def take(self, seconds: float | None) -> list[tuple[Job, Answer | Exception]]:
        """Wait up to `seconds` (None: for ever) for something, and return all that is finished."""
        finished = []
        self._mind()
        try:
            first = self._inbox.get(timeout=seconds)
            if first is not None:
                self._gather()
            while True:
                if first is None:
                    self._woken = False
                else:
                    finished.append(first)
                first = self._inbox.get_nowait()
        except Empty:
            self._given -= len(finished)
            self._taken = time.monotonic() if finished else None
            return finished

    def _mind(self) -> None:
        """Learn how long the caller was busy with the answers it took last."""
        if self._taken is not None:
            self._busy += (time.monotonic() - self._taken - self._busy) / 4
            self._taken = None

    def _gather(self) -> None:
        """Let more answers come, while there are more to come and nothing else calls.

        For no longer than the last ones kept the caller busy: while others crowd the machine or
        the ledger that is long, and a worker that is alone hardly waits.
        """
        share = SHARE * max(self._usual - QUICK, 0.0)
        pause = min(share, self._busy, LONGEST) / _LOOKS
        for _ in range(_LOOKS if pause else 0):
            if self._woken or self._inbox.qsize() + 1 >= self._given:
                break
            time.sleep(pause)

    def dismiss(self) -> None:
        """Let the idle threads end."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _labour(self) -> None:
        while (job := self._jobs.get()) is not None:
            begun = time.monotonic()
            try:
                answer: Answer | Exception = self._work(job)
            except Exception as error:  # noqa: BLE001 - every outcome is sorted by the decider
                answer = error
            self._usual += (time.monotonic() - begun - self._usual) / 16
            self._inbox.put((job, answer))
