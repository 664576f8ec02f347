"""A delivery loop goes on with a schedule that was changed meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from perihelion.model.approvals import Review
from perihelion.model.deliveries import State
from perihelion.model.errors import OutcomeUnknown
from tests.fakes.delivery_runner import PATIENCE, SOON, DeliveryRunner, RequestGate, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import MINUTE
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from perihelion.model.missions import Event
    from tests.fakes.ledger_testbed import LedgerTestbed

LANDING = make_event(id="landing", at="2016-03-02")
LAUNCH = make_event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off")


def test_an_event_removed_after_its_promise_is_skipped_and_due_again_when_it_is_back(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    runner.promise_without_claiming()
    runner.events.remove(LANDING)
    assert runner.loop.use_context(runner.make_context())
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SKIPPED, "launch": State.SENT}
    assert runner.delivery_reason("landing") == "its event is no longer in the schedule"
    runner.events.append(LANDING)
    assert runner.loop.use_context(runner.make_context())
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT, "launch": State.SENT}
    assert net.calls == 2


def add_worker(runner: DeliveryRunner, *events: Event) -> DeliveryRunner:
    """Another worker on the same ledger, which began a moment later with these events."""
    runner.testbed.clocks.advance_time(MINUTE / 60)
    ledger = runner.testbed.open_worker()
    accounts, options = runner.accounts, runner.worker_options
    added = DeliveryRunner(runner.testbed, ledger, runner.networks, list(events), accounts, options)
    runner.testbed.clocks.advance_time(MINUTE / 60)
    return added


def test_what_only_another_workers_schedule_has_is_left_to_that_worker(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """One of two workers has not read the new event yet, or could not."""
    behind = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING)
    behind.run_pass()
    ahead = add_worker(behind, LANDING, LAUNCH)
    ahead.promise_without_claiming()
    behind.run_pass()
    assert behind.delivery_states() == {"landing": State.SENT, "launch": State.WAITING}
    sqlite_testbed.clocks.advance_time(MINUTE)
    ahead.run_pass()
    assert behind.delivery_states() == {"landing": State.SENT, "launch": State.SENT}


def test_a_worker_that_does_not_know_the_event_releases_nothing_that_awaits_approval(
    sqlite_testbed: LedgerTestbed,
) -> None:
    behind = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING)
    ahead = add_worker(behind, LANDING, replace(LAUNCH, review=Review.NEEDED))
    ahead.run_pass()
    behind.run_pass()
    assert behind.delivery_states() == {"landing": State.SENT, "launch": State.HELD}


def test_an_event_that_is_added_on_its_day_is_posted(sqlite_testbed: LedgerTestbed) -> None:
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING)
    runner.run_pass()
    runner.events.append(LAUNCH)
    assert runner.loop.use_context(runner.make_context())
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT, "launch": State.SENT}


def test_what_was_worded_before_goes_out_again_as_it_was(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    net.fail_next(OutcomeUnknown("cut off"))
    runner.run_pass()
    runner.wording = "years ago (corrected)"
    assert runner.loop.use_context(runner.make_context())
    sqlite_testbed.clocks.advance_time(PATIENCE)
    runner.run_pass()
    assert [made.post.text for made in net.posts] == [f"{LANDING.title}: 11 years ago"]


def test_a_changed_account_finishes_its_request_first_and_the_others_go_on(
    sqlite_testbed: LedgerTestbed,
) -> None:
    gate, slow, quick = RequestGate(), FakeNetwork(), FakeNetwork()
    slow.before_publish = gate
    runner = make_runner(sqlite_testbed, {"slow": slow, "quick": quick}, LANDING, LAUNCH)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    new = FakeNetwork()
    runner.networks = {"slow": new, "quick": quick}
    context = runner.make_context()
    assert not runner.loop.use_context(context), "its post is on the way"
    while State.DUE in runner.delivery_states("quick").values() or quick.calls < 2:
        runner.loop.collect_results(SOON)
        runner.exchange_with_ledger()
    assert not runner.loop.use_context(context)
    gate.release()
    while not runner.loop.use_context(context):
        runner.loop.collect_results(SOON)
        runner.exchange_with_ledger()
    assert slow.calls == 1, "it claimed nothing more"
    runner.run_pass()
    assert (slow.calls, new.calls, quick.calls) == (1, 1, 2)
    assert set(runner.delivery_states("slow").values()) == {State.SENT}


def test_what_changes_all_accounts_holds_up_none_but_the_busy_one(
    sqlite_testbed: LedgerTestbed,
) -> None:
    gate, slow, quick = RequestGate(), FakeNetwork(), FakeNetwork()
    slow.before_publish = gate
    runner = make_runner(sqlite_testbed, {"slow": slow, "quick": quick}, LANDING)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    runner.events.append(LAUNCH)
    new = FakeNetwork()
    runner.networks = {"slow": FakeNetwork(), "quick": new}
    context = runner.make_context()
    while not new.calls:
        assert not runner.loop.use_context(context), "a post is on the way"
        runner.loop.promise_due()
        runner.exchange_with_ledger()
        runner.loop.collect_results(SOON)
    gate.release()
    while not runner.loop.use_context(context):
        runner.loop.collect_results(SOON)
        runner.exchange_with_ledger()
    runner.run_pass()
    for account in ("slow", "quick"):
        assert runner.delivery_states(account) == {"landing": State.SENT, "launch": State.SENT}
    assert (slow.calls, quick.calls + new.calls) == (1, 2)


def test_an_account_that_is_gone_gets_its_last_receipt_and_claims_nothing_more(
    sqlite_testbed: LedgerTestbed,
) -> None:
    gate, net = RequestGate(), FakeNetwork()
    net.before_publish = gate
    runner = make_runner(sqlite_testbed, {"a": net, "b": FakeNetwork()}, LANDING, LAUNCH)
    runner.promise_without_claiming()
    runner.exchange_with_ledger()
    assert gate.reached.wait(SOON)
    runner.networks = {"b": runner.networks["b"]}
    del runner.accounts["a"]
    assert not runner.loop.use_context(runner.make_context())
    gate.release()
    while not runner.loop.use_context(runner.make_context()):
        runner.loop.collect_results(SOON)
        runner.exchange_with_ledger()
    runner.run_pass()
    assert sorted(runner.delivery_states("a").values()) == [State.DUE, State.SENT]
    assert net.calls == 1
