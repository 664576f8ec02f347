"""Claim, send, settle: for many accounts at once, and each of them in order."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from perihelion.ledger.engine import write_transaction
from perihelion.ledger.tables import ACCOUNTS, DELIVERIES
from perihelion.model.deliveries import State
from perihelion.model.errors import (
    Credentials,
    LedgerUnavailable,
    NotSent,
    OutcomeUnknown,
    Rejected,
)
from perihelion.model.posts import Post
from perihelion.networks.base import Dedupe, DedupeMethod
from perihelion.networks.shared.redaction import Redactor
from perihelion.publish.decisions import CIRCUIT_PAUSE
from perihelion.publish.worker_options import WorkerOptions
from tests.fakes.delivery_runner import PATIENCE, SOON, RequestGate, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import HOUR, LEASE, MINUTE, NOON, LedgerTestbed
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from tests.fakes.delivery_runner import DeliveryRunner

LANDING = make_event(id="landing", at="2016-03-02", importance=5)
LAUNCH = make_event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off", importance=4)
DOCKING = make_event(id="docking", at="1979-03-02", title="Two craft dock", importance=3)


def list_texts(network: FakeNetwork) -> list[str]:
    return [made.post.text for made in network.posts]


def lock_ledger(testbed: LedgerTestbed) -> sqlite3.Connection:
    """Another program that keeps the ledger's file to itself."""
    connection = sqlite3.connect(
        testbed.url.removeprefix("sqlite:///").partition("?")[0],
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("BEGIN EXCLUSIVE")
    return connection


@pytest.fixture
def impatient_testbed(sqlite_testbed: LedgerTestbed) -> LedgerTestbed:
    """A ledger whose users do not wait long for a lock."""
    return LedgerTestbed(f"{sqlite_testbed.url}?timeout=0.05", sqlite_testbed.clocks)


def test_everything_due_goes_out_once_best_first(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LAUNCH, LANDING)
    runner.run_pass()
    runner.run_pass()
    assert list_texts(net) == [f"{LANDING.title}: 11 years ago", f"{LAUNCH.title}: 49 years ago"]
    assert runner.delivery_states() == {"landing": State.SENT, "launch": State.SENT}
    assert net.calls == 2


def test_one_account_s_hanging_server_never_delays_another(sqlite_testbed: LedgerTestbed) -> None:
    gate = RequestGate()
    slow, quick = FakeNetwork(before_publish=gate), FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": slow, "b": quick}, LANDING, LAUNCH, DOCKING)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    while len(quick.posts) < 3:
        runner.loop.collect_results(SOON)
        runner.exchange_with_ledger()
    assert slow.posts == []
    assert runner.delivery_states("a")["landing"] is State.SENDING
    gate.release()
    runner.run_until_idle()
    assert len(slow.posts) == 3


def test_a_network_that_is_slow_to_say_what_it_takes_delays_nobody(
    sqlite_testbed: LedgerTestbed,
) -> None:
    gate = RequestGate()

    class Pensive(FakeNetwork):
        @property
        def dedupe(self) -> Dedupe:
            gate(Post("", "en", ""))
            return super().dedupe

    slow, quick = Pensive(), FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": slow, "b": quick}, LANDING, new_ledger=True)
    runner.loop.probe_networks()
    while not quick.posts:
        runner.loop.collect_results(SOON)
        runner.exchange_with_ledger()
    assert runner.delivery_states("a") == {}
    gate.release()
    runner.run_pass()
    assert len(slow.posts) == 1


def test_one_account_has_one_request_under_way(sqlite_testbed: LedgerTestbed) -> None:
    gate = RequestGate()
    net = FakeNetwork(before_publish=gate)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    runner.exchange_with_ledger()
    assert sorted(runner.delivery_states().values()) == [State.DUE, State.SENDING]
    gate.release()
    runner.run_until_idle()
    assert len(net.posts) == 2


def test_refused_credentials_stop_the_account_and_are_told_once(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net, other = FakeNetwork(), FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net, "b": other}, LANDING, LAUNCH)
    net.fail_next(Credentials("the token was revoked"))
    runner.run_pass()
    runner.run_pass()
    assert net.calls == 1
    assert len(other.posts) == 2
    assert runner.delivery_states() == {"landing": State.WAITING, "launch": State.DUE}
    opened = [s for _claim, s in runner.reported if s.credentials_refused]
    assert [s.account_reason for s in opened] == ["the token was revoked"]
    (stopped,) = (one for one in runner.ledger.list_accounts() if one.name == "a")
    assert stopped.credentials_refused
    sqlite_testbed.clocks.advance_time(CIRCUIT_PAUSE)
    runner.run_pass()
    assert len(net.posts) == 2
    (mended,) = (one for one in runner.ledger.list_accounts() if one.name == "a")
    assert not mended.credentials_refused


