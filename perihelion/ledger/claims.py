"""Claims: which worker may act on which delivery, and under which fence.

The account's row is the lock: whoever holds it has the only request in flight on that account, and
every later holder carries a higher fence, by which a late result is known and refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, literal_column, or_, select, text

from perihelion.ledger.driver_statements import DriverConnection, Query
from perihelion.ledger.migrate import version_column
from perihelion.ledger.rows import serialize_post
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, OPEN_CONDITION, Instant
from perihelion.ledger.values import Action, Claim, ClaimPrepared, ClaimRefused
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, FromClause, ScalarSelect, Select

    from perihelion.ledger.driver_statements import Among, Row
    from perihelion.ledger.exchange_writes import ExchangeWrites
    from perihelion.ledger.values import ClaimRequest
    from perihelion.model.deliveries import Delivery

    PrepareClaim = Callable[[Delivery], ClaimPrepared | ClaimRefused]


_NOW = bindparam("now", type_=Instant)
_WALL = bindparam("wall", type_=Instant)
_UNKNOWN: ColumnElement[str] = literal_column(f"'{State.UNKNOWN}'")
"""Written out: a parameter that SQLite can compare with the condition of a partial index makes it
plan the whole statement anew each time, for four times what the statement itself takes."""
_FIRST_DELIVERIES = DELIVERIES.alias("head")


def _is_ready(table: FromClause) -> ColumnElement[bool]:
    """What may be acted on; said as the partial index says it, so that the index is used."""
    return and_(
        text(f"{table.description}.{OPEN_CONDITION.text}"),
        or_(
            and_(
                table.c.state != _UNKNOWN,
                table.c.ready_at <= _NOW,
                table.c.late_until > _NOW,  # it may be too late, and not swept yet
            ),
            and_(table.c.state == _UNKNOWN, table.c.ready_at <= _WALL),
        ),
    )


def _select_first_of_account() -> ScalarSelect[Any]:
    return (
        select(_FIRST_DELIVERIES.c.key)
        .where(_FIRST_DELIVERIES.c.account == ACCOUNTS.c.name, _is_ready(_FIRST_DELIVERIES))
        .order_by(_FIRST_DELIVERIES.c.ready_at, _FIRST_DELIVERIES.c.rank, _FIRST_DELIVERIES.c.key)
        .limit(1)
        .correlate(ACCOUNTS)
        .scalar_subquery()
    )


_ACCOUNT_COLUMNS = ("fence", "holder", "paused_at", "resume_at", "broken", "reason")


def _select_with_account() -> Select[Any]:
    """A delivery with its account."""
    of_account = [ACCOUNTS.c[name].label(f"account_{name}") for name in _ACCOUNT_COLUMNS]
    return select(DELIVERIES, *of_account, version_column())


def _order_by_ready_time(query: Select[Any]) -> Select[Any]:
    return query.order_by(DELIVERIES.c.ready_at, DELIVERIES.c.rank, DELIVERIES.c.key)


def _is_account_free(among: Among) -> ColumnElement[bool]:
    """An account that may be claimed: nobody holds it, or its result is being written."""
    ours = and_(ACCOUNTS.c.holder == bindparam("worker"), among(ACCOUNTS.c.name, "settled"))
    return and_(
        or_(ACCOUNTS.c.holder.is_(None), ours),
        or_(ACCOUNTS.c.resume_at.is_(None), ACCOUNTS.c.resume_at <= _NOW),
    )


def _select_claimable(among: Among) -> Select[Any]:
    """The first ready delivery of each free account.

    They are found before anything is joined: else the first delivery of each account is asked for
    again and again, by PostgreSQL (when it took a table for nearly empty) once for every delivery
    there is, by SQLite once for every pair of accounts.
    """
    first = (
        select(ACCOUNTS.c.name, _select_first_of_account().label("key"))
        .where(among(ACCOUNTS.c.name, "accounts"), _is_account_free(among))
        .cte("first")
        .prefix_with("MATERIALIZED")
    )
    return _order_by_ready_time(
        _select_with_account()
        .select_from(first)
        .join(ACCOUNTS, ACCOUNTS.c.name == first.c.name)
        .join(DELIVERIES, DELIVERIES.c.key == first.c.key)
        .where(_is_account_free(among), _is_ready(DELIVERIES))
    ).limit(bindparam("most"))


_CLAIMABLE_QUERY = Query(_select_claimable)
CLAIM_QUERY = Query(
    lambda among: _select_claimable(among).with_for_update(
        of=(ACCOUNTS, DELIVERIES), skip_locked=True
    )
)
"""The longest waiting first.

Both rows are locked, and the delivery's readiness is asked outside the subquery as well: PostgreSQL
asks again about a row that changed under it, but the subquery goes on seeing the past.
"""

RECHECK_QUERY = Query(
    lambda among: _order_by_ready_time(
        _select_with_account()
        .join_from(DELIVERIES, ACCOUNTS, ACCOUNTS.c.name == DELIVERIES.c.account)
        .where(among(DELIVERIES.c.key, "keys"))
    )
)
"""The same rows as NEXT found, as they are now."""


def has_claimable(connection: Connection, request: ClaimRequest) -> bool:
    """Whether there is something to claim, if only in a moment: its account may be locked now."""
    parameters = make_claim_parameters(replace(request, limit=1), request.accounts)
    return bool(
        DriverConnection(connection).execute_query(_CLAIMABLE_QUERY, parameters).list_rows()
    )


def make_claim_parameters(
    request: ClaimRequest, accounts: Sequence[str], settled: Collection[str] = ()
) -> dict[str, object]:
    """What NEXT asks for: the accounts, and those among them that this exchange lets go."""
    return {
        "now": request.now,
        "wall": request.wall,
        "accounts": list(accounts),
        "settled": list(settled),
        "worker": request.worker,
        "most": request.limit,
    }


def claim_delivery(
    writes: ExchangeWrites,
    delivery: Delivery,
    prepared: ClaimPrepared,
    row: Row,
    request: ClaimRequest,
) -> Claim:
    """Claim a delivery, its post and token kept with it, so that what is committed is sent."""
    claimed = _make_claim(delivery, prepared, row["account_fence"] + 1, request)
    writes.hold_account(claimed, row, request)
    new = None if prepared.post is delivery.post else serialize_post(prepared.post)
    writes.add_claim(claimed.delivery, holder=request.worker, post=new)
    if prepared.action is not Action.FIND:
        reason = f"{prepared.action}, fence {claimed.fence}"
        writes.add_transition(delivery, State.SENDING, reason)
    return claimed


def refuse_claim(writes: ExchangeWrites, delivery: Delivery, refused: ClaimRefused) -> None:
    """Write down why a delivery is not sent now."""
    changed = replace(
        delivery,
        state=refused.state,
        reason=refused.reason,
        next_at=refused.ready_at or delivery.next_at,
    )
    writes.add_claim(changed)
    if refused.state is not delivery.state:
        writes.add_transition(delivery, refused.state, refused.reason)


def _make_claim(
    delivery: Delivery, prepared: ClaimPrepared, fence: int, request: ClaimRequest
) -> Claim:
    finding = prepared.action is Action.FIND
    changed = replace(
        delivery,
        post=prepared.post,
        state=State.UNKNOWN if finding else State.SENDING,
        attempts=delivery.attempts if finding else delivery.attempts + 1,
        first_tried_at=delivery.first_tried_at or (None if finding else request.wall),
        fence=fence,
    )
    until = request.wall + request.lease
    return Claim(delivery=changed, action=prepared.action, fence=fence, lease_until=until)
