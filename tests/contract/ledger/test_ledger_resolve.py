"""What people ask the ledger, and what they may decide."""

from __future__ import annotations

import pytest

from perihelion.ledger.engine import read_transaction
from perihelion.ledger.store import Ledger
from perihelion.ledger.values import Action
from perihelion.model.deliveries import TRANSITIONS, State
from perihelion.model.errors import DeliveryNotFound, IllegalTransition
from tests.fakes.ledger_testbed import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    LedgerTestbed,
    make_key,
    make_planned,
    make_result,
)

BY_OPERATOR = {
    (State.HELD, State.SENT),
    (State.HELD, State.WAITING),
    (State.HELD, State.SKIPPED),
    (State.REJECTED, State.SENT),
    (State.REJECTED, State.WAITING),
    (State.REJECTED, State.SKIPPED),
    (State.MISSED, State.SENT),
    (State.MISSED, State.WAITING),
    (State.MISSED, State.SKIPPED),
    (State.SKIPPED, State.SENT),
    (State.SKIPPED, State.WAITING),
}


def bring_to_state(testbed: LedgerTestbed, state: State, account: str = "mastodon") -> None:
    """Bring delivery 1 of `account` into `state`, by legal steps only."""
    ledger = testbed.open_worker()
    is_initial = state in {State.DUE, State.MISSED, State.SKIPPED}
    testbed.promise_deliveries(
        ledger, make_planned(1, account, state=state if is_initial else State.DUE)
    )
    if not is_initial:
        (claim,) = testbed.claim_deliveries(ledger, accounts=(account,))
        if state is not State.SENDING:
            testbed.settle_claims(ledger, make_result(claim, state, ready_at=NOON + HOUR))


@pytest.mark.parametrize("state", State)
def test_a_person_may_settle_what_is_open_to_people_and_nothing_else(
    testbed: LedgerTestbed, state: State
) -> None:
    for to in State:
        bring_to_state(testbed, state, account=to.value)
        ledger, subject = testbed.ledgers[0], make_key(1, to.value)
        steps = ledger.list_history(subject)
        if (state, to) in BY_OPERATOR:
            assert to in TRANSITIONS[state]
            assert ledger.resolve_delivery(subject, to, NOON).state is to
            (last,) = ledger.list_history(subject)[len(steps) :]
            assert (last.before, last.after, last.worker) == (state, to, ledger.worker)
            assert "a person" in last.reason
        else:
            with pytest.raises(IllegalTransition, match=f"is {state} and cannot become {to}"):
                ledger.resolve_delivery(subject, to, NOON)
            assert ledger.list_history(subject) == steps
            assert ledger.get_delivery(subject).state is state


def test_what_a_person_calls_sent_keeps_its_url_and_is_no_longer_in_doubt(
    testbed: LedgerTestbed,
) -> None:
    bring_to_state(testbed, State.HELD)
    done = testbed.ledgers[0].resolve_delivery(
        make_key(1), State.SENT, NOON, "https://example.org/found"
    )
    assert (done.url, done.doubt) == ("https://example.org/found", False)
    with pytest.raises(IllegalTransition, match="nothing is published twice"):
        testbed.ledgers[0].resolve_delivery(make_key(1), State.WAITING, NOON)


def test_a_retry_makes_the_post_anew_and_stays_in_time_for_a_day(testbed: LedgerTestbed) -> None:
    bring_to_state(testbed, State.HELD)
    ledger = testbed.ledgers[0]
    now = testbed.clocks.advance_time(2 * DAY)
    ledger.resolve_delivery(make_key(1), State.WAITING, now)
    assert ledger.mark_missed(testbed.clocks.advance_time(DAY - MINUTE)) == 0
    (claim,) = testbed.claim_deliveries(ledger)
    assert (claim.action, claim.delivery.attempts) == (Action.SEND, 2)
    assert claim.delivery.first_tried_at == testbed.clocks.now


def test_a_retry_that_nobody_could_carry_out_is_missed_in_the_end(testbed: LedgerTestbed) -> None:
    bring_to_state(testbed, State.MISSED)
    ledger = testbed.ledgers[0]
    ledger.resolve_delivery(make_key(1), State.WAITING, NOON)
    assert ledger.mark_missed(NOON + DAY) == 1


