"""Claims: which worker may act on which delivery, and under which fence.

The account's row is the lock: whoever holds it has the only request in flight on that account, and
every later holder carries a higher fence, by which a late result is known and refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, literal_column, or_, select, text, update

from perihelion.ledger.history import record
from perihelion.ledger.rows import delivery_of, post_text
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, Instant
from perihelion.ledger.values import Action, Claim, Prepared, Refused
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection, ScalarSelect

    from perihelion.model.deliveries import Delivery

    Prepare = Callable[[Delivery], Prepared | Refused]


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what terms a worker claims: `now` is the almanac's instant, `wall` the lease's.

    They differ in rehearsals only. `accounts` are those that this worker can post to; at most
    `limit` deliveries are claimed, one per account.
    """

    worker: str
    now: datetime
    wall: datetime
    accounts: tuple[str, ...]
    limit: int
    lease: timedelta


_OPEN = text("deliveries.state IN ('due', 'waiting', 'unknown')")  # as the partial index says it
_NOW = bindparam("now", type_=Instant)
_WALL = bindparam("wall", type_=Instant)
_READY = or_(
    and_(DELIVERIES.c.state != State.UNKNOWN.value, DELIVERIES.c.ready_at <= _NOW),
    and_(DELIVERIES.c.state == State.UNKNOWN.value, DELIVERIES.c.ready_at <= _WALL),
)


def _head() -> ScalarSelect[Any]:
    return (
        select(DELIVERIES.c.key)
        .where(DELIVERIES.c.account == ACCOUNTS.c.name, _OPEN, _READY)
        .order_by(DELIVERIES.c.ready_at, DELIVERIES.c.rank, DELIVERIES.c.key)
        .limit(1)
        .correlate(ACCOUNTS)
        .scalar_subquery()
    )


_FREE = (
    select(ACCOUNTS.c.name, ACCOUNTS.c.fence)
    .where(
        ACCOUNTS.c.name.in_(bindparam("accounts", expanding=True)),
        ACCOUNTS.c.holder.is_(None),
        or_(ACCOUNTS.c.resume_at.is_(None), ACCOUNTS.c.resume_at <= _NOW),
        exists(
            select(literal_column("1"))
            .select_from(DELIVERIES)
            .where(DELIVERIES.c.account == ACCOUNTS.c.name, _OPEN, _READY)
        ),
    )
    .order_by(ACCOUNTS.c.name)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)

_HEADS = (
    select(DELIVERIES)
    .select_from(ACCOUNTS)
    .join(DELIVERIES, DELIVERIES.c.key == _head())
    .where(ACCOUNTS.c.name.in_(bindparam("accounts", expanding=True)))
)


def claim(connection: Connection, terms: Terms, prepare: Prepare) -> list[Claim]:
    """Claim the first ready delivery of each free account, its post and token kept with it.

    `prepare` makes the post within the transaction, so that what is committed is what is sent.
    """
    bind = {"now": terms.now, "wall": terms.wall}
    free = connection.execute(
        _FREE, {**bind, "accounts": list(terms.accounts), "most": terms.limit}
    ).all()
    if not free:
        return []
    fences = {row.name: row.fence + 1 for row in free}
    heads = connection.execute(_HEADS, {**bind, "accounts": list(fences)}).mappings().all()
    claims: list[Claim] = []
    prepared: list[tuple[Delivery, Prepared]] = []
    for row in heads:
        delivery = delivery_of(row)
        answer = prepare(delivery)
        if isinstance(answer, Refused):
            _refuse(connection, delivery, answer, terms)
            continue
        prepared.append((delivery, answer))
        claims.append(_claim_of(delivery, answer, fences[delivery.key.account], terms))
    if claims:
        _take(connection, prepared, claims, terms)
    return claims


def _claim_of(delivery: Delivery, answer: Prepared, fence: int, terms: Terms) -> Claim:
    finding = answer.action is Action.FIND
    changed = replace(
        delivery,
        post=answer.post,
        state=State.UNKNOWN if finding else State.SENDING,
        attempts=delivery.attempts if finding else delivery.attempts + 1,
        first_tried_at=delivery.first_tried_at or (None if finding else terms.wall),
        fence=fence,
    )
    return Claim(delivery=changed, action=answer.action, fence=fence)


_HOLD = (
    update(ACCOUNTS)
    .where(ACCOUNTS.c.name == bindparam("account_name"))
    .values(fence=bindparam("new_fence"), holder=bindparam("worker"))
)
_HOLD_HERE = _HOLD.values(lease_until=bindparam("lease_end", type_=Instant))
_HOLD_BY_SERVER = _HOLD.values(  # a lease by the server's clock: the workers' own may differ
    lease_until=func.clock_timestamp()
    + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lease_seconds"))
)
_MARK = (
    update(DELIVERIES)
    .where(DELIVERIES.c.key == bindparam("delivery_key"))
    .values(
        state=bindparam("new_state"),
        post=bindparam("new_post"),
        attempts=bindparam("new_attempts"),
        first_tried_at=bindparam("first", type_=Instant),
        fence=bindparam("new_fence"),
        holder=bindparam("worker"),
        updated_at=bindparam("changed", type_=Instant),
    )
)


def _take(
    connection: Connection,
    prepared: Sequence[tuple[Delivery, Prepared]],
    claims: Sequence[Claim],
    terms: Terms,
) -> None:
    lease: dict[str, object]
    if connection.dialect.name == "sqlite":
        hold, lease = _HOLD_HERE, {"lease_end": terms.wall + terms.lease}
    else:
        hold, lease = _HOLD_BY_SERVER, {"lease_seconds": terms.lease.total_seconds()}
    connection.execute(
        hold,
        [
            {
                "account_name": c.delivery.key.account,
                "new_fence": c.fence,
                "worker": terms.worker,
                **lease,
            }
            for c in claims
        ],
    )
    connection.execute(
        _MARK,
        [
            {
                "delivery_key": str(c.delivery.key),
                "new_state": c.delivery.state.value,
                "new_post": post_text(answer.post),
                "new_attempts": c.delivery.attempts,
                "first": c.delivery.first_tried_at,
                "new_fence": c.fence,
                "worker": terms.worker,
                "changed": terms.now,
            }
            for c, (_before, answer) in zip(claims, prepared, strict=True)
        ],
    )
    record(
        connection,
        terms.now,
        terms.worker,
        [
            (str(before.key), before.state, State.SENDING, f"{answer.action}, fence {c.fence}")
            for c, (before, answer) in zip(claims, prepared, strict=True)
            if answer.action is not Action.FIND
        ],
    )


def _refuse(connection: Connection, delivery: Delivery, refused: Refused, terms: Terms) -> None:
    connection.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.key == str(delivery.key))
        .values(state=refused.state.value, reason=refused.reason, updated_at=terms.now)
    )
    step = (str(delivery.key), delivery.state, refused.state, refused.reason)
    record(connection, terms.now, terms.worker, [step])
