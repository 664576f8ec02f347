"""What needs an approval goes out only with it, and only with the words that were approved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perihelion.model.approval_rules import fingerprint_words, hash_words
from perihelion.model.approvals import (
    FileApproval,
    Requirement,
    Review,
    SignOff,
    UnapprovedRule,
    Verdict,
)
from perihelion.model.deliveries import DeliveryKey, PlannedDelivery, State
from perihelion.model.errors import IllegalTransition, NotSent, OutcomeUnknown
from perihelion.model.posts import Post
from perihelion.networks.base import DedupeMethod
from perihelion.publish.approvals import ApprovalGate
from tests.fakes.delivery_runner import PATIENCE, DeliveryRunner, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import DAY, HOUR, MINUTE, NOON
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.deliveries import Delivery
    from tests.fakes.ledger_testbed import LedgerTestbed

LANDING = make_event(id="landing", at="2016-03-02", title="Scott Kelly lands")
KEY = DeliveryKey("a", "year-in-space/landing", 11)
TEXT = "Scott Kelly lands: 11 years ago"


def require_approval(runner: DeliveryRunner, rule: UnapprovedRule = UnapprovedRule.HOLD) -> None:
    account = runner.accounts["a"]
    runner.accounts["a"] = replace(account, requires=Requirement.APPROVAL, unapproved=rule)
    runner.loop = runner.make_loop()


def say(text: str, verdict: Verdict = Verdict.APPROVED, at: datetime = NOON) -> SignOff:
    return SignOff(str(KEY), at, verdict, "Ada", hash_words(Post(text, "en", "")))


def approve(runner: DeliveryRunner, text: str = TEXT) -> None:
    runner.ledger.approve_deliveries([say(text)])


def get_state(runner: DeliveryRunner) -> State:
    return runner.ledger.get_delivery(KEY).state


def list_texts(net: FakeNetwork) -> list[str]:
    return [made.post.text for made in net.posts]


def test_what_is_approved_before_its_time_goes_out_at_its_time(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    approve(runner)
    runner.run_pass()
    assert list_texts(net) == [TEXT]


def test_what_is_not_approved_is_held_with_its_command_and_goes_out_late_once_it_is(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    runner.run_pass()
    assert (get_state(runner), net.calls) == (State.HELD, 0)
    assert f"python bot.py approve {KEY} --by NAME" in runner.delivery_reason("landing")
    runner.run_pass()
    assert (get_state(runner), net.calls) == (State.HELD, 0)
    sqlite_testbed.clocks.advance_time(HOUR)
    approve(runner)
    runner.run_pass()
    assert list_texts(net) == [TEXT]
    assert [step.after for step in runner.ledger.list_history(KEY)] == [
        *(State.DUE, State.HELD, State.WAITING, State.SENDING, State.SENT)
    ]


def test_an_approval_after_the_late_policy_has_ended_does_not_post(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    runner.run_pass()
    sqlite_testbed.clocks.advance_time(DAY)
    runner.run_pass()
    assert get_state(runner) is State.HELD, "it stays until a person decides"
    approve(runner)
    runner.run_pass()
    assert (get_state(runner), net.calls) == (State.MISSED, 0)
    runner.ledger.resolve_delivery(KEY, State.WAITING, sqlite_testbed.clocks.now)
    runner.run_pass()
    assert list_texts(net) == [TEXT]


def test_the_account_may_leave_out_what_is_not_approved(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner, UnapprovedRule.SKIP)
    runner.run_pass()
    assert get_state(runner) is State.SKIPPED
    assert runner.delivery_reason("landing").startswith("was not approved at its time")
    approve(runner)
    runner.run_pass()
    assert net.calls == 0


@pytest.mark.parametrize("rule", UnapprovedRule)
def test_a_corrected_date_is_a_new_time_for_an_approval(
    sqlite_testbed: LedgerTestbed, rule: UnapprovedRule
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner, rule)
    runner.run_pass()
    assert net.calls == 0
    runner.events[:] = [replace(LANDING, moment=make_event(at="2016-03-03").moment)]
    runner.loop = runner.make_loop()
    approve(runner)
    sqlite_testbed.clocks.advance_time(DAY)
    runner.run_pass()
    assert list_texts(net) == [TEXT]
    assert runner.ledger.get_delivery(KEY).day == NOON.date() + DAY


def test_changed_words_need_an_approval_anew_and_say_so(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    approve(runner)
    runner.wording = "years since"
    runner.run_pass()
    assert (get_state(runner), net.calls) == (State.HELD, 0)
    reason = runner.delivery_reason("landing")
    assert "its words have changed since Ada approved them" in reason
    approve(runner, "Scott Kelly lands: 11 years since")
    runner.run_pass()
    assert list_texts(net) == ["Scott Kelly lands: 11 years since"]


def test_what_waits_for_its_next_try_goes_out_with_the_words_approved_last(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """The post of the first try is kept in the ledger, and nothing of it has left."""
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    approve(runner)
    net.fail_next(NotSent("no route"))
    runner.run_pass()
    assert get_state(runner) is State.WAITING
    runner.wording = "years since"
    approve(runner, "Scott Kelly lands: 11 years since")
    sqlite_testbed.clocks.advance_time(HOUR)
    runner.run_pass()
    assert list_texts(net) == ["Scott Kelly lands: 11 years since"]


def test_a_withdrawn_approval_holds_what_has_not_left(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    approve(runner)
    net.fail_next(NotSent("no route"))
    runner.run_pass()
    runner.ledger.withdraw_approval(say(TEXT, Verdict.WITHDRAWN), "awaits approval again")
    assert get_state(runner) is State.HELD
    sqlite_testbed.clocks.advance_time(HOUR)
    runner.run_pass()
    assert (get_state(runner), net.posts) == (State.HELD, [])
    approve(runner)
    runner.run_pass()
    assert list_texts(net) == [TEXT]


def test_what_was_withdrawn_does_not_go_out_once_its_event_is_removed(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """The post of the first try is still in the ledger, and nobody has to approve it any more."""
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    approve(runner)
    net.fail_next(NotSent("no route"))
    runner.run_pass()
    runner.ledger.withdraw_approval(say(TEXT, Verdict.WITHDRAWN), "awaits approval again")
    runner.events.remove(LANDING)
    sqlite_testbed.clocks.advance_time(HOUR)
    runner.run_pass()
    assert (get_state(runner), net.posts) == (State.SKIPPED, [])


def test_what_nobody_has_approved_is_not_worded_in_each_round(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To word a post and to draw its card takes long, and holds up the other accounts."""
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING)
    require_approval(runner)
    monkeypatch.setattr(DeliveryRunner, "compose_post", pytest.fail)
    runner.loop = runner.make_loop()
    runner.run_pass()
    runner.loop.expire_and_recover()
    assert get_state(runner) is State.HELD


