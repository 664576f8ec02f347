"""On no network is a post taken for absent before the whole timeline was read (rule 2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.model.errors import AmbiguousMatch, NotSent
from perihelion.testing.cases import Case, HttpCase, expect_failure, make_post
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.network_contract import LONG_AGO, OTHER_TOKEN, TOKEN
from tests.contract.networks.bluesky_case import BlueskyCase
from tests.contract.networks.test_discord_contract import BotCase
from tests.contract.networks.test_mastodon_contract import GoToSocialCase, MastodonCase, SnacCase
from tests.contract.networks.test_nostr_contract import NostrCase
from tests.contract.networks.test_threads_contract import ThreadsCase
from tests.contract.networks.test_x_contract import XCase
from tests.fakes.nostr_relay import RelayFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from perihelion.testing.http_server import Request

CASES = (MastodonCase, GoToSocialCase, BotCase, XCase, ThreadsCase, BlueskyCase)
NEXT = {"Link": '<https://example.org/statuses?max_id=1>; rel="next"'}
EMPTY_WITH_NEXT: dict[type[HttpCase], Reply] = {
    MastodonCase: Reply(200, [], headers=NEXT),
    XCase: Reply(200, {"meta": {"result_count": 0, "next_token": "p9"}}),
    ThreadsCase: Reply(
        200, {"data": [], "paging": {"cursors": {"after": "9"}, "next": "https://example.org/"}}
    ),
    BlueskyCase: Reply(200, {"records": [], "cursor": "3k"}),
}
"""Discord gives no links to a next page."""


def is_page(case: HttpCase, request: Request) -> bool:
    if isinstance(case, BlueskyCase):
        return request.path.endswith("listRecords")
    return case.is_lookup(request)


def look(case: Case) -> object:
    """The look-up that needs the whole timeline; on Bluesky, `find` asks for the one record."""
    network = case.connect()
    if isinstance(case, BlueskyCase):
        return network.recent(LONG_AGO)
    return network.find(make_post("never made"), OTHER_TOKEN)


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HttpCase]:
    """A network with two posts, on two pages where the fake cuts them so."""
    made: HttpCase = request.param(tmp_path)
    if isinstance(made, (XCase, ThreadsCase)):
        made.fake.page = 1
    for number in range(2):
        made.connect().publish(make_post(f"post {number}"), f"{number:032x}")
    made.server.requests.clear()
    yield made
    made.close()


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_a_timeline_that_is_read_to_its_end_tells(case: HttpCase) -> None:
    found = look(case)
    assert len(found) == 2 if isinstance(found, tuple) else found is None
    assert sum(is_page(case, one) for one in case.server.requests) == 2


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_a_server_that_ignores_the_cursor_proves_no_absence(case: HttpCase) -> None:
    case.server.app = repeat_first_page(case)
    error = expect_failure(case, lambda: look(case))
    assert type(error) is NotSent
    assert "repeats a page" in str(error)


@pytest.mark.parametrize("case", CASES, indirect=True)
@pytest.mark.parametrize(
    "fault",
    [Fault(Reply(500)), Fault(Reply(404, body=b"")), Fault(Reply(200, {})), Fault(cut_after=20)],
    ids=["an error", "not found", "another shape", "cut"],
)
def test_a_second_page_that_fails_proves_no_absence(case: HttpCase, fault: Fault) -> None:
    def is_second_page(request: Request) -> bool:
        pages = [one for one in case.server.requests if is_page(case, one)]
        return request in pages[1:]

    for _ in range(2):  # X is asked again, by the names of before 2026
        case.server.break_next(fault, is_second_page)
    assert type(expect_failure(case, lambda: look(case))) is NotSent


@pytest.mark.parametrize("case", EMPTY_WITH_NEXT, indirect=True)
@pytest.mark.parametrize("position", [0, 1])
def test_an_empty_page_with_a_next_link_proves_no_absence(case: HttpCase, position: int) -> None:
    app, pages = case.server.app, iter(range(100))

    def handle_request(request: Request) -> Reply:
        if is_page(case, request) and next(pages) == position:
            return EMPTY_WITH_NEXT[type(case)]
        return app(request)

    case.server.app = handle_request
    error = expect_failure(case, lambda: look(case))
    assert type(error) is NotSent
    assert "more posts than the server shows" in str(error)


def repeat_first_page(case: HttpCase) -> Callable[[Request], Reply]:
    """The case's server, with its first page in the place of every other."""
    app = case.server.app
    first: list[Reply] = []

    def handle_request(request: Request) -> Reply:
        if not is_page(case, request):
            return app(request)
        first.extend([] if first else [app(request)])
        return first[0]

    return handle_request


