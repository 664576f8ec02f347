"""Claims: which worker may act on which delivery, and under which fence.

The account's row is the lock: whoever holds it has the only request in flight on that account, and
every later holder has a higher fence, by which a late result is recognised and refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, bindparam, func, literal_column, not_, or_, select, text

from perihelion.ledger.driver_statements import Query
from perihelion.ledger.migrate import version_column
from perihelion.ledger.pauses import is_account_paused
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, OPEN_CONDITION, Instant
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select

    from perihelion.ledger.driver_statements import Among
    from perihelion.ledger.values import ClaimRequest, Result

_NOW = bindparam("now", type_=Instant)
_WALL = bindparam("wall", type_=Instant)
_UNKNOWN: ColumnElement[str] = literal_column(f"'{State.UNKNOWN}'")
"""A literal: for a parameter that can be compared with a partial index's condition, SQLite plans
the whole statement again each time, which takes four times as long as the statement itself."""
_FIRST_DELIVERIES = DELIVERIES.alias("head")


def _is_ready(table: FromClause) -> ColumnElement[bool]:
    """What may be acted on; written as in the partial index, so that the index is used."""
    return and_(
        text(f"{table.description}.{OPEN_CONDITION.text}"),
        or_(
            and_(
                table.c.state != _UNKNOWN,
                table.c.ready_at <= _NOW,
                table.c.late_until > _NOW,  # it may be too late and not marked yet
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


def _is_account_free(among: Among) -> ColumnElement[bool]:
    """An account that may be claimed: nobody holds it, or its result is being written."""
    ours = and_(ACCOUNTS.c.holder == bindparam("worker"), among(ACCOUNTS.c.name, "settled"))
    return and_(
        or_(ACCOUNTS.c.holder.is_(None), ours),
        or_(ACCOUNTS.c.resume_at.is_(None), ACCOUNTS.c.resume_at <= _NOW),
        not_(is_account_paused(_NOW)),
    )


def _select_ready(among: Among) -> Select[Any]:
    """The first ready delivery of each free account.

    They are found before anything is joined. Otherwise the first delivery of each account is looked
    for again and again: by PostgreSQL (if it takes a table for nearly empty) once per delivery, by
    SQLite once per pair of accounts.
    """
    first = (
        select(ACCOUNTS.c.name, _select_first_of_account().label("key"))
        .where(among(ACCOUNTS.c.name, "accounts"), _is_account_free(among))
        .cte("first")
        .prefix_with("MATERIALIZED")
    )
    return (
        _select_with_account()
        .select_from(first)
        .join(ACCOUNTS, ACCOUNTS.c.name == first.c.name)
        .join(DELIVERIES, DELIVERIES.c.key == first.c.key)
        .order_by(
            DELIVERIES.c.ready_at,
            ACCOUNTS.c.holder.is_(None),
            ACCOUNTS.c.name,
        )
        .limit(bindparam("most"))
    )


READY_QUERY = Query(_select_ready)
"""The first ready delivery of each free account, the longest waiting first.

Of those that have waited equally long, a worker takes its own accounts first.
"""


def _select_ready_accounts(among: Among) -> Select[Any]:
    """All of it is read from the index of what is open, before any account is looked at."""
    ready = (
        select(DELIVERIES.c.account, func.min(DELIVERIES.c.ready_at).label("ready_at"))
        .where(_is_ready(DELIVERIES))
        .group_by(DELIVERIES.c.account)
        .cte("ready")
        .prefix_with("MATERIALIZED")
    )
    is_before = ready.c.account < bindparam("starting_at", type_=String)
    return (
        select(ready.c.account)
        .join_from(ready, ACCOUNTS, ACCOUNTS.c.name == ready.c.account)
        .where(_is_account_free(among))
        .order_by(ready.c.ready_at, is_before, ready.c.account)
    )


READY_ACCOUNTS_QUERY = Query(_select_ready_accounts)
"""The free accounts on which something is ready, the longest waiting first.

Of those that have waited equally long, first those from a place in their order on: workers that all
read the same ones would claim the same ones, and all but one in vain.
"""

LOCK_READY_QUERY = Query(
    lambda among: (
        _select_with_account()
        .join_from(DELIVERIES, ACCOUNTS, ACCOUNTS.c.name == DELIVERIES.c.account)
        .where(among(DELIVERIES.c.key, "keys"))
        .with_for_update(of=(ACCOUNTS, DELIVERIES), skip_locked=True)
    )
)
"""The same rows as they are now, locked; those that another worker is writing are left out."""


def make_ready_parameters(
    request: ClaimRequest, results: Sequence[Result], worker: str
) -> dict[str, object]:
    """The parameters of READY_QUERY."""
    settled = [settlement for _claim, settlement in results]
    paused = {s.key.account for s in settled if s.resume_at and s.resume_at > request.now}
    return {
        "now": request.now,
        "wall": request.wall,
        "accounts": [name for name in request.accounts if name not in paused],
        "settled": [settlement.key.account for settlement in settled],
        "worker": worker,
        "most": request.limit,
    }
