"""A few threads that make requests, so that a slow account never delays another one."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Job = TypeVar("Job")
Result = TypeVar("Result")

BATCH_WAIT_SHARE = 0.5
"""Of what a job usually takes beyond QUICK: how long its answer waits for others to come with it.

To write one answer down costs nearly as much as to write many; so on a network that takes its time
anyway, workers that share a ledger and a machine leave each other room.
"""

QUICK_JOB_SECONDS = 0.01
"""Seconds. Where a job is done in less, to wait for others would cost more than it saves."""

MAX_BATCH_WAIT_SECONDS = 0.025
"""Seconds; no answer waits longer for others, however slow the network."""

STUCK_SECONDS = 1.0
"""Seconds without any result after which waiting jobs get threads of their own."""

MAX_ISOLATED_THREADS = 32
"""How many threads there may be outside `max_threads`: containers allow a process few."""

_POLLS_PER_WAIT = 20


class RequestPool(Generic[Job, Result]):
    """Up to `max_threads` threads that do jobs; each result is the job's value or its exception.

    They are daemons: a request that hangs beyond all deadlines cannot keep the process alive. All
    methods but `wake` belong to one thread.
    """

    def __init__(self, max_threads: int, run_request: Callable[[Job], Result]) -> None:
        self.max_threads = max_threads
        self._run_request = run_request
        self._pending: SimpleQueue[Job | None] = SimpleQueue()
        self._finished: SimpleQueue[tuple[Job, Result | Exception] | None] = SimpleQueue()
        self._thread_count = 0
        self._isolated: deque[Job] = deque()
        self._isolated_thread_count = 0
        self._isolated_lock = threading.Lock()
        self._outstanding = 0
        self._mean_job_seconds = self._mean_handling_seconds = 0.0
        self._handed_over_at: float | None = None
        self._last_progress_at = 0.0
        self._wake_requested = False

    @property
    def pending_count(self) -> int:
        """How many jobs wait for a free thread."""
        return self._pending.qsize()

    def submit(self, job: Job) -> None:
        """Queue a job; a thread is started while there are fewer than `max_threads`."""
        self._outstanding += 1
        if not self.pending_count:
            self._last_progress_at = time.monotonic()
        if self._thread_count < self.max_threads:
            self._thread_count += 1
            self._start_thread(self._run_jobs)
        self._pending.put(job)

    def submit_isolated(self, job: Job) -> None:
        """Do a job outside `max_threads`: at once, unless MAX_ISOLATED_THREADS are busy."""
        self._outstanding += 1
        with self._isolated_lock:
            self._isolated.append(job)
            if self._isolated_thread_count == MAX_ISOLATED_THREADS:
                return
            self._isolated_thread_count += 1
        self._start_thread(self._run_isolated_jobs)

    def cancel_pending(self) -> list[Job]:
        """Take back the jobs that no thread has begun."""
        cancelled = []
        with suppress(Empty):
            while True:
                job = self._pending.get_nowait()
                if job is not None:
                    cancelled.append(job)
        self._outstanding -= len(cancelled)
        return cancelled

    def wake(self) -> None:
        """End a waiting `results` early; safe in a signal handler and from any thread."""
        self._wake_requested = True
        self._finished.put(None)

    def results(self, timeout: float | None) -> list[tuple[Job, Result | Exception]]:
        """Wait up to `timeout` seconds (None: without limit) and return all that is finished.

        While jobs wait for a thread, it returns after STUCK_SECONDS at the latest.
        """
        finished = []
        self._measure_handling_time()
        if self.pending_count:
            timeout = STUCK_SECONDS if timeout is None else min(timeout, STUCK_SECONDS)
        try:
            first = self._finished.get(timeout=timeout)
            if first is not None:
                self._wait_for_batch()
            while True:
                if first is None:
                    self._wake_requested = False
                else:
                    finished.append(first)
                first = self._finished.get_nowait()
        except Empty:
            self._outstanding -= len(finished)
            self._handed_over_at = time.monotonic() if finished else None
            self._isolate_if_stuck(bool(finished))
            return finished

    def _measure_handling_time(self) -> None:
        """Learn how long the caller was busy with the answers it took last."""
        if self._handed_over_at is not None:
            self._mean_handling_seconds += (
                time.monotonic() - self._handed_over_at - self._mean_handling_seconds
            ) / 4
            self._handed_over_at = None

    def _wait_for_batch(self) -> None:
        """Let more answers come, while there are more to come and nothing else calls.

        A few cost nothing as long as enough jobs wait for free hands. Else it is for no longer
        than the last answers kept the caller busy: while others crowd the machine or the ledger
        that is long, and a worker that is alone hardly waits.
        """
        share = BATCH_WAIT_SHARE * max(self._mean_job_seconds - QUICK_JOB_SECONDS, 0.0)
        longest = min(share, self._mean_handling_seconds, MAX_BATCH_WAIT_SECONDS)
        started, half = time.monotonic(), self.max_threads // 2
        while (
            not self._wake_requested and (ready := self._finished.qsize() + 1) < self._outstanding
        ):
            limit = MAX_BATCH_WAIT_SECONDS if ready < half < self.pending_count else longest
            if time.monotonic() - started >= limit:
                break
            time.sleep(limit / _POLLS_PER_WAIT)

    def _isolate_if_stuck(self, made_progress: bool) -> None:  # noqa: FBT001 - private, and called once
        """Give each waiting job its own thread once all others seem to be stuck."""
        now = time.monotonic()
        if made_progress:
            self._last_progress_at = now
        elif self.pending_count and now - self._last_progress_at >= STUCK_SECONDS:
            for job in self.cancel_pending():
                if self._isolated_thread_count < MAX_ISOLATED_THREADS:
                    self.submit_isolated(job)
                else:
                    self.submit(job)

    def close(self) -> None:
        """Let the idle threads end, and begin no isolated job any more."""
        with self._isolated_lock:
            self._isolated.clear()
        for _ in range(self._thread_count):
            self._pending.put(None)

    def _start_thread(self, target: Callable[[], None]) -> None:
        threading.Thread(target=target, daemon=True).start()

    def _run_jobs(self) -> None:
        while (job := self._pending.get()) is not None:
            started = time.monotonic()
            self._run_job(job)
            self._mean_job_seconds += (time.monotonic() - started - self._mean_job_seconds) / 16

    def _run_isolated_jobs(self) -> None:
        while True:
            with self._isolated_lock:
                if not self._isolated:
                    self._isolated_thread_count -= 1
                    return
                job = self._isolated.popleft()
            self._run_job(job)

    def _run_job(self, job: Job) -> None:
        try:
            result: Result | Exception = self._run_request(job)
        except Exception as error:  # noqa: BLE001 - the decider classifies every outcome
            result = error
        self._finished.put((job, result))
