"""New promises: what the planner decided, written under the account's lock."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, and_, bindparam, select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.clock_set_back import restart_waits
from perihelion.ledger.driver_statements import DriverConnection, Query, make_insert_batch
from perihelion.ledger.pauses import read_pauses
from perihelion.ledger.rows import make_delivery_row
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, OPEN_CONDITION, is_in_state
from perihelion.ledger.values import AlreadyPromised, KnownPromise
from perihelion.ledger.writes import (
    lock_accounts,
    lock_free_accounts,
    record_transitions,
)
from perihelion.model.deliveries import COUNTED_IN_CAP, DeliveryKey, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from perihelion.ledger.values import AccountView, PlanRequest
    from perihelion.model.deliveries import PlannedDelivery


_KNOWN_COLUMNS = [
    DELIVERIES.c[name] for name in ("key", "state", "day", "attempts", "doubt", "reason")
]
_KNOWN_QUERY = Query(lambda among: select(*_KNOWN_COLUMNS).where(among(DELIVERIES.c.key, "keys")))
_PROMISED_QUERY = Query(
    lambda among: select(DELIVERIES.c.account, DELIVERIES.c.key, DELIVERIES.c.promised_on).where(
        among(DELIVERIES.c.account, "accounts"),
        DELIVERIES.c.promised_on >= bindparam("first", type_=Date),
        is_in_state(*COUNTED_IN_CAP),
    )
)
_NOT_IN_ROW = {"attempts", "absences", "fence"}
_INSERT_DELIVERIES = make_insert_batch(
    DELIVERIES, [c.name for c in DELIVERIES.c if not c.nullable and c.name not in _NOT_IN_ROW]
)
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
    """Some accounts, by name, while they are planned in one transaction.

    They are locked, unless the plan is only read; then those that are not there are left out.
    """

    _connection: Connection
    _requests: Mapping[str, PlanRequest]
    accounts: Mapping[str, AccountView]
    _wall: datetime
    _worker: str

    def read_known(self, keys: Iterable[str]) -> dict[str, KnownPromise]:
        """What the ledger holds of `keys`."""
        driver = DriverConnection(self._connection)
        rows = driver.execute_query(_KNOWN_QUERY, {"keys": list(keys)}).list_rows()
        return {
            row["key"]: KnownPromise(
                State(row["state"]), row["day"], row["attempts"], row["doubt"], row["reason"]
            )
            for row in rows
        }

    def read_promised(self, keys: Iterable[str]) -> dict[str, AlreadyPromised]:
        """For each account what the ledger holds of all `keys`, and how much of today's cap."""
        known, used = self.read_known(keys), self._count_cap_used()
        pauses = read_pauses(self._connection)
        return {
            name: AlreadyPromised(
                view, known, used[name], [one for one in pauses if one.account in {None, name}]
            )
            for name, view in self.accounts.items()
        }

    def _count_cap_used(self) -> Counter[str]:
        """How many deliveries count in the cap of each account's day of planning."""
        first = min(one.today for one in self._requests.values())
        rows = DriverConnection(self._connection).execute_query(
            _PROMISED_QUERY, {"accounts": list(self._requests), "first": first}
        )
        return Counter(
            row["account"]
            for row in rows.list_rows()
            if row["promised_on"] == self._requests[row["account"]].today
            and DeliveryKey.parse(row["key"]).uses_daily_cap
        )

    def promise(
        self, planned: Iterable[PlannedDelivery], promised: Mapping[str, AlreadyPromised]
    ) -> None:
        """Write what was `planned` after what is `promised` already, and that it was planned.

        A planned delivery that is there already as missed, skipped or rejected starts anew, as if
        it had never been tried; in any other state it raises IllegalTransition. A delivery that is
        to be looked up first waits by the ledger's clock, as every look-up does.
        """
        rows, transitions = [], []
        for item in planned:
            request, key = self._requests[item.key.account], str(item.key)
            known = promised[request.account].known.get(key)
            before = known.state if known else None
            transitions.append((key, before, item.state, item.reason))
            is_unknown = item.state is State.UNKNOWN
            ready_at = self._wall + item.look_up_after if is_unknown else item.due_at
            row = make_delivery_row(item, request.today, request.now, ready_at)
            if before is None:
                rows.append(row)
            else:
                self._promise_again(row, before)
        driver = DriverConnection(self._connection)
        driver.execute_batch(_INSERT_DELIVERIES, rows)
        now = next(iter(self._requests.values())).now
        record_transitions(driver, now, self._worker, transitions)
        changed = [name for name, view in self.accounts.items() if view.planned_until != now]
        if changed:
            self._connection.execute(
                update(ACCOUNTS).where(ACCOUNTS.c.name.in_(changed)).values(planned_until=now)
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
    def planning(
        self, requests: Sequence[PlanRequest], *, reads_only: bool = False
    ) -> Iterator[OpenPlan]:
        """Lock accounts while they are planned; what was promised is written when this ends.

        All of them are planned at the same instant. Whatever is raised meanwhile undoes all of it.
        With `reads_only` nothing is locked, and nothing can be written.
        """
        begin = self._read if reads_only else self._write
        with begin() as connection:
            accounts = lock_accounts(connection, requests, reads_only=reads_only)
            by_name = {one.account: one for one in requests}
            yield OpenPlan(connection, by_name, accounts, self.wall_clock(), self.worker)

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


def _format_missed_reason(reason: str) -> str:
    before = f"; until then: {reason}" if reason else ""
    return f"too late by its late policy{before}"
