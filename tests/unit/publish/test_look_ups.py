"""One reading of an account's timeline serves all deliveries that wait for a look-up."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perihelion.model.deliveries import State
from perihelion.model.errors import NotSent
from perihelion.networks.base import DedupeMethod
from tests.fakes.delivery_runner import PATIENCE, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import HOUR, SECOND
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from perihelion.model.posts import Post, Receipt
    from tests.fakes.delivery_runner import DeliveryRunner
    from tests.fakes.ledger_testbed import LedgerTestbed

EVENTS = [make_event(id=f"event-{n}", title=f"Event {n}") for n in range(11)]


@dataclass(slots=True)
class PagedNetwork(FakeNetwork):
    """A network whose look-ups share a reading: its first `find` makes the one request."""

    method: DedupeMethod = DedupeMethod.LOOKUP
    requests: int = 0
    during_request: deque[Callable[[], object]] = field(default_factory=deque)
    """What happens while the timeline is read, the first time and so on."""

    def open_timeline(self) -> Callable[[Post, str], Receipt | None]:
        page: list[dict[str, Receipt]] = []

        def find(post: Post, _token: str) -> Receipt | None:
            if not page:
                self.requests += 1
                if self.find_errors:
                    raise self.find_errors.pop(0)
                page.append({made.post.text: made.receipt for made in self.posts})
                if self.during_request:
                    self.during_request.popleft()()
            return page[0].get(post.text)

        return find


def wait(runner: DeliveryRunner, span: timedelta) -> None:
    """Let time go by for the ledger, its users and the steady clock alike."""
    runner.testbed.clocks.advance_time(span)


def make_eleven_unknown(testbed: LedgerTestbed, network: PagedNetwork) -> DeliveryRunner:
    """Eleven deliveries of a new ledger, whose look-up is due."""
    runner = make_runner(testbed, {"a": network}, *EVENTS, new_ledger=True, max_per_day=11)
    runner.promise_without_claiming()
    wait(runner, PATIENCE / 2)
    return runner


def test_eleven_posts_that_wait_on_one_account_are_looked_up_with_one_reading(
    sqlite_testbed: LedgerTestbed,
) -> None:
    network = PagedNetwork()
    runner = make_eleven_unknown(sqlite_testbed, network)
    runner.run_until_idle()
    assert set(runner.delivery_states().values()) == {State.UNKNOWN}
    assert network.requests == 1


def test_a_second_absence_needs_a_reading_of_its_own(sqlite_testbed: LedgerTestbed) -> None:
    network = PagedNetwork()
    runner = make_eleven_unknown(sqlite_testbed, network)
    runner.run_until_idle()
    wait(runner, PATIENCE / 2)
    runner.run_until_idle()
    assert network.requests >= 2
    assert set(runner.delivery_states().values()) == {State.SENT}
    assert len(network.posts) == len(EVENTS)


def test_a_reading_that_began_before_a_wait_was_over_proves_no_absence(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """The second delivery's wait ends while the timeline is read for the first one."""
    network = PagedNetwork()
    runner = make_runner(sqlite_testbed, {"a": network}, *EVENTS[:1], new_ledger=True)
    runner.promise_without_claiming()
    wait(runner, SECOND)
    runner.events.append(EVENTS[1])
    runner.loop = runner.make_loop()
    runner.promise_without_claiming()
    wait(runner, PATIENCE / 2 - SECOND)
    network.during_request.append(lambda: wait(runner, SECOND))
    runner.run_until_idle()
    assert network.requests == 2


def test_a_clock_that_is_set_back_makes_no_reading_look_younger(
    sqlite_testbed: LedgerTestbed,
) -> None:
    network = PagedNetwork()
    runner = make_eleven_unknown(sqlite_testbed, network)
    runner.run_until_idle()
    runner.testbed.clocks.set_wall_clock(-HOUR)
    runner.loop.expire_and_recover()
    wait(runner, PATIENCE)
    runner.run_until_idle()
    assert network.requests == 2


def test_a_page_that_fails_is_asked_for_again(sqlite_testbed: LedgerTestbed) -> None:
    network = PagedNetwork(find_errors=[NotSent("no answer")])
    runner = make_eleven_unknown(sqlite_testbed, network)
    runner.run_until_idle()
    assert network.requests == 2
    wait(runner, 2 * PATIENCE)
    runner.run_until_idle()
    wait(runner, 2 * PATIENCE)
    runner.run_until_idle()
    assert set(runner.delivery_states().values()) == {State.SENT}
