"""A few threads that carry requests, so that a slow account never delays another one."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Job = TypeVar("Job")
Answer = TypeVar("Answer")


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

    def give(self, job: Job) -> None:
        """Have one more job done; a thread is started while there are fewer than `size`."""
        if self._threads < self.size:
            self._threads += 1
            threading.Thread(target=self._labour, name=f"crew-{self._threads}", daemon=True).start()
        self._jobs.put(job)

    def wake(self) -> None:
        """End a waiting `take` early."""
        self._inbox.put(None)

    def take(self, seconds: float | None) -> list[tuple[Job, Answer | Exception]]:
        """Wait up to `seconds` (None: for ever) for something, and return all that is finished."""
        finished = []
        try:
            first = self._inbox.get(timeout=seconds)
            while True:
                if first is not None:
                    finished.append(first)
                first = self._inbox.get_nowait()
        except Empty:
            return finished

    def dismiss(self) -> None:
        """Let the idle threads end."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _labour(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                answer: Answer | Exception = self._work(job)
            except Exception as error:  # noqa: BLE001 - every outcome is sorted by the decider
                answer = error
            self._inbox.put((job, answer))
