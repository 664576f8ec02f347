"""Years ahead, planned and worded without posting anything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from perihelion.model.anniversaries import LeftOut
from perihelion.service.commands.rehearse import command
from perihelion.service.rehearsed_posts import word_posts
from perihelion.service.rehearsed_years import (
    count_left_out,
    find_too_close,
    list_clock_changes,
    list_leap_days,
    list_never_posted,
    list_rehearsed_accounts,
    list_to_word,
    plan_years,
)
from perihelion.service.wiring import open_app

if TYPE_CHECKING:
    from perihelion.service.rehearsed_years import Plan
    from perihelion.service.wiring import App

FIRST = date(2027, 3, 1)
YEAR = 366
SCHEDULE = """\
defaults: {max_per_day: 1, timezone: Europe/Berlin, post_at: "09:00"}
accounts:
  - {network: x}
  - {network: bluesky}
missions:
  - id: days
    name: Days
    events:
      - {id: leap, at: 2016-02-29, kind: launch, title: "It leaves", sources: s}
      - {id: great, at: 1977-10-31, importance: 4, title: "It is far away", sources: s}
      - {id: small, at: 1978-10-31, importance: 2, title: "It is nearer", sources: s}
      - {id: spring, at: 1977-03-28, title: "It is spring", sources: s}
      - {id: twin, at: 1977-05-01, title: "They say the same", sources: s}
      - {id: again, at: 1977-05-02, title: "They say the same", sources: s}
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    folder = tmp_path_factory.mktemp("schedule")
    file = folder / "schedule.yaml"
    file.write_text(SCHEDULE, encoding="utf-8")
    templates = folder / "templates"
    templates.mkdir()
    for name, text in {
        "default.j2": "{{ title }}.",
        "launch.j2": "Launch: {{ title }}.",
        "landing.j2": "Landing: {{ title }}.",
        "_words.j2": "",
    }.items():
        (templates / name).write_text(text, encoding="utf-8")
    return open_app({"PERIHELION_SCHEDULE": str(file)})


@pytest.fixture(scope="module")
def plans(app: App) -> list[Plan]:
    return plan_years(app, list_rehearsed_accounts(app), FIRST, YEAR)


def test_accounts_that_post_alike_are_planned_once(plans: list[Plan]) -> None:
    (plan,) = plans
    assert {"x", "bluesky", "mastodon"} <= {one.name for one in plan.accounts}
    assert plan.repeated == ()
    assert find_too_close(plan) == []


def test_what_the_cap_leaves_out_is_counted_and_named(plans: list[Plan]) -> None:
    (plan,) = plans
    assert count_left_out(plan) == {LeftOut.DAILY_CAP: 1}
    assert list_never_posted(plan) == ["days/small"]


def test_leap_days_and_clock_changes_are_shown(app: App, plans: list[Plan]) -> None:
    leap_days = list_leap_days(app.schedule.events, date(2027, 1, 1), 2 * YEAR)
    assert leap_days == {"days/leap": [date(2027, 2, 28), date(2028, 2, 29)]}
    changes = list_clock_changes(plans[0], FIRST, YEAR)
    assert {day: [due.anniversary.event.id for due in dues] for day, dues in changes.items()} == {
        date(2027, 3, 28): ["spring"],
        date(2027, 10, 31): ["great"],
    }


def test_posts_are_worded_on_every_network(app: App, plans: list[Plan]) -> None:
    found = word_posts(app, list_to_word(plans, ["x"]))
    assert found.problems == {}
    assert found.templates["launch", "x"] == found.templates["launch", "mastodon"] == 1
    assert found.templates["default", "bluesky"] == 4
    assert found.list_unused_templates(app) == ["landing"]
    assert found.problems == {}
    assert "x: days/again on 2027-05-02 says the same as days/twin on 2027-05-01" in found.repeats
    assert sum(found.sum_costs().values()) > Decimal("0.05")


def test_an_account_that_is_off_words_each_event_once(app: App) -> None:
    accounts = [one for one in list_rehearsed_accounts(app) if one.name in {"x", "bluesky"}]
    plans = plan_years(app, accounts, FIRST, 2 * YEAR)
    worded = [due.account.name for due in list_to_word(plans, ["x"])]
    assert worded.count("x") == 2 * worded.count("bluesky") == 10


def test_the_command_fails_for_what_would_be_held(app: App) -> None:
    file = app.settings.schedule
    options = ["--schedule", str(file), "--years", "1"]
    done = CliRunner().invoke(command, options, standalone_mode=False)
    assert done.return_value == 1
    assert "held as a repeat: " in done.output
    assert "never posted: 1" in done.output
    assert "Wording posts" not in done.output, "a progress bar is for a terminal"
