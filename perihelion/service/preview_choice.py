"""What `preview` was asked to show, and the posts of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perihelion.model.errors import UsageError
from perihelion.service.clock import parse_day
from perihelion.service.console import format_count, format_days
from perihelion.service.post_preview import list_silenced, preview_posts, select_accounts
from perihelion.service.replay_preview import choose_count, find_mission, preview_replay

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from perihelion.model.accounts import Account
    from perihelion.model.anniversaries import DueAnniversary
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.wiring import App


@dataclass(frozen=True, slots=True)
class Preview:
    """The posts, what is left out, and the days or the replay that they are of."""

    posts: list[PostPreview]
    span: str
    when: str
    silenced: list[DueAnniversary]


@dataclass(frozen=True, slots=True)
class PreviewChoice:
    """`day_or_mission` is a date, a mission's id, or None for today (UTC)."""

    day_or_mission: str | None = None
    days: int = 1
    year: int | None = None
    network: str | None = None

    def choose_first_day(self, app: App) -> date:
        """The first day that is shown. Raises UsageError if a mission was asked for."""
        return _parse_day(self.day_or_mission) or app.clock.now().date()

    def preview(self, app: App) -> Preview:
        """What `app` would post. Raises UsageError for what it does not have."""
        accounts = select_accounts(app, self.network)
        if self.day_or_mission is not None and not self.day_or_mission[:4].isdecimal():
            posts, span = _preview_mission(app, accounts, self.day_or_mission, self.year)
            return Preview(posts, span, f"in {span}", [])
        first = self.choose_first_day(app)
        span = format_days(first, self.days)
        return Preview(
            list(preview_posts(app, accounts, first, self.days)),
            span,
            f"{'on' if self.days == 1 else 'from'} {span}",
            list_silenced(app, accounts, first, self.days),
        )


def _preview_mission(
    app: App, accounts: Iterable[Account], mission_id: str, year: int | None
) -> tuple[list[PostPreview], str]:
    """The posts of a replay, and how it is called. Raises UsageError if there is none."""
    mission = find_mission(app, mission_id)
    count = choose_count(app, mission, app.clock.now().date(), year)
    posts = list(preview_replay(app, accounts, mission, count))
    return posts, f"the replay of {mission.id}, {format_count(count, 'years')} later"


def _parse_day(text: str | None) -> date | None:
    """The day that was asked for, if any. Raises UsageError for anything else."""
    try:
        return None if text is None else parse_day(text)
    except ValueError as error:
        raise UsageError(str(error)) from None
