"""The ledger: one object over SQLite or PostgreSQL. Each method is one transaction."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update

from perihelion.ledger import (
    claim_settlement,
    claims,
    clock_set_back,
    once_flags,
    promises,
    recover,
    resolve,
)
from perihelion.ledger.driver_statements import DriverConnection
from perihelion.ledger.engine import open_engine, read_transaction, write_transaction
from perihelion.ledger.exchange import Exchange
from perihelion.ledger.exchange_writes import ExchangeWrites
from perihelion.ledger.ledger_reader import LedgerReader
from perihelion.ledger.liveness import LeaseLiveness, LockFileLiveness
from perihelion.ledger.migrate import migrate_ledger, read_stamped_revision, require_head_revision
from perihelion.ledger.promises import insert_new
from perihelion.ledger.tables import ACCOUNTS, MEMORY, META, WORKERS
from perihelion.ledger.values import ExchangeOutcome
from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from perihelion.ledger.values import (
        AccountView,
        AlreadyPromised,
        ClaimRequest,
        PlanRequest,
        PreparedClaim,
        ReadyDelivery,
        Result,
    )
    from perihelion.model.deliveries import Delivery, DeliveryKey, PlannedDelivery, State


class Ledger(LedgerReader):
    """What was promised, claimed and sent.

    `url` is a SQLAlchemy URL; `worker` names this process in claims and history; `lease` is how
    long a claim lasts; `wall` and `elapsed` are the process's clocks (UTC, monotonic seconds).
    Every method raises LedgerUnavailable when the database cannot be used, and every writing one
    LedgerOutdated when it is of another version: then nothing is posted.
    """

    def __init__(
        self,
        url: str,
        worker: str,
        lease: timedelta,
        wall_clock: Callable[[], datetime],
        elapsed: Callable[[], float],
    ) -> None:
        super().__init__(url, wall_clock)
        self.worker, self.lease = worker, lease
        self._has_single_writer = self._engine.dialect.name == "sqlite"
        self._liveness: LockFileLiveness | LeaseLiveness = LeaseLiveness()
        if self._has_single_writer:
            folder = Path(self._engine.url.database or "").parent / "workers"
            self._liveness = LockFileLiveness(folder, worker, lease.total_seconds(), elapsed)

    def migrate(self, now: datetime) -> tuple[str | None, str]:
        """Bring the ledger to this program's version; returns (version before, after)."""
        versions = migrate_ledger(self._engine)
        with write_transaction(self._engine) as connection:
            insert_new(connection, META, [{"name": "born_at", "value": now.isoformat()}])
        return versions

    def require_writable(self) -> None:
        """Raise LedgerUnavailable where a worker could not write now. Nothing is written."""
        self._liveness.require_writable()
        if self.exists():
            with self._versioned_transaction():
                pass

    @contextmanager
    def _versioned_transaction(self) -> Iterator[Connection]:
        """A transaction on a ledger that stays of this program's version until it ends."""
        with write_transaction(self._engine) as connection:
            require_head_revision(read_stamped_revision(connection))
            yield connection

    def register_worker(self, program_version: str, now: datetime) -> None:
        """Announce this worker, before its first claim."""
        self._liveness.register_worker()
        with self._versioned_transaction() as connection:
            row = {"id": self.worker, "version": program_version, "started_at": now, "beat_at": now}
            insert_new(connection, WORKERS, [row])

    def record_heartbeat(self, now: datetime) -> None:
        """Leave a sign of life."""
        self._update_worker(beat_at=now)

    def unregister_worker(self, now: datetime) -> None:
        """Say goodbye: this worker holds no claim any more."""
        self._update_worker(beat_at=now, stopped_at=now)
        self._liveness.unregister_worker()

    def _update_worker(self, **values: datetime) -> None:
        with self._versioned_transaction() as connection:
            connection.execute(update(WORKERS).where(WORKERS.c.id == self.worker).values(**values))

    def promise_deliveries(
        self,
        request: PlanRequest,
        list_keys: Callable[[AccountView], Sequence[DeliveryKey]],
        plan: Callable[[AlreadyPromised], Sequence[PlannedDelivery]],
    ) -> list[PlannedDelivery]:
        """Let `plan` decide, under the account's lock, what is promised; see `promises.promise`."""
        with self._versioned_transaction() as connection:
            return promises.promise_deliveries(
                connection, request, self.worker, list_keys, plan, wall=self.wall_clock()
            )

    def mark_missed(self, now: datetime) -> int:
        """Make `missed` what is past its late policy; returns how many.

        Waits that were counted by a clock since set back are mended first.
        """
        with self._versioned_transaction() as connection:
            clock_set_back.restart_waits(connection, now, self.wall_clock())
            return promises.mark_missed(connection, now, self.worker)

    def list_ready(
        self, request: ClaimRequest, results: Sequence[Result] = ()
    ) -> list[ReadyDelivery]:
        """What may be claimed in the exchange that will write `results`; nothing is locked."""
        with read_transaction(self._engine) as connection:
            return claims.list_ready(DriverConnection(connection), request, results, self.worker)

    def exchange(
        self,
        results: Sequence[Result],
        prepared: Sequence[PreparedClaim],
        *,
        now: datetime,
        wall: datetime,
    ) -> ExchangeOutcome:
        """Settle `results` and claim what is `prepared`, in one commit.

        `now` is the almanac's instant, `wall` the machine's (UTC both). A delivery that has changed
        since it was read as ready is left alone.
        """
        if not results and not prepared:
            return ExchangeOutcome()
        writes = ExchangeWrites(now, self.worker, self.lease)
        with write_transaction(self._engine, pipelined=True) as connection:
            return Exchange(results, prepared, wall).execute(connection, writes)

    def expire_claims(
        self, now: datetime, patience: Callable[[str], timedelta | None]
    ) -> list[str]:
        """Make `unknown` what a worker that is gone was sending; returns the accounts freed."""
        with self._versioned_transaction() as connection:
            return claim_settlement.expire_claims(
                connection,
                self._liveness.list_abandoned_accounts,
                patience,
                now=now,
                wall=self.wall_clock(),
                worker=self.worker,
            )

    def release_lost_claims(self, keep: Collection[str], now: datetime) -> list[str]:
        """Release what this worker holds besides `keep`; see `release_lost_claims`."""
        with self._versioned_transaction() as connection:
            return claim_settlement.release_lost_claims(
                connection, keep, now=now, wall=self.wall_clock(), worker=self.worker
            )

    def resolve_delivery(
        self, key: DeliveryKey, to: State, now: datetime, url: str | None = None
    ) -> Delivery:
        """Settle a delivery as a person says; see `people.resolve`."""
        with self._versioned_transaction() as connection:
            return resolve.resolve_delivery(
                connection, key, to, url=url, now=now, worker=self.worker
            )

    def record_timeline_posts(self, found: Sequence[recover.TimelineEntry], now: datetime) -> int:
        """Enter as sent what a timeline shows; returns how many deliveries that changed."""
        with self._versioned_transaction() as connection:
            return recover.record_timeline_posts(connection, found, now, self.worker)

    def reopen_account(self, account: str) -> None:
        """Close an account's circuit: its credentials are good again."""
        with self._versioned_transaction() as connection:
            connection.execute(
                update(ACCOUNTS)
                .where(ACCOUNTS.c.name == account, ACCOUNTS.c.broken)
                .values(broken=False, resume_at=None, reason="")
            )

    def set_flag_once(self, name: str) -> bool:
        """Whether nobody has set the mark `name` before; it is set now."""
        with self._versioned_transaction() as connection:
            return once_flags.set_flag_once(connection, name)

    def list_flags(self, prefix: str) -> set[str]:
        """The marks that begin with `prefix`."""
        with read_transaction(self._engine) as connection:
            return once_flags.list_flags(connection, prefix)

    def clear_flags(self, prefix: str, keep: Collection[str]) -> None:
        """Take away the marks that begin with `prefix`, but for those in `keep`."""
        with self._versioned_transaction() as connection:
            once_flags.clear_flags(connection, prefix, keep)

    def save_adapter_value(self, account: str, name: str, value: str) -> None:
        """Keep a small value of an adapter (already encrypted)."""
        with self._versioned_transaction() as connection:
            insert_new(connection, MEMORY, [{"account": account, "name": name, "value": value}])
            connection.execute(
                update(MEMORY)
                .where(MEMORY.c.account == account, MEMORY.c.name == name)
                .values(value=value)
            )

    def switch_database(self, url: str) -> None:
        """Use the database at another address from now on: the same ledger, after a failover."""
        engine = open_engine(url)
        if engine.dialect.name != self._engine.dialect.name:
            raise LedgerUnavailable(
                f"the ledger's new address leads to {engine.dialect.name} and no longer to "
                f"{self._engine.dialect.name}, so it is another ledger: stop every worker first"
            )
        self._engine.dispose()
        self._engine = engine
