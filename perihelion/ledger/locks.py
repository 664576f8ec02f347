"""Locking accounts: an account's row is the lock of all its deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from perihelion.ledger.insert import insert_new
from perihelion.ledger.rows import make_account_view
from perihelion.ledger.tables import ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from perihelion.ledger.values import AccountView, PlanRequest


def lock_account(connection: Connection, request: PlanRequest) -> AccountView:
    """Lock an account until the transaction ends; it is created if it is not there yet."""
    query = select(ACCOUNTS).where(ACCOUNTS.c.name == request.account).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        new = {"name": request.account, "network": request.network, "known_since": request.now}
        insert_new(connection, ACCOUNTS, [new])
        row = connection.execute(query).mappings().one()
    return make_account_view(row)


def lock_free_accounts(connection: Connection, names: Sequence[str]) -> Sequence[str]:
    """Lock those of `names` that nobody else is writing, until the transaction ends."""
    if not names:
        return []
    query = select(ACCOUNTS.c.name).where(ACCOUNTS.c.name.in_(names)).order_by(ACCOUNTS.c.name)
    return connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
