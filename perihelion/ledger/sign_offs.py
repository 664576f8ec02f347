"""Sign-off: who approved the words of a delivery, and what a person holds back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.rows import make_delivery, make_delivery_row
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, SIGN_OFFS
from perihelion.ledger.values import PlanRequest
from perihelion.ledger.writes import insert_new, lock_account, record_transitions
from perihelion.model.approvals import SignOff, Verdict
from perihelion.model.deliveries import OPEN_STATES, DeliveryKey, State
from perihelion.model.errors import IllegalTransition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from perihelion.model.deliveries import Delivery, PlannedDelivery

_UNSENT_STATES = frozenset({State.DUE, State.WAITING})


class SignOffsMixin(LedgerBase):
    """Approvals, their withdrawal, and vetoes. All instants are UTC, by the almanac's clock."""

    def approve_deliveries(self, approvals: Sequence[SignOff]) -> None:
        """Write down who approved which words. Whether a post needs them is asked when it leaves.

        A delivery that is held for want of an approval is let go on by `release_approved`.
        """
        with self._write() as connection:
            connection.execute(insert(SIGN_OFFS), [_make_row(one) for one in approvals])

    def withdraw_approval(self, withdrawal: SignOff, reason: str) -> None:
        """Write down that an approval no longer counts; what has not left yet is `held`.

        Raises IllegalTransition for a delivery that is being sent, or was sent.
        """
        with self._write() as connection:
            key = DeliveryKey.parse(withdrawal.key)
            _lock_known_account(connection, key.account)
            before = _find_delivery(connection, key)
            if before is not None and before.state in {State.SENDING, State.SENT}:
                raise IllegalTransition(f"{key} is {before.state}: {_HINTS[before.state]}")
            connection.execute(insert(SIGN_OFFS), [_make_row(withdrawal)])
            if before is not None and before.state in _UNSENT_STATES:
                self._move(connection, before, State.HELD, reason, withdrawal.at)
            elif before is not None:  # a repeat that is prepared already is not claimed any more
                same = DELIVERIES.c.key == withdrawal.key
                changed = update(DELIVERIES).where(same).values(updated_at=withdrawal.at)
                connection.execute(changed)

    def release_approved(self, key: DeliveryKey, reason: str, now: datetime) -> bool:
        """Let a delivery go on that was held for want of an approval; whether it still was."""
        with self._write() as connection:
            _lock_known_account(connection, key.account)
            before = _find_delivery(connection, key)
            if before is None or not before.awaits_approval:
                return False
            self._move(connection, before, State.WAITING, reason, now)
            return True

    def hold_planned(self, planned: PlannedDelivery, day: date, now: datetime) -> None:
        """Hold back a delivery for `planned.reason`, whether or not it is promised already.

        `day` is the account's own day on which it is due, whose cap it uses up. Raises
        IllegalTransition for what is being sent, is settled, or is held for another reason.
        """
        key = planned.key
        with self._write() as connection:
            account = lock_account(connection, PlanRequest(key.account, planned.network, now, day))
            before = _find_delivery(connection, key)
            if before is None:
                row = make_delivery_row(planned, day, now, planned.due_at)
                insert_new(connection, DELIVERIES, [row])
                step = (str(key), None, State.HELD, planned.reason)
                record_transitions(connection, now, self.worker, [step])
                return
            is_looked_up = account.holder is not None and before.state is State.UNKNOWN
            if before.state not in OPEN_STATES or is_looked_up:
                hint = _HINTS.get(before.state, "there is nothing to hold back")
                raise IllegalTransition(f"{key} is {before.state}: {hint}")
            self._move(connection, before, State.HELD, planned.reason, now)

    def list_sign_offs(self, keys: Sequence[DeliveryKey]) -> list[SignOff]:
        """Every verdict about these deliveries, the oldest first."""
        query = select(SIGN_OFFS).where(SIGN_OFFS.c.key.in_([str(key) for key in keys]))
        with self._read() as connection:
            return [
                SignOff(row.key, row.at, Verdict(row.verdict), row.person, row.words)
                for row in connection.execute(query.order_by(SIGN_OFFS.c.id))
            ]

    def _move(
        self, connection: Connection, before: Delivery, to: State, reason: str, now: datetime
    ) -> None:
        changes: dict[str, object] = {"state": to.value, "reason": reason, "updated_at": now}
        if to is State.WAITING:
            changes["ready_at"] = max(now, before.due_at)
        same = DELIVERIES.c.key == str(before.key)
        connection.execute(update(DELIVERIES).where(same).values(changes))
        step = (str(before.key), before.state, to, reason)
        record_transitions(connection, now, self.worker, [step])


_HINTS = {
    State.SENDING: "its request may have left; if it appears, delete it on the network",
    State.UNKNOWN: "it is being looked up; try again in a moment",
    State.SENT: "delete it on the network, or `correct` it",
    State.HELD: "it does not go out before you decide; `resolve KEY --skip` leaves it out",
}


def _lock_known_account(connection: Connection, name: str) -> None:
    query = select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == name)
    connection.execute(query.with_for_update())


def _find_delivery(connection: Connection, key: DeliveryKey) -> Delivery | None:
    query = select(DELIVERIES).where(DELIVERIES.c.key == str(key))
    row = connection.execute(query.with_for_update()).mappings().first()
    return make_delivery(row) if row else None


def _make_row(sign_off: SignOff) -> dict[str, object]:
    return {
        "key": sign_off.key,
        "at": sign_off.at,
        "verdict": sign_off.verdict.value,
        "person": sign_off.by,
        "words": sign_off.words,
    }
