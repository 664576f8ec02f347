"""The posts of rehearsed years: their templates, what cannot be worded, repeats and costs."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from perihelion.compose.composer import choose_template
from perihelion.model.posts import hash_text
from perihelion.networks import loader
from perihelion.service.cost_forecast import sum_months
from perihelion.service.post_preview import preview_due

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.service.cost_forecast import MonthlyCost
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.wiring import App

_DEFAULT = "default"
"""The template of a kind that has none of its own."""


@dataclass
class Findings:
    """What was found in posts so far; `templates` counts them by template and network."""

    posts: int = 0
    templates: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: dict[str, str] = field(default_factory=dict)
    """Why a post cannot be worded, by event and network."""
    repeats: list[str] = field(default_factory=list)
    """What says the same as an earlier post within the account's repeat window."""
    costs: list[MonthlyCost] = field(default_factory=list)

    def list_unused_templates(self, app: App) -> list[str]:
        """The templates that no post needs."""
        return sorted(app.templates.kinds - {name for name, _network in self.templates})

    def sum_costs(self) -> dict[tuple[str, str], Decimal]:
        """What each account that pays spends in each year, in USD."""
        total: dict[tuple[str, str], Decimal] = {}
        for month in self.costs:
            key = month.account, month.month[:4]
            total[key] = total.get(key, Decimal(0)) + month.cost
        return total


def word_posts(app: App, dues: Iterable[DueAnniversary]) -> Findings:
    """Word every post, in the order of their times; no card is drawn."""
    found = Findings()
    said: dict[tuple[str, str], DueAnniversary] = {}
    paid: defaultdict[Account, list[PostPreview]] = defaultdict(list)
    for due in dues:
        one = preview_due(app, due)
        network = due.account.network
        if one.post is None:
            event = due.anniversary.event
            found.problems.setdefault(f"{event.full_id} on {network}", one.problem)
            continue
        found.posts += 1
        template = choose_template(due.anniversary)
        known = template if template in app.templates.kinds else _DEFAULT
        found.templates[known, network] += 1
        text = due.account.name, hash_text(one.post.text)
        if text in said and due.at - said[text].at < due.account.repeat_window:
            found.repeats.append(_describe_repeat(due, said[text]))
        said[text] = due
        if loader.load_spec(network).is_paid:
            paid[due.account].append(one)
    found.costs += [month for one, posts in paid.items() for month in sum_months(one, posts)]
    return found


def _describe_repeat(due: DueAnniversary, earlier: DueAnniversary) -> str:
    return (
        f"{due.account.name}: {due.anniversary.event.full_id} on {due.day} says the same as "
        f"{earlier.anniversary.event.full_id} on {earlier.day}"
    )
