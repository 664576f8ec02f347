"""Ledgers for tests: clocks in the test's hand, promises to make, workers that die."""

from __future__ import annotations

import itertools
import os
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import text

from perihelion.ledger.engine import open_engine, read_transaction, write_transaction
from perihelion.ledger.liveness import LockFileLiveness
from perihelion.ledger.store import Ledger
from perihelion.ledger.values import (
    Action,
    AlreadyPromised,
    Claim,
    ClaimPrepared,
    ClaimRefused,
    ClaimRequest,
    ExchangeOutcome,
    PlanRequest,
    Result,
    Settlement,
)
from perihelion.model.deliveries import Delivery, DeliveryKey, PlannedDelivery, State
from perihelion.model.posts import Media, Post, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Engine

NOON = datetime(2027, 3, 2, 12, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
TABLES = ("accounts", "deliveries", "history", "pauses", "workers", "memory", "meta")


@dataclass
class ManualClocks:
    """A machine's two clocks, in the test's hand, and by how much the first one is wrong."""

    now: datetime = NOON
    steady_seconds: float = 1000.0
    error: timedelta = timedelta(0)

    def wall_time(self) -> datetime:
        return self.now

    def elapsed_seconds(self) -> float:
        return self.steady_seconds

    def advance_time(self, span: timedelta) -> datetime:
        """Real time goes by."""
        self.steady_seconds += span.total_seconds()
        self.now += span
        return self.now

    def set_wall_clock(self, span: timedelta) -> datetime:
        """Somebody sets the wall clock; no time goes by."""
        self.error += span
        self.now += span
        return self.now


class TestbedLedger(Ledger):
    """A ledger whose database, if it has a clock of its own, shows the right time."""

    clocks: ManualClocks

    def get_server_time(self) -> datetime:
        return self.clocks.now - (self.clocks.error if self.has_server_clock else timedelta(0))


def make_key(number: int = 1, account: str = "mastodon") -> DeliveryKey:
    return DeliveryKey(account, "year-in-space/landing", number)


def make_planned(  # noqa: PLR0913 - a builder: each test names only what it is about
    number: int = 1,
    account: str = "mastodon",
    *,
    due: datetime = NOON,
    late: datetime | None = None,
    rank: int = 1,
    state: State = State.DUE,
) -> PlannedDelivery:
    """A promise about to be made; in time for twelve hours, unless `late` says otherwise."""
    until = due + 12 * HOUR if late is None else late
    reason = "" if state is State.DUE else f"planned as {state}"
    return PlannedDelivery(
        make_key(number, account), "mastodon", due.date(), due, until, rank, state, reason
    )


def make_delivery_post(delivery: Delivery | PlannedDelivery) -> Post:
    return Post(
        text=f"“{delivery.key}” 🚀 \\ \" 'é",
        language="en",
        created_at="2027-03-02T12:00:00Z",
        links=("https://example.org/a",),
        tags=("ISS",),
        pictures=(Media("media/a.png", "a capsule under its parachute"),),
        key=str(delivery.key),
    )


def prepare_to_send(delivery: Delivery) -> ClaimPrepared:
    """Prepare as for a network that knows keys: a doubtful delivery goes out again."""
    action = Action.RESEND if delivery.state is State.UNKNOWN else Action.SEND
    return ClaimPrepared(delivery.post or make_delivery_post(delivery), action)


def prepare_to_look_up(delivery: Delivery) -> ClaimPrepared:
    """Prepare as for a network that can be asked."""
    action = Action.FIND if delivery.state is State.UNKNOWN else Action.SEND
    return ClaimPrepared(delivery.post or make_delivery_post(delivery), action)


def prepare_or_hold(delivery: Delivery) -> ClaimPrepared | ClaimRefused:
    """Prepare as for a network that can tell nothing."""
    if delivery.state is State.UNKNOWN:
        return ClaimRefused(State.HELD, "nobody knows")
    return ClaimPrepared(delivery.post or make_delivery_post(delivery))


def make_result(  # noqa: PLR0913 - a builder: each test names only what it is about
    claim: Claim,
    state: State = State.SENT,
    *,
    reason: str = "",
    ready_at: datetime | None = None,
    resume_at: datetime | None = None,
    credentials_refused: bool | None = None,
) -> tuple[Claim, Settlement]:
    """A result of `claim`, as `exchange` takes it."""
    receipt = Receipt("4711", f"https://example.org/{claim.fence}") if state is State.SENT else None
    return claim, Settlement(
        key=claim.delivery.key,
        fence=claim.fence,
        state=state,
        reason=reason,
        receipt=receipt,
        ready_at=ready_at,
        resume_at=resume_at,
        credentials_refused=credentials_refused,
        account_reason=reason if resume_at or credentials_refused else "",
    )


def exchange_with_ledger(
    ledger: Ledger,
    results: Sequence[Result],
    request: ClaimRequest,
    prepare: Callable[[Delivery], ClaimPrepared | ClaimRefused] = prepare_to_send,
) -> ExchangeOutcome:
    """Read what is ready, prepare it, and exchange it and `results` with the ledger."""
    ready = ledger.list_ready(request, results) if request.limit else []
    prepared = [(one, prepare(one.delivery)) for one in ready]
    return ledger.exchange(results, prepared, now=request.now, wall=request.wall)


@dataclass
class LedgerTestbed:
    """One database, and the workers on it."""

    url: str
    clocks: ManualClocks = field(default_factory=ManualClocks)
    ledgers: list[Ledger] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def open_worker(self, lease: timedelta = LEASE, clocks: ManualClocks | None = None) -> Ledger:
        """A worker that has entered, under a name nobody had before, in no other process either."""
        ledger = self.open_ledger(f"worker-{os.getpid()}-{next(self.numbers)}", lease, clocks)
        ledger.register_worker("1.0", self.clocks.now)
        return ledger

    def open_ledger(
        self, name: str = "visitor", lease: timedelta = LEASE, clocks: ManualClocks | None = None
    ) -> Ledger:
        mine = clocks or self.clocks
        ledger = TestbedLedger(self.url, name, lease, mine.wall_time, mine.elapsed_seconds)
        ledger.clocks = mine
        self.ledgers.append(ledger)
        return ledger

    def kill_worker(self, ledger: Ledger) -> None:
        """What a kill -9 does: the kernel lets go of the worker's file; its lease will run out."""
        liveness = ledger._liveness
        if isinstance(liveness, LockFileLiveness):
            assert liveness._own_lock is not None
            liveness._own_lock.release()
        else:
            self.expire_lease(ledger)
        ledger.close()

    def expire_lease(self, ledger: Ledger) -> None:
        """As if the lease's time had gone by on the server."""
        self.execute_sql(
            "UPDATE accounts SET lease_until = :then WHERE holder = :worker",
            then=datetime(2000, 1, 1, tzinfo=UTC),
            worker=ledger.worker,
        )

    @cached_property
    def _engine(self) -> Engine:
        return open_engine(self.url)

    def execute_sql(self, statement: str, **values: object) -> list[Any]:
        """Run SQL behind the ledgers' back."""
        with write_transaction(self._engine) as connection:
            found = connection.execute(text(statement), values)
            return list(found) if found.returns_rows else []

    def dump_tables(self) -> dict[str, list[Any]]:
        """All that the ledger holds, by table."""
        with read_transaction(self._engine) as connection:
            return {
                table: list(connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")))  # noqa: S608 - our own tables
                for table in TABLES
            }

    def close(self) -> None:
        for ledger in self.ledgers:
            ledger.close()
        self._engine.dispose()

    # What the tests do all the time.

    def promise_deliveries(self, ledger: Ledger, *items: PlannedDelivery) -> list[PlannedDelivery]:
        """Promise `items`, all of one account, if they are not there yet."""

        def plan_account(planner_view: AlreadyPromised) -> Sequence[PlannedDelivery]:
            return [item for item in items if str(item.key) not in planner_view.known]

        return self.plan_account(
            ledger, items[0].key.account, plan_account, *(item.key for item in items)
        )

    def plan_account(
        self,
        ledger: Ledger,
        account: str,
        plan: Callable[[AlreadyPromised], Sequence[PlannedDelivery]],
        *keys: DeliveryKey,
    ) -> list[PlannedDelivery]:
        now = self.clocks.now
        window = PlanRequest(account, "mastodon", now, now.date())
        with ledger.planning([window]) as open_plan:
            promised = open_plan.read_promised(map(str, keys))
            planned = list(plan(promised[account]))
            open_plan.promise(planned, promised)
        return planned

    def make_request(
        self, accounts: Sequence[str] = ("mastodon",), limit: int = 16
    ) -> ClaimRequest:
        return ClaimRequest(self.clocks.now, self.wall, tuple(accounts), limit)

    @property
    def wall(self) -> datetime:
        """What a worker's ledger takes for the time that all workers agree on."""
        return self.clocks.now - (timedelta(0) if self.is_sqlite else self.clocks.error)

    def claim_deliveries(
        self,
        ledger: Ledger,
        prepare: Callable[[Delivery], ClaimPrepared | ClaimRefused] = prepare_to_send,
        accounts: Sequence[str] = ("mastodon",),
        limit: int = 16,
    ) -> list[Claim]:
        """Claim what is ready; what follows a refused delivery as well."""
        claims: list[Claim] = []
        while limit > len(claims):
            request = self.make_request(accounts, limit - len(claims))
            outcome = exchange_with_ledger(ledger, [], request, prepare)
            claims += outcome.claims
            if not outcome.refused:
                break
        return claims

    def settle_claims(self, ledger: Ledger, *results: Result) -> Sequence[Settlement]:
        return exchange_with_ledger(ledger, results, self.make_request(limit=0)).stale

    def expire_claims(self, ledger: Ledger, patience: timedelta = timedelta(0)) -> list[str]:
        return ledger.expire_claims(self.clocks.now, lambda _account: patience)

    def delivery_state(self, number: int = 1, account: str = "mastodon") -> State:
        return self.ledgers[0].get_delivery(make_key(number, account)).state


def migrate_ledger(url: str) -> None:
    """Make the ledger."""
    clocks = ManualClocks()
    ledger = Ledger(url, "migrate", LEASE, clocks.wall_time, clocks.elapsed_seconds)
    ledger.migrate(clocks.now)
    ledger.close()


def connect_database(url: str) -> psycopg.Connection[Any] | sqlite3.Connection:
    """A bare connection, as another program would open one."""
    if url.startswith("sqlite"):
        return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    return psycopg.connect(url.replace("+psycopg", ""))
