from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from perihelion.compose.localized_text import choose_localized_text
from perihelion.compose.template_context import build_template_context
from perihelion.model.anniversaries import Anniversary
from perihelion.model.missions import Picture, Translation
from perihelion.model.moments import DayZone
from perihelion.model.units import Unit
from tests.fakes.model_builders import make_account, make_event, make_mission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.model.accounts import Account
    from perihelion.model.missions import Event

GERMAN = Translation("Landung", "Sie landeten.", ("Ein Fallschirm",))


def speaks_german(language: str) -> bool:
    return language == "de"


def make_facts(event: Event, account: Account) -> Mapping[str, object]:
    words = choose_localized_text(event, account, "en", speaks_german)
    return build_template_context(
        Anniversary(event, 11, Unit.YEARS, date(2027, 3, 2)), account, words
    )


def test_an_account_gets_its_own_language_when_event_and_templates_have_it() -> None:
    translated = make_event(
        text="They landed.",
        pictures=(Picture("a.jpg", "A parachute", "NASA"),),
        translations=(("fr", Translation("Atterrissage")), ("de", GERMAN)),
    )
    words = choose_localized_text(translated, make_account(language="de"), "en", speaks_german)
    assert (words.language, words.title, words.text, words.alts) == (
        "de",
        "Landung",
        "Sie landeten.",
        ("Ein Fallschirm",),
    )


@pytest.mark.parametrize(
    ("language", "translation"),
    [
        ("de", Translation("Landung", "", ("Ein Fallschirm",))),
        ("de", Translation("Landung", "Sie landeten.", ())),
        ("de", Translation("", "Sie landeten.", ("Ein Fallschirm",))),
        ("fr", GERMAN),
        ("en", GERMAN),
    ],
    ids=["no-text", "no-alt", "no-title", "no-templates", "the-schedule's-own"],
)
def test_half_a_translation_is_none_because_languages_are_never_mixed(
    language: str, translation: Translation
) -> None:
    half = make_event(
        text="They landed.",
        pictures=(Picture("a.jpg", "A parachute", "NASA"),),
        translations=((language, translation),),
    )
    words = choose_localized_text(half, make_account(language=language), "en", speaks_german)
    assert (words.language, words.text, words.alts) == ("en", "They landed.", ("A parachute",))


@pytest.mark.parametrize(
    ("alts", "language"),
    [
        (("Eins", "Zwei"), "de"),
        (("Eins",), "en"),
        (("Eins", ""), "en"),
        (("Eins", "Zwei", "Drei"), "en"),
        ((), "en"),
    ],
)
def test_a_translation_is_complete_only_with_a_text_for_each_picture(
    alts: tuple[str, ...], language: str
) -> None:
    pictured = make_event(
        pictures=(Picture("a.jpg", "One", "NASA"), Picture("b.jpg", "Two", "ESA")),
        translations=(("de", Translation("Landung", alts=alts)),),
    )
    words = choose_localized_text(pictured, make_account(language="de"), "en", speaks_german)
    assert (words.language, words.alts) == (
        language,
        ("Eins", "Zwei") if language == "de" else ("One", "Two"),
    )


def test_an_event_without_text_or_picture_needs_only_a_title_translated() -> None:
    translated = make_event(translations=(("de", Translation("Landung", "zu viel", ("zu viel",))),))
    words = choose_localized_text(translated, make_account(language="de"), "en", speaks_german)
    assert (words.language, words.title, words.text, words.alts) == ("de", "Landung", "", ())


def test_date_and_time_are_read_in_the_events_own_zone() -> None:
    here = make_facts(make_event(at="2016-03-02T04:26Z", zone="America/New_York"), make_account())
    assert [here[name] for name in ("year", "month", "day", "hour", "minute", "zone")] == [
        2016, 3, 1, 23, 26, "EST",
    ]  # fmt: skip


def test_an_account_that_observes_its_own_days_also_reads_dates_in_its_zone() -> None:
    abroad = make_account(timezone="America/New_York", days=DayZone.ACCOUNT)
    assert make_facts(make_event(at="2016-03-02T04:26Z"), abroad)["day"] == 1
    assert make_facts(make_event(at="2016-03-02"), abroad)["day"] == 2


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Almaty", "UTC+06"),
        ("America/Sao_Paulo", "UTC-03"),
        ("Asia/Kathmandu", "UTC+05:45"),
        ("Antarctica/Troll", "UTC"),
    ],
)
def test_a_zone_without_letters_is_told_by_its_offset_from_utc(zone: str, said: str) -> None:
    there = make_facts(make_event(at="2016-03-02T04:26Z", zone=zone), make_account())
    assert there["zone"] == said


def test_a_time_elsewhere_is_told_by_its_own_clocks() -> None:
    there = make_facts(make_event(at="2016-03-02T04:26Z", zone="Asia/Almaty"), make_account())
    assert there["hour"] == 10


def test_a_day_has_no_time() -> None:
    assert make_facts(make_event(at="2016-03-02"), make_account())["hour"] is None


def test_tags_are_ready_to_post_each_once_the_events_before_its_missions() -> None:
    tagged = make_event(
        tags=("Apollo-Soyuz", "#ISS", "1975", "Scott Kelly"),
        mission=make_mission(tags=("ISS", "YearInSpace")),
    )
    assert make_facts(tagged, make_account())["tags"] == (
        "#ApolloSoyuz",
        "#ISS",
        "#ScottKelly",
        "#YearInSpace",
    )


def test_words_are_tidied_before_a_template_sees_them() -> None:
    untidy = make_facts(
        make_event(title=" Kelly\n  lands ", text="a\x1eb\n\n\n\nc  d"), make_account()
    )
    assert (untidy["title"], untidy["text"]) == ("Kelly lands", "ab\n\nc d")
