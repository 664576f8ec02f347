"""The table of transitions, held by the ledger itself: an illegal step undoes its transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.writes import record_transitions
from perihelion.model.deliveries import INITIAL_STATES, TRANSITIONS, State
from perihelion.model.errors import IllegalTransition
from tests.fakes.ledger_testbed import NOON, make_key, make_planned

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from tests.fakes.ledger_testbed import LedgerTestbed


def record_step(ledger: Ledger, before: State | None, after: State) -> None:
    """Write one step, after a change that must not survive an illegal one."""
    with ledger._write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET reason = 'changed'")
        record_transitions(
            connection, NOON, ledger.worker, [(str(make_key(1)), before, after, "because")]
        )


@pytest.mark.parametrize("before", [None, *State], ids=str)
def test_the_ledger_writes_every_legal_step_and_refuses_every_other(
    testbed: LedgerTestbed, before: State | None
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    legal = INITIAL_STATES if before is None else TRANSITIONS[before]
    for after in sorted(set(State) - legal):
        with pytest.raises(IllegalTransition, match=f"{before or 'nothing'} → {after} is not"):
            record_step(ledger, before, after)
    assert ledger.get_delivery(make_key(1)).reason == ""
    assert len(ledger.list_history(make_key(1))) == 1
    for after in sorted(legal):
        record_step(ledger, before, after)
    written = ledger.list_history(make_key(1))[1:]
    assert [(one.before, one.after) for one in written] == [(before, a) for a in sorted(legal)]


def test_what_was_sent_has_no_way_on() -> None:
    assert TRANSITIONS[State.SENT] == frozenset()
    assert all(state not in ways for state, ways in TRANSITIONS.items())
