"""What X charges, and which posts a monthly budget covers. Pure: no I/O, no clock.

X charges for each request (pay per use); a post with a link costs thirteen times as much as one
without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from perihelion.compose.text_fitting import normalize_text
from perihelion.compose.twitter_text import find_shortened_links
from perihelion.networks.base import BudgetResult
from perihelion.networks.x.budget import OverBudget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.posts import Post
    from perihelion.networks.x.budget import Budget


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices in USD as of `as_of`: per post made, picture described, and own post read."""

    as_of: date
    post: Decimal
    post_with_link: Decimal
    alt_text: Decimal
    owned_read: Decimal


PRICES = Prices(
    as_of=date(2026, 6, 8),
    post=Decimal("0.015"),
    post_with_link=Decimal("0.200"),
    alt_text=Decimal("0.005"),
    owned_read=Decimal("0.001"),
)
"""docs.x.com, Pricing: Content: Create, Content: Create (with URL), Media Metadata, Owned Reads."""

_DANGLING_END = re.compile(r"(?:\(\s*\)|\[\s*\]|[\s:>(\[→–—-])+$")  # noqa: RUF001 - the dashes of templates


def has_link(text: str) -> bool:
    """Whether X finds a link in `text` and charges for it; a bare domain is one too."""
    return any(find_shortened_links(text))


def calculate_price(post: Post, prices: Prices = PRICES) -> Decimal:
    """What making `post` costs in USD; uploading pictures is free."""
    cost = prices.post_with_link if has_link(post.text) else prices.post
    return cost + prices.alt_text * sum(bool(picture.alt) for picture in post.pictures)


def remove_links(post: Post) -> Post | None:
    """`post` without its links and the words that introduce them; None if no text would be left."""
    lines = [_remove_line_links(line) for line in post.text.split("\n")]
    text = normalize_text("\n".join(line for line in lines if line is not None))
    return replace(post, text=text, links=()) if any(map(str.isalnum, text)) else None


def decide_budget(spent: Decimal, budget: Budget | None, post: Post, now: datetime) -> BudgetResult:
    """Whether `post` is made as it is, without links, or not in the month of `now` (UTC).

    `spent` is what the account's posts have cost in that month. The budget is never exceeded.
    Decide before the post is claimed: its text may not change afterwards.
    """
    cost = calculate_price(post)
    if budget is None or spent + cost <= budget.amount:
        return BudgetResult(post)
    left = f"{budget.amount - spent:.3f} of {budget.amount:.2f} USD left this month"
    shorter = remove_links(post) if budget.over is OverBudget.DROP_LINKS else None
    if shorter is not None and spent + calculate_price(shorter) <= budget.amount:
        return BudgetResult(shorter, f"without links: {left}")
    reason = f"over the budget: {left}, and the post costs {cost:.3f}"
    return BudgetResult(None, reason, month_of(now)[1])


def sum_prices(posts: Iterable[Post]) -> Decimal:
    """What making `posts` costs in USD."""
    return sum(map(calculate_price, posts), Decimal(0))


def month_of(instant: datetime) -> tuple[datetime, datetime]:
    """The first instant of the calendar month of `instant`, and of the next, in its own zone."""
    first = instant.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = divmod(first.year * 12 + first.month, 12)
    return first, first.replace(year=year, month=month + 1)


def _remove_line_links(line: str) -> str | None:
    """The line without links and without what dangles at its end; None if nothing is left."""
    spans = list(find_shortened_links(line))
    if not spans:
        return line
    for start, end in reversed(spans):
        line = line[:start] + line[end:]
    line = _DANGLING_END.sub("", line)
    return line if any(map(str.isalnum, line)) else None
