"""A pause leaves out what falls due within it, and holds up everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.values import Pause
from perihelion.model.deliveries import State
from tests.fakes.ledger_testbed import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    make_key,
    make_planned,
    make_result,
)

if TYPE_CHECKING:
    from perihelion.ledger.values import AlreadyPromised
    from tests.fakes.ledger_testbed import LedgerTestbed


@pytest.mark.parametrize("paused", ["mastodon", None])
def test_nothing_is_claimed_on_a_paused_account_until_it_is_resumed(
    testbed: LedgerTestbed, paused: str | None
) -> None:
    worker, person = testbed.open_worker(), testbed.open_ledger()
    testbed.promise_deliveries(worker, make_planned(due=NOON - HOUR))
    testbed.promise_deliveries(worker, make_planned(account="x", due=NOON - HOUR))
    person.pause_account(paused, NOON, None)
    claimed = testbed.claim_deliveries(worker, accounts=("mastodon", "x"))
    assert [one.delivery.key.account for one in claimed] == (["x"] if paused else [])
    person.resume_account(paused, testbed.clocks.advance_time(MINUTE))
    assert "mastodon" in [
        one.delivery.key.account
        for one in testbed.claim_deliveries(worker, accounts=("mastodon", "x"))
    ]


def test_a_pause_with_an_end_ends_by_itself(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(due=NOON - HOUR))
    ledger.pause_account("mastodon", NOON, NOON + HOUR)
    testbed.clocks.advance_time(HOUR - SECOND)
    assert testbed.claim_deliveries(ledger) == []
    testbed.clocks.advance_time(SECOND)
    assert len(testbed.claim_deliveries(ledger)) == 1


def test_what_is_being_sent_when_a_pause_begins_is_settled_as_ever(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned())
    (claim,) = testbed.claim_deliveries(ledger)
    ledger.pause_account(None, NOON, None)
    assert ledger.skip_paused(NOON) == 0
    assert testbed.settle_claims(ledger, make_result(claim)) == []
    assert testbed.delivery_state() is State.SENT


def test_a_second_pause_changes_the_end_of_the_first(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_ledger()
    ledger.pause_account("x", NOON, None)
    changed = ledger.pause_account("x", NOON + MINUTE, NOON + DAY)
    assert changed == Pause("x", NOON, NOON + DAY)
    assert ledger.pause_account(None, NOON + MINUTE, None) == Pause(None, NOON + MINUTE)
    assert ledger.list_pauses() == [changed, Pause(None, NOON + MINUTE)]


def test_resuming_one_account_leaves_the_others_paused_and_resuming_all_ends_each(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_ledger()
    first, second = (ledger.pause_account(name, NOON, None) for name in ("x", "nostr"))
    assert ledger.resume_account("x", NOON + HOUR) == [first]
    assert ledger.resume_account("x", NOON + HOUR) == []
    assert ledger.resume_account(None, NOON + HOUR) == [second]
    assert ledger.list_pauses() == [
        Pause("x", NOON, NOON + HOUR),
        Pause("nostr", NOON, NOON + HOUR),
    ]


def test_the_planner_sees_every_pause_of_its_account_and_no_other(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_ledger()
    ledger.pause_account("mastodon", NOON, NOON + MINUTE)
    ledger.pause_account("x", NOON, None)
    ledger.pause_account(None, NOON, None)
    seen: list[Pause] = []

    def plan(promised: AlreadyPromised) -> list[object]:
        seen.extend(promised.pauses)
        return []

    testbed.plan_account(ledger, "mastodon", plan)  # type: ignore[arg-type]  # it plans nothing
    assert seen == [Pause("mastodon", NOON, NOON + MINUTE), Pause(None, NOON)]


@pytest.mark.parametrize("resumed", [True, False])
def test_what_was_promised_just_before_a_pause_and_fell_due_within_it_is_skipped(
    testbed: LedgerTestbed, *, resumed: bool
) -> None:
    """A worker gets ready two seconds ahead."""
    ledger = testbed.open_worker()
    testbed.promise_deliveries(
        ledger, make_planned(1, due=NOON - SECOND), make_planned(2, due=NOON + SECOND)
    )
    ledger.pause_account("mastodon", NOON, None)
    now = testbed.clocks.advance_time(MINUTE)
    if resumed:
        ledger.resume_account("mastodon", now)
    else:
        assert ledger.skip_paused(now) == 1
    assert testbed.delivery_state(1) is State.DUE, "it was due before"
    assert testbed.delivery_state(2) is State.SKIPPED
    assert "while posting was paused" in ledger.get_delivery(make_key(2)).reason
    assert ledger.list_history(make_key(2))[-1].after is State.SKIPPED


def test_what_a_person_asks_for_after_a_pause_is_sent_after_all(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    ledger.pause_account("mastodon", NOON, None)
    testbed.promise_deliveries(ledger, make_planned(state=State.SKIPPED))
    ledger.resolve_delivery(make_key(), State.WAITING, NOON)
    assert ledger.skip_paused(NOON) == 0
    assert testbed.claim_deliveries(ledger) == []
    ledger.resume_account(None, testbed.clocks.advance_time(MINUTE))
    assert len(testbed.claim_deliveries(ledger)) == 1
