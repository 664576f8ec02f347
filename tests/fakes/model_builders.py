"""Missions, events, accounts and schedules for tests: say only what the test is about.

`event(at="2016-02-29T20:15Z", title="...")`; every field of the model can be given by its name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypedDict, Unpack
from zoneinfo import ZoneInfo

from perihelion.model.accounts import Account
from perihelion.model.missions import Event, Mission, Schedule
from perihelion.model.moments import Moment, Precision
from perihelion.model.sources import Source

if TYPE_CHECKING:
    from datetime import time, timedelta

    from perihelion.model.accounts import EmojiRule, LinkRule, UntranslatedRule
    from perihelion.model.approvals import FileApproval, Requirement, Review, UnapprovedRule
    from perihelion.model.missions import (
        DayCounter,
        Link,
        Mention,
        Picture,
        Place,
        Translation,
        TurnText,
    )
    from perihelion.model.moments import (
        CountMode,
        DayZone,
        LatePolicy,
        LeapDayRule,
        MemorialRule,
        ObserveMode,
        QuietHours,
        Tone,
        YearlyRule,
    )
    from perihelion.model.source_location import SourceLocation
    from perihelion.model.units import Milestone
    from perihelion.model.year_rules import YearsRule


class MissionFields(TypedDict, total=False):
    id: str
    name: str
    agencies: tuple[str, ...]
    tags: tuple[str, ...]
    advice_off: tuple[tuple[str, str], ...]
    replay: YearsRule | None
    counter: DayCounter | None
    has_day_threads: bool
    names: tuple[tuple[str, str], ...]


class EventFields(TypedDict, total=False):
    mission: Mission
    id: str
    moment: Moment
    kind: str
    title: str
    sources: tuple[Source, ...]
    text: str
    now: str
    only_replay: bool
    parts: tuple[str, ...]
    people: tuple[str, ...]
    links: tuple[Link, ...]
    listen: tuple[Link, ...]
    read: tuple[Link, ...]
    tags: tuple[str, ...]
    pictures: tuple[Picture, ...]
    mentions: tuple[Mention, ...]
    leap_day: LeapDayRule
    late: LatePolicy
    replay_late: LatePolicy
    rule: YearlyRule | None
    count: CountMode
    observe: ObserveMode | None
    years: YearsRule | None
    tone: Tone
    importance: int
    milestones: tuple[Milestone, ...]
    holds: date | None
    period: timedelta | None
    place: Place | None
    translations: tuple[tuple[str, Translation], ...]
    advice_off: tuple[tuple[str, str], ...]
    lead: str
    texts: tuple[TurnText, ...]
    short: str
    long: str
    review: Review | None
    approved: FileApproval | None
    location: SourceLocation | None


class AccountFields(TypedDict, total=False):
    network: str
    name: str
    language: str
    timezone: str
    post_at: tuple[time, ...]
    max_per_day: int
    days: DayZone
    links: LinkRule | None
    untranslated: UntranslatedRule
    replays: YearsRule
    spacing: timedelta
    quiet_hours: QuietHours | None
    to_the_minute: tuple[int, ...]
    years: YearsRule
    on_memorial_days: MemorialRule
    emoji: EmojiRule
    requires: Requirement
    unapproved: UnapprovedRule
    options: tuple[tuple[str, str], ...]
    location: SourceLocation | None


class ScheduleFields(TypedDict, total=False):
    accounts: tuple[Account, ...]
    missions: tuple[Mission, ...]
    local_account: Account
    language: str
    quiet_days: tuple[date, ...]


def make_moment(at: str = "2016-03-02T04:26Z", zone: str = "UTC") -> Moment:
    """Read `2016-03-02`, or a time that ends in Z (or an offset) or else is `zone`'s own."""
    if "T" not in at:
        return Moment(date.fromisoformat(at), None, Precision.DAY, zone)
    stated = datetime.fromisoformat(at)
    local = (
        stated.astimezone(ZoneInfo(zone))
        if stated.tzinfo
        else stated.replace(tzinfo=ZoneInfo(zone))
    )
    precision = Precision.SECOND if at.count(":", 0, 19) == 2 else Precision.MINUTE
    return Moment(local.date(), local.astimezone(UTC), precision, zone)


def make_mission(**fields: Unpack[MissionFields]) -> Mission:
    """The One-Year Mission, but for `fields`."""
    default = Mission(
        id="year-in-space",
        name="One-Year Mission",
        agencies=("NASA", "Roscosmos"),
        tags=("YearInSpace",),
    )
    return replace(default, **fields)


def make_event(
    *, at: str = "2016-03-02T04:26Z", zone: str = "UTC", **fields: Unpack[EventFields]
) -> Event:
    """Kelly's landing, but for `fields`; `at` and `zone` make its moment."""
    default = Event(
        mission=make_mission(),
        id="landing",
        moment=make_moment(at, zone),
        kind="landing",
        title="Scott Kelly and Mikhail Kornienko land after 340 days in space",
        sources=(Source("https://example.org/landing"),),
    )
    return replace(default, **fields)


def make_account(**fields: Unpack[AccountFields]) -> Account:
    """The built-in local account with the model's defaults, but for `fields`."""
    return replace(Account(network="local", name="local"), **fields)


def make_schedule(*events: Event, **fields: Unpack[ScheduleFields]) -> Schedule:
    """A schedule of `events` and their missions, with one local account, but for `fields`."""
    missions = {one.mission.id: one.mission for one in events}
    default = Schedule(
        accounts=(make_account(),),
        missions=tuple(missions.values()),
        events=events,
        local_account=make_account(),
    )
    return replace(default, **fields)
