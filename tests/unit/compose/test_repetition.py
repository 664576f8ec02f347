from __future__ import annotations

from datetime import date, timedelta

from perihelion.compose.repetition import (
    DatedText,
    find_alike_beginnings,
    find_returning_texts,
)

FIRST = date(2027, 3, 2)


def make_posts(*texts: str, days: int = 1) -> list[DatedText]:
    return [DatedText(FIRST + timedelta(days * n), "a/b", text) for n, text in enumerate(texts)]


def test_the_same_words_within_three_years_are_found_whatever_their_numbers() -> None:
    posts = make_posts("11 years ago.", "Other words.", "13 years ago.", days=365)
    assert list(find_returning_texts(posts)) == [(posts[0], posts[2])]


def test_after_three_years_words_may_return() -> None:
    posts = make_posts("11 years ago.", "a", "b", "c", "15 years ago.", days=365)
    assert list(find_returning_texts(posts)) == []


def test_more_than_three_posts_in_a_row_that_begin_alike_are_found() -> None:
    posts = make_posts("50 years ago", "7 years, too", "8 Years on", "9 years", "Kelly lands")
    assert list(find_alike_beginnings(posts)) == [tuple(posts[:4])]
    assert list(find_alike_beginnings(posts[1:])) == []
