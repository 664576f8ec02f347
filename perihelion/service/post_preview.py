"""What would be posted: every post of a span of days, on every account, without posting any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.compose.text_length import measure_length
from perihelion.model.errors import CompositionError, UsageError
from perihelion.networks import loader
from perihelion.publish.planner import make_delivery_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.posts import Limits, Post
    from perihelion.service.wiring import App


@dataclass(frozen=True, slots=True)
class PostPreview:
    """A post that would be made, or why it cannot be."""

    due: DueAnniversary
    limits: Limits
    post: Post | None
    error: CompositionError | None = None

    @property
    def problem(self) -> str:
        """Why there is no post; empty if there is one."""
        return str(self.error or "")

    @property
    def length(self) -> int:
        """The text's length as the network counts it."""
        return measure_length(self.post.text, self.limits) if self.post else 0

    @property
    def limit(self) -> int:
        """What the network takes."""
        with_picture = bool(self.post and self.post.pictures)
        return self.limits.length_for(with_picture=with_picture)

    @property
    def key(self) -> str:
        """The delivery's key."""
        return str(make_delivery_key(self.due))


def select_accounts(app: App, network: str | None) -> tuple[Account, ...]:
    """The accounts to foresee: those that are on, or all of one network's, set up or not.

    Raises UsageError for a network that nobody knows.
    """
    if network is None:
        return app.accounts
    if network not in loader.network_names():
        hint = loader.suggest_network(network)
        raise UsageError(f"there is no network {network!r}{hint}")
    own = [a for a in (*app.schedule.accounts, *app.accounts) if a.network == network]
    return tuple(dict.fromkeys(own)) or (
        replace(app.schedule.local_account, network=network, name=network),
    )


def preview_posts(
    app: App, accounts: Iterable[Account], first: date, days: int, *, ignore_daily_cap: bool = False
) -> Iterator[PostPreview]:
    """Every post of `days` days from `first` on, by instant; `all_ranks` ignores the daily cap.

    Uses each network's stated limits and asks no server.
    """
    for due in list_due_in_span(app.calendar, accounts, first, days):
        if due.within_daily_cap or ignore_daily_cap:
            yield _preview_post(app, due)


def _preview_post(app: App, due: DueAnniversary) -> PostPreview:
    limits = loader.load_spec(due.account.network).limits_for(due.account)
    try:
        post = app.compose_post(due.anniversary, due.account, limits, due.at)
    except CompositionError as error:
        return PostPreview(due, limits, None, error)
    return PostPreview(due, limits, post)
