"""When each account posts what it observes, and until when that is still worth doing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.account_days import AccountDays
from perihelion.almanac.account_kinds import group_by_kind
from perihelion.almanac.ranking import is_never_left_out
from perihelion.almanac.threads import join_threads
from perihelion.almanac.wall_clock import ONE_DAY, end_of_day
from perihelion.model.anniversaries import DueAnniversary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.almanac.account_days import Placed
    from perihelion.almanac.calendar import Calendar
    from perihelion.model.accounts import Account
    from perihelion.model.moments import LatePolicy

MIN_POSTING_WINDOW = timedelta(minutes=1)
"""However late its time of day, a post may go out for this long."""
HORIZON = timedelta(days=367)
"""How far `next_at` looks: a year, and the days that zones may add."""


def list_due_on_day(calendar: Calendar, account: Account, day: date) -> list[DueAnniversary]:
    """All that `account` has to post on `day` of its own calendar, best first.

    The posts of replays come before all others: the daily cap does not hold for these. Holds what
    is left out as well, and why. An event to the minute is due at its instant, every
    other at one of the account's `post_at`, read by `local_to_utc`; posts keep the account's
    `spacing`. A post is too late when the account's day that holds `at` ends, or its event's
    seconds are over.
    """
    return _list_dues(AccountDays(calendar, account), account, day)


def list_due_in_span(
    calendar: Calendar, accounts: Iterable[Account], first: date, days: int
) -> list[DueAnniversary]:
    """What the accounts post on `days` days from `first` on, by instant, account and rank."""
    span = [first + timedelta(days=number) for number in range(days)]
    dues: list[DueAnniversary] = []
    for account, *alike in group_by_kind(accounts):
        days_of_account = AccountDays(calendar, account)
        own = [due for day in span for due in _list_dues(days_of_account, account, day)]
        dues += own
        dues += [replace(due, account=other) for other in alike for due in own]
    return sorted(dues, key=_sort_key)


def list_due_since(
    calendar: Calendar, account: Account, now: datetime, since: datetime
) -> list[DueAnniversary]:
    """All of `account` that fell due from `since` to `now`, both included, in agenda's order.

    Holds what the cap leaves out and what is too late by now: the caller judges both.
    """
    # A zone is less than a day from UTC, so no post is due over a day from its account's day.
    first, last = since.astimezone(UTC).date() - ONE_DAY, now.astimezone(UTC).date() + ONE_DAY
    near = list_due_in_span(calendar, [account], first, (last - first).days + 1)
    return [due for due in near if since <= due.at <= now]


def find_next_due_time(
    calendar: Calendar, accounts: Iterable[Account], after: datetime
) -> datetime | None:
    """The earliest instant after `after` at which a chosen post is due, within about a year."""
    kinds = group_by_kind(account for account in accounts if account.max_per_day)
    firsts = (_find_next_due_for_account(calendar, one, after) for one, *_alike in kinds)
    return min((at for at in firsts if at is not None), default=None)


def _find_next_due_for_account(
    calendar: Calendar, account: Account, after: datetime
) -> datetime | None:
    best: datetime | None = None
    days = AccountDays(calendar, account)
    for day in _iterate_days(after.astimezone(UTC).date() - ONE_DAY):
        # Nothing of `day` is due before the day before it begins in UTC, whatever the zone.
        if best is not None and day - ONE_DAY > best.date():
            break
        dues = _list_dues(days, account, day)
        later = [due.at for due in dues if due.is_chosen and due.at > after]
        best = min(later if best is None else [*later, best], default=None)
    return best


def _iterate_days(first: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(HORIZON.days + 2))


def _list_dues(days: AccountDays, account: Account, day: date) -> list[DueAnniversary]:
    others = [_make_due(account, day, one) for one in days.place_candidates(day)]
    return [*days.list_replays(day), *join_threads(others)]


def _make_due(account: Account, day: date, placed: Placed) -> DueAnniversary:
    one, at = placed.candidate, placed.at
    seen = one.anniversary
    if seen.instant not in (None, at):
        seen = replace(seen, instant=None)
    late_until = _compute_late_until(at, seen.event.late, end_of_day(at, account.timezone))
    always = is_never_left_out(seen)
    return DueAnniversary(account, seen, one.rank, at, late_until, day, one.left_out, always)


def _compute_late_until(at: datetime, late: LatePolicy, day_end: datetime) -> datetime:
    end = day_end if late.seconds is None else at + timedelta(seconds=late.seconds)
    return max(end, at + MIN_POSTING_WINDOW)


def _sort_key(due: DueAnniversary) -> tuple[datetime, str, int]:
    return due.at, due.account.name, due.rank
