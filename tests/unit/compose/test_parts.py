from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.compose.parts import (
    GIVEN_UP_FIRST,
    fit_wording,
    list_versions,
    mark_part,
    mark_versions,
)


def fit(wording: str, room: int) -> str | None:
    return fit_wording(wording, lambda text: text if len(text) <= room else None)


def test_parts_are_given_up_in_their_order_wherever_they_stand() -> None:
    wording = mark_part("story", "story") + mark_part("tag", "tag") + mark_part("more", "more tags")
    assert list_versions(wording + ".") == ["storytagmore.", "storytag.", "story.", "."]


def test_what_there_is_room_for_after_all_comes_back() -> None:
    wording = mark_part("1234567890", "sentence") + mark_part("tag", "tag") + "."
    assert fit(wording, 14) == "1234567890tag."
    assert fit(wording, 11) == "1234567890."
    assert fit(wording, 5) == "tag."
    assert fit(wording, 0) is None


def test_a_part_is_said_more_shortly_before_it_is_left_out() -> None:
    versions = [("a long story", "long text"), ("a story", "sentence"), ("so", "story")]
    assert list_versions(mark_versions(versions)) == ["a long story", "a story", "so", ""]


def test_equal_and_empty_versions_count_once() -> None:
    assert list_versions(mark_versions([("a", "long text"), ("a", "story"), ("", "story")])) == [
        "a",
        "",
    ]
    assert not mark_part(" ", "tag")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: mark_part("a", "tags"), "there is no part 'tags'; choose one of more tags, "),
        (lambda: mark_part(mark_part("a", "tag"), "story"), "holds another part"),
    ],
)
def test_a_part_that_cannot_be_is_refused(make: object, problem: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=problem):
        make()


PARTS = st.lists(
    st.builds(mark_part, st.text("ab\n", min_size=1, max_size=8), st.sampled_from(GIVEN_UP_FIRST)),
    max_size=6,
)


@settings(deadline=None)
@given(PARTS, st.integers(0, 40))
def test_what_is_said_always_fits_and_is_never_less_than_it_need_be(
    parts: list[str], room: int
) -> None:
    wording = "x" + "".join(parts)
    text = fit(wording, room)
    assert (text is None) == (room < 1)
    assert text is None or (len(text) <= room and text.startswith("x"))
    steps = list_versions(wording)
    assert all(len(longer) >= len(shorter) for longer, shorter in pairwise(steps))
    best = next((step for step in steps if len(step) <= room), None)
    assert best is None or (text is not None and len(text) >= len(best))
