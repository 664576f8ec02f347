"""What every look-up over HTTP must do, however the server pages, fails and shows its posts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

import pytest

from perihelion.model.errors import AmbiguousMatch, NotSent
from perihelion.publish.look_ups import TimelineNetwork
from perihelion.testing.cases import HttpCase, expect_failure, make_post
from perihelion.testing.contract_fixtures import HttpCaseFixtures
from perihelion.testing.faults import LOST_ANSWERS, patience_for, skip_first
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.lookup_contract import (
    MORE_PAGES,
    READER,
    LookupContract,
    assert_found,
    fail_absent,
    make_numbered_post,
)
from perihelion.testing.samples import LONG_AGO, OTHER_TOKEN, TOKEN
from perihelion.testing.timeline_faults import (
    LateTimeline,
    repeat_first_page,
    replace_page,
    show_differently,
    spoil_pages,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.networks.base import Network
    from perihelion.testing.cases import Case

LOOKS: dict[str, Callable[[Network], object]] = {
    "find": lambda network: network.find(make_post("never made"), OTHER_TOKEN),
    "recent": lambda network: network.recent(LONG_AGO),
}
FAILING_PAGES = {
    "an error": Fault(Reply(500)),
    "not found": Fault(Reply(404, body=b"")),
    "another shape": Fault(Reply(200, {})),
    "cut": Fault(cut_after=20),
}
SHOWN_DIFFERENTLY = {
    "a shortened link": ("See https://nasa.gov/mars now", "https://nasa.gov/mars", "nasa.gov/ma…"),
    "a mention": ("ISS with @anna@example.org today", "@anna@example.org", "@anna"),
    "a folded character": ("The crater is 20 km² wide", "km²", "km2"),
    "a tag without its sign": ("Home again after a year #ISS", "#ISS", "ISS"),
    "an escaped quote": ('They said "go" at the first try', '"', "&#34;"),
    "a rendered list": ("12. April: the first man in space", "12. April", "April"),
    "rendered emphasis": ("The *first* man in space", "*first*", "first"),
    "a corrected typo": ("Eleven years ago: Kazakstan", "Kazakstan", "Kazakhstan"),
}  # fmt: skip
"""A post's text, and what the timeline shows in the place of a part of it."""

REPEATED = f"The server repeats a page, and does not show its older posts; {READER}."
EMPTY = f"An empty page says that there are more posts; set `has_more` of the Page, and {READER}."
FAILED = f"A page of the timeline failed; {READER}."
LATE = f"The server has shown the post since the last look-up; {READER} from its newest post."
SHARED = "Let `open_timeline` give its `find` the function `functools.cache(self._fetch_page)`."
NEAR = (
    "The timeline shows nearly the same text; pick the post with `find_post` of "
    "perihelion.networks.shared.timeline_reader, which raises AmbiguousMatch."
)


