"""A thousand random posts in every script, each counted as its network counts.

A post is made of pieces whose lengths were counted by hand, so that the sum is known.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.compose.entities import find_hashtags, find_links
from perihelion.compose.text_length import measure_length
from perihelion.model.posts import Counting, Limits


class Piece(NamedTuple):
    """A text and its lengths: on X, on Bluesky, on Telegram and on Mastodon."""

    text: str
    weighted: int
    graphemes: int
    utf16: int
    mastodon: int


URL = "https://example.org/Вояджер/ñandú"
TAG = "#Луноход"
PIECES = (
    Piece("Luna", 4, 4, 4, 4),
    Piece("Луна", 4, 4, 4, 4),
    Piece("Σελήνη", 6, 6, 6, 6),
    Piece("月球", 4, 2, 2, 2),
    Piece("달", 2, 1, 1, 1),
    Piece("ほしぞら", 8, 4, 4, 4),
    Piece("\U00020bb7野家", 6, 3, 4, 3),  # the first lies beyond the first plane
    Piece("चंद्र", 5, 2, 5, 5),
    Piece("שלום", 4, 4, 4, 4),
    Piece("قمر", 3, 3, 3, 3),
    Piece("\u2067عربي\u2069", 8, 6, 6, 6),  # isolates: neither light on X nor part of a cluster
    Piece("ሰማይ", 6, 3, 3, 3),  # the light weights on X end at U+10FF
    Piece("café", 4, 4, 4, 4),
    Piece("cafe\u0301", 4, 4, 5, 5),  # X composes first
    Piece("a\u200bb", 3, 3, 3, 3),
    Piece("🚀", 2, 1, 2, 1),
    Piece("👩🏽\u200d🚀", 2, 1, 7, 4),
    Piece("👨\u200d👩\u200d👧\u200d👦", 2, 1, 11, 7),
    Piece("🇺🇳", 2, 1, 4, 2),
    Piece("1\ufe0f\u20e3", 2, 1, 3, 3),
    Piece("\U0001fae9", 2, 1, 2, 1),  # Unicode 16
    Piece("🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", 2, 1, 14, 7),
    Piece("❤\ufe0f", 2, 1, 2, 2),
    Piece(TAG, 8, 8, 8, 8),
    Piece(URL, 23, 33, 33, 23),
)
POSTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=40)
NETWORKS = {
    "weighted": Limits(280, Counting.WEIGHTED, url_length=23),
    "graphemes": Limits(300, Counting.GRAPHEMES),
    "utf16": Limits(4096, Counting.UTF16),
    "mastodon": Limits(500, Counting.CODEPOINTS, url_length=23),
}


@pytest.mark.parametrize("network", list(NETWORKS))
@settings(max_examples=1000)
@given(pieces=POSTS)
def test_each_network_s_count_is_the_sum_of_the_pieces(network: str, pieces: list[Piece]) -> None:
    text = " ".join(piece.text for piece in pieces)
    expected = sum(getattr(piece, network) for piece in pieces) + len(pieces) - 1
    assert measure_length(text, NETWORKS[network]) == expected


@settings(max_examples=1000)
@given(pieces=POSTS)
def test_links_and_hashtags_are_found_whole_wherever_they_stand(pieces: list[Piece]) -> None:
    text = " ".join(piece.text for piece in pieces)
    found = [text[start:end] for start, end, _value in (*find_links(text), *find_hashtags(text))]
    assert sorted(found) == sorted(piece.text for piece in pieces if piece.text in {URL, TAG})
