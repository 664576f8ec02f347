"""The posts of one thread: each answers the last one that is there, and none goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.errors import NotSent, OutcomeUnknown, ParentGone, Rejected
from perihelion.model.year_rules import EVERY_YEAR
from perihelion.networks.base import DedupeMethod
from perihelion.publish.threads import MAX_WAIT, PARENT_GONE
from tests.fakes.delivery_runner import PATIENCE, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import DAY, HOUR, MINUTE, NOON
from tests.fakes.model_builders import make_event, make_mission

if TYPE_CHECKING:
    from datetime import datetime

    from perihelion.model.deliveries import DeliveryKey
    from perihelion.model.missions import Event
    from tests.fakes.delivery_runner import DeliveryRunner
    from tests.fakes.ledger_testbed import LedgerTestbed

FLIGHT = make_mission(replay=EVERY_YEAR)


def make_moment_of_flight(name: str, minutes: int) -> Event:
    """An event that is replayed so many minutes after noon of 2 March 2027."""
    at = NOON + timedelta(minutes=minutes)
    return make_event(
        mission=FLIGHT, id=name, at=f"2016-{at:%m-%dT%H:%M}Z", title=f"The {name}", only_replay=True
    )


UNDOCKING = make_moment_of_flight("undocking", 0)
BURN = make_moment_of_flight("burn", 20)
LANDING = make_moment_of_flight("landing", 50)
RESCUE = make_moment_of_flight("rescue", 70)
STORY = (UNDOCKING, BURN, LANDING, RESCUE)


def list_thread(network: FakeNetwork) -> list[tuple[str, str | None]]:
    """What stands on the network: the event of each post, and the number of what it answers."""
    return [(made.post.text.split(":")[0][4:], made.post.reply_to) for made in network.posts]


def pass_at(runner: DeliveryRunner, at: datetime) -> None:
    clocks = runner.testbed.clocks
    clocks.advance_time(at - clocks.now)
    runner.run_pass()


def start(testbed: LedgerTestbed, network: FakeNetwork, *events: Event) -> DeliveryRunner:
    """A runner whose clock the network shares."""
    network.now = lambda: testbed.clocks.now
    return make_runner(testbed, {"a": network}, *(events or STORY))


@pytest.mark.parametrize("method", DedupeMethod)
def test_each_post_answers_the_last_one_of_its_thread(
    sqlite_testbed: LedgerTestbed, method: DedupeMethod
) -> None:
    net = FakeNetwork(method)
    runner = start(sqlite_testbed, net)
    for minute in range(0, 80, 5):
        pass_at(runner, NOON + minute * MINUTE)
    assert list_thread(net) == [
        ("undocking", None),
        ("burn", "1"),
        ("landing", "2"),
        ("rescue", "3"),
    ]


def test_what_a_post_answers_is_on_disk_before_its_request_leaves(
    sqlite_testbed: LedgerTestbed,
) -> None:
    stored: list[str | None] = []
    net = FakeNetwork()
    runner = start(sqlite_testbed, net)
    net.before_publish = lambda _post: stored.extend(
        one.post.reply_to
        for one in runner.testbed.open_worker().list_deliveries([State.SENDING])
        if one.post
    )
    pass_at(runner, NOON)
    pass_at(runner, NOON + 21 * MINUTE)
    assert stored == [None, "1"]


def test_posts_that_are_due_together_follow_each_other_at_once(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """The second one is prepared before the result of the first is written."""
    together = [make_moment_of_flight(name, 0) for name in ("one", "two", "three")]
    net = FakeNetwork()
    runner = start(sqlite_testbed, net, *together)
    pass_at(runner, NOON)
    assert list_thread(net) == [("one", None), ("three", "1"), ("two", "2")]


def test_after_an_outage_only_the_newest_goes_out_and_answers_the_last_one_that_is_there(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = start(sqlite_testbed, net)
    pass_at(runner, NOON)
    pass_at(runner, NOON + 71 * MINUTE)
    assert list_thread(net) == [("undocking", None), ("rescue", "1")]
    states = runner.delivery_states()
    assert states["burn"] is states["landing"] is State.MISSED
    assert "a later post of this replay came first" in runner.delivery_reason("landing")


def test_what_was_overtaken_stays_out_even_within_its_late_policy(
    sqlite_testbed: LedgerTestbed,
) -> None:
    patient = [replace(one, replay_late=replace(one.late, seconds=86_400)) for one in STORY]
    net = FakeNetwork()
    runner = start(sqlite_testbed, net, *patient)
    pass_at(runner, NOON + 71 * MINUTE)
    for hours in range(2, 30):
        pass_at(runner, NOON + hours * HOUR)
    assert list_thread(net) == [("rescue", None)]


def test_a_person_may_have_an_overtaken_post_all_the_same(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = start(sqlite_testbed, net)
    pass_at(runner, NOON)
    pass_at(runner, NOON + 71 * MINUTE)
    missed = key_of(runner, "burn")
    runner.ledger.resolve_delivery(missed, State.WAITING, runner.testbed.clocks.now)
    pass_at(runner, NOON + 72 * MINUTE)
    assert list_thread(net)[-1] == ("burn", "1")


def test_a_deleted_parent_starts_a_new_thread(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = start(sqlite_testbed, net)
    pass_at(runner, NOON)
    net.fail_next(ParentGone("the post to reply to is gone"))
    pass_at(runner, NOON + 20 * MINUTE)
    assert list_thread(net) == [("undocking", None), ("burn", None)]
    pass_at(runner, NOON + 50 * MINUTE)
    assert list_thread(net)[-1] == ("landing", "2")
    history = [step.reason for step in runner.ledger.list_history(key_of(runner, "burn"))]
    assert PARENT_GONE in history


def key_of(runner: DeliveryRunner, event: str) -> DeliveryKey:
    return next(d.key for d in runner.ledger.list_deliveries() if d.key.event.endswith(event))


def test_a_post_that_answers_nothing_cannot_have_lost_its_parent(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = start(sqlite_testbed, net)
    net.fail_next(ParentGone("nonsense"))
    pass_at(runner, NOON)
    assert runner.delivery_states()["undocking"] is State.REJECTED
    assert net.calls == 1


@pytest.mark.parametrize("acted", [True, False])
def test_a_post_waits_for_the_one_before_it_as_long_as_that_is_looked_up(
    sqlite_testbed: LedgerTestbed, *, acted: bool
) -> None:
    net = FakeNetwork(DedupeMethod.LOOKUP)
    runner = start(sqlite_testbed, net, UNDOCKING, make_moment_of_flight("step", 1))
    net.fail_next(OutcomeUnknown("cut off"), acted=acted)
    pass_at(runner, NOON)
    pass_at(runner, NOON + MINUTE)
    for seconds in range(0, 300, 15):
        pass_at(runner, NOON + MINUTE + timedelta(seconds=seconds))
    assert list_thread(net) == [("undocking", None), ("step", "1")]


def test_it_does_not_wait_for_ever(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork(DedupeMethod.LOOKUP)
    runner = start(sqlite_testbed, net, UNDOCKING, BURN, make_moment_of_flight("step", 21))
    pass_at(runner, NOON)
    net.fail_next(OutcomeUnknown("cut off"))
    net.find_errors += [NotSent("the timeline cannot be read", PATIENCE)] * 500
    for seconds in range(0, 1200, 15):
        pass_at(runner, NOON + 20 * MINUTE + timedelta(seconds=seconds))
        if len(net.posts) > 1:
            break
    assert list_thread(net) == [("undocking", None), ("step", "1")]
    assert runner.testbed.clocks.now == NOON + 21 * MINUTE + MAX_WAIT


def test_a_repeat_answers_the_same_post(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork(DedupeMethod.LOOKUP)
    runner = start(sqlite_testbed, net)
    pass_at(runner, NOON)
    net.fail_next(NotSent("not reached", MINUTE))
    pass_at(runner, NOON + 20 * MINUTE)
    pass_at(runner, NOON + 22 * MINUTE)
    assert list_thread(net) == [("undocking", None), ("burn", "1")]


def test_a_rejected_post_is_passed_over(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = start(sqlite_testbed, net)
    pass_at(runner, NOON)
    net.fail_next(Rejected("not this one"))
    pass_at(runner, NOON + 20 * MINUTE)
    pass_at(runner, NOON + 50 * MINUTE)
    assert list_thread(net) == [("undocking", None), ("landing", "1")]


def test_a_restart_goes_on_with_the_thread(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = start(sqlite_testbed, net)
    pass_at(runner, NOON)
    runner.ledger = runner.testbed.open_worker()
    runner.loop = runner.make_loop()
    pass_at(runner, NOON + 20 * MINUTE)
    assert list_thread(net) == [("undocking", None), ("burn", "1")]


def test_two_workers_make_one_thread(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = start(sqlite_testbed, net)
    first, second = runner.loop, None
    for minute in range(0, 80, 5):
        runner.loop = first
        pass_at(runner, NOON + minute * MINUTE)
        if second is None:
            runner.ledger = runner.testbed.open_worker()
            second = runner.make_loop()
        runner.loop = second
        runner.run_pass()
    assert [parent for _event, parent in list_thread(net)] == [None, "1", "2", "3"]


def test_every_year_is_a_thread_of_its_own(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = start(sqlite_testbed, net, UNDOCKING)
    pass_at(runner, NOON)
    pass_at(runner, NOON + 366 * DAY)
    assert list_thread(net) == [("undocking", None), ("undocking", None)]


def test_a_replay_does_not_use_up_the_daily_cap(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    others = [make_event(id=f"other-{number}", at="2010-03-02") for number in range(2)]
    net.now = lambda: sqlite_testbed.clocks.now
    runner = make_runner(sqlite_testbed, {"a": net}, *STORY, *others, max_per_day=1)
    for minute in range(0, 80, 10):
        pass_at(runner, NOON + minute * MINUTE)
    assert len(net.posts) == len(STORY) + 1
    assert sorted(runner.delivery_states().values()).count(State.SENT) == len(STORY) + 1


@pytest.mark.parametrize(
    ("method", "state"), [(DedupeMethod.LOOKUP, State.MISSED), (DedupeMethod.KEYED, State.SENT)]
)
def test_a_new_ledger_does_not_look_up_what_belongs_to_a_thread_it_does_not_know(
    sqlite_testbed: LedgerTestbed, method: DedupeMethod, state: State
) -> None:
    net = FakeNetwork(method)
    net.now = lambda: sqlite_testbed.clocks.now
    sqlite_testbed.clocks.advance_time(25 * MINUTE)
    runner = make_runner(sqlite_testbed, {"a": net}, BURN, LANDING, new_ledger=True)
    for minute in range(25, 80, 5):
        pass_at(runner, NOON + minute * MINUTE)
    assert runner.delivery_states() == {"burn": state, "landing": State.SENT}
