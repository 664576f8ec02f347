"""When the clock was set back: waits that were counted by the wrong clock start again.

A row written "in the future" proves that it was. Each wait then lasts as long as was meant when it
was written, counted from now; otherwise a post would miss its day because of a wrong clock.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from perihelion.ledger.tables import ACCOUNTS, DELIVERIES, OPEN_CONDITION
from perihelion.ledger.writes import lock_free_accounts
from perihelion.model.deliveries import State

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

MAX_CLOCK_SKEW = timedelta(seconds=10)
"""Less than this ahead proves nothing: a worker may have read its clock, and then waited for the
ledger while another one wrote; and no two machines' clocks are quite alike."""


def restart_waits(
    connection: Connection,
    now: datetime,
    wall: datetime | None,
    accounts: Collection[str] | None = None,
) -> None:
    """Count the waits of all deliveries and accounts written well after `now` from now on.

    `accounts` limits it to these (None: all that the ledger knows).
    An unknown delivery waits by the `wall` clock (None: by the database's, which a worker cannot
    set back), everything else by the almanac's (UTC both).
    """
    left_alone = [State.DUE.value] + ([State.UNKNOWN.value] if wall is None else [])
    ahead = (
        OPEN_CONDITION,
        DELIVERIES.c.state.not_in(left_alone),
        DELIVERIES.c.updated_at > now + MAX_CLOCK_SKEW,
    )
    paused = ACCOUNTS.c.paused_at > now + MAX_CLOCK_SKEW
    names = connection.execute(
        select(ACCOUNTS.c.name).where(
            or_(ACCOUNTS.c.name.in_(select(DELIVERIES.c.account).where(*ahead)), paused)
        )
    ).scalars()
    found = [name for name in names if accounts is None or name in accounts]
    ours = lock_free_accounts(connection, found)
    if not ours:
        return
    query = select(DELIVERIES).where(*ahead, DELIVERIES.c.account.in_(ours))
    for row in connection.execute(query).mappings().all():
        start = wall if wall and row["state"] == State.UNKNOWN.value else now
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.key == row["key"])
            .values(ready_at=_restart_wait(row, "ready_at", "updated_at", start), updated_at=now)
        )
    pauses = select(ACCOUNTS).where(paused, ACCOUNTS.c.name.in_(ours))
    for row in connection.execute(pauses).mappings().all():
        connection.execute(
            update(ACCOUNTS)
            .where(ACCOUNTS.c.name == row["name"])
            .values(resume_at=_restart_wait(row, "resume_at", "paused_at", now), paused_at=now)
        )


def _restart_wait(row: Any, until: str, since: str, start: datetime) -> datetime | None:  # noqa: ANN401 - a row of either table
    """The same wait from `start` on; one that was over when it was written stays over."""
    end: datetime | None = row[until]
    return start + (end - row[since]) if end and end > row[since] else end and min(end, start)
