"""New promises: what the planner decided, written under the account's lock."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.clock_set_back import restart_waits
from perihelion.ledger.pauses import read_pauses
from perihelion.ledger.rows import make_delivery_row
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, OPEN_CONDITION, is_in_state
from perihelion.ledger.values import AlreadyPromised, KnownPromise
from perihelion.ledger.writes import (
    insert_new,
    lock_account,
    lock_free_accounts,
    record_transitions,
)
from perihelion.model.deliveries import COUNTED_IN_CAP, DeliveryKey, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.ledger.values import AccountView, PlanRequest
    from perihelion.model.deliveries import PlannedDelivery


_KNOWN_COLUMNS = [
    DELIVERIES.c[name] for name in ("key", "state", "day", "attempts", "doubt", "reason")
]
_UNTRIED = {
    "post": None,
    "text_hash": None,
    "attempts": 0,
    "absences": 0,
    "first_tried_at": None,
    "receipt_id": None,
    "url": None,
}
"""What a delivery forgets when it is promised once more."""


@dataclass(frozen=True, slots=True)
class OpenPlan:
    """An account while it is planned under the ledger's lock, in one transaction."""

    _connection: Connection
    _request: PlanRequest
    account: AccountView
    _wall: datetime
    _worker: str

    def read_promised(self, keys: Sequence[DeliveryKey]) -> AlreadyPromised:
        """What the ledger holds of `keys`, and how much of today's cap is used up."""
        return _read_already_promised(self._connection, self.account, self._request, keys)

    def promise(self, planned: Sequence[PlannedDelivery], promised: AlreadyPromised) -> None:
        """Write what was `planned` after what is `promised` already, and that it was planned.

        A planned delivery that is there already as missed, skipped or rejected starts anew, as if
        it had never been tried; in any other state it raises IllegalTransition. A delivery that is
        to be looked up first waits by the ledger's clock, as every look-up does.
        """
        rows, transitions = [], []
        for item in planned:
            known = promised.known.get(str(item.key))
            before = known.state if known else None
            transitions.append((str(item.key), before, item.state, item.reason))
            is_unknown = item.state is State.UNKNOWN
            ready_at = self._wall + item.look_up_after if is_unknown else item.due_at
            row = make_delivery_row(item, self._request.today, self._request.now, ready_at)
            if before is None:
                rows.append(row)
            else:
                self._promise_again(row, before)
        if rows:
            insert_new(self._connection, DELIVERIES, rows)
        record_transitions(self._connection, self._request.now, self._worker, transitions)
        if self.account.planned_until != self._request.now:
            self._connection.execute(
                update(ACCOUNTS)
                .where(ACCOUNTS.c.name == self._request.account)
                .values(planned_until=self._request.now)
            )

    def _promise_again(self, row: dict[str, Any], before: State) -> None:
        self._connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.key == row["key"])
            .where(is_in_state(before))
            .values(row | _UNTRIED)
        )


class PromisesMixin(LedgerBase):
    """How promises enter the ledger, and how they lapse."""

    @contextmanager
    def planning(self, request: PlanRequest) -> Iterator[OpenPlan]:
        """Lock an account while it is planned; what was promised is written when this ends.

        Whatever is raised meanwhile undoes all of it.
        """
        with self._write() as connection:
            account = lock_account(connection, request)
            yield OpenPlan(connection, request, account, self.wall_clock(), self.worker)

    def mark_missed(self, now: datetime, accounts: Collection[str] | None = None) -> int:
        """Make `missed` what is past its late policy; returns how many deliveries that were.

        `accounts` limits it to these (None: all that the ledger knows).
        Waits that were counted by a clock that has since been set back are restarted first.
        Accounts that another worker is writing are left for the next time.
        """
        too_late = and_(
            OPEN_CONDITION,
            DELIVERIES.c.state != State.UNKNOWN.value,
            DELIVERIES.c.late_until <= now,
            *([] if accounts is None else [DELIVERIES.c.account.in_(accounts)]),
        )
        with self._write() as connection:
            wall = None if self.has_server_clock else self.wall_clock()
            restart_waits(connection, now, wall, accounts)
            names = connection.execute(select(DELIVERIES.c.account).where(too_late).distinct())
            locked = lock_free_accounts(connection, names.scalars().all())
            found = connection.execute(
                select(DELIVERIES.c.key, DELIVERIES.c.state, DELIVERIES.c.reason).where(
                    too_late, DELIVERIES.c.account.in_(locked)
                )
            ).all()
            transitions = [
                (row.key, State(row.state), State.MISSED, _format_missed_reason(row.reason))
                for row in found
            ]
            for key, _before, after, reason in transitions:
                connection.execute(
                    update(DELIVERIES)
                    .where(DELIVERIES.c.key == key)
                    .values(state=after.value, reason=reason, updated_at=now)
                )
            record_transitions(connection, now, self.worker, transitions)
            return len(transitions)


def _read_already_promised(
    connection: Connection, account: AccountView, request: PlanRequest, keys: Sequence[DeliveryKey]
) -> AlreadyPromised:
    """What the ledger holds of `keys`, and how much of today's cap is used up."""
    stored = connection.execute(
        select(*_KNOWN_COLUMNS).where(DELIVERIES.c.key.in_([str(key) for key in keys]))
    )
    known = {
        row.key: KnownPromise(State(row.state), row.day, row.attempts, row.doubt, row.reason)
        for row in stored
    }
    todays = connection.execute(
        select(DELIVERIES.c.key).where(
            DELIVERIES.c.account == request.account,
            DELIVERIES.c.promised_on == request.today,
            is_in_state(*COUNTED_IN_CAP),
        )
    ).scalars()
    cap_used = sum(DeliveryKey.parse(key).uses_daily_cap for key in todays)
    pauses = read_pauses(connection, request.account)
    return AlreadyPromised(account, known, cap_used, pauses)


def _format_missed_reason(reason: str) -> str:
    before = f"; until then: {reason}" if reason else ""
    return f"too late by its late policy{before}"
