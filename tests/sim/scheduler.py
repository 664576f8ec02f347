"""Simulated time: threads of which one runs at a time, in an order that one seed decides.

A task is a real thread that only runs while the scheduler waits for it, and gives control back in
`sleep` or `wait_for`. No real time goes by, and the same seed gives the same order of events.
"""

from __future__ import annotations

import heapq
import itertools
import random
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2027, 3, 2, 8, 59, 30, tzinfo=UTC)
STUCK_SECONDS = 60.0
"""Real seconds after which a task that does not give control back fails the test."""


class ProcessKilled(BaseException):
    """Unwinds the threads of a simulated process that was killed."""


@dataclass(eq=False)
class Process:
    """What is killed or frozen together: a worker and the threads of its requests."""

    name: str
    killed: bool = False
    frozen_until: float = 0.0
    clock_offset: timedelta = timedelta(0)


@dataclass(eq=False)
class Task:
    """A simulated thread."""

    name: str
    process: Process
    baton: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    wake_number: int = 0
    finished: bool = False
    failure: BaseException | None = None


class Scheduler:
    """Runs tasks and calls in the order of simulated time; `rng` is the only source of chance."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.seconds = 0.0
        self.trace: list[str] = []
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._baton = threading.Semaphore(0)
        self._current: Task | None = None
        self._tasks: list[Task] = []

    @property
    def now(self) -> datetime:
        """The true instant (UTC)."""
        return START + timedelta(seconds=self.seconds)

    def note(self, text: str) -> None:
        """Add a line to the trace."""
        self.trace.append(f"{self.seconds:10.3f} {text}")

    def call_at(self, seconds: float, action: Callable[[], None]) -> None:
        """Have `action` run at an instant, outside every task."""
        heapq.heappush(self._queue, (max(seconds, self.seconds), next(self._numbers), action))

    def call_in(self, seconds: float, action: Callable[[], None]) -> None:
        """The same, counted from now."""
        self.call_at(self.seconds + seconds, action)

    def start(self, name: str, process: Process, work: Callable[[], None]) -> Task:
        """Start a task; it first runs once the caller has given control back."""
        task = Task(name, process)
        self._tasks.append(task)
        threading.Thread(target=self._run_task, args=(task, work), daemon=True).start()
        self._wake_at(task, self.seconds)
        return task

    def sleep(self, seconds: float) -> None:
        """Let simulated time go by in the current task."""
        task = self._running()
        self._wake_at(task, self.seconds + seconds)
        self._give_back(task)

    def wait_for(self, is_ready: Callable[[], bool], timeout: float) -> bool:
        """Wait in the current task until `notify` finds it ready, or `timeout` seconds are over."""
        end = self.seconds + timeout
        while not is_ready() and self.seconds < end:
            self.sleep(end - self.seconds)
        return is_ready()

    def notify(self, task: Task) -> None:
        """Let a task that waits look again."""
        self._wake_at(task, self.seconds)

    def kill(self, process: Process) -> None:
        """End a process where it stands: nothing of it runs on."""
        process.killed = True
        process.frozen_until = 0.0
        for task in self._tasks:
            if task.process is process and not task.finished:
                self._wake_at(task, self.seconds)

    def run_until(self, seconds: float) -> None:
        """Play until an instant. Raises what a task raised."""
        while self._queue and self._queue[0][0] <= seconds:
            at, _number, action = heapq.heappop(self._queue)
            self.seconds = at
            action()
        self.seconds = seconds

    def _wake_at(self, task: Task, seconds: float) -> None:
        """Only the latest wake-up of a task counts."""
        task.wake_number += 1
        number = task.wake_number
        self.call_at(seconds, lambda: self._wake(task, number))

    def _wake(self, task: Task, number: int) -> None:
        if task.finished or number != task.wake_number:
            return
        if task.process.frozen_until > self.seconds:
            self.call_at(task.process.frozen_until, lambda: self._wake(task, number))
            return
        self._current = task
        task.baton.release()
        assert self._baton.acquire(timeout=STUCK_SECONDS), f"{task.name} is stuck"
        self._current = None
        if task.failure is not None:
            raise task.failure

    def _run_task(self, task: Task, work: Callable[[], None]) -> None:
        task.baton.acquire()
        try:
            if not task.process.killed:
                work()
        except ProcessKilled:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            task.failure = error
        task.finished = True
        self._baton.release()

    def _give_back(self, task: Task) -> None:
        self._baton.release()
        task.baton.acquire()
        if task.process.killed:
            raise ProcessKilled

    def _running(self) -> Task:
        assert self._current is not None, "only a task can wait"
        return self._current

    @property
    def current(self) -> Task:
        """The task that runs now."""
        return self._running()
