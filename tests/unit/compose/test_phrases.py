from __future__ import annotations

from datetime import date

import pytest

from perihelion.compose.phrases import format_day, format_number, join_names, name_language


@pytest.mark.parametrize(
    ("language", "day", "number", "names", "name"),
    [
        ("en", "29 February 2016", "5,348", "Ana, Ben and Igor", "English"),
        ("de", "29. Februar 2016", "5.348", "Ana, Ben und Igor", "German"),
        ("es", "29 de febrero de 2016", "5348", "Ana, Ben e Igor", "Spanish"),
        ("fr", "29 février 2016", "5\u202f348", "Ana, Ben et Igor", "French"),
        ("pt-BR", "29 de fevereiro de 2016", "5.348", "Ana, Ben e Igor", "Portuguese"),
        ("xx-none", "29 February 2016", "5,348", "Ana, Ben and Igor", "xx-none"),
    ],
)
def test_each_language_writes_dates_numbers_and_lists_in_its_own_way(
    language: str, day: str, number: str, names: str, name: str
) -> None:
    assert format_day(date(2016, 2, 29), language) == day
    assert format_number(5348, language) == number
    assert join_names(["Ana", "Ben", "Igor"], language) == names
    assert name_language(language) == name


def test_spanish_says_y_before_a_diphthong() -> None:
    assert join_names(["Ana", "Hielo"], "es") == "Ana y Hielo"


def test_few_names_and_small_numbers_are_said_plainly() -> None:
    assert (join_names([], "en"), join_names(["Ana"], "en"), format_number(50, "en")) == (
        "",
        "Ana",
        "50",
    )