def test_mended_credentials_let_the_account_go_on_at_the_next_start(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    net.fail_next(Credentials("the token was revoked"))
    runner.run_pass()
    net.check_errors.append(Credentials("still revoked"))
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert net.calls == 1
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert len(net.posts) == 1


def test_a_rate_limit_pauses_its_account_for_as_long_as_it_asks(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net, other = FakeNetwork(), FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net, "b": other}, LANDING, LAUNCH)
    net.fail_next(NotSent("too many requests", retry_after=10 * MINUTE))
    runner.run_pass()
    sqlite_testbed.clocks.advance_time(9 * MINUTE)
    runner.run_pass()
    assert (net.calls, len(other.posts)) == (1, 2)
    sqlite_testbed.clocks.advance_time(1 * MINUTE)
    runner.run_pass()
    assert len(net.posts) == 2


def test_a_limit_that_the_network_announces_is_heeded_before_it_is_hit(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    net.rate_limited_until = sqlite_testbed.clocks.now + 5 * MINUTE
    runner.run_pass()
    assert net.calls == 1
    net.rate_limited_until = None
    sqlite_testbed.clocks.advance_time(5 * MINUTE)
    runner.run_pass()
    assert len(net.posts) == 2


def test_a_catch_up_is_spaced_out(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    worker_options = WorkerOptions(patience=PATIENCE, spacing=5 * MINUTE)
    runner = make_runner(
        sqlite_testbed, {"a": net}, LANDING, LAUNCH, DOCKING, worker_options=worker_options
    )
    sqlite_testbed.clocks.advance_time(3 * HOUR)
    counts = []
    for _ in range(4):
        runner.run_pass()
        counts.append(len(net.posts))
        sqlite_testbed.clocks.advance_time(5 * MINUTE)
    assert counts == [1, 2, 3, 3]


def test_what_is_on_time_is_not_spaced_out(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    worker_options = WorkerOptions(
        patience=PATIENCE, spacing=5 * MINUTE, late_after=4 * 60 * MINUTE
    )
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH, worker_options=worker_options)
    sqlite_testbed.clocks.advance_time(3 * HOUR)
    runner.run_pass()
    assert len(net.posts) == 2


def test_a_result_survives_an_outage_of_the_ledger(impatient_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(impatient_testbed, {"a": net}, LANDING)
    held: list[sqlite3.Connection] = []
    net.before_publish = lambda _post: held.append(lock_ledger(impatient_testbed))
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    runner.loop.collect_results(SOON)
    for _ in range(2):
        with pytest.raises(LedgerUnavailable):
            runner.exchange_with_ledger()
    assert runner.loop.is_busy
    held[0].close()
    runner.exchange_with_ledger()
    assert runner.delivery_states() == {"landing": State.SENT}
    assert net.calls == 1
    assert not runner.loop.is_busy


def test_without_a_ledger_nothing_is_sent(impatient_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(impatient_testbed, {"a": net}, LANDING)
    runner.promise_without_claiming()
    with closing(lock_ledger(impatient_testbed)):
        with pytest.raises(LedgerUnavailable):
            runner.exchange_with_ledger()
        with pytest.raises(LedgerUnavailable):
            runner.run_pass()
    assert net.calls == 0
    runner.run_pass()
    assert net.calls == 1


def test_what_is_stopped_in_flight_is_unknown_and_never_sending(
    sqlite_testbed: LedgerTestbed,
) -> None:
    gate = RequestGate()
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork(before_publish=gate)}, LANDING, LAUNCH)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    runner.loop.stop()
    runner.shut_down(lambda: False)
    assert sorted(runner.delivery_states().values()) == [State.DUE, State.UNKNOWN]
    assert "stopped before the answer came" in runner.delivery_reason("landing")
    gate.release()


IDLE = {"state": "unknown", "holder": None, "ready_at": NOON + HOUR}


def raise_unavailable(*_arguments: object) -> None:
    raise LedgerUnavailable("gone for a moment")


def test_a_result_that_comes_too_late_is_told_by_the_log_alone(
    sqlite_testbed: LedgerTestbed, caplog: pytest.LogCaptureFixture
) -> None:
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    with write_transaction(runner.ledger._engine) as connection:  # as another worker takes it over
        connection.execute(update(ACCOUNTS).values(fence=ACCOUNTS.c.fence + 1, holder=None))
    while not runner.loop._unsettled:
        runner.loop.collect_results(SOON)
    runner.exchange_with_ledger()
    assert runner.reported == []
    assert "a late result was refused" in caplog.text


def test_a_late_receipt_that_cannot_be_written_is_written_later_and_stops_no_claim(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    with write_transaction(runner.ledger._engine) as connection:  # as another worker takes it over
        connection.execute(update(ACCOUNTS).values(fence=ACCOUNTS.c.fence + 1, holder=None))
        connection.execute(update(DELIVERIES).where(DELIVERIES.c.state == "sending").values(IDLE))
    while not runner.loop._unsettled:
        runner.loop.collect_results(SOON)
    with monkeypatch.context() as patch:
        patch.setattr(runner.ledger, "record_late_receipts", raise_unavailable)
        runner.exchange_with_ledger()
    runner.run_until_idle()
    assert net.calls == 2, "what was claimed meanwhile is sent"
    (late,) = runner.ledger.list_deliveries([State.UNKNOWN])
    assert runner.ledger.list_flags("late-receipt:") == {f"late-receipt:{late.key}"}


def test_what_is_in_flight_may_end_within_the_grace(sqlite_testbed: LedgerTestbed) -> None:
    gate = RequestGate()
    net = FakeNetwork(before_publish=gate)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    runner.loop.stop()
    gate.release()
    runner.shut_down(lambda: True)
    assert runner.delivery_states() == {"landing": State.SENT, "launch": State.DUE}
    assert net.calls == 1, "nothing more is claimed after a stop"


def test_the_end_of_a_pass_claims_nothing_that_nobody_would_send(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.promise_without_claiming()
    runner.shut_down(lambda: True)
    assert runner.delivery_states() == {"landing": State.DUE}


@pytest.mark.parametrize("jump", [LEASE, -HOUR])
def test_nothing_leaves_under_a_lease_that_may_be_over(
    sqlite_testbed: LedgerTestbed, jump: timedelta
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.promise_without_claiming()
    real, clocks = runner.ledger.exchange, sqlite_testbed.clocks

    def sleep_after(*arguments: Any, **instants: Any) -> Any:  # noqa: ANN401 - as the real one
        outcome = real(*arguments, **instants)
        clocks.set_wall_clock(jump if outcome.claims else timedelta(0))
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner.ledger, "exchange", sleep_after)
        runner.exchange_with_ledger()
    runner.loop.collect_results(SOON)
    assert net.calls == 0
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}
    assert net.calls == 1


@pytest.mark.parametrize("method", [DedupeMethod.KEYED, DedupeMethod.LOOKUP])
@pytest.mark.parametrize("acted", [True, False])
def test_an_unknown_outcome_becomes_one_post(
    method: DedupeMethod, *, acted: bool, sqlite_testbed: LedgerTestbed
) -> None:
    net = FakeNetwork(method)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    net.fail_next(OutcomeUnknown("the connection was cut"), acted=acted)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.UNKNOWN}
    for _ in range(2):
        sqlite_testbed.clocks.advance_time(PATIENCE)
        runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}
    assert len(net.posts) == 1


def test_where_nobody_can_know_a_person_is_asked(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork(DedupeMethod.NONE)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    net.fail_next(OutcomeUnknown("the connection was cut"), acted=True)
    runner.run_pass()
    sqlite_testbed.clocks.advance_time(timedelta(hours=2))
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.HELD}
    assert "bot.py resolve a:year-in-space/landing" in runner.delivery_reason("landing")
    assert net.calls == 1


@pytest.mark.parametrize(
    ("method", "state"),
    [
        (DedupeMethod.NONE, State.HELD),
        (DedupeMethod.LOOKUP, State.UNKNOWN),
        (DedupeMethod.KEYED, State.SENT),
    ],
)
def test_a_killed_worker_s_post_waits_only_where_it_can_be_looked_up(
    method: DedupeMethod, state: State, sqlite_testbed: LedgerTestbed
) -> None:
    gate = RequestGate()
    net = FakeNetwork(method, before_publish=gate)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    sqlite_testbed.kill_worker(runner.ledger)
    gate.release()
    runner.ledger = sqlite_testbed.open_worker()
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert runner.delivery_states() == {"landing": state}
    assert [s.state for _claim, s in runner.reported] == ([] if state is State.UNKNOWN else [state])


def test_a_claim_whose_commit_was_not_answered_goes_out_later_by_itself(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has left for it, so that nobody needs to look, and no lease to run out."""
    net = FakeNetwork(DedupeMethod.NONE)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.promise_without_claiming()
    exchange = runner.ledger.exchange

    def lose_the_answer(*what: Any, **instants: Any) -> Any:  # noqa: ANN401 - passed through
        exchange(*what, **instants)
        raise LedgerUnavailable("the connection was lost")

    with monkeypatch.context() as lost:
        lost.setattr(runner.ledger, "exchange", lose_the_answer)
        with pytest.raises(LedgerUnavailable):
            runner.exchange_with_ledger()
    assert runner.delivery_states() == {"landing": State.SENDING}
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}
    assert net.calls == 1


def test_a_post_that_cannot_be_worded_is_told_once(sqlite_testbed: LedgerTestbed) -> None:
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "find_anniversary", lambda _delivery: None)
        runner.loop = runner.make_loop()
        runner.run_pass()
        runner.run_pass()
    reported = [(settlement.state, settlement.reason) for _claim, settlement in runner.reported]
    assert reported == [(State.SKIPPED, "its event is no longer in the schedule")]


def test_what_an_adapter_lets_out_by_mistake_counts_as_unknown(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork(DedupeMethod.NONE)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    net.fail_next(ZeroDivisionError("a bug in the adapter"))
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.HELD}


def test_a_post_that_is_refused_does_not_stop_the_next(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    net.fail_next(Rejected("not in this tone"))
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.REJECTED, "launch": State.SENT}
    assert runner.delivery_reason("landing") == "not in this tone"


def reported_events(runner: DeliveryRunner) -> list[str]:
    return [claim.delivery.key.event for claim, _settlement in runner.reported]


def test_every_settlement_is_told_once_after_it_is_on_disk(sqlite_testbed: LedgerTestbed) -> None:
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING, LAUNCH)
    runner.run_pass()
    runner.run_pass()
    assert reported_events(runner) == [LANDING.full_id, LAUNCH.full_id]


def test_a_kept_key_is_not_sent_again_beside_a_dead_worker_s_own_request(
    sqlite_testbed: LedgerTestbed,
) -> None:
    gate = RequestGate()
    net = FakeNetwork(window=timedelta(hours=1), then_lookup=True, before_publish=gate)
    dying = make_runner(sqlite_testbed, {"a": net}, LANDING)
    dying.promise_without_claiming()
    dying.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    sqlite_testbed.kill_worker(dying.ledger)
    net.before_publish = lambda _post: None
    after = make_runner(sqlite_testbed, {"a": net}, LANDING, new_ledger=True)
    after.run_pass()
    assert (after.delivery_states(), net.calls) == ({"landing": State.UNKNOWN}, 0)
    for _ in range(2):
        sqlite_testbed.clocks.advance_time(PATIENCE)
        after.run_pass()
    gate.release()
    assert (after.delivery_states(), len(net.posts)) == ({"landing": State.SENT}, 1)


def test_neither_a_secret_nor_a_terminal_s_command_enters_the_ledger(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    redact = Redactor(["hunter2-hunter2-hunter2"])
    context = replace(runner.loop.context, redact=redact)
    runner.loop = replace(runner.loop, context=context)
    net.fail_next(Rejected("no:\x1b[2J\nsent \x9b1m hunter2-hunter2-hunter2, or hunter2-hunt"))
    runner.run_pass()
    assert runner.delivery_reason("landing") == "no: [2J sent 1m ***, or ***"
    (result,) = runner.reported
    assert result[1].reason == "no: [2J sent 1m ***, or ***"
