from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.compose.entities import find_hashtags, find_links
from perihelion.compose.text_length import fits_limits
from perihelion.networks.bluesky.record import (
    make_facets,
    make_link_card,
    parse_post_address,
    post_uri,
    post_url,
    record_key,
)
from perihelion.networks.bluesky.spec import LIMITS
from perihelion.testing.cases import make_post
from tests.contract.networks.lexicons import is_valid
from tests.contract.networks.openapi_contracts import contract_file

TOKENS = st.text("0123456789abcdef", min_size=32, max_size=32)
PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "https://example.org/",
            "https://example.org/ü/日本?q=مير#x",
            "http://müller.example:8080/a_(b)",
            "https://[::1]/",
            "https://[broken/",
            "https://a..b/",
            "https://example.org/%zz%",
            "HTTPS://EXAMPLE.ORG/A",
            "https://xn--/",
            "#Ånd",
            "#宇宙",
            "#क्षत्रिय",
            "#" + "x" * 70,
            "#e\u0301\u0301",
            "\uff03宇宙",
            "👩🏽‍🚀",
            "🏴󠁧󠁢󠁷󠁬󠁳󠁿",
            "🫩",
            "e\u0301",
            "\u200b",
            "\u202b\u05e9\u05dc\u05d5\u05dd\u202c",
            "\r\n",
            " ",
            "\n",
            "@nobody.bsky.social",
        ]
    ),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(TEXTS)
def test_each_facet_slices_exactly_the_bytes_of_its_link_or_tag(text: str) -> None:
    raw, done = text.encode(), 0
    wanted = {span.value for span in (*find_links(text), *find_hashtags(text))}
    for facet in make_facets(text):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        assert done <= start < end <= len(raw)
        done = end
        sliced = raw[start:end].decode()
        (feature,) = facet["features"]
        if feature["$type"].endswith("#tag"):
            assert sliced[0] in "#\uff03"
            assert sliced[1:] == feature["tag"]
            assert feature["tag"] in wanted
        else:
            assert sliced in wanted
            assert is_valid("uri", feature["uri"])


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_link_or_tag_is_left_out_only_if_it_cannot_be_marked(text: str) -> None:
    marked = {facet["index"]["byteStart"] for facet in make_facets(text)}
    for span in (*find_links(text), *find_hashtags(text)):
        start = len(text[: span.start].encode())
        simple = span.value.isascii() and span.value.isalnum() and len(span.value) <= 64
        plain = span.value.startswith("https://example.org/")
        assert start in marked or not (simple or plain)


@pytest.mark.parametrize(
    ("link", "uri"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ("https://example.org/ü?ü=ü#ü", "https://example.org/%C3%BC?%C3%BC=%C3%BC#%C3%BC"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org:8443/a;b=c", "https://example.org:8443/a;b=c"),
        ("https://a_b.example.org/", "https://a_b.example.org/"),
    ],
)
def test_a_link_is_marked_as_a_uri_in_ascii(link: str, uri: str) -> None:
    assert make_facets(f"see {link} there")[0]["features"][0]["uri"] == uri
    assert make_link_card(make_post(f"see {link}"))["external"]["uri"] == uri


def test_a_link_of_which_no_request_can_be_made_stays_text() -> None:
    assert make_facets("see https://[broken/ there") == []
    assert make_link_card(make_post("see https://[broken/ there")) == {}
    assert make_facets("https://example.org/" + "ü" * 1400) == []


def test_a_tag_longer_than_the_lexicon_takes_stays_text() -> None:
    assert len(make_facets("#" + "e\u0301" * 64)) == 1
    assert make_facets("#" + "e\u0301" * 65) == []
    assert make_facets("#" + "e" + "\u0301" * 320) == []


@given(TOKENS)
def test_every_record_key_is_a_tid(token: str) -> None:
    assert is_valid("tid", record_key(token))
    assert is_valid("record-key", record_key(token))


@given(TOKENS, TOKENS)
def test_tokens_that_differ_in_their_last_sixty_bits_have_other_keys(a: str, b: str) -> None:
    assert (record_key(a) == record_key(b)) == (a[-15:] == b[-15:])


def test_a_record_key_never_changes() -> None:
    assert record_key("0123456789abcdef0123456789abcdef") == "24cu7gy6urnjj"


def test_no_clock_makes_such_a_key_any_more() -> None:
    """The last of them is a time in microseconds before September 2005."""
    digits = "234567abcdefghijklmnopqrstuvwxyz"
    number = 0
    for digit in record_key("f" * 32):
        number = number * 32 + digits.index(digit)
    assert number >> 10 < 1_125_900_000_000_000


@pytest.mark.parametrize("kind", ["tid", "recordkey", "datetime"])
def test_our_validator_agrees_with_the_protocols_own_examples(kind: str) -> None:
    for verdict in ("valid", "invalid"):
        file = contract_file(f"bluesky/interop-syntax/{kind}_syntax_{verdict}.txt")
        for line in file.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                name = {"recordkey": "record-key"}.get(kind, kind)
                assert is_valid(name, line) == (verdict == "valid"), line


def test_a_receipt_leads_back_to_its_record() -> None:
    did, key = "did:plc:6irvrxf6l6duhhbnnftgdqen", "2e6kzd6n2bwlx"
    assert parse_post_address(post_uri(did, key)) == (did, key)
    assert parse_post_address(post_url(did, key)) == (did, key)
    assert parse_post_address("https://bsky.app/profile/a.example/post/3k") == ("a.example", "3k")
    assert parse_post_address("https://mastodon.example/@a/1") is None


def test_graphemes_and_bytes_both_count() -> None:
    assert fits_limits("👨‍👩‍👧‍👦" * 120, LIMITS, with_picture=False)
    assert not fits_limits("👨‍👩‍👧‍👦" * 121, LIMITS, with_picture=False)
    assert fits_limits("e\u0301" * 300, LIMITS, with_picture=True)
    assert not fits_limits("e\u0301" * 301, LIMITS, with_picture=True)
