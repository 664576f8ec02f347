"""What an outcome means, and what may be done next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from perihelion.ledger.values import Action, Claim, ClaimRefused, Settlement
from perihelion.model.deliveries import Delivery, DeliveryKey, State
from perihelion.model.errors import AmbiguousMatch, Credentials, NotSent, OutcomeUnknown, Rejected
from perihelion.model.posts import Post, Receipt
from perihelion.networks.base import Dedupe, DedupeMethod
from perihelion.publish.decisions import (
    BACKOFF_BASE,
    BACKOFF_CAP,
    CIRCUIT_PAUSE,
    MAX_ABSENCES,
    Decider,
    UnknownPolicy,
    choose_action,
    get_cutoff_wait,
)

NOW = datetime(2027, 3, 2, 15, tzinfo=UTC)
WALL = datetime(2026, 11, 22, 11, tzinfo=UTC)
PATIENCE = timedelta(seconds=30)
KEY = DeliveryKey("mastodon", "year-in-space/landing", 11)
HOUR_KEY = Dedupe(DedupeMethod.KEYED, window=timedelta(hours=1), then_lookup=True)
HOUR_KEY_ONLY = Dedupe(DedupeMethod.KEYED, window=timedelta(hours=1))
ETERNAL_KEY = Dedupe(DedupeMethod.KEYED)
OWN_NAME = Dedupe(DedupeMethod.KEYED, then_lookup=True)
LOOKUP = Dedupe(DedupeMethod.LOOKUP)
NOTHING = Dedupe(DedupeMethod.NONE)
ALL = (HOUR_KEY, HOUR_KEY_ONLY, ETERNAL_KEY, OWN_NAME, LOOKUP, NOTHING)


def make_delivery(
    state: State = State.SENDING, attempts: int = 1, tried_ago: timedelta | None = timedelta(0)
) -> Delivery:
    return Delivery(
        key=KEY,
        network="mastodon",
        state=state,
        day=date(2027, 3, 2),
        due_at=NOW,
        late_until=NOW + timedelta(hours=9),
        rank=1,
        post=Post("text", "en", "2027-03-02T15:00:00Z"),
        token=KEY.token,
        attempts=attempts,
        first_tried_at=None if tried_ago is None else WALL - tried_ago,
    )


def make_decider(dedupe: Dedupe, jitter: float = 1.0) -> Decider:
    return Decider(now=NOW, wall=WALL, dedupe=dedupe, patience=PATIENCE, jitter=lambda: jitter)


def make_claim(action: Action = Action.SEND, attempts: int = 1) -> Claim:
    return Claim(make_delivery(attempts=attempts), action, fence=7)


def test_whatever_a_network_says_can_be_written_down() -> None:
    """PostgreSQL keeps no NUL, and no database half a character: one answer would stop all."""
    settled = make_decider(LOOKUP).decide_settlement(
        make_claim(), Receipt("1\0", "https://x/\ud83d")
    )
    assert settled.receipt == Receipt("1?", "https://x/?")
    refused = make_decider(LOOKUP).decide_settlement(make_claim(), Credentials("no\0 \udc00"))
    assert (refused.reason, refused.account_reason) == ("no? ?", "no? ?")


@pytest.mark.parametrize("dedupe", ALL)
@pytest.mark.parametrize("action", list(Action))
def test_a_receipt_means_sent_and_closes_the_circuit(dedupe: Dedupe, action: Action) -> None:
    settled = make_decider(dedupe).decide_settlement(
        make_claim(action), Receipt("1", "https://x/1")
    )
    assert settled.state is State.SENT
    assert settled.receipt == Receipt("1", "https://x/1")
    assert settled.credentials_refused is False
    assert settled.fence == 7


@pytest.mark.parametrize("dedupe", ALL)
def test_a_first_try_that_was_rejected_is_never_tried_again(dedupe: Dedupe) -> None:
    assert (
        make_decider(dedupe).decide_settlement(make_claim(), Rejected("too long")).state
        is State.REJECTED
    )


def test_a_rejected_repeat_proves_nothing_about_the_first_try() -> None:
    refused = Rejected("duplicate")
    assert (
        make_decider(HOUR_KEY).decide_settlement(make_claim(Action.RESEND, 2), refused).state
        is State.UNKNOWN
    )
    assert (
        make_decider(ETERNAL_KEY).decide_settlement(make_claim(Action.RESEND, 2), refused).state
        is State.HELD
    )


@pytest.mark.parametrize("dedupe", ALL)
def test_refused_credentials_stop_the_account_but_not_the_promise(dedupe: Dedupe) -> None:
    settled = make_decider(dedupe).decide_settlement(make_claim(), Credentials("401"))
    assert settled.state is State.WAITING
    assert settled.credentials_refused is True
    assert settled.resume_at == NOW + CIRCUIT_PAUSE


@pytest.mark.parametrize("action", [Action.RESEND, Action.FIND])
@pytest.mark.parametrize("error", [Credentials("401"), NotSent("refused"), OutcomeUnknown("cut")])
def test_doubt_stays_doubt_whatever_goes_wrong_while_it_is_settled(
    action: Action, error: Exception
) -> None:
    settled = make_decider(HOUR_KEY).decide_settlement(make_claim(action, 2), error)
    assert settled.state is State.UNKNOWN
    assert settled.ready_at is not None
    assert settled.ready_at >= WALL


@pytest.mark.parametrize("dedupe", ALL)
@pytest.mark.parametrize("action", list(Action))
def test_a_post_that_is_nearly_the_same_is_for_a_person_to_judge(
    dedupe: Dedupe, action: Action
) -> None:
    near = AmbiguousMatch("https://x/1 says nearly the same")
    settled = make_decider(dedupe).decide_settlement(make_claim(action), near)
    assert settled.state is State.HELD
    assert "https://x/1" in settled.reason
    assert f"resolve {KEY}" in settled.reason


def test_a_post_that_was_surely_not_sent_waits_as_long_as_the_network_asks() -> None:
    settled = make_decider(LOOKUP).decide_settlement(
        make_claim(), NotSent("429", timedelta(seconds=77))
    )
    assert settled.state is State.WAITING
    assert settled.ready_at == settled.resume_at == NOW + timedelta(seconds=77)


@pytest.mark.parametrize("attempts", [1, 5, 50, 5000])
def test_the_backoff_has_full_jitter_and_a_cap(attempts: int) -> None:
    assert make_decider(LOOKUP, jitter=0.0).compute_backoff(attempts) == timedelta(0)
    longest = make_decider(LOOKUP, jitter=1.0).compute_backoff(attempts)
    assert timedelta(0) < longest <= BACKOFF_CAP
    assert make_decider(LOOKUP, jitter=0.5).compute_backoff(attempts) == longest / 2


def make_lookup_claim(pause: timedelta) -> Claim:
    """A look-up after a pause of this length."""
    waiting = replace(make_delivery(State.UNKNOWN), updated_at=WALL - pause, next_at=WALL)
    return Claim(waiting, Action.FIND, fence=7)


def pause_before_next_lookup(pause: timedelta, jitter: float) -> timedelta:
    settled = make_decider(LOOKUP, jitter).decide_settlement(
        make_lookup_claim(pause), NotSent("the server is down")
    )
    assert settled.state is State.UNKNOWN
    assert settled.ready_at is not None
    return settled.ready_at - WALL


@pytest.mark.parametrize("seconds", [5, 15, 120, 800])
def test_look_ups_on_a_server_that_is_down_become_rare(seconds: int) -> None:
    """They are no attempts, so that the count of those does not tell how often it was asked."""
    pause = timedelta(seconds=seconds)
    assert pause_before_next_lookup(pause, 1.0) == min(4 * pause, BACKOFF_CAP)
    assert pause_before_next_lookup(pause, 0.5) > pause or pause > BACKOFF_CAP / 2
    assert pause_before_next_lookup(pause, 0.0) == timedelta(0)


@pytest.mark.parametrize("other", [timedelta(days=-300), timedelta(days=300), timedelta(0)])
def test_a_rehearsal_s_clock_makes_no_look_up_wait(other: timedelta) -> None:
    assert pause_before_next_lookup(other, 1.0) == 2 * BACKOFF_BASE


@pytest.mark.parametrize("error", [OutcomeUnknown("cut"), ValueError("bug"), KeyError("id")])
def test_whatever_nobody_classified_counts_as_unknown(error: Exception) -> None:
    assert make_decider(HOUR_KEY).decide_settlement(make_claim(), error).state is State.UNKNOWN
    assert make_decider(LOOKUP).decide_settlement(make_claim(), error).state is State.UNKNOWN
    assert make_decider(NOTHING).decide_settlement(make_claim(), error).state is State.HELD


def test_a_look_up_waits_until_a_cut_off_request_must_have_arrived() -> None:
    settled = make_decider(LOOKUP).decide_settlement(make_claim(), OutcomeUnknown("cut"))
    assert settled.ready_at == WALL + PATIENCE


def test_a_key_is_sent_again_only_after_a_try_that_was_cut_off_has_had_time_to_end() -> None:
    settled = make_decider(HOUR_KEY, jitter=0.0).decide_settlement(
        make_claim(), OutcomeUnknown("cut")
    )
    assert settled.ready_at == WALL + PATIENCE
    assert get_cutoff_wait(HOUR_KEY, PATIENCE) == PATIENCE
    assert get_cutoff_wait(HOUR_KEY_ONLY, PATIENCE) == PATIENCE


def test_a_key_that_holds_for_ever_needs_no_rest() -> None:
    settled = make_decider(ETERNAL_KEY, jitter=0.0).decide_settlement(
        make_claim(), OutcomeUnknown("cut")
    )
    assert settled.ready_at == WALL
    assert get_cutoff_wait(ETERNAL_KEY, PATIENCE) == timedelta(0)


def test_what_a_network_cannot_settle_tells_the_person_the_command() -> None:
    settled = make_decider(NOTHING).decide_settlement(make_claim(), OutcomeUnknown("cut"))
    assert f"python bot.py resolve {KEY} --sent URL" in settled.reason


def decide_absent(absences: int, attempts: int = 1) -> Settlement:
    """What a look-up in vain makes of a delivery that was looked up `absences` times before."""
    looked_up = replace(make_delivery(State.UNKNOWN, attempts), absences=absences)
    return make_decider(LOOKUP).decide_settlement(Claim(looked_up, Action.FIND, fence=7), None)


def test_one_absence_is_not_enough_to_send_again() -> None:
    settled = decide_absent(0)
    assert (settled.state, settled.absences) == (State.UNKNOWN, 1)
    assert settled.ready_at == WALL + PATIENCE / 2


def test_what_was_looked_up_twice_and_is_not_there_is_sent_again() -> None:
    settled = decide_absent(1)
    assert (settled.state, settled.absences) == (State.WAITING, 2)
    assert settled.ready_at == NOW


def test_a_repeat_that_is_lost_as_well_is_held_for_a_person() -> None:
    assert decide_absent(MAX_ABSENCES - 2, attempts=2).state is State.UNKNOWN
    settled = decide_absent(MAX_ABSENCES - 1, attempts=2)
    assert settled.state is State.HELD
    assert f"python bot.py resolve {KEY} --sent URL" in settled.reason


def test_absences_before_the_first_try_do_not_use_up_the_one_repeat() -> None:
    settled = decide_absent(1, attempts=0)
    assert (settled.state, settled.absences) == (State.WAITING, 0)


@pytest.mark.parametrize("state", [State.DUE, State.WAITING])
@pytest.mark.parametrize("dedupe", ALL)
def test_what_never_left_is_simply_sent(state: State, dedupe: Dedupe) -> None:
    assert (
        choose_action(make_delivery(state, attempts=0, tried_ago=None), dedupe, WALL) is Action.SEND
    )


def test_doubt_is_settled_by_looking_wherever_the_network_can_be_asked() -> None:
    for attempts in (1, 2):
        doubtful = make_delivery(State.UNKNOWN, attempts)
        assert choose_action(doubtful, HOUR_KEY, WALL) is Action.FIND
        assert choose_action(doubtful, LOOKUP, WALL) is Action.FIND
        assert choose_action(doubtful, HOUR_KEY_ONLY, WALL) is Action.RESEND
        assert choose_action(doubtful, ETERNAL_KEY, WALL) is Action.RESEND
    assert choose_action(make_delivery(State.UNKNOWN, 1), OWN_NAME, WALL) is Action.RESEND
    assert choose_action(make_delivery(State.UNKNOWN, 2), OWN_NAME, WALL) is Action.FIND


@pytest.mark.parametrize("ago", [timedelta(minutes=55), timedelta(hours=1), timedelta(days=2)])
def test_a_key_is_not_trusted_at_the_end_of_its_window(ago: timedelta) -> None:
    late = make_delivery(State.UNKNOWN, 1, tried_ago=ago)
    assert choose_action(late, HOUR_KEY, WALL) is Action.FIND
    held = choose_action(late, HOUR_KEY_ONLY, WALL)
    assert isinstance(held, ClaimRefused)
    assert held.state is State.HELD


def test_a_key_is_not_trusted_when_the_clock_was_set_back_before_the_first_try() -> None:
    early = make_delivery(State.UNKNOWN, 1, tried_ago=timedelta(hours=-2))
    assert choose_action(early, HOUR_KEY, WALL) is Action.FIND


def test_doubt_without_key_or_look_up_is_held_for_a_person() -> None:
    held = choose_action(make_delivery(State.UNKNOWN), NOTHING, WALL)
    assert isinstance(held, ClaimRefused)
    assert held.state is State.HELD
    assert "resolve" in held.reason


def test_a_newborn_ledgers_doubt_is_looked_up_not_resent() -> None:
    new_delivery = make_delivery(State.UNKNOWN, attempts=0, tried_ago=None)
    assert choose_action(new_delivery, HOUR_KEY, WALL) is Action.FIND
    assert choose_action(new_delivery, LOOKUP, WALL) is Action.FIND


def test_the_operator_may_choose_to_skip_or_to_risk_a_double_where_nobody_can_tell() -> None:
    doubtful = make_delivery(State.UNKNOWN)
    assert choose_action(doubtful, NOTHING, WALL, UnknownPolicy.RETRY) is Action.RESEND
    skipped = choose_action(doubtful, NOTHING, WALL, UnknownPolicy.SKIP)
    assert isinstance(skipped, ClaimRefused)
    assert skipped.state is State.SKIPPED
    lost = OutcomeUnknown("cut")
    skip = replace(make_decider(NOTHING), unknown_policy=UnknownPolicy.SKIP)
    retry = replace(make_decider(NOTHING), unknown_policy=UnknownPolicy.RETRY)
    assert skip.decide_settlement(make_claim(), lost).state is State.SKIPPED
    assert retry.decide_settlement(make_claim(), lost).state is State.UNKNOWN


@pytest.mark.parametrize("choice", list(UnknownPolicy))
def test_the_choice_changes_nothing_where_the_network_can_tell(choice: UnknownPolicy) -> None:
    assert choose_action(make_delivery(State.UNKNOWN), LOOKUP, WALL, choice) is Action.FIND
    chosen = replace(make_decider(LOOKUP), unknown_policy=choice)
    assert chosen.decide_settlement(make_claim(), OutcomeUnknown("cut")).state is State.UNKNOWN
