"""A day of one account in simulated time: workers, a ledger, a server, and what goes wrong.

The delivery loop and the ledger are the real ones. Everything around them (threads, clocks,
network, timeline) is simulated, and drawn from one seed.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import pytest

import perihelion.publish.delivery_loop as loop_module
from perihelion.almanac.calendar import Calendar
from perihelion.ledger.liveness import LeaseLiveness, LockFileLiveness
from perihelion.ledger.store import Ledger
from perihelion.model.anniversaries import Anniversary
from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerUnavailable
from perihelion.model.posts import Post
from perihelion.publish.context import PublishContext
from perihelion.publish.delivery_loop import DeliveryLoop
from perihelion.publish.worker_options import WorkerOptions
from tests.fakes.model_builders import make_account, make_event
from tests.sim.request_pool import SimulatedPool
from tests.sim.scheduler import START, Process, Scheduler
from tests.sim.server import Server, SimulatedNetwork, Weather

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from perihelion.model.accounts import Account
    from perihelion.model.deliveries import Delivery
    from perihelion.model.posts import Limits

TICK_SECONDS = 10.0
LEASE = timedelta(seconds=120)
FAULTS_END = 900.0
"""Simulated seconds after which nothing more goes wrong."""
DAY_ENDS = 4 * 3600.0
"""Simulated seconds by which everything must be settled."""
FINAL = frozenset({State.SENT, State.HELD})


@dataclass(frozen=True)
class Envelope:
    """What may happen in a day."""

    kind: str
    weather: Weather = field(default_factory=Weather)
    workers: int = 1
    events: int = 3
    kills: int = 0
    freezes: int = 0
    freeze_chance: float = 0.0
    """The chance that a worker is frozen right after a claim, and right before a request."""
    lost_commits: float = 0.0
    """The chance that an exchange with the ledger gets no answer."""
    clock_jumps: int = 0
    """How often the machine's clock is set ahead or back, by up to an hour."""
    restores: int = 0
    """How often the ledger is put back to an earlier copy, with every worker stopped."""
    leases: bool = False
    """Whether the database has a clock of its own, and workers are known by leases only, as on
    PostgreSQL, and not by locked files."""
    skew: float = 0.0
    """By how many seconds the clock of a worker's host may be wrong, either way."""
    new_ledger: bool = False
    gives_back: bool = False
    """Whether nothing may be held of which no request has left: no worker dies."""


class LedgerOnServer(Ledger):
    """A ledger whose database has a clock of its own, which is right."""

    server_clock: Callable[[], datetime]

    @property
    def has_server_clock(self) -> bool:
        return True

    def get_server_time(self) -> datetime:
        return self.server_clock()


_CLOCKS = frozenset({"wall_clock", "elapsed"})


class FaultyLedger:
    """A worker's ledger: other workers run between its transactions, and answers get lost."""

    def __init__(
        self, real: Ledger, scheduler: Scheduler, lost_commits: float, freeze: Callable[[], None]
    ) -> None:
        self.real, self._scheduler, self._lost = real, scheduler, lost_commits
        self._freeze = freeze

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the ledger has
        found = getattr(self.real, name)
        return (
            partial(self._call, name, found) if callable(found) and name not in _CLOCKS else found
        )

    def _call(
        self, name: str, method: Callable[..., object], *args: object, **named: object
    ) -> object:
        rng = self._scheduler.rng
        self._scheduler.sleep(rng.uniform(0.001, 0.01))
        chance = rng.random() if name == "exchange" else 1.0
        if chance < self._lost / 2:
            raise LedgerUnavailable("the connection was lost before the commit")
        result = method(*args, **named)
        if name == "exchange":
            self._freeze()
        self._scheduler.sleep(rng.uniform(0.001, 0.01))
        if chance < self._lost:
            raise LedgerUnavailable("the connection was lost after the commit")
        return result


@dataclass
class SimulatedClock:
    """The two clocks of one process."""

    scheduler: Scheduler
    process: Process

    def now(self) -> datetime:
        return self.scheduler.now + self.process.clock_offset

    real_now = now

    def seconds_until(self, instant: datetime) -> float:
        """Simulated seconds, which go by as fast as the clock does."""
        return (instant - self.now()).total_seconds()