def test_a_held_post_that_cannot_be_recalled_does_not_stop_the_others(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork(), "b": net}, LANDING)
    require_approval(runner)
    find = DeliveryRunner.find_anniversary

    def find_on_b_only(runner: DeliveryRunner, delivery: Delivery) -> Anniversary | None:
        assert delivery.key.account == "b", "a bug"
        return find(runner, delivery)

    runner.run_pass()
    assert get_state(runner) is State.HELD
    monkeypatch.setattr(DeliveryRunner, "find_anniversary", find_on_b_only)
    runner.events.append(make_event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off"))
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert [made.post.text for made in net.posts][1:] == ["Soyuz 28 lifts off: 49 years ago"]


def test_an_approval_is_not_withdrawn_once_the_post_is_out(sqlite_testbed: LedgerTestbed) -> None:
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING)
    require_approval(runner)
    approve(runner)
    runner.run_pass()
    with pytest.raises(IllegalTransition, match="delete it on the network"):
        runner.ledger.withdraw_approval(say(TEXT, Verdict.WITHDRAWN), "awaits approval again")
    assert len(runner.ledger.list_sign_offs([KEY])) == 1


def test_what_may_be_out_is_not_repeated_once_its_approval_is_withdrawn(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork(DedupeMethod.KEYED)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    approve(runner)
    net.fail_next(OutcomeUnknown("cut off"))
    runner.loop.probe_networks()
    runner.run_pass()
    calls = net.calls
    assert get_state(runner) is State.UNKNOWN
    runner.ledger.withdraw_approval(say(TEXT, Verdict.WITHDRAWN), "awaits approval again")
    sqlite_testbed.clocks.advance_time(HOUR)
    runner.run_pass()
    assert (get_state(runner), net.calls) == (State.HELD, calls)
    assert "Ada has withdrawn the approval" in runner.delivery_reason("landing")
    approve(runner)
    runner.run_pass()
    assert get_state(runner) is State.HELD, "an approval settles no doubt"


def test_two_workers_and_an_approval_between_reading_and_writing_lose_nothing(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal is written after the approval that it has not seen."""
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    refuse = ApprovalGate.refuse_unapproved

    def approve_meanwhile(gate: ApprovalGate, *arguments: object) -> object:
        refused = refuse(gate, *arguments)  # type: ignore[arg-type]  # passed on as they are
        approve(runner)
        return refused

    monkeypatch.setattr(ApprovalGate, "refuse_unapproved", approve_meanwhile)
    runner.run_pass()
    monkeypatch.undo()
    assert get_state(runner) is State.HELD
    other = replace_worker(runner)
    other.run_pass()
    runner.run_pass()
    assert list_texts(net) == [TEXT]


def replace_worker(runner: DeliveryRunner) -> DeliveryRunner:
    ledger = runner.testbed.open_worker()
    return DeliveryRunner(
        runner.testbed,
        ledger,
        runner.networks,
        runner.events,
        runner.accounts,
        runner.worker_options,
    )


def test_a_look_up_needs_no_approval_and_what_is_absent_does(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork(DedupeMethod.LOOKUP)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, new_ledger=True)
    require_approval(runner)
    for _ in range(3):
        runner.run_pass()
        sqlite_testbed.clocks.advance_time(PATIENCE)
    assert (get_state(runner), net.posts) == (State.HELD, [])
    assert runner.ledger.get_delivery(KEY).awaits_approval


def test_an_event_under_review_needs_one_on_every_account_until_the_file_approves_it(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    event = replace(LANDING, review=Review.NEEDED)
    runner = make_runner(sqlite_testbed, {"a": net}, event)
    runner.run_pass()
    assert get_state(runner) is State.HELD
    outdated = replace(event, approved=FileApproval("Ada", "0" * 12))
    runner.events[:] = [outdated]
    runner.run_pass()
    assert get_state(runner) is State.HELD
    approved = FileApproval("Ada", fingerprint_words(event))
    runner.events[:] = [replace(event, approved=approved)]
    runner.run_pass()
    assert list_texts(net) == [TEXT]


def test_the_next_part_of_a_story_waits_for_the_approval_of_the_one_before_it(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, replace(LANDING, parts=("They rest",)))
    require_approval(runner)
    second = replace(KEY, part=2)
    words = hash_words(Post("They rest: 11 years ago", "en", ""))
    runner.ledger.approve_deliveries([replace(say(TEXT), key=str(second), words=words)])
    runner.run_pass()
    assert (get_state(runner), runner.ledger.get_delivery(second).state) == (
        State.HELD,
        State.WAITING,
    )
    approve(runner)
    for _ in range(2):
        sqlite_testbed.clocks.advance_time(MINUTE)
        runner.run_pass()
    assert [made.post.reply_to for made in net.posts] == [None, "1"]


def test_an_approval_withdrawn_while_a_repeat_is_prepared_stops_it(
    sqlite_testbed: LedgerTestbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = FakeNetwork(DedupeMethod.KEYED)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    require_approval(runner)
    approve(runner)
    net.fail_next(OutcomeUnknown("cut off"))
    runner.loop.probe_networks()
    runner.run_pass()
    calls = net.calls
    sqlite_testbed.clocks.advance_time(HOUR)
    refuse = ApprovalGate.refuse_unapproved

    def withdraw_meanwhile(gate: ApprovalGate, *arguments: object) -> object:
        refused = refuse(gate, *arguments)  # type: ignore[arg-type]  # passed on as they are
        monkeypatch.undo()
        withdrawal = say(TEXT, Verdict.WITHDRAWN, sqlite_testbed.clocks.now)
        runner.ledger.withdraw_approval(withdrawal, "awaits approval again")
        return refused

    monkeypatch.setattr(ApprovalGate, "refuse_unapproved", withdraw_meanwhile)
    runner.run_pass()
    runner.run_pass()
    assert (get_state(runner), net.calls) == (State.HELD, calls)


def make_veto() -> PlannedDelivery:
    return PlannedDelivery(
        KEY, "fake", NOON.date(), NOON, NOON + HOUR, 1, State.HELD, "held back by Ben"
    )


def test_a_veto_days_before_keeps_a_post_back_and_its_release_is_never_early(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    sqlite_testbed.clocks.advance_time(-2 * HOUR)
    before = sqlite_testbed.clocks.now
    runner.ledger.hold_planned(make_veto(), NOON.date(), before)
    sqlite_testbed.clocks.advance_time(2 * HOUR)
    runner.run_pass()
    assert (get_state(runner), net.calls) == (State.HELD, 0)
    runner.ledger.resolve_delivery(KEY, State.WAITING, before)
    assert runner.ledger.get_delivery(KEY).next_at == NOON
    runner.run_pass()
    assert list_texts(net) == [TEXT]


def test_a_veto_stops_what_waits_and_refuses_what_is_out(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    net.fail_next(NotSent("no route"))
    runner.run_pass()
    runner.ledger.hold_planned(make_veto(), NOON.date(), NOON)
    with pytest.raises(IllegalTransition, match="--skip"):
        runner.ledger.hold_planned(make_veto(), NOON.date(), NOON)
    sqlite_testbed.clocks.advance_time(HOUR)
    runner.run_pass()
    assert (get_state(runner), net.posts) == (State.HELD, [])
    runner.ledger.resolve_delivery(KEY, State.WAITING, sqlite_testbed.clocks.now)
    runner.run_pass()
    assert list_texts(net) == [TEXT]
    with pytest.raises(IllegalTransition, match="delete it on the network"):
        runner.ledger.hold_planned(make_veto(), NOON.date(), NOON)


def test_another_try_is_no_approval(sqlite_testbed: LedgerTestbed) -> None:
    runner = make_runner(sqlite_testbed, {"a": FakeNetwork()}, LANDING)
    require_approval(runner)
    runner.run_pass()
    with pytest.raises(IllegalTransition, match="approve"):
        runner.ledger.resolve_delivery(KEY, State.WAITING, NOON)
    runner.ledger.resolve_delivery(KEY, State.SKIPPED, NOON)
    assert get_state(runner) is State.SKIPPED
