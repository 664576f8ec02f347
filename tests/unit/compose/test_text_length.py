from __future__ import annotations

from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.compose.text_length import fits_limits, measure_against_limit, measure_length
from perihelion.model.posts import Counting, Limits

UNICODE = Path(__file__).resolve().parents[3] / ".." / "shared" / "contracts" / "unicode"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
MASTODON = Limits(500, Counting.CODEPOINTS, url_length=23)


def make_limits(counting: Counting) -> Limits:
    return Limits(500, counting)


@pytest.mark.parametrize(
    ("counting", "expected"),
    [
        (Counting.CODEPOINTS, 7),
        (Counting.GRAPHEMES, 1),
        (Counting.WEIGHTED, 2),
        (Counting.UTF16, 11),
        (Counting.THREADS, 25),
    ],
)
def test_one_family_is_as_long_as_each_network_says(counting: Counting, expected: int) -> None:
    assert measure_length(FAMILY, make_limits(counting)) == expected


def test_threads_counts_only_emoji_in_bytes() -> None:
    assert measure_length("\u00e4\u5b87", make_limits(Counting.THREADS)) == 2
    assert measure_length("\u5b87\U0001f680", make_limits(Counting.THREADS)) == 5


def test_all_of_unicodes_grapheme_breaks_are_counted() -> None:
    file = UNICODE / "GraphemeBreakTest-18.0.0.txt"
    if not file.exists():
        pytest.skip("Unicode's grapheme break test is not here")
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    wrong, cases = [], 0
    for line in filter(None, lines):
        clusters = [
            "".join(chr(int(code, 16)) for code in cluster.split("\u00d7"))
            for cluster in line.strip("\u00f7 ").split("\u00f7")
        ]
        text, cases = "".join(clusters), cases + 1
        found = regex.findall(r"\X", text)
        if found != clusters or measure_length(text, make_limits(Counting.GRAPHEMES)) != len(
            clusters
        ):
            wrong.append(line)
    assert cases == 853
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.org/" + "a" * 200, 23),
        ("https://x.de", 23),
        ("a https://example.org, b", 2 + 23 + 3),
        ("nasa.gov", 8),
        ("http://localhost/status", 23),
        ("http://localhost/much/longer/path", 33),
        ("https://user@example.org:8080/x", 23),
        ("Thanks to @kelly@mastodon.example!", len("Thanks to @kelly!")),
        ("@kelly@mastodon.example", 6),
        ("mail kelly@mastodon.example", 27),
        ("https://mastodon.social/@kelly@other.org", 23),
        ("https://mastodon.example/@kelly@other.org", 41),
    ],
)
def test_mastodon_counts_links_as_23_and_of_a_mention_the_name(text: str, expected: int) -> None:
    assert measure_length(text, MASTODON) == expected


def test_without_a_url_length_a_link_is_as_long_as_it_is() -> None:
    assert measure_length("https://example.org/abc", make_limits(Counting.CODEPOINTS)) == 23
    assert measure_length("https://example.org/abcd", make_limits(Counting.CODEPOINTS)) == 24


@pytest.mark.parametrize("counting", list(Counting))
def test_a_text_at_the_limit_fits_and_one_more_does_not(counting: Counting) -> None:
    assert fits_limits("a" * 300, Limits(300, counting), with_picture=False)
    assert not fits_limits("a" * 301, Limits(300, counting), with_picture=False)


def test_a_caption_has_its_own_limit() -> None:
    telegram = Limits(4096, Counting.UTF16, caption_length=1024)
    assert fits_limits("a" * 1025, telegram, with_picture=False)
    assert not fits_limits("a" * 1025, telegram, with_picture=True)


def test_bytes_can_be_the_tighter_limit() -> None:
    bluesky = Limits(300, Counting.GRAPHEMES, max_bytes=3000)
    assert fits_limits("a" * 300, bluesky, with_picture=False)
    assert fits_limits(FAMILY * 120, bluesky, with_picture=False)
    assert not fits_limits(FAMILY * 121, bluesky, with_picture=False)
    assert measure_against_limit(FAMILY * 121, bluesky, with_picture=False) == (3025, 3000)


@settings(deadline=None)
@given(st.text(), st.text(), st.sampled_from(list(Counting)))
def test_lines_count_as_they_count_alone(first: str, second: str, counting: Counting) -> None:
    first, second = f"a{first}a", f"a{second}a"
    alone = measure_length(first, make_limits(counting)) + measure_length(
        second, make_limits(counting)
    )
    assert measure_length(f"{first}\n{second}", make_limits(counting)) == alone + 1


@settings(deadline=None)
@given(st.text(), st.text(), st.sampled_from([Counting.CODEPOINTS, Counting.UTF16]))
def test_units_without_context_simply_add_up(first: str, second: str, counting: Counting) -> None:
    alone = measure_length(first, make_limits(counting)) + measure_length(
        second, make_limits(counting)
    )
    assert measure_length(first + second, make_limits(counting)) == alone


@settings(deadline=None)
@given(st.text())
def test_graphemes_never_outnumber_code_points_nor_those_utf16_units(text: str) -> None:
    graphemes, points, units = (
        measure_length(text, make_limits(counting))
        for counting in (Counting.GRAPHEMES, Counting.CODEPOINTS, Counting.UTF16)
    )
    assert graphemes <= points <= units <= 2 * points