def test_a_key_that_is_not_there_is_told_apart(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_ledger()
    for ask in (
        ledger.get_delivery,
        lambda missing: ledger.resolve_delivery(missing, State.SENT, NOON),
    ):
        with pytest.raises(DeliveryNotFound, match="mastodon:year-in-space/landing:7-years:1"):
            ask(make_key(7))
    assert ledger.list_history(make_key(7)) == []


def test_deliveries_are_listed_latest_first_by_state_and_up_to_a_limit(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, *(make_planned(n, due=NOON - n * HOUR) for n in range(1, 5)))
    (claim,) = testbed.claim_deliveries(ledger)
    assert [d.key.count for d in ledger.list_deliveries()] == [1, 2, 3, 4]
    assert [d.key.count for d in ledger.list_deliveries(limit=2)] == [1, 2]
    assert [d.key for d in ledger.list_deliveries([State.SENDING])] == [claim.delivery.key]
    assert [d.key.count for d in ledger.list_deliveries([State.DUE, State.HELD], 2)] == [1, 2]
    assert ledger.list_deliveries([]) == []
    assert ledger.count_deliveries_by_state() == {State.DUE: 3, State.SENDING: 1}


def test_a_worker_is_forgotten_a_month_after_its_last_sign_of_life(testbed: LedgerTestbed) -> None:
    gone, alive = testbed.open_worker(), testbed.open_worker()
    alive.record_heartbeat(testbed.clocks.advance_time(29 * DAY))
    testbed.open_worker()
    assert gone.worker in [worker.id for worker in alive.list_workers()]
    testbed.clocks.advance_time(2 * DAY)
    newest = testbed.open_worker()
    seen = [worker.id for worker in newest.list_workers()]
    assert gone.worker not in seen
    assert {alive.worker, newest.worker} <= set(seen)


def test_workers_leave_signs_of_life_and_say_goodbye(testbed: LedgerTestbed) -> None:
    first = testbed.open_worker()
    testbed.clocks.advance_time(MINUTE)
    second = testbed.open_worker()
    second.record_heartbeat(testbed.clocks.advance_time(MINUTE))
    first.unregister_worker(testbed.clocks.advance_time(MINUTE))
    seen = first.list_workers()
    assert [worker.id for worker in seen] == [first.worker, second.worker]
    assert (seen[0].started_at, seen[0].beat_at, seen[0].stopped_at) == (
        NOON,
        NOON + 3 * MINUTE,
        NOON + 3 * MINUTE,
    )
    assert (seen[1].version, seen[1].beat_at, seen[1].stopped_at) == (
        "1.0",
        NOON + 2 * MINUTE,
        None,
    )


def test_an_account_is_known_from_the_first_worker_on_that_has_it(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    ledger.register_accounts({}, NOON)
    ledger.register_accounts({"x": "x"}, NOON)
    ledger.register_accounts({"x": "x", "x-de": "x"}, NOON + DAY)
    known = [(one.name, one.network, one.known_since) for one in ledger.list_accounts()]
    assert known == [("x", "x", NOON), ("x-de", "x", NOON + DAY)]


def test_the_first_worker_s_start_is_known_however_many_followed(testbed: LedgerTestbed) -> None:
    assert testbed.open_ledger().get_first_worker_start() is None
    for _ in range(7):
        last = testbed.open_worker()
        testbed.clocks.advance_time(MINUTE)
    assert last.get_first_worker_start() == NOON


def test_the_states_of_each_account_and_day_are_told_from_a_day_on(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(
        ledger,
        make_planned(1),
        make_planned(2, state=State.SKIPPED),
        make_planned(3, due=NOON - DAY),
        make_planned(4, due=NOON + DAY),
    )
    testbed.promise_deliveries(ledger, make_planned(1, "x", state=State.MISSED))
    today = NOON.date()
    assert ledger.list_states_by_day(today) == {
        ("mastodon", today): {State.DUE, State.SKIPPED},
        ("mastodon", today + DAY): {State.DUE},
        ("x", today): {State.MISSED},
    }


def test_small_values_are_remembered_replaced_and_kept_apart(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_ledger()
    assert ledger.load_adapter_value("mastodon", "instance") is None
    ledger.save_adapter_value("mastodon", "instance", "{}")
    ledger.save_adapter_value("mastodon", "instance", "{'é': 1}")
    ledger.save_adapter_value("mastodon", "token", "secret")
    ledger.save_adapter_value("x", "instance", "other")
    assert testbed.open_ledger().load_adapter_value("mastodon", "instance") == "{'é': 1}"
    assert ledger.load_adapter_value("mastodon", "token") == "secret"
    assert ledger.load_adapter_value("x", "instance") == "other"
    assert ledger.load_adapter_value("x", "token") is None


def test_the_ledger_knows_when_it_was_born_however_often_it_is_migrated(
    testbed: LedgerTestbed,
) -> None:
    ledger = testbed.open_ledger()
    assert ledger.get_creation_time() == NOON
    ledger.migrate(NOON + DAY)
    assert ledger.get_creation_time() == NOON


def test_the_databases_own_clock_is_told_where_it_has_one(testbed: LedgerTestbed) -> None:
    found = Ledger.get_server_time(testbed.open_ledger())
    assert found.utcoffset() is not None
    assert (found == NOON) is testbed.is_sqlite


def test_questions_write_nothing(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1), make_planned(2))
    testbed.claim_deliveries(ledger)
    before = testbed.dump_tables()
    visitor = testbed.open_ledger()
    visitor.count_deliveries_by_state()
    visitor.list_deliveries()
    visitor.get_delivery(make_key(1))
    visitor.list_history(make_key(1))
    visitor.list_accounts()
    visitor.list_workers()
    visitor.list_pauses()
    visitor.get_first_worker_start()
    visitor.list_states_by_day(NOON.date())
    visitor.get_creation_time()
    visitor.get_server_time()
    visitor.has_lagging_standby()
    visitor.find_next_ready_time(("mastodon",), NOON)
    visitor.load_adapter_value("mastodon", "anything")
    visitor.get_version()
    visitor.exists()
    visitor.require_current_version()
    assert testbed.dump_tables() == before


def test_a_question_does_not_wait_for_a_writer(testbed: LedgerTestbed) -> None:
    ledger = testbed.open_worker()
    testbed.promise_deliveries(ledger, make_planned(1))
    with testbed.open_ledger()._write(), read_transaction(ledger._engine):
        assert ledger.count_deliveries_by_state() == {State.DUE: 1}
