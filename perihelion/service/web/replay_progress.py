"""How far the replay of a mission has come. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from perihelion.model.anniversaries import DayCount

if TYPE_CHECKING:
    from datetime import date, datetime

    from perihelion.almanac.replays import Replays
    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.missions import Mission

_MAX_YEARS = 1000


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """The replay `count` years later, from the day `starts` to `ends`: its counted days, if any.

    `told` is what has happened so far, the latest first; `upcoming` is the next moment, `day` the
    day of the mission that it is today; each None where there is none.
    """

    count: int
    starts: date
    ends: date
    told: tuple[Anniversary, ...]
    upcoming: Anniversary | None
    day: DayCount | None


def find_replay_progress(
    replays: Replays, mission: Mission, now: datetime
) -> ReplayProgress | None:
    """The replay that runs at `now` (aware), else the next one; None if there is none to come."""
    today = now.astimezone(UTC).date()
    for count in range(1, _MAX_YEARS):
        whole = replays.list_replay(mission, count)
        if whole and whole[-1].day >= today:
            told = [one for one in whole if _has_happened(one, now)]
            ahead = whole[len(told)] if len(told) < len(whole) else None
            span = [one for one in whole if one.day_count] or whole
            day = _count_today(told, today) if today <= span[-1].day else None
            days = (span[0].day, span[-1].day)
            return ReplayProgress(count, *days, tuple(reversed(told)), ahead, day)
    return None


def _has_happened(one: Anniversary, now: datetime) -> bool:
    """An event that is known to the day only happens when its day begins (UTC)."""
    return one.instant <= now if one.instant else one.day <= now.astimezone(UTC).date()


def _count_today(told: list[Anniversary], today: date) -> DayCount | None:
    counted = next((one for one in reversed(told) if one.day_count), None)
    if counted is None or counted.day_count is None:
        return None
    number = counted.day_count.number + (today - counted.day).days
    total = counted.day_count.total
    return DayCount(min(number, total), total)
