"""What would be posted in the replay of a mission, from its first post to its last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.almanac.replays import list_replay_posts
from perihelion.model.errors import UsageError
from perihelion.schedule.suggestions import find_closest_match
from perihelion.service.post_preview import preview_due

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Mission
    from perihelion.service.post_preview import PostPreview
    from perihelion.service.wiring import App

_MAX_YEARS = 1000


def preview_replay(
    app: App, accounts: Iterable[Account], mission: Mission, count: int
) -> Iterator[PostPreview]:
    """Every post of the replay of `mission`, `count` years later: by account, and then by time."""
    told = app.calendar.replays.list_replay(mission, count)
    for account in accounts:
        for due in list_replay_posts(told, account):
            yield preview_due(app, due)


def find_mission(app: App, mission_id: str) -> Mission:
    """The mission of that id. Raises UsageError, with the id that was probably meant."""
    by_id = {mission.id: mission for mission in app.schedule.missions}
    if mission_id not in by_id:
        close = find_closest_match(mission_id, tuple(by_id))
        hint = f"; did you mean {close}?" if close else ""
        raise UsageError(
            f"{mission_id!r} is neither a date such as 2027-02-28 nor a mission of the "
            f"schedule{hint}"
        )
    return by_id[mission_id]


def choose_count(app: App, mission: Mission, today: date, year: int | None) -> int:
    """How many years later the replay is that begins in `year`; by default, the next one to end.

    Raises UsageError if the mission has no replay then.
    """
    for count in range(1, _MAX_YEARS):
        told = app.calendar.replays.list_replay(mission, count)
        if told and (told[0].day.year == year if year else told[-1].day >= today):
            return count
    if mission.replay is None:
        raise UsageError(
            f"{mission.id} has no replay; to have one, give the mission `replay: every`"
        )
    when = f"that begins in {year}" if year else "that is still to come"
    raise UsageError(f"{mission.id} has no replay {when}; its key `replay` says which years do")
