"""A replay as plain text, a line for each post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.schedule.load import parse_schedule
from perihelion.service.drafts.draft_file import render_drafts
from perihelion.service.drafts.replay_text import ReplayMission, import_replay

if TYPE_CHECKING:
    from perihelion.service.drafts.review import Review

MISSION = ReplayMission("diary", "A diary", "every", "Europe/London", "The diary")
EMPTY = parse_schedule(b"missions: []", "empty.yaml")


def read(text: str, mission: ReplayMission = MISSION) -> Review:
    return import_replay(text, "diary.txt", mission, EMPTY)


def list_mistakes(text: str, mission: ReplayMission = MISSION) -> list[str]:
    return [str(one) for one in read(text, mission).mistakes]


def test_lines_become_the_moments_of_a_replay_whichever_comes_first() -> None:
    lines = [
        "2016-03-01 18:02 r The hatch is closed. Goodbye!",
        "",
        "# not this one",
        "2016-03-01 18:00   We say goodbye.",
        "2016-02-29 07:00 r We say goodbye.",
    ]
    for text in ("\n".join(lines), "\n".join(reversed(lines))):
        found = read(text)
        assert found.mistakes == ()
        events = parse_schedule(render_drafts(found.drafts, "missions").encode(), "d.yaml").events
        assert [(one.id, one.now, one.title) for one in events] == [
            ("we-say-goodbye", "We say goodbye.", "We say goodbye"),
            ("we-say-goodbye-2", "We say goodbye.", "We say goodbye"),
            ("the-hatch-is-closed-goodbye", "The hatch is closed. Goodbye!", "The hatch is closed"),
        ]
        assert all(one.only_replay and one.mission.replay for one in events)
        assert [one.moment.zone for one in events] == ["Europe/London"] * 3


def test_the_same_minute_keeps_the_order_of_the_lines() -> None:
    found = read("2016-03-01 18:01 Last.\n2016-03-01 18:00 Second.\n2016-03-01 18:00 First.\n")
    assert [draft.fields["now"] for draft in found.drafts] == ["First.", "Second.", "Last."]


def test_each_wrong_line_is_named_with_its_text() -> None:
    text = (
        "2016-03-01 18:04 Last.\n"
        "2016-03-01 18:02 x A letter.\n"
        "2016-03-01 18:03 Out of order.\n"
        "2016-3-1 18:01 No zeros.\n"
        "2016-02-30 18:00 No such day.\n"
    )
    assert list_mistakes(text) == [
        (
            "diary.txt, line 2: the letter after the time is r or none, not x: "
            "“2016-03-01 18:02 x A letter.”"
        ),
        "diary.txt, line 4: must be like `1660-01-02 11:18 r Text`, not “2016-3-1 18:01 No zeros.”",
        "diary.txt, line 3: its time is after that of line 2 (2016-03-01T18:02): “Out of order.”",
        (
            "diary.txt, line 5: at: `2016-02-30T18:00` is on a day that does not exist; "
            "February 2016 has 29 days: “No such day.”"
        ),
    ]


def test_what_is_wrong_with_the_mission_is_told_once() -> None:
    wrong = ReplayMission("Diary", "A diary", "sometimes", "Europe/Londn", "The diary")
    found = list_mistakes("2016-03-01 18:00 One.\n2016-03-01 18:01 Two.\n", wrong)
    assert [one.split(":")[1].strip() for one in found] == ["id", "replay", "zone"]


def test_long_lines_and_cut_ends_are_warned_about() -> None:
    found = read(f"2016-03-01 18:00 {'a' * 280}.\n2016-03-01 18:01 It breaks off her\n")
    first, second = (draft.warnings for draft in found.drafts)
    assert first[0].startswith("281 characters, and X takes 280: “aaa")
    assert second == ("ends in a lower-case letter; is the end missing? “…It breaks off her”",)
