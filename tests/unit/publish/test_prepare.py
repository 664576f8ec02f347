"""What is done with a delivery where posts cost money."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from perihelion.almanac.calendar import Calendar
from perihelion.ledger.values import ClaimPrepared, ClaimRefused
from perihelion.model.anniversaries import Anniversary
from perihelion.model.deliveries import Delivery, DeliveryKey, State
from perihelion.model.posts import Post
from perihelion.model.repairs import REPAIR_PAUSE
from perihelion.model.units import Unit
from perihelion.networks.base import PaidNetwork
from perihelion.networks.x.adapter import X
from perihelion.networks.x.spec import LIMITS
from perihelion.publish.context import NetworkFacts, PublishContext
from perihelion.publish.preparer import LedgerConnection, Preparer
from perihelion.testing.contexts import make_context
from tests.fakes.model_builders import make_account, make_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.accounts import Account

NOW = datetime(2027, 3, 2, 15, tzinfo=UTC)
KEY = DeliveryKey("x", "year-in-space/landing", 11)
LINKED = Post("Home. https://example.org/landing", "en", "2027-03-02T15:00:00Z")
EARLIER = Post("Before.", "en", "2027-03-01T15:00:00Z")
KEYS = dict.fromkeys(("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET"), "made-up-value")


class FixedClock:
    def __init__(self, real: datetime = NOW) -> None:
        self.real = real

    def now(self) -> datetime:
        return NOW

    def real_now(self) -> datetime:
        return self.real

    def seconds_until(self, _instant: datetime) -> float:
        raise AssertionError("nothing waits here")


class SpentLedger:
    """A ledger that has seen some posts this month."""

    def __init__(self, posts: int, like: Post = EARLIER) -> None:
        self.posts, self.like = posts, like
        self.since: datetime | None = None

    def wall_clock(self) -> datetime:
        return NOW

    def list_posts_since(self, _account: str, since: datetime) -> list[Post]:
        self.since = since
        return [self.like] * self.posts


def make_x_account(**options: str) -> Account:
    return replace(make_account(network="x", name="x"), options=tuple(options.items()))


def compose_linked(*_: object) -> Post:
    return LINKED


def prepare_delivery(
    spent: SpentLedger,
    compose: Callable[..., Post] = compose_linked,
    clock: FixedClock = FixedClock(),  # noqa: B008 - it never changes
    **options: str,
) -> ClaimPrepared | ClaimRefused:
    mine = make_x_account(**options)
    network = X(replace(make_context("x", {"URL": "http://127.0.0.1:9", **KEYS}), account=mine))
    assert isinstance(network, PaidNetwork)
    seen = Anniversary(make_event(), 11, Unit.YEARS, date(2027, 3, 2))
    publish_context = PublishContext(
        calendar=Calendar([]),
        accounts={"x": mine},
        networks={"x": network},
        compose_post=compose,
        find_anniversary=lambda _delivery: seen,
    )
    known = {"x": NetworkFacts(LIMITS, network.dedupe)}
    delivery = Delivery(KEY, "x", State.DUE, seen.day, NOW, NOW, 1)
    connection = LedgerConnection(NOW, NOW - NOW)
    preparer = Preparer(spent, publish_context, clock, known, connection, NOW)  # type: ignore[arg-type]  # a stand-in
    return preparer.prepare_claim(delivery)


def test_without_a_budget_a_post_goes_out_as_it_is() -> None:
    prepared = prepare_delivery(SpentLedger(1000))
    assert isinstance(prepared, ClaimPrepared)
    assert prepared.post.text == LINKED.text


def test_the_spending_of_this_calendar_month_counts() -> None:
    spent = SpentLedger(0)
    prepare_delivery(spent, budget="1.00")
    assert spent.since == datetime(2027, 3, 1, tzinfo=UTC)


def test_a_rehearsal_s_months_are_the_ones_it_plays() -> None:
    """Else all of a rehearsed year would have to do with one month's budget."""
    real = FixedClock(datetime(2026, 11, 25, tzinfo=UTC))
    february = replace(EARLIER, created_at="2027-02-28T15:00:00Z")
    spent = SpentLedger(20, february)
    assert isinstance(prepare_delivery(spent, clock=real, budget="0.30"), ClaimPrepared)
    assert spent.since == datetime(2026, 11, 1, tzinfo=UTC)
    refused = prepare_delivery(SpentLedger(20), clock=real, budget="0.30")
    assert isinstance(refused, ClaimRefused)
    assert refused.ready_at == datetime(2027, 4, 1, tzinfo=UTC)


def test_over_the_budget_a_post_goes_without_its_links_where_the_account_says_so() -> None:
    prepared = prepare_delivery(SpentLedger(10), budget="0.30", over_budget="drop-links")
    assert isinstance(prepared, ClaimPrepared)
    assert "https" not in prepared.post.text
    assert prepared.post.text.startswith("Home")


@pytest.mark.parametrize("rule", ["wait", "drop-links"])
def test_what_no_money_is_left_for_waits_for_the_next_month(rule: str) -> None:
    refused = prepare_delivery(SpentLedger(20), budget=str(Decimal("0.30")), over_budget=rule)
    assert isinstance(refused, ClaimRefused)
    assert refused.state is State.WAITING
    assert refused.ready_at == datetime(2027, 4, 1, tzinfo=UTC)
    assert "budget" in refused.reason


def test_a_mistake_of_our_own_in_wording_is_not_the_post_s_fault() -> None:
    def fail_to_compose(*_: object) -> Post:
        raise ZeroDivisionError("ours")

    refused = prepare_delivery(SpentLedger(0), fail_to_compose)
    assert isinstance(refused, ClaimRefused)
    assert refused.state is State.WAITING
    assert refused.reason.startswith("needs repair: it could not be composed")
    assert refused.ready_at == NOW + REPAIR_PAUSE
