"""What needs a person is found, and nothing else is called so."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.deliveries import State
from perihelion.model.posts import Receipt
from perihelion.service.attention import (
    DEAD_AFTER,
    DEAD_AFTER_TICKS,
    REJECTED_COUNTS_FOR,
    find_attention,
    find_dead_workers,
)
from perihelion.service.delivery_run import post_due_once, prepare_ledger
from tests.fakes.installed_app import DUE, ManualClock, open_app_at
from tests.fakes.ledger_testbed import (
    NOON,
    LedgerTestbed,
    make_key,
    make_planned,
    make_result,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.ledger.store import Ledger
    from perihelion.service.wiring import App

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAY_OVER = DUE.replace(hour=0) + DAY


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def app(tmp_path: Path, clock: ManualClock) -> App:
    return open_app_at(tmp_path, clock)


@contextmanager
def opened(app: App) -> Iterator[Ledger]:
    ledger = app.open_ledger()
    yield ledger
    ledger.close()


def list_needs(app: App) -> list[tuple[str, str]]:
    with opened(app) as ledger:
        return [(one.need.value, one.subject) for one in find_attention(app, ledger)]


def start_worker(app: App) -> str:
    """A worker that starts now and then says nothing more."""
    ledger = prepare_ledger(app)
    ledger.close()
    return ledger.worker


@contextmanager
def opened_testbed(app: App) -> Iterator[LedgerTestbed]:
    """A worker's ledger, to bring deliveries into any state."""
    start_worker(app)
    testbed = LedgerTestbed(app.settings.database_url.reveal())
    yield testbed
    testbed.close()


def promise_for_local(app: App, state: State) -> None:
    """A delivery of the account `local` that ends in `state` at once."""
    with opened_testbed(app) as testbed:
        item = make_planned(account="local", due=DUE, state=state)
        testbed.promise_deliveries(testbed.open_worker(), item)


def test_a_worker_that_died_needs_a_person_after_ten_minutes(app: App, clock: ManualClock) -> None:
    worker = start_worker(app)
    clock.at += DEAD_AFTER
    assert list_needs(app) == []
    clock.at += MINUTE
    assert list_needs(app) == [("dead-worker", worker)]


def test_a_worker_with_a_long_tick_is_not_called_dead_between_two_ticks(
    tmp_path: Path, clock: ManualClock
) -> None:
    app = open_app_at(tmp_path, clock, {"PERIHELION_TICK": "3600"})
    worker = start_worker(app)
    clock.at += DEAD_AFTER_TICKS * timedelta(hours=1)
    assert list_needs(app) == []
    clock.at += MINUTE
    assert ("dead-worker", worker) in list_needs(app)


def test_a_worker_that_was_stopped_is_not_dead(app: App, clock: ManualClock) -> None:
    ledger = prepare_ledger(app)
    ledger.unregister_worker(clock.at)
    ledger.close()
    clock.at += 3 * DEAD_AFTER
    assert list_needs(app) == []


def test_a_death_that_a_new_worker_made_good_at_once_is_no_news(
    app: App, clock: ManualClock
) -> None:
    start_worker(app)
    clock.at += MINUTE
    start_worker(app)
    clock.at += DEAD_AFTER
    with opened(app) as ledger:
        assert find_dead_workers(app, ledger.list_workers()) == []


def test_a_death_that_left_a_gap_is_told_by_the_next_worker_and_is_over_for_status(
    app: App, clock: ManualClock
) -> None:
    dead = start_worker(app)
    clock.at += 3 * DEAD_AFTER
    start_worker(app)
    with opened(app) as ledger:
        (found,) = find_dead_workers(app, ledger.list_workers())
    assert found.subject == dead
    assert "last seen 30 minutes ago" in found.text
    assert list_needs(app) == []


def test_a_past_day_on_which_no_worker_promised_anything_needs_a_person(
    app: App, clock: ManualClock
) -> None:
    """Its network never answered, say: the ledger alone shows no trace of it."""
    start_worker(app)
    clock.at = DAY_OVER - MINUTE
    assert ("nothing-sent", "local on 2027-03-02") not in list_needs(app), "the day is not over"
    clock.at = DAY_OVER
    assert ("nothing-sent", "local on 2027-03-02") in list_needs(app)
    with opened(app) as ledger:
        text = find_attention(app, ledger)[-1].text
    assert text.startswith("1 post due on that day, and nothing was sent: no worker has promised")


def test_a_day_on_which_something_was_sent_is_well(app: App, clock: ManualClock) -> None:
    start_worker(app)
    clock.at = DUE + MINUTE
    post_due_once(app, early=False)
    clock.at = DAY_OVER
    assert list_needs(app) == []


