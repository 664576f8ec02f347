"""What every part of the ledger is built on: its database, its worker, and transactions."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from perihelion.ledger.engine import open_engine, read_transaction, write_transaction
from perihelion.ledger.failures import name_ledger
from perihelion.ledger.liveness import (
    WORKERS_FOLDER,
    LeaseLiveness,
    LockFileLiveness,
    path_exists,
)
from perihelion.ledger.migrate import read_revision, read_stamped_revision, require_head_revision
from perihelion.model.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy import Connection


class LedgerBase:
    """The database at `url` (a SQLAlchemy URL), as one worker uses it.

    `worker` names this process in claims and in the history; `lease` is how long a claim lasts;
    `machine_clock` and `elapsed` are the process's clocks (UTC, monotonic seconds).
    """

    _server_ahead = timedelta(0)
    """What the database's own clock shows beyond the machine's."""

    def __init__(
        self,
        url: str,
        worker: str,
        lease: timedelta,
        machine_clock: Callable[[], datetime],
        elapsed: Callable[[], float],
    ) -> None:
        self.worker, self.lease = worker, lease
        self.machine_clock, self.elapsed = machine_clock, elapsed
        self._engine = open_engine(url)
        self._liveness: LockFileLiveness | LeaseLiveness = LeaseLiveness()
        if self._engine.dialect.name == "sqlite":
            folder = Path(self._engine.url.database or "").parent / WORKERS_FOLDER
            self._liveness = LockFileLiveness(folder, worker, lease.total_seconds(), elapsed)

    @property
    def address(self) -> str:
        """Where the ledger is, for a person: without the password."""
        return name_ledger(self._engine)

    @property
    def has_server_clock(self) -> bool:
        """Whether the database has a clock of its own, by which workers on all hosts agree."""
        return self._engine.dialect.name != "sqlite"

    def wall_clock(self) -> datetime:
        """The instant (UTC) for what workers must agree on: leases, and when to look up.

        By the database's clock, as it was last compared with the machine's, where it has one.
        """
        return self.machine_clock() + self._server_ahead

    def get_server_time(self) -> datetime:
        """The database's own clock where it has one; otherwise this machine's."""
        if not self.has_server_clock:
            return self.machine_clock()
        with self._read() as connection:
            now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return now

    def _compare_clocks(self) -> None:
        if self.has_server_clock:
            self._server_ahead = self.get_server_time() - self.machine_clock()

    def _read(self) -> AbstractContextManager[Connection]:
        """One consistent view that writes nothing."""
        return read_transaction(self._engine)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """A transaction on a ledger that stays at this program's version until it ends."""
        with write_transaction(self._engine) as connection:
            require_head_revision(read_stamped_revision(connection))
            yield connection

    def exists(self) -> bool:
        """Whether there is a database to read; asking never creates a SQLite file."""
        file = self._engine.url.database
        return self._engine.dialect.name != "sqlite" or path_exists(Path(file or ""))

    def get_version(self) -> str | None:
        """The ledger's version; None for a database that holds no ledger yet."""
        with self._read() as connection:
            return read_revision(connection)

    def get_version_or_none(self) -> str | None:
        """As `get_version`, and None where there is no SQLite file; none is created."""
        return self.get_version() if self.exists() else None

    def require_current_version(self) -> None:
        """Raise LedgerVersionMismatch unless the ledger is at this program's version."""
        require_head_revision(self.get_version())

    def require_writable(self) -> None:
        """Raise LedgerUnavailable where a worker could not write now. Nothing is written."""
        self._liveness.require_writable()
        if self.exists():
            with self._write():
                pass

    def require_undamaged(self) -> None:
        """Raise LedgerUnavailable if SQLite, which reads it all, finds its file damaged."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._read() as connection:
            found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        if found != "ok":
            raise LedgerUnavailable(
                f"the ledger {self._engine.url.database} is damaged: stop every worker, move it "
                f"away, then run `python bot.py recover` ({found})"
            )

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
