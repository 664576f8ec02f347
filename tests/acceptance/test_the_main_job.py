"""The main job on the repository's own schedule, through the real command line."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fakes.bot_installation import ROOT, BotInstallation, wait_for_result

if TYPE_CHECKING:
    from tests.fakes.bot_installation import CommandResult

HANDOVER = "year-in-space/command-handover"
LANDING = "year-in-space/landing"
EVENING = "2027-03-02T20:00Z"


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    return BotInstallation(tmp_path)


def list_events(said: CommandResult) -> list[str]:
    assert said.code == 0, said.err
    return [post["event"] for post in said.json]


def test_a_leap_day_is_remembered_on_28_february_and_says_so(bot: BotInstallation) -> None:
    said = bot("preview", "2027-02-28", "--json")
    (post,) = (post for post in said.json if post["event"] == HANDOVER)
    assert post["count"] == 11
    assert "29 February 2016" in post["text"]
    assert "today" not in post["text"]


def test_a_leap_day_is_not_remembered_again_on_1_march(bot: BotInstallation) -> None:
    assert HANDOVER not in list_events(bot("preview", "2027-03-01", "--json"))


def test_a_leap_year_remembers_the_day_itself_and_only_it(bot: BotInstallation) -> None:
    days = bot("preview", "2028-02-28", "--days", "3", "--json").json
    found = [(post["day"], post["count"]) for post in days if post["event"] == HANDOVER]
    assert found == [("2028-02-29", 12)]
    (text,) = (post["text"] for post in days if post["event"] == HANDOVER)
    assert "replayed 12 years on" in text


def test_the_landing_belongs_to_2_march(bot: BotInstallation) -> None:
    assert LANDING in list_events(bot("preview", "2027-03-02", "--json"))
    assert LANDING not in list_events(bot("preview", "2027-03-01", "--json"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("      - id: landing\n", "      - id: landing\n        zone: America/New_York\n"),
        (
            "- {network: mastodon}",
            "- {network: local, timezone: America/New_York, days: account}",
        ),
    ],
    ids=["event", "account"],
)
def test_the_landing_belongs_to_1_march_where_new_york_counts(
    old: str, new: str, bot: BotInstallation, tmp_path: Path
) -> None:
    changed = tmp_path / "schedule.yaml"
    shutil.copytree(ROOT / "schedule", tmp_path / "schedule")
    shutil.copy(ROOT / "schedule.yaml", changed)
    for file in (changed, tmp_path / "schedule" / "year-in-space.yaml"):
        text = file.read_text(encoding="utf-8").replace(old, new, 1)
        file.write_text(text.replace("max_per_day: 3", "max_per_day: 9"), encoding="utf-8")
    assert LANDING in list_events(
        bot("preview", "2027-03-01", "--json", "--schedule", str(changed))
    )
    assert LANDING not in list_events(
        bot("preview", "2027-03-02", "--json", "--schedule", str(changed))
    )


def test_a_second_run_posts_nothing(bot: BotInstallation) -> None:
    first = bot("once", "--at", EVENING, "--json")
    posted = bot.timeline
    assert first.code == 0
    assert sorted(line["key"] for line in posted) == sorted(one["key"] for one in first.json)
    assert LANDING in {line["event"] for line in posted}
    second = bot("once", "--at", EVENING, "--json")
    assert (second.code, second.json) == (0, [])
    assert bot.timeline == posted


def test_the_local_timeline_says_what_a_follower_needs(bot: BotInstallation) -> None:
    bot("once", "--at", EVENING)
    assert len(bot.timeline) == 3
    for line in bot.timeline:
        assert line["key"].startswith(f"local:{line['event']}:")
        assert line["text"]
        assert line["posted_at"].startswith("2027-03-02T20:00:0")
        assert (line["alt"] is None) is (line["picture"] is None)
        assert all(Path(one["file"]).read_bytes() for one in line["pictures"])


def test_ten_at_the_same_moment_post_everything_once(bot: BotInstallation) -> None:
    starts = [bot.start("once", "--at", EVENING, "--json") for _ in range(10)]
    ends = [wait_for_result(process) for process in starts]
    assert [said.code for said in ends] == [0] * 10, [said.err for said in ends]
    expected = {post["key"] for post in bot("preview", "2027-03-02", "--json").json}
    assert Counter(line["key"] for line in bot.timeline) == Counter(expected)
    reported = Counter(one["key"] for said in ends for one in said.json)
    assert reported == Counter(expected), "each post was told by the one that made it"


def test_today_has_something_to_say_whatever_the_hour(bot: BotInstallation) -> None:
    midnight = bot("once", "--today", "--at", "2027-03-02T00:00:30Z", "--json")
    assert midnight.code == 0
    posted = [line["event"] for line in bot.timeline]
    assert len(posted) == 3
    later = bot("once", "--today", "--at", "2027-03-02T23:00Z", "--json")
    assert later.json == []
    assert [line["event"] for line in bot.timeline] == posted


def test_the_command_of_the_readme_posts_today_s_anniversaries(bot: BotInstallation) -> None:
    said = bot("once", "--today")
    assert said.code == 0
    assert bot.timeline
    for line in bot.timeline:
        assert line["key"] in said.out
        assert line["text"].splitlines()[0] in said.out


def test_every_day_of_a_leap_year_remembers_something(bot: BotInstallation) -> None:
    said = bot("preview", "2028-01-01", "--days", "366", "--json")
    days = Counter(post["at"][:10] for post in said.json if post["unit"] == "years")
    year = {str(date(2028, 1, 1) + timedelta(number)) for number in range(366)}
    assert {post["at"][:10] for post in said.json} == year
    assert max(days.values()) <= 3
    assert min(post["count"] for post in said.json) >= 1
