"""The ledger: one object over SQLite or PostgreSQL. Each method is one transaction."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update

from perihelion.ledger import adopt, marks, people, promises, setback, settling
from perihelion.ledger.engine import open_engine, reading, writing
from perihelion.ledger.exchange import Exchange
from perihelion.ledger.liveness import Leases, LockedFiles
from perihelion.ledger.migrate import demand_current, migrate, stamped
from perihelion.ledger.promises import insert_new
from perihelion.ledger.questions import Questions
from perihelion.ledger.tables import ACCOUNTS, MEMORY, META, WORKERS
from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from perihelion.ledger.claims import Prepare
    from perihelion.ledger.values import (
        AccountView,
        Claim,
        Settlement,
        Shelf,
        Terms,
        Window,
    )
    from perihelion.model.deliveries import Delivery, DeliveryKey, PlannedDelivery, State

MANY = 6
"""From so many results on, an exchange is drafted before all others are made to wait for it."""


class Ledger(Questions):
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
        wall: Callable[[], datetime],
        elapsed: Callable[[], float],
    ) -> None:
        super().__init__(url, wall)
        self.worker, self.lease = worker, lease
        self._one_writer = self._engine.dialect.name == "sqlite"
        self._liveness: LockedFiles | Leases = Leases()
        if self._one_writer:
            folder = Path(self._engine.url.database or "").parent / "workers"
            self._liveness = LockedFiles(folder, worker, lease.total_seconds(), elapsed)

    def migrate(self, now: datetime) -> tuple[str | None, str]:
        """Bring the ledger to this program's version; returns (version before, after)."""
        versions = migrate(self._engine)
        with writing(self._engine) as connection:
            insert_new(connection, META, [{"name": "born_at", "value": now.isoformat()}])
        return versions

    def demand_writable(self) -> None:
        """Raise LedgerUnavailable where a worker could not write now. Nothing is written."""
        self._liveness.demand_room()
        if self.exists():
            with self._writing():
                pass

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction on a ledger that stays of this program's version until it ends."""
        with writing(self._engine) as connection:
            demand_current(stamped(connection))
            yield connection

    def enter(self, program_version: str, now: datetime) -> None:
        """Announce this worker, before its first claim."""
        self._liveness.enter()
        with self._writing() as connection:
            row = {"id": self.worker, "version": program_version, "started_at": now, "beat_at": now}
            insert_new(connection, WORKERS, [row])

    def beat(self, now: datetime) -> None:
        """Leave a sign of life."""
        self._worker_row(beat_at=now)

    def leave(self, now: datetime) -> None:
        """Say goodbye: this worker holds no claim any more."""
        self._worker_row(beat_at=now, stopped_at=now)
        self._liveness.leave()

    def _worker_row(self, **values: datetime) -> None:
        with self._writing() as connection:
            connection.execute(update(WORKERS).where(WORKERS.c.id == self.worker).values(**values))

    def promise(
        self,
        window: Window,
        keys: Callable[[AccountView], Sequence[DeliveryKey]],
        plan: Callable[[Shelf], Sequence[PlannedDelivery]],
    ) -> list[PlannedDelivery]:
        """Let `plan` decide, under the account's lock, what is promised; see `promises.promise`."""
        with self._writing() as connection:
            return promises.promise(connection, window, self.worker, keys, plan, wall=self.wall())

    def sweep(self, now: datetime) -> int:
        """Make `missed` what is past its late policy; returns how many.

        Waits that were counted by a clock since set back are mended first.
        """
        with self._writing() as connection:
            setback.set_back(connection, now, self.wall())
            return promises.sweep(connection, now, self.worker)

    def exchange(
        self,
        results: Sequence[tuple[Claim, Settlement]],
        terms: Terms | None,
        prepare: Prepare,
        now: datetime,
    ) -> tuple[list[Settlement], list[Claim]]:
        """Settle results and claim new work in one commit; returns (refused results, claims)."""
        wanted = Exchange(results, terms, prepare, now, self.worker)
        if self._one_writer and len(results) >= MANY:
            with reading(self._engine) as connection:
                draft = wanted.draft(connection)
            with writing(self._engine) as connection:
                if draft.holds(connection):
                    return wanted.write(connection, draft)
        with writing(self._engine, pipelined=True) as connection:
            return wanted.make(connection)

    def expire(self, now: datetime, patience: Callable[[str], timedelta | None]) -> list[str]:
        """Make `unknown` what a worker that is gone was sending; returns the accounts freed."""
        with self._writing() as connection:
            return settling.expire(
                connection,
                self._liveness.gone,
                patience,
                now=now,
                wall=self.wall(),
                worker=self.worker,
            )

    def give_back(self, keep: Collection[str], now: datetime) -> list[str]:
        """Let go of what this worker holds besides `keep`; see `settling.give_back`."""
        with self._writing() as connection:
            return settling.give_back(
                connection, keep, now=now, wall=self.wall(), worker=self.worker
            )

    def resolve(
        self, key: DeliveryKey, to: State, now: datetime, url: str | None = None
    ) -> Delivery:
        """Settle a delivery as a person says; see `people.resolve`."""
        with self._writing() as connection:
            return people.resolve(connection, key, to, url=url, now=now, worker=self.worker)

    def adopt(self, found: Sequence[adopt.Found], now: datetime) -> int:
        """Enter as sent what a timeline shows; returns how many deliveries that changed."""
        with self._writing() as connection:
            return adopt.adopt(connection, found, now, self.worker)

    def heal(self, account: str) -> None:
        """Close an account's circuit: its credentials are good again."""
        with self._writing() as connection:
            connection.execute(
                update(ACCOUNTS)
                .where(ACCOUNTS.c.name == account, ACCOUNTS.c.broken)
                .values(broken=False, resume_at=None, reason="")
            )

    def first(self, name: str) -> bool:
        """Whether nobody has set the mark `name` before; it is set now."""
        with self._writing() as connection:
            return marks.first(connection, name)

    def marks(self, prefix: str) -> set[str]:
        """The marks that begin with `prefix`."""
        with reading(self._engine) as connection:
            return marks.found(connection, prefix)

    def forget(self, prefix: str, keep: Collection[str]) -> None:
        """Take away the marks that begin with `prefix`, but for those in `keep`."""
        with self._writing() as connection:
            marks.forget(connection, prefix, keep)

    def remember(self, account: str, name: str, value: str) -> None:
        """Keep a small value of an adapter (already encrypted)."""
        with self._writing() as connection:
            insert_new(connection, MEMORY, [{"account": account, "name": name, "value": value}])
            connection.execute(
                update(MEMORY)
                .where(MEMORY.c.account == account, MEMORY.c.name == name)
                .values(value=value)
            )

    def move(self, url: str) -> None:
        """Use the database at another address from now on: the same ledger, after a failover."""
        engine = open_engine(url)
        if engine.dialect.name != self._engine.dialect.name:
            raise LedgerUnavailable(
                f"the ledger's new address leads to {engine.dialect.name} and no longer to "
                f"{self._engine.dialect.name}, so it is another ledger: stop every worker first"
            )
        self._engine.dispose()
        self._engine = engine
