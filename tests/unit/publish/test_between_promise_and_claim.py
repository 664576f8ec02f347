"""What changes between the promise and the request: the schedule, the accounts, the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.errors import OutcomeUnknown, Rejected
from perihelion.model.moments import LatePolicy
from perihelion.networks.base import DedupeMethod
from tests.fakes.delivery_runner import PATIENCE, make_runner
from tests.fakes.fake_network import FakeNetwork
from tests.fakes.ledger_testbed import DAY, HOUR
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from tests.fakes.ledger_testbed import LedgerTestbed

LANDING = make_event(id="landing", at="2016-03-02")
LAUNCH = make_event(id="launch", at="1978-03-02", title="Soyuz 28 lifts off")


def test_an_event_that_is_gone_is_skipped_with_its_reason(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    runner.promise_without_claiming()
    runner.events.remove(LANDING)
    runner.run_until_idle()
    assert runner.delivery_states() == {"landing": State.SKIPPED, "launch": State.SENT}
    assert runner.delivery_reason("landing") == "its event is no longer in the schedule"
    assert net.calls == 1


def test_a_text_mended_before_the_first_try_is_what_goes_out(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.promise_without_claiming()
    runner.wording = "years ago (mended)"
    runner.run_until_idle()
    assert [made.post.text for made in net.posts] == [f"{LANDING.title}: 11 years ago (mended)"]


def test_after_a_try_the_very_same_bytes_go_out_again_whatever_was_mended(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork(DedupeMethod.KEYED)
    seen: list[tuple[str, str]] = []
    net.before_publish = lambda post: seen.append((post.text, post.created_at))
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    net.fail_next(OutcomeUnknown("cut off"))
    runner.run_pass()
    runner.wording = "years ago (mended)"
    sqlite_testbed.clocks.advance_time(PATIENCE)
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert len(seen) == 2
    assert seen[0] == seen[1]


def test_what_an_account_that_is_gone_had_promised_waits_and_is_missed(
    sqlite_testbed: LedgerTestbed,
) -> None:
    gone, stays = FakeNetwork(), FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": gone, "b": stays}, LANDING)
    runner.promise_without_claiming()
    runner.networks = {"b": stays}
    del runner.accounts["a"]
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert runner.delivery_states("a") == {"landing": State.DUE}
    assert runner.delivery_states("b") == {"landing": State.SENT}
    sqlite_testbed.clocks.advance_time(DAY)
    runner.run_pass()
    assert runner.delivery_states("a") == {"landing": State.MISSED}
    assert gone.calls == 0


def test_nothing_of_a_day_before_the_ledger_s_time_is_claimed(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    past = make_event(id="past", at="2016-03-01")
    runner = make_runner(sqlite_testbed, {"a": net}, past, LANDING, new_ledger=True)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}


@pytest.mark.parametrize("there", [True, False])
def test_a_newborn_ledger_looks_before_it_sends(
    *, there: bool, sqlite_testbed: LedgerTestbed
) -> None:
    net = FakeNetwork(DedupeMethod.LOOKUP)
    lost = make_runner(sqlite_testbed, {"a": net}, LANDING)
    if there:
        lost.run_pass()
    for table in ("deliveries", "accounts"):
        sqlite_testbed.execute_sql(f"DELETE FROM {table}")  # noqa: S608 - our own tables
    second = make_runner(sqlite_testbed, {"a": net}, LANDING, new_ledger=True)
    for _ in range(3):
        second.run_pass()
        sqlite_testbed.clocks.advance_time(PATIENCE / 2)
    assert second.delivery_states() == {"landing": State.SENT}
    assert (net.lookups, net.calls, len(net.posts)) == (1 if there else 2, 1, 1)


def test_a_promise_made_after_its_time_is_looked_up_before_it_is_sent(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """As by a ledger restored from a backup, which does not know what was sent since."""
    net = FakeNetwork(DedupeMethod.LOOKUP)
    lost = make_runner(sqlite_testbed, {"a": net}, LANDING)
    lost.run_pass()
    sqlite_testbed.execute_sql("DELETE FROM deliveries")
    sqlite_testbed.clocks.advance_time(HOUR)
    restored = make_runner(sqlite_testbed, {"a": net}, LANDING, new_ledger=True)
    restored.run_pass()
    assert restored.delivery_states() == {"landing": State.UNKNOWN}
    sqlite_testbed.clocks.advance_time(PATIENCE)
    restored.run_pass()
    assert restored.delivery_states() == {"landing": State.SENT}
    assert (net.lookups, net.calls) == (1, 1)


def test_what_was_planned_before_this_worker_saw_the_ledger_is_looked_up_once_it_is_late(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """As by a backup that was taken between the promise and the post."""
    net = FakeNetwork(DedupeMethod.LOOKUP)
    make_runner(sqlite_testbed, {"a": net}, LANDING).promise_without_claiming()
    sqlite_testbed.clocks.advance_time(HOUR)
    later = make_runner(sqlite_testbed, {"a": net}, LANDING, new_ledger=True)
    later.run_pass()
    assert (later.delivery_states(), net.calls) == ({"landing": State.UNKNOWN}, 0)
    for _ in range(2):
        sqlite_testbed.clocks.advance_time(PATIENCE)
        later.run_pass()
    assert (later.delivery_states(), net.lookups, net.calls) == ({"landing": State.SENT}, 2, 1)


def test_early_counts_all_of_today_as_due(sqlite_testbed: LedgerTestbed) -> None:
    sqlite_testbed.clocks.now = sqlite_testbed.clocks.now.replace(hour=1)
    patient, eager = FakeNetwork(), FakeNetwork()
    make_runner(sqlite_testbed, {"a": patient}, LANDING).run_pass()
    make_runner(sqlite_testbed, {"b": eager}, LANDING, early=True).run_pass()
    assert (len(patient.posts), len(eager.posts)) == (0, 1)


def test_what_was_posted_early_is_not_posted_again_at_its_time(
    sqlite_testbed: LedgerTestbed,
) -> None:
    sqlite_testbed.clocks.now = sqlite_testbed.clocks.now.replace(hour=1)
    net = FakeNetwork()
    make_runner(sqlite_testbed, {"a": net}, LANDING, early=True).run_pass()
    sqlite_testbed.clocks.advance_time(12 * DAY / 24)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.run_pass()
    assert len(net.posts) == 1


def test_the_daily_cap_holds_over_restarts_and_edits(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    events = [make_event(id=f"e{n}", at=f"{1980 + n}-03-02", title=f"Number {n}") for n in range(4)]
    for known in (events[:1], events[:3], events):
        runner = make_runner(sqlite_testbed, {"a": net}, *known, max_per_day=2)
        runner.run_pass()
    assert len(net.posts) == 2
    assert sorted(runner.delivery_states().values()) == [State.SENT] * 2 + [State.SKIPPED] * 2


def test_what_was_skipped_on_a_wrong_day_is_sent_on_the_right_one(
    sqlite_testbed: LedgerTestbed,
) -> None:
    """With a cap of one, the landing loses its place; then its date is moved to the next day."""
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH, max_per_day=1)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SKIPPED, "launch": State.SENT}
    runner.events[:] = [LAUNCH, make_event(id="landing", at="2016-03-03")]
    sqlite_testbed.clocks.advance_time(DAY)
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT, "launch": State.SENT}
    assert net.calls == 2


def test_a_refused_post_is_written_anew_when_its_date_is_corrected(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    net.fail_next(Rejected("too rude"))
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.REJECTED}
    runner.events[:] = [make_event(id="landing", at="2016-03-03", title="A kinder landing")]
    sqlite_testbed.clocks.advance_time(DAY)
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}
    assert [made.post.text for made in net.posts] == ["A kinder landing: 11 years ago"]


def test_a_late_policy_of_forty_days_is_honoured(sqlite_testbed: LedgerTestbed) -> None:
    net = FakeNetwork()
    slow = make_event(id="slow", at="2016-03-02", late=LatePolicy(40 * 86_400))
    runner = make_runner(sqlite_testbed, {"a": net}, slow)
    sqlite_testbed.clocks.advance_time(39 * DAY)
    runner.run_pass()
    assert runner.delivery_states() == {"slow": State.SENT}


def test_a_late_policy_that_is_raised_later_brings_back_what_was_missed(
    sqlite_testbed: LedgerTestbed,
) -> None:
    net = FakeNetwork()
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING)
    sqlite_testbed.clocks.advance_time(5 * DAY)
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.MISSED}
    runner.events[:] = [make_event(id="landing", at="2016-03-02", late=LatePolicy(9 * 86_400))]
    runner.loop = runner.make_loop()
    runner.run_pass()
    assert runner.delivery_states() == {"landing": State.SENT}


@pytest.mark.parametrize("method", [DedupeMethod.LOOKUP, DedupeMethod.KEYED])
def test_on_an_ordinary_day_nothing_is_looked_up(
    method: DedupeMethod, sqlite_testbed: LedgerTestbed
) -> None:
    """The worker is started anew in the morning, and posts at noon, to the second or a bit late."""
    net = FakeNetwork(method, window=HOUR, then_lookup=True)
    runner = make_runner(sqlite_testbed, {"a": net}, LANDING, LAUNCH)
    noon = sqlite_testbed.clocks.now
    for wait in (-HOUR, timedelta(seconds=3)):
        sqlite_testbed.clocks.now = noon + wait
        runner.loop = runner.make_loop()
        runner.run_pass()
    assert set(runner.delivery_states().values()) == {State.SENT}
    assert net.lookups == 0
