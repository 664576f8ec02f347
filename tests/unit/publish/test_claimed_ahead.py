"""Deliveries claimed ahead: no request waits for the ledger, and no account for another one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.networks.base import DedupeMethod
from perihelion.publish.worker_options import WorkerOptions
from tests.fakes.delivery_runner import PATIENCE, SOON, DeliveryRunner, RequestGate, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.posts import Post
    from tests.fakes.ledger_testbed import LedgerTestbed

LANDING = make_event(id="landing", at="2016-03-02", importance=5)
LAUNCH = make_event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off", importance=4)
ONE_IN_FLIGHT = WorkerOptions(patience=PATIENCE, max_in_flight=1, max_claimed_ahead=2)


@dataclass
class InFlightCounter:
    """How many requests are under way, and were at most."""

    now: int = 0
    most: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, _post: Post) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        threading.Event().wait(0.002)  # long enough for a third one to show
        with self._lock:
            self.now -= 1


def test_more_is_claimed_than_may_be_in_flight_and_never_more_sent_at_once(
    sqlite_testbed: LedgerTestbed,
) -> None:
    counter = InFlightCounter()
    names = [f"a{number}" for number in range(8)]
    nets = {name: FakeNetwork(before_publish=counter) for name in names}
    worker_options = WorkerOptions(patience=PATIENCE, max_in_flight=2, max_claimed_ahead=4)
    runner = make_runner(sqlite_testbed, nets, LANDING, LAUNCH, worker_options=worker_options)
    runner.run_pass()
    assert [runner.delivery_states(name) for name in names] == 8 * [
        {"landing": State.SENT, "launch": State.SENT}
    ]
    assert counter.most == 2


@dataclass
class FourAccounts:
    """Four accounts; the first one answers at once, the others when `gate` is open."""

    runner: DeliveryRunner
    gate: RequestGate

    def count_in_state(self, state: State) -> int:
        return sum(self.runner.delivery_states(name).get("landing") is state for name in "abcd")

    def settle_first_answer(self) -> None:
        """The first request is answered, its result written, and the next claims are made."""
        self.runner.exchange_with_ledger()
        assert self.count_in_state(State.SENDING) == 1, (
            "nothing comes back yet: nothing is claimed ahead"
        )
        while not self.runner.loop._unsettled:
            self.runner.loop.collect_results(SOON)
        self.runner.exchange_with_ledger()


@pytest.fixture
def methods() -> dict[str, DedupeMethod]:
    return {}


@pytest.fixture
def line(
    sqlite_testbed: LedgerTestbed,
    methods: dict[str, DedupeMethod],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FourAccounts]:
    monkeypatch.setattr("perihelion.publish.promiser._order_names", lambda names, _worker: [*names])
    gate = RequestGate()
    nets = {
        name: FakeNetwork(methods.get(name, DedupeMethod.KEYED), before_publish=gate)
        for name in "bcd"
    }
    made = FourAccounts(
        make_runner(
            sqlite_testbed, {"a": FakeNetwork(), **nets}, LANDING, worker_options=ONE_IN_FLIGHT
        ),
        gate,
    )
    made.runner.promise_without_claiming()
    yield made
    gate.release()


def test_claims_run_ahead_of_the_requests_once_answers_come(line: FourAccounts) -> None:
    line.settle_first_answer()
    assert line.gate.reached.wait(SOON)
    assert line.count_in_state(State.SENDING) == 3
    assert line.runner.loop._pool.pending_count == 2


@pytest.mark.parametrize("methods", [{"d": DedupeMethod.NONE}])
def test_nothing_is_claimed_ahead_beside_a_network_that_can_tell_nothing(
    line: FourAccounts,
) -> None:
    line.settle_first_answer()
    assert line.count_in_state(State.SENDING) == 1


def test_what_was_claimed_ahead_goes_back_at_a_stop_and_is_sent_by_the_next_worker(
    line: FourAccounts,
) -> None:
    line.settle_first_answer()
    assert line.gate.reached.wait(SOON)
    line.runner.loop.stop()
    line.runner.shut_down(lambda: False)
    assert line.count_in_state(State.SENT) == line.count_in_state(State.UNKNOWN) == 1
    assert line.count_in_state(State.WAITING) == 2, "no request has left"
    line.gate.release()
    line.runner.loop = line.runner.make_loop()
    line.runner.run_pass()
    assert line.count_in_state(State.SENT) == 3
    assert [net.calls for net in line.runner.networks.values()] == [1, 1, 1, 1]


def test_what_was_claimed_ahead_does_not_wait_for_a_request_that_hangs(
    line: FourAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perihelion.publish.request_pool.STUCK_SECONDS", 0.02)
    line.settle_first_answer()
    for name in "cd":
        line.runner.networks[name].before_publish = lambda _post: None
    while line.count_in_state(State.SENT) < 3:
        line.runner.loop.collect_results(SOON)
        line.runner.exchange_with_ledger()
    assert line.runner.delivery_states("b") == {"landing": State.SENDING}
