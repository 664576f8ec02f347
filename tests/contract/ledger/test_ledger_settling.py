"""Settling: a result is written once, under the fence it was claimed with, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.values import Action
from perihelion.model.deliveries import State
from perihelion.model.errors import IllegalTransition
from tests.fakes.ledger_testbed import (
    HOUR,
    MINUTE,
    NOON,
    exchange_with_ledger,
    make_key,
    make_planned,
    make_result,
    prepare_or_hold,
    prepare_to_look_up,
)

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Claim
    from tests.fakes.ledger_testbed import LedgerTestbed


@pytest.fixture
def ledger(testbed: LedgerTestbed) -> Ledger:
    return testbed.open_worker()


@pytest.fixture
def claim(testbed: LedgerTestbed, ledger: Ledger) -> Claim:
    """One delivery under way; a second one waits behind it."""
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2, rank=2))
    return testbed.claim_deliveries(ledger)[0]


def test_a_receipt_is_kept_and_the_account_is_free(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    now = testbed.clocks.advance_time(MINUTE)
    assert testbed.settle_claims(ledger, make_result(claim)) == []
    kept = ledger.get_delivery(make_key(1))
    assert (kept.state, kept.receipt_id, kept.url) == (
        State.SENT,
        "4711",
        "https://example.org/1",
    )
    assert (kept.doubt, kept.updated_at) == (False, now)
    assert ledger.list_accounts()[0].holder is None


@pytest.mark.parametrize(
    ("state", "doubt"),
    [
        (State.REJECTED, False),
        (State.WAITING, False),
        (State.UNKNOWN, True),
        (State.HELD, True),
    ],
)
def test_every_other_result_is_kept_with_its_reason(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim, state: State, *, doubt: bool
) -> None:
    testbed.settle_claims(ledger, make_result(claim, state, reason="because", ready_at=NOON + HOUR))
    kept = ledger.get_delivery(make_key(1))
    assert (kept.state, kept.reason, kept.next_at, kept.doubt) == (
        state,
        "because",
        NOON + HOUR,
        doubt,
    )
    assert kept.post == claim.delivery.post
    step = ledger.list_history(make_key(1))[-1]
    assert (step.before, step.after, step.reason) == (State.SENDING, state, "because")


@pytest.mark.parametrize("state", [State.DUE, State.MISSED])
def test_a_result_that_no_request_can_have_is_refused_and_undone(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim, state: State
) -> None:
    with pytest.raises(IllegalTransition):
        testbed.settle_claims(ledger, make_result(claim, state))
    assert testbed.delivery_state(1) is State.SENDING
    assert ledger.list_accounts()[0].holder == ledger.worker


def test_a_result_and_the_next_claim_are_one_commit(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    outcome = exchange_with_ledger(ledger, [make_result(claim)], testbed.make_request())
    assert outcome.stale == []
    (following,) = outcome.claims
    assert following.delivery.key == make_key(2)
    assert following.fence == claim.fence + 1


def test_the_same_result_written_again_changes_nothing(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    testbed.settle_claims(ledger, make_result(claim))
    before = (
        ledger.get_delivery(make_key(1)),
        ledger.list_history(make_key(1)),
        ledger.list_accounts(),
    )
    testbed.clocks.advance_time(MINUTE)
    assert testbed.settle_claims(ledger, make_result(claim)) == []
    assert (
        ledger.get_delivery(make_key(1)),
        ledger.list_history(make_key(1)),
        ledger.list_accounts(),
    ) == before


def test_the_same_result_after_the_account_went_on_is_refused(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    testbed.settle_claims(ledger, make_result(claim))
    (following,) = testbed.claim_deliveries(ledger)
    late = make_result(claim)
    assert testbed.settle_claims(ledger, late) == [late[1]]
    assert testbed.delivery_state(1) is State.SENT
    assert testbed.delivery_state(2) is State.SENDING
    assert testbed.settle_claims(ledger, make_result(following)) == []


def test_a_late_workers_result_is_refused_after_its_claim_was_taken_back(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    testbed.kill_worker(ledger)
    other = testbed.open_worker()
    assert testbed.expire_claims(other) == ["mastodon"]
    late = make_result(claim)
    assert testbed.settle_claims(ledger, late) == [late[1]]
    assert testbed.delivery_state(1) is State.UNKNOWN
    (again,) = testbed.claim_deliveries(other)
    assert again.action is Action.RESEND
    assert testbed.settle_claims(ledger, late) == [late[1]]
    assert testbed.settle_claims(other, make_result(again)) == []
    assert testbed.delivery_state(1) is State.SENT


def test_one_refused_result_does_not_keep_the_others_from_being_written(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    testbed.promise_deliveries(ledger, make_planned(1, "x"))
    (other,) = testbed.claim_deliveries(ledger, accounts=("x",))
    testbed.settle_claims(ledger, make_result(claim))
    testbed.claim_deliveries(ledger)
    late = make_result(claim)
    assert testbed.settle_claims(ledger, late, make_result(other)) == [late[1]]
    assert testbed.delivery_state(1, "x") is State.SENT


def test_a_look_up_that_learns_nothing_adds_nothing_to_the_history(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1, state=State.UNKNOWN))
    (claim,) = testbed.claim_deliveries(ledger, prepare_to_look_up)
    testbed.settle_claims(
        ledger, make_result(claim, State.UNKNOWN, reason="503", ready_at=NOON + MINUTE)
    )
    assert [step.after for step in ledger.list_history(make_key(1))] == [State.UNKNOWN]
    kept = ledger.get_delivery(make_key(1))
    assert (kept.reason, kept.next_at) == ("503", NOON + MINUTE)
    testbed.clocks.advance_time(MINUTE)
    (claim,) = testbed.claim_deliveries(ledger, prepare_to_look_up)
    testbed.settle_claims(ledger, make_result(claim))
    assert [step.after for step in ledger.list_history(make_key(1))] == [State.UNKNOWN, State.SENT]


def test_a_claim_knows_why_its_account_was_last_paused(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    assert claim.account_reason == ""
    until = testbed.clocks.now + MINUTE
    paused = make_result(claim, State.WAITING, ready_at=until)
    settlement = replace(paused[1], resume_at=until, account_reason="paused: the topic is closed")
    testbed.settle_claims(ledger, (claim, settlement))
    testbed.clocks.advance_time(MINUTE)
    following = testbed.claim_deliveries(ledger)[0]
    assert following.account_reason == "paused: the topic is closed"
    sent = make_result(following)
    testbed.settle_claims(ledger, (following, replace(sent[1], credentials_refused=False)))
    assert testbed.claim_deliveries(ledger)[0].account_reason == ""


def test_an_account_that_goes_on_keeps_the_reason_why_it_was_stopped(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    until = testbed.clocks.now + HOUR
    refused = make_result(claim, State.WAITING, ready_at=testbed.clocks.now)
    settlement = replace(
        refused[1], resume_at=until, credentials_refused=True, account_reason="the topic is closed"
    )
    testbed.settle_claims(ledger, (claim, settlement))
    ledger.reopen_account(claim.delivery.key.account)
    assert testbed.claim_deliveries(ledger)[0].account_reason == "the topic is closed"


def test_a_worker_that_crashed_between_claim_and_result_leaves_its_delivery_in_doubt(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    other = testbed.open_worker()
    assert testbed.expire_claims(other) == [], "it lives"
    testbed.kill_worker(ledger)
    assert testbed.claim_deliveries(other) == [], "nobody goes on before the claim is taken back"
    assert testbed.expire_claims(other, MINUTE) == ["mastodon"]
    assert testbed.expire_claims(other) == []
    kept = other.get_delivery(make_key(1))
    assert (kept.state, kept.doubt, kept.attempts) == (State.UNKNOWN, True, 1)
    assert kept.next_at == NOON + MINUTE
    assert ledger.worker in kept.reason
    step = other.list_history(make_key(1))[-1]
    assert (step.before, step.after, step.worker) == (State.SENDING, State.UNKNOWN, other.worker)
    assert [c.delivery.key for c in testbed.claim_deliveries(other)] == [make_key(2)]
    assert claim.fence == 1
    assert testbed.ledgers[-1].list_accounts()[0].holder == other.worker


def test_a_network_that_can_tell_nothing_leaves_a_crash_to_a_person(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    testbed.kill_worker(ledger)
    other = testbed.open_worker()
    testbed.expire_claims(other)
    (following,) = testbed.claim_deliveries(other, prepare_or_hold)
    assert following.delivery.key == make_key(2)
    held = other.get_delivery(claim.delivery.key)
    assert (held.state, held.reason, held.doubt) == (State.HELD, "nobody knows", True)


def test_a_crash_during_a_look_up_frees_the_account_and_the_post_stays_in_doubt(
    testbed: LedgerTestbed,
) -> None:
    ledger, other = testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1, state=State.UNKNOWN))
    (claim,) = testbed.claim_deliveries(ledger, prepare_to_look_up)
    testbed.kill_worker(ledger)
    assert testbed.expire_claims(other) == ["mastodon"]
    assert len(other.list_history(make_key(1))) == 1
    late = make_result(claim, State.WAITING, ready_at=NOON)
    assert testbed.settle_claims(ledger, late) == [late[1]]
    assert testbed.delivery_state(1) is State.UNKNOWN
    assert [c.action for c in testbed.claim_deliveries(other, prepare_to_look_up)] == [Action.FIND]


def test_only_what_is_gone_is_taken_back(testbed: LedgerTestbed) -> None:
    dead, alive, other = testbed.open_worker(), testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(dead, make_planned(1))
    testbed.promise_deliveries(alive, make_planned(1, "x"))
    testbed.claim_deliveries(dead)
    testbed.claim_deliveries(alive, accounts=("x",))
    testbed.kill_worker(dead)
    assert testbed.expire_claims(other) == ["mastodon"]
    assert testbed.delivery_state(1, "x") is State.SENDING


def test_an_account_that_somebody_else_must_judge_is_left_to_them(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    testbed.kill_worker(ledger)
    other = testbed.open_worker()
    assert other.expire_claims(NOON, lambda _account: None) == []
    assert other.get_delivery(claim.delivery.key).state is State.SENDING
    assert testbed.expire_claims(other) == ["mastodon"]


def test_a_claim_whose_commit_was_answered_by_silence_comes_back_after_the_lease(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    """The worker never learnt that it holds `claim`; it lives, and goes on asking for work."""
    assert testbed.expire_claims(ledger) == []
    assert testbed.claim_deliveries(ledger) == []
    testbed.clocks.advance_time(ledger.lease)
    testbed.expire_lease(ledger)
    assert testbed.expire_claims(ledger) == ["mastodon"]
    assert ledger.get_delivery(claim.delivery.key).state is State.UNKNOWN


def test_a_worker_that_said_goodbye_holds_nothing(testbed: LedgerTestbed, ledger: Ledger) -> None:
    testbed.promise_deliveries(ledger, make_planned(1))
    testbed.claim_deliveries(ledger)
    testbed.expire_lease(ledger)
    ledger.unregister_worker(NOON)
    other = testbed.open_worker()
    assert testbed.expire_claims(other) == ["mastodon"]


def test_a_fence_that_comes_up_again_after_lost_commits_lets_no_stale_result_in(
    testbed: LedgerTestbed,
) -> None:
    """As after a failover to a standby that had not heard of everything yet."""
    ledger, other = testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2), make_planned(3))
    (stale,) = testbed.claim_deliveries(ledger)
    testbed.execute_sql("UPDATE accounts SET fence = 0, holder = NULL")
    testbed.execute_sql(
        "UPDATE deliveries SET state = 'skipped' WHERE key = :key", key=str(make_key(1))
    )
    (claim,) = testbed.claim_deliveries(other)
    assert claim.fence == stale.fence
    assert testbed.settle_claims(ledger, make_result(stale)) == [make_result(stale)[1]]
    assert testbed.settle_claims(other, make_result(claim)) == []
    assert [one.delivery.key for one in testbed.claim_deliveries(other)] == [make_key(3)]


def test_what_a_worker_holds_without_knowing_goes_back_unless_it_is_under_way(
    testbed: LedgerTestbed, ledger: Ledger
) -> None:
    """The answer to its claim's commit was lost: no request has left."""
    for account in ("lost", "sending"):
        testbed.promise_deliveries(ledger, make_planned(1, account))
    claims = testbed.claim_deliveries(ledger, accounts=("lost", "sending"))
    lost, in_flight = sorted(claims, key=lambda claim: claim.delivery.key)
    now = testbed.clocks.advance_time(MINUTE)
    assert ledger.release_lost_claims({"sending"}, now) == ["lost"]
    assert ledger.release_lost_claims({"sending"}, now) == []
    back = ledger.get_delivery(make_key(1, "lost"))
    assert (back.state, back.next_at, back.doubt) == (State.WAITING, now, False)
    assert ledger.list_history(back.key)[-1].reason.startswith(
        "claimed while the connection was lost"
    )
    assert testbed.delivery_state(1, "sending") is State.SENDING
    assert testbed.settle_claims(ledger, make_result(lost)) == [make_result(lost)[1]]
    assert testbed.settle_claims(ledger, make_result(in_flight)) == []
    assert [c.delivery.key for c in testbed.claim_deliveries(ledger, accounts=("lost",))] == [
        back.key
    ]


def test_a_repeat_that_never_left_is_in_doubt_as_it_was_before(
    testbed: LedgerTestbed, ledger: Ledger, claim: Claim
) -> None:
    testbed.settle_claims(ledger, make_result(claim, State.UNKNOWN, ready_at=testbed.clocks.now))
    (repeat,) = testbed.claim_deliveries(ledger, limit=1)
    assert repeat.action is Action.RESEND
    assert ledger.release_lost_claims((), testbed.clocks.now) == ["mastodon"]
    assert ledger.get_delivery(make_key(1)).doubt
    assert ledger.get_delivery(make_key(1)).attempts == 1, "the repeat was none"
    assert testbed.delivery_state() is State.UNKNOWN


def test_what_another_worker_holds_is_not_given_back(testbed: LedgerTestbed, claim: Claim) -> None:
    assert testbed.open_worker().release_lost_claims((), testbed.clocks.now) == []
    assert testbed.delivery_state(claim.delivery.key.count) is State.SENDING
