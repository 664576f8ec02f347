"""Approvals are kept with their history, and a veto changes what a worker has read as ready."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perihelion.model.approvals import AWAITS_APPROVAL, SignOff, Verdict
from perihelion.model.deliveries import State
from perihelion.model.errors import IllegalTransition
from tests.fakes.ledger_testbed import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    make_key,
    make_planned,
    prepare_to_send,
)

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.deliveries import PlannedDelivery
    from tests.fakes.ledger_testbed import LedgerTestbed

KEY = make_key()


def make_veto(number: int = 1) -> PlannedDelivery:
    return make_planned(number, state=State.HELD)


def say(verdict: Verdict, by: str = "Ada", at: datetime = NOON) -> SignOff:
    return SignOff(str(KEY), at, verdict, by, "ab" * 32)


def test_every_verdict_is_kept_in_its_order(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    ledger.approve_deliveries([say(Verdict.APPROVED), say(Verdict.APPROVED, "Ben")])
    ledger.withdraw_approval(say(Verdict.WITHDRAWN, "Ben", NOON + HOUR), "withdrawn")
    assert ledger.list_sign_offs([KEY, make_key(2)]) == [
        say(Verdict.APPROVED),
        say(Verdict.APPROVED, "Ben"),
        say(Verdict.WITHDRAWN, "Ben", NOON + HOUR),
    ]


@pytest.mark.parametrize("is_promised", [True, False])
def test_a_veto_is_stronger_than_what_a_worker_has_read(
    testbed: LedgerTestbed, *, is_promised: bool
) -> None:
    worker, person = testbed.open_worker(), testbed.open_ledger()
    request = testbed.make_request()
    if is_promised:
        testbed.promise_deliveries(worker, make_planned())
    ready = worker.list_ready(request)
    person.hold_planned(make_veto(), NOON.date(), NOON)
    prepared = [(one, prepare_to_send(one.delivery)) for one in ready]
    assert len(prepared) == is_promised
    outcome = worker.exchange([], prepared, now=request.now, wall=request.wall)
    testbed.promise_deliveries(worker, make_planned())
    assert not outcome.claims
    assert worker.get_delivery(KEY).state is State.HELD
    assert testbed.claim_deliveries(worker) == []


def test_what_is_being_sent_is_neither_held_nor_taken_back(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned())
    testbed.claim_deliveries(ledger)
    with pytest.raises(IllegalTransition, match="may have left"):
        ledger.hold_planned(make_veto(), NOON.date(), NOON)
    with pytest.raises(IllegalTransition, match="may have left"):
        ledger.withdraw_approval(say(Verdict.WITHDRAWN), "withdrawn")
    assert ledger.list_sign_offs([KEY]) == []


def test_only_what_awaits_an_approval_is_released_and_never_before_its_time(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    reason = f"{AWAITS_APPROVAL}: approve it"
    early = replace(make_veto(), due_at=NOON + HOUR, reason=reason)
    ledger.hold_planned(early, NOON.date(), NOON)
    ledger.hold_planned(make_veto(2), NOON.date(), NOON)
    assert ledger.release_approved(KEY, "approved", NOON)
    assert not ledger.release_approved(KEY, "approved", NOON)
    assert not ledger.release_approved(make_key(2), "approved", NOON)
    testbed.clocks.advance_time(HOUR - SECOND)
    assert testbed.claim_deliveries(ledger) == []
    testbed.clocks.advance_time(MINUTE)
    assert [one.delivery.key for one in testbed.claim_deliveries(ledger)] == [KEY]
