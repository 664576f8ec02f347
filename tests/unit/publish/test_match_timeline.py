"""Which anniversary a post on a timeline tells of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perihelion.model.anniversaries import Anniversary, DueAnniversary
from perihelion.model.missions import Translation
from perihelion.model.posts import Receipt
from perihelion.model.units import Unit
from perihelion.networks.base import PublishedPost
from perihelion.publish.match_timeline import (
    MAX_TITLE_DISTANCE,
    Candidate,
    match_posts,
    normalize_text,
)
from perihelion.publish.planner import make_delivery_key
from tests.fakes.model_builders import make_account, make_event

if TYPE_CHECKING:
    from perihelion.model.missions import Event

DUE_AT = datetime(2027, 3, 2, 15, tzinfo=UTC)
LANDING = make_event(
    title="Scott Kelly lands", translations=(("de", Translation(title="Scott Kelly landet")),)
)


def make_candidate(of: Event = LANDING, text: str = "As it would be worded today.") -> Candidate:
    seen = Anniversary(of, 11, Unit.YEARS, date(2027, 3, 2))
    late_until = DUE_AT + timedelta(hours=9)
    due = DueAnniversary(make_account(), seen, 1, DUE_AT, late_until, seen.day)
    return Candidate(due, text)


def make_published(text: str, *, at: datetime = DUE_AT, token: str | None = None) -> PublishedPost:
    return PublishedPost(Receipt(text, None), text, at, token)


def test_a_token_needs_no_words() -> None:
    one = make_candidate()
    post = make_published("mended beyond recognition", token=make_delivery_key(one.due).token)
    assert match_posts([post], [one]) == [(one.due, post)]


def test_the_whole_text_needs_no_day() -> None:
    one = make_candidate(text="Touchdown\n\n11 years ago")
    post = make_published("touchdown 11 years  ago", at=DUE_AT + timedelta(days=9))
    assert match_posts([post], [one]) == [(one.due, post)]


def test_of_two_posts_with_the_same_text_the_newest_is_taken() -> None:
    one = make_candidate(text="Touchdown")
    newest, older = (
        make_published("Touchdown"),
        make_published("touchdown", at=DUE_AT - timedelta(days=365)),
    )
    assert match_posts([newest, older], [one]) == [(one.due, newest)]


@pytest.mark.parametrize("title", ["Scott Kelly lands", "SCOTT KELLY LANDET"])
def test_a_title_close_to_the_day_is_enough_in_any_language(title: str) -> None:
    one = make_candidate()
    post = make_published(
        f"On this day: {title}, in another template.", at=DUE_AT - MAX_TITLE_DISTANCE
    )
    assert match_posts([post], [one]) == [(one.due, post)]


def test_the_words_of_a_lead_beside_its_distance_in_time_are_enough_too() -> None:
    led = make_candidate(
        make_event(
            title="Kelly lands",
            lead="Scott Kelly came home {ago}.",
            translations=(("de", Translation(lead="{ago} kam Scott Kelly wieder nach Hause.")),),
        )
    )
    for text in ("Scott Kelly came home 11 years ago.", "Heute kam Scott Kelly wieder nach Hause."):
        post = make_published(text)
        assert match_posts([post], [led]) == [(led.due, post)]


def test_a_lead_of_a_few_words_tells_nothing() -> None:
    led = make_candidate(make_event(title="Kelly lands", lead="They land {ago}."))
    assert match_posts([make_published("They land in Texas.")], [led]) == []


def test_a_title_far_from_the_day_is_another_year_s() -> None:
    post = make_published(
        "On this day: Scott Kelly lands.", at=DUE_AT - MAX_TITLE_DISTANCE - timedelta(seconds=1)
    )
    assert match_posts([post], [make_candidate()]) == []


def test_another_event_s_post_is_not_taken_for_it() -> None:
    other = make_candidate(make_event(id="launch", title="Soyuz 28 lifts off"), "Lift-off")
    post = make_published("On this day: Scott Kelly lands.")
    assert match_posts([post], [other, make_candidate()]) == [(make_candidate().due, post)]


def test_a_post_tells_of_one_event_though_another_s_title_is_part_of_it() -> None:
    """What is taken for sent is never posted."""
    short = make_candidate(make_event(id="short", title="Scott Kelly"), "Short")
    post = make_published("On this day: Scott Kelly lands.")
    for order in ([short, make_candidate()], [make_candidate(), short]):
        assert match_posts([post], order) == [(make_candidate().due, post)]
    other = make_published("On this day: Scott Kelly.", at=DUE_AT + timedelta(hours=1))
    assert match_posts([other, post], [short, make_candidate()]) == [
        (make_candidate().due, post),
        (short.due, other),
    ]


def test_last_year_s_post_of_the_same_words_is_not_this_year_s() -> None:
    last_year = Anniversary(LANDING, 10, Unit.YEARS, date(2026, 3, 2))
    before = DUE_AT - timedelta(days=365)
    due = DueAnniversary(
        make_account(), last_year, 1, before, before + timedelta(hours=9), before.date()
    )
    earlier = Candidate(due, make_candidate().text)
    post = make_published(earlier.text, at=before)
    assert match_posts([post], [make_candidate(), earlier]) == [(due, post)]


@pytest.mark.parametrize(
    "shown", ["Soyuz 28\nlifts off", "SOYUZ 28  lifts\u00a0off ", "Soyuz 28 lifts off"]
)
def test_white_space_and_case_are_the_network_s_own(shown: str) -> None:
    assert normalize_text(shown) == normalize_text("Soyuz 28 lifts off")


def test_an_accent_may_be_one_character_or_two() -> None:
    assert normalize_text("Remek, Vladimi\u0301r") == normalize_text("Remek, Vladim\u00edr")


@pytest.mark.parametrize(
    ("composed", "shown"),
    [
        ("With @\u2060NASA", "With @NASA"),
        ("With @nasa@example.social", "With @nasa"),
        ("With @nasa@example.social", "With @nasa@example.social"),
    ],
)
def test_a_post_is_recognized_with_its_mentions_or_without(composed: str, shown: str) -> None:
    one = make_candidate(text=composed)
    post = make_published(shown, at=DUE_AT + timedelta(days=9))
    assert match_posts([post], [one]) == [(one.due, post)]


def test_a_title_with_a_name_that_was_made_plain_is_recognized() -> None:
    one = make_candidate(of=make_event(title="@NASA lands"), text="Reworded since.")
    post = make_published("11 years ago: @\u2060NASA lands")
    assert match_posts([post], [one]) == [(one.due, post)]


def test_a_corrected_title_is_matched_close_to_the_day_by_nearly_the_whole_text() -> None:
    one = make_candidate(text="Scott Kelly and Mikhail Kornienko land in Kazakhstan, 11 years ago.")
    typo = "Scott Kelly and Mikhail Korniyenko land in Kazakhstan, 11 years ago."
    assert match_posts([make_published(typo)], [one]) == [(one.due, make_published(typo))]
    far = make_published(typo, at=DUE_AT + MAX_TITLE_DISTANCE + timedelta(seconds=1))
    assert match_posts([far], [one]) == []
