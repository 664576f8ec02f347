"""What the coming year costs on a network that charges for posts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from perihelion.networks import loader
from perihelion.networks.x.budget import read_budget
from perihelion.networks.x.costs import (
    PRICES,
    calculate_price,
    decide_budget,
    has_link,
    month_of,
    sum_prices,
)
from perihelion.service.post_preview import preview_posts, select_accounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from perihelion.ledger.store import Ledger
    from perihelion.model.accounts import Account
    from perihelion.networks.x.budget import Budget
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.wiring import App

FORECAST_DAYS = 366


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """One account's calendar month (UTC): amounts in USD."""

    account: str
    month: str
    posts: int
    with_links: int
    cost: Decimal
    waiting: int
    """Posts that the account's budget keeps back."""


def forecast_costs(app: App, first: date) -> list[MonthlyCost]:
    """The coming year, month by month, for every account on a paid network, set up or not."""
    return [
        month
        for network in loader.paid_networks()
        for account in select_accounts(app, network)
        for month in sum_months(account, preview_posts(app, [account], first, FORECAST_DAYS))
    ]


def sum_months(account: Account, previews: Iterable[PostPreview]) -> list[MonthlyCost]:
    """What the account's posts, in the order of their times, cost in each month."""
    months = groupby(previews, _format_month)
    return [_sum_month(account, name, list(posts)) for name, posts in months]


@dataclass(frozen=True, slots=True)
class Spending:
    """What an account has spent in the calendar month (UTC) that began at `since`, in USD."""

    account: str
    since: datetime
    spent: Decimal
    budget: Budget | None


def sum_spending(ledger: Ledger, account: Account, now: datetime) -> Spending:
    """What a paid account has spent in the month of `now`."""
    first, _next = month_of(now)
    spent = sum_prices(ledger.list_posts_since(account.name, first))
    return Spending(account.name, first, spent, read_budget(account))


def list_spending(app: App, ledger: Ledger, account: Account) -> Iterator[str]:
    """One line on what a paid account has spent this calendar month (UTC); none for others."""
    if not loader.load_spec(account.network).is_paid:
        return
    one = sum_spending(ledger, account, app.clock.now())
    of = f" of {one.budget.amount}, then {one.budget.over}" if one.budget else ", no budget"
    yield f"account {account.name}: {one.spent} USD spent in {one.since:%B %Y}{of}"


def format_prices() -> str:
    """What is charged, and since when that is known."""
    return (
        f"prices of {PRICES.as_of}: a post {PRICES.post} USD, with a link "
        f"{PRICES.post_with_link}, alt text {PRICES.alt_text}"
    )


def _format_month(one: PostPreview) -> str:
    return one.due.at.strftime("%Y-%m")


def _sum_month(account: Account, name: str, previews: Iterable[PostPreview]) -> MonthlyCost:
    budget, spent = read_budget(account), Decimal(0)
    posts = links = waiting = 0
    for one in previews:
        if one.post is None:
            continue
        decision = decide_budget(spent, budget, one.post, one.due.at)
        if decision.post is None:
            waiting += 1
            continue
        posts += 1
        links += has_link(decision.post.text)
        spent += calculate_price(decision.post)
    return MonthlyCost(account.name, name, posts, links, spent, waiting)
