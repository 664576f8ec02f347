"""A person approves the words of posts, and holds one back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.model.approval_rules import fingerprint_words
from perihelion.model.deliveries import DeliveryKey, State
from perihelion.service.commands import approve, hold, resolve, status, upcoming
from perihelion.service.wiring import App
from tests.fakes.installed_app import DUE
from tests.fakes.reviewed_bot import FIRST, SECOND, ReviewedBot, bot, call

if TYPE_CHECKING:
    import click

    from perihelion.model.anniversaries import Anniversary
    from perihelion.model.posts import Post

__all__ = ("bot",)


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


def test_a_post_that_cannot_be_worded_is_named_and_the_others_are_approved(
    bot: ReviewedBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compose = App.compose_post

    def compose_badly(app: App, seen: Anniversary, *others: Any, **named: Any) -> Post:
        if seen.event.id == "landing":
            raise ZeroDivisionError("a bug in a filter")
        return compose(app, seen, *others, **named)

    monkeypatch.setattr(App, "compose_post", compose_badly)
    assert call(approve.command, "2027-03-02", "--by", "Ada", "--yes") == 1
    said = capsys.readouterr()
    assert f"{FIRST} cannot be worded" in said.err
    assert "1 post approved by Ada" in said.out
    bot.environ["PERIHELION_EVENING"] = "18:00"
    assert "python bot.py check" in bot.list_alerts()[0].text


def test_an_approval_of_other_words_can_be_taken_back_and_nothing_is_printed_as_a_list(
    bot: ReviewedBot, capsys: pytest.CaptureFixture[str]
) -> None:
    call(approve.command, FIRST, "--by", "Ada", "--yes")
    bot.change("Hop lands", "Hop has landed")
    capsys.readouterr()
    assert call(approve.command, "2027-03-02", "--by", "Ben", "--withdraw", "--json") == 0
    assert [one["key"] for one in json.loads(capsys.readouterr().out)] == [FIRST]
    bot.change("Hop has landed", "Hop lands")
    call(upcoming.command)
    assert "as Ben has withdrawn it" in capsys.readouterr().out
    assert call(approve.command, "2027-03-05", "--by", "Ada", "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
