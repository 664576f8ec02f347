"""A worker that was given up, and whose request was answered after all."""

from __future__ import annotations

import pytest

from perihelion.ledger.values import Action
from perihelion.model.deliveries import State
from perihelion.model.posts import Receipt
from tests.fakes.ledger_testbed import (
    NOON,
    LedgerTestbed,
    make_key,
    make_planned,
    make_result,
    prepare_to_send,
)

LATE = Receipt("late-1", "https://example.org/late-1")
KEY = make_key(1)


def give_up_a_sender(testbed: LedgerTestbed) -> None:
    """A worker claims the delivery, and another one takes it over as unknown."""
    stuck = testbed.open_worker()
    testbed.promise_deliveries(stuck, make_planned(1))
    assert testbed.claim_deliveries(stuck)
    testbed.kill_worker(stuck)
    assert testbed.expire_claims(testbed.open_worker()) == ["mastodon"]


def test_a_late_receipt_settles_a_delivery_that_nobody_is_working_on(
    testbed: LedgerTestbed,
) -> None:
    give_up_a_sender(testbed)
    ledger = testbed.open_worker()
    ledger.record_late_receipts([(KEY, LATE)], NOON)
    delivery = ledger.get_delivery(KEY)
    assert (delivery.state, delivery.receipt_id, delivery.url) == (State.SENT, LATE.id, LATE.url)
    assert not delivery.doubt
    assert ledger.list_history(KEY)[-1].after is State.SENT
    assert ledger.list_known_doubles() == {}
    assert testbed.claim_deliveries(ledger) == [], "it is not sent again"


def test_a_late_receipt_beside_another_one_is_a_known_double_until_a_person_settles_it(
    testbed: LedgerTestbed,
) -> None:
    give_up_a_sender(testbed)
    ledger = testbed.open_worker()
    (claim,) = testbed.claim_deliveries(ledger, prepare_to_send)
    assert claim.action is Action.RESEND
    ledger.record_late_receipts([(KEY, LATE)], NOON)
    assert ledger.list_known_doubles() == {}, "nobody knows yet"
    testbed.settle_claims(ledger, make_result(claim))
    assert ledger.list_known_doubles() == {str(KEY): LATE}
    ledger.keep_one_of_double(KEY, "https://example.org/kept", NOON)
    assert ledger.list_known_doubles() == {}
    assert ledger.get_delivery(KEY).url == "https://example.org/kept"


@pytest.mark.parametrize("again", [1, 2])
def test_the_same_receipt_twice_is_no_double(testbed: LedgerTestbed, again: int) -> None:
    give_up_a_sender(testbed)
    ledger = testbed.open_worker()
    (claim,) = testbed.claim_deliveries(ledger, prepare_to_send)
    result = make_result(claim)
    assert result[1].receipt
    for _ in range(again):
        ledger.record_late_receipts([(KEY, result[1].receipt)], NOON)
    testbed.settle_claims(ledger, result)
    assert ledger.list_known_doubles() == {}
