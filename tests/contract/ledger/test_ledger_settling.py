"""Settling: a result is written once, under the fence it was claimed with, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.values import Action
from perihelion.model.deliveries import State
from perihelion.model.errors import IllegalTransition
from tests.fakes.ledgers import HOUR, MINUTE, NOON, hold, key, look, planned, send, settled

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import Claim
    from tests.fakes.ledgers import World


@pytest.fixture
def ledger(world: World) -> Ledger:
    return world.worker()


@pytest.fixture
def claim(world: World, ledger: Ledger) -> Claim:
    """One delivery under way; a second one waits behind it."""
    world.promise(ledger, planned(1), planned(2, rank=2))
    return world.claim(ledger)[0]


def test_a_receipt_is_kept_and_the_account_is_free(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    now = world.clocks.pass_(MINUTE)
    assert world.settle(ledger, settled(claim)) == []
    kept = ledger.get_delivery(key(1))
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
    world: World, ledger: Ledger, claim: Claim, state: State, *, doubt: bool
) -> None:
    world.settle(ledger, settled(claim, state, reason="because", ready_at=NOON + HOUR))
    kept = ledger.get_delivery(key(1))
    assert (kept.state, kept.reason, kept.next_at, kept.doubt) == (
        state,
        "because",
        NOON + HOUR,
        doubt,
    )
    assert kept.post == claim.delivery.post
    step = ledger.list_history(key(1))[-1]
    assert (step.before, step.after, step.reason) == (State.SENDING, state, "because")


@pytest.mark.parametrize("state", [State.DUE, State.MISSED])
def test_a_result_that_no_request_can_have_is_refused_and_undone(
    world: World, ledger: Ledger, claim: Claim, state: State
) -> None:
    with pytest.raises(IllegalTransition):
        world.settle(ledger, settled(claim, state))
    assert world.state(1) is State.SENDING
    assert ledger.list_accounts()[0].holder == ledger.worker


def test_a_result_and_the_next_claim_are_one_commit(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    refused, (following,) = ledger.exchange([settled(claim)], world.terms(ledger), send, NOON)
    assert refused == []
    assert following.delivery.key == key(2)
    assert following.fence == claim.fence + 1


def test_the_same_result_written_again_changes_nothing(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    world.settle(ledger, settled(claim))
    before = ledger.get_delivery(key(1)), ledger.list_history(key(1)), ledger.list_accounts()
    world.clocks.pass_(MINUTE)
    assert world.settle(ledger, settled(claim)) == []
    assert (
        ledger.get_delivery(key(1)),
        ledger.list_history(key(1)),
        ledger.list_accounts(),
    ) == before


def test_the_same_result_after_the_account_went_on_is_refused(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    world.settle(ledger, settled(claim))
    (following,) = world.claim(ledger)
    late = settled(claim)
    assert world.settle(ledger, late) == [late[1]]
    assert world.state(1) is State.SENT
    assert world.state(2) is State.SENDING
    assert world.settle(ledger, settled(following)) == []


def test_a_late_workers_result_is_refused_after_its_claim_was_taken_back(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    world.kill(ledger)
    other = world.worker()
    assert world.expire(other) == ["mastodon"]
    late = settled(claim)
    assert world.settle(ledger, late) == [late[1]]
    assert world.state(1) is State.UNKNOWN
    (again,) = world.claim(other)
    assert again.action is Action.RESEND
    assert world.settle(ledger, late) == [late[1]]
    assert world.settle(other, settled(again)) == []
    assert world.state(1) is State.SENT


def test_one_refused_result_does_not_keep_the_others_from_being_written(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    world.promise(ledger, planned(1, "x"))
    (other,) = world.claim(ledger, accounts=("x",))
    world.settle(ledger, settled(claim))
    world.claim(ledger)
    late = settled(claim)
    assert world.settle(ledger, late, settled(other)) == [late[1]]
    assert world.state(1, "x") is State.SENT


def test_a_look_up_that_learns_nothing_adds_nothing_to_the_history(world: World) -> None:
    ledger = world.worker()
    world.promise(ledger, planned(1, state=State.UNKNOWN))
    (claim,) = world.claim(ledger, look)
    world.settle(ledger, settled(claim, State.UNKNOWN, reason="503", ready_at=NOON + MINUTE))
    assert [step.after for step in ledger.list_history(key(1))] == [State.UNKNOWN]
    kept = ledger.get_delivery(key(1))
    assert (kept.reason, kept.next_at) == ("503", NOON + MINUTE)
    world.clocks.pass_(MINUTE)
    (claim,) = world.claim(ledger, look)
    world.settle(ledger, settled(claim))
    assert [step.after for step in ledger.list_history(key(1))] == [State.UNKNOWN, State.SENT]


def test_a_worker_that_crashed_between_claim_and_result_leaves_its_delivery_in_doubt(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    other = world.worker()
    assert world.expire(other) == [], "it lives"
    world.kill(ledger)
    assert world.claim(other) == [], "nobody goes on before the claim is taken back"
    assert world.expire(other, MINUTE) == ["mastodon"]
    assert world.expire(other) == []
    kept = other.get_delivery(key(1))
    assert (kept.state, kept.doubt, kept.attempts) == (State.UNKNOWN, True, 1)
    assert kept.next_at == NOON + MINUTE
    assert ledger.worker in kept.reason
    step = other.list_history(key(1))[-1]
    assert (step.before, step.after, step.worker) == (State.SENDING, State.UNKNOWN, other.worker)
    assert [c.delivery.key for c in world.claim(other)] == [key(2)]
    assert claim.fence == 1
    assert world.ledgers[-1].list_accounts()[0].holder == other.worker


def test_a_network_that_can_tell_nothing_leaves_a_crash_to_a_person(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    world.kill(ledger)
    other = world.worker()
    world.expire(other)
    (following,) = world.claim(other, hold)
    assert following.delivery.key == key(2)
    held = other.get_delivery(claim.delivery.key)
    assert (held.state, held.reason, held.doubt) == (State.HELD, "nobody knows", True)


def test_a_crash_during_a_look_up_frees_the_account_and_the_post_stays_in_doubt(
    world: World,
) -> None:
    ledger, other = world.worker(), world.worker()
    world.promise(ledger, planned(1, state=State.UNKNOWN))
    (claim,) = world.claim(ledger, look)
    world.kill(ledger)
    assert world.expire(other) == ["mastodon"]
    assert len(other.list_history(key(1))) == 1
    late = settled(claim, State.WAITING, ready_at=NOON)
    assert world.settle(ledger, late) == [late[1]]
    assert world.state(1) is State.UNKNOWN
    assert [c.action for c in world.claim(other, look)] == [Action.FIND]


def test_only_what_is_gone_is_taken_back(world: World) -> None:
    dead, alive, other = world.worker(), world.worker(), world.worker()
    world.promise(dead, planned(1))
    world.promise(alive, planned(1, "x"))
    world.claim(dead)
    world.claim(alive, accounts=("x",))
    world.kill(dead)
    assert world.expire(other) == ["mastodon"]
    assert world.state(1, "x") is State.SENDING


def test_an_account_that_somebody_else_must_judge_is_left_to_them(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    world.kill(ledger)
    other = world.worker()
    assert other.expire_claims(NOON, lambda _account: None) == []
    assert other.get_delivery(claim.delivery.key).state is State.SENDING
    assert world.expire(other) == ["mastodon"]


def test_a_claim_whose_commit_was_answered_by_silence_comes_back_after_the_lease(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    """The worker never learnt that it holds `claim`; it lives, and goes on asking for work."""
    assert world.expire(ledger) == []
    assert world.claim(ledger) == []
    world.clocks.pass_(ledger.lease)
    world.let_lease_run_out(ledger)
    assert world.expire(ledger) == ["mastodon"]
    assert ledger.get_delivery(claim.delivery.key).state is State.UNKNOWN


def test_a_worker_that_said_goodbye_holds_nothing(world: World, ledger: Ledger) -> None:
    world.promise(ledger, planned(1))
    world.claim(ledger)
    world.let_lease_run_out(ledger)
    ledger.unregister_worker(NOON)
    other = world.worker()
    assert world.expire(other) == ["mastodon"]


def test_a_fence_that_comes_up_again_after_lost_commits_lets_no_stale_result_in(
    world: World,
) -> None:
    """As after a failover to a standby that had not heard of everything yet."""
    ledger, other = world.worker(), world.worker()
    world.promise(ledger, planned(1), planned(2), planned(3))
    (stale,) = world.claim(ledger)
    world.execute("UPDATE accounts SET fence = 0, holder = NULL")
    world.execute("UPDATE deliveries SET state = 'skipped' WHERE key = :key", key=str(key(1)))
    (claim,) = world.claim(other)
    assert claim.fence == stale.fence
    assert world.settle(ledger, settled(stale)) == [settled(stale)[1]]
    assert world.settle(other, settled(claim)) == []
    assert [one.delivery.key for one in world.claim(other)] == [key(3)]


def test_what_a_worker_holds_without_knowing_goes_back_unless_it_is_under_way(
    world: World, ledger: Ledger
) -> None:
    """The answer to its claim's commit was lost: no request has left."""
    for account in ("astray", "flying"):
        world.promise(ledger, planned(1, account))
    lost, flying = world.claim(ledger, accounts=("astray", "flying"))
    now = world.clocks.pass_(MINUTE)
    assert ledger.release_lost_claims({"flying"}, now) == ["astray"]
    assert ledger.release_lost_claims({"flying"}, now) == []
    back = ledger.get_delivery(key(1, "astray"))
    assert (back.state, back.next_at, back.doubt) == (State.WAITING, now, False)
    assert ledger.list_history(back.key)[-1].reason.startswith(
        "claimed while the connection was lost"
    )
    assert world.state(1, "flying") is State.SENDING
    assert world.settle(ledger, settled(lost)) == [settled(lost)[1]]
    assert world.settle(ledger, settled(flying)) == []
    assert [c.delivery.key for c in world.claim(ledger, accounts=("astray",))] == [back.key]


def test_a_repeat_that_never_left_is_in_doubt_as_it_was_before(
    world: World, ledger: Ledger, claim: Claim
) -> None:
    world.settle(ledger, settled(claim, State.UNKNOWN, ready_at=world.clocks.now))
    (repeat,) = world.claim(ledger, limit=1)
    assert repeat.action is Action.RESEND
    assert ledger.release_lost_claims((), world.clocks.now) == ["mastodon"]
    assert ledger.get_delivery(key(1)).doubt
    assert world.state() is State.UNKNOWN


def test_what_another_worker_holds_is_not_given_back(world: World, claim: Claim) -> None:
    assert world.worker().release_lost_claims((), world.clocks.now) == []
    assert world.state(claim.delivery.key.count) is State.SENDING
