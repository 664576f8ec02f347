"""Claims: which worker may act on which delivery, and under which fence.

The account's row is the lock: whoever holds it has the only request in flight on that account, and
every later holder carries a higher fence, by which a late result is known and refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, literal_column, or_, select, text

from perihelion.ledger.direct import Direct, Query
from perihelion.ledger.migrate import version_column
from perihelion.ledger.rows import post_text
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, OPEN, Instant
from perihelion.ledger.values import Action, Claim, Prepared, Refused
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, FromClause, ScalarSelect, Select

    from perihelion.ledger.book import Book
    from perihelion.ledger.direct import Among, Row
    from perihelion.ledger.values import Terms
    from perihelion.model.deliveries import Delivery

    Prepare = Callable[[Delivery], Prepared | Refused]


_NOW = bindparam("now", type_=Instant)
_WALL = bindparam("wall", type_=Instant)
_UNKNOWN: ColumnElement[str] = literal_column(f"'{State.UNKNOWN}'")
"""Written out: a parameter that SQLite can compare with the condition of a partial index makes it
plan the whole statement anew each time, for four times what the statement itself takes."""
_HEAD = DELIVERIES.alias("head")


def _ready(table: FromClause) -> ColumnElement[bool]:
    """What may be acted on; said as the partial index says it, so that the index is used."""
    return and_(
        text(f"{table.description}.{OPEN.text}"),
        or_(
            and_(
                table.c.state != _UNKNOWN,
                table.c.ready_at <= _NOW,
                table.c.late_until > _NOW,  # it may be too late, and not swept yet
            ),
            and_(table.c.state == _UNKNOWN, table.c.ready_at <= _WALL),
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


_HERS = ("fence", "holder", "paused_at", "resume_at", "broken", "reason")


def _with_account() -> Select[Any]:
    """A delivery with its account."""
    of_account = [ACCOUNTS.c[name].label(f"account_{name}") for name in _HERS]
    return select(DELIVERIES, *of_account, version_column())


def _in_turn(query: Select[Any]) -> Select[Any]:
    return query.order_by(DELIVERIES.c.ready_at, DELIVERIES.c.rank, DELIVERIES.c.key)


def _free(among: Among) -> ColumnElement[bool]:
    """An account that may be claimed: nobody holds it, or its result is being written."""
    ours = and_(ACCOUNTS.c.holder == bindparam("worker"), among(ACCOUNTS.c.name, "settled"))
    return and_(
        or_(ACCOUNTS.c.holder.is_(None), ours),
        or_(ACCOUNTS.c.resume_at.is_(None), ACCOUNTS.c.resume_at <= _NOW),
    )


def _claimable(among: Among) -> Select[Any]:
    """The first ready delivery of each free account.

    They are found before anything is joined: else the first delivery of each account is asked for
    again and again, by PostgreSQL (when it took a table for nearly empty) once for every delivery
    there is, by SQLite once for every pair of accounts.
    """
    first = (
        select(ACCOUNTS.c.name, _first_of_account().label("key"))
        .where(among(ACCOUNTS.c.name, "accounts"), _free(among))
        .cte("first")
        .prefix_with("MATERIALIZED")
    )
    return _in_turn(
        _with_account()
        .select_from(first)
        .join(ACCOUNTS, ACCOUNTS.c.name == first.c.name)
        .join(DELIVERIES, DELIVERIES.c.key == first.c.key)
        .where(_free(among), _ready(DELIVERIES))
    ).limit(bindparam("most"))


_LOOK = Query(_claimable)
NEXT = Query(
    lambda among: _claimable(among).with_for_update(of=(ACCOUNTS, DELIVERIES), skip_locked=True)
)
"""The longest waiting first.

Both rows are locked, and the delivery's readiness is asked outside the subquery as well: PostgreSQL
asks again about a row that changed under it, but the subquery goes on seeing the past.
"""

SAME = Query(
    lambda among: _in_turn(
        _with_account()
        .join_from(DELIVERIES, ACCOUNTS, ACCOUNTS.c.name == DELIVERIES.c.account)
        .where(among(DELIVERIES.c.key, "keys"))
    )
)
"""The same rows as NEXT found, as they are now."""


def claimable(connection: Connection, terms: Terms) -> bool:
    """Whether there is something to claim, if only in a moment: its account may be locked now."""
    asked = asked_for(replace(terms, limit=1), terms.accounts)
    return bool(Direct(connection).ask(_LOOK, asked).rows())


def asked_for(
    terms: Terms, accounts: Sequence[str], settled: Collection[str] = ()
) -> dict[str, object]:
    """What NEXT asks for: the accounts, and those among them that this exchange lets go."""
    return {
        "now": terms.now,
        "wall": terms.wall,
        "accounts": list(accounts),
        "settled": list(settled),
        "worker": terms.worker,
        "most": terms.limit,
    }


def take(book: Book, delivery: Delivery, answer: Prepared, row: Row, terms: Terms) -> Claim:
    """Claim a delivery, its post and token kept with it, so that what is committed is sent."""
    claimed = _claim_of(delivery, answer, row["account_fence"] + 1, terms)
    book.hold(claimed, row, terms)
    new = None if answer.post is delivery.post else post_text(answer.post)
    book.mark(claimed.delivery, holder=terms.worker, post=new)
    if answer.action is not Action.FIND:
        reason = f"{answer.action}, fence {claimed.fence}"
        book.step(delivery, State.SENDING, reason)
    return claimed


def refuse(book: Book, delivery: Delivery, refused: Refused) -> None:
    """Write down why a delivery is not sent now."""
    changed = replace(
        delivery,
        state=refused.state,
        reason=refused.reason,
        next_at=refused.ready_at or delivery.next_at,
    )
    book.mark(changed)
    if refused.state is not delivery.state:
        book.step(delivery, refused.state, refused.reason)


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
