"""Settling: the result of a claim, written once, and refused when it comes under an old fence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from perihelion.ledger.batches import Batch
from perihelion.ledger.history import record
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, Instant
from perihelion.ledger.values import Action
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from perihelion.ledger.values import Claim, Settlement

_LOCK = (
    select(ACCOUNTS)
    .where(ACCOUNTS.c.name.in_(bindparam("accounts", expanding=True)))
    .order_by(ACCOUNTS.c.name)
    .with_for_update()
)
_RELEASE = Batch(
    update(ACCOUNTS)
    .where(ACCOUNTS.c.name == bindparam("account_name"))
    .values(
        holder=None,
        lease_until=None,
        paused_at=bindparam("paused", type_=Instant),
        resume_at=bindparam("resume", type_=Instant),
        broken=bindparam("new_broken"),
        reason=bindparam("new_reason"),
    )
)
_WRITE = Batch(
    update(DELIVERIES)
    .where(DELIVERIES.c.key == bindparam("delivery_key"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        doubt=bindparam("new_doubt"),
        holder=None,
        ready_at=func.coalesce(bindparam("ready", type_=Instant), DELIVERIES.c.ready_at),
        receipt_id=bindparam("receipt"),
        url=bindparam("new_url"),
        updated_at=bindparam("changed", type_=Instant),
    )
)


def settle(
    connection: Connection,
    results: Sequence[tuple[Claim, Settlement]],
    now: datetime,
    worker: str,
) -> list[Settlement]:
    """Write the results whose fence still holds; the refused ones are returned.

    Writing the same result twice is harmless: the second time the claim is no longer held, and
    a commit whose answer was lost may be repeated.
    """
    if not results:
        return []
    names = sorted({s.key.account for _c, s in results})
    rows = {r["name"]: r for r in connection.execute(_LOCK, {"accounts": names}).mappings()}
    held, refused = [], []
    for claimed, settlement in results:
        row = rows[settlement.key.account]
        if row["fence"] != claimed.fence:
            refused.append(settlement)
        elif row["holder"] is not None:
            held.append((claimed, settlement))
    if held:
        _RELEASE.run(connection, [_account_change(rows, s, now) for _c, s in held])
        _WRITE.run(connection, [_delivery_change(c, s, now) for c, s in held])
        record(connection, now, worker, [step for step in map(_step, held) if step[1] != step[2]])
    return refused


def _account_change(rows: dict[str, Any], settlement: Settlement, now: datetime) -> dict[str, Any]:
    row = rows[settlement.key.account]
    changes = settlement.broken is not None or settlement.resume_at is not None
    return {
        "account_name": settlement.key.account,
        "paused": now if settlement.resume_at else None,
        "resume": settlement.resume_at,
        "new_broken": row["broken"] if settlement.broken is None else settlement.broken,
        "new_reason": settlement.account_reason if changes else row["reason"],
    }


def _delivery_change(claimed: Claim, settlement: Settlement, now: datetime) -> dict[str, Any]:
    receipt = settlement.receipt
    return {
        "delivery_key": str(settlement.key),
        "new_state": settlement.state.value,
        "new_reason": settlement.reason,
        "new_doubt": settlement.state in {State.UNKNOWN, State.HELD},
        "ready": settlement.ready_at,
        "receipt": receipt.id if receipt else claimed.delivery.receipt_id,
        "new_url": receipt.url if receipt else claimed.delivery.url,
        "changed": now,
    }


def _step(result: tuple[Claim, Settlement]) -> tuple[str, State, State, str]:
    claimed, settlement = result
    before = State.UNKNOWN if claimed.action is Action.FIND else State.SENDING
    return (str(settlement.key), before, settlement.state, settlement.reason)


def expire(  # noqa: PLR0913 - two clocks, two questions and who asks; a bundle would hide them
    connection: Connection,
    gone: Callable[[Sequence[Any]], Sequence[str]],
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
            select(ACCOUNTS, (ACCOUNTS.c.lease_until < _wall(connection, wall)).label("over"))
            .where(ACCOUNTS.c.holder.is_not(None))
            .with_for_update(skip_locked=True)
        )
        .mappings()
        .all()
    )
    waits = {name: patience(name) for name in (gone(rows) if rows else ())}
    taken = {name: wait for name, wait in waits.items() if wait is not None}
    for name, wait in taken.items():
        _take_back(connection, name, now, wall + wait, worker)
    return list(taken)


def _wall(connection: Connection, wall: datetime) -> Any:  # noqa: ANN401 - a column or a value
    return wall if connection.dialect.name == "sqlite" else func.clock_timestamp()


def _take_back(
    connection: Connection, account: str, now: datetime, look_at: datetime, worker: str
) -> None:
    in_flight = (DELIVERIES.c.account == account, DELIVERIES.c.state == State.SENDING.value)
    row = connection.execute(
        select(DELIVERIES.c.key, DELIVERIES.c.holder).where(*in_flight)
    ).first()
    connection.execute(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.name == account)
        .values(holder=None, lease_until=None, fence=ACCOUNTS.c.fence + 1)
    )
    if row is None:
        return
    reason = f"{row.holder} stopped while sending; the network is asked whether the post exists"
    connection.execute(
        update(DELIVERIES)
        .where(*in_flight)
        .values(
            state=State.UNKNOWN.value,
            doubt=True,
            holder=None,
            ready_at=look_at,
            reason=reason,
            updated_at=now,
        )
    )
    record(connection, now, worker, [(row.key, State.SENDING, State.UNKNOWN, reason)])
