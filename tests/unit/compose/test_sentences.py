from __future__ import annotations

import pytest

from perihelion.compose.sentences import (
    get_surname,
    list_unnamed,
    names_subject,
    split_sentences,
)


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("en", "It flew. It landed.", ["It flew.", "It landed."]),
        ("en", "None since Apollo 17. Then one.", ["None since Apollo 17.", "Then one."]),
        ("en", "“One step,” he said. Buzz followed.", ["“One step,” he said.", "Buzz followed."]),
        ("en", "“Go.” Buzz followed.", ["“Go.”", "Buzz followed."]),
        (
            "en",
            "Dr. Yegorov flew with K. P. Feoktistov.",
            ["Dr. Yegorov flew with K. P. Feoktistov."],
        ),
        (
            "de",
            "Am 5. Mai hob sie ab. Bald kam sie an.",
            ["Am 5. Mai hob sie ab.", "Bald kam sie an."],
        ),
        ("es", "¿Quién fue? ¡Nadie! Era 1961.", ["¿Quién fue?", "¡Nadie!", "Era 1961."]),
        ("en", "", []),
    ],
)
def test_a_text_is_cut_after_its_sentences_and_nowhere_else(
    language: str, text: str, sentences: list[str]
) -> None:
    assert split_sentences(text, language) == sentences


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("Yuri Gagarin", "Gagarin"),
        ("Frank De Winne", "De Winne"),
        ("Sultan Al Neyadi", "Al Neyadi"),
        ("Gregory C. Johnson", "Johnson"),
        ("Liu Yang", "Liu Yang"),
        ("Laika", "Laika"),
    ],
)
def test_people_are_called_by_their_surnames(name: str, surname: str) -> None:
    assert get_surname(name) == surname


def test_whoever_is_named_is_not_named_again() -> None:
    people = ("Neil Armstrong", "Buzz Aldrin")
    assert list_unnamed(people, "Armstrong\u2019s first step") == ("Buzz Aldrin",)


@pytest.mark.parametrize(
    ("words", "mission", "named"),
    [
        ("Voyager 1 flies past Saturn", "Voyager 1", True),
        ("Branson flies on SpaceShipTwo", "SpaceShipTwo Unity 22", True),
        ("Sally Ride lands", "STS-7", True),
        ("Discovery lands", "STS-51-A", False),
        ("A space telescope", "James Webb Space Telescope", False),
    ],
)
def test_a_mission_is_named_by_a_word_that_tells_which_it_is(
    words: str,
    mission: str,
    named: bool,  # noqa: FBT001 - a row of the table
) -> None:
    assert names_subject(words, mission, ("Sally Ride",)) is named
