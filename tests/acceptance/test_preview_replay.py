"""`preview MISSION`: the whole replay of a mission, in order and with its days."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fakes.bot_installation import BotInstallation

if TYPE_CHECKING:
    from pathlib import Path

SCHEDULE = """
accounts: [{network: local, post_at: "09:00"}]
missions:
  - id: hop
    name: Hop
    tags: [Hop]
    replay: every
    counter: {from: launch, to: landing}
    events:
      - {id: landing, at: 2016-03-02T04:26Z, title: The hop ends, sources: a log, now: Down.}
      - {id: launch, at: 2016-02-28T04:00Z, title: The hop begins, sources: a log, now: Up!}
      - {id: lunch, at: 2016-02-29, title: The crew eats lettuce, sources: a log, only: replay}
  - {id: other, name: Other, events: []}
"""


@pytest.fixture
def bot(tmp_path: Path) -> BotInstallation:
    return BotInstallation(tmp_path)


@pytest.fixture
def schedule(bot: BotInstallation) -> str:
    file = bot.folder / "replay.yaml"
    file.write_text(SCHEDULE, encoding="utf-8")
    return str(file)


def test_a_replay_is_shown_from_its_first_post_to_its_last(
    bot: BotInstallation, schedule: str
) -> None:
    said = bot("preview", "hop", "--year", "2028", "--schedule", schedule).out
    shown = [line.strip() for line in said.splitlines() if line.strip()]
    lines = [line for line in shown if line[0] != "[" and not line.endswith(" of 5000")]
    assert lines == [
        "2028-02-28  hop/launch  12 years (replay)",
        "2028-02-28 04:00 UTC  local",
        "Up!",
        "Day 1 of 3 · 28 February 2016, 04:00 UTC",
        "(replayed 12 years on) #Hop",
        "2028-02-29  hop/lunch  12 years (replay)",
        "2028-02-29 09:00 UTC  local",
        "The crew eats lettuce.",
        "Day 2 of 3 · 29 February 2016",
        "(replayed 12 years on) #Hop",
        "2028-03-02  hop/landing  12 years (replay)",
        "2028-03-02 04:26 UTC  local",
        "Down.",
        "Day 3 of 3 · 2 March 2016, 04:26 UTC",
        "(replayed 12 years on) #Hop",
    ]


def test_without_a_year_it_is_the_next_replay_that_ends(
    bot: BotInstallation, schedule: str
) -> None:
    shown = json.loads(bot("preview", "hop", "--json", "--schedule", schedule).out)
    assert [one["event"] for one in shown] == ["hop/launch", "hop/lunch", "hop/landing"]
    assert {one["unit"] for one in shown} == {"replay-years"}
    assert shown[0]["key"] == f"local:hop/launch:{shown[0]['count']}-replay-years:1"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["hopp"], "'hopp' is neither a date such as 2027-02-28 nor a mission"),
        (["hopp"], "did you mean hop?"),
        (["other"], "other has no replay; to have one, give the mission `replay: every`"),
        (["hop", "--year", "2016"], "hop has no replay that begins in 2016"),
        (["2027-02-30"], "'2027-02-30' is not a date; write one like 2027-03-02"),
    ],
)
def test_what_cannot_be_shown_is_explained(
    bot: BotInstallation, schedule: str, words: list[str], says: str
) -> None:
    said = bot("preview", *words, "--schedule", schedule)
    assert said.code == 2
    assert says in said.err
