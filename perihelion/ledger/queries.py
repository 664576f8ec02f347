"""Questions to the ledger; none of them writes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select, text, type_coerce

from perihelion.ledger.rows import make_account_view, make_delivery
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, HISTORY, META, WORKERS, Instant
from perihelion.ledger.values import HistoryStep, WorkerView
from perihelion.model.deliveries import State
from perihelion.model.errors import DeliveryNotFound
from perihelion.model.posts import Post

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from perihelion.ledger.values import AccountView
    from perihelion.model.deliveries import Delivery, DeliveryKey

_MAYBE_PUBLISHED_STATES = [
    State.SENDING.value,
    State.SENT.value,
    State.UNKNOWN.value,
    State.HELD.value,
]
_READY_STATES = [State.DUE.value, State.WAITING.value, State.UNKNOWN.value]


def count_deliveries_by_state(connection: Connection) -> dict[State, int]:
    """How many deliveries stand in each state; states without any are left out."""
    query = select(DELIVERIES.c.state, func.count()).group_by(DELIVERIES.c.state)
    return {State(state): number for state, number in connection.execute(query)}


def list_deliveries(
    connection: Connection, states: Sequence[State] | None = None, limit: int | None = None
) -> list[Delivery]:
    """Deliveries in these states (all of them by default), the latest due first."""
    query = select(DELIVERIES).order_by(DELIVERIES.c.due_at.desc(), DELIVERIES.c.key).limit(limit)
    if states is not None:
        query = query.where(DELIVERIES.c.state.in_([state.value for state in states]))
    return [make_delivery(row) for row in connection.execute(query).mappings()]


def list_posts_since(connection: Connection, account: str, since: datetime) -> list[Post]:
    """What may have been published on an account since an instant: all posts that ever left."""
    query = select(DELIVERIES.c.post).where(
        DELIVERIES.c.account == account,
        DELIVERIES.c.first_tried_at >= since,
        DELIVERIES.c.state.in_(_MAYBE_PUBLISHED_STATES),
        DELIVERIES.c.post.is_not(None),
    )
    return [Post.from_json(json.loads(text)) for text in connection.execute(query).scalars()]


def get_delivery(connection: Connection, key: DeliveryKey) -> Delivery:
    """One delivery. Raises NoSuchDelivery."""
    query = select(DELIVERIES).where(DELIVERIES.c.key == str(key))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise DeliveryNotFound(f"{key} is not in the ledger; `python bot.py status` lists its keys")
    return make_delivery(row)


def list_history(connection: Connection, key: DeliveryKey) -> list[HistoryStep]:
    """Every step of one delivery, oldest first."""
    query = select(HISTORY).where(HISTORY.c.key == str(key)).order_by(HISTORY.c.id)
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


def list_accounts(connection: Connection) -> list[AccountView]:
    """Every account the ledger has ever known, by name."""
    query = select(ACCOUNTS).order_by(ACCOUNTS.c.name)
    return [make_account_view(row) for row in connection.execute(query).mappings()]


def list_workers(connection: Connection, limit: int = 5) -> list[WorkerView]:
    """The workers that gave a sign of life last, the latest first."""
    query = select(WORKERS).order_by(WORKERS.c.beat_at.desc()).limit(limit)
    return [WorkerView(**row) for row in connection.execute(query).mappings()]


def get_creation_time(connection: Connection) -> datetime | None:
    """When this ledger was made (UTC)."""
    value = connection.execute(
        select(META.c.value).where(META.c.name == "born_at")
    ).scalar_one_or_none()
    return datetime.fromisoformat(value) if value else None


def find_next_ready_time(
    connection: Connection, names: Sequence[str], after: datetime
) -> datetime | None:
    """The next instant after `after`, by the almanac, from which on something may be claimed.

    Of what is unknown only its account's pause counts here: see `next_look`.
    """
    by_wall = DELIVERIES.c.state == State.UNKNOWN.value
    own_time = case((by_wall, ACCOUNTS.c.resume_at), else_=DELIVERIES.c.ready_at)
    later = func.max if connection.dialect.name == "sqlite" else func.greatest
    at = later(own_time, func.coalesce(ACCOUNTS.c.resume_at, own_time))
    query = (
        select(type_coerce(at, Instant))
        .join_from(DELIVERIES, ACCOUNTS, ACCOUNTS.c.name == DELIVERIES.c.account)
        .where(DELIVERIES.c.state.in_(_READY_STATES), DELIVERIES.c.account.in_(list(names)))
        .where(type_coerce(at, Instant) > after)
        .order_by(at)
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def find_next_lookup_time(
    connection: Connection, names: Sequence[str], after: datetime
) -> datetime | None:
    """The next instant after `after`, by the machine's clock, at which a doubt is to be settled."""
    query = select(func.min(DELIVERIES.c.ready_at)).where(
        DELIVERIES.c.state == State.UNKNOWN.value,
        DELIVERIES.c.account.in_(list(names)),
        DELIVERIES.c.ready_at > after,
    )
    return connection.execute(query).scalar_one_or_none()


def get_server_time(connection: Connection) -> datetime | None:
    """The database's own clock, where it has one (UTC)."""
    if connection.dialect.name == "sqlite":
        return None
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now


_HAS_LAGGING_STANDBY = text(
    "SELECT current_setting('synchronous_standby_names') = '' "
    "AND EXISTS (SELECT 1 FROM pg_stat_replication)"
)


def has_lagging_standby(connection: Connection) -> bool:
    """Whether another server follows this one, and no commit waits for it."""
    if connection.dialect.name == "sqlite":
        return False
    return bool(connection.execute(_HAS_LAGGING_STANDBY).scalar_one())
