"""Rows to values and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from perihelion.ledger.values import AccountView
from perihelion.model.deliveries import Delivery, DeliveryKey, State
from perihelion.model.posts import Post

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import RowMapping

    from perihelion.ledger.driver_statements import Row
    from perihelion.model.deliveries import PlannedDelivery

_ENCODE_JSON = json.JSONEncoder(ensure_ascii=False).encode


def make_delivery(row: RowMapping | Row) -> Delivery:
    """A row of `deliveries` as the frozen value."""
    key = DeliveryKey.parse(row["key"])
    return Delivery(
        key=key,
        network=row["network"],
        state=State(row["state"]),
        day=row["day"],
        due_at=row["due_at"],
        late_until=row["late_until"],
        rank=row["rank"],
        reason=row["reason"],
        post=Post.from_json(json.loads(row["post"])) if row["post"] else None,
        token=key.token,
        attempts=row["attempts"],
        fence=row["fence"],
        next_at=row["ready_at"],
        first_tried_at=row["first_tried_at"],
        doubt=row["doubt"],
        receipt_id=row["receipt_id"],
        url=row["url"],
        updated_at=row["updated_at"],
        absences=row["absences"],
        thread=row["thread"],
    )


def make_account_view(row: RowMapping | Row) -> AccountView:
    """A row of `accounts` as the frozen value."""
    return AccountView(
        name=row["name"],
        network=row["network"],
        known_since=row["known_since"],
        planned_until=row["planned_until"],
        holder=row["holder"],
        resume_at=row["resume_at"],
        credentials_refused=row["broken"],
        reason=row["reason"],
    )


def make_delivery_row(
    planned: PlannedDelivery, today: date, now: datetime, ready_at: datetime
) -> dict[str, Any]:
    """What to insert for a new promise."""
    return {
        "key": str(planned.key),
        "account": planned.key.account,
        "network": planned.network,
        "state": planned.state.value,
        "day": planned.day,
        "promised_on": today,
        "due_at": planned.due_at,
        "late_until": planned.late_until,
        "ready_at": ready_at,
        "rank": planned.rank,
        "thread": planned.thread,
        "reason": planned.reason,
        "doubt": planned.state is State.UNKNOWN,
        "updated_at": now,
    }


def serialize_post(post: Post) -> str:
    """The post as the ledger keeps it."""
    return _ENCODE_JSON(post.to_json())
