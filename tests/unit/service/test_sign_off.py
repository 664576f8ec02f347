"""A person approves the words of posts, holds one back, and hears the evening before what waits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.approval_rules import fingerprint_words
from perihelion.model.deliveries import DeliveryKey, State
from perihelion.service.alerts import Alerts
from perihelion.service.cli import run_command
from perihelion.service.commands import approve, hold, resolve, status, upcoming
from perihelion.service.delivery_run import post_due_once, prepare_ledger
from perihelion.service.evening import list_evening_alerts
from perihelion.service.wiring import open_app
from tests.fakes.bot_process import ROOT
from tests.fakes.installed_app import DUE, ManualClock
from tests.fakes.pager import Pager, pager

if TYPE_CHECKING:
    from pathlib import Path

    import click

    from perihelion.ledger.store import Ledger
    from perihelion.service.alerts import Alert
    from perihelion.service.wiring import App

__all__ = ("pager",)

# Apprise tries the old modules of old Pythons first.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated:DeprecationWarning")

FIRST = "local:hop/landing:11-years:1"
SECOND = "local:hop/launch:10-years:1"
EVENING_BEFORE = DUE - timedelta(hours=20)
SCHEDULE = """
defaults: {requires: approval, post_at: "15:00", timezone: UTC, cards: none}
accounts: [{network: local, name: local}]
missions:
  - id: hop
    name: Hop
    events:
      - {id: landing, at: 2016-03-02, title: Hop lands, sources: log}
      - {id: launch, at: 2017-03-02, title: Hop lifts off, sources: log}
"""


class ReviewedBot:
    """A bot of which two posts are due on 2 March 2027, and those who decide about them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.clock = folder, ManualClock(EVENING_BEFORE)
        self.file = folder / "schedule.yaml"
        self.file.write_text(SCHEDULE, "utf-8")
        self.environ = {
            "PERIHELION_STATE": str(folder / "state"),
            "PERIHELION_SCHEDULE": str(self.file),
            "PERIHELION_TEMPLATES": str(ROOT / "templates"),
        }
        for verb in (approve, hold, upcoming):
            monkeypatch.setattr(verb, "open_app", lambda *_, **__: self.app)
        for verb in (resolve, status):
            monkeypatch.setattr(verb, "open_app_for_ledger", lambda _: (self.app, None))
        prepare_ledger(self.app).close()

    @property
    def app(self) -> App:
        return replace(open_app(self.environ), clock=self.clock)

    def open_ledger(self) -> Ledger:
        return self.app.open_ledger()

    def post(self) -> dict[str, State]:
        post_due_once(self.app, early=False)
        return {str(one.key): one.state for one in self.open_ledger().list_deliveries()}

    def change(self, before: str, after: str) -> None:
        self.file.write_text(self.file.read_text("utf-8").replace(before, after), "utf-8")

    def list_titles(self) -> list[str]:
        return [one.title for one in self.list_alerts()]

    def list_alerts(self) -> list[Alert]:
        return list_evening_alerts(self.app, self.open_ledger(), self.clock.at)


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReviewedBot:
    return ReviewedBot(tmp_path, monkeypatch)


def call(verb: click.Command, *arguments: str) -> int:
    return run_command(verb, list(arguments))


