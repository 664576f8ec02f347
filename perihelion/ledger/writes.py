"""What every part that writes to the ledger needs: locks, new rows, and the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from perihelion.ledger.driver_statements import DriverConnection, Query, make_insert_batch
from perihelion.ledger.rows import make_account_view
from perihelion.ledger.tables import ACCOUNTS, HISTORY
from perihelion.model.deliveries import INITIAL_STATES, TRANSITIONS, State
from perihelion.model.errors import IllegalTransition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Insert, Select, Table

    from perihelion.ledger.driver_statements import Among
    from perihelion.ledger.values import AccountView, PlanRequest

INSERT_HISTORY = make_insert_batch(
    HISTORY, ["key", "at", "worker", "from_state", "to_state", "reason"]
)


def _select_accounts(among: Among) -> Select[Any]:
    query = select(ACCOUNTS).where(among(ACCOUNTS.c.name, "accounts"))
    return query.order_by(ACCOUNTS.c.name)


_ACCOUNTS_QUERY = Query(_select_accounts)
_LOCK_ACCOUNTS_QUERY = Query(lambda among: _select_accounts(among).with_for_update())

Transition = tuple[str, State | None, State, str]
"""A step of one delivery: its key, before, after, and why."""


def lock_accounts(
    connection: Connection, requests: Sequence[PlanRequest], *, reads_only: bool = False
) -> dict[str, AccountView]:
    """Lock accounts until the transaction ends, by name; those that are not there are created.

    In a fixed order, so that no two workers wait for each other. With `reads_only`, as they are.
    """
    driver = DriverConnection(connection)
    query = _ACCOUNTS_QUERY if reads_only else _LOCK_ACCOUNTS_QUERY
    names = {"accounts": [one.account for one in requests]}
    rows = driver.execute_query(query, names).list_rows()
    known = {row["name"] for row in rows}
    new = [
        {"name": one.account, "network": one.network, "known_since": one.now}
        for one in sorted(requests, key=lambda one: one.account)
        if one.account not in known
    ]
    if new and not reads_only:
        insert_new(connection, ACCOUNTS, new)
        rows = driver.execute_query(query, names).list_rows()
    return {row["name"]: make_account_view(row) for row in rows}


def lock_account(connection: Connection, request: PlanRequest) -> AccountView:
    """Lock an account until the transaction ends; it is created if it is not there yet."""
    return lock_accounts(connection, [request])[request.account]


def lock_free_accounts(connection: Connection, names: Sequence[str]) -> Sequence[str]:
    """Lock those of `names` that nobody else is writing, until the transaction ends."""
    if not names:
        return []
    query = select(ACCOUNTS.c.name).where(ACCOUNTS.c.name.in_(names)).order_by(ACCOUNTS.c.name)
    return connection.execute(query.with_for_update(skip_locked=True)).scalars().all()


def insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet; the database's unique key decides."""
    connection.execute(_make_insert_new(connection, table), rows)


def insert_once(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless its key is there; returns whether it was inserted.

    The row itself is asked for: how many were inserted is not known on both databases.
    """
    inserted = _make_insert_new(connection, table).values(row).returning(*table.primary_key)
    return connection.execute(inserted).first() is not None


def _make_insert_new(connection: Connection, table: Table) -> Insert:
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    return insert(table).on_conflict_do_nothing()


def record_transitions(
    connection: Connection | DriverConnection,
    at: datetime,
    worker: str,
    transitions: Iterable[Transition],
) -> None:
    """Write one line per step.

    Raises IllegalTransition, and so undoes the transaction, for a step the table does not know.
    """
    rows = []
    for key, before, after, reason in transitions:
        allowed = INITIAL_STATES if before is None else TRANSITIONS[before]
        if after not in allowed:
            raise IllegalTransition(f"{key}: {before or 'nothing'} → {after} is not a legal step")
        rows.append(
            {
                "key": key,
                "at": at,
                "worker": worker,
                "from_state": before.value if before else None,
                "to_state": after.value,
                "reason": reason,
            }
        )
    driver = (
        connection if isinstance(connection, DriverConnection) else DriverConnection(connection)
    )
    driver.execute_batch(INSERT_HISTORY, rows)
