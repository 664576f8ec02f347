"""Promising on many accounts: what is alike is worked out once, and nobody locks much for long."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import time
from typing import TYPE_CHECKING, cast

from perihelion.almanac.calendar import Calendar
from perihelion.model.accounts import UntranslatedRule
from perihelion.model.posts import Post
from perihelion.networks.base import Dedupe, DedupeMethod
from perihelion.publish.context import NetworkFacts, PublishContext
from perihelion.publish.promiser import BATCH_SIZE, Promiser
from tests.fakes.fake_network import LIMITS
from tests.fakes.ledger_testbed import DAY, HOUR, MINUTE, NOON
from tests.fakes.model_builders import make_account, make_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from perihelion.ledger.promises import OpenPlan
    from perihelion.ledger.store import Ledger
    from perihelion.ledger.values import PlanRequest
    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.deliveries import Delivery
    from perihelion.model.posts import Limits
    from tests.fakes.ledger_testbed import LedgerTestbed

FACTS = NetworkFacts(LIMITS, Dedupe(DedupeMethod.KEYED))
LANDING, ORBIT = make_event(id="landing"), make_event(id="orbit", at="1999-03-02")


class CountingCalendar(Calendar):
    """Counts how often anyone asks what falls on a day."""

    asked = 0

    def find_anniversaries(
        self, first: date, last: date, zone: str | None = None
    ) -> list[Anniversary]:
        self.asked += 1
        return super().find_anniversaries(first, last, zone)


class WatchedLedger:
    """A ledger that notes which accounts are looked at, and which are locked."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.worker = ledger.worker
        self.viewed: list[list[str]] = []
        self.locked: list[list[str]] = []

    @contextmanager
    def planning(
        self, requests: Sequence[PlanRequest], *, reads_only: bool = False
    ) -> Iterator[OpenPlan]:
        noted = self.viewed if reads_only else self.locked
        noted.append([one.account for one in requests])
        with self._ledger.planning(requests, reads_only=reads_only) as plan:
            yield plan


class ManyAccounts:
    """Workers that promise for `accounts`, all on one ledger."""

    def __init__(self, testbed: LedgerTestbed, accounts: Sequence[Account]) -> None:
        self._testbed, self.calendar = testbed, CountingCalendar([LANDING, ORBIT])
        self.accounts = {account.name: account for account in accounts}
        self.facts = dict.fromkeys(self.accounts, FACTS)
        self.composed: list[str] = []

    def start_worker(self) -> tuple[Promiser, WatchedLedger]:
        ledger = self._testbed.open_worker()
        ledger.register_accounts(dict.fromkeys(self.accounts, "fake"), NOON - 9 * DAY)
        watched = WatchedLedger(ledger)
        context = PublishContext(self.calendar, self.accounts, {}, self._compose, _find_nothing)
        return Promiser(cast("Ledger", watched), context, early=False), watched

    def _compose(
        self, anniversary: Anniversary, account: Account, limits: Limits, created_at: datetime
    ) -> Post:
        assert limits.length
        self.composed.append(account.name)
        return Post(anniversary.event.title, account.language, created_at.isoformat())


def _find_nothing(delivery: Delivery) -> Anniversary | None:
    raise AssertionError(f"nothing is claimed here: {delivery}")


def make_accounts(count: int) -> list[Account]:
    return [make_account(name=f"a{number}", post_at=(time(12),)) for number in range(count)]


def test_the_almanac_is_asked_as_often_for_many_accounts_of_a_kind_as_for_one(
    sqlite_testbed: LedgerTestbed,
) -> None:
    many = ManyAccounts(sqlite_testbed, make_accounts(30))
    promiser, _ledger = many.start_worker()
    promiser.promise_due({"a7": FACTS}, NOON)
    for_one, many.calendar.asked = many.calendar.asked, 0
    promiser, _ledger = many.start_worker()
    assert len(promiser.promise_due(many.facts, NOON)) == 2 * 29
    assert many.calendar.asked == for_one


def test_accounts_of_other_kinds_and_networks_are_promised_their_own(
    sqlite_testbed: LedgerTestbed,
) -> None:
    tokyo = make_account(name="tokyo", timezone="Asia/Tokyo", post_at=(time(12),))
    skipping = make_account(name="skipping", language="de", untranslated=UntranslatedRule.SKIP)
    german = make_account(name="german", language="de", network="other", post_at=(time(12),))
    many = ManyAccounts(sqlite_testbed, [*make_accounts(1), tokyo, skipping, german])
    promiser, _ledger = many.start_worker()
    made = promiser.promise_due(many.facts, NOON - 9 * HOUR)
    assert {(one.key.account, one.due_at) for one in made} == {("tokyo", NOON - 9 * HOUR)}
    made = promiser.promise_due(many.facts, NOON)
    assert {(one.key.account, one.network) for one in made} == {
        ("a0", "local"),
        ("german", "other"),
    }


