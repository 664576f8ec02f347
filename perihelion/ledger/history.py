"""The append-only history: who moved a delivery, when, from where to where, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.ledger.driver_statements import DriverConnection, make_insert_batch
from perihelion.ledger.tables import HISTORY
from perihelion.model.deliveries import TRANSITIONS, State
from perihelion.model.errors import IllegalTransition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

INITIAL_STATES = frozenset({State.DUE, State.UNKNOWN, State.MISSED, State.SKIPPED, State.SENT})
"""The states in which a delivery may enter the ledger."""

INSERT_HISTORY = make_insert_batch(
    HISTORY, ["key", "at", "worker", "from_state", "to_state", "reason"]
)

Transition = tuple[str, State | None, State, str]
"""A step of one delivery: its key, before, after, and why."""


def record_transitions(
    connection: Connection | DriverConnection,
    at: datetime,
    worker: str,
    transitions: Iterable[Transition],
) -> None:
    """Write one line per step.

    Raises IllegalTransition, and so undoes the transaction, for a step the table does not know.
    """
    rows = []
    for key, before, after, reason in transitions:
        allowed = INITIAL_STATES if before is None else TRANSITIONS[before]
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
    driver = (
        connection if isinstance(connection, DriverConnection) else DriverConnection(connection)
    )
    driver.execute_batch(INSERT_HISTORY, rows)
