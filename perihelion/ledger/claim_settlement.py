"""Settling: the result of a claim, written once, and refused when it comes under an old fence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from perihelion.ledger.driver_statements import Query
from perihelion.ledger.history import record_transitions
from perihelion.ledger.migrate import version_column
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from perihelion.ledger.driver_statements import Row
    from perihelion.ledger.exchange_writes import ExchangeWrites
    from perihelion.ledger.values import Claim, Result, Settlement

    ReleasedDelivery = tuple[State, datetime, str]
    """What a delivery becomes, when it is looked at again, and why."""

_ACCOUNT_COLUMNS = ("name", "fence", "holder", "broken", "reason")
LOCK_ACCOUNTS_QUERY = Query(
    lambda among: (
        select(*(ACCOUNTS.c[name] for name in _ACCOUNT_COLUMNS), version_column())
        .where(among(ACCOUNTS.c.name, "accounts"))
        .order_by(ACCOUNTS.c.name)
        .with_for_update()
    )
)
"""The accounts whose results are to be written; nobody else writes them until the end."""


def settle_claims(
    writes: ExchangeWrites, results: Sequence[Result], rows: Mapping[str, Row]
) -> list[Settlement]:
    """Add the results whose fence still holds to `writes`; the stale ones are returned.

    `rows` are the accounts by name. Writing the same result twice is harmless: the second time the
    claim is no longer held, and a commit whose answer was lost may be repeated.
    """
    stale = []
    for claimed, settlement in results:
        row = rows[settlement.key.account]
        if row["fence"] != claimed.fence or row["holder"] not in {None, writes.worker}:
            stale.append(settlement)
        elif row["holder"] is not None:
            _settle_claim(writes, claimed, settlement, row)
    return stale


def _settle_claim(writes: ExchangeWrites, claimed: Claim, settlement: Settlement, row: Row) -> None:
    before = claimed.delivery
    writes.release_account(settlement, row)
    writes.add_result(before, settlement)
    if settlement.state is not before.state:
        writes.add_transition(before, settlement.state, settlement.reason)


def expire_claims(  # noqa: PLR0913 - two clocks, two questions and who asks; a bundle would hide them
    connection: Connection,
    list_abandoned_accounts: Callable[[Sequence[Any]], Sequence[str]],
    patience: Callable[[str], timedelta | None],
    *,
    now: datetime,
    wall: datetime,
    worker: str,
) -> list[str]:
    """Take back the accounts whose holder is `gone`; what they were sending becomes unknown.

    It is never due again by itself: a request may have left. `patience(account)` says how long to
    wait before it is looked up, so that a request still on its way has arrived by then; None
    leaves the account to another worker.
    """
    rows = (
        connection.execute(
            select(
                ACCOUNTS,
                (ACCOUNTS.c.lease_until < _choose_lease_clock(connection, wall)).label("over"),
            )
            .where(ACCOUNTS.c.holder.is_not(None))
            .with_for_update(skip_locked=True)
        )
        .mappings()
        .all()
    )
    waits = {name: patience(name) for name in (list_abandoned_accounts(rows) if rows else ())}
    taken = {name: wait for name, wait in waits.items() if wait is not None}
    for name, wait in taken.items():
        _release_account(connection, name, partial(_make_unknown, wall + wait), now, worker)
    return list(taken)


def release_lost_claims(
    connection: Connection, keep: Collection[str], *, now: datetime, wall: datetime, worker: str
) -> list[str]:
    """Let go of what `worker` holds without knowing it; returns those accounts.

    The answer to its claim's commit was lost, so that no request has left: all that are under way
    are on accounts in `keep`.
    """
    held = select(ACCOUNTS.c.name).where(ACCOUNTS.c.holder == worker)
    names = connection.execute(held.with_for_update(skip_locked=True)).scalars().all()
    lost = [name for name in names if name not in keep]
    for name in lost:
        _release_account(connection, name, partial(_undo_claim, now, wall), now, worker)
    return lost


def _choose_lease_clock(connection: Connection, wall: datetime) -> Any:  # noqa: ANN401 - a column or a value
    return wall if connection.dialect.name == "sqlite" else func.clock_timestamp()


def _make_unknown(look_up_at: datetime, holder: str, _doubt: object) -> ReleasedDelivery:
    reason = f"{holder} stopped while sending; the network is asked whether the post exists"
    return State.UNKNOWN, look_up_at, reason


def _undo_claim(now: datetime, wall: datetime, _holder: str, doubt: object) -> ReleasedDelivery:
    """As before the claim: due again, or in doubt for an earlier try."""
    reason = "claimed while the connection was lost; no request has left for that claim"
    return (State.UNKNOWN, wall, reason) if doubt else (State.WAITING, now, reason)


def _release_account(
    connection: Connection,
    account: str,
    choose_release: Callable[[str, object], ReleasedDelivery],
    now: datetime,
    worker: str,
) -> None:
    in_flight = (DELIVERIES.c.account == account, DELIVERIES.c.state == State.SENDING.value)
    row = connection.execute(
        select(DELIVERIES.c.key, DELIVERIES.c.holder, DELIVERIES.c.doubt).where(*in_flight)
    ).first()
    connection.execute(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.name == account)
        .values(holder=None, lease_until=None, fence=ACCOUNTS.c.fence + 1)
    )
    if row is None:
        return
    state, ready_at, reason = choose_release(row.holder, row.doubt)
    connection.execute(
        update(DELIVERIES)
        .where(*in_flight)
        .values(
            state=state.value,
            doubt=state is State.UNKNOWN,
            holder=None,
            ready_at=ready_at,
            reason=reason,
            updated_at=now,
        )
    )
    record_transitions(connection, now, worker, [(row.key, State.SENDING, state, reason)])
