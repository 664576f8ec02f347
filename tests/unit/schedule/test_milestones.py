"""Which event of a mission a milestone counts from, and what is said where there is none."""

from __future__ import annotations

from datetime import timedelta

from perihelion.model.units import Milestone, Unit
from perihelion.schedule.load import parse_schedule
from tests.fakes.schedule_texts import FILE, find_mistakes_with_messages, schedule_with_one_event

MISSION = """\
missions:
  - id: rover
    name: Rover
    milestones: [10000 days, 500 sols, 4 mars-years]
    events:
      - {id: launch, at: 2011-11-26T15:02Z, title: Off, sources: NASA, milestones: 5 weeks}
      - {id: landing, at: 2012-08-06T05:17Z, title: Down, sources: NASA}
"""


def list_milestones(text: str) -> dict[str, tuple[Milestone, ...]]:
    return {one.id: one.milestones for one in parse_schedule(text.encode(), FILE).events}


def test_a_mission_s_milestones_count_from_its_launch_and_on_mars_from_its_landing() -> None:
    assert list_milestones(MISSION) == {
        "launch": (Milestone(10_000, Unit.DAYS), Milestone(5, Unit.WEEKS)),
        "landing": (Milestone(500, Unit.SOLS), Milestone(4, Unit.MARS_YEARS)),
    }


def test_a_mission_without_such_an_event_says_so() -> None:
    text = MISSION.replace("id: landing", "id: arrival").replace("500 sols, ", "")
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (4, 17, "bad-milestone")
    assert "`4 mars-years` of a mission count from its event `landing`" in message


def test_a_mission_s_milestone_needs_the_time_of_its_event() -> None:
    text = MISSION.replace("2012-08-06T05:17Z", "2012-08-06").replace("500 sols, ", "")
    ((line, column, code, message),) = find_mistakes_with_messages(text)
    assert (line, column, code) == (4, 17, "bad-milestone")
    assert "write the time into `at`" in message


def test_a_milestone_of_a_mission_and_of_its_event_is_a_mistake_at_the_event() -> None:
    text = MISSION.replace("5 weeks", "10000 days")
    ((line, _, code, message),) = find_mistakes_with_messages(text)
    assert (line, code) == (6, "bad-milestone")
    assert "twice" in message


def test_an_event_without_a_time_counts_days_and_weeks_alone() -> None:
    days = schedule_with_one_event(at="2016-03-02", milestones="[100 days, 52 weeks]")
    assert find_mistakes_with_messages(days) == []
    hours = schedule_with_one_event(at="2016-03-02", milestones="[100 hours, 100 days]")
    ((*_, code, message),) = find_mistakes_with_messages(hours)
    assert code == "bad-milestone"
    assert "`100 hours` need an instant: write the time into `at`" in message


def test_orbits_take_the_period_of_their_event() -> None:
    text = schedule_with_one_event(milestones="100 orbits", period="92.5m")
    (event,) = parse_schedule(text.encode(), FILE).events
    assert event.milestones == (Milestone(100, Unit.ORBITS),)
    assert event.period == timedelta(minutes=92.5)
    far = schedule_with_one_event(milestones="100 orbits", period="60190d")
    ((*_, message),) = find_mistakes_with_messages(far)
    assert "more than a thousand years" in message
