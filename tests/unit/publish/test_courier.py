"""Claim, send, settle: for many accounts at once, and each of them in order."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from perihelion.ledger.engine import write_transaction
from perihelion.ledger.tables import ACCOUNTS
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
from perihelion.publish.decisions import CIRCUIT_PAUSE, KEY_REPEAT_DELAY
from perihelion.publish.worker_options import WorkerOptions
from tests.fakes.events import event
from tests.fakes.ledgers import HOUR, LEASE, MINUTE, World
from tests.fakes.networks import FakeNetwork
from tests.fakes.offices import PATIENCE, SOON, Gate, office

if TYPE_CHECKING:
    from tests.fakes.offices import Office

LANDING = event(id="landing", at="2016-03-02", importance=5)
LAUNCH = event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off", importance=4)
DOCKING = event(id="docking", at="1979-03-02", title="Two craft dock", importance=3)


def texts(network: FakeNetwork) -> list[str]:
    return [made.post.text for made in network.posts]


def locked(world: World) -> sqlite3.Connection:
    """Another program that keeps the ledger's file to itself."""
    connection = sqlite3.connect(
        world.url.removeprefix("sqlite:///").partition("?")[0],
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("BEGIN EXCLUSIVE")
    return connection


@pytest.fixture
def impatient(sqlite_world: World) -> World:
    """A ledger whose users do not wait long for a lock."""
    return World(f"{sqlite_world.url}?timeout=0.05", sqlite_world.clocks)


def test_everything_due_goes_out_once_best_first(sqlite_world: World) -> None:
    net = FakeNetwork()
    bureau = office(sqlite_world, {"a": net}, LAUNCH, LANDING)
    bureau.work()
    bureau.work()
    assert texts(net) == [f"{LANDING.title}: 11 years ago", f"{LAUNCH.title}: 49 years ago"]
    assert bureau.states() == {"landing": State.SENT, "launch": State.SENT}
    assert net.calls == 2


def test_one_account_s_hanging_server_never_delays_another(sqlite_world: World) -> None:
    gate = Gate()
    slow, quick = FakeNetwork(before=gate), FakeNetwork()
    bureau = office(sqlite_world, {"a": slow, "b": quick}, LANDING, LAUNCH, DOCKING)
    bureau.open()
    bureau.courier.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    while len(quick.posts) < 3:
        bureau.courier.collect_results(SOON)
        bureau.courier.exchange_with_ledger()
    assert slow.posts == []
    assert bureau.states("a")["landing"] is State.SENDING
    gate.open()
    bureau.courier.run_until_idle()
    assert len(slow.posts) == 3


def test_a_network_that_is_slow_to_say_what_it_takes_delays_nobody(sqlite_world: World) -> None:
    gate = Gate()

    class Pensive(FakeNetwork):
        @property
        def dedupe(self) -> Dedupe:
            gate(Post("", "en", ""))
            return super().dedupe

    slow, quick = Pensive(), FakeNetwork()
    bureau = office(sqlite_world, {"a": slow, "b": quick}, LANDING, newborn=True)
    bureau.courier.probe_networks()
    while not quick.posts:
        bureau.courier.collect_results(SOON)
        bureau.courier.exchange_with_ledger()
    assert bureau.states("a") == {}
    gate.open()
    bureau.work()
    assert len(slow.posts) == 1


def test_one_account_has_one_request_under_way(sqlite_world: World) -> None:
    gate = Gate()
    net = FakeNetwork(before=gate)
    bureau = office(sqlite_world, {"a": net}, LANDING, LAUNCH)
    bureau.open()
    bureau.courier.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    bureau.courier.exchange_with_ledger()
    assert sorted(bureau.states().values()) == [State.DUE, State.SENDING]
    gate.open()
    bureau.courier.run_until_idle()
    assert len(net.posts) == 2


def test_refused_credentials_stop_the_account_and_are_told_once(sqlite_world: World) -> None:
    net, other = FakeNetwork(), FakeNetwork()
    bureau = office(sqlite_world, {"a": net, "b": other}, LANDING, LAUNCH)
    net.fail(Credentials("the token was revoked"))
    bureau.work()
    bureau.work()
    assert net.calls == 1
    assert len(other.posts) == 2
    assert bureau.states() == {"landing": State.WAITING, "launch": State.DUE}
    opened = [s for _claim, s in bureau.told if s.credentials_refused]
    assert [s.account_reason for s in opened] == ["the token was revoked"]
    (stopped,) = (one for one in bureau.ledger.list_accounts() if one.name == "a")
    assert stopped.credentials_refused
    sqlite_world.clocks.pass_(CIRCUIT_PAUSE)
    bureau.work()
    assert len(net.posts) == 2
    (mended,) = (one for one in bureau.ledger.list_accounts() if one.name == "a")
    assert not mended.credentials_refused


def test_mended_credentials_let_the_account_go_on_at_the_next_start(sqlite_world: World) -> None:
    net = FakeNetwork()
    bureau = office(sqlite_world, {"a": net}, LANDING)
    net.fail(Credentials("the token was revoked"))
    bureau.work()
    net.check_fails.append(Credentials("still revoked"))
    bureau.courier = bureau.hire()
    bureau.work()
    assert net.calls == 1
    bureau.courier = bureau.hire()
    bureau.work()
    assert len(net.posts) == 1


def test_a_rate_limit_pauses_its_account_for_as_long_as_it_asks(sqlite_world: World) -> None:
    net, other = FakeNetwork(), FakeNetwork()
    bureau = office(sqlite_world, {"a": net, "b": other}, LANDING, LAUNCH)
    net.fail(NotSent("too many requests", retry_after=10 * MINUTE))
    bureau.work()
    sqlite_world.clocks.pass_(9 * MINUTE)
    bureau.work()
    assert (net.calls, len(other.posts)) == (1, 2)
    sqlite_world.clocks.pass_(1 * MINUTE)
    bureau.work()
    assert len(net.posts) == 2


def test_a_limit_that_the_network_announces_is_heeded_before_it_is_hit(
    sqlite_world: World,
) -> None:
    net = FakeNetwork()
    bureau = office(sqlite_world, {"a": net}, LANDING, LAUNCH)
    net.rate_limited_until = sqlite_world.clocks.now + 5 * MINUTE
    bureau.work()
    assert net.calls == 1
    net.rate_limited_until = None
    sqlite_world.clocks.pass_(5 * MINUTE)
    bureau.work()
    assert len(net.posts) == 2


def test_a_catch_up_is_spaced_out(sqlite_world: World) -> None:
    net = FakeNetwork()
    manners = WorkerOptions(patience=PATIENCE, spacing=5 * MINUTE)
    bureau = office(sqlite_world, {"a": net}, LANDING, LAUNCH, DOCKING, manners=manners)
    counts = []
    for _ in range(4):
        bureau.work()
        counts.append(len(net.posts))
        sqlite_world.clocks.pass_(5 * MINUTE)
    assert counts == [1, 2, 3, 3]


def test_what_is_on_time_is_not_spaced_out(sqlite_world: World) -> None:
    net = FakeNetwork()
    manners = WorkerOptions(patience=PATIENCE, spacing=5 * MINUTE, late_after=4 * 60 * MINUTE)
    bureau = office(sqlite_world, {"a": net}, LANDING, LAUNCH, manners=manners)
    bureau.work()
    assert len(net.posts) == 2


def test_a_result_survives_an_outage_of_the_ledger(impatient: World) -> None:
    net = FakeNetwork()
    bureau = office(impatient, {"a": net}, LANDING)
    held: list[sqlite3.Connection] = []
    net.before = lambda _post: held.append(locked(impatient))
    bureau.open()
    bureau.courier.exchange_with_ledger()
    bureau.courier.collect_results(SOON)
    for _ in range(2):
        with pytest.raises(LedgerUnavailable):
            bureau.courier.exchange_with_ledger()
    assert bureau.courier.is_busy
    held[0].close()
    bureau.courier.exchange_with_ledger()
    assert bureau.states() == {"landing": State.SENT}
    assert net.calls == 1
    assert not bureau.courier.is_busy


def test_without_a_ledger_nothing_is_sent(impatient: World) -> None:
    net = FakeNetwork()
    bureau = office(impatient, {"a": net}, LANDING)
    bureau.open()
    with closing(locked(impatient)):
        with pytest.raises(LedgerUnavailable):
            bureau.courier.exchange_with_ledger()
        with pytest.raises(LedgerUnavailable):
            bureau.work()
    assert net.calls == 0
    bureau.work()
    assert net.calls == 1


def test_what_is_stopped_in_flight_is_unknown_and_never_sending(sqlite_world: World) -> None:
    gate = Gate()
    bureau = office(sqlite_world, {"a": FakeNetwork(before=gate)}, LANDING, LAUNCH)
    bureau.open()
    bureau.courier.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    bureau.courier.stop()
    bureau.courier.shut_down(lambda: False)
    assert sorted(bureau.states().values()) == [State.DUE, State.UNKNOWN]
    assert "stopped before the answer came" in bureau.reason("landing")
    gate.open()


def test_a_result_that_comes_too_late_is_told_by_the_log_alone(
    sqlite_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bureau = office(sqlite_world, {"a": FakeNetwork()}, LANDING)
    bureau.open()
    bureau.courier.exchange_with_ledger()
    with write_transaction(bureau.ledger._engine) as connection:  # as another worker takes it over
        connection.execute(update(ACCOUNTS).values(fence=ACCOUNTS.c.fence + 1, holder=None))
    while not bureau.courier._unsettled:
        bureau.courier.collect_results(SOON)
    bureau.courier.exchange_with_ledger()
    assert bureau.told == []
    assert "a late result was refused" in caplog.text


def test_what_is_in_flight_may_end_within_the_grace(sqlite_world: World) -> None:
    gate = Gate()
    net = FakeNetwork(before=gate)
    bureau = office(sqlite_world, {"a": net}, LANDING, LAUNCH)
    bureau.open()
    bureau.courier.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    bureau.courier.stop()
    gate.open()
    bureau.courier.shut_down(lambda: True)
    assert bureau.states() == {"landing": State.SENT, "launch": State.DUE}
    assert net.calls == 1, "nothing more is claimed after a stop"


def test_the_end_of_a_pass_claims_nothing_that_nobody_would_send(sqlite_world: World) -> None:
    net = FakeNetwork()
    bureau = office(sqlite_world, {"a": net}, LANDING)
    bureau.open()
    bureau.courier.shut_down(lambda: True)
    assert bureau.states() == {"landing": State.DUE}


@pytest.mark.parametrize("jump", [LEASE, -HOUR])
def test_nothing_leaves_under_a_lease_that_may_be_over(
    sqlite_world: World, jump: timedelta
) -> None:
    net = FakeNetwork()
    bureau = office(sqlite_world, {"a": net}, LANDING)
    bureau.open()
    real, clocks = bureau.ledger.exchange, sqlite_world.clocks

    def sleep_after(*arguments: Any) -> Any:  # noqa: ANN401 - as the real one
        answer = real(*arguments)
        clocks.jump(jump if answer[1] else timedelta(0))
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bureau.ledger, "exchange", sleep_after)
        bureau.courier.exchange_with_ledger()
    bureau.courier.collect_results(SOON)
    assert net.calls == 0
    bureau.work()
    assert bureau.states() == {"landing": State.SENT}
    assert net.calls == 1


@pytest.mark.parametrize("method", [DedupeMethod.KEYED, DedupeMethod.LOOKUP])
@pytest.mark.parametrize("acted", [True, False])
def test_an_unknown_outcome_becomes_one_post(
    method: DedupeMethod, *, acted: bool, sqlite_world: World
) -> None:
    net = FakeNetwork(method)
    bureau = office(sqlite_world, {"a": net}, LANDING)
    net.fail(OutcomeUnknown("the connection was cut"), acted=acted)
    bureau.work()
    assert bureau.states() == {"landing": State.UNKNOWN}
    sqlite_world.clocks.pass_(PATIENCE)
    bureau.work()
    assert bureau.states() == {"landing": State.SENT}
    assert len(net.posts) == 1


def test_where_nobody_can_know_a_person_is_asked(sqlite_world: World) -> None:
    net = FakeNetwork(DedupeMethod.NONE)
    bureau = office(sqlite_world, {"a": net}, LANDING)
    net.fail(OutcomeUnknown("the connection was cut"), acted=True)
    bureau.work()
    sqlite_world.clocks.pass_(timedelta(hours=2))
    bureau.work()
    assert bureau.states() == {"landing": State.HELD}
    assert "bot.py resolve a:year-in-space/landing" in bureau.reason("landing")
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
    method: DedupeMethod, state: State, sqlite_world: World
) -> None:
    gate = Gate()
    net = FakeNetwork(method, before=gate)
    bureau = office(sqlite_world, {"a": net}, LANDING)
    bureau.open()
    bureau.courier.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    sqlite_world.kill(bureau.ledger)
    gate.open()
    bureau.ledger = sqlite_world.worker()
    bureau.courier = bureau.hire()
    bureau.work()
    assert bureau.states() == {"landing": state}
    assert [s.state for _claim, s in bureau.told] == ([] if state is State.UNKNOWN else [state])