def test_a_day_is_approved_after_its_words_were_shown_and_is_posted_at_its_time(
    bot: ReviewedBot, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(approve.command, "2027-03-02", "--by", "Ada", "--yes") == 0
    said = capsys.readouterr().out
    assert "Hop lands." in said
    assert "Hop lifts off." in said
    assert "2 posts approved by Ada" in said
    call(upcoming.command)
    assert capsys.readouterr().out.count("(approved by Ada)") == 2
    assert bot.post() == {}
    bot.clock.at = DUE + timedelta(hours=1)
    assert bot.post() == {FIRST: State.SENT, SECOND: State.SENT}
    call(status.command, FIRST, "--json")
    steps = json.loads(capsys.readouterr().out)
    assert (steps[0]["worker"], steps[0]["after"]) == ("Ada", "approved")
    assert call(approve.command, FIRST, "--by", "Ada", "--yes") == 2


def test_whoever_says_no_has_approved_nothing(
    bot: ReviewedBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.confirm", lambda _question: False)
    assert call(approve.command, FIRST, "--by", "Ada") == 1
    assert bot.open_ledger().list_sign_offs([DeliveryKey.parse(FIRST)]) == []


def test_what_is_not_approved_is_listed_as_such_and_then_held(
    bot: ReviewedBot, capsys: pytest.CaptureFixture[str]
) -> None:
    call(upcoming.command, "--json")
    assert [one["approval"] for one in json.loads(capsys.readouterr().out)] == [
        "awaits approval",
        "awaits approval",
    ]
    call(status.command, "--json")
    waiting = json.loads(capsys.readouterr().out)["approvals"]
    assert [one["key"] for one in waiting] == [FIRST, SECOND]
    call(status.command)
    assert f"`python bot.py approve {FIRST} --by NAME`" in capsys.readouterr().out
    bot.clock.at = DUE + timedelta(hours=1)
    assert set(bot.post().values()) == {State.HELD}
    call(approve.command, FIRST, "--by", "Ada", "--yes", "--json")
    (approved,) = json.loads(capsys.readouterr().out)
    assert (approved["state"], approved["verdict"], approved["by"]) == ("held", "approved", "Ada")
    assert bot.post() == {FIRST: State.SENT, SECOND: State.HELD}


def test_a_withdrawn_approval_counts_neither_in_the_ledger_nor_in_the_file(
    bot: ReviewedBot, capsys: pytest.CaptureFixture[str]
) -> None:
    words = fingerprint_words(bot.app.schedule.events[0])
    bot.change("Hop lands,", f'Hop lands, approved: {{by: Eve, words: "{words}"}},')
    call(upcoming.command)
    assert "Hop lands (approved by Eve)" in capsys.readouterr().out
    assert call(approve.command, FIRST, "--by", "Ben", "--withdraw") == 0
    call(upcoming.command)
    assert "as Ben has withdrawn it" in capsys.readouterr().out
    bot.clock.at = DUE + timedelta(hours=1)
    assert bot.post()[FIRST] is State.HELD


def test_a_post_that_is_held_back_is_no_more_released_by_an_approval_than_by_time(
    bot: ReviewedBot, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(hold.command, FIRST, "--by", "Ben", "--reason", "another\nphoto") == 0
    assert "is held back by Ben: another photo" in capsys.readouterr().out
    call(approve.command, "2027-03-02", "--by", "Ada", "--yes")
    bot.clock.at = DUE + timedelta(hours=1)
    assert bot.post() == {FIRST: State.HELD, SECOND: State.SENT}
    assert call(resolve.command, FIRST, "--retry") == 0
    assert bot.post()[FIRST] is State.SENT


@pytest.mark.parametrize(
    ("verb", "arguments", "says"),
    [
        (approve.command, (FIRST,), "--by"),
        (approve.command, (FIRST, "--by", " "), "1 to 80 characters"),
        (approve.command, ("2027-13-02", "--by", "Ada"), "or name the KEY"),
        (approve.command, ("local:hop/lading:11-years:1", "--by", "Ada"), "due within a year"),
        (approve.command, (FIRST, "--by", "Ada", "--json"), "--yes"),
        (hold.command, ("x:hop/landing:11-years:1", "--by", "Ada"), "not on"),
        (hold.command, ("landing", "--by", "Ada"), "not a delivery key"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(
    bot: ReviewedBot,
    capsys: pytest.CaptureFixture[str],
    verb: click.Command,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    assert call(verb, *arguments) == 2
    assert says in capsys.readouterr().err
    assert bot.open_ledger().list_deliveries() == []


def test_what_needs_no_approval_is_not_approved(
    bot: ReviewedBot, capsys: pytest.CaptureFixture[str]
) -> None:
    bot.change("requires: approval, ", "")
    assert call(approve.command, FIRST, "--by", "Ada", "--yes") == 2
    assert "review: needed" in capsys.readouterr().err
    assert bot.list_alerts() == []


def test_what_awaits_an_approval_is_announced_the_evening_before_and_again_if_its_words_change(
    bot: ReviewedBot, pager: Pager
) -> None:
    alerts = Alerts(pager.address, bot.open_ledger())
    bot.clock.at = EVENING_BEFORE - timedelta(hours=2)
    assert bot.list_titles() == [], "it is not evening yet"
    bot.clock.at = EVENING_BEFORE
    for _ in range(2):
        alerts.send_evening(bot.list_alerts())
    assert pager.alert_titles == ["2 posts awaiting approval"]
    said = pager.server.requests[0].json["message"]
    assert "Hop lands." in said
    assert f"python bot.py approve {FIRST} --by NAME" in said
    assert "python bot.py approve 2027-03-02 --by NAME" in said
    bot.change("Hop lands", "Hop has landed")
    call(approve.command, SECOND, "--by", "Ada", "--yes")
    bot.clock.at = DUE - timedelta(hours=1)
    alerts.send_evening(bot.list_alerts())
    assert pager.alert_titles[1:] == ["1 post awaiting approval"]


def test_the_notice_names_tomorrow_s_posts_and_what_needs_a_person_each_with_its_command(
    bot: ReviewedBot,
) -> None:
    bot.environ["PERIHELION_EVENING"] = "18:00"
    call(approve.command, FIRST, "--by", "Ada", "--yes")
    call(hold.command, SECOND, "--by", "Ben")
    notice = bot.list_alerts()[0]
    assert notice.title == "tomorrow, 2027-03-02: 2 posts, 1 awaiting approval"
    assert f"approved by Ada\n  python bot.py hold {FIRST} --by NAME" in notice.text
    assert f"python bot.py approve {SECOND} --by NAME" in notice.text
    assert f"held: {SECOND}: held back by Ben" in notice.text


def test_a_day_without_posts_has_a_notice_as_well(bot: ReviewedBot) -> None:
    bot.environ["PERIHELION_EVENING"] = "18:00"
    bot.clock.at = EVENING_BEFORE + timedelta(days=1)
    prepare_ledger(bot.app).close()
    titles = bot.list_titles()
    assert titles[0] == "tomorrow, 2027-03-03: 0 posts"
