"""What one exchange is about to write: collected first, then written in a few statements."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Float, String, func, null, update

from perihelion.ledger.driver_statements import Batch
from perihelion.ledger.pictures import INSERT_PICTURES, make_picture_rows
from perihelion.ledger.rows import serialize_post
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, Instant
from perihelion.ledger.values import Action, Claim
from perihelion.ledger.writes import record_transitions
from perihelion.model.deliveries import DOUBTFUL_STATES, State
from perihelion.model.posts import hash_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.dml import Update

    from perihelion.ledger.driver_statements import DriverConnection, Field, Row
    from perihelion.ledger.values import ClaimPrepared, ClaimRefused, ReadyDelivery, Settlement
    from perihelion.ledger.writes import Transition
    from perihelion.model.deliveries import Delivery
    from perihelion.model.posts import Post

_RESULT_COLUMNS = ("state", "reason", "doubt", "updated_at")
_CLAIM_COLUMNS = (
    *("state", "reason", "holder", "ready_at"),
    *("attempts", "first_tried_at", "fence", "updated_at"),
)


def _update_result(field: Field) -> Update:
    """Only what a result changes: all else is as the claim wrote it."""
    return _update_delivery(
        field, _RESULT_COLUMNS, "ready_at", "receipt_id", "url", "absences"
    ).values(holder=null())


def _update_claim(field: Field) -> Update:
    return _update_delivery(field, _CLAIM_COLUMNS, "post", "text_hash")


def _update_delivery(field: Field, names: Sequence[str], *kept: str) -> Update:
    """Set the columns `names`, and those of `kept` for which there is a new value."""

    def column_value(name: str) -> ColumnElement[Any]:
        return field(name, DELIVERIES.c[name].type)

    return (
        update(DELIVERIES)
        .where(DELIVERIES.c.key == field("its_key", String(300)))
        .values({name: column_value(name) for name in names})
        .values({name: func.coalesce(column_value(name), DELIVERIES.c[name]) for name in kept})
    )


def _update_account(field: Field) -> Update:
    return (
        update(ACCOUNTS)
        .where(ACCOUNTS.c.name == field("its_name", String(80)))
        .values(
            fence=field("fence", ACCOUNTS.c.fence.type),
            holder=field("holder", ACCOUNTS.c.holder.type),
            paused_at=field("paused_at", Instant()),
            resume_at=field("resume_at", Instant()),
            broken=field("broken", Boolean()),
            reason=field("reason", ACCOUNTS.c.reason.type),
        )
    )


def _update_account_by_local_clock(field: Field) -> Update:
    return _update_account(field).values(lease_until=field("lease_until", Instant()))


def _update_account_by_server_clock(field: Field) -> Update:
    """With a lease by the server's clock: the workers' own may differ. Null seconds: no lease."""
    span = func.make_interval(0, 0, 0, 0, 0, 0, field("lease_seconds", Float()))
    return _update_account(field).values(lease_until=func.clock_timestamp() + span)


UPDATE_RESULT = Batch(_update_result)
UPDATE_CLAIM = Batch(_update_claim)
UPDATE_ACCOUNT = Batch(_update_account_by_local_clock, _update_account_by_server_clock)


@dataclass(slots=True)
class ExchangeWrites:
    """The changes of one exchange by `worker`.

    `now` is the almanac's instant and `wall` the machine's (UTC both).
    """

    now: datetime
    wall: datetime
    worker: str
    lease: timedelta
    result_rows: list[Row] = field(default_factory=list)
    """Written before `claim_rows`: an account may have one of each, and only one in flight."""
    claim_rows: list[Row] = field(default_factory=list)
    picture_rows: list[Row] = field(default_factory=list)
    account_rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)

    def _add_transition(self, before: Delivery, after: State, reason: str) -> None:
        self.transitions.append((str(before.key), before.state, after, reason))

    def settle_claim(self, before: Delivery, settlement: Settlement, row: Row) -> None:
        """The result of what was claimed as `before`; `row` is its account."""
        receipt = settlement.receipt
        self._release_account(settlement, row)
        if settlement.state is not before.state:
            self._add_transition(before, settlement.state, settlement.reason)
        self.result_rows.append(
            {
                "its_key": str(before.key),
                "state": settlement.state.value,
                "reason": settlement.reason,
                "doubt": settlement.state in DOUBTFUL_STATES,
                "ready_at": settlement.ready_at,
                "receipt_id": receipt.id if receipt else None,
                "url": receipt.url if receipt else None,
                "absences": settlement.absences,
                "updated_at": self.now,
            }
        )

    def _release_account(self, settlement: Settlement, row: Row) -> None:
        """Release an account (`row`: as it was), with the changes that a result makes to it."""
        changes = settlement.credentials_refused is not None or settlement.resume_at is not None
        self.account_rows[settlement.key.account] = {
            "its_name": settlement.key.account,
            "fence": row["fence"],
            "holder": None,
            "lease_until": None,
            "lease_seconds": None,
            "paused_at": self.now if settlement.resume_at else None,
            "resume_at": settlement.resume_at,
            "broken": row["broken"]
            if settlement.credentials_refused is None
            else settlement.credentials_refused,
            "reason": settlement.account_reason if changes else row["reason"],
        }

    def claim_delivery(self, ready: ReadyDelivery, prepared: ClaimPrepared) -> Claim:
        """Claim a delivery; its post is kept with it, so that what is committed is what is sent."""
        before, fence = ready.delivery, ready.row["account_fence"] + 1
        finding = prepared.action is Action.FIND
        claimed = replace(
            before,
            post=prepared.post,
            state=State.UNKNOWN if finding else State.SENDING,
            attempts=before.attempts if finding else before.attempts + 1,
            first_tried_at=before.first_tried_at or (None if finding else self.wall),
            fence=fence,
        )
        new_post = None if prepared.post == before.post else prepared.post
        self._add_claim(claimed, holder=self.worker, new_post=new_post)
        self.picture_rows += make_picture_rows(str(before.key), new_post) if new_post else []
        self._hold_account(ready.row, fence)
        if not finding:
            self._add_transition(before, State.SENDING, f"{prepared.action}, fence {fence}")
        account_reason = self.account_rows[before.key.account]["reason"]
        until = self.wall + self.lease
        return Claim(claimed, prepared.action, fence, until, account_reason)

    def refuse_claim(self, before: Delivery, refused: ClaimRefused) -> None:
        """Write down why a delivery is not sent now."""
        ready_at = refused.ready_at or before.next_at
        self._add_claim(
            replace(before, state=refused.state, reason=refused.reason, next_at=ready_at)
        )
        if refused.state is not before.state:
            self._add_transition(before, refused.state, refused.reason)

    def _add_claim(
        self, changed: Delivery, holder: str | None = None, new_post: Post | None = None
    ) -> None:
        self.claim_rows.append(
            {
                "its_key": str(changed.key),
                "state": changed.state.value,
                "reason": changed.reason,
                "holder": holder,
                "ready_at": changed.next_at,
                "attempts": changed.attempts,
                "first_tried_at": changed.first_tried_at,
                "fence": changed.fence,
                "post": serialize_post(new_post) if new_post else None,
                "text_hash": hash_text(new_post.text) if new_post else None,
                "updated_at": self.now,
            }
        )

    def _hold_account(self, row: Row, fence: int) -> None:
        """Hold an account that this exchange releases, or that was free (`row`: as it was)."""
        name = row["account"]
        kept = ("paused_at", "resume_at", "broken", "reason")
        self.account_rows[name] = {
            **self.account_rows.get(name, {key: row[f"account_{key}"] for key in kept}),
            "its_name": name,
            "fence": fence,
            "holder": self.worker,
            "lease_until": self.wall + self.lease,
            "lease_seconds": self.lease.total_seconds(),
        }

    def execute_batches(self, driver: DriverConnection) -> None:
        """Write what was added, each kind in one statement. Raises IllegalTransition."""
        driver.execute_batch(UPDATE_RESULT, self.result_rows)
        driver.execute_batch(UPDATE_CLAIM, self.claim_rows)
        driver.execute_batch(INSERT_PICTURES, self.picture_rows)
        driver.execute_batch(UPDATE_ACCOUNT, list(self.account_rows.values()))
        record_transitions(driver, self.now, self.worker, self.transitions)
