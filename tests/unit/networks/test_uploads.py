"""Several uploads, one after the other, end in time and at the first failure."""

from __future__ import annotations

import pytest

from perihelion.model.errors import NotSent, Rejected
from perihelion.networks.shared.media import (
    MAX_SECONDS_BEFORE_POST,
    MAX_UPLOAD_SECONDS,
    upload_in_turn,
)


def test_what_was_made_of_each_comes_in_order() -> None:
    assert upload_in_turn("abc", str.upper) == ["A", "B", "C"]
    assert upload_in_turn("", str.upper) == []


def test_the_first_failure_ends_it() -> None:
    tried: list[str] = []

    def upload_or_fail(picture: str) -> None:
        tried.append(picture)
        if picture == "b":
            raise Rejected("too large")

    with pytest.raises(Rejected, match="too large"):
        upload_in_turn("abc", upload_or_fail)
    assert tried == ["a", "b"]


def test_no_picture_is_begun_when_the_others_took_too_long() -> None:
    seconds = [0.0]

    def upload_slowly(picture: str) -> str:
        seconds[0] += MAX_UPLOAD_SECONDS
        return picture

    assert upload_in_turn("ab", upload_slowly, lambda: seconds[0]) == ["a", "b"]
    with pytest.raises(NotSent, match="2 of the pictures took more than 30 seconds"):
        upload_in_turn("abc", upload_slowly, lambda: seconds[0])


def test_no_post_leaves_behind_a_picture_that_took_too_long() -> None:
    seconds = [0.0]

    def upload_too_slowly(picture: str) -> str:
        seconds[0] += MAX_SECONDS_BEFORE_POST + 1
        return picture

    with pytest.raises(NotSent, match="1 of the pictures took more than 60 seconds"):
        upload_in_turn("a", upload_too_slowly, lambda: seconds[0])
