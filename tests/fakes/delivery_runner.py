"""A delivery loop on a real SQLite ledger, with networks in memory and clocks that a test sets.

`make_runner(testbed, {"a": FakeNetwork()}, event)` makes one at noon on 2 March 2027, when
every account posts as well. Its ledger is a day old unless the test says that it is new.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.calendar import Calendar
from perihelion.model.anniversaries import Anniversary
from perihelion.model.posts import Post
from perihelion.publish.context import PublishContext
from perihelion.publish.delivery_loop import DeliveryLoop
from perihelion.publish.worker_options import WorkerOptions
from tests.fakes.ledger_testbed import DAY, ManualClocks
from tests.fakes.model_builders import make_account

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Result
    from perihelion.model.accounts import Account
    from perihelion.model.deliveries import Delivery, State
    from perihelion.model.missions import Event
    from perihelion.model.posts import Limits
    from tests.fakes.fake_network import FakeNetwork
    from tests.fakes.ledger_testbed import LedgerTestbed

PATIENCE = timedelta(seconds=30)
SOON = 20.0
"""Seconds that a thread gets for what takes it a moment."""


@dataclass
class TestbedClock:
    """The delivery loop's clock over a testbed's."""

    clocks: ManualClocks

    def now(self) -> datetime:
        return self.clocks.now

    real_now = now

    def seconds_until(self, instant: datetime) -> float:
        return (instant - self.now()).total_seconds()


@dataclass
class DeliveryRunner:
    """A delivery loop and all that it works with. `wording` goes into every post."""

    testbed: LedgerTestbed
    ledger: Ledger
    networks: Mapping[str, FakeNetwork]
    events: list[Event]
    accounts: dict[str, Account]
    worker_options: WorkerOptions
    early: bool = False
    wording: str = "years ago"
    reported: list[Result] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loop = self.make_loop()

    def make_loop(self) -> DeliveryLoop:
        """A delivery loop as a new process would make it."""
        return DeliveryLoop(
            ledger=self.ledger,
            context=self.make_context(),
            clock=TestbedClock(self.testbed.clocks),
            jitter=lambda: 1.0,
            options=self.worker_options,
            early=self.early,
        )

    def make_context(self) -> PublishContext:
        """The events, accounts and networks as they are now."""
        return PublishContext(
            calendar=Calendar(tuple(self.events)),
            accounts=dict(self.accounts),
            networks=dict(self.networks),
            compose_post=self.compose_post,
            find_anniversary=self.find_anniversary,
        )

    def compose_post(
        self, anniversary: Anniversary, account: Account, limits: Limits, created_at: datetime
    ) -> Post:
        said = (anniversary.event.title, *anniversary.event.parts)[anniversary.part - 1]
        text = f"{said}: {anniversary.count} {self.wording}"
        assert len(text) <= limits.length
        return Post(text, account.language, created_at.isoformat())

    def find_anniversary(self, delivery: Delivery) -> Anniversary | None:
        key = delivery.key
        for event in self.events:
            if event.full_id == key.event:
                return Anniversary(event, key.count, key.unit, delivery.day, part=key.part)
        return None

    def run_pass(self) -> None:
        """One pass, as `once` makes it."""
        self.loop.probe_networks()
        self.loop.expire_and_recover()
        self.loop.promise_due()
        self.run_until_idle()
        self.exchange_with_ledger()

    def run_until_idle(self) -> None:
        for settled in self.loop.run_until_idle():
            self.reported += settled

    def exchange_with_ledger(self) -> None:
        self.reported += self.loop.exchange_with_ledger()

    def shut_down(self, keep_waiting: Callable[[], bool]) -> None:
        self.reported += self.loop.shut_down(keep_waiting)

    def promise_without_claiming(self) -> None:
        """Ask the networks, and promise what is due, but claim nothing yet."""
        self.loop.probe_networks()
        while self.loop._probing:
            self.loop.collect_results(SOON)
        self.loop.expire_and_recover()
        self.loop.promise_due()

    def delivery_states(self, account: str = "a") -> dict[str, State]:
        """The state of each of the account's deliveries, by its event's id."""
        return {
            d.key.event.partition("/")[2]: d.state
            for d in self.ledger.list_deliveries()
            if d.key.account == account
        }

    def delivery_reason(self, event: str, account: str = "a") -> str:
        for delivery in self.ledger.list_deliveries():
            if (delivery.key.account, delivery.key.event) == (account, f"year-in-space/{event}"):
                return delivery.reason
        raise AssertionError(f"{event} is not in the ledger")


def make_runner(  # noqa: PLR0913 - a builder: each test names only what it is about
    testbed: LedgerTestbed,
    networks: Mapping[str, FakeNetwork],
    *events: Event,
    new_ledger: bool = False,
    worker_options: WorkerOptions | None = None,
    early: bool = False,
    max_per_day: int = 9,
) -> DeliveryRunner:
    """A runner on 2 March 2027 at noon."""
    accounts = {
        name: make_account(network="fake", name=name, post_at=(time(12),), max_per_day=max_per_day)
        for name in networks
    }
    ledger = testbed.open_worker()
    made = DeliveryRunner(
        testbed,
        ledger,
        networks,
        list(events),
        accounts,
        worker_options or WorkerOptions(patience=PATIENCE),
    )
    if not new_ledger:
        now = testbed.clocks.now
        testbed.clocks.now = now - DAY
        made.run_pass()
        testbed.clocks.now = now
        made.reported.clear()
    made.early = early
    made.loop = made.make_loop()
    return made


class RequestGate:
    """Holds a request until it is opened; `reached` tells that one has come."""

    def __init__(self) -> None:
        self.reached, self._open = threading.Event(), threading.Event()

    def __call__(self, _post: Post) -> None:
        self.reached.set()
        assert self._open.wait(SOON)

    def release(self) -> None:
        self._open.set()
