"""Pauses: a person stops the posting on one account or on all, and lets it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, insert, or_, select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, PAUSES, is_in_state
from perihelion.ledger.values import Pause
from perihelion.ledger.writes import lock_free_accounts, record_transitions
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import BindParameter, ColumnElement, Connection


def is_account_paused(now: BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether a pause of the account in the enclosing query is in effect."""
    ours = or_(PAUSES.c.account.is_(None), PAUSES.c.account == ACCOUNTS.c.name)
    return exists(select(PAUSES.c.id).where(ours, _is_in_effect(now)).correlate(ACCOUNTS))


def read_pauses(connection: Connection, account: str | None = None) -> list[Pause]:
    """Every pause there was, the oldest first; of one account, with those of all accounts."""
    query = select(PAUSES.c.account, PAUSES.c.begins_at, PAUSES.c.ends_at).order_by(PAUSES.c.id)
    if account is not None:
        query = query.where(or_(PAUSES.c.account.is_(None), PAUSES.c.account == account))
    return [Pause(**row) for row in connection.execute(query).mappings()]


class PausesMixin(LedgerBase):
    """Pauses. All instants are UTC, by the almanac's clock; no account means all of them."""

    def pause_account(self, account: str | None, now: datetime, until: datetime | None) -> Pause:
        """Pause from now on; a pause that is in effect already ends at `until` from now on."""
        current = and_(PAUSES.c.account.is_not_distinct_from(account), _is_in_effect(now))
        with self._write() as connection:
            changed = connection.execute(update(PAUSES).where(current).values(ends_at=until))
            if not changed.rowcount:
                row = {"account": account, "begins_at": now, "ends_at": until}
                connection.execute(insert(PAUSES).values(row))
            return next(p for p in read_pauses(connection) if p.account == account and p.lasts(now))

    def resume_account(self, account: str | None, now: datetime) -> list[Pause]:
        """End the pauses of an account, or every pause; returns those that were in effect."""
        current = _is_in_effect(now)
        if account is not None:
            current = and_(current, PAUSES.c.account == account)
        with self._write() as connection:
            found = [
                pause
                for pause in read_pauses(connection)
                if pause.lasts(now) and account in {None, pause.account}
            ]
            connection.execute(update(PAUSES).where(current).values(ends_at=now))
            self._skip_paused(connection, found, now)
            return found

    def list_pauses(self) -> list[Pause]:
        """Every pause there was, the oldest first."""
        with self._read() as connection:
            return read_pauses(connection)

    def skip_paused(self, now: datetime) -> int:
        """Make `skipped` what was promised before a pause and fell due within it."""
        pauses = [pause for pause in self.list_pauses() if pause.lasts(now)]
        if not pauses:
            return 0
        with self._write() as connection:
            return self._skip_paused(connection, pauses, now)

    def _skip_paused(self, connection: Connection, pauses: list[Pause], now: datetime) -> int:
        due = select(DELIVERIES.c.key, DELIVERIES.c.account, DELIVERIES.c.due_at).where(
            is_in_state(State.DUE)
        )
        found = {
            row.key: (row.account, pause)
            for row in connection.execute(due)
            for pause in pauses
            if pause.covers(row.account, row.due_at)
        }
        locked = lock_free_accounts(connection, sorted({name for name, _pause in found.values()}))
        steps = []
        for key, (account, pause) in found.items():
            still_due = (DELIVERIES.c.key == key, is_in_state(State.DUE))
            changes = {"state": State.SKIPPED.value, "reason": pause.reason, "updated_at": now}
            if (
                account in locked
                and connection.execute(
                    update(DELIVERIES).where(*still_due).values(changes)
                ).rowcount
            ):
                steps.append((key, State.DUE, State.SKIPPED, pause.reason))
        record_transitions(connection, now, self.worker, steps)
        return len(steps)


def _is_in_effect(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(PAUSES.c.begins_at <= now, or_(PAUSES.c.ends_at.is_(None), PAUSES.c.ends_at > now))
