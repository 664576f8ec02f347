"""How fast the almanac answers from 100,000 events, against looking at every event each time.

Run `python -m benchmarks.almanac`; figures are milliseconds, and ratios within this one run.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.due_anniversaries import find_next_due_time, list_due_on_day, list_due_since
from perihelion.almanac.observance import find_anniversary_on
from perihelion.model.accounts import Account
from perihelion.model.missions import Event, Mission
from perihelion.model.moments import DayZone, Moment, ObserveMode, Precision, QuietHours, YearlyRule
from perihelion.model.units import Milestone, Unit

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = 100_000
ACCOUNTS = 10_000
DAY = date(2027, 3, 2)
NOON = datetime(2027, 3, 2, 12, tzinfo=UTC)
YEAR = 366
BERLIN = Account("local", "berlin", timezone="Europe/Berlin")
NEW_YORK = Account("local", "new-york", timezone="America/New_York", days=DayZone.ACCOUNT)

Returned = TypeVar("Returned")


def make_events(count: int, seed: int = 1957) -> list[Event]:
    """`count` events from 1957 to 2026: half with an instant, a tenth of all to the minute."""
    chance = random.Random(seed)
    mission = Mission("mission", "Mission")
    start = datetime(1957, 10, 4, tzinfo=UTC)
    made = []
    for number in range(count):
        instant = start + timedelta(minutes=chance.randrange(69 * 365 * 1440))
        known = instant if number % 2 else None
        moment = Moment(instant.date(), known, Precision.MINUTE if known else Precision.DAY)
        observe = ObserveMode.TO_THE_MINUTE if number % 10 == 1 else ObserveMode.DAY
        title, sources = f"Event {number}", ("https://example.org/",)
        made.append(
            Event(mission, f"event-{number}", moment, "launch", title, sources, observe=observe)
        )
    return made


def time_fastest(work: Callable[[], Returned], repeats: int = 20) -> tuple[float, Returned]:
    """The least milliseconds that `work` took, and its answer."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        answer = work()
        times.append(perf_counter() - start)
    return min(times) * 1000, answer


def count_naively(all_events: list[Event], day: date, zone: str | None) -> int:
    """How many anniversaries fall on `day`, by asking every event."""
    return sum(find_anniversary_on(event, day, zone) is not None for event in all_events)


def measure_one_day(all_events: list[Event], calendar: Calendar, account: Account) -> None:
    """Find, rank and time one day's posts; the pass over all events only counts them."""
    zone = account.timezone if account.days is DayZone.ACCOUNT else None
    slow, count = time_fastest(lambda: count_naively(all_events, DAY, zone), repeats=3)
    found, seen = time_fastest(lambda: calendar.find_anniversaries(DAY, DAY, zone))
    quick, dues = time_fastest(lambda: list_due_on_day(calendar, account, DAY))
    assert count == len(seen) > 100
    assert len(dues) > 100  # an instant may belong to another day of the account
    print(f"{account.name}: one day holds {count}; a pass over all events {slow:.1f} ms")
    print(f"  found {found:.3f} ms ({slow / found:.0f}x), due {quick:.3f} ms ({slow / quick:.0f}x)")


def measure_one_year(all_events: list[Event], calendar: Calendar) -> None:
    """Find a year's anniversaries; the passes are timed for ten days and multiplied."""
    last = DAY + timedelta(days=YEAR - 1)
    span, seen = time_fastest(lambda: calendar.find_anniversaries(DAY, last), repeats=3)
    ten = [DAY + timedelta(days=number) for number in range(10)]
    passes, counts = time_fastest(
        lambda: [count_naively(all_events, day, None) for day in ten], repeats=1
    )
    ratio = passes / len(ten) * YEAR / span
    assert sum(counts) == sum(one.day <= ten[-1] for one in seen)
    print(f"{YEAR} days hold {len(seen)}: {span:.0f} ms, {ratio:.0f}x a pass a day")


def add_milestones_and_rules(all_events: list[Event], seed: int = 1957) -> list[Event]:
    """The same events: those with an instant have four milestones, a hundredth a rule each."""
    chance = random.Random(seed)
    units = (Unit.DAYS, Unit.MINUTES, Unit.SOLS, Unit.MARS_YEARS)
    rules = [
        YearlyRule(f"FREQ=YEARLY;BYMONTH={month};BYDAY={week}TH")
        for month in range(1, 13)
        for week in range(1, 5)
    ]
    changed = []
    for number, event in enumerate(all_events):
        if number % 100 == 0:
            changed.append(replace(event, rule=chance.choice(rules)))
        elif event.moment.instant:
            milestones = tuple(Milestone(chance.randint(1, 300), unit) for unit in units)
            changed.append(replace(event, milestones=milestones))
        else:
            changed.append(event)
    return changed


def measure_milestones(all_events: list[Event]) -> None:
    """Find a day's anniversaries where half of the events have milestones and some have rules."""
    built, calendar = time_fastest(lambda: Calendar(all_events), repeats=1)
    milestones = sum(len(event.milestones) for event in all_events)
    print(f"{milestones} milestones, and rules: index built in {built:.0f} ms")
    calendar.find_anniversaries(DAY, DAY)  # works out the year's rules
    found, seen = time_fastest(lambda: calendar.find_anniversaries(DAY, DAY))
    print(f"  one day holds {len(seen)}: found {found:.3f} ms")


def measure_next_due(name: str, calendar: Calendar) -> None:
    """Find the next due instant."""
    wait, _ = time_fastest(lambda: find_next_due_time(calendar, [BERLIN, NEW_YORK], NOON))
    print(f"next due instant of two accounts, calendar {name}: {wait:.3f} ms")


def make_accounts(count: int) -> list[Account]:
    """Accounts that differ in their names and zones alone, of which there are four."""
    zones = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")
    common = replace(
        BERLIN,
        post_at=(time(9), time(13), time(18)),
        spacing=timedelta(minutes=20),
        quiet_hours=QuietHours(time(22), time(7)),
        to_the_minute=(5,),
    )
    return [
        replace(common, name=f"account-{number}", timezone=zones[number % len(zones)])
        for number in range(count)
    ]


def measure_many_accounts(calendar: Calendar) -> None:
    """Find the next due instant of many accounts, and of one in each zone."""
    few, many = make_accounts(4), make_accounts(ACCOUNTS)
    one, first = time_fastest(lambda: find_next_due_time(calendar, few, NOON))
    all_of_them, same = time_fastest(lambda: find_next_due_time(calendar, many, NOON))
    assert first == same
    print(f"next due instant of {len(few)} zones: {one:.1f} ms with one account each,")
    print(f"  {all_of_them:.1f} ms with {ACCOUNTS} accounts ({all_of_them / one:.1f}x)")


def main() -> None:
    """Print all figures."""
    all_events = make_events(EVENTS)
    built, calendar = time_fastest(lambda: Calendar(all_events), repeats=3)
    print(f"{EVENTS} events; index built in {built:.0f} ms")
    measure_one_day(all_events, calendar, BERLIN)
    measure_one_day(all_events, calendar, NEW_YORK)
    measure_one_year(all_events, calendar)
    tick, _ = time_fastest(lambda: list_due_since(calendar, BERLIN, NOON, NOON - timedelta(days=1)))
    print(f"all that fell due in a day: {tick:.3f} ms")
    measure_milestones(add_milestones_and_rules(all_events))
    measure_next_due("full", calendar)
    measure_next_due("of one event", Calendar(all_events[:1]))
    measure_next_due("empty", Calendar([]))
    measure_many_accounts(calendar)


if __name__ == "__main__":
    main()
