"""Claims: which worker may act on which delivery, and under which fence.

The account's row is the lock: whoever holds it has the only request in flight on that account, and
every later holder carries a higher fence, by which a late result is known and refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, or_, select, text, update

from perihelion.ledger.batches import Batch
from perihelion.ledger.history import record
from perihelion.ledger.rows import delivery_of, post_text
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, OPEN, Instant
from perihelion.ledger.values import Action, Claim, Prepared, Refused
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Connection, FromClause, ScalarSelect

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


_NOW = bindparam("now", type_=Instant)
_WALL = bindparam("wall", type_=Instant)
_HEAD = DELIVERIES.alias("head")


def _ready(table: FromClause) -> ColumnElement[bool]:
    """What may be acted on; said as the partial index says it, so that the index is used."""
    return and_(
        text(f"{table.description}.{OPEN.text}"),
        or_(
            and_(
                table.c.state != State.UNKNOWN.value,
                table.c.ready_at <= _NOW,
                table.c.late_until > _NOW,  # it may be too late, and not swept yet
            ),
            and_(table.c.state == State.UNKNOWN.value, table.c.ready_at <= _WALL),
        ),
    )


def _first_of_account() -> ScalarSelect[Any]:
    return (
        select(_HEAD.c.key)
        .where(_HEAD.c.account == ACCOUNTS.c.name, _ready(_HEAD))
        .order_by(_HEAD.c.ready_at, _HEAD.c.rank, _HEAD.c.key)
        .limit(1)
        .correlate(ACCOUNTS)
        .scalar_subquery()
    )


_CLAIMABLE = (
    select(DELIVERIES, ACCOUNTS.c.fence.label("account_fence"))
    .select_from(ACCOUNTS)
    .join(DELIVERIES, DELIVERIES.c.key == _first_of_account())
    .where(
        ACCOUNTS.c.name.in_(bindparam("accounts", expanding=True)),
        ACCOUNTS.c.holder.is_(None),
        or_(ACCOUNTS.c.resume_at.is_(None), ACCOUNTS.c.resume_at <= _NOW),
        _ready(DELIVERIES),
    )
    .order_by(DELIVERIES.c.ready_at, DELIVERIES.c.rank, DELIVERIES.c.key)
    .limit(bindparam("most"))
)
_NEXT = _CLAIMABLE.with_for_update(of=(ACCOUNTS, DELIVERIES), skip_locked=True)
"""The first ready delivery of each free account, the longest waiting first.

Both rows are locked, and the delivery's readiness is asked outside the subquery as well: PostgreSQL
asks again about a row that changed under it, but the subquery goes on seeing the past.
"""


def claim(connection: Connection, terms: Terms, prepare: Prepare) -> list[Claim]:
    """Claim the first ready delivery of each free account, its post and token kept with it.

    `prepare` makes the post within the transaction, so that what is committed is what is sent.
    """
    taken: list[tuple[Delivery, Prepared, int]] = []
    undecided: Sequence[str] = terms.accounts
    while undecided:  # a delivery that is refused makes room for the next one of its account
        most = terms.limit - len(taken)
        rows = connection.execute(_NEXT, _asked(terms, undecided, most)).mappings().all()
        refusals = []
        for row in rows:
            delivery = delivery_of(row)
            answer = prepare(delivery)
            if isinstance(answer, Refused):
                refusals.append((delivery, answer))
            else:
                taken.append((delivery, answer, row["account_fence"] + 1))
        _refuse(connection, refusals, terms)
        undecided = [delivery.key.account for delivery, _answer in refusals]
    claims = [_claim_of(delivery, answer, fence, terms) for delivery, answer, fence in taken]
    if claims:
        _take(connection, [(d, answer) for d, answer, _fence in taken], claims, terms)
    return claims


def claimable(connection: Connection, terms: Terms) -> bool:
    """Whether there is something to claim, if only in a moment: its account may be locked now."""
    return connection.execute(_CLAIMABLE, _asked(terms, terms.accounts, 1)).first() is not None


def _asked(terms: Terms, accounts: Sequence[str], most: int) -> dict[str, object]:
    return {"now": terms.now, "wall": terms.wall, "accounts": accounts, "most": most}


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
    until = terms.wall + terms.lease
    return Claim(delivery=changed, action=answer.action, fence=fence, until=until)


_HOLD = (
    update(ACCOUNTS)
    .where(ACCOUNTS.c.name == bindparam("account_name"))
    .values(fence=bindparam("new_fence"), holder=bindparam("worker"))
)
_HOLD_HERE = Batch(_HOLD.values(lease_until=bindparam("lease_end", type_=Instant)))
_HOLD_BY_SERVER = Batch(  # a lease by the server's clock: the workers' own may differ
    _HOLD.values(
        lease_until=func.clock_timestamp()
        + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lease_seconds"))
    )
)
_MARK = Batch(
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
    hold.run(
        connection,
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
    _MARK.run(
        connection,
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


def _refuse(
    connection: Connection, refusals: Sequence[tuple[Delivery, Refused]], terms: Terms
) -> None:
    for delivery, refused in refusals:
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.key == str(delivery.key))
            .values(
                state=refused.state.value,
                reason=refused.reason,
                ready_at=refused.ready_at or delivery.next_at,
                updated_at=terms.now,
            )
        )
    record(
        connection,
        terms.now,
        terms.worker,
        [
            (str(d.key), d.state, refused.state, refused.reason)
            for d, refused in refusals
            if refused.state is not d.state
        ],
    )
