"""What would be posted: every post of a span of days, on every account, without posting any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from perihelion.almanac.due_anniversaries import list_due_in_span
from perihelion.compose.text_length import measure_length
from perihelion.model.anniversaries import LeftOut
from perihelion.model.errors import CompositionError, UsageError
from perihelion.networks import loader
from perihelion.publish.planner import make_delivery_key

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from datetime import date

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.model.posts import Limits, Post
    from perihelion.service.wiring import App


@dataclass(frozen=True, slots=True)
class PostPreview:
    """A post that would be published, or why it cannot be."""

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
        """The greatest length that the network accepts."""
        with_picture = bool(self.post and self.post.pictures)
        return self.limits.length_for(with_picture=with_picture)

    @property
    def key(self) -> str:
        """The delivery's key."""
        return str(make_delivery_key(self.due))


def select_accounts(app: App, network: str | None) -> tuple[Account, ...]:
    """The accounts to preview: those that are on, or all of one network's, on or off.

    Raises UsageError for an unknown network.
    """
    if network is None:
        return app.accounts
    if network not in loader.network_names():
        raise UsageError(f"there is no network {network!r}{loader.suggest_network(network)}")
    own = [a for a in (*app.schedule.accounts, *app.accounts) if a.network == network]
    return tuple(dict.fromkeys(own)) or (
        replace(app.schedule.local_account, network=network, name=network),
    )


def list_silenced(
    app: App, accounts: Iterable[Account], first: date, days: int
) -> list[DueAnniversary]:
    """What quiet days and memorials leave out of the `days` days from `first` on, by time."""
    dues = list_due_in_span(app.calendar, accounts, first, days)
    return [due for due in dues if due.left_out not in {None, LeftOut.DAILY_CAP}]


def preview_posts(  # noqa: PLR0913 - what is shown, and of what
    app: App,
    accounts: Iterable[Account],
    first: date,
    days: int,
    *,
    ignore_daily_cap: bool = False,
    only: Container[str] | None = None,
) -> Iterator[PostPreview]:
    """Every post of the `days` days from `first` on, by time; no server is asked.

    `ignore_daily_cap` includes those beyond the daily cap; `only` has the full ids of the events
    that matter, if not all do.
    """
    shared = SharedPreviews(app)
    for due in list_due_in_span(app.calendar, accounts, first, days):
        shown = due.is_chosen or ignore_daily_cap
        shown = shown and (only is None or due.anniversary.event.full_id in only)
        if shown and (due.anniversary.part == 1 or shared.get_limits(due.account).replies):
            yield shared.preview(due)


class SharedPreviews:
    """Previews for which accounts that differ only in name are told the same words."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._limits: dict[str, Limits] = {}
        self._first_alike: dict[tuple[Account, Limits], str] = {}
        self._names: dict[str, str] = {}
        self._previews: dict[tuple[object, ...], PostPreview] = {}

    def get_limits(self, account: Account) -> Limits:
        """What the account's network takes."""
        if account.name not in self._limits:
            self._limits[account.name] = loader.get_usual_limits(account)
        return self._limits[account.name]

    def preview(self, due: DueAnniversary) -> PostPreview:
        """As `preview_due`; a post that cannot be worded is reported for each account."""
        if self._app.templates.may_name_account:
            return preview_due(self._app, due)
        alike, seen = self._find_first_alike(due.account), due.anniversary
        said = (seen.event.full_id, seen.count, seen.unit, seen.day, seen.part, seen.instant)
        key = (alike, *said, due.at)
        known = self._previews.get(key)
        if known is None or known.post is None:
            known = self._previews[key] = preview_due(self._app, due)
        return replace(known, due=due)

    def _find_first_alike(self, account: Account) -> str:
        """The name of the first account that differs from this one at most in its name."""
        if account.name not in self._names:
            kind = replace(account, name="", location=None), self.get_limits(account)
            self._names[account.name] = self._first_alike.setdefault(kind, account.name)
        return self._names[account.name]


def preview_due(app: App, due: DueAnniversary, *, draws_cards: bool = False) -> PostPreview:
    """What would be posted for `due`; no server is asked. A card is drawn only if asked for."""
    limits = loader.get_usual_limits(due.account)
    try:
        post = app.compose_post(
            due.anniversary, due.account, limits, due.at, draws_cards=draws_cards
        )
    except CompositionError as error:
        return PostPreview(due, limits, None, error)
    return PostPreview(due, limits, post)


def draw_cards(app: App, previews: Iterable[PostPreview]) -> Iterator[PostPreview]:
    """The same previews, with their cards drawn."""
    for one in previews:
        has_card = one.post is not None and any(picture.is_card for picture in one.post.pictures)
        yield preview_due(app, one.due, draws_cards=True) if has_card else one
