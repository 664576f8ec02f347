"""A worker that runs while a person pauses its accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from perihelion.model.deliveries import State
from tests.fakes.delivery_runner import make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import DAY, HOUR, MINUTE
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from tests.fakes.ledger_testbed import LedgerTestbed

LANDING = make_event(id="landing", at="2016-03-02")
DOCKING = make_event(id="docking", at="1979-03-03", title="Two craft dock")


def test_what_falls_due_during_a_pause_is_skipped_and_nothing_floods_afterwards(
    sqlite_testbed: LedgerTestbed,
) -> None:
    network = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": network}, LANDING, DOCKING)
    clocks, person = sqlite_testbed.clocks, sqlite_testbed.open_ledger("person")
    person.pause_account(None, clocks.now - HOUR, None)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SKIPPED}
    assert "while posting was paused" in runner.delivery_reason("landing")
    person.resume_account(None, clocks.advance_time(MINUTE))
    runner.run_pass()
    assert network.posts == []
    clocks.advance_time(DAY)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SKIPPED, "docking": State.SENT}


def test_a_post_that_was_promised_ahead_is_skipped_if_a_pause_comes_before_its_instant(
    sqlite_testbed: LedgerTestbed,
) -> None:
    network = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": network}, LANDING)
    clocks, person = sqlite_testbed.clocks, sqlite_testbed.open_ledger("person")
    noon = clocks.now
    clocks.now = noon - timedelta(seconds=2)
    runner.promise_without_claiming()
    runner.loop.promise_ahead(noon)
    assert runner.delivery_states() == {"landing": State.DUE}
    person.pause_account("a", clocks.advance_time(timedelta(seconds=1)), None)
    clocks.advance_time(MINUTE)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SKIPPED}
    assert network.posts == []