def test_nothing_is_looked_at_before_anything_can_be_due(sqlite_testbed: LedgerTestbed) -> None:
    many = ManyAccounts(sqlite_testbed, make_accounts(3))
    promiser, ledger = many.start_worker()
    promiser.promise_due(many.facts, NOON - 2 * HOUR)
    ledger.viewed.clear()
    many.calendar.asked = 0
    for minutes in range(119):
        assert not promiser.promise_due(many.facts, NOON - 2 * HOUR + minutes * MINUTE)
    assert (ledger.viewed, many.calendar.asked) == ([], 0)
    assert len(promiser.promise_due(many.facts, NOON)) == 6


def test_the_next_due_instant_is_looked_for_once(sqlite_testbed: LedgerTestbed) -> None:
    many = ManyAccounts(sqlite_testbed, make_accounts(3))
    promiser, _ledger = many.start_worker()
    promiser.promise_due({"a0": FACTS}, NOON - 2 * HOUR)
    assert promiser.find_next_due(NOON - 2 * HOUR) == (NOON, 1)
    promiser.promise_due(many.facts, NOON - 2 * HOUR)
    assert promiser.find_next_due(NOON - 2 * HOUR) == (NOON, 3)
    many.calendar.asked = 0
    assert promiser.find_next_due(NOON - MINUTE) == (NOON, 3)
    assert many.calendar.asked == 0
    promiser.promise_due(many.facts, NOON)
    after, _accounts = promiser.find_next_due(NOON)
    assert after
    assert after > NOON


def test_an_account_whose_network_answers_later_is_planned_then(
    sqlite_testbed: LedgerTestbed,
) -> None:
    many = ManyAccounts(sqlite_testbed, make_accounts(2))
    promiser, ledger = many.start_worker()
    promiser.promise_due({"a0": FACTS}, NOON)
    made = promiser.promise_due(many.facts, NOON + MINUTE)
    assert {one.key.account for one in made} == {"a1"}
    assert ledger.locked == [["a0"], ["a1"]]


def test_a_clock_that_was_set_back_has_everything_looked_at_again(
    sqlite_testbed: LedgerTestbed,
) -> None:
    many = ManyAccounts(sqlite_testbed, make_accounts(1))
    promiser, ledger = many.start_worker()
    promiser.promise_due(many.facts, NOON)
    promiser.promise_due(many.facts, NOON - HOUR)
    assert ledger.viewed == [["a0"], ["a0"]]


def test_a_worker_that_comes_second_finds_it_planned_and_locks_nothing(
    sqlite_testbed: LedgerTestbed,
) -> None:
    many = ManyAccounts(sqlite_testbed, make_accounts(5))
    (first, _), (second, ledger) = many.start_worker(), many.start_worker()
    for promiser in (first, second):
        promiser.promise_due(many.facts, NOON - HOUR)
    assert len(first.promise_due(many.facts, NOON)) == 10
    assert second.promise_due(many.facts, NOON) == []
    third, other_ledger = many.start_worker()  # nor does one that has just been started
    assert third.promise_due(many.facts, NOON) == []
    assert ledger.locked == other_ledger.locked == []


def test_a_worker_with_a_newer_schedule_adds_what_the_other_one_does_not_know(
    sqlite_testbed: LedgerTestbed,
) -> None:
    many = ManyAccounts(sqlite_testbed, make_accounts(2))
    old, _ledger = many.start_worker()
    many.calendar = CountingCalendar([LANDING, ORBIT, make_event(id="added", at="2003-03-02")])
    new, _ledger = many.start_worker()
    for promiser in (old, new):
        promiser.promise_due(many.facts, NOON - HOUR)
    assert len(old.promise_due(many.facts, NOON)) == 4
    assert [one.key.event for one in new.promise_due(many.facts, NOON)] == [
        "year-in-space/added"
    ] * 2


def test_accounts_are_locked_in_batches_and_each_worker_begins_at_its_own_place(
    sqlite_testbed: LedgerTestbed,
) -> None:
    many = ManyAccounts(sqlite_testbed, make_accounts(2 * BATCH_SIZE + 1))
    workers = [many.start_worker() for _ in range(3)]
    for promiser, _ledger in workers:
        promiser.promise_due(many.facts, NOON)
    (_, first), *others = workers
    assert [len(batch) for batch in first.locked] == [BATCH_SIZE, BATCH_SIZE, 1]
    assert not any(ledger.locked for _promiser, ledger in others)
    assert len({ledger.viewed[0][0] for _promiser, ledger in workers}) > 1


def test_accounts_whose_posts_are_alike_practise_once(sqlite_testbed: LedgerTestbed) -> None:
    german = make_account(name="german", language="de", post_at=(time(12),))
    many = ManyAccounts(sqlite_testbed, [*make_accounts(5), german])
    promiser, _ledger = many.start_worker()
    promiser.warm_up(many.facts, NOON)
    assert len(many.composed) == 4, "two posts in each language"
    assert len(set(many.composed)) == 2
