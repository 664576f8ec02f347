"""Refusals that are not about the post: the same one twice in a row stops the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.errors import NotSent, RefusedForNow
from perihelion.publish.decisions import CIRCUIT_PAUSE
from tests.fakes.delivery_runner import make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import HOUR, MINUTE, LedgerTestbed
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.missions import Event
    from perihelion.model.posts import Post
    from tests.fakes.delivery_runner import DeliveryRunner

LANDING = make_event(id="landing", at="2016-03-02", title="Soyuz lands", importance=5)
LAUNCH = make_event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off", importance=4)
CLOSED = RefusedForNow("a: the post: 400 TOPIC_CLOSED", MINUTE)


def is_stopped(runner: DeliveryRunner, account: str = "a") -> bool:
    (found,) = (one for one in runner.ledger.list_accounts() if one.name == account)
    return found.credentials_refused


def refuse_posts_about(net: FakeNetwork, event: Event) -> Callable[[Post], None]:
    """Makes the network refuse each post about `event`, and take all others."""
    return lambda post: net.fail_next(CLOSED) if post.text.startswith(event.title) else None


def test_the_same_refusal_twice_in_a_row_stops_the_account(sqlite_testbed: LedgerTestbed) -> None:
    net, other = FakeNetwork(), FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net, "b": other}, LANDING, LAUNCH)
    net.fail_next(CLOSED)
    runner.run_pass()
    assert not is_stopped(runner)
    assert State.REJECTED not in runner.delivery_states("a").values()
    sqlite_testbed.clocks.advance_time(2 * MINUTE)
    net.fail_next(CLOSED)
    runner.run_pass()
    assert is_stopped(runner)
    assert net.calls == 2
    assert len(other.posts) == 2
    opened = [s for _claim, s in runner.reported if s.credentials_refused]
    assert [s.account_reason for s in opened] == [str(CLOSED)]
    sqlite_testbed.clocks.advance_time(CIRCUIT_PAUSE)
    runner.run_pass()
    assert len(net.posts) == 2
    assert not is_stopped(runner)


def test_two_posts_that_are_refused_alike_stop_the_account_too(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    refused = []
    net.before_publish = lambda post: refused.append(post.text)
    for _ in range(2):
        net.fail_next(CLOSED)
        runner.run_pass()
        sqlite_testbed.clocks.advance_time(MINUTE)
    assert len(set(refused)) == 2
    assert is_stopped(runner)


def test_a_post_that_goes_out_in_between_shows_that_the_account_is_well(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    net.before_publish = refuse_posts_about(net, LANDING)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    for _ in range(2):
        runner.run_pass()
        sqlite_testbed.clocks.advance_time(MINUTE)
    assert net.calls == 3
    assert len(net.posts) == 1
    assert not is_stopped(runner)


@pytest.mark.parametrize(
    "between", [RefusedForNow("a: the post: 400 another", MINUTE), NotSent("lost", MINUTE)]
)
def test_refusals_that_differ_do_not_stop_the_account(
    sqlite_testbed: LedgerTestbed, between: Exception
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    for error in (CLOSED, between, CLOSED):
        net.fail_next(error)
        runner.run_pass()
        assert not is_stopped(runner)
        sqlite_testbed.clocks.advance_time(MINUTE)


def test_a_refusal_that_lasts_stops_the_account_again_at_once_after_a_start(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """Its credentials are good, so that a start lets it go on: but not for long."""
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    for _ in range(2):
        net.fail_next(CLOSED)
        runner.run_pass()
        sqlite_testbed.clocks.advance_time(MINUTE)
    assert is_stopped(runner)
    runner.loop = runner.make_loop()
    net.fail_next(CLOSED)
    runner.run_pass()
    assert net.calls == 3
    assert is_stopped(runner)
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert len(net.posts) == 1


def test_a_post_that_is_refused_for_ever_delays_no_other_post_for_a_day(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """A firewall may block one text. After each stop, the post that has waited longest is tried."""
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    net.before_publish = refuse_posts_about(net, LANDING)
    for _ in range(4):
        runner.run_pass()
        sqlite_testbed.clocks.advance_time(HOUR)
    assert [one.post.text.partition(":")[0] for one in net.posts] == [LAUNCH.title]
