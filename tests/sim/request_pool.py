"""The request pool over simulated threads: the same calls as `publish.request_pool.RequestPool`."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sim.scheduler import Process, Scheduler


class SimulatedPool:
    """Carries requests in simulated threads of one process."""

    def __init__(
        self, scheduler: Scheduler, process: Process, size: int, work: Callable[[Any], Any]
    ) -> None:
        self._scheduler, self._process = scheduler, process
        self._size, self._work = size, work
        self._pending: deque[Any] = deque()
        self._running = 0
        self._finished: list[tuple[Any, Any]] = []
        self._woken = False
        self._owner = scheduler.current

    def submit(self, job: Any) -> None:  # noqa: ANN401 - as the real one, generic in its job
        """Carry out one more job, once a thread is free."""
        self._pending.append(job)
        self._start_pending()

    def submit_isolated(self, job: Any) -> None:  # noqa: ANN401 - as above
        """Carry out a job in a thread of its own."""
        self._scheduler.start(f"{self._process.name}: probe", self._process, lambda: self._do(job))

    def cancel_pending(self) -> list[Any]:
        """The jobs that no thread has begun; they are not carried out."""
        cancelled = list(self._pending)
        self._pending.clear()
        return cancelled

    def wake(self) -> None:
        """End a waiting `results` early."""
        self._woken = True
        self._scheduler.notify(self._owner)

    def results(self, timeout: float | None) -> list[tuple[Any, Any]]:
        """What has finished; waits for something, or `timeout` seconds."""
        limit = 3600.0 if timeout is None else timeout
        self._scheduler.wait_for(lambda: bool(self._finished) or self._woken, limit)
        self._woken = False
        finished, self._finished = self._finished, []
        return finished

    def close(self) -> None:
        """Nothing to release."""

    def _start_pending(self) -> None:
        while self._pending and self._running < self._size:
            job = self._pending.popleft()
            self._running += 1
            work = partial(self._do_counted, job)
            self._scheduler.start(f"{self._process.name}: request", self._process, work)

    def _do_counted(self, job: Any) -> None:  # noqa: ANN401 - as above
        self._do(job)
        self._running -= 1
        self._start_pending()

    def _do(self, job: Any) -> None:  # noqa: ANN401 - as above
        try:
            result = self._work(job)
        except Exception as error:  # noqa: BLE001 - every outcome is decided by the loop
            result = error
        self._finished.append((job, result))
        self._scheduler.notify(self._owner)
