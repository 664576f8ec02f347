"""What the shipped schedule makes of an account's days."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.due_anniversaries import list_due_in_span, list_due_on_day
from perihelion.almanac.ranking import TURN_YEARS
from perihelion.compose.composer import compose_post
from perihelion.compose.templates import Templates
from perihelion.model.moments import Tone
from perihelion.model.posts import Limits
from perihelion.schedule.load import load_schedule
from tests.fakes.model_builders import make_event

if TYPE_CHECKING:
    from perihelion.model.anniversaries import DueAnniversary

ROOT = Path(__file__).resolve().parents[3]
SCHEDULE = load_schedule(ROOT / "schedule.yaml")
CALENDAR = Calendar(SCHEDULE.events, SCHEDULE.quiet_days)
ACCOUNT = SCHEDULE.local_account
YEAR = date(2027, 1, 1)


@pytest.fixture(scope="module")
def chosen() -> list[DueAnniversary]:
    dues = list_due_in_span(CALENDAR, [ACCOUNT], YEAR, 365)
    return [due for due in dues if due.is_chosen]


def test_no_two_posts_of_a_year_leave_in_one_minute(chosen: list[DueAnniversary]) -> None:
    own = [due for due in chosen if not due.anniversary.is_replay]
    assert len(own) > 365
    near = [pair for pair in pairwise(own) if pair[1].at - pair[0].at < ACCOUNT.spacing]
    assert near == []
    minutes = {due.at.replace(second=0) for due in chosen}
    assert len(minutes) == len(chosen)


def test_no_post_of_a_year_speaks_of_an_hour_of_today(chosen: list[DueAnniversary]) -> None:
    templates = Templates(ROOT / "templates")
    for due in chosen:
        limits = Limits(length=500)
        seen = due.anniversary
        said = compose_post(seen, ACCOUNT, limits, templates, language="en", created_at=due.at).text
        assert not re.search(r"today,? at \d|today \(\d\d:\d\d", said), said


def test_within_twelve_years_every_event_is_posted() -> None:
    days = (YEAR.replace(year=YEAR.year + TURN_YEARS) - YEAR).days
    dues = list_due_in_span(CALENDAR, [ACCOUNT], YEAR, days)
    posted = {due.anniversary.event.full_id for due in dues if due.is_chosen}
    assert {due.anniversary.event.full_id for due in dues} - posted == set()


def test_the_undocking_of_the_one_year_mission_comes_before_the_landing() -> None:
    all_of_it = replace(ACCOUNT, max_per_day=20)
    dues = list_due_on_day(CALENDAR, all_of_it, date(2027, 3, 2))
    dues.sort(key=lambda due: due.at)
    names = [due.anniversary.event.full_id for due in dues]
    assert names.index("year-in-space/undocking") < names.index("year-in-space/landing")


def test_a_memorial_is_alone_on_its_day(chosen: list[DueAnniversary]) -> None:
    tones: defaultdict[date, set[Tone]] = defaultdict(set)
    for due in chosen:
        tones[due.day].add(due.anniversary.event.tone)
    silent = [day for day, found in tones.items() if Tone.MEMORIAL in found]
    assert len(silent) >= 5
    assert all(tones[day] == {Tone.MEMORIAL} for day in silent)
    assert all(due.day - due.anniversary.day <= timedelta(days=3) for due in chosen)


def test_three_footnotes_leave_the_first_steps_on_the_moon_in_their_place() -> None:
    footnotes = [
        make_event(id=f"footnote-{year}", at=f"{year}-07-20", importance=1)
        for year in (2022, 2017, 2012)
    ]
    calendar = Calendar([*SCHEDULE.events, *footnotes])
    posted = [
        due.anniversary.event
        for due in list_due_on_day(calendar, ACCOUNT, date(2027, 7, 20))
        if due.is_chosen
    ]
    moon = [event for event in posted if event.mission.id == "apollo-11"]
    assert [event.importance for event in moon] == [5] * len(moon)
    assert moon
