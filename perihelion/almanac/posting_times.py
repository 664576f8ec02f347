"""The times of an account's day: its slots, its quiet hours, and between what posts may move."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.spacing import Blocked, Room
from perihelion.almanac.wall_clock import ONE_DAY, load_zone, local_to_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perihelion.model.accounts import Account

ONE_MINUTE = timedelta(minutes=1)


def list_slots(account: Account, day: date) -> list[datetime]:
    """The instants (UTC) of the account's `post_at` on `day`, from the earliest on."""
    return sorted(local_to_utc(day, at, account.timezone) for at in account.post_at)


def share_slots(slots: Sequence[datetime], count: int) -> list[datetime]:
    """A slot for each of `count` posts, in order: the first ones, or several posts for each."""
    if count <= len(slots):
        return list(slots[:count])
    return [slots[number * len(slots) // count] for number in range(count)]


def find_nearest_slot(slots: Sequence[datetime], instant: datetime) -> datetime:
    """The slot nearest to `instant`; the earlier of two."""
    return min(slots, key=lambda slot: abs(slot - instant))


def is_quiet(account: Account, instant: datetime) -> bool:
    """Whether `instant` falls in the account's quiet hours."""
    if account.quiet_hours is None:
        return False
    return account.quiet_hours.includes(instant.astimezone(load_zone(account.timezone)).time())


def find_room(account: Account, day: date, taken: Iterable[datetime]) -> Room:
    """Where the posts of `day` may be placed that need not leave at an exact instant.

    `taken` are the exact instants of the day and its neighbours. The room ends so early that the
    next day's begins `spacing` after it, whatever either of them holds.
    """
    spacing = account.spacing
    begin = local_to_utc(day, time(), account.timezone)
    first = max(begin, _find_last(account, day - ONE_DAY) + spacing)
    near = [Blocked(instant - spacing, instant + spacing) for instant in taken]
    last = max(first, _find_last(account, day))
    return Room(first, last, (*near, *_list_quiet_spans(account, day)))


def _find_last(account: Account, day: date) -> datetime:
    """Until when a post of `day` may be put off: its last slot is never too late."""
    end = local_to_utc(day + ONE_DAY, time(), account.timezone)
    return max(end - max(account.spacing, ONE_MINUTE), list_slots(account, day)[-1])


def _list_quiet_spans(account: Account, day: date) -> list[Blocked]:
    """The quiet hours that begin on the day before and on `day`."""
    quiet = account.quiet_hours
    if quiet is None:
        return []
    nights = ONE_DAY if quiet.ends <= quiet.begins else timedelta(0)
    return [
        Blocked(
            local_to_utc(begin, quiet.begins, account.timezone) - ONE_MINUTE,
            local_to_utc(begin + nights, quiet.ends, account.timezone),
        )
        for begin in (day - ONE_DAY, day)
    ]
