"""The workers that use a ledger, and their signs of life."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.private_files import restrict_ledger_files
from perihelion.ledger.stored_values import save_reports
from perihelion.ledger.tables import ACCOUNTS, WORKERS, Instant
from perihelion.ledger.values import WorkerView
from perihelion.ledger.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

KEPT_FOR = timedelta(days=30)
"""How long a worker is remembered after its last heartbeat."""
_LISTED_WORKERS = 5


class WorkersMixin(LedgerBase):
    """What a worker says of itself. All instants are UTC."""

    def register_worker(self, program_version: str, now: datetime) -> None:
        """Announce this worker, before its first claim; forget those that are long gone."""
        self._liveness.register_worker()
        if self._engine.dialect.name == "sqlite":
            restrict_ledger_files(Path(self._engine.url.database or ""))
        with self._write() as connection:
            row = {"id": self.worker, "version": program_version, "started_at": now, "beat_at": now}
            insert_new(connection, WORKERS, [row])
            connection.execute(delete(WORKERS).where(WORKERS.c.beat_at < now - KEPT_FOR))

    def register_accounts(self, networks: Mapping[str, str], now: datetime) -> None:
        """Know these accounts (name → network) from now on, unless they are known already.

        So what falls due on one whose network does not answer has been due while it was known; and
        every process knows that this worker posts for them.
        """
        rows = [
            {"name": name, "network": network, "known_since": now}
            for name, network in networks.items()
        ]
        if rows:
            with self._write() as connection:
                insert_new(connection, ACCOUNTS, rows)
                mine = update(WORKERS).where(WORKERS.c.id == self.worker)
                connection.execute(mine.values(accounts=" ".join(sorted(networks))))

    def record_heartbeat(
        self, now: datetime, reports: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Record that this worker is alive, and keep `reports` (texts by name) as `save_report`."""
        rows = [{"name": name, "value": text} for name, text in sorted(reports.items())]
        with self._write() as connection:
            mine = update(WORKERS).where(WORKERS.c.id == self.worker)
            connection.execute(mine.values(beat_at=now))
            if rows:
                save_reports(connection, rows)

    def unregister_worker(self, now: datetime) -> None:
        """Record that this worker has ended and holds no claim."""
        self._update_worker(beat_at=now, stopped_at=now)
        self._liveness.unregister_worker()

    def _update_worker(self, **values: datetime) -> None:
        with self._write() as connection:
            connection.execute(update(WORKERS).where(WORKERS.c.id == self.worker).values(**values))

    def get_first_worker_start(self) -> datetime | None:
        """When the first worker of this ledger began; None if there was none."""
        with self._read() as connection:
            query = select(func.min(WORKERS.c.started_at, type_=Instant()))
            return connection.execute(query).scalar_one_or_none()

    def list_workers(self) -> list[WorkerView]:
        """The workers with the latest heartbeats, the latest first."""
        columns = [WORKERS.c[field.name] for field in fields(WorkerView)]
        query = select(*columns).order_by(WORKERS.c.beat_at.desc()).limit(_LISTED_WORKERS)
        with self._read() as connection:
            return [WorkerView(**row) for row in connection.execute(query).mappings()]

    def list_account_groups(self, since: datetime) -> list[frozenset[str]]:
        """The accounts that a worker posts or posted for together, the latest start first.

        Of the workers that have shown themselves since `since`; each group is named once.
        """
        query = (
            select(WORKERS.c.accounts)
            .where(WORKERS.c.beat_at >= since, WORKERS.c.accounts != "")
            .group_by(WORKERS.c.accounts)
            .order_by(func.max(WORKERS.c.started_at).desc())
        )
        with self._read() as connection:
            return [frozenset(names.split()) for names in connection.execute(query).scalars()]
