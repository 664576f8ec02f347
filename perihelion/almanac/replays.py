"""A mission as it happened: its events N years later, one after the other, each at its instant."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from perihelion.almanac.observance import is_moved, observed_day, repeat_instant_on
from perihelion.almanac.posting_times import list_slots
from perihelion.almanac.wall_clock import end_of_day, local_day
from perihelion.model.anniversaries import Anniversary, DayCount, DueAnniversary
from perihelion.model.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event, Mission
    from perihelion.model.moments import Moment

LEAP_DAY = (2, 29)
_NEXT_TO_LEAP_DAY = ((2, 28), (3, 1))


class Replays:
    """The events of all missions that are replayed. Building it sorts them; it never changes."""

    def __init__(self, events: Iterable[Event]) -> None:
        replayed = sorted((one for one in events if one.mission.replay), key=_sort_key)
        self._by_day: defaultdict[tuple[int, int], list[Event]] = defaultdict(list)
        self._by_mission: defaultdict[str, list[Event]] = defaultdict(list)
        for event in replayed:
            day = event.moment.day
            self._by_day[day.month, day.day].append(event)
            self._by_mission[event.mission.id].append(event)
        self._counted_moments = _find_counted_moments(replayed)

    def find_on_day(self, day: date) -> list[Anniversary]:
        """What replays tell on `day`, in the order in which it happened.

        An event's day is that of its own zone, and 29 February is observed by its rule.
        """
        place = (day.month, day.day)
        events = self._by_day.get(place, [])
        if place in _NEXT_TO_LEAP_DAY:
            events = sorted((*events, *self._by_day.get(LEAP_DAY, [])), key=_sort_key)
        found = (self.find_replay(event, day.year - event.moment.day.year) for event in events)
        return [one for one in found if one is not None and one.day == day]

    def list_replay(self, mission: Mission, count: int) -> list[Anniversary]:
        """The whole replay of `mission`, `count` years later, in the order in which it happened."""
        events = self._by_mission.get(mission.id, [])
        found = (self.find_replay(event, count) for event in events)
        return [one for one in found if one is not None]

    def find_replay(self, event: Event, count: int) -> Anniversary | None:
        """`event` in the replay of its mission `count` years later; None if it is not in it."""
        rule = event.mission.replay
        if rule is None or count < 1 or not rule.includes(count):
            return None
        own = event.moment.day
        day = observed_day(own, own.year + count, event.leap_day)
        return None if day is None else self.recall_replay(event, count, day)

    def recall_replay(self, event: Event, count: int, day: date) -> Anniversary:
        """`event` in the replay that was promised as `count` years later, on `day`."""
        moment = event.moment
        exact = moment.instant
        instant = None if exact is None else repeat_instant_on(day, moment, exact)
        moved = is_moved(moment.day, day)
        counted = self._count_day(event)
        return Anniversary(event, count, Unit.REPLAY_YEARS, day, instant, moved, counted)

    def _count_day(self, event: Event) -> DayCount | None:
        bounds = self._counted_moments.get(event.mission.id)
        return None if bounds is None else count_day(event.moment, *bounds)


def count_day(moment: Moment, start: Moment, end: Moment) -> DayCount | None:
    """Which day of a mission `moment` is in; None before its `start` and after its `end`.

    The calendar day (UTC) of the start is Day 1, and each midnight begins another. There are as
    many days as whole days pass from start to end, at least one. What is left of a day at the end
    still belongs to the last one: 340 days and 8 hours end on Day 340 of 340.
    """
    day, first, last = (_utc_day(one) for one in (moment, start, end))
    if not first <= day <= last or _is_after(moment, end) or _is_after(start, moment):
        return None
    total = max(1, _count_whole_days(start, end))
    return DayCount(min((day - first).days + 1, total), total)


def list_replay_posts(replays: Iterable[Anniversary], account: Account) -> list[DueAnniversary]:
    """When `account` posts these, in that order; those of other years than its own are left out.

    The daily cap and the spacing do not hold for them. An event that is known to the day only is
    due at the account's first posting time of that day; several are `spacing` apart.
    Ranks count from 1 on each day.
    """
    posts = []
    untimed: defaultdict[date, int] = defaultdict(int)
    for one in replays:
        if not account.replays.includes(one.count):
            continue
        at = one.instant
        if at is None:
            at = list_slots(account, one.day)[0] + untimed[one.day] * account.spacing
            untimed[one.day] += 1
        posts.append((at, one))
    posts.sort(key=lambda post: (post[0], _sort_key(post[1].event)))
    ranks: defaultdict[date, int] = defaultdict(int)
    return [_make_due(account, at, one, ranks) for at, one in posts]


def is_replaced_by_replay(anniversary: Anniversary, account: Account) -> bool:
    """Whether `account` tells this event in a replay that year, and so not as an anniversary."""
    rule = anniversary.event.mission.replay
    return (
        rule is not None
        and anniversary.unit is Unit.YEARS
        and rule.includes(anniversary.count)
        and account.replays.includes(anniversary.count)
    )


def _make_due(
    account: Account, at: datetime, seen: Anniversary, ranks: defaultdict[date, int]
) -> DueAnniversary:
    day = local_day(at, account.timezone)
    ranks[day] += 1
    seconds = seen.event.replay_late.seconds
    late_until = (
        end_of_day(at, account.timezone) if seconds is None else at + timedelta(seconds=seconds)
    )
    thread = f"{seen.event.mission.id}:{seen.count}-{seen.unit}"
    return DueAnniversary(account, seen, ranks[day], at, late_until, day, thread=thread)


def _find_counted_moments(events: Sequence[Event]) -> dict[str, tuple[Moment, Moment]]:
    """Where the days of each mission with a counter begin and end."""
    moments = {event.full_id: event.moment for event in events}
    found = {}
    for mission in {event.mission.id: event.mission for event in events}.values():
        counter = mission.counter
        if counter is not None:
            names = (f"{mission.id}/{one}" for one in (counter.from_event, counter.to_event))
            start, end = (moments.get(name) for name in names)
            if start is not None and end is not None:
                found[mission.id] = (start, end)
    return found


def _is_after(one: Moment, other: Moment) -> bool:
    """Whether `one` is later, as far as the times of day of both are known."""
    return bool(one.instant and other.instant and one.instant > other.instant)


def _count_whole_days(start: Moment, end: Moment) -> int:
    if start.instant is not None and end.instant is not None:
        return (end.instant - start.instant).days
    return (_utc_day(end) - _utc_day(start)).days


def _utc_day(moment: Moment) -> date:
    return moment.day if moment.instant is None else moment.instant.astimezone(UTC).date()


def _sort_key(event: Event) -> tuple[datetime, bool, str]:
    """Events in the order in which they happened; on a day, those without a time come first."""
    instant = event.moment.instant
    day_start = datetime.combine(event.moment.day, time(), UTC)
    return instant or day_start, instant is not None, event.full_id
