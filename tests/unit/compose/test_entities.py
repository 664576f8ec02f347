from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perihelion.compose.entities import find_hashtags, find_links

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
    assert [link.value for link in find_links(text)] == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://ar.example/\u0645\u0627",
        "https://ja.example/（\u6708）",  # noqa: RUF001 - Japanese parentheses
        "https://fa.example/\u0628\u06cc\u0646\u200c\u0627\u0644\u0645\u0644\u0644\u06cc",
        "https://example.org/\U0001f469\U0001f3fd\u200d\U0001f680",
    ],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        *(("", sign) for sign in "\u061f\u060c\u061b\u06d4\u0964\u0965\uff1b\uff1a\uff61`—\u2013"),
        ("『", "』"),
        ("【", "】"),
        ("《", "》"),
        ("〈", "〉"),
        ("\u2039", "\u203a"),
        ("\u2067", "\u2069"),
        ("", "\u200c"),
        ("", "\u200b"),
        ("\U0001f680", "\u061f!"),
    ],
)
def test_a_link_ends_before_the_punctuation_of_any_script(
    url: str, before: str, after: str
) -> None:
    text = f"\U0001f680 {before}{url}{after} end"
    assert [link.value for link in find_links(text)] == [url]


def test_a_link_without_a_path_ends_with_its_host() -> None:
    text = "https://a.example,https://b.example;https://c.example|d (https://d.example)e"
    names = "abcd"
    assert [link.value for link in find_links(text)] == [
        f"https://{name}.example" for name in names
    ]


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
    assert [tag.value for tag in find_hashtags(text)] == expected


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
    spans = sorted([*find_links(text), *find_hashtags(text)])
    assert all(
        text[span.start : span.end].removeprefix("#").removeprefix("\uff03") == span.value
        for span in spans
    )
    assert all(a.end <= b.start for a, b in pairwise(spans))
