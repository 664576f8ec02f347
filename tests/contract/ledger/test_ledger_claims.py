"""Claims: one per account, in order, under a fence that only grows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from perihelion.ledger.values import Action, ClaimPrepared, ClaimRefused
from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerUnavailable
from tests.fakes.ledger_testbed import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    exchange_with_ledger,
    make_delivery_post,
    make_key,
    make_planned,
    make_result,
    prepare_or_hold,
    prepare_to_look_up,
    prepare_to_send,
)

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.model.deliveries import Delivery
    from tests.fakes.ledger_testbed import LedgerTestbed


def send_all(
    testbed: LedgerTestbed, ledger: Ledger, accounts: tuple[str, ...] = ("mastodon",)
) -> list[str]:
    """Send one after the other until nothing is left; the order in which they went out."""
    order = []
    while claims := testbed.claim_deliveries(ledger, accounts=accounts):
        order += [str(claim.delivery.key) for claim in claims]
        testbed.settle_claims(ledger, *(make_result(claim) for claim in claims))
    return order


def test_a_claim_keeps_the_exact_post_its_token_and_who_sends_it(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    (claim,) = testbed.claim_deliveries(ledger)
    kept = ledger.get_delivery(make_key(1))
    assert kept.post == claim.delivery.post == make_delivery_post(kept)
    assert kept.token == claim.delivery.token == make_key(1).token
    assert (kept.state, kept.attempts, kept.fence) == (State.SENDING, 1, 1)
    assert kept.first_tried_at == NOON
    assert (claim.delivery.state, claim.delivery.attempts, claim.fence) == (State.SENDING, 1, 1)
    assert ledger.list_accounts()[0].holder == ledger.worker
    step = ledger.list_history(make_key(1))[-1]
    assert (step.before, step.after, step.worker, step.at) == (
        State.DUE,
        State.SENDING,
        ledger.worker,
        NOON,
    )
    assert step.reason == "send, fence 1"


def test_an_account_has_one_request_in_flight_and_accounts_do_not_wait_for_each_other(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    for account in ("bluesky", "mastodon", "x"):
        testbed.promise_deliveries(ledger, make_planned(1, account), make_planned(2, account))
    accounts = ("bluesky", "mastodon", "x")
    first = testbed.claim_deliveries(ledger, accounts=accounts)
    assert {claim.delivery.key for claim in first} == {make_key(1, name) for name in accounts}
    assert testbed.claim_deliveries(ledger, accounts=accounts) == []
    assert testbed.claim_deliveries(testbed.open_worker(), accounts=accounts) == []
    testbed.settle_claims(ledger, make_result(first[0]))
    (second,) = testbed.claim_deliveries(ledger, accounts=accounts)
    assert second.delivery.key == make_key(2, first[0].delivery.key.account)


def test_the_limit_counts_claims_and_only_the_named_accounts_are_touched(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    for account in ("a", "b", "c", "d"):
        testbed.promise_deliveries(ledger, make_planned(1, account))
    assert len(testbed.claim_deliveries(ledger, accounts=("b", "c", "d"), limit=2)) == 2
    assert len(testbed.claim_deliveries(ledger, accounts=("b", "c", "d"), limit=2)) == 1
    assert testbed.delivery_state(1, "a") is State.DUE
    assert testbed.claim_deliveries(ledger, accounts=("b", "c", "d", "nobody")) == []


def test_with_more_accounts_than_places_the_one_that_waits_longest_goes_first(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(
        ledger, make_planned(1, "a", due=NOON - MINUTE), make_planned(2, "a", due=NOON - MINUTE)
    )
    testbed.promise_deliveries(ledger, make_planned(1, "z", due=NOON - HOUR))
    (first,) = testbed.claim_deliveries(ledger, accounts=("a", "z"), limit=1)
    assert first.delivery.key.account == "z"


def test_an_accounts_posts_go_out_by_time_then_rank(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(
        ledger,
        make_planned(1, rank=2, due=NOON),
        make_planned(2, rank=1, due=NOON),
        make_planned(3, rank=9, due=NOON - MINUTE),
        make_planned(4, rank=1, due=NOON + SECOND),
    )
    assert send_all(testbed, ledger) == [str(make_key(n)) for n in (3, 2, 1)]
    testbed.clocks.advance_time(SECOND)
    assert send_all(testbed, ledger) == [str(make_key(4))]


def test_the_fence_grows_with_every_claim_of_an_account(testbed: LedgerTestbed) -> None:
    first, second = testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(first, *(make_planned(number) for number in range(1, 6)))
    fences = []
    for ledger in (first, second, first, second, first):
        (claim,) = testbed.claim_deliveries(ledger)
        fences.append(claim.fence)
        testbed.settle_claims(ledger, make_result(claim))
    assert fences == [1, 2, 3, 4, 5]


def test_a_paused_account_rests_until_its_time_and_others_do_not(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    testbed.promise_deliveries(ledger, make_planned(1, "x"), make_planned(2, "x"))
    both = testbed.claim_deliveries(ledger, accounts=("mastodon", "x"))
    mastodon = next(claim for claim in both if claim.delivery.key.account == "mastodon")
    x = next(claim for claim in both if claim is not mastodon)
    pause = make_result(
        mastodon, State.WAITING, reason="429", ready_at=NOON, resume_at=NOON + MINUTE
    )
    testbed.settle_claims(ledger, pause, make_result(x))
    assert [
        c.delivery.key.account for c in testbed.claim_deliveries(ledger, accounts=("mastodon", "x"))
    ] == ["x"]
    account = next(a for a in ledger.list_accounts() if a.name == "mastodon")
    assert (account.resume_at, account.credentials_refused, account.reason) == (
        NOON + MINUTE,
        False,
        "429",
    )
    assert ledger.find_next_ready_time(("mastodon",), testbed.clocks.now) == NOON + MINUTE
    testbed.clocks.advance_time(MINUTE)
    assert len(testbed.claim_deliveries(ledger)) == 1


def test_a_stopped_account_is_tried_again_after_its_pause_and_success_closes_the_circuit(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    (claim,) = testbed.claim_deliveries(ledger)
    testbed.settle_claims(
        ledger,
        make_result(
            claim,
            State.WAITING,
            reason="401",
            ready_at=NOON,
            resume_at=NOON + HOUR,
            credentials_refused=True,
        ),
    )
    assert ledger.list_accounts()[0].credentials_refused
    assert testbed.claim_deliveries(ledger) == []
    testbed.clocks.advance_time(HOUR)
    (again,) = testbed.claim_deliveries(ledger)
    assert ledger.list_accounts()[0].credentials_refused, "a claim alone proves nothing"
    testbed.settle_claims(ledger, make_result(again, credentials_refused=False))
    (account,) = ledger.list_accounts()
    assert (account.credentials_refused, account.resume_at, account.reason) == (False, None, "")


def test_doubt_is_settled_by_the_wall_clock_and_everything_else_by_the_almanac(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2, rank=2))
    (claim,) = testbed.claim_deliveries(ledger)
    testbed.settle_claims(ledger, make_result(claim, State.UNKNOWN, ready_at=NOON + MINUTE))
    rehearsal = replace(testbed.make_request(), now=NOON + DAY / 4)
    (other,) = exchange_with_ledger(ledger, [], rehearsal).claims
    assert other.delivery.key == make_key(2), (
        "a rehearsal's hours do not let a request arrive sooner"
    )
    testbed.settle_claims(ledger, make_result(other))
    real = replace(testbed.make_request(), now=NOON - DAY, wall=NOON + MINUTE)
    (doubtful,) = exchange_with_ledger(ledger, [], real).claims
    assert doubtful.delivery.key == make_key(1)


def test_a_repeat_by_key_counts_its_attempts_and_keeps_the_bytes_and_the_first_time(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    (claim,) = testbed.claim_deliveries(ledger)
    testbed.settle_claims(ledger, make_result(claim, State.UNKNOWN, ready_at=NOON))
    testbed.clocks.advance_time(MINUTE)
    (again,) = testbed.claim_deliveries(ledger)
    assert again.action is Action.RESEND
    assert again.delivery.post == claim.delivery.post
    assert (again.delivery.attempts, again.delivery.first_tried_at) == (2, NOON)
    assert [s.after for s in ledger.list_history(make_key(1))][-2:] == [
        State.UNKNOWN,
        State.SENDING,
    ]


def test_a_look_up_is_no_attempt_and_stays_unknown_until_it_is_answered(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1, state=State.UNKNOWN))
    (claim,) = testbed.claim_deliveries(ledger, prepare_to_look_up)
    assert claim.action is Action.FIND
    kept = ledger.get_delivery(make_key(1))
    assert (kept.state, kept.attempts, kept.first_tried_at) == (State.UNKNOWN, 0, None)
    assert testbed.claim_deliveries(testbed.open_worker(), prepare_to_look_up) == [], (
        "one request at a time, look-ups included"
    )
    testbed.settle_claims(ledger, make_result(claim, State.WAITING, ready_at=NOON))
    (sending,) = testbed.claim_deliveries(ledger, prepare_to_look_up)
    assert (sending.action, sending.delivery.attempts) == (Action.SEND, 1)


def test_a_refused_delivery_ends_there_and_the_next_one_goes_out(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(
        ledger, *(make_planned(number, rank=number) for number in range(1, 5))
    )
    testbed.promise_deliveries(ledger, make_planned(1, "x"))

    def prepare_or_refuse(delivery: Delivery) -> ClaimPrepared | ClaimRefused:
        if delivery.key.account == "mastodon" and delivery.key.count < 4:
            return ClaimRefused(State.SKIPPED, "its event is gone")
        return prepare_to_send(delivery)

    claims = testbed.claim_deliveries(ledger, prepare_or_refuse, ("mastodon", "x"))
    assert {claim.delivery.key for claim in claims} == {make_key(4), make_key(1, "x")}
    assert ledger.count_deliveries_by_state() == {State.SKIPPED: 3, State.SENDING: 2}
    assert ledger.get_delivery(make_key(1)).reason == "its event is gone"
    assert ledger.list_accounts()[0].holder == ledger.worker


def test_an_account_whose_every_delivery_is_refused_is_free_again(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(
        ledger, make_planned(1, state=State.UNKNOWN), make_planned(2, state=State.UNKNOWN)
    )
    assert testbed.claim_deliveries(ledger, prepare_or_hold) == []
    assert ledger.count_deliveries_by_state() == {State.HELD: 2}
    assert ledger.list_accounts()[0].holder is None
    assert ledger.get_delivery(make_key(1)).doubt


def test_a_post_that_cannot_be_prepared_undoes_the_whole_claim(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))

    def fail_to_prepare(_delivery: Delivery) -> ClaimPrepared:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        testbed.claim_deliveries(ledger, fail_to_prepare)
    assert testbed.delivery_state(1) is State.DUE
    assert len(testbed.claim_deliveries(testbed.open_worker())) == 1


def test_the_database_itself_refuses_a_second_request_in_flight(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    testbed.claim_deliveries(ledger)
    with pytest.raises(LedgerUnavailable) as refused:
        testbed.execute_sql("UPDATE deliveries SET state = 'sending'")
    assert isinstance(refused.value.__cause__, IntegrityError)


def test_the_next_instant_of_interest_is_the_first_that_can_be_acted_on(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    assert ledger.find_next_ready_time(("mastodon",), NOON) is None
    testbed.promise_deliveries(
        ledger,
        make_planned(1),
        make_planned(2, due=NOON + HOUR),
        make_planned(3, due=NOON + MINUTE),
    )
    testbed.promise_deliveries(ledger, make_planned(1, "x", due=NOON + SECOND))
    assert ledger.find_next_ready_time(("mastodon",), NOON) == NOON + MINUTE
    assert ledger.find_next_ready_time(("mastodon", "x"), NOON) == NOON + SECOND
    (claim,) = testbed.claim_deliveries(ledger)
    pause = make_result(claim, State.WAITING, ready_at=NOON, resume_at=NOON + 30 * MINUTE)
    testbed.settle_claims(ledger, pause)
    assert ledger.find_next_ready_time(("mastodon",), NOON) == NOON + 30 * MINUTE
    assert ledger.find_next_ready_time(("mastodon",), NOON + 30 * MINUTE) == NOON + HOUR
    assert ledger.find_next_ready_time(("mastodon",), NOON + HOUR) is None
