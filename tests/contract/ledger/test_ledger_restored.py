"""A ledger that was put back to an earlier copy, and told so."""

from __future__ import annotations

from perihelion.ledger.values import Action
from perihelion.model.deliveries import State
from tests.fakes.ledger_testbed import (
    DAY,
    MINUTE,
    NOON,
    LedgerTestbed,
    make_key,
    make_planned,
    make_result,
    prepare_or_hold,
    prepare_to_look_up,
)


def test_what_was_open_in_the_copy_is_unknown_and_the_accounts_are_new(
    testbed: LedgerTestbed,
) -> None:
    before = testbed.open_worker()
    testbed.promise_deliveries(before, make_planned(1), make_planned(2), make_planned(3))
    (claim,) = testbed.claim_deliveries(before)
    testbed.settle_claims(before, make_result(claim))
    assert testbed.claim_deliveries(before), "the copy was taken in the middle of a request"
    testbed.clocks.advance_time(DAY)
    ledger = testbed.open_ledger("restore")
    assert ledger.mark_restored(testbed.clocks.now, MINUTE) == 2
    assert ledger.count_deliveries_by_state() == {State.SENT: 1, State.UNKNOWN: 2}
    (account,) = ledger.list_accounts()
    assert (account.known_since, account.holder) == (NOON + DAY, None)
    assert ledger.list_history(make_key(3))[-1].before is State.DUE


def test_after_the_patience_it_is_looked_up_or_held(testbed: LedgerTestbed) -> None:
    before = testbed.open_worker()
    for account in ("asked", "mute"):
        testbed.promise_deliveries(before, make_planned(1, account))
    before.mark_restored(testbed.clocks.now, MINUTE)
    after = testbed.open_worker()
    both = ("asked", "mute")
    assert testbed.claim_deliveries(after, prepare_to_look_up, both) == []
    testbed.clocks.advance_time(MINUTE)
    (claim,) = testbed.claim_deliveries(after, prepare_to_look_up, ("asked",))
    assert claim.action is Action.FIND
    assert testbed.claim_deliveries(after, prepare_or_hold, ("mute",)) == []
    assert after.get_delivery(make_key(1, "mute")).state is State.HELD


def test_a_result_from_before_the_restore_is_refused(testbed: LedgerTestbed) -> None:
    before = testbed.open_worker()
    testbed.promise_deliveries(before, make_planned(1))
    (claim,) = testbed.claim_deliveries(before)
    testbed.open_ledger("restore").mark_restored(testbed.clocks.now, MINUTE)
    assert testbed.settle_claims(before, make_result(claim))
    assert before.get_delivery(make_key(1)).state is State.UNKNOWN
