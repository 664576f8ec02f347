"""Deliveries claimed ahead: no request waits for the ledger, and no account for another one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.networks.base import DedupeMethod
from perihelion.publish.worker_options import WorkerOptions
from tests.fakes.events import event
from tests.fakes.networks import FakeNetwork
from tests.fakes.offices import PATIENCE, SOON, Gate, Office, office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perihelion.model.posts import Post
    from tests.fakes.ledgers import World

LANDING = event(id="landing", at="2016-03-02", importance=5)
LAUNCH = event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off", importance=4)
NARROW = WorkerOptions(patience=PATIENCE, max_in_flight=1, max_claimed_ahead=2)


@dataclass
class Counter:
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
    sqlite_world: World,
) -> None:
    counter = Counter()
    names = [f"a{number}" for number in range(8)]
    nets = {name: FakeNetwork(before=counter) for name in names}
    manners = WorkerOptions(patience=PATIENCE, max_in_flight=2, max_claimed_ahead=4)
    bureau = office(sqlite_world, nets, LANDING, LAUNCH, manners=manners)
    bureau.work()
    assert [bureau.states(name) for name in names] == 8 * [
        {"landing": State.SENT, "launch": State.SENT}
    ]
    assert counter.most == 2


@dataclass
class Line:
    """Four accounts; the first one answers at once, the others when `gate` is open."""

    bureau: Office
    gate: Gate

    def count(self, state: State) -> int:
        return sum(self.bureau.states(name).get("landing") is state for name in "abcd")

    def take_one_answer(self) -> None:
        """The first request is answered, its result written, and the next claims are made."""
        self.bureau.courier.exchange_with_ledger()
        assert self.count(State.SENDING) == 1, "nothing comes back yet: nothing is claimed ahead"
        while not self.bureau.courier._unsettled:
            self.bureau.courier.collect_results(SOON)
        self.bureau.courier.exchange_with_ledger()


@pytest.fixture
def methods() -> dict[str, DedupeMethod]:
    return {}


@pytest.fixture
def line(sqlite_world: World, methods: dict[str, DedupeMethod]) -> Iterator[Line]:
    gate = Gate()
    nets = {name: FakeNetwork(methods.get(name, DedupeMethod.KEYED), before=gate) for name in "bcd"}
    made = Line(office(sqlite_world, {"a": FakeNetwork(), **nets}, LANDING, manners=NARROW), gate)
    made.bureau.open()
    yield made
    gate.open()


def test_claims_run_ahead_of_the_requests_once_answers_come(line: Line) -> None:
    line.take_one_answer()
    assert line.gate.reached.wait(SOON)
    assert line.count(State.SENDING) == 3
    assert line.bureau.courier._pool.pending_count == 2


@pytest.mark.parametrize("methods", [{"d": DedupeMethod.NONE}])
def test_nothing_is_claimed_ahead_beside_a_network_that_can_tell_nothing(line: Line) -> None:
    line.take_one_answer()
    assert line.count(State.SENDING) == 1


def test_what_was_claimed_ahead_goes_back_at_a_stop_and_is_sent_by_the_next_worker(
    line: Line,
) -> None:
    line.take_one_answer()
    assert line.gate.reached.wait(SOON)
    line.bureau.courier.stop()
    line.bureau.courier.shut_down(lambda: False)
    assert line.count(State.SENT) == line.count(State.UNKNOWN) == 1
    assert line.count(State.WAITING) == 2, "no request has left"
    line.gate.open()
    line.bureau.courier = line.bureau.hire()
    line.bureau.work()
    assert line.count(State.SENT) == 3
    assert [net.calls for net in line.bureau.networks.values()] == [1, 1, 1, 1]


def test_what_was_claimed_ahead_does_not_wait_for_a_request_that_hangs(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perihelion.publish.request_pool.STUCK_SECONDS", 0.02)
    line.take_one_answer()
    for name in "cd":
        line.bureau.networks[name].before = lambda _post: None
    while line.count(State.SENT) < 3:
        line.bureau.courier.collect_results(SOON)
        line.bureau.courier.exchange_with_ledger()
    assert line.bureau.states("b") == {"landing": State.SENDING}
