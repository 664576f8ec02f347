"""Only what is still as it was when it was read is claimed; everything else is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.ledger.values import ClaimRefused, PreparedClaim
from perihelion.model.deliveries import State
from perihelion.model.errors import LedgerVersionMismatch
from tests.fakes.ledger_testbed import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    connect_database,
    make_key,
    make_planned,
    make_result,
    prepare_to_send,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import ExchangeOutcome, Result
    from tests.fakes.ledger_testbed import LedgerTestbed


def prepare_ready(
    testbed: LedgerTestbed, ledger: Ledger, *accounts: str, results: Sequence[Result] = ()
) -> list[PreparedClaim]:
    """Read what is ready, and prepare it; whatever a test does next happens meanwhile."""
    request = testbed.make_request(accounts or ("mastodon",))
    return [(one, prepare_to_send(one.delivery)) for one in ledger.list_ready(request, results)]


def write(ledger: Ledger, prepared: Sequence[PreparedClaim], *results: Result) -> ExchangeOutcome:
    return ledger.exchange(results, prepared, now=NOON, wall=NOON)


def test_what_was_called_missed_meanwhile_is_not_claimed(testbed: LedgerTestbed) -> None:
    ledger, other = testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1, late=NOON + MINUTE), make_planned(2))
    prepared = prepare_ready(testbed, ledger)
    other.mark_missed(NOON + HOUR)
    outcome = write(ledger, prepared)
    assert (outcome.claims, outcome.should_read_again) == ([], True)
    (claim,) = testbed.claim_deliveries(ledger)
    assert claim.delivery.key == make_key(2)
    assert testbed.delivery_state(1) is State.MISSED
    assert [step.after for step in ledger.list_history(make_key(1))] == [State.DUE, State.MISSED]


def test_what_another_worker_claimed_meanwhile_is_claimed_once(testbed: LedgerTestbed) -> None:
    ledger, other = testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    prepared = prepare_ready(testbed, ledger)
    (claim,) = testbed.claim_deliveries(other)
    assert write(ledger, prepared).claims == []
    testbed.settle_claims(other, make_result(claim))
    assert write(ledger, prepared).claims == [], "its account is free again, and it was sent"
    assert testbed.delivery_state(1) is State.SENT


def test_what_was_prepared_twice_is_claimed_once(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    prepared = prepare_ready(testbed, ledger)
    assert len(write(ledger, prepared * 2).claims) == 1


def test_a_refusal_is_not_written_over_what_happened_meanwhile(testbed: LedgerTestbed) -> None:
    ledger, other = testbed.open_worker(), testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    ((ready, _prepared),) = prepare_ready(testbed, ledger)
    testbed.claim_deliveries(other)
    outcome = write(ledger, [(ready, ClaimRefused(State.SKIPPED, "its event is gone"))])
    assert outcome.refused == []
    assert testbed.delivery_state(1) is State.SENDING


def test_nobody_waits_for_a_row_that_another_program_is_writing(
    postgres_testbed: LedgerTestbed,
) -> None:
    ledger = postgres_testbed.open_worker()
    for account in ("a", "b"):
        postgres_testbed.promise_deliveries(ledger, make_planned(1, account))
    prepared = prepare_ready(postgres_testbed, ledger, "a", "b")
    with connect_database(postgres_testbed.url) as other:
        other.execute("SELECT * FROM accounts WHERE name = 'a' FOR UPDATE")
        outcome = write(ledger, prepared)
    assert [claim.delivery.key.account for claim in outcome.claims] == ["b"]
    assert not outcome.should_read_again, "else this worker would not rest until the lock is gone"


def test_a_result_whose_account_was_taken_over_meanwhile_is_refused(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    for account in ("a", "b"):
        testbed.promise_deliveries(ledger, make_planned(1, account), make_planned(2, account))
    (claim,) = testbed.claim_deliveries(ledger, accounts=["a"])
    late = make_result(claim)
    prepared = prepare_ready(testbed, ledger, "a", "b", results=[late])
    assert len(prepared) == 2, "the account that the result lets go is ready for its next delivery"
    testbed.execute_sql("UPDATE accounts SET fence = 7, holder = 'other' WHERE name = 'a'")
    outcome = write(ledger, prepared, late)
    assert outcome.stale == [late[1]]
    assert [one.delivery.key for one in outcome.claims] == [make_key(1, "b")]
    assert testbed.delivery_state(1, "a") is State.SENDING
    assert testbed.delivery_state(2, "a") is State.DUE


def test_nothing_is_ready_on_an_account_that_a_result_pauses(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    (claim,) = testbed.claim_deliveries(ledger)
    paused = make_result(claim, State.WAITING, ready_at=NOON, resume_at=NOON + MINUTE)
    assert prepare_ready(testbed, ledger, results=[paused]) == []


def test_a_ledger_that_was_migrated_meanwhile_is_left_alone(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    prepared = prepare_ready(testbed, ledger)
    testbed.execute_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerVersionMismatch):
        write(ledger, prepared)
    assert testbed.delivery_state(1) is State.DUE


def test_accounts_are_listed_by_how_long_they_have_waited_and_from_a_place_on(
    testbed: LedgerTestbed,
) -> None:
    ledger, names = testbed.open_worker(), ["a", "b", "c", "d", "e"]
    for name in names:
        due = NOON - MINUTE if name == "d" else NOON
        late = [make_planned(number, name, due=due, late=NOON + DAY) for number in (1, 2)]
        testbed.promise_deliveries(ledger, *late, make_planned(3, name, due=NOON + MINUTE))
    testbed.claim_deliveries(ledger, accounts=["b"])
    assert ledger.list_ready_accounts(NOON, NOON, "c") == ["d", "c", "e", "a"]


def test_a_worker_goes_on_with_its_own_account_before_it_takes_another(
    testbed: LedgerTestbed,
) -> None:
    ledger, names = testbed.open_worker(), ["a", "b", "c"]
    for name in names:
        testbed.promise_deliveries(ledger, make_planned(1, name), make_planned(2, name))
    for name in names:
        (claim,) = testbed.claim_deliveries(ledger, accounts=[name])
        request = testbed.make_request(names, limit=1)
        (ready,) = ledger.list_ready(request, [make_result(claim)])
        assert ready.delivery.key == make_key(2, name)
        ledger.release_lost_claims([], NOON)
