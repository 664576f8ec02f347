"""What a worker does a moment before something is due, so that it leaves at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.model.deliveries import State
from perihelion.model.errors import CompositionError
from perihelion.model.moments import ObserveMode
from tests.fakes.delivery_runner import make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import NOON
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    import pytest

    from tests.fakes.delivery_runner import DeliveryRunner
    from tests.fakes.ledger_testbed import LedgerTestbed

POSTING_TIME = NOON
"""When every account posts."""
LANDING = make_event(id="landing", at="2016-03-02")
LAUNCH = make_event(id="launch", at="1978-03-02T14:00:00Z", observe=ObserveMode.TO_THE_MINUTE)


def runner_just_before_posting(
    testbed: LedgerTestbed, net: FakeNetwork, cap: int = 9
) -> DeliveryRunner:
    runner = make_runner(testbed, {"a": net}, LANDING, LAUNCH, max_per_day=cap)
    testbed.clocks.now = POSTING_TIME - timedelta(seconds=2)
    runner.promise_without_claiming()
    runner.loop.promise_ahead(POSTING_TIME)
    return runner


def test_it_is_promised_and_worded_ahead_and_leaves_no_earlier(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = runner_just_before_posting(sqlite_testbed, net)
    runner.run_until_idle()
    assert runner.delivery_states() == {"landing": State.DUE}
    assert net.calls == 0
    sqlite_testbed.clocks.now = POSTING_TIME
    runner.loop.promise_due()
    runner.run_until_idle()
    assert runner.delivery_states() == {"landing": State.SENT}


def test_what_cannot_be_worded_is_told_when_it_is_due_and_not_before(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_to_compose(*_anything: object) -> None:
        raise CompositionError("it does not fit")

    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    sqlite_testbed.clocks.now = POSTING_TIME - timedelta(seconds=2)
    monkeypatch.setattr(runner, "compose_post", fail_to_compose)
    runner.loop = runner.make_loop()
    runner.promise_without_claiming()
    runner.loop.promise_ahead(POSTING_TIME)
    assert runner.delivery_states() == {"landing": State.DUE}
    sqlite_testbed.clocks.now = POSTING_TIME
    runner.run_until_idle()
    assert runner.delivery_states() == {"landing": State.WAITING}
    assert runner.delivery_reason("landing") == "needs repair: it does not fit"


def test_what_is_promised_ahead_takes_one_place_under_the_cap_and_not_two(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = runner_just_before_posting(sqlite_testbed, net, cap=2)
    other = (
        runner.make_loop()
    )  # another worker starts in this very moment, and plans the day as well
    runner.loop = other
    runner.promise_without_claiming()
    sqlite_testbed.clocks.now = NOON + timedelta(hours=2)
    runner.loop.promise_due()
    runner.run_until_idle()
    assert runner.delivery_states() == {"landing": State.SENT, "launch": State.SENT}


def test_a_moment_s_lead_is_no_clock_that_was_set_back(sqlite_testbed: LedgerTestbed) -> None:
    runner = runner_just_before_posting(sqlite_testbed, FakeNetwork())
    planned_until = runner.ledger.list_accounts()[0].planned_until
    sqlite_testbed.clocks.advance_time(timedelta(seconds=1))
    runner.loop.promise_due()
    assert runner.ledger.list_accounts()[0].planned_until == planned_until
