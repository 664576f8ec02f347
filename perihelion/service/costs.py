"""What the coming year costs on a network that charges for posts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from perihelion.networks.x.costs import (
    PRICES,
    decide_budget,
    has_link,
    month_of,
    price,
    read_budget,
)
from perihelion.service.foresee import accounts_for, foresee

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from perihelion.ledger.store import Ledger
    from perihelion.model.accounts import Account
    from perihelion.service.foresee import Foreseen
    from perihelion.service.wiring import App

YEAR = 366
CHARGING = "x"
"""The one network that charges; its prices stand in `networks/x/costs.py`, with their date."""


@dataclass(frozen=True, slots=True)
class Month:
    """One account's calendar month (UTC): amounts in USD."""

    account: str
    month: str
    posts: int
    with_links: int
    cost: Decimal
    waiting: int
    """Posts that the account's budget keeps back."""


def forecast(app: App, first: date) -> list[Month]:
    """The coming year, month by month, for every account on X, set up or not."""
    return [
        _month(account, name, list(posts))
        for account in accounts_for(app, CHARGING)
        for name, posts in groupby(foresee(app, [account], first, YEAR), _month_name)
    ]


def spending(app: App, ledger: Ledger, account: Account) -> Iterator[str]:
    """One line on what an account on X has spent this calendar month (UTC); none for others."""
    if account.network != CHARGING:
        return
    first, _next = month_of(app.clock.now())
    spent = sum(map(price, ledger.posts_since(account.name, first)), Decimal(0))
    budget = read_budget(account)
    of = f" of {budget.amount}, then {budget.over}" if budget else ", no budget"
    yield f"account {account.name}: {spent} USD spent in {first:%B %Y}{of}"


def prices_in_words() -> str:
    """What is charged, and since when that is known."""
    return (
        f"prices of {PRICES.as_of}: a post {PRICES.post} USD, with a link "
        f"{PRICES.post_with_link}, alt text {PRICES.alt_text}"
    )


def _month_name(one: Foreseen) -> str:
    return one.due.at.strftime("%Y-%m")


def _month(account: Account, name: str, foreseen: Iterable[Foreseen]) -> Month:
    budget, spent = read_budget(account), Decimal(0)
    posts = links = waiting = 0
    for one in foreseen:
        if one.post is None:
            continue
        decision = decide_budget(spent, budget, one.post)
        if decision.post is None:
            waiting += 1
            continue
        posts += 1
        links += has_link(decision.post.text)
        spent += price(decision.post)
    return Month(account.name, name, posts, links, spent, waiting)