def test_a_worker_that_is_restarted_every_day_hides_no_account_whose_network_never_answers(
    app: App, clock: ManualClock
) -> None:
    """Platforms do that."""
    start_worker(app)
    clock.at = DUE + MINUTE
    start_worker(app)
    clock.at = DAY_OVER
    start_worker(app)
    assert list_needs(app) == [("nothing-sent", "local on 2027-03-02")]


def test_an_account_that_no_worker_has_ever_run_with_is_not_missed(
    app: App, clock: ManualClock
) -> None:
    ledger = app.open_ledger()
    ledger.migrate(clock.at)
    ledger.register_worker("1.0", clock.at)
    ledger.unregister_worker(clock.at)
    ledger.close()
    clock.at = DAY_OVER
    assert list_needs(app) == []


def test_a_day_before_the_first_worker_is_nobody_s_fault(app: App, clock: ManualClock) -> None:
    clock.at = DUE + MINUTE
    start_worker(app)
    clock.at = DAY_OVER + 2 * DAY
    assert [need for need, _subject in list_needs(app)] == ["dead-worker"]


def test_a_day_whose_posts_were_all_skipped_was_left_out_on_purpose(
    app: App, clock: ManualClock
) -> None:
    start_worker(app)
    promise_for_local(app, State.SKIPPED)
    clock.at = DAY_OVER
    assert "nothing-sent" not in [need for need, _subject in list_needs(app)]


def test_a_day_that_a_pause_covered_was_left_out_on_purpose_even_if_no_worker_saw_it(
    app: App, clock: ManualClock
) -> None:
    start_worker(app)
    with opened(app) as ledger:
        ledger.pause_account("local", DUE, DUE + MINUTE)
    clock.at = DAY_OVER
    assert [need for need, _subject in list_needs(app)] == ["dead-worker"]


def test_a_day_on_which_everything_was_missed_needs_a_person_and_says_where_to_look(
    app: App, clock: ManualClock
) -> None:
    start_worker(app)
    promise_for_local(app, State.MISSED)
    clock.at = DAY_OVER
    with opened(app) as ledger:
        text = find_attention(app, ledger)[-1].text
    assert text.endswith("`python bot.py status` says why")


@pytest.mark.parametrize("state", [State.HELD, State.REJECTED])
def test_a_delivery_that_waits_for_a_person_is_named_until_it_is_settled(
    app: App, clock: ManualClock, state: State
) -> None:
    clock.at = NOON
    with opened_testbed(app) as testbed:
        worker = testbed.open_worker()
        testbed.promise_deliveries(worker, make_planned())
        (claim,) = testbed.claim_deliveries(worker)
        testbed.settle_claims(worker, make_result(claim, state, reason="look"))
        assert list_needs(app) == [(state.value, str(make_key()))]
        worker.resolve_delivery(make_key(), State.SKIPPED, NOON)
        assert list_needs(app) == []


@pytest.mark.parametrize(("state", "needs"), [(State.HELD, ["held"]), (State.REJECTED, [])])
def test_what_was_refused_a_month_ago_needs_nobody_any_more(
    app: App, clock: ManualClock, state: State, needs: list[str]
) -> None:
    clock.at = NOON
    with opened_testbed(app) as testbed:
        worker = testbed.open_worker()
        testbed.promise_deliveries(worker, make_planned())
        (claim,) = testbed.claim_deliveries(worker)
        testbed.settle_claims(worker, make_result(claim, state, reason="look"))
        clock.at = NOON + REJECTED_COUNTS_FOR + MINUTE
        assert [need for need, subject in list_needs(app) if subject == str(make_key())] == needs


def test_an_account_whose_credentials_were_refused_is_named(app: App, clock: ManualClock) -> None:
    clock.at = NOON
    with opened_testbed(app) as testbed:
        worker = testbed.open_worker()
        testbed.promise_deliveries(worker, make_planned())
        (claim,) = testbed.claim_deliveries(worker)
        refused = make_result(claim, State.WAITING, ready_at=NOON, credentials_refused=True)
        testbed.settle_claims(worker, refused)
        assert list_needs(app) == [("stopped", "mastodon")]


def test_a_post_that_two_workers_sent_needs_a_person_until_one_of_them_is_left(
    app: App, clock: ManualClock
) -> None:
    with opened_testbed(app) as testbed:
        ledger = testbed.open_worker()
        testbed.promise_deliveries(ledger, make_planned(1))
        (claim,) = testbed.claim_deliveries(ledger)
        late = Receipt("late-1", "https://example.org/late-1")
        ledger.record_late_receipts([(make_key(1), late)], NOON)
        testbed.settle_claims(ledger, make_result(claim))
    assert list_needs(app) == [("double", str(make_key(1)))]
    with opened(app) as ledger:
        (double,) = find_attention(app, ledger)
        assert late.url is not None
        assert late.url in double.text
        ledger.keep_one_of_double(make_key(1), "https://example.org/kept", clock.at)
    assert list_needs(app) == []