class HttpLookupContract(LookupContract, HttpCaseFixtures):
    """For every network behind an HTTP server whose posts can be read back."""

    case_type: ClassVar[type[HttpCase]]

    @pytest.fixture
    def paged(self, wire: HttpCase, readable: Case) -> HttpCase:
        """The case with four posts, on two pages."""
        readable.show_pages_of(2)
        for number in range(4):
            wire.connect().publish(make_numbered_post(number), f"{number:032x}")
        wire.server.requests.clear()
        return wire

    @pytest.mark.parametrize("fault", ["no answer", "a drip", "no JSON", "null"])
    def test_a_look_up_without_an_answer_is_no_absence(
        self, wire: HttpCase, readable: Case, fault: str
    ) -> None:
        readable.connect().publish(make_post(), TOKEN)
        wire.server.break_next(LOST_ANSWERS[fault], wire.is_lookup)
        hasty = wire.connect(patience=patience_for(LOST_ANSWERS[fault]))
        error = expect_failure(wire, lambda: hasty.find(make_post(), TOKEN))
        assert isinstance(error, NotSent)

    @pytest.mark.usefixtures("readable")
    def test_the_fake_shows_its_posts_on_several_pages(self, wire: HttpCase) -> None:
        """Otherwise the tests of pages prove nothing."""
        wire.show_pages_of(2)
        pages: list[Reply] = []
        for number in range(4):
            wire.connect().publish(make_numbered_post(number), f"{number:032x}")
        spoil_pages(wire, lambda _number, answer: keep(pages, answer()))
        wire.connect().recent(LONG_AGO)
        assert "post 3" in pages[0].to_bytes().decode()
        if "post 0" in pages[0].to_bytes().decode():
            pytest.fail("After `show_pages_of(2)`, the fake must show two posts on each page.")

    def test_look_ups_that_share_a_timeline_ask_for_no_page_twice(self, paged: HttpCase) -> None:
        network = paged.connect()
        if not isinstance(network, TimelineNetwork):
            pytest.skip("this network looks up each post by itself")
        find = network.open_timeline()
        assert not paged.server.requests, "opening a timeline makes no request"
        assert find(make_post("never made"), OTHER_TOKEN) is None
        asked = sum(map(paged.is_lookup, paged.server.requests))
        for number in range(4):
            assert find(make_numbered_post(number), f"{number:032x}"), MORE_PAGES
        assert sum(map(paged.is_lookup, paged.server.requests)) == asked >= 2, SHARED

    @pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
    def test_a_server_that_repeats_a_page_proves_no_absence(
        self, paged: HttpCase, look: Callable[[Network], object]
    ) -> None:
        repeat_first_page(paged)
        expect_not_sent(paged, look, REPEATED, least_pages=2)

    @pytest.mark.parametrize("fault", FAILING_PAGES.values(), ids=FAILING_PAGES.keys())
    @pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
    def test_a_second_page_that_fails_proves_no_absence(
        self, paged: HttpCase, look: Callable[[Network], object], fault: Fault
    ) -> None:
        for _ in range(2):  # an adapter may ask again in another way
            paged.server.break_next(fault, skip_first(1, paged.is_lookup))
        expect_not_sent(paged, look, FAILED, least_pages=2)

    @pytest.mark.parametrize("position", [0, 1])
    @pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
    def test_an_empty_page_before_further_ones_proves_no_absence(
        self, paged: HttpCase, look: Callable[[Network], object], position: int
    ) -> None:
        empty = paged.empty_page
        if empty is None:
            pytest.skip("this network does not say whether there are more posts")
        replace_page(paged, position, empty)
        expect_not_sent(paged, look, EMPTY, least_pages=position + 1)

    def test_a_post_that_the_server_shows_late_is_found_in_the_end(
        self, wire: HttpCase, readable: Case
    ) -> None:
        network, timeline, post = readable.connect(), LateTimeline(wire), make_post()
        assert network.find(post, TOKEN) is None
        timeline.is_late = True
        made = network.publish(post, TOKEN)
        with suppress(NotSent):
            network.find(post, TOKEN)
        timeline.is_late = False
        found = network.find(post, TOKEN)
        if found is None:
            fail_absent(LATE)
        assert found.id == made.id
        assert_found(wire, post, made, LATE)

    @pytest.mark.parametrize("shown", SHOWN_DIFFERENTLY.values(), ids=SHOWN_DIFFERENTLY.keys())
    def test_a_post_that_is_shown_differently_is_not_absent(
        self, wire: HttpCase, readable: Case, shown: tuple[str, str, str]
    ) -> None:
        text, part, instead = shown
        made = readable.connect().publish(make_post(text), TOKEN)
        show_differently(wire, lambda shown: shown.replace(part, instead))
        try:
            assert_found(wire, make_post(text), made, NEAR)
        except AmbiguousMatch as match:
            if str(made.url or made.id) not in str(match):
                pytest.fail("AmbiguousMatch must name the post, since a person has to look at it")


def keep(pages: list[Reply], page: Reply) -> Reply:
    """`page`, which is added to `pages`."""
    pages.append(page)
    return page


def expect_not_sent(
    case: HttpCase, look: Callable[[Network], object], advice: str, least_pages: int
) -> None:
    """`look` must not answer once it has read `least_pages`, of which one was spoiled."""
    network = case.connect()
    try:
        look(network)
    except NotSent:
        return
    if sum(map(case.is_lookup, case.server.requests)) >= least_pages:
        fail_absent(advice)