def test_a_claim_whose_commit_was_not_answered_goes_out_later_by_itself(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has left for it, so that nobody needs to look, and no lease to run out."""
    net = FakeNetwork(DedupeMethod.NONE)
    bureau = office(sqlite_world, {"a": net}, LANDING)
    bureau.open()
    exchange = bureau.ledger.exchange

    def lose_the_answer(*what: Any) -> Any:  # noqa: ANN401 - passed through
        exchange(*what)
        raise LedgerUnavailable("the connection was lost")

    with monkeypatch.context() as lost:
        lost.setattr(bureau.ledger, "exchange", lose_the_answer)
        with pytest.raises(LedgerUnavailable):
            bureau.courier.exchange_with_ledger()
    assert bureau.states() == {"landing": State.SENDING}
    bureau.work()
    assert bureau.states() == {"landing": State.SENT}
    assert net.calls == 1


def test_a_post_that_cannot_be_worded_is_told_once(sqlite_world: World) -> None:
    bureau = office(sqlite_world, {"a": FakeNetwork()}, LANDING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bureau, "find", lambda _delivery: None)
        bureau.courier = bureau.hire()
        bureau.work()
        bureau.work()
    told = [(settlement.state, settlement.reason) for _claim, settlement in bureau.told]
    assert told == [(State.SKIPPED, "its event is no longer in the schedule")]


def test_what_an_adapter_lets_out_by_mistake_counts_as_unknown(sqlite_world: World) -> None:
    net = FakeNetwork(DedupeMethod.NONE)
    bureau = office(sqlite_world, {"a": net}, LANDING)
    net.fail(ZeroDivisionError("a bug in the adapter"))
    bureau.work()
    assert bureau.states() == {"landing": State.HELD}


def test_a_post_that_is_refused_does_not_stop_the_next(sqlite_world: World) -> None:
    net = FakeNetwork()
    bureau = office(sqlite_world, {"a": net}, LANDING, LAUNCH)
    net.fail(Rejected("not in this tone"))
    bureau.work()
    assert bureau.states() == {"landing": State.REJECTED, "launch": State.SENT}
    assert bureau.reason("landing") == "not in this tone"


def events_of(bureau: Office) -> list[str]:
    return [claim.delivery.key.event for claim, _settlement in bureau.told]


def test_every_settlement_is_told_once_after_it_is_on_disk(sqlite_world: World) -> None:
    bureau = office(sqlite_world, {"a": FakeNetwork()}, LANDING, LAUNCH)
    bureau.work()
    bureau.work()
    assert events_of(bureau) == [LANDING.full_id, LAUNCH.full_id]


def test_a_kept_key_is_not_sent_again_beside_a_dead_worker_s_own_request(
    sqlite_world: World,
) -> None:
    gate = Gate()
    net = FakeNetwork(window=timedelta(hours=1), then_lookup=True, before=gate)
    dying = office(sqlite_world, {"a": net}, LANDING)
    dying.open()
    dying.courier.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    sqlite_world.kill(dying.ledger)
    net.before = lambda _post: None
    after = office(sqlite_world, {"a": net}, LANDING, newborn=True)
    after.work()
    assert (after.states(), net.calls) == ({"landing": State.UNKNOWN}, 0)
    sqlite_world.clocks.pass_(KEY_REPEAT_DELAY)
    after.work()
    gate.open()
    assert (after.states(), len(net.posts)) == ({"landing": State.SENT}, 1)
