"""What needs an approval, what has one, and the mistakes in saying so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perihelion.model.approval_rules import fingerprint_words, needs_approval
from perihelion.model.approvals import FileApproval, Requirement, Review, UnapprovedRule
from perihelion.model.missions import Translation
from perihelion.schedule.load import parse_schedule
from tests.fakes.model_builders import make_account, make_event
from tests.fakes.schedule_texts import (
    FILE,
    find_mistakes_with_messages,
    schedule_with_one_event,
)

WORDS = "3f9c2a7e1b04"


def test_an_account_takes_its_rules_from_the_defaults_and_may_have_its_own() -> None:
    text = schedule_with_one_event().replace(
        "missions:",
        "defaults: {requires: approval, unapproved: skip}\n"
        "accounts: [{network: local}, {network: x, requires: nothing, unapproved: hold}]\n"
        "missions:",
    )
    schedule = parse_schedule(text.encode(), FILE)
    rules = [(one.requires, one.unapproved) for one in schedule.accounts]
    assert rules == [
        (Requirement.APPROVAL, UnapprovedRule.SKIP),
        (Requirement.NOTHING, UnapprovedRule.HOLD),
    ]
    asked = [needs_approval(one, schedule.events[0]) for one in schedule.accounts]
    assert asked == [True, False]


def test_an_event_asks_for_a_review_and_repeats_whose_approval_it_has() -> None:
    text = schedule_with_one_event(review="needed", approved=f'{{by: Ada, words: "{WORDS}"}}')
    (event,) = parse_schedule(text.encode(), FILE).events
    assert (event.review, event.approved) == (Review.NEEDED, FileApproval("Ada", WORDS))
    assert needs_approval(make_account(), event)


def test_the_fingerprint_changes_with_every_word_and_with_nothing_else() -> None:
    event = make_event(text="Soft.", translations=(("de", Translation("Landung", "Weich.")),))
    same = replace(event, importance=5, review=Review.NEEDED, approved=FileApproval("Ada", WORDS))
    assert fingerprint_words(same) == fingerprint_words(event)
    others = [
        replace(event, title="Other"),
        replace(event, text="Hard."),
        replace(event, lead="{ago}"),
        replace(event, people=("Ada",)),
        replace(event, moment=make_event(at="2016-03-03").moment),
        replace(event, translations=(("de", Translation("Landung", "Hart.")),)),
    ]
    assert len({fingerprint_words(one) for one in (event, *others)}) == len(others) + 1


@pytest.mark.parametrize(
    ("key", "written", "at", "code", "says"),
    [
        ("review", "yes", "yes", "bad-choice", "needed"),
        ("approved", "Ada", "Ada", "wrong-type", "an approval, a mapping"),
        ("approved", "{by: Ada}", "{", "missing-key", "as `show ID` prints it"),
        ("approved", f"{{words: {WORDS}}}", "{", "missing-key", "needs `by`"),
        ("approved", "{by: Ada, words: 3F9C}", "3F9C", "bad-words", "12 digits"),
        ("approved", "{by: Ada, word: 3f9c}", "word", "unknown-key", "`words`"),
    ],
)
def test_a_mistake_in_an_approval_is_shown_where_it_stands(
    key: str, written: str, at: str, code: str, says: str
) -> None:
    found = find_mistakes_with_messages(schedule_with_one_event(**{key: written}))
    line, column, name, message = next(one for one in found if one[2] == code)
    assert (line, column, name) == (9, 9 + len(f"{key}: ") + written.index(at), code)
    assert says in message


@pytest.mark.parametrize(
    ("written", "column"), [("requires: review", 22), ("unapproved: ignore", 24)]
)
def test_a_mistake_in_a_rule_of_the_accounts_is_shown_where_it_stands(
    written: str, column: int
) -> None:
    text = f"defaults: {{{written}}}\n{schedule_with_one_event()}"
    ((line, found, code, _message),) = find_mistakes_with_messages(text)
    assert (line, found, code) == (1, column, "bad-choice")
