"""When each account posts what it observes, and until when that is still worth doing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.ranking import rank_anniversaries
from perihelion.almanac.replays import is_replaced_by_replay, list_replay_posts
from perihelion.almanac.wall_clock import ONE_DAY, end_of_day, local_to_utc
from perihelion.model.anniversaries import DueAnniversary
from perihelion.model.moments import DayZone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.almanac.calendar import Calendar
    from perihelion.model.accounts import Account
    from perihelion.model.moments import LatePolicy

MIN_POSTING_WINDOW = timedelta(minutes=1)
"""However late its time of day, a post may go out for this long."""
HORIZON = timedelta(days=367)
"""How far `next_at` looks: a year, and the days that zones may add."""


def list_due_on_day(calendar: Calendar, account: Account, day: date) -> list[DueAnniversary]:
    """All that `account` observes on `day`, best first; the daily cap decides which are chosen.

    The posts of replays come before them: the cap does not hold for these.

    An event to the minute is due at its instant, every other at the account's `post_at`, read by
    `instant_of`. A post is too late when the account's day that holds `at` ends, or its event's
    seconds are over.
    """
    zone = account.timezone if account.days is DayZone.ACCOUNT else None
    replayed = [
        due
        for due in list_replay_posts(calendar.replays.find_on_day(day), account)
        if account.observes(due.anniversary.event)
    ]
    ranked = rank_anniversaries(
        one
        for one in calendar.find_anniversaries(day, day, zone)
        if account.observes(one.event) and not is_replaced_by_replay(one, account)
    )
    if not ranked:
        return replayed
    post_at = local_to_utc(day, account.post_at, account.timezone)
    day_end = end_of_day(post_at, account.timezone)
    dues = replayed
    for one in ranked:
        seen = one.anniversary
        at = seen.instant or post_at
        day_end_for_post = day_end if at is post_at else end_of_day(at, account.timezone)
        late_until = _compute_late_until(at, seen.event.late, day_end_for_post)
        dues.append(
            DueAnniversary(account, seen, one.rank, at, late_until, one.rank <= account.max_per_day)
        )
    return dues


def list_due_in_span(
    calendar: Calendar, accounts: Iterable[Account], first: date, days: int
) -> list[DueAnniversary]:
    """What the accounts observe on `days` days from `first` on, by instant, account and rank."""
    span = [first + timedelta(days=number) for number in range(days)]
    dues = [
        due
        for account in accounts
        for day in span
        for due in list_due_on_day(calendar, account, day)
    ]
    return sorted(dues, key=_sort_key)


def list_due_since(
    calendar: Calendar, account: Account, now: datetime, since: datetime
) -> list[DueAnniversary]:
    """All of `account` that fell due from `since` to `now`, both included, in agenda's order.

    Holds what the cap leaves out and what is too late by now: the caller judges both.
    """
    # A zone is less than a day from UTC, so no post is due over a day from its observed day.
    first, last = since.astimezone(UTC).date() - ONE_DAY, now.astimezone(UTC).date() + ONE_DAY
    near = list_due_in_span(calendar, [account], first, (last - first).days + 1)
    return [due for due in near if since <= due.at <= now]


def find_next_due_time(
    calendar: Calendar, accounts: Iterable[Account], after: datetime
) -> datetime | None:
    """The earliest instant after `after` at which a chosen post is due, within about a year."""
    firsts = (
        _find_next_due_for_account(calendar, account, after)
        for account in accounts
        if account.max_per_day
    )
    return min((at for at in firsts if at is not None), default=None)


def _find_next_due_for_account(
    calendar: Calendar, account: Account, after: datetime
) -> datetime | None:
    best: datetime | None = None
    for day in _iterate_days(after.astimezone(UTC).date() - ONE_DAY):
        # Nothing of `day` is due before the day before it begins in UTC, whatever the zone.
        if best is not None and day - ONE_DAY > best.date():
            break
        dues = list_due_on_day(calendar, account, day)
        later = [due.at for due in dues if due.within_daily_cap and due.at > after]
        best = min(later if best is None else [*later, best], default=None)
    return best


def _iterate_days(first: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(HORIZON.days + 2))


def _compute_late_until(at: datetime, late: LatePolicy, day_end: datetime) -> datetime:
    end = day_end if late.seconds is None else at + timedelta(seconds=late.seconds)
    return max(end, at + MIN_POSTING_WINDOW)


def _sort_key(due: DueAnniversary) -> tuple[datetime, str, int]:
    return due.at, due.account.name, due.rank
