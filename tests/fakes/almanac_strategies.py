"""What hypothesis draws for the almanac: events of 1600 to 2100 in every IANA zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Unpack
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import settings
from hypothesis import strategies as st

from perihelion.model.moments import (
    DayZone,
    LatePolicy,
    LeapDayRule,
    MemorialRule,
    Moment,
    ObserveMode,
    Precision,
    QuietHours,
    Tone,
    YearlyRule,
)
from perihelion.model.units import MILESTONE_UNITS, Milestone, Unit
from perihelion.model.year_rules import EVERY_YEAR, ROUND_YEARS, YearsRule
from tests.fakes.model_builders import make_account, make_event

if TYPE_CHECKING:
    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event
    from tests.fakes.model_builders import AccountFields

FIRST, LAST = date(1957, 1, 1), date(2100, 12, 31)
OLDEST = date(1600, 1, 1)

MAX_MARS_YEARS = 500
PERIODS = (timedelta(minutes=92.9), timedelta(days=27.3))

no_deadline = settings(deadline=None)
"""Reading a zone's file for the first time takes as long as the disk pleases."""

years = st.integers(FIRST.year, LAST.year)
years_rules = st.sampled_from([EVERY_YEAR, EVERY_YEAR, ROUND_YEARS, YearsRule((1, 2, 3, 10, 25))])
zones = st.sampled_from(sorted(available_timezones())) | st.sampled_from(
    ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Apia", "Australia/Lord_Howe", "UTC"]
)
edges = st.builds(
    lambda year, edge: date(year, *edge),
    years,
    st.sampled_from([(2, 27), (2, 28), (3, 1), (3, 2), (1, 1), (12, 31)]),
)
leap_days = st.integers(1960 // 4, 2096 // 4).map(lambda four: date(four * 4, 2, 29))
days = st.dates(FIRST, LAST) | st.dates(OLDEST, FIRST) | leap_days | edges
times = st.times().map(lambda at: at.replace(microsecond=0, fold=0)) | st.sampled_from(
    [time(0), time(0, 30), time(2, 30), time(23, 30), time(23, 59, 59)]
)
minutes = times.map(lambda at: at.replace(second=0))
"""Times as a schedule writes them."""
instants = st.builds(lambda day, at: datetime.combine(day, at, tzinfo=UTC), days, times)


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    """A day, or an instant to the minute or second, in any zone."""
    zone = draw(zones)
    precision = draw(st.sampled_from(Precision))
    if precision is Precision.DAY:
        return Moment(draw(days), None, precision, zone)
    instant = draw(instants)
    if precision is Precision.MINUTE:
        instant = instant.replace(second=0)
    return Moment(instant.astimezone(ZoneInfo(zone)).date(), instant, precision, zone)


@st.composite
def events(draw: st.DrawFn, *, leap_years_only: bool = True) -> Event:
    """Any event the schedule could hold; without `leap_years_only`, one observed every year."""
    moment = draw(moments())
    rules = [rule for rule in LeapDayRule if leap_years_only or rule is not LeapDayRule.LEAP_YEARS]
    return make_event(
        id=f"event-{draw(st.integers(0, 10**9))}",
        moment=moment,
        leap_day=draw(st.sampled_from(rules)),
        observe=draw(st.none() | st.sampled_from(ObserveMode))
        if moment.instant
        else ObserveMode.DAY,
        years=draw(st.none() | years_rules),
        tone=draw(st.sampled_from([Tone.PLAIN, Tone.PLAIN, Tone.MEMORIAL])),
        importance=draw(st.integers(1, 5)),
        late=LatePolicy(draw(st.none() | st.integers(0, 200_000))),
    )


@st.composite
def events_with_milestones(draw: st.DrawFn) -> Event:
    """Any event, with milestones that it can have."""
    one = draw(events())
    milestones = st.builds(Milestone, st.integers(1, 20_000), st.sampled_from(MILESTONE_UNITS))
    drawn = draw(st.lists(milestones, min_size=1, max_size=4, unique=True))
    possible = (
        each
        for each in drawn
        if (one.moment.instant or not each.needs_instant)
        and not (each.unit is Unit.MARS_YEARS and each.count > MAX_MARS_YEARS)
    )
    return replace(one, milestones=tuple(possible), period=draw(st.sampled_from(PERIODS)))


RULES = (
    "FREQ=YEARLY;BYMONTH=1;BYDAY=4TH",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=12",
    "FREQ=YEARLY;BYYEARDAY=-1",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=MO,TU;BYSETPOS=1",
)
rules = st.sampled_from([YearlyRule(text) for text in RULES])


def events_with_rules() -> st.SearchStrategy[Event]:
    """Any event, on the day that a rule gives."""
    return st.builds(lambda one, rule: replace(one, rule=rule), events(), rules)


def many_events() -> st.SearchStrategy[list[Event]]:
    """Some events, each with a name of its own."""
    return st.lists(
        events() | events_with_rules(), max_size=12, unique_by=lambda event: event.full_id
    )


@st.composite
def crowded_events(draw: st.DrawFn, day: date) -> list[Event]:
    """Up to 14 events on the days around `day` of earlier years, in few zones."""
    near = st.builds(
        lambda back, seconds: (
            datetime.combine(day - timedelta(days=round(365.2425 * back)), time(), tzinfo=UTC)
            + timedelta(seconds=seconds)
        ),
        st.integers(1, 60),
        st.integers(-2 * 86_400, 3 * 86_400),
    )
    moments_near = st.builds(
        lambda instant, zone, precision: Moment(
            instant.astimezone(ZoneInfo(zone)).date(),
            None if precision is Precision.DAY else instant.replace(second=0),
            precision,
            zone,
        ),
        near,
        st.sampled_from(["UTC", "Pacific/Kiritimati", "America/New_York", "Pacific/Apia"]),
        st.sampled_from([Precision.DAY, Precision.MINUTE]),
    )
    return [
        replace(draw(events()), id=f"event-{number}", moment=moment)
        for number, moment in enumerate(draw(st.lists(moments_near, max_size=14)))
    ]


def accounts() -> st.SearchStrategy[Account]:
    """Any account."""
    return st.builds(
        _make_account,
        name=st.sampled_from(["a", "b", "c"]),
        timezone=zones,
        post_at=st.lists(minutes, min_size=1, max_size=4, unique=True).map(sorted).map(tuple),
        max_per_day=st.integers(0, 4),
        days=st.sampled_from(DayZone),
        spacing=st.sampled_from([0, 20, 20, 90, 240]).map(lambda number: timedelta(minutes=number)),
        quiet_hours=st.none()
        | st.builds(QuietHours, minutes, minutes).filter(lambda hours: hours.begins != hours.ends),
        to_the_minute=st.sampled_from([(), (5,), (5, 4), (1, 2, 3, 4, 5)]),
        years=years_rules,
        on_memorial_days=st.sampled_from(MemorialRule),
    )


def _make_account(**fields: Unpack[AccountFields]) -> Account:
    return make_account(**fields)
