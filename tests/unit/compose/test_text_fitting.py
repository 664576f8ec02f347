from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.compose.text_fitting import normalize_text, select_longest_fitting
from perihelion.compose.text_length import fits_limits
from perihelion.model.errors import CompositionError, TextTooLong
from perihelion.model.posts import Counting, Limits

LADDER = ("a" * 300, "b" * 200, "c" * 100)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(300, "a"), (299, "b"), (200, "b"), (199, "c"), (100, "c")],
)
def test_the_longest_wording_wins_up_to_the_very_limit(limit: int, expected: str) -> None:
    text = select_longest_fitting(LADDER, Limits(limit), with_picture=False, subject="x")
    assert set(text) == {expected}


def test_one_below_the_shortest_wording_nothing_is_cut_but_refused() -> None:
    with pytest.raises(TextTooLong, match=r"year-in-space/landing: .*100 of 99") as caught:
        select_longest_fitting(
            LADDER, Limits(99), with_picture=False, subject="year-in-space/landing"
        )
    assert (caught.value.length, caught.value.limit) == (100, 99)


def test_too_many_bytes_are_reported_as_bytes() -> None:
    limits = Limits(300, Counting.GRAPHEMES, max_bytes=10)
    with pytest.raises(TextTooLong) as caught:
        select_longest_fitting(["\u00e4" * 6], limits, with_picture=False, subject="x")
    assert (caught.value.length, caught.value.limit) == (12, 10)


def test_empty_wordings_are_passed_over() -> None:
    limits = Limits(10)
    assert select_longest_fitting(["", " \n", "x"], limits, with_picture=False, subject="x") == "x"
    with pytest.raises(CompositionError, match="is empty"):
        select_longest_fitting([" ", "\n"], limits, with_picture=False, subject="x")


def test_a_shorter_wording_is_not_even_rendered_when_a_longer_one_fits() -> None:
    asked = iter(["short enough", "never reached"])
    select_longest_fitting(asked, Limits(20), with_picture=False, subject="x")
    assert list(asked) == ["never reached"]


def test_white_space_and_normal_form_are_put_in_order() -> None:
    assert normalize_text(
        "\n a  b\t\tc \r\n\n \n\n d\x1e\x00 \n e\u0301\n\n"
    ) == "a b c\n\nd\ne\u0301".replace("e\u0301", "\u00e9")


@settings(deadline=None)
@given(st.text())
def test_tidying_is_done_after_once(text: str) -> None:
    once = normalize_text(text)
    assert normalize_text(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\n\n\n" not in once


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5), st.integers(1, 40), st.sampled_from(Counting))
def test_what_is_chosen_always_fits_and_is_one_of_the_wordings(
    wordings: list[str], limit: int, counting: Counting
) -> None:
    limits = Limits(limit, counting, url_length=23)
    try:
        text = select_longest_fitting(wordings, limits, with_picture=False, subject="x")
    except CompositionError:
        assert not any(
            fits_limits(normalize_text(one), limits, with_picture=False)
            for one in wordings
            if normalize_text(one)
        )
    else:
        assert fits_limits(text, limits, with_picture=False)
        assert text in map(normalize_text, wordings)
