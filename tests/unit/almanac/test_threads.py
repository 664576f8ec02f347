"""What belongs together on an account: a mission's posts of one day, and the parts of a story."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from perihelion.almanac.calendar import Calendar
from perihelion.almanac.due_anniversaries import list_due_on_day
from perihelion.model.year_rules import EVERY_YEAR
from tests.fakes.model_builders import make_account, make_event, make_mission

HOP = make_mission(id="hop", has_day_threads=True)
LAUNCH = make_event(mission=HOP, id="launch", at="2016-03-02T01:00Z", importance=4)
LANDING = make_event(mission=HOP, id="landing", at="2016-03-02T04:00Z", importance=3)
OTHER = make_event(id="other", at="2016-03-02", importance=2)
DAY = date(2027, 3, 2)


def test_a_mission_s_posts_of_one_day_are_a_thread_if_it_says_so() -> None:
    dues = list_due_on_day(Calendar([LAUNCH, LANDING, OTHER]), make_account(), DAY)
    threads = {due.anniversary.event.id: due.thread for due in dues}
    assert threads == {"launch": "hop:2027-03-02", "landing": "hop:2027-03-02", "other": ""}


def test_each_part_of_a_story_is_a_post_after_the_first() -> None:
    story = replace(OTHER, parts=("Two.", "Three."))
    dues = list_due_on_day(Calendar([story]), make_account(), DAY)
    assert [due.anniversary.part for due in dues] == [1, 2, 3]
    assert {due.thread for due in dues} == {"year-in-space/other:11-years"}
    assert len({(due.at, due.late_until, due.rank) for due in dues}) == 1


def test_a_story_counts_once_in_the_daily_cap_and_has_no_parts_without_its_first_post() -> None:
    told = [replace(one, parts=("More.",)) for one in (LAUNCH, LANDING)]
    dues = list_due_on_day(Calendar(told), make_account(max_per_day=1), DAY)
    assert [(due.anniversary.event.id, due.anniversary.part) for due in dues] == [
        ("launch", 1),
        ("launch", 2),
        ("landing", 1),
    ]


def test_a_replay_tells_no_parts() -> None:
    replayed = replace(LAUNCH, mission=replace(HOP, replay=EVERY_YEAR), parts=("More.",))
    (due,) = list_due_on_day(Calendar([replayed]), make_account(), DAY)
    assert (due.anniversary.part, due.thread) == (1, "hop:11-replay-years")
