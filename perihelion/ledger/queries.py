"""What can be asked of the ledger; nothing here writes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, func, outerjoin, select, text, type_coerce

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.rows import make_account_view, make_delivery
from perihelion.ledger.tables import (
    ACCOUNTS,
    DELIVERIES,
    HISTORY,
    META,
    OPEN_CONDITION,
    Instant,
    is_in_state,
)
from perihelion.ledger.values import HistoryStep
from perihelion.model.deliveries import MAYBE_PUBLISHED_STATES, State
from perihelion.model.errors import DeliveryNotFound
from perihelion.model.posts import Post, hash_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, TextClause

    from perihelion.ledger.values import AccountView
    from perihelion.model.deliveries import Delivery, DeliveryKey

_HAS_LAGGING_STANDBY = text(
    "SELECT current_setting('synchronous_standby_names') = '' "
    "AND EXISTS (SELECT 1 FROM pg_stat_replication)"
)


def get_delivery(connection: Connection, key: DeliveryKey) -> Delivery:
    """One delivery, within a transaction. Raises DeliveryNotFound."""
    query = select(DELIVERIES).where(DELIVERIES.c.key == str(key))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise DeliveryNotFound(f"{key} is not in the ledger; `python bot.py status` lists its keys")
    return make_delivery(row)


class QueriesMixin(LedgerBase):
    """The questions. Each method is one consistent view; all instants are UTC."""

    def count_deliveries_by_state(self) -> dict[State, int]:
        """How many deliveries are in each state; states without any are left out."""
        query = select(DELIVERIES.c.state, func.count()).group_by(DELIVERIES.c.state)
        with self._read() as connection:
            return {State(state): number for state, number in connection.execute(query)}

    def list_deliveries(
        self, states: Sequence[State] | None = None, limit: int | None = None
    ) -> list[Delivery]:
        """Deliveries in these states (by default all of them), the latest due first."""
        query = select(DELIVERIES).order_by(DELIVERIES.c.due_at.desc(), DELIVERIES.c.key)
        if states is not None:
            query = query.where(is_in_state(*states))
        with self._read() as connection:
            rows = connection.execute(query.limit(limit)).mappings()
            return [make_delivery(row) for row in rows]

    def list_states_by_day(self, since: date) -> dict[tuple[str, date], set[State]]:
        """The states of the deliveries of each account and observed day, from `since` on."""
        query = select(DELIVERIES.c.account, DELIVERIES.c.day, DELIVERIES.c.state).distinct()
        found: dict[tuple[str, date], set[State]] = {}
        with self._read() as connection:
            for account, day, state in connection.execute(query.where(DELIVERIES.c.day >= since)):
                found.setdefault((account, day), set()).add(State(state))
        return found

    def list_posts_since(self, account: str, since: datetime) -> list[Post]:
        """The posts that may have been published on an account since an instant."""
        query = select(DELIVERIES.c.post).where(
            DELIVERIES.c.account == account,
            DELIVERIES.c.first_tried_at >= since,
            is_in_state(*MAYBE_PUBLISHED_STATES),
            DELIVERIES.c.post.is_not(None),
        )
        with self._read() as connection:
            posts = connection.execute(query).scalars()
            return [Post.from_json(json.loads(post)) for post in posts]

    def list_similar(self, accounts: Sequence[str], posts: Sequence[Post]) -> list[Delivery]:
        """What may stand on these accounts, or is to be sent, with a text like one of `posts`.

        Alike is what differs in numbers only. A post that no worker has claimed yet has no text.
        """
        query = select(DELIVERIES).where(
            DELIVERIES.c.account.in_(accounts),
            DELIVERIES.c.text_hash.in_({hash_text(post.text) for post in posts}),
            is_in_state(*MAYBE_PUBLISHED_STATES, State.WAITING),
        )
        with self._read() as connection:
            return [make_delivery(row) for row in connection.execute(query).mappings()]

    def list_sent(self, account: str, since: datetime) -> list[Delivery]:
        """What was sent on an account and was due since an instant, the latest first."""
        query = select(DELIVERIES).where(
            DELIVERIES.c.account == account,
            DELIVERIES.c.due_at >= since,
            is_in_state(State.SENT),
        )
        with self._read() as connection:
            rows = connection.execute(query.order_by(DELIVERIES.c.due_at.desc())).mappings()
            return [make_delivery(row) for row in rows]

    def list_published(self, keys: Sequence[DeliveryKey]) -> list[Delivery]:
        """Those of `keys` that were sent, in no particular order."""
        query = select(DELIVERIES).where(DELIVERIES.c.key.in_([str(key) for key in keys]))
        with self._read() as connection:
            found = [make_delivery(row) for row in connection.execute(query).mappings()]
        return [one for one in found if one.state is State.SENT]

    def list_thread(self, account: str, thread: str) -> list[Delivery]:
        """What is promised on `account` as a part of `thread`, in no particular order."""
        query = select(DELIVERIES).where(
            DELIVERIES.c.account == account, DELIVERIES.c.thread == thread
        )
        with self._read() as connection:
            return [make_delivery(row) for row in connection.execute(query).mappings()]

    def get_delivery(self, key: DeliveryKey) -> Delivery:
        """One delivery. Raises DeliveryNotFound."""
        with self._read() as connection:
            return get_delivery(connection, key)

    def list_history(self, key: DeliveryKey) -> list[HistoryStep]:
        """Every step of one delivery, oldest first."""
        query = select(HISTORY).where(HISTORY.c.key == str(key)).order_by(HISTORY.c.id)
        with self._read() as connection:
            return [
                HistoryStep(
                    key=row["key"],
                    at=row["at"],
                    worker=row["worker"],
                    before=State(row["from_state"]) if row["from_state"] else None,
                    after=State(row["to_state"]),
                    reason=row["reason"],
                )
                for row in connection.execute(query).mappings()
            ]

    def list_accounts(self) -> list[AccountView]:
        """Every account the ledger has known, by name."""
        query = select(ACCOUNTS).order_by(ACCOUNTS.c.name)
        with self._read() as connection:
            return [make_account_view(row) for row in connection.execute(query).mappings()]

    def get_creation_time(self) -> datetime | None:
        """When this ledger was created."""
        query = select(META.c.value).where(META.c.name == "born_at")
        with self._read() as connection:
            value = connection.execute(query).scalar_one_or_none()
            return datetime.fromisoformat(value) if value else None

    def has_lagging_standby(self) -> bool:
        """Whether another server follows this one without any commit waiting for it.

        After a failover to it, a claim may be missing whose request has left.
        """
        if self._engine.dialect.name == "sqlite":
            return False
        with self._read() as connection:
            return bool(connection.execute(_HAS_LAGGING_STANDBY).scalar_one())

    def find_next_ready_time(self, names: Collection[str], after: datetime) -> datetime | None:
        """The next instant after `after`, by the almanac, at which something may be claimed.

        Of an unknown delivery only its account's pause counts: see `find_next_lookup_time`.
        """
        resume_at = ACCOUNTS.c.resume_at
        own_time = case((is_in_state(State.UNKNOWN), resume_at), else_=DELIVERIES.c.ready_at)
        later = func.max if self._engine.dialect.name == "sqlite" else func.greatest
        at = type_coerce(later(own_time, func.coalesce(resume_at, own_time)), Instant)
        return self._find_earliest(names, at, OPEN_CONDITION, at > after)

    def find_next_lookup_time(self, names: Collection[str], after: datetime) -> datetime | None:
        """The next instant after `after`, by the machine's clock, at which to look something up."""
        at = DELIVERIES.c.ready_at
        return self._find_earliest(names, at, is_in_state(State.UNKNOWN), at > after)

    def _find_earliest(
        self,
        names: Collection[str],
        at: ColumnElement[datetime],
        *conditions: ColumnElement[bool] | TextClause,
    ) -> datetime | None:
        """The least of `at` on these accounts; no statement takes thousands of names."""
        with_account = outerjoin(DELIVERIES, ACCOUNTS, ACCOUNTS.c.name == DELIVERIES.c.account)
        query = select(DELIVERIES.c.account, at).select_from(with_account).where(*conditions)
        wanted = set(names)
        with self._read() as connection:
            found = connection.execute(query).all()
        return min((instant for account, instant in found if account in wanted), default=None)
