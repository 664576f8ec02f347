"""Corrections of published posts: written before a request leaves, and settled after it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from perihelion.ledger.base import LedgerBase
from perihelion.ledger.queries import get_delivery
from perihelion.ledger.rows import serialize_post
from perihelion.ledger.tables import ACCOUNTS, CORRECTIONS, HISTORY
from perihelion.ledger.values import HistoryStep
from perihelion.model.corrections import CORRECTION_STEPS, UNFINISHED_STATES, Correction, Means
from perihelion.model.deliveries import DeliveryKey, State
from perihelion.model.errors import IllegalTransition
from perihelion.model.posts import Post

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping


class PostCorrectionsMixin(LedgerBase):
    """The corrections of each delivery, in the order of their numbers. All instants are UTC."""

    def begin_correction(
        self, delivery: DeliveryKey, means: Means, before: str, post: Post, now: datetime
    ) -> Correction:
        """Write down that `post` is about to correct a delivery, under the lease of this process.

        Raises DeliveryNotFound; and IllegalTransition unless the delivery was sent and its earlier
        corrections have come to an end.
        """
        with self._write() as connection:
            account = select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == delivery.account)
            connection.execute(account.with_for_update())
            if get_delivery(connection, delivery).state is not State.SENT:
                raise IllegalTransition(f"{delivery} was not sent, so there is nothing to correct")
            earlier = _read_corrections(connection, delivery)
            for one in earlier:
                if one.state in UNFINISHED_STATES:
                    raise IllegalTransition(f"{one.key} has not come to an end: correct it again")
            made = Correction(
                delivery=delivery,
                number=len(earlier) + 1,
                means=means,
                state=State.SENDING,
                before=before,
                post=post,
                made_at=now,
                ready_at=self.wall_clock() + self.lease,
            )
            connection.execute(insert(CORRECTIONS).values(_make_row(made)))
            self._record_step(connection, made, None, now)
            return made

    def repeat_correction(self, before: Correction, now: datetime) -> Correction:
        """Write down that the same correction is sent once more. Raises IllegalTransition."""
        after = replace(
            before,
            state=State.SENDING,
            attempts=before.attempts + 1,
            ready_at=self.wall_clock() + self.lease,
            absences=0,
            reason="",
        )
        self.settle_correction(before, after, now)
        return after

    def settle_correction(self, before: Correction, after: Correction, now: datetime) -> None:
        """Write what became of a correction.

        Raises IllegalTransition if another process has gone on with it meanwhile, or for a step
        that CORRECTION_STEPS does not know.
        """
        same = (
            CORRECTIONS.c.delivery == str(before.delivery),
            CORRECTIONS.c.number == before.number,
            CORRECTIONS.c.state == before.state.value,
            CORRECTIONS.c.attempts == before.attempts,
            CORRECTIONS.c.absences == before.absences,
        )
        with self._write() as connection:
            changed = connection.execute(update(CORRECTIONS).where(*same).values(_make_row(after)))
            if changed.rowcount != 1:
                raise IllegalTransition(f"{before.key} was taken over by another process")
            if after.state is not before.state:
                self._record_step(connection, after, before.state, now)

    def list_corrections(self, delivery: DeliveryKey | None = None) -> list[Correction]:
        """The corrections of a delivery, or of all, by delivery and number."""
        with self._read() as connection:
            return _read_corrections(connection, delivery)

    def list_correction_history(self, correction: Correction) -> list[HistoryStep]:
        """Every step of one correction, oldest first."""
        query = select(HISTORY).where(HISTORY.c.key == correction.key).order_by(HISTORY.c.id)
        with self._read() as connection:
            return [
                HistoryStep(
                    row["key"],
                    row["at"],
                    row["worker"],
                    State(row["from_state"]) if row["from_state"] else None,
                    State(row["to_state"]),
                    row["reason"],
                )
                for row in connection.execute(query).mappings()
            ]

    def _record_step(
        self, connection: Connection, after: Correction, before: State | None, now: datetime
    ) -> None:
        if after.state not in CORRECTION_STEPS[before]:
            raise IllegalTransition(f"{after.key}: {before} → {after.state} is not a legal step")
        step = {
            "key": after.key,
            "at": now,
            "worker": self.worker,
            "from_state": before.value if before else None,
            "to_state": after.state.value,
            "reason": after.reason or after.means.value,
        }
        connection.execute(insert(HISTORY).values(step))


def _read_corrections(connection: Connection, delivery: DeliveryKey | None) -> list[Correction]:
    query = select(CORRECTIONS).order_by(CORRECTIONS.c.delivery, CORRECTIONS.c.number)
    if delivery is not None:
        query = query.where(CORRECTIONS.c.delivery == str(delivery))
    return [_make_correction(row) for row in connection.execute(query).mappings()]


def _make_correction(row: RowMapping) -> Correction:
    return Correction(
        delivery=DeliveryKey.parse(row["delivery"]),
        number=row["number"],
        means=Means(row["means"]),
        state=State(row["state"]),
        before=row["before_text"],
        post=Post.from_json(json.loads(row["post"])),
        made_at=row["made_at"],
        ready_at=row["ready_at"],
        attempts=row["attempts"],
        absences=row["absences"],
        reason=row["reason"],
        receipt_id=row["receipt_id"],
        url=row["url"],
    )


def _make_row(correction: Correction) -> dict[str, Any]:
    return {
        "delivery": str(correction.delivery),
        "number": correction.number,
        "means": correction.means.value,
        "state": correction.state.value,
        "before_text": correction.before,
        "post": serialize_post(correction.post),
        "made_at": correction.made_at,
        "ready_at": correction.ready_at,
        "attempts": correction.attempts,
        "absences": correction.absences,
        "reason": correction.reason,
        "receipt_id": correction.receipt_id,
        "url": correction.url,
    }