NEAR_CASES = (MastodonCase, GoToSocialCase, SnacCase, BotCase, XCase, ThreadsCase)
"""Bluesky and Nostr keep the token with the post: the text does not matter."""


@pytest.mark.parametrize("case", NEAR_CASES, indirect=True)
@pytest.mark.parametrize(
    ("stands", "sought"),
    [
        ("Landing: nasa.gov/mars/rov… 20 km2", "Landing: https://nasa.gov/mars/rover 20 km\u00b2"),
        ("#ISS with @anna today", "ISS with @anna@example.org today"),
        ("Eleven years ago: Kazakhstan", "Eleven years ago: Kazakstan"),
    ],
    ids=["a shortened link", "a mention and a tag", "a typo"],
)
def test_a_post_of_that_time_with_nearly_the_same_text_is_not_absent(
    case: HttpCase, stands: str, sought: str
) -> None:
    made = case.connect().publish(make_post(stands), TOKEN)
    error = expect_match(case, sought)
    assert str(made.url or made.id) in str(error)


def expect_match(case: HttpCase, text: str) -> AmbiguousMatch:
    with pytest.raises(AmbiguousMatch) as caught:
        case.connect().find(make_post(text), OTHER_TOKEN)
    return caught.value


@pytest.fixture
def nostr(tmp_path: Path) -> Iterator[NostrCase]:
    made = NostrCase(tmp_path)
    for number in range(3):
        post = make_post(f"post {number}", created_at=f"2027-02-28T15:00:0{number}Z")
        made.connect().publish(post, f"{number:032x}")
    yield made
    made.close()


def show(*events: dict[str, Any]) -> RelayFault:
    frames = [json.dumps(["EVENT", "perihelion", event]) for event in events]
    return RelayFault(frames=(*frames, '["EOSE","perihelion"]'))


def test_a_relay_that_ignores_until_proves_no_absence(nostr: NostrCase) -> None:
    for _ in range(2):
        nostr.relay.break_next("REQ", show(*nostr.relay.events[1:]))
    error = expect_failure(nostr, lambda: look(nostr))
    assert "repeats a page" in str(error)


def test_a_relay_that_fails_at_its_second_page_proves_no_absence(nostr: NostrCase) -> None:
    nostr.relay.break_next("REQ", show(*nostr.relay.events))
    nostr.relay.break_next("REQ", RelayFault(cut=True))
    assert type(expect_failure(nostr, lambda: look(nostr))) is NotSent


def test_a_relay_that_cuts_its_pages_within_a_second_proves_no_absence(nostr: NostrCase) -> None:
    for token in ("a", "b"):
        post = make_post(f"post {token}", created_at="2027-02-28T15:00:02Z")
        nostr.connect().publish(post, token * 32)
    nostr.relay.max_events = 2
    error = expect_failure(nostr, lambda: look(nostr))
    assert "more posts than the server shows" in str(error)


def test_a_relay_that_is_read_to_its_end_tells(nostr: NostrCase) -> None:
    nostr.relay.max_events = 2
    network = nostr.connect()
    assert network.find(make_post("never made"), OTHER_TOKEN) is None
    assert network.find(make_post("whatever"), TOKEN) is None
