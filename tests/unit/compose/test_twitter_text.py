from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from perihelion.compose.twitter_text import find_shortened_links, has_known_domain, weighted_length

SUITE = Path(__file__).resolve().parents[3] / ".." / "shared" / "contracts" / "twitter-text"
COUNTERS = (
    "WeightedTweetsWithDiscountedEmojiCounterTest",
    "UnicodeDirectionalMarkerCounterTest",
)


def load_suite(file: str, *groups: str) -> list[Any]:
    """The conformance cases of `groups`, or one that is skipped where the suite is not at hand."""
    path = SUITE / file
    if not path.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason="twitter-text suite not here"))]
    tests = yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
    return [pytest.param(case, id=case["description"]) for name in groups for case in tests[name]]


@pytest.mark.parametrize("case", load_suite("validate.yml", *COUNTERS))
def test_x_counts_as_its_conformance_suite_says(case: dict[str, Any]) -> None:
    assert weighted_length(case["text"]) == case["expected"]["weightedLength"]


@pytest.mark.parametrize("case", load_suite("extract.yml", "urls", "tco_urls_with_params"))
def test_links_are_those_of_the_conformance_suite(case: dict[str, Any]) -> None:
    assert [case["text"][start:end] for start, end in find_shortened_links(case["text"])] == case[
        "expected"
    ]


@pytest.mark.parametrize(
    "case", load_suite("extract.yml", "urls_with_indices", "urls_with_directional_markers")
)
def test_links_stand_where_the_conformance_suite_says(case: dict[str, Any]) -> None:
    assert list(find_shortened_links(case["text"])) == [
        tuple(one["indices"]) for one in case["expected"]
    ]


@pytest.mark.parametrize(
    "emoji",
    [
        "\U0001f680",  # rocket
        "\U0001fae0",  # melting face, Unicode 14
        "\U0001faf1\U0001f3fb\u200d\U0001faf2\U0001f3ff",  # handshake in two skin tones, 14
        "\u2764\ufe0f\u200d\U0001f525",  # heart on fire, 13.1
        "\U0001f9d1\u200d\U0001f9d1\u200d\U0001f9d2",  # family, 15.1
        "\U0001f426\u200d\U0001f525",  # phoenix, 15.1
        "\U0001fae9",  # face with bags under its eyes, 16
        "\U0001f1e8\U0001f1f6",  # flag of Sark, 16
        "1\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "\u00a9\ufe0f",
        "\u00ae",
    ],
)
def test_an_emoji_counts_two_however_new_and_however_long(emoji: str) -> None:
    assert weighted_length(emoji) == 2
    assert weighted_length(f"a{emoji}b") == 4


def test_a_lone_flag_letter_or_a_text_presentation_is_no_single_emoji() -> None:
    assert weighted_length("\U0001f1e9\U0001f1ea\U0001f1eb") == 4
    assert weighted_length("\u263a\ufe0e") == 4


def test_a_character_is_counted_as_it_is_after_normalisation() -> None:
    assert weighted_length("e\u0301") == weighted_length("\u00e9") == 1
    assert weighted_length("\uac00") == weighted_length("\u1100\u1161") == 2


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("https://example.space/" + "a" * 300, 23),
        ("x.co?y=1", 23 + 4),
        ("x.co/?y=1", 23),
        ("\u043f\u0440\u0438.\u0440\u0444/x", 8),
        ("https://example.spaces/aaaaaaaaaaaa", 35),
        ("see nasa.gov", 4 + 23),
        ("Lift-off at 3.5 km.Then silence", 31),
        ("a@nasa.gov", 10),
        ("https://en.wikipedia.org/wiki/Mir_(disambiguation).", 24),
        ("https://ja.wikipedia.org/wiki/\u5b87\u5b99", 23 + 4),
    ],
)
def test_what_counts_as_a_link_is_what_x_shortens(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


@pytest.mark.parametrize(
    "text",
    [
        "\u3042" * 20_000,
        "ab." * 1_500,
        "http://a.com/" + "(" * 5_000,
        "x" * 50_000 + ".c",
        "a_" * 2_500 + ".c",
    ],
    ids=["no-dot", "dots", "brackets", "long-label", "underscores"],
)
@pytest.mark.timeout(60)
def test_a_hostile_text_is_counted_in_reasonable_time(text: str) -> None:
    assert weighted_length(text) > 22


@settings(deadline=None)
@given(st.text())
def test_a_text_and_its_normal_form_weigh_the_same(text: str) -> None:
    assert weighted_length(text) == weighted_length(unicodedata.normalize("NFC", text))


@settings(deadline=None)
@given(st.text(), st.text())
def test_lines_weigh_what_they_weigh_alone(first: str, second: str) -> None:
    whole = weighted_length(f"{first}\n{second}")
    assert whole == weighted_length(first + "\n") + weighted_length("\n" + second) - 1


def test_the_names_of_the_root_zone_are_known_in_every_script() -> None:
    assert has_known_domain("blogs.nasa.gov")
    assert has_known_domain("EXAMPLE.SPACE")
    assert has_known_domain("foobar.\u4e2d\u56fd")
    assert has_known_domain("foobar.xn--fiqs8s")
    assert not has_known_domain("localhost")
    assert not has_known_domain("127.0.0.1")
