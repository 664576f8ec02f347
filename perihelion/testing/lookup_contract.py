"""What every look-up must do: a post is called absent only if that is proved (rules 2 to 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import pytest

from perihelion.testing.cases import Case, make_post
from perihelion.testing.contract_fixtures import CaseFixtures
from perihelion.testing.samples import LONG_AGO, OTHER_TOKEN, TOKEN, TRICKY_TEXTS

if TYPE_CHECKING:
    from perihelion.model.posts import Post, Receipt
    from perihelion.networks.base import Network

READER = (
    "read the timeline with `read_timeline(what, fetch, lookup_start(post), context.now)` of "
    "perihelion.networks.shared.timeline_reader"
)
CLOCKS_DIFFER = (
    f"The server's clock differs from ours; {READER}, and give each Page the headers of its answer."
)
TIME_HAS_PASSED = (
    "The post was made some time ago; look back to `lookup_start(post)` of "
    "perihelion.networks.shared.timeline_reader, which follows from the post's `created_at`, and "
    "not to a time before now."
)
MORE_PAGES = f"The post is on a later page; {READER}: it follows the cursors to the end."


class LookupContract(CaseFixtures):
    """For every network whose posts can be read back."""

    def test_a_post_is_found_again(self, readable: Case, network: Network) -> None:
        made = network.publish(make_post("another"), OTHER_TOKEN)
        for text in TRICKY_TEXTS.values():
            token = text.encode().hex()[:32]
            made = network.publish(make_post(text), token)
            found = readable.connect().find(make_post(text), token)
            assert found is not None
            assert found.id == made.id

    def test_a_post_that_was_never_made_is_not_found(
        self, readable: Case, network: Network
    ) -> None:
        assert network.find(make_post(), TOKEN) is None
        network.publish(make_post("Eleven years ago today, and more"), OTHER_TOKEN)
        assert readable.connect().find(make_post(), TOKEN) is None

    @pytest.mark.usefixtures("readable")
    def test_recent_posts_are_listed_newest_first(self, network: Network) -> None:
        made = [network.publish(make_post(f"post {n}"), f"{n:032x}") for n in range(3)]
        found = network.recent(LONG_AGO)
        assert [one.text for one in found] == ["post 2", "post 1", "post 0"]
        assert [one.receipt.id for one in found] == [one.id for one in reversed(made)]
        assert all(one.posted_at.tzinfo for one in found)
        assert network.recent(found[0].posted_at + timedelta(days=1)) == ()

    def test_the_case_tells_the_time_to_both_sides(self, readable: Case) -> None:
        """Otherwise the tests of clocks prove nothing."""
        readable.connect().publish(make_post("one"), TOKEN)
        readable.now += timedelta(days=40)
        later = make_post("two", created_at="2027-04-09T15:00:00Z")
        readable.connect().publish(later, OTHER_TOKEN)
        two, one = readable.connect().recent(LONG_AGO)
        if two.posted_at - one.posted_at < timedelta(days=39):
            pytest.fail(
                "Let the fake stamp its posts with `server_now` of the case, and give "
                "`now=lambda: self.now` to make_context."
            )

    @pytest.mark.parametrize("ahead", [timedelta(days=-5), timedelta(hours=-1), timedelta(days=5)])
    def test_a_post_is_found_whatever_the_server_s_clock_says(
        self, readable: Case, ahead: timedelta
    ) -> None:
        readable.server_ahead = ahead
        post = make_post()
        made = readable.connect().publish(post, TOKEN)
        assert_found(readable, post, made, CLOCKS_DIFFER)

    @pytest.mark.parametrize("later", [timedelta(hours=5), timedelta(days=20)])
    def test_a_post_is_found_long_after_it_was_made(self, readable: Case, later: timedelta) -> None:
        post = make_post()
        made = readable.connect().publish(post, TOKEN)
        readable.now += later
        assert_found(readable, post, made, TIME_HAS_PASSED)

    def test_a_post_on_a_later_page_is_found(self, readable: Case, network: Network) -> None:
        readable.show_pages_of(2)
        post = make_numbered_post(0)
        made = network.publish(post, TOKEN)
        for number in range(1, 5):
            network.publish(make_numbered_post(number), f"{number:032x}")
        assert_found(readable, post, made, MORE_PAGES)
        assert len(readable.connect().recent(LONG_AGO)) == 5, MORE_PAGES
        assert readable.connect().find(make_post("never made"), OTHER_TOKEN) is None


def make_numbered_post(number: int) -> Post:
    """A post that says so, a second later than the one before it."""
    return make_post(f"post {number}", created_at=f"2027-02-28T15:00:0{number}Z")


def assert_found(case: Case, post: Post, made: Receipt, advice: str) -> None:
    """A new adapter finds `post`, which was made with TOKEN; otherwise `advice` says what to do."""
    found = case.connect().find(post, TOKEN)
    if found is None:
        fail_absent(advice)
    assert found.id == made.id


def fail_absent(advice: str) -> NoReturn:
    """Fail because a post was called absent without proof."""
    pytest.fail(f"A post that may be there was called absent, and would be posted again. {advice}")
