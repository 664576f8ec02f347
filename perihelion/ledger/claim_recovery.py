"""Taking back claims: those of a worker that is gone, and our own that we do not know of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, is_in_state
from perihelion.ledger.writes import record_transitions
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    ReleasedDelivery = tuple[State, datetime, str]
    """What a delivery becomes, when it is looked at again, and why."""


class ClaimRecoveryMixin(LedgerBase):
    """Claims that nobody carries out any more, and accounts that were stopped."""

    def expire_claims(
        self, now: datetime, patience: Callable[[str], timedelta | None]
    ) -> list[str]:
        """Make `unknown` what a worker that is gone was sending; returns the accounts freed.

        It is never due again by itself: a request may have left. `patience(account)` says how long
        to wait before it is looked up, so that a request still on its way has arrived by then; None
        leaves the account to another worker.
        """
        self._compare_clocks()
        wall = self.wall_clock()
        on_sqlite = self._engine.dialect.name == "sqlite"
        lease_clock: Any = wall if on_sqlite else func.clock_timestamp()
        query = select(ACCOUNTS, (ACCOUNTS.c.lease_until < lease_clock).label("over")).where(
            ACCOUNTS.c.holder.is_not(None)
        )
        with self._write() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).mappings().all()
            abandoned = self._liveness.list_abandoned_accounts(rows) if rows else []
            waits = {name: patience(name) for name in abandoned}
            taken = {name: wait for name, wait in waits.items() if wait is not None}
            for name, wait in taken.items():
                self._release_account(connection, name, partial(_make_unknown, wall + wait), now)
            return list(taken)

    def release_lost_claims(self, keep: Collection[str], now: datetime) -> list[str]:
        """Release what this worker holds without knowing it; returns those accounts.

        The commit of such a claim was never answered, so no request has left: every request under
        way is on an account in `keep`.
        """
        held = select(ACCOUNTS.c.name).where(ACCOUNTS.c.holder == self.worker)
        undo = partial(_undo_claim, now, self.wall_clock())
        with self._write() as connection:
            names = connection.execute(held.with_for_update(skip_locked=True)).scalars().all()
            lost = [name for name in names if name not in keep]
            for name in lost:
                self._release_account(connection, name, undo, now, attempts_undone=1)
            return lost

    def reopen_account(self, account: str) -> None:
        """Let an account go on whose credentials were refused and have been corrected.

        Why it was stopped is kept until its next success: the same refusal stops it again.
        """
        with self._write() as connection:
            connection.execute(
                update(ACCOUNTS)
                .where(ACCOUNTS.c.name == account, ACCOUNTS.c.broken)
                .values(broken=False, resume_at=None)
            )

    def _release_account(
        self,
        connection: Connection,
        account: str,
        choose_release: Callable[[str, object], ReleasedDelivery],
        now: datetime,
        attempts_undone: int = 0,
    ) -> None:
        in_flight = (DELIVERIES.c.account == account, is_in_state(State.SENDING))
        row = connection.execute(
            select(DELIVERIES.c.key, DELIVERIES.c.holder, DELIVERIES.c.doubt).where(*in_flight)
        ).first()
        connection.execute(
            update(ACCOUNTS)
            .where(ACCOUNTS.c.name == account)
            .values(holder=None, lease_until=None, fence=ACCOUNTS.c.fence + 1)
        )
        if row is None:
            return
        state, ready_at, reason = choose_release(row.holder, row.doubt)
        connection.execute(
            update(DELIVERIES)
            .where(*in_flight)
            .values(
                state=state.value,
                attempts=DELIVERIES.c.attempts - attempts_undone,
                doubt=state is State.UNKNOWN,
                holder=None,
                ready_at=ready_at,
                reason=reason,
                updated_at=now,
            )
        )
        steps = [(row.key, State.SENDING, state, reason)]
        record_transitions(connection, now, self.worker, steps)


def _make_unknown(look_up_at: datetime, holder: str, _doubt: object) -> ReleasedDelivery:
    reason = f"{holder} stopped while sending; the network is asked whether the post exists"
    return State.UNKNOWN, look_up_at, reason


def _undo_claim(now: datetime, wall: datetime, _holder: str, doubt: object) -> ReleasedDelivery:
    """As before the claim: waiting again, or in doubt because of an earlier try."""
    reason = "claimed while the connection was lost; no request has left for that claim"
    return (State.UNKNOWN, wall, reason) if doubt else (State.WAITING, now, reason)
