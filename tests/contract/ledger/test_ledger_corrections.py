"""A correction is on disk before its request leaves, and comes to one end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perihelion.model.corrections import CORRECTION_STEPS, Means
from perihelion.model.deliveries import State
from perihelion.model.errors import DeliveryNotFound, IllegalTransition
from perihelion.model.posts import Post
from tests.fakes.ledger_testbed import LEASE, NOON, make_key, make_planned, make_result

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from tests.fakes.ledger_testbed import LedgerTestbed

POST = Post("“right” 🚀", "en", "2027-03-02T12:00:00Z")


@pytest.fixture
def ledger(testbed: LedgerTestbed) -> Ledger:
    """With one delivery that was sent."""
    worker = testbed.open_worker()
    testbed.promise_deliveries(worker, make_planned(1))
    (claim,) = testbed.claim_deliveries(worker)
    testbed.settle_claims(worker, make_result(claim))
    return worker


def test_what_was_begun_is_read_back_as_it_was(ledger: Ledger) -> None:
    made = ledger.begin_correction(make_key(1), Means.EDIT, "wrong", POST, NOON)
    assert ledger.list_corrections(make_key(1)) == [made]
    assert (made.state, made.ready_at) == (State.SENDING, NOON + LEASE)
    assert ledger.list_corrections(make_key(2)) == []


def test_two_processes_begin_one_correction(ledger: Ledger, testbed: LedgerTestbed) -> None:
    ledger.begin_correction(make_key(1), Means.EDIT, "wrong", POST, NOON)
    with pytest.raises(IllegalTransition, match="#1 has not come to an end"):
        testbed.open_worker().begin_correction(make_key(1), Means.REPLY, "wrong", POST, NOON)


def test_only_what_was_sent_is_corrected(ledger: Ledger, testbed: LedgerTestbed) -> None:
    testbed.promise_deliveries(ledger, make_planned(2))
    with pytest.raises(IllegalTransition, match="was not sent"):
        ledger.begin_correction(make_key(2), Means.EDIT, "wrong", POST, NOON)
    with pytest.raises(DeliveryNotFound):
        ledger.begin_correction(make_key(3), Means.EDIT, "wrong", POST, NOON)


def test_the_numbers_and_tokens_of_corrections_never_recur(ledger: Ledger) -> None:
    first = ledger.begin_correction(make_key(1), Means.EDIT, "wrong", POST, NOON)
    ledger.settle_correction(first, replace(first, state=State.SENT, receipt_id="7"), NOON)
    second = ledger.begin_correction(make_key(1), Means.EDIT, "wrong", POST, NOON)
    assert (first.key, second.key) == (f"{make_key(1)}#1", f"{make_key(1)}#2")
    assert len({first.token, second.token, make_key(1).token}) == 3


@pytest.mark.parametrize("end", sorted(CORRECTION_STEPS[State.SENDING]))
def test_each_end_is_written_once_with_its_step(ledger: Ledger, end: State) -> None:
    made = ledger.begin_correction(make_key(1), Means.EDIT, "wrong", POST, NOON)
    after = replace(made, state=end, reason="why", url="https://example.org/1")
    ledger.settle_correction(made, after, NOON)
    assert ledger.list_corrections() == [after]
    with pytest.raises(IllegalTransition, match="taken over"):
        ledger.settle_correction(made, after, NOON)
    steps = ledger.list_correction_history(made)
    assert [(one.before, one.after) for one in steps] == [(None, State.SENDING), (made.state, end)]


def test_an_illegal_step_changes_nothing(ledger: Ledger) -> None:
    made = ledger.begin_correction(make_key(1), Means.EDIT, "wrong", POST, NOON)
    with pytest.raises(IllegalTransition, match="not a legal step"):
        ledger.settle_correction(made, replace(made, state=State.HELD), NOON)
    assert ledger.list_corrections() == [made]
