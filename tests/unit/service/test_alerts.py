"""What the operator is told, and how often."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.errors import (
    CompositionError,
    ConfigurationError,
    Credentials,
    LedgerUnavailable,
    OutcomeUnknown,
)
from perihelion.model.repairs import REPAIR_PAUSE
from perihelion.networks.base import DedupeMethod, Secret
from perihelion.publish.decisions import CIRCUIT_PAUSE
from perihelion.service.alerts import MAX_LINES, Alerts
from perihelion.service.attention import Attention, Need
from perihelion.service.program import Program
from tests.fakes.delivery_runner import DeliveryRunner, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import NOON, make_key, make_planned, make_result
from tests.fakes.model_builders import make_event
from tests.fakes.pager import Pager

if TYPE_CHECKING:
    from perihelion.ledger.store import Ledger
    from perihelion.model.posts import Post
    from tests.fakes.ledger_testbed import LedgerTestbed

# Apprise tries the old modules of old Pythons first.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")

LANDING = make_event(id="landing", at="2016-03-02")
LAUNCH = make_event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off")


def runner_with_held_delivery(testbed: LedgerTestbed) -> DeliveryRunner:
    """An office with a delivery that nobody can know of."""
    net = FakeNetwork(DedupeMethod.NONE)
    runner = make_runner(testbed, {"a": net}, LANDING)
    net.fail_next(OutcomeUnknown("cut off"), acted=True)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.HELD}
    return runner


def runner_with_stopped_account(testbed: LedgerTestbed) -> tuple[DeliveryRunner, FakeNetwork]:
    """An office with an account whose credentials were refused."""
    net = FakeNetwork()
    runner = make_runner(testbed, {"a": net}, LANDING, LAUNCH)
    net.fail_next(Credentials("the token was revoked"))
    runner.run_pass()
    return runner, net


def test_a_held_delivery_is_told_once_with_what_to_do(
    sqlite_testbed: LedgerTestbed, pager: Pager
) -> None:
    runner = runner_with_held_delivery(sqlite_testbed)
    alerts = Alerts(pager.address, runner.ledger)
    alerts.send_new()
    alerts.send_new()
    assert pager.alert_titles == ["a:year-in-space/landing:11-years:1 is held"]
    assert "bot.py resolve a:year-in-space/landing" in pager.server.requests[0].json["message"]


def test_an_alert_names_the_command_as_the_worker_was_called(
    sqlite_testbed: LedgerTestbed, pager: Pager
) -> None:
    ledger = runner_with_held_delivery(sqlite_testbed).ledger
    Alerts(pager.address, ledger, Program("python -m perihelion")).send_new()
    message = pager.server.requests[0].json["message"]
    assert "python -m perihelion resolve a:year-in-space/landing" in message
    assert "bot.py" not in message


def test_neither_a_restart_nor_a_second_worker_tells_it_again(
    sqlite_testbed: LedgerTestbed, pager: Pager
) -> None:
    Alerts(pager.address, runner_with_held_delivery(sqlite_testbed).ledger).send_new()
    Alerts(pager.address, sqlite_testbed.open_worker()).send_new()
    assert len(pager.alert_titles) == 1


def test_a_missed_delivery_is_told(sqlite_testbed: LedgerTestbed, pager: Pager) -> None:
    ledger = sqlite_testbed.open_worker()
    sqlite_testbed.promise_deliveries(ledger, make_planned(state=State.MISSED))
    Alerts(pager.address, ledger).send_new()
    assert pager.alert_titles == ["2027-03-02: 1 post missed"]
    (request,) = pager.server.requests
    assert "mastodon:year-in-space/landing:1-years:1" in request.json["message"]


def test_a_missed_day_is_one_alert_and_a_later_miss_of_that_day_another(
    sqlite_testbed: LedgerTestbed, pager: Pager
) -> None:
    ledger = sqlite_testbed.open_worker()
    alerts = Alerts(pager.address, ledger)
    days = 3
    for number in range(days * MAX_LINES):
        due = NOON + timedelta(days=number % days)
        sqlite_testbed.promise_deliveries(
            ledger, make_planned(number + 1, state=State.MISSED, due=due)
        )
    sqlite_testbed.promise_deliveries(ledger, make_planned(99, state=State.MISSED))
    alerts.send_new()
    alerts.send_new()
    assert pager.alert_titles == [
        f"2027-03-02: {MAX_LINES + 1} posts missed",
        f"2027-03-03: {MAX_LINES} posts missed",
        f"2027-03-04: {MAX_LINES} posts missed",
    ]
    assert "... and 1 more" in pager.server.requests[0].json["message"]
    sqlite_testbed.promise_deliveries(ledger, make_planned(98, state=State.MISSED))
    alerts.send_new()
    assert pager.alert_titles[days:] == [f"2027-03-02: {MAX_LINES + 2} posts missed"]


def reject(testbed: LedgerTestbed, ledger: Ledger) -> None:
    (claim,) = testbed.claim_deliveries(ledger)
    testbed.settle_claims(ledger, make_result(claim, State.REJECTED, reason="too rude"))


def test_a_rejected_delivery_is_told_once_and_again_when_a_new_try_is_rejected(
    sqlite_testbed: LedgerTestbed, pager: Pager
) -> None:
    ledger = sqlite_testbed.open_worker()
    alerts = Alerts(pager.address, ledger)
    sqlite_testbed.promise_deliveries(ledger, make_planned())
    reject(sqlite_testbed, ledger)
    alerts.send_new()
    alerts.send_new()
    assert pager.alert_titles == ["2027-03-02: 1 post rejected"]
    message = pager.server.requests[0].json["message"]
    assert "too rude" in message
    assert "python bot.py resolve" in message
    ledger.resolve_delivery(make_key(), State.WAITING, NOON)
    alerts.send_new()
    assert len(pager.alert_titles) == 1
    reject(sqlite_testbed, ledger)
    alerts.send_new()
    assert len(pager.alert_titles) == 2


def test_what_only_the_caller_knows_is_told_once_as_well(
    sqlite_testbed: LedgerTestbed, pager: Pager
) -> None:
    dead = Attention(Need.DEAD_WORKER, "host-1", "last seen 3 days ago")
    alerts = Alerts(pager.address, sqlite_testbed.open_worker())
    alerts.send_new([dead])
    alerts.send_new([dead])
    assert pager.alert_titles == ["host-1: dead worker"]
    alerts.send_new([Attention(Need.DEAD_WORKER, "host-12", "last seen 3 days ago")])
    assert len(pager.alert_titles) == 2


def test_a_stopped_account_is_told_once_and_again_only_after_it_recovered(
    sqlite_testbed: LedgerTestbed, pager: Pager
) -> None:
    runner, net = runner_with_stopped_account(sqlite_testbed)
    alerts = Alerts(pager.address, runner.ledger)
    alerts.send_new()
    net.fail_next(Credentials("still revoked"))
    sqlite_testbed.clocks.advance_time(CIRCUIT_PAUSE)
    runner.run_pass()
    alerts.send_new()
    assert pager.alert_titles == ["a is stopped"]
    sqlite_testbed.clocks.advance_time(CIRCUIT_PAUSE)
    runner.run_pass()
    assert len(net.posts) == 2
    alerts.send_new()
    net.fail_next(Credentials("revoked once more"))
    runner.events.append(make_event(id="docking", at="1979-03-02", title="Two craft dock"))
    runner.loop = runner.make_loop()
    runner.run_pass()
    alerts.send_new()
    assert pager.alert_titles == ["a is stopped"] * 2


def test_an_address_that_does_not_answer_is_tried_again_and_logged_without_its_secret(
    sqlite_testbed: LedgerTestbed, pager: Pager, caplog: pytest.LogCaptureFixture
) -> None:
    alerts = Alerts(pager.address, runner_with_held_delivery(sqlite_testbed).ledger)
    pager.status = 500
    alerts.send_new()
    assert "alert not sent" in caplog.text
    pager.status = 200
    alerts.send_new()
    alerts.send_new()
    assert len(pager.alert_titles) == 2
    ours = [r for r in caplog.records if r.name.startswith("perihelion")]
    assert not any("hunter22" in str(vars(record)) for record in ours)


def test_without_addresses_nothing_is_told_and_nothing_is_needed(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    Alerts(Secret(""), runner_with_held_delivery(sqlite_testbed).ledger).send_new()


def test_without_apprise_an_address_is_a_mistake_that_says_what_to_install(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigurationError, match="pip install apprise"):
        Alerts(Secret("json://localhost"), sqlite_testbed.open_worker())


def test_an_address_of_no_kind_is_a_mistake_that_does_not_show_it(
    sqlite_testbed: LedgerTestbed,
) -> None:
    with pytest.raises(ConfigurationError, match="does not support") as raised:
        Alerts(Secret("nosuch://hunter22"), sqlite_testbed.open_worker())
    assert "hunter22" not in str(raised.value)


def test_a_second_address_gets_the_alert_though_the_first_fails(
    sqlite_testbed: LedgerTestbed, pager: Pager
) -> None:
    dead_end = Pager()
    dead_end.status = 500
    both = Secret(f"{dead_end.address.reveal()} {pager.address.reveal()}")
    Alerts(both, runner_with_held_delivery(sqlite_testbed).ledger).send_new()
    dead_end.server.close()
    assert len(pager.alert_titles) == 1


def test_an_alert_of_one_account_is_not_mixed_up_with_its_namesakes(
    sqlite_testbed: LedgerTestbed, pager: Pager
) -> None:
    nets = {"a": FakeNetwork(), "a-de": FakeNetwork()}
    runner = make_runner(sqlite_testbed, nets, LANDING)
    nets["a-de"].fail_next(Credentials("the token was revoked"))
    runner.run_pass()
    alerts = Alerts(pager.address, runner.ledger)
    alerts.send_new()
    runner.ledger.clear_flags("alert:stopped:a;", set())  # as after an alert that could not be sent
    alerts.send_new()
    assert pager.alert_titles == ["a-de is stopped"]


def test_a_ledger_that_is_gone_stops_no_worker_over_its_alerts(
    sqlite_testbed: LedgerTestbed, pager: Pager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_unavailable() -> list[object]:
        raise LedgerUnavailable("gone")

    runner = runner_with_held_delivery(sqlite_testbed)
    alerts = Alerts(pager.address, runner.ledger)
    monkeypatch.setattr(runner.ledger, "list_accounts", raise_unavailable)
    alerts.send_new()
    assert pager.alert_titles == []
    monkeypatch.undo()
    alerts.send_new()
    assert len(pager.alert_titles) == 1


def test_a_fault_of_this_machine_is_one_alert_and_again_only_after_its_repair(
    sqlite_testbed: LedgerTestbed, pager: Pager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many posts and accounts wait for it, and however often they are looked at."""
    fault: list[Exception] = [CompositionError("templates/default.j2: is missing")]

    def fail_to_compose(*arguments: object) -> Post:
        if fault:
            raise fault[0]
        return compose(*arguments)  # type: ignore[arg-type]  # passed on as they are

    nets = {"a": FakeNetwork(), "b": FakeNetwork()}
    runner = make_runner(sqlite_testbed, nets, LANDING, LAUNCH)
    compose = runner.compose_post
    monkeypatch.setattr(runner, "compose_post", fail_to_compose)
    runner.loop = runner.make_loop()
    alerts = Alerts(pager.address, runner.ledger)
    for _ in range(3):
        runner.run_pass()
        alerts.send_new()
        sqlite_testbed.clocks.advance_time(REPAIR_PAUSE)
    assert pager.alert_titles == ["4 posts waiting for a repair"]
    message = pager.server.requests[0].json["message"]
    assert message.startswith("needs repair: templates/default.j2: is missing\n")
    broken = fault.pop()
    runner.run_pass()
    alerts.send_new()
    assert {*runner.delivery_states("a").values(), *runner.delivery_states("b").values()} == {
        State.SENT
    }
    fault.append(broken)
    runner.events.append(make_event(id="docking", at="1979-03-02", title="Two craft dock"))
    runner.loop = runner.make_loop()
    runner.run_pass()
    alerts.send_new()
    assert pager.alert_titles[1:] == ["2 posts waiting for a repair"]
