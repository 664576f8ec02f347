"""A story in parts, and a mission's posts of one day: each answers the one before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.errors import NotSent, OutcomeUnknown, Rejected
from perihelion.networks.base import DedupeMethod
from tests.fakes.delivery_runner import make_runner
from tests.fakes.fake_network import LIMITS, FakeNetwork
from tests.fakes.ledger_testbed import HOUR, MINUTE, NOON
from tests.fakes.model_builders import make_event, make_mission

if TYPE_CHECKING:
    from datetime import datetime

    from tests.fakes.delivery_runner import DeliveryRunner
    from tests.fakes.ledger_testbed import LedgerTestbed

STORY = make_event(id="story", at="2016-03-02", parts=("two", "three"))
HOP = make_mission(id="hop", has_day_threads=True)
LAUNCH = make_event(mission=HOP, id="launch", at="2015-03-02", importance=4, title="Up")
LANDING = make_event(mission=HOP, id="landing", at="2015-03-02", importance=3, title="Down")


def pass_at(runner: DeliveryRunner, at: datetime) -> None:
    clocks = runner.testbed.clocks
    clocks.advance_time(at - clocks.now)
    runner.run_pass()


def list_states(runner: DeliveryRunner) -> dict[int, State]:
    return {one.key.part: one.state for one in runner.ledger.list_deliveries()}


def test_the_parts_of_a_story_follow_in_order(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, STORY, max_per_day=1)
    runner.run_pass()
    assert [made.post.reply_to for made in net.posts] == [None, "1", "2"]
    assert [made.post.key.rpartition(":")[2] for made in net.posts] == ["1", "2", "3"]


def test_on_a_network_without_replies_the_first_part_stands_alone(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork(limits=replace(LIMITS, replies=False))
    runner = make_runner(sqlite_testbed, {"a": net}, STORY)
    runner.run_pass()
    assert list_states(runner) == {1: State.SENT}


@pytest.mark.parametrize("method", [DedupeMethod.KEYED, DedupeMethod.NONE])
def test_without_a_part_the_rest_is_skipped(
    sqlite_testbed: LedgerTestbed, method: DedupeMethod
) -> None:
    net = FakeNetwork(method)
    runner = make_runner(sqlite_testbed, {"a": net}, STORY)
    error = Rejected("no") if method is DedupeMethod.KEYED else OutcomeUnknown("cut off")
    net.fail_next(error)
    runner.run_pass()
    first = State.REJECTED if method is DedupeMethod.KEYED else State.HELD
    assert list_states(runner) == {1: first, 2: State.SKIPPED, 3: State.SKIPPED}
    reasons = {one.key.part: one.reason for one in runner.ledger.list_deliveries()}
    assert reasons[2] == f"part 1 was not published: {first}"
    assert reasons[3] == "part 2 was not published: skipped"
    assert net.calls == 1


def test_no_part_goes_out_before_the_one_before_it_however_long_that_takes(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, STORY)
    net.now = lambda: sqlite_testbed.clocks.now
    net.fail_next(NotSent("not now", 3 * HOUR))
    for quarter in range(14):
        pass_at(runner, NOON + quarter * 15 * MINUTE)
    assert [made.post.reply_to for made in net.posts] == [None, "1", "2"]
    assert net.posts[0].at >= NOON + 3 * HOUR


def test_a_landing_answers_the_launch_of_the_same_day(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH, STORY)
    runner.run_pass()
    answers = {made.post.key.split(":")[1]: made.post.reply_to for made in net.posts}
    launched = next(made.receipt.id for made in net.posts if "hop/launch" in made.post.key)
    assert (answers["hop/launch"], answers["hop/landing"]) == (None, launched)


def test_a_rejected_launch_does_not_keep_the_landing_back(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    net.fail_next(Rejected("no"))
    runner.run_pass()
    assert [(made.post.key.split(":")[1], made.post.reply_to) for made in net.posts] == [
        ("hop/landing", None)
    ]
