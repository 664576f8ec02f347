"""When each account posts what it observes, and until when that is still worth doing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.ranking import rank
from perihelion.almanac.wallclock import ONE_DAY, end_of_day, instant_of
from perihelion.model.anniversaries import Due
from perihelion.model.moments import Days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.almanac.calendar import Calendar
    from perihelion.model.accounts import Account
    from perihelion.model.moments import Late

LEAST_CHANCE = timedelta(minutes=1)
"""However late its time of day, a post may go out for this long."""
HORIZON = timedelta(days=367)
"""How far `next_at` looks: a year, and the days that zones may add."""


def due_on(calendar: Calendar, account: Account, day: date) -> list[Due]:
    """All that `account` observes on `day`, best first; the daily cap decides which are chosen.

    An event to the minute is due at its instant, every other at the account's `post_at`, read by
    `instant_of`. A post is too late when the account's day that holds `at` ends, or its event's
    seconds are over.
    """
    zone = account.timezone if account.days is Days.ACCOUNT else None
    ranked = rank(calendar.between(day, day, zone))
    if not ranked:
        return []
    post_at = instant_of(day, account.post_at, account.timezone)
    night = end_of_day(post_at, account.timezone)
    dues = []
    for one in ranked:
        seen = one.anniversary
        at = seen.instant or post_at
        day_over = night if at is post_at else end_of_day(at, account.timezone)
        late_until = _late_until(at, seen.event.late, day_over)
        dues.append(Due(account, seen, one.rank, at, late_until, one.rank <= account.max_per_day))
    return dues


def agenda(calendar: Calendar, accounts: Iterable[Account], first: date, days: int) -> list[Due]:
    """What the accounts observe on `days` days from `first` on, by instant, account and rank."""
    span = [first + timedelta(days=number) for number in range(days)]
    dues = [due for account in accounts for day in span for due in due_on(calendar, account, day)]
    return sorted(dues, key=_order)


def open_at(calendar: Calendar, account: Account, now: datetime, since: datetime) -> list[Due]:
    """All of `account` that fell due from `since` to `now`, both included, in agenda's order.

    Holds what the cap leaves out and what is too late by now: the caller judges both.
    """
    # A zone is less than a day from UTC, so no post is due over a day from its observed day.
    first, last = since.astimezone(UTC).date() - ONE_DAY, now.astimezone(UTC).date() + ONE_DAY
    near = agenda(calendar, [account], first, (last - first).days + 1)
    return [due for due in near if since <= due.at <= now]


def next_at(calendar: Calendar, accounts: Iterable[Account], after: datetime) -> datetime | None:
    """The earliest instant after `after` at which a chosen post is due, within about a year."""
    firsts = (_next_of(calendar, account, after) for account in accounts if account.max_per_day)
    return min((at for at in firsts if at is not None), default=None)


def _next_of(calendar: Calendar, account: Account, after: datetime) -> datetime | None:
    best: datetime | None = None
    for day in _days_from(after.astimezone(UTC).date() - ONE_DAY):
        # Nothing of `day` is due before the day before it begins in UTC, whatever the zone.
        if best is not None and day - ONE_DAY > best.date():
            break
        dues = due_on(calendar, account, day)
        later = [due.at for due in dues if due.chosen and due.at > after]
        best = min(later if best is None else [*later, best], default=None)
    return best


def _days_from(first: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(HORIZON.days + 2))


def _late_until(at: datetime, late: Late, day_over: datetime) -> datetime:
    end = day_over if late.seconds is None else at + timedelta(seconds=late.seconds)
    return max(end, at + LEAST_CHANCE)


def _order(due: Due) -> tuple[datetime, str, int]:
    return due.at, due.account.name, due.rank
