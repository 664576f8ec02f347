"""What can be asked of a ledger, on SQLite or PostgreSQL. Each method is one consistent view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from perihelion.ledger import claims, views
from perihelion.ledger.engine import open_engine, reading
from perihelion.ledger.liveness import is_there
from perihelion.ledger.migrate import demand_current, version
from perihelion.ledger.tables import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from perihelion.ledger.values import AccountView, Step, Terms, WorkerView
    from perihelion.model.deliveries import Delivery, DeliveryKey, State
    from perihelion.model.posts import Post


class Questions:
    """The side of the ledger that only reads. Every method may raise LedgerUnavailable.

    `url` is a SQLAlchemy URL, `wall` the process's clock (UTC).
    """

    def __init__(self, url: str, wall: Callable[[], datetime]) -> None:
        self.wall = wall
        self._engine = open_engine(url)

    def version(self) -> str | None:
        """The ledger's version; None when there is no ledger yet."""
        with reading(self._engine) as connection:
            return version(connection)

    def exists(self) -> bool:
        """Whether there is a database to ask at all; asking never makes a SQLite file."""
        file = self._engine.url.database
        return self._engine.dialect.name != "sqlite" or is_there(Path(file or ""))

    def version_or_none(self) -> str | None:
        """As `version`, but a SQLite file that is not there is no error and is not made."""
        return self.version() if self.exists() else None

    def demand_current(self) -> None:
        """Raise LedgerOutdated unless the ledger is exactly of this program's version."""
        demand_current(self.version())

    def claimable(self, terms: Terms) -> bool:
        """Whether there is something to claim, even if another worker writes its account now."""
        with reading(self._engine) as connection:
            return claims.claimable(connection, terms)

    def counts(self) -> dict[State, int]:
        """How many deliveries stand in each state."""
        with reading(self._engine) as connection:
            return views.counts(connection)

    def deliveries(
        self, states: Sequence[State] | None = None, limit: int | None = None
    ) -> list[Delivery]:
        """Deliveries in these states, the latest due first."""
        with reading(self._engine) as connection:
            return views.deliveries(connection, states, limit)

    def posts_since(self, account: str, since: datetime) -> list[Post]:
        """What may have been published on an account since an instant."""
        with reading(self._engine) as connection:
            return views.posts_since(connection, account, since)

    def delivery(self, key: DeliveryKey) -> Delivery:
        """One delivery. Raises NoSuchDelivery."""
        with reading(self._engine) as connection:
            return views.delivery(connection, key)

    def history(self, key: DeliveryKey) -> list[Step]:
        """Every step of one delivery, oldest first."""
        with reading(self._engine) as connection:
            return views.history(connection, key)

    def accounts(self) -> list[AccountView]:
        """Every account the ledger has known."""
        with reading(self._engine) as connection:
            return views.accounts(connection)

    def workers(self) -> list[WorkerView]:
        """The workers that gave a sign of life last."""
        with reading(self._engine) as connection:
            return views.workers(connection)

    def born_at(self) -> datetime | None:
        """When this ledger was made."""
        with reading(self._engine) as connection:
            return views.born_at(connection)

    def server_time(self) -> datetime:
        """The database's own clock, where it has one; else this process's."""
        with reading(self._engine) as connection:
            return views.server_time(connection) or self.wall()

    def has_lagging_standby(self) -> bool:
        """Whether a server that may take over does not have every claim when a request leaves."""
        with reading(self._engine) as connection:
            return views.has_lagging_standby(connection)

    def next_ready(self, names: Sequence[str], after: datetime) -> datetime | None:
        """When, by the almanac, something kept in the ledger may be claimed next."""
        with reading(self._engine) as connection:
            return views.next_ready(connection, names, after)

    def next_look(self, names: Sequence[str], after: datetime) -> datetime | None:
        """When, by the machine's clock, a doubt is to be settled next."""
        with reading(self._engine) as connection:
            return views.next_look(connection, names, after)

    def recall(self, account: str, name: str) -> str | None:
        """The value last remembered, or None."""
        with reading(self._engine) as connection:
            value: str | None = connection.execute(
                select(MEMORY.c.value).where(MEMORY.c.account == account, MEMORY.c.name == name)
            ).scalar_one_or_none()
            return value

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
