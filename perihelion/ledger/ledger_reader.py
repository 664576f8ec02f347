"""What can be asked of a ledger, on SQLite or PostgreSQL. Each method is one consistent view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from perihelion.ledger import queries
from perihelion.ledger.engine import open_engine, read_transaction
from perihelion.ledger.liveness import path_exists
from perihelion.ledger.migrate import read_revision, require_head_revision
from perihelion.ledger.tables import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from perihelion.ledger.values import AccountView, HistoryStep, WorkerView
    from perihelion.model.deliveries import Delivery, DeliveryKey, State
    from perihelion.model.posts import Post


class LedgerReader:
    """The side of the ledger that only reads. Every method may raise LedgerUnavailable.

    `url` is a SQLAlchemy URL, `wall` the process's clock (UTC).
    """

    def __init__(self, url: str, wall_clock: Callable[[], datetime]) -> None:
        self.wall_clock = wall_clock
        self._engine = open_engine(url)

    def get_version(self) -> str | None:
        """The ledger's version; None when there is no ledger yet."""
        with read_transaction(self._engine) as connection:
            return read_revision(connection)

    def exists(self) -> bool:
        """Whether there is a database to ask at all; asking never makes a SQLite file."""
        file = self._engine.url.database
        return self._engine.dialect.name != "sqlite" or path_exists(Path(file or ""))

    def get_version_or_none(self) -> str | None:
        """As `version`, but a SQLite file that is not there is no error and is not made."""
        return self.get_version() if self.exists() else None

    def require_current_version(self) -> None:
        """Raise LedgerOutdated unless the ledger is exactly of this program's version."""
        require_head_revision(self.get_version())

    def count_deliveries_by_state(self) -> dict[State, int]:
        """How many deliveries stand in each state."""
        with read_transaction(self._engine) as connection:
            return queries.count_deliveries_by_state(connection)

    def list_deliveries(
        self, states: Sequence[State] | None = None, limit: int | None = None
    ) -> list[Delivery]:
        """Deliveries in these states, the latest due first."""
        with read_transaction(self._engine) as connection:
            return queries.list_deliveries(connection, states, limit)

    def list_posts_since(self, account: str, since: datetime) -> list[Post]:
        """What may have been published on an account since an instant."""
        with read_transaction(self._engine) as connection:
            return queries.list_posts_since(connection, account, since)

    def get_delivery(self, key: DeliveryKey) -> Delivery:
        """One delivery. Raises NoSuchDelivery."""
        with read_transaction(self._engine) as connection:
            return queries.get_delivery(connection, key)

    def list_history(self, key: DeliveryKey) -> list[HistoryStep]:
        """Every step of one delivery, oldest first."""
        with read_transaction(self._engine) as connection:
            return queries.list_history(connection, key)

    def list_accounts(self) -> list[AccountView]:
        """Every account the ledger has known."""
        with read_transaction(self._engine) as connection:
            return queries.list_accounts(connection)

    def list_workers(self) -> list[WorkerView]:
        """The workers that gave a sign of life last."""
        with read_transaction(self._engine) as connection:
            return queries.list_workers(connection)

    def get_creation_time(self) -> datetime | None:
        """When this ledger was made."""
        with read_transaction(self._engine) as connection:
            return queries.get_creation_time(connection)

    def get_server_time(self) -> datetime:
        """The database's own clock, where it has one; else this process's."""
        with read_transaction(self._engine) as connection:
            return queries.get_server_time(connection) or self.wall_clock()

    def has_lagging_standby(self) -> bool:
        """Whether a server that may take over does not have every claim when a request leaves."""
        with read_transaction(self._engine) as connection:
            return queries.has_lagging_standby(connection)

    def find_next_ready_time(self, names: Sequence[str], after: datetime) -> datetime | None:
        """When, by the almanac, something kept in the ledger may be claimed next."""
        with read_transaction(self._engine) as connection:
            return queries.find_next_ready_time(connection, names, after)

    def find_next_lookup_time(self, names: Sequence[str], after: datetime) -> datetime | None:
        """When, by the machine's clock, a doubt is to be settled next."""
        with read_transaction(self._engine) as connection:
            return queries.find_next_lookup_time(connection, names, after)

    def load_adapter_value(self, account: str, name: str) -> str | None:
        """The value last remembered, or None."""
        with read_transaction(self._engine) as connection:
            value: str | None = connection.execute(
                select(MEMORY.c.value).where(MEMORY.c.account == account, MEMORY.c.name == name)
            ).scalar_one_or_none()
            return value

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