@cache
def make_ledger_file() -> bytes:
    """A new ledger, as it was migrated at the beginning of the day."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.sqlite3"
        ledger = Ledger(f"sqlite:///{file}", "migrate", LEASE, lambda: START, lambda: 0.0)
        ledger.migrate(START)
        ledger.close()
        return file.read_bytes()


@dataclass
class SimulatedDay:
    """One seed's day."""

    folder: Path
    envelope: Envelope
    seed: int
    options: WorkerOptions = field(default_factory=WorkerOptions)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.seed)
        self.server = Server(self.scheduler, self.envelope.weather)
        self.account = make_account(
            network="simulated", name="a", post_at=(time(9),), max_per_day=9
        )
        self.events = [
            make_event(id=f"event-{n}", title=f"Event {n}") for n in range(self.envelope.events)
        ]
        self.state = self.folder / "state"
        self.state.mkdir(parents=True, exist_ok=True)
        self.workers: dict[Process, Ledger] = {}
        self.stopped_for_restore = False
        self._worker_number = 0
        self._clock_offset = timedelta(0)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.state}/ledger.sqlite3"

    def play(self) -> None:
        """Play the day, and wait until all is settled."""
        self._make_ledger()
        for _ in range(self.envelope.workers):
            self._start_worker()
        self._plan_faults()
        self.scheduler.call_at(FAULTS_END, self.server.calm)
        self.scheduler.run_until(FAULTS_END)
        while not self.is_settled() and self.scheduler.seconds < DAY_ENDS:
            self.scheduler.run_until(self.scheduler.seconds + 30)
        self.scheduler.run_until(self.scheduler.seconds + 200)  # what is still on its way arrives
        for process in list(self.workers):
            self._kill(process)
        self.scheduler.run_until(self.scheduler.seconds + 1)

    def list_problems(self) -> list[str]:
        """Everything that breaks the promise."""
        texts = Counter(post.text for post in self.server.posts)
        doubled = [f"{text} stands {count} times" for text, count in texts.items() if count > 1]
        deliveries = self._deliveries()
        missing = [
            f"{e.full_id} was never promised"
            for e in self.events
            if self._key(e.full_id) not in deliveries
        ]
        lost = [
            f"{key} is sent in the ledger and on no timeline"
            for key, one in deliveries.items()
            if one.state is State.SENT and not self._stands(one)
        ]
        stuck = [
            f"{key} is still {one.state}: {one.reason}"
            for key, one in deliveries.items()
            if one.state not in FINAL
        ]
        needless = [
            f"{key} is held, and no request of it was ever made: {one.reason}"
            for key, one in deliveries.items()
            if self.envelope.gives_back
            and one.state is State.HELD
            and self._text(one.key.event) not in self.server.asked
        ]
        return [*doubled, *missing, *lost, *stuck, *needless]

    def is_settled(self) -> bool:
        """Whether every event's delivery is settled."""
        found = self._deliveries()
        return len(found) == len(self.events) and all(d.state in FINAL for d in found.values())

    def _stands(self, delivery: Delivery) -> bool:
        return any(post.text == self._text(delivery.key.event) for post in self.server.posts)

    def _key(self, event: str) -> str:
        return next((key for key in self._deliveries() if f":{event}:" in key), "")

    def _deliveries(self) -> dict[str, Delivery]:
        ledger = self._open_ledger("visitor", Process("visitor"))
        found = {str(one.key): one for one in ledger.list_deliveries()}
        ledger.close()
        return found

    def _make_ledger(self) -> None:
        (self.state / "ledger.sqlite3").write_bytes(make_ledger_file())
        if not self.envelope.new_ledger:
            self._age_ledger()

    def _age_ledger(self) -> None:
        """A worker that ran the day before, and knows the account since then."""
        process = Process("yesterday", clock_offset=-timedelta(days=1))
        self.scheduler.start("yesterday", process, lambda: self._work_once(process))
        self.scheduler.run_until(5.0)
        self.scheduler.seconds = 0.0
        ledger = self._open_ledger("visitor", Process("visitor"))
        assert ledger.list_accounts(), "the account is known since yesterday"
        ledger.close()

    def _work_once(self, process: Process) -> None:
        ledger = self._open_ledger(process.name, process)
        ledger.register_worker("1.0", self.scheduler.now)
        loop = self._make_loop(ledger, process)
        loop.probe_networks()
        loop.collect_results(None)
        loop.promise_due()
        ledger.close()

    def _open_ledger(self, name: str, process: Process) -> Ledger:
        clock = SimulatedClock(self.scheduler, process)
        clocks = (clock.real_now, lambda: self.scheduler.seconds)
        if not self.envelope.leases:
            return Ledger(self.url, name, LEASE, *clocks)
        ledger = LedgerOnServer(self.url, name, LEASE, *clocks)
        ledger.server_clock = lambda: self.scheduler.now
        ledger._liveness = LeaseLiveness()
        return ledger

    def _start_worker(self) -> None:
        self._worker_number += 1
        process = Process(f"worker-{self._worker_number}", clock_offset=self._clock_offset)
        if self.envelope.skew:
            wrong = self.scheduler.rng.uniform(-self.envelope.skew, self.envelope.skew)
            process.clock_offset += timedelta(seconds=wrong)
            self.scheduler.note(f"{process.name}: its clock is off by {wrong:.0f} s")
        ledger = self._open_ledger(process.name, process)
        ledger.register_worker("1.0", self.scheduler.now)
        self.workers[process] = ledger
        self.scheduler.start(process.name, process, lambda: self._work(ledger, process))

    def _work(self, real: Ledger, process: Process) -> None:
        """What `run` does, with simulated sleep in place of the scheduler's wake-ups."""
        faulty = FaultyLedger(
            real,
            self.scheduler,
            self.envelope.lost_commits,
            partial(self._freeze_by_chance, process),
        )
        ledger = cast("Ledger", faulty)
        loop = self._make_loop(ledger, process)
        last_tick = -TICK_SECONDS
        while True:
            try:
                if self.scheduler.seconds - last_tick >= TICK_SECONDS:
                    last_tick = self.scheduler.seconds
                    loop.probe_networks()
                    loop.expire_and_recover()
                loop.promise_due()
                loop.exchange_with_ledger()
            except LedgerUnavailable as error:
                self.scheduler.note(f"{process.name}: {error}")
            loop.collect_results(1.0 if loop.is_busy else 5.0)

    def _make_loop(self, ledger: Ledger, process: Process) -> DeliveryLoop:
        freeze = partial(self._freeze_by_chance, process)
        network = SimulatedNetwork(self.scheduler, self.server, self.envelope.kind, freeze)
        make_pool = partial(SimulatedPool, self.scheduler, process)
        with pytest.MonkeyPatch.context() as patch:  # one task runs at a time
            patch.setattr(loop_module, "RequestPool", make_pool)
            return DeliveryLoop(
                ledger=ledger,
                context=PublishContext(
                    calendar=Calendar(self.events),
                    accounts={"a": self.account},
                    networks={"a": network},
                    compose_post=self._compose,
                    find_anniversary=self._find_anniversary,
                ),
                clock=SimulatedClock(self.scheduler, process),
                jitter=self.scheduler.rng.random,
                options=self.options,
            )

    def _compose(
        self,
        anniversary: Anniversary,
        account: Account,
        limits: Limits,
        created_at: datetime,
    ) -> Post:
        assert limits.length
        return Post(self._text(anniversary.event.full_id), account.language, created_at.isoformat())

    def _text(self, event: str) -> str:
        return f"{event} years ago"

    def _find_anniversary(self, delivery: Delivery) -> Anniversary | None:
        key = delivery.key
        found = [event for event in self.events if event.full_id == key.event]
        return Anniversary(found[0], key.count, key.unit, delivery.day) if found else None

    def _plan_faults(self) -> None:
        rng = self.scheduler.rng
        for _ in range(self.envelope.kills):
            self.scheduler.call_at(rng.uniform(25, FAULTS_END), self._kill_and_restart)
        for _ in range(self.envelope.freezes):
            self.scheduler.call_at(rng.uniform(25, FAULTS_END / 2), self._freeze_any)
        for _ in range(self.envelope.clock_jumps):
            offset = timedelta(seconds=rng.uniform(-3600, 3600))
            self.scheduler.call_at(rng.uniform(25, FAULTS_END), partial(self._set_clock, offset))
        if self.envelope.clock_jumps:
            self.scheduler.call_at(FAULTS_END, partial(self._set_clock, timedelta(0)))
        for _ in range(self.envelope.restores):
            taken = rng.uniform(0, 60)
            self.scheduler.call_at(taken, self._back_up)
            self.scheduler.call_at(rng.uniform(taken + 1, 300), self._restore)

    def _pick_worker(self) -> Process | None:
        alive: Sequence[Process] = list(self.workers)
        return self.scheduler.rng.choice(alive) if alive else None

    def _kill(self, process: Process) -> None:
        self.scheduler.note(f"{process.name}: killed")
        self.scheduler.kill(process)
        ledger = self.workers.pop(process)
        liveness = ledger._liveness
        if isinstance(liveness, LockFileLiveness) and liveness._own_lock is not None:
            liveness._own_lock.release()  # as the kernel does
        self.scheduler.call_in(0.001, ledger.close)

    def _kill_and_restart(self) -> None:
        process = self._pick_worker()
        if process is not None:
            self._kill(process)
            self.scheduler.call_in(self.scheduler.rng.uniform(0.5, 20), self._start_worker)

    def _freeze_by_chance(self, process: Process) -> None:
        """Freeze a worker at its worst moments: between its claim, its check and its request."""
        if self.scheduler.rng.random() < self.envelope.freeze_chance:
            self._freeze(process)

    def _freeze_any(self) -> None:
        process = self._pick_worker()
        if process is not None:
            self._freeze(process)

    def _freeze(self, process: Process) -> None:
        if process.frozen_until <= self.scheduler.seconds < FAULTS_END:
            seconds = self.scheduler.rng.uniform(1, 6 * LEASE.total_seconds())
            self.scheduler.note(f"{process.name}: frozen for {seconds:.0f} s")
            process.frozen_until = self.scheduler.seconds + seconds

    def _set_clock(self, offset: timedelta) -> None:
        self.scheduler.note(f"the machine's clock is off by {offset}")
        self._clock_offset = offset
        for process in self.workers:
            process.clock_offset = offset

    def _back_up(self) -> None:
        shutil.copytree(self.state, self.folder / "backup", dirs_exist_ok=True)

    def _restore(self) -> None:
        self.scheduler.note("the ledger is restored from its backup")
        count = len(self.workers)
        for process in list(self.workers):
            self._kill(process)

        def put_back() -> None:
            shutil.rmtree(self.state)
            shutil.copytree(self.folder / "backup", self.state)
            for _ in range(count):
                self._start_worker()

        self.scheduler.call_in(1.0, put_back)
