"""What the shipped schedule says of spans of time is what its own dates come to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from perihelion.model.missions import Event, Schedule

DAYS, HOURS = timedelta(days=1), timedelta(hours=1)
YEARS = timedelta(days=365.25)

SPANS = [
    ("apollo-7/launch", "apollo-7/splashdown", "after eleven days", 11, DAYS),
    ("apollo-8/launch", "apollo-8/landing", "away for six days", 6, DAYS),
    ("apollo-9/launch", "apollo-9/landing", "after ten days", 10, DAYS),
    ("apollo-11/launch", "apollo-11/splashdown", "eight days after", 8, DAYS),
    ("artemis-1/launch", "artemis-1/splashdown", "25 and a half days", 25.5, DAYS),
    ("artemis-2/launch", "artemis-2/splashdown", "gone for nine days", 9, DAYS),
    ("change-6/launch", "change-6/sample-return", "away for 53 days", 53, DAYS),
    ("gemini-4/launch", "gemini-4/splashdown", "after four days", 4, DAYS),
    ("gemini-5/launch", "gemini-5/landing", "after eight days", 8, DAYS),
    ("gemini-7/launch", "gemini-7/splashdown", "almost fourteen days", 14, DAYS),
    ("gemini-8/launch", "gemini-8/landing", "under eleven hours", 11, HOURS),
    ("messenger/launch", "messenger/orbit-insertion", "almost seven years", 7, YEARS),
    ("mir/launch", "mir/deorbit", "after 15 years", 15, YEARS),
    ("new-horizons/launch", "new-horizons/pluto-flyby", "for nine years", 9, YEARS),
    ("osiris-rex/launch", "osiris-rex/sample-return", "of seven years", 7, YEARS),
    ("pioneer-11/launch", "pioneer-11/last-contact", "22 years after", 22, YEARS),
    ("skylab-2/launch", "skylab-2/splashdown", "after 28 days", 28, DAYS),
    ("skylab-3/launch", "skylab-3/splashdown", "after 59 days", 59, DAYS),
    ("soyuz-9/launch", "soyuz-9/landing", "almost eighteen days", 18, DAYS),
    ("soyuz-tma-01m/launch", "soyuz-tma-01m/landing", "after 159 days", 159, DAYS),
    ("soyuz-tma-9/launch-ansari", "soyuz-tma-9/landing", "after 215 days", 215, DAYS),
    ("sts-107/launch", "sts-107/loss-of-columbia", "Sixteen days", 16, DAYS),
    ("voyager-1/launch", "voyager-1/interstellar-space", "35 years", 35, YEARS),
    ("voyager-2/launch", "voyager-2/interstellar-space", "for 41 years", 41, YEARS),
    ("voyager-2/launch", "voyager-2/neptune-flyby", "twelve years", 12, YEARS),
    ("year-in-space/launch", "year-in-space/docking", "Less than six hours", 6, HOURS),
    ("year-in-space/launch", "year-in-space/landing", "340 days", 340, DAYS),
]
"""From which event to which, in whose English words, how that is said, and how much it is."""

_SHORT_OF = re.compile("almost|under|less than", re.IGNORECASE)


@pytest.fixture(scope="module")
def events(shipped_schedule: Schedule) -> dict[str, Event]:
    return {event.full_id: event for event in shipped_schedule.events}


@pytest.mark.parametrize(("start", "end", "phrase", "number", "unit"), SPANS)
def test_a_span_that_is_named_is_that_between_its_events(  # noqa: PLR0913, PLR0917 - the table's columns
    events: dict[str, Event], start: str, end: str, phrase: str, number: float, unit: timedelta
) -> None:
    event = events[end]
    turns = (one.text for one in event.texts)
    assert phrase in "\n".join((event.title, event.lead, event.text, *turns))
    span = measure_span(events[start], event) / unit
    if _SHORT_OF.match(phrase):
        assert number - 1 < span < number
    else:
        assert number - 0.5 <= span < number + 1


def measure_span(start: Event, end: Event) -> timedelta:
    """Between the instants, or between the days if either has no time."""
    if start.moment.instant and end.moment.instant:
        return end.moment.instant - start.moment.instant
    return end.moment.day - start.moment.day


def test_a_numbered_day_of_the_one_year_mission_is_counted_from_its_launch(
    events: dict[str, Event],
) -> None:
    launch = events["year-in-space/launch"].moment.day
    counted = {
        event.moment.day - launch + DAYS: int(name.rpartition("-")[2]) * DAYS
        for name, event in events.items()
        if re.fullmatch(r"year-in-space/day-\d+", name)
    }
    assert len(counted) > 5
    assert list(counted) == list(counted.values())


@pytest.mark.parametrize(("person", "age"), [("armstrong", 82), ("korolev", 59)])
def test_an_age_is_that_between_birth_and_death(
    events: dict[str, Event], person: str, age: int
) -> None:
    death = events[f"{person}/death"]
    assert f"aged {age}" in death.title
    assert int(measure_span(events[f"{person}/birth"], death) / YEARS) == age
