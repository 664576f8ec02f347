"""The append-only history: who moved a delivery, when, from where to where, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.ledger.direct import Direct, insertion
from perihelion.ledger.tables import HISTORY
from perihelion.model.deliveries import TRANSITIONS, State
from perihelion.model.errors import IllegalTransition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

BORN = frozenset({State.DUE, State.UNKNOWN, State.MISSED, State.SKIPPED, State.SENT})
"""The states in which a delivery may enter the ledger."""

INSERT = insertion(HISTORY, ["key", "at", "worker", "from_state", "to_state", "reason"])

Move = tuple[str, State | None, State, str]
"""A step of one delivery: its key, before, after, and why."""


def record(
    connection: Connection | Direct, at: datetime, worker: str, steps: Iterable[Move]
) -> None:
    """Write one line per step.

    Raises IllegalTransition, and so undoes the transaction, for a step the table does not know.
    """
    rows = []
    for key, before, after, reason in steps:
        allowed = BORN if before is None else TRANSITIONS[before]
        if after not in allowed:
            raise IllegalTransition(f"{key}: {before or 'nothing'} → {after} is not a legal step")
        rows.append(
            {
                "key": key,
                "at": at,
                "worker": worker,
                "from_state": before.value if before else None,
                "to_state": after.value,
                "reason": reason,
            }
        )
    direct = connection if isinstance(connection, Direct) else Direct(connection)
    direct.write(INSERT, rows)
