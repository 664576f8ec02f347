"""An adapter that breaks a rule fails the contract suite, which says what to use instead."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.contract.networks.test_third_party import copy_packages, run_python

if TYPE_CHECKING:
    from collections.abc import Sequence

READER = "`read_timeline(what, fetch, lookup_start(post), context.now)`"
MISTAKES = {
    "NoClockAllowance": ("whatever_the_server_s_clock_says", READER),
    "OwnClockForSince": ("long_after_it_was_made", "look back to `lookup_start(post)`"),
    "FirstPageOnly": ("on_a_later_page_is_found", READER),
    "RepeatedPageIsTheEnd": ("repeats_a_page_proves_no_absence", READER),
    "EmptyPageIsTheEnd": ("empty_page_before_further_ones_proves_no_absence", READER),
    "FailingPageIsTheEnd": ("second_page_that_fails_proves_no_absence", READER),
    "OnlyTheSameText": ("shown_differently_is_not_absent", "pick the post with `find_post`"),
    "ContinuesWhereItStopped": ("shows_late_is_found_in_the_end", READER),
    "AnyRefusalIsThePosts": (
        "in_other_words_than_the_api_s_never_rejects",
        "`classify_status(status, from_api=...)`",
    ),
    "AsksNobodyWhoItIs": ("of_the_account_too_is_a_matter_of_cred", "`confirm_refusals(identify)`"),
    "SessionOfItsOwn": ("nothing_is_made_once_the_lease_has_ended", "call `require_lease()`"),
    "FakeWithoutClock": ("tells_the_time_to_both_sides", "stamp its posts with `server_now`"),
    "FakeWithoutPages": ("fake_shows_its_posts_on_several_pages", "must show two posts on each"),
    "ProxyErrorIsNotSent": ("proxy_that_cuts_after_the_post", "through `HttpClient`"),
}
"""Each adapter of mutated_case.py, the test that must fail for it, and what that test advises."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Sequence[ET.Element]:
    """What the suite says about every one of them, test by test."""
    site = copy_packages(tmp_path_factory.mktemp("mutated"))
    selected = " or ".join(f"(Test{name} and {test})" for name, (test, _) in MISTAKES.items())
    options = ("-p", "no:cacheprovider", "--junitxml=report.xml", "-k", selected)
    run_python(site, "-m", "pytest", "mutated_case.py", *options)
    return list(ET.parse(site / "report.xml").iter("testcase"))  # noqa: S314 - pytest's own report


@pytest.mark.parametrize("name", MISTAKES)
def test_an_adapter_that_breaks_a_rule_fails_with_advice(
    results: Sequence[ET.Element], name: str
) -> None:
    of_adapter = [one for one in results if one.get("classname", "").endswith(f"Test{name}")]
    messages = [fault.get("message", "") for one in of_adapter for fault in one.iter("failure")]
    assert messages
    assert all(MISTAKES[name][1] in message for message in messages)
