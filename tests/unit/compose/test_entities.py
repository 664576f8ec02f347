from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perihelion.compose.entities import hashtags, links

HINDI = "\u0939\u093f\u0928\u094d\u0926\u0940"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://nasa.gov/iss.", ["https://nasa.gov/iss"]),
        ("(https://en.wikipedia.org/wiki/Mir_(station))", ["https://en.wikipedia.org/wiki/Mir_(station)"]),
        ("https://example.org/a?b=c&d=e!", ["https://example.org/a?b=c&d=e"]),
        ("https://ja.wikipedia.org/wiki/\u5b87\u5b99\u3002", ["https://ja.wikipedia.org/wiki/\u5b87\u5b99"]),
        ("https://de.wikipedia.org/wiki/Raumfahrt_f\u00fcr_alle", ["https://de.wikipedia.org/wiki/Raumfahrt_f\u00fcr_alle"]),
        ("\u201chttps://example.org/\u201d", ["https://example.org/"]),
        ("<https://example.org>", ["https://example.org"]),
        ("HTTP://EXAMPLE.ORG, https://b.example...", ["HTTP://EXAMPLE.ORG", "https://b.example"]),
        ("https://example.org/#part", ["https://example.org/#part"]),
        ("http://[::1]:8080/x", ["http://[::1]:8080/x"]),
        ("xhttps://example.org ftp://example.org example.org", []),
        ("https:// and http://, https://...", []),
    ],
)  # fmt: skip
def test_links_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert [link.value for link in links(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#ISS #YearInSpace", ["ISS", "YearInSpace"]),
        ("(#Apollo11), #67P!", ["Apollo11", "67P"]),
        ("#1969 #_ #1_2", []),
        (f"#{HINDI} #\u5b87 \uff03\u5b99", [HINDI, "\u5b87", "\u5b99"]),
        ("a#b &#x27; ##c /#d", []),
        ("https://example.org/#frag #real", ["real"]),
        ("#Apollo-Soyuz", ["Apollo"]),
        ("#https://example.org", []),
    ],
)  # fmt: skip
def test_hashtags_are_words_with_a_letter_outside_of_links(text: str, expected: list[str]) -> None:
    assert [tag.value for tag in hashtags(text)] == expected


PIECES = st.sampled_from(
    [
        "#",
        "a",
        "1",
        " ",
        "\n",
        "https://",
        "example.org",
        "/",
        "(",
        ")",
        ".",
        "\U0001f680",
        "\u0301",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
@example("\U0001f680 https://example.org/\U0001f680 #\u00e4")
def test_spans_slice_exactly_what_they_name_and_never_overlap(text: str) -> None:
    spans = sorted([*links(text), *hashtags(text)])
    assert all(
        text[span.start : span.end].removeprefix("#").removeprefix("\uff03") == span.value
        for span in spans
    )
    assert all(a.end <= b.start for a, b in pairwise(spans))
