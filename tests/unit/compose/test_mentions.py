"""No text mentions anybody unless the event wants it, on any network, and still reads the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.compose.mentions import (
    WORD_JOINER,
    find_handle_problem,
    find_mentions,
    find_neutralized_mentions,
    neutralize_mentions,
)
from perihelion.compose.twitter_text import find_shortened_links, find_usernames
from perihelion.model.posts import MentionSyntax
from tests.unit.compose.test_twitter_text import load_suite

MASTODON, X, TELEGRAM, ANY = (
    MentionSyntax.MASTODON,
    MentionSyntax.X,
    MentionSyntax.TELEGRAM,
    MentionSyntax.ANY,
)
CALLING = (MASTODON, X, TELEGRAM, ANY)
FRAGMENTS = st.sampled_from(
    ["@", "\uff20", "a", "NASA", "nasa.gov", "é", ".", "_", "/", "-", " ", ":", "#", "RT", "=", "("]
)


@pytest.mark.parametrize("case", load_suite("extract.yml", "mentions"))
def test_x_mentions_those_of_its_conformance_suite(case: dict[str, Any]) -> None:
    found = [case["text"][start + 1 : end] for start, end in find_usernames(case["text"])]
    assert [name.partition("/")[0] for name in found] == case["expected"]


@pytest.mark.parametrize(
    "case", load_suite("extract.yml", "mentions_with_indices", "mentions_or_lists_with_indices")
)
def test_mentions_stand_where_the_conformance_suite_says(case: dict[str, Any]) -> None:
    assert list(find_usernames(case["text"])) == [tuple(o["indices"]) for o in case["expected"]]


@pytest.mark.parametrize(
    ("syntax", "text", "expected"),
    [
        (MASTODON, "With @NASA.", ["@NASA"]),
        (MASTODON, "With @nasa@example.social!", ["@nasa@example.social"]),
        (MASTODON, "Mail anna@example.org", []),
        (MASTODON, "jos\u00e9@example.org", ["@example.org"]),
        (MASTODON, "https://example.org/@nasa", []),
        (MASTODON, "https://example.org/a?by:@nasa", ["@nasa"]),
        (X, "With @NASA.", ["@NASA"]),
        (X, "With @nasa@example.social!", []),
        (X, "Mail anna@example.org", []),
        (X, "jos\u00e9@nasa.gov", ["@nasa"]),
        (X, "https://example.org/@nasa", []),
        (TELEGRAM, "With @NASA.", ["@NASA"]),
        (TELEGRAM, "Mail anna@example.org", []),
        (TELEGRAM, "To @x and @" + "y" * 33, []),
        (TELEGRAM, "https://t.me/@nasa", []),
        (ANY, "Mail anna@example.org to @NASA", ["@example.org", "@NASA"]),
        (MentionSyntax.NONE, "With @NASA", []),
    ],
)
def test_each_network_has_its_own_mentions(
    syntax: MentionSyntax, text: str, expected: list[str]
) -> None:
    assert [one.value for one in find_mentions(text, syntax)] == expected


@pytest.mark.parametrize("syntax", CALLING)
def test_a_name_becomes_plain_and_reads_the_same(syntax: MentionSyntax) -> None:
    plain = neutralize_mentions("Built by @NASA, in 1977", syntax)
    assert plain == f"Built by @{WORD_JOINER}NASA, in 1977"
    assert find_neutralized_mentions(plain) == ("@NASA",)


@pytest.mark.parametrize("syntax", [MASTODON, X, TELEGRAM])
def test_an_address_that_calls_nobody_can_be_copied(syntax: MentionSyntax) -> None:
    assert neutralize_mentions("anna@example.org", syntax) == "anna@example.org"


def test_an_address_that_may_call_somebody_does_not_become_a_link() -> None:
    plain = neutralize_mentions("Mail jos\u00e9@nasa.gov today", X)
    assert find_neutralized_mentions(plain) == ("@nasa.gov",)
    assert list(find_shortened_links(plain)) == []


def test_what_the_event_wants_is_mentioned_in_either_case() -> None:
    text = "With @nasa@example.social and @ESA"
    expected = f"With @nasa@example.social and @{WORD_JOINER}ESA"
    assert neutralize_mentions(text, MASTODON, ["@NASA@example.social"]) == expected


def test_a_mention_in_a_link_is_spelt_otherwise_and_leads_to_the_same_page() -> None:
    text = "See https://example.org/a?by:@nasa"
    assert neutralize_mentions(text, MASTODON) == "See https://example.org/a?by:%40nasa"


@given(st.lists(FRAGMENTS, max_size=9).map("".join), st.sampled_from(CALLING))
def test_no_text_keeps_a_mention_or_gains_a_link(text: str, syntax: MentionSyntax) -> None:
    plain = neutralize_mentions(text, syntax)
    assert find_mentions(plain, syntax) == ()
    assert plain.replace(WORD_JOINER, "").replace("%40", "@") == text.replace(WORD_JOINER, "")
    assert len(list(find_shortened_links(plain))) <= len(list(find_shortened_links(text)))


@pytest.mark.parametrize(
    ("syntax", "handle", "says"),
    [
        (MASTODON, "@nasa@example.social", ""),
        (MASTODON, "@nasa", "@name@server"),
        (X, "@NASA", ""),
        (X, "@nasa@example.social", "up to 15 letters"),
        (TELEGRAM, "@nasa_tv", ""),
        (TELEGRAM, "@abc", "from 4 to 32"),
        (ANY, "@nasa.gov", ""),
        (ANY, "@-", "@name"),
        (MentionSyntax.NONE, "@NASA", "no post mentions anybody there; remove it"),
    ],
)
def test_a_handle_has_its_network_s_form(syntax: MentionSyntax, handle: str, says: str) -> None:
    assert says in find_handle_problem(handle, syntax)
    assert bool(says) == bool(find_handle_problem(handle, syntax))
