"""The same text twice on one account, under two keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import DeliveryKey, State
from tests.fakes.delivery_runner import make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import DAY
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from perihelion.model.missions import Event
    from tests.fakes.delivery_runner import DeliveryRunner
    from tests.fakes.ledger_testbed import LedgerTestbed

LANDING = make_event(id="landing", at="2016-03-02", title="Scott Kelly lands")
RENAMED = make_event(id="kelly-lands", at="2016-03-02", title="Scott Kelly lands")
A_WEEK_LATER = make_event(id="landed", at="2016-03-10", title="Scott Kelly lands")
EARLIER = make_event(id="landing", at="2015-03-02", title="Scott Kelly lands")


def correct_and_restart(runner: DeliveryRunner, *events: Event) -> None:
    """The maintainer edits the schedule, and a new worker starts."""
    runner.events[:] = events
    runner.loop = runner.make_loop()
    runner.run_pass()


@pytest.mark.parametrize("corrected", [RENAMED, EARLIER], ids=["id", "year"])
def test_a_corrected_id_or_year_does_not_post_the_same_text_again(
    corrected: Event, sqlite_testbed: LedgerTestbed
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.run_pass()
    correct_and_restart(runner, corrected)
    held = runner.ledger.list_deliveries([State.HELD])
    assert len(held) == 1
    assert f"as {DeliveryKey('a', LANDING.full_id, 11)} of 2027-03-02 (sent)" in held[0].reason
    assert net.calls == 1


def test_a_person_may_let_a_repeated_text_go(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.run_pass()
    correct_and_restart(runner, RENAMED)
    (held,) = runner.ledger.list_deliveries([State.HELD])
    runner.ledger.resolve_delivery(held.key, State.WAITING, sqlite_testbed.clocks.now)
    runner.run_pass()
    assert runner.ledger.get_delivery(held.key).state is State.SENT
    assert net.calls == 2


@pytest.mark.parametrize(("days", "calls"), [(9, 1), (8, 2)])
def test_an_account_has_a_repeat_window_of_its_own(
    sqlite_testbed: LedgerTestbed, days: int, calls: int
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.accounts["a"] = replace(runner.accounts["a"], repeat_window=timedelta(days=days))
    runner.run_pass()
    sqlite_testbed.clocks.advance_time(8 * DAY)
    correct_and_restart(runner, A_WEEK_LATER)
    assert net.calls == calls


def test_next_year_the_same_text_is_no_repeat(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.run_pass()
    sqlite_testbed.clocks.advance_time(366 * DAY)
    runner.run_pass()
    assert net.calls == 2


def test_two_events_that_differ_in_a_number_are_two_posts(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    flights = [
        make_event(id=f"sts-{number}", at="1994-03-02", title=f"STS-{number} lifts off")
        for number in (51, 61)
    ]
    runner = make_runner(sqlite_testbed, {"a": net}, *flights)
    runner.run_pass()
    assert set(runner.delivery_states().values()) == {State.SENT}
    assert net.calls == 2


def test_what_was_refused_or_missed_is_not_on_the_account(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.run_pass()
    (sent,) = runner.ledger.list_deliveries()
    sqlite_testbed.execute_sql(
        "UPDATE deliveries SET state = 'rejected' WHERE key = :key", key=str(sent.key)
    )
    correct_and_restart(runner, RENAMED)
    assert net.calls == 2
