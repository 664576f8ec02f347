"""What the reader takes for the end of a timeline, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perihelion.model.errors import (
    AmbiguousMatch,
    Credentials,
    NotSent,
    OutcomeUnknown,
    Rejected,
)
from perihelion.model.posts import Receipt
from perihelion.networks.shared.timeline_reader import (
    BEGINNING,
    LOOKUP_MARGIN,
    Entry,
    Page,
    find_post,
    has_next_link,
    lookup_start,
    parse_instant,
    read_timeline,
)
from perihelion.testing.cases import make_post
from perihelion.testing.contexts import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perihelion.model.errors import PublishError

SINCE = NOW - timedelta(days=3)


def make_entry(number: int, hours_ago: float = 1) -> Entry[str]:
    return Entry(str(number), NOW - timedelta(hours=hours_ago), f"post {number}")


def make_page(*numbers: int, cursor: str = "", has_more: bool = False) -> Page[str]:
    return Page([make_entry(number, number) for number in numbers], cursor, has_more)


def read_ids(
    fetch: Callable[[str], Page[str]], since: datetime = SINCE, max_pages: int = 5
) -> list[str]:
    found = read_timeline("x: the timeline", fetch, since, lambda: NOW, max_pages)
    return [one.id for one in found]


def serve_pages(**pages: Page[str]) -> Callable[[str], Page[str]]:
    """A server whose first page is `start`; the others are named by their cursors."""
    return lambda cursor: pages[cursor or "start"]


def test_a_page_without_a_cursor_is_the_last_one() -> None:
    fetch = serve_pages(start=make_page(1, 2, cursor="b"), b=make_page(3))
    assert read_ids(fetch) == ["1", "2", "3"]


def test_an_empty_page_is_the_end_where_the_server_says_nothing_of_more() -> None:
    fetch = serve_pages(start=make_page(1, cursor="b"), b=make_page())
    assert read_ids(fetch) == ["1"]


def test_a_timeline_without_posts_is_read() -> None:
    assert read_ids(serve_pages(start=make_page())) == []


def test_reading_ends_with_the_page_that_reaches_back_far_enough() -> None:
    pages = {
        "": Page([make_entry(1), make_entry(2, 71)], "b"),
        "b": Page([make_entry(3, 72), make_entry(4, 73)], "c"),
    }
    assert read_ids(pages.__getitem__) == ["1", "2", "3"], "c is never asked for"


def test_an_old_post_pinned_to_the_top_does_not_end_the_reading() -> None:
    pinned = make_entry(9, 5000)
    fetch = serve_pages(start=Page([pinned, make_entry(1)], "b"), b=make_page(2))
    assert read_ids(fetch) == ["1", "2"]


def test_a_page_in_no_order_ends_the_reading_only_if_all_of_it_is_old() -> None:
    pages = {
        "": Page([make_entry(1), make_entry(2, 90), make_entry(3), make_entry(4, 90)], "b"),
        "b": Page([make_entry(5, 80), make_entry(6, 90), make_entry(7, 85)], "c"),
    }
    assert read_ids(pages.__getitem__) == ["1", "3"]


def test_a_server_that_ignores_the_cursor_proves_nothing() -> None:
    with pytest.raises(NotSent, match="x: the timeline repeats a page"):
        read_ids(lambda _cursor: make_page(1, 2, cursor="2"))


def test_pages_that_repeat_in_turn_prove_nothing() -> None:
    pages = {"": make_page(1, cursor="a"), "a": make_page(2, cursor="b")}
    pages["b"] = make_page(1, cursor="a")
    with pytest.raises(NotSent, match="repeats a page"):
        read_ids(pages.__getitem__)


def test_a_post_that_moved_to_the_next_page_is_given_once() -> None:
    fetch = serve_pages(start=make_page(1, 2, cursor="b"), b=make_page(2, 3))
    assert read_ids(fetch) == ["1", "2", "3"]


@pytest.mark.parametrize("cursor", ["", "b"])
def test_an_empty_page_that_announces_more_proves_nothing(cursor: str) -> None:
    with pytest.raises(NotSent, match="has more posts than the server shows"):
        read_ids(lambda _cursor: make_page(cursor=cursor, has_more=True))


def test_posts_that_are_announced_and_lead_nowhere_prove_nothing() -> None:
    found = []
    with pytest.raises(NotSent, match="has more posts than the server shows"):
        found.extend(read_ids(lambda _cursor: make_page(1, has_more=True)))


def test_what_a_page_shows_is_given_before_its_trouble_is_told() -> None:
    found = read_timeline("x", lambda _c: make_page(1, has_more=True), SINCE, lambda: NOW)
    assert next(found).item == "post 1"


@pytest.mark.parametrize("error", [OutcomeUnknown, Rejected, NotSent])
def test_a_page_that_fails_proves_nothing(error: type[PublishError]) -> None:
    def fetch(cursor: str) -> Page[str]:
        if cursor:
            raise error("x: 500")
        return make_page(1, cursor="b")

    with pytest.raises(NotSent, match="x: 500"):
        read_ids(fetch)


def test_dead_credentials_show_as_such() -> None:
    def fetch(_cursor: str) -> Page[str]:
        raise Credentials("x: 401")

    with pytest.raises(Credentials):
        read_ids(fetch)


@pytest.mark.parametrize("error", [KeyError, TypeError, ValueError, AttributeError, OverflowError])
def test_a_page_in_another_shape_proves_nothing(error: type[Exception]) -> None:
    def fetch(cursor: str) -> Page[str]:
        if cursor:
            raise error("id")
        return make_page(1, cursor="b")

    with pytest.raises(NotSent, match="x: the timeline could not be read"):
        read_ids(fetch)


def test_too_many_pages_prove_nothing() -> None:
    numbers = iter(range(1000))

    def fetch(_cursor: str) -> Page[str]:
        number = next(numbers)
        return Page([make_entry(number)], str(number))

    with pytest.raises(NotSent, match="too many posts"):
        read_ids(fetch, max_pages=5)
    assert next(numbers) == 5


@pytest.mark.parametrize(
    ("server_is_ahead", "moved"),
    [
        (timedelta(minutes=-9), timedelta()),
        (timedelta(days=-100), timedelta(days=100)),
        (timedelta(days=100), timedelta()),
    ],
    ids=["they agree", "the server is behind", "the server is ahead"],
)
def test_a_post_looks_older_by_neither_clock(server_is_ahead: timedelta, moved: timedelta) -> None:
    headers = {"Date": format_datetime(NOW + server_is_ahead, usegmt=True)}
    posted_at = NOW + min(server_is_ahead, timedelta())
    page = Page([Entry("1", posted_at, "post")], headers=headers)
    (found,) = read_timeline("x", lambda _cursor: page, SINCE, lambda: NOW)
    assert found.posted_at == posted_at + moved


def test_a_time_that_no_clock_can_show_is_unreadable() -> None:
    headers = {"Date": format_datetime(NOW - timedelta(days=100), usegmt=True)}
    page = Page([Entry("1", datetime.max.replace(tzinfo=UTC), "post")], headers=headers)
    with pytest.raises(NotSent, match="could not be read"):
        read_ids(lambda _cursor: page)


def test_a_list_in_no_order_of_time_is_read_to_its_end() -> None:
    old = Entry("1", BEGINNING, "post")
    fetch = serve_pages(start=Page([old], "b"), b=make_page(2))
    assert read_ids(fetch, since=BEGINNING) == ["1", "2"]


@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=6), wanted=st.integers(0, 23))
def test_every_post_since_then_is_given_once_whatever_the_pages(
    sizes: list[int], wanted: int
) -> None:
    numbers = iter(range(100))
    pages = [[next(numbers) for _ in range(size)] for size in sizes]

    def fetch(cursor: str) -> Page[str]:
        index = int(cursor or 0)
        following = str(index + 1) if index + 1 < len(pages) else ""
        return make_page(*pages[index], cursor=following, has_more=bool(following))

    expected = [str(number) for page in pages for number in page if number <= wanted]
    assert read_ids(fetch, since=NOW - timedelta(hours=wanted), max_pages=6) == expected


def find_text(text: str, *entries: Entry[str]) -> Receipt | None:
    """Look for a post of NOW with this text among entries whose items are their texts."""
    post = make_post(text, created_at=NOW.isoformat())
    return find_post(
        post,
        entries,
        lambda one: one.item == text,
        lambda shown: shown,
        lambda shown: Receipt("id", f"https://x/{shown[:7]}"),
    )


SOUGHT = "Eleven years ago: landing in Kazakhstan"
CORRECTED = "Eleven years ago: landing in Kazakstan"


def test_the_same_post_is_found_though_a_near_one_is_newer() -> None:
    same = Entry("1", NOW, SOUGHT)
    assert find_text(SOUGHT, Entry("2", NOW, CORRECTED), same) == Receipt("id", "https://x/Eleven ")


def test_a_near_post_is_neither_found_nor_absent_but_named() -> None:
    with pytest.raises(AmbiguousMatch, match="https://x/Eleven"):
        find_text(SOUGHT, Entry("2", NOW, "chatter"), Entry("1", NOW, CORRECTED))


def test_a_near_post_from_before_the_first_try_is_another_post() -> None:
    assert find_text(SOUGHT, Entry("1", NOW - timedelta(minutes=11), CORRECTED)) is None


def test_clocks_that_differ_a_little_hide_no_near_post() -> None:
    with pytest.raises(AmbiguousMatch):
        find_text(SOUGHT, Entry("1", NOW - timedelta(minutes=9), CORRECTED))


def test_a_post_may_look_three_days_older_than_it_is() -> None:
    post = make_post(created_at="2027-02-28T15:00:00Z")
    assert lookup_start(post) == NOW - LOOKUP_MARGIN == NOW - timedelta(days=3)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2027-02-28T15:00:00Z", NOW),
        ("2027-02-28T16:00:00.000+01:00", NOW),
        ("2027-02-28T15:00:00", NOW),
        ("2027-02-28T15:00:00+0000", NOW),
    ],
)
def test_instants_are_read_in_utc(text: str, instant: datetime) -> None:
    found = parse_instant(text)
    assert (found, found.tzinfo) == (instant, UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"Link": '<https://x/a?max_id=1>; rel="next", <https://x/a>; rel="prev"'}, True),
        ({"Link": '<https://x/a?min_id=9>; rel="prev"'}, False),
        ({"Link": "<https://x/a?max_id=1>; rel=next"}, True),
        ({"Link": '<https://x/next?rel=next>; rel="prev"'}, False),
    ],
)
def test_a_link_header_tells_of_a_next_page(headers: Mapping[str, str], expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert has_next_link(headers) is expected
