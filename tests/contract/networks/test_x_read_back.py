"""Finding a post again on an account's timeline on X."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from perihelion.model.errors import Credentials, NotSent
from perihelion.testing.cases import expect_failure, make_picture, make_pictures, make_post
from perihelion.testing.contexts import NOW
from perihelion.testing.http_server import Fault, Reply
from perihelion.testing.samples import LONG_AGO, OTHER_TOKEN, TOKEN
from tests.contract.networks.test_x_contract import XCase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.testing.http_server import Request

LINKED = "Eleven years ago <today> & more: https://example.org/ä?q=1&r=2 and example.com"
SPELT = {
    "as it was": lambda url: url,
    "percent-encoded": lambda url: url.replace("ä", "%C3%A4"),
    "with a last slash": lambda url: f"{url}/" if url.count("/") < 3 else url,
    "by https": lambda url: url.replace("http://", "https://"),
    "where it leads in the end": lambda _url: "https://elsewhere.example/landing",
    "in punycode": lambda url: url.replace("münchen", "xn--mnchen-3ya"),
}


@pytest.fixture
def case(tmp_path: Path) -> Iterator[XCase]:
    made = XCase(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("spelling", sorted(SPELT.keys() - {"where it leads in the end"}))
def test_a_link_is_the_same_however_it_is_spelt(case: XCase, spelling: str) -> None:
    case.fake.rewrite_url = SPELT[spelling]
    for text in ("http://münchen.example.org/ä?q=1&r=2", "http://example.org", "example.com"):
        made = case.connect().publish(make_post(text), TOKEN)
        assert case.connect().find(make_post(text), TOKEN) == made


@pytest.mark.parametrize("spelling", SPELT)
def test_links_as_t_co_and_html_entities_are_undone(case: XCase, spelling: str) -> None:
    case.fake.rewrite_url = SPELT[spelling]
    text = LINKED.replace("example.org", "münchen.example.org")
    made = case.connect().publish(make_post(text), TOKEN)
    assert case.connect().find(make_post(text), TOKEN) == made


def test_the_link_of_a_picture_is_no_part_of_the_text(case: XCase) -> None:
    post = make_post(LINKED, picture=make_picture(case.folder))
    made = case.connect().publish(post, TOKEN)
    assert case.connect().find(post, TOKEN) == made
    assert "t.co" not in case.connect().recent(LONG_AGO)[0].text


@pytest.mark.parametrize("apart", [False, True], ids=["one link for all", "a link for each"])
def test_the_links_of_several_pictures_are_no_part_of_the_text(case: XCase, *, apart: bool) -> None:
    case.fake.link_for_each_picture = apart
    post = make_post(LINKED, pictures=make_pictures(case.folder, 4))
    made = case.connect().publish(post, TOKEN)
    assert case.connect().find(post, TOKEN) == made
    assert "t.co" not in case.connect().recent(LONG_AGO)[0].text


def test_a_text_that_looks_escaped_is_unescaped_only_once(case: XCase) -> None:
    text = "write &amp; for &, &lt; for < and &eacute; for é"
    case.connect().publish(make_post(text), TOKEN)
    assert [one.text for one in case.connect().recent(LONG_AGO)] == [text]


def test_a_text_that_is_only_a_link_is_told_apart_by_it(case: XCase) -> None:
    case.connect().publish(make_post("https://example.org/one"), TOKEN)
    assert case.connect().find(make_post("https://example.org/two"), OTHER_TOKEN) is None


def test_the_same_words_on_another_day_are_another_post(case: XCase) -> None:
    case.fake.add_tweet(make_post().text, at=NOW - timedelta(days=4))
    assert case.connect().find(make_post(), TOKEN) is None
    made = case.fake.add_tweet(make_post().text, at=NOW - timedelta(days=2))
    found = case.connect().find(make_post(), TOKEN)
    assert found
    assert found.id == made.id


def test_reposts_are_not_taken_for_posts(case: XCase) -> None:
    case.fake.add_tweet(make_post().text, repost=True)
    assert case.connect().find(make_post(), TOKEN) is None


def test_the_timeline_is_read_page_by_page_until_it_is_old_enough(case: XCase) -> None:
    case.fake.page = 2
    made = case.fake.add_tweet(make_post().text)
    for number in range(5):
        case.fake.add_tweet(f"later {number}")
    found = case.connect().find(make_post(), TOKEN)
    assert found
    assert found.id == made.id
    assert len(case.connect().recent(LONG_AGO)) == 6


def test_a_page_that_is_old_enough_is_the_last_that_is_paid_for(case: XCase) -> None:
    case.fake.page = 2
    for days in range(30, 0, -1):
        case.fake.add_tweet(f"{days} days ago", at=NOW - timedelta(days=days))
    assert case.connect().find(make_post(), TOKEN) is None
    assert sum(map(case.is_lookup, case.server.requests)) == 2


def test_a_timeline_too_long_to_look_through_is_no_absence(case: XCase) -> None:
    case.fake.page = 1
    for number in range(30):
        case.fake.add_tweet(f"later {number}")
    assert isinstance(
        expect_failure(case, lambda: case.connect().find(make_post(), TOKEN)), NotSent
    )


def test_the_field_names_of_before_2026_are_tried_where_the_new_ones_are_refused(
    case: XCase,
) -> None:
    case.fake.old_names = True
    made = case.connect().publish(make_post(LINKED), TOKEN)
    assert case.connect().find(make_post(LINKED), TOKEN) == made


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"meta": {}},
        {"errors": [{"title": "Not Found"}], "meta": {"result_count": 0}},
        {"data": [{"id": 5, "text": "no"}]},
        {"data": [{"id": "5"}]},
        {"data": {"id": "5", "text": "no"}},
        {"data": [{"id": "5", "text": "no", "created_at": "yesterday"}]},
        [],
    ],
)
def test_a_page_that_is_not_whole_is_no_absence(case: XCase, page: Any) -> None:  # noqa: ANN401 - JSON is anything
    def is_broken_page(request: Request) -> bool:
        return case.is_lookup(request)

    for _ in range(2):
        case.server.break_next(Fault(Reply(200, page)), is_broken_page)
    assert isinstance(
        expect_failure(case, lambda: case.connect().find(make_post(), TOKEN)), NotSent
    )


def test_a_page_with_errors_shows_what_is_there_and_never_what_is_not(case: XCase) -> None:
    shown = {"id": "7", "text": make_post().text, "created_at": NOW.isoformat()}
    page = {"data": [shown], "errors": [{"title": "Not Found"}], "meta": {"result_count": 1}}
    for _ in range(2):
        case.server.break_next(Fault(Reply(200, page)), case.is_lookup)
    found = case.connect().find(make_post(), TOKEN)
    assert found
    assert found.id == "7"
    other = make_post("Another text")
    assert isinstance(
        expect_failure(case, lambda: case.connect().find(other, OTHER_TOKEN)), NotSent
    )


def test_a_timeline_that_may_not_be_read_says_why(case: XCase) -> None:
    for _ in range(2):
        reply = Reply(403, {"title": "Forbidden", "detail": "not permitted to read"})
        case.server.break_next(Fault(reply), case.is_lookup)
    error = expect_failure(case, lambda: case.connect().find(make_post(), TOKEN))
    assert isinstance(error, NotSent)
    assert "not permitted to read" in str(error)


def test_dead_credentials_show_at_a_look_up_too(case: XCase) -> None:
    case.server.break_next(Fault(Reply(401, {})), case.is_lookup)
    assert isinstance(
        expect_failure(case, lambda: case.connect().find(make_post(), TOKEN)), Credentials
    )


@pytest.mark.parametrize("days", [400, -400])
def test_a_rehearsal_on_another_day_finds_its_posts(case: XCase, days: int) -> None:
    case.fake.now = lambda: NOW + timedelta(days=days)
    made = case.connect().publish(make_post(), TOKEN)
    assert case.connect().find(make_post(), TOKEN) == made
    assert case.connect().recent(NOW - timedelta(hours=1))[0].posted_at >= NOW


def test_the_account_is_asked_for_once(case: XCase) -> None:
    network = case.connect()
    network.find(make_post(), TOKEN)
    network.find(make_post(), TOKEN)
    assert sum(map(case.is_check, case.server.requests)) == 1
