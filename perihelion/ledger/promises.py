"""New promises: what the planner decided, written under the account's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from perihelion.ledger.history import record_transitions
from perihelion.ledger.rows import make_account_view, make_delivery_row
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, OPEN_CONDITION
from perihelion.ledger.values import COUNTED_IN_CAP, AlreadyPromised, PlanRequest
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Table

    from perihelion.ledger.values import AccountView
    from perihelion.model.deliveries import DeliveryKey, PlannedDelivery

_COUNTED_STATES = sorted(state.value for state in COUNTED_IN_CAP)


def insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert the rows whose key is not there yet, and say how many of them were not.

    The database's unique key decides.
    """
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    return connection.execute(insert(table).on_conflict_do_nothing(), rows).rowcount


def lock_account(connection: Connection, request: PlanRequest) -> AccountView:
    """The account's row, ours until the transaction ends; made when it is not there yet."""
    query = select(ACCOUNTS).where(ACCOUNTS.c.name == request.account).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        insert_new(
            connection,
            ACCOUNTS,
            [{"name": request.account, "network": request.network, "known_since": request.now}],
        )
        row = connection.execute(query).mappings().one()
    return make_account_view(row)


def read_already_promised(
    connection: Connection, account: AccountView, request: PlanRequest, keys: Sequence[DeliveryKey]
) -> AlreadyPromised:
    """What the ledger holds of `keys`, and how much of today's cap is used up."""
    stored = connection.execute(
        select(DELIVERIES.c.key, DELIVERIES.c.state, DELIVERIES.c.attempts).where(
            DELIVERIES.c.key.in_([str(key) for key in keys])
        )
    )
    taken = connection.execute(
        select(func.count())
        .select_from(DELIVERIES)
        .where(
            DELIVERIES.c.account == request.account,
            DELIVERIES.c.promised_on == request.today,
            DELIVERIES.c.state.in_(_COUNTED_STATES),
        )
    ).scalar_one()
    states = {row.key: (State(row.state), row.attempts) for row in stored}
    return AlreadyPromised(account=account, states=states, cap_used=taken)


def promise_deliveries(  # noqa: PLR0913 - two clocks, two questions and who asks; a bundle would hide them
    connection: Connection,
    request: PlanRequest,
    worker: str,
    list_keys: Callable[[AccountView], Sequence[DeliveryKey]],
    plan: Callable[[AlreadyPromised], Sequence[PlannedDelivery]],
    *,
    wall: datetime,
) -> list[PlannedDelivery]:
    """Ask `keys` for the candidates, show `plan` what is known of them, and write its answer.

    A planned delivery that is there already and `missed` comes back to life: so a clock that was
    wrong and is right again loses nothing. Raises IllegalTransition if it is in any other state.
    What is to be looked up first waits by the `wall` clock, as every look-up does.
    """
    account = lock_account(connection, request)
    already_promised = read_already_promised(connection, account, request, list_keys(account))
    planned = list(plan(already_promised))
    new = [item for item in planned if str(item.key) not in already_promised.states]
    if new:
        rows = [
            make_delivery_row(p, request.today, request.now, _choose_ready_at(p, wall)) for p in new
        ]
        insert_new(connection, DELIVERIES, rows)
    for item in planned:
        if str(item.key) in already_promised.states:
            _reinstate_missed(connection, item, request, wall)
    record_transitions(
        connection,
        request.now,
        worker,
        [_make_transition(item, already_promised) for item in planned],
    )
    if account.planned_until != request.now:
        connection.execute(
            update(ACCOUNTS)
            .where(ACCOUNTS.c.name == request.account)
            .values(planned_until=request.now)
        )
    return planned


def _make_transition(
    item: PlannedDelivery, already_promised: AlreadyPromised
) -> tuple[str, State | None, State, str]:
    before, _attempts = already_promised.states.get(str(item.key), (None, 0))
    return (str(item.key), before, item.state, item.reason)


def _choose_ready_at(item: PlannedDelivery, wall: datetime) -> datetime:
    return wall if item.state is State.UNKNOWN else item.due_at


def _reinstate_missed(
    connection: Connection, item: PlannedDelivery, request: PlanRequest, wall: datetime
) -> None:
    connection.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.key == str(item.key), DELIVERIES.c.state == State.MISSED.value)
        .values(
            state=item.state.value,
            promised_on=request.today,
            ready_at=_choose_ready_at(item, wall),
            due_at=item.due_at,
            late_until=item.late_until,
            reason=item.reason,
            doubt=item.state is State.UNKNOWN,
            updated_at=request.now,
        )
    )


def mark_missed(connection: Connection, now: datetime, worker: str) -> int:
    """Turn what is past its late policy into `missed`, keeping why it was not sent before.

    Accounts that another worker is just writing are left for the next time.
    """
    too_late = and_(
        OPEN_CONDITION, DELIVERIES.c.state != State.UNKNOWN.value, DELIVERIES.c.late_until <= now
    )
    names = connection.execute(select(DELIVERIES.c.account).where(too_late).distinct()).scalars()
    ours = lock_accounts(connection, names.all())
    if not ours:
        return 0
    transitions = [
        (row.key, State(row.state), State.MISSED, _format_missed_reason(row.reason))
        for row in connection.execute(
            select(DELIVERIES.c.key, DELIVERIES.c.state, DELIVERIES.c.reason).where(
                too_late, DELIVERIES.c.account.in_(ours)
            )
        )
    ]
    for key, _before, after, reason in transitions:
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.key == key)
            .values(state=after.value, reason=reason, updated_at=now)
        )
    record_transitions(connection, now, worker, transitions)
    return len(transitions)


def lock_accounts(connection: Connection, names: Sequence[str]) -> Sequence[str]:
    """Those of `names` that nobody else is writing; ours until the transaction ends."""
    if not names:
        return []
    query = select(ACCOUNTS.c.name).where(ACCOUNTS.c.name.in_(names)).order_by(ACCOUNTS.c.name)
    return connection.execute(query.with_for_update(skip_locked=True)).scalars().all()


def _format_missed_reason(reason: str) -> str:
    before = f"; before that: {reason}" if reason else ""
    return f"too late by its late policy{before}"
