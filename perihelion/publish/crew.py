"""A few threads that carry requests, so that a slow account never delays another one."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
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

STUCK = 1.0
"""Seconds without any answer after which jobs that wait for a hand get one of their own."""

_LOOKS = 20


class Crew(Generic[Job, Answer]):
    """`size` hands (threads) that do jobs and put (job, answer or exception) into one inbox.

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
        self._moved = 0.0
        self._woken = False

    @property
    def waiting(self) -> int:
        """How many jobs wait for a free hand."""
        return self._jobs.qsize()

    def give(self, job: Job) -> None:
        """Have one more job done; hands are hired while there are fewer than `size`."""
        self._given += 1
        if not self.waiting:
            self._moved = time.monotonic()
        if self._threads < self.size:
            self._threads += 1
            self._hire(self._labour)
        self._jobs.put(job)

    def give_apart(self, job: Job) -> None:
        """Have a job done by a hand that is there for nothing else."""
        self._given += 1
        self._hire(self._do, job)

    def withdraw(self) -> list[Job]:
        """Take back the jobs that nobody has begun."""
        found = []
        with suppress(Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    found.append(job)
        self._given -= len(found)
        return found

    def wake(self) -> None:
        """End a waiting `take` early."""
        self._woken = True
        self._inbox.put(None)

    def take(self, seconds: float | None) -> list[tuple[Job, Answer | Exception]]:
        """Wait up to `seconds` (None: for ever) for something, and return all that is finished.

        While jobs wait for a hand, it returns after STUCK seconds at the latest.
        """
        finished = []
        self._mind()
        if self.waiting:
            seconds = STUCK if seconds is None else min(seconds, STUCK)
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
            self._move_on(bool(finished))
            return finished

    def _mind(self) -> None:
        """Learn how long the caller was busy with the answers it took last."""
        if self._taken is not None:
            self._busy += (time.monotonic() - self._taken - self._busy) / 4
            self._taken = None

    def _gather(self) -> None:
        """Let more answers come, while there are more to come and nothing else calls.

        A few cost nothing as long as enough jobs wait for free hands. Else it is for no longer
        than the last answers kept the caller busy: while others crowd the machine or the ledger
        that is long, and a worker that is alone hardly waits.
        """
        share = SHARE * max(self._usual - QUICK, 0.0)
        longest = min(share, self._busy, LONGEST)
        begun, half = time.monotonic(), self.size // 2
        while not self._woken and (come := self._inbox.qsize() + 1) < self._given:
            left = LONGEST if come < half < self.waiting else longest
            if time.monotonic() - begun >= left:
                break
            time.sleep(left / _LOOKS)

    def _move_on(self, moved: bool) -> None:  # noqa: FBT001 - private, and called once
        """Lend hands to the jobs that wait, once all others seem to be stuck."""
        now = time.monotonic()
        if moved:
            self._moved = now
        elif self.waiting and now - self._moved >= STUCK:
            for job in self.withdraw():
                self.give_apart(job)

    def dismiss(self) -> None:
        """Let the idle hands go."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _hire(self, work: Callable[..., None], *job: Job) -> None:
        threading.Thread(target=work, args=job, daemon=True).start()

    def _labour(self) -> None:
        while (job := self._jobs.get()) is not None:
            begun = time.monotonic()
            self._do(job)
            self._usual += (time.monotonic() - begun - self._usual) / 16

    def _do(self, job: Job) -> None:
        try:
            answer: Answer | Exception = self._work(job)
        except Exception as error:  # noqa: BLE001 - every outcome is sorted by the decider
            answer = error
        self._inbox.put((job, answer))
