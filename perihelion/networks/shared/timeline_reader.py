"""Reads an account's own posts back page by page, and alone decides that a post is not there.

An adapter gives `fetch(cursor)`, which makes one request and parses its answer into a Page. The
reader follows the cursors, translates the server's times into ours, and ends only where the posts
do: a repost must never rest on a page that was not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from perihelion.compose.text_comparison import is_near_text
from perihelion.model.errors import AmbiguousMatch, NotSent
from perihelion.networks.shared.error_classification import failures_as_not_sent
from perihelion.networks.shared.server_clock import SKEW_TOLERANCE, measure_clock_skew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from perihelion.model.posts import Post, Receipt

Item = TypeVar("Item")
Kind = TypeVar("Kind")

LOOKUP_MARGIN = timedelta(days=3)
"""How much older than its `created_at` a post may look: clocks jump, and texts hardly recur."""
BEGINNING = datetime.min.replace(tzinfo=UTC)
"""For lists in no order of time, which must be read to their end."""
MAX_PAGES = 25
UNREADABLE = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What `fetch` may raise about an answer that is not in the network's shape."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[Item]):
    """One post of a timeline. `id` is unique within it; `posted_at` is aware."""

    id: str
    posted_at: datetime
    item: Item


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a timeline, newest first, with times by the server's clock.

    `next_cursor` leads to the next page; empty where the network marks its last page. `has_more`:
    the server says that there are posts beyond this page. `headers` are the answer's, whose Date
    tells how far the server's clock is from ours; without them, the times are taken as they are.
    """

    entries: Sequence[Entry[Item]]
    next_cursor: str = ""
    has_more: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


if TYPE_CHECKING:
    FetchPage = Callable[[str], Page[Item]]
    """From a cursor to a page, with one request. With `functools.cache`, look-ups share a page."""
    FindPost = Callable[[Post, str], Receipt | None]
    """An adapter's `find`."""


def read_timeline(
    what: str,
    fetch: FetchPage[Item],
    since: datetime,
    now: Callable[[], datetime],
    max_pages: int = MAX_PAGES,
) -> Iterator[Entry[Item]]:
    """The posts since `since` (UTC), newest first, with their times by our clock.

    Ends only once a page has reached back to `since`, or at the last page. Raises Credentials, and
    NotSent for everything after which nobody can tell whether a post is there: a page that fails,
    that cannot be read, that repeats what was read, or that is empty although there is more, and
    more than `max_pages` pages. `what` names the timeline in errors: "mastodon-de: the timeline".
    """
    seen: set[str] = set()
    cursor = ""
    for _ in range(max_pages):
        page = fetch_page(what, fetch, cursor, now)
        yield from (one for one in page.entries if one.id not in seen and one.posted_at >= since)
        if page.has_more and not (page.entries and page.next_cursor):
            raise NotSent(f"{what} has more posts than the server shows")
        if not page.entries or not page.next_cursor or _reaches(page, since):
            return
        if seen.issuperset(one.id for one in page.entries):
            raise NotSent(f"{what} repeats a page: the server does not show older posts")
        seen.update(one.id for one in page.entries)
        cursor = page.next_cursor
    raise NotSent(f"{what} has too many posts to look through")


def fetch_page(
    what: str, fetch: FetchPage[Item], cursor: str, now: Callable[[], datetime]
) -> Page[Item]:
    """One page, with its times by our clock. Raises NotSent or Credentials."""
    try:
        with failures_as_not_sent():
            page = fetch(cursor)
        lag = _measure_clock_lag(page.headers, now())
        return replace(
            page, entries=[replace(one, posted_at=one.posted_at + lag) for one in page.entries]
        )
    except UNREADABLE as error:
        raise NotSent(f"{what} could not be read") from error


def find_post(
    post: Post,
    entries: Iterable[Entry[Item]],
    is_same: Callable[[Entry[Item]], bool],
    get_text: Callable[[Item], str],
    get_receipt: Callable[[Item], Receipt],
) -> Receipt | None:
    """The receipt of the first entry that is `post`, or None where none is nor may be.

    Raises AmbiguousMatch where an entry may be `post` as the network shows it or as somebody has
    corrected it: its text, as `get_text` gives it, is near, and it was posted after the first try.
    """
    near: list[Entry[Item]] = []
    for one in entries:
        if is_same(one):
            return get_receipt(one.item)
        if is_after_first_try(one, post) and is_near_text(get_text(one.item), post.text):
            near.append(one)
    if near:
        receipt = get_receipt(near[0].item)
        where = receipt.url or receipt.id
        raise AmbiguousMatch(f"{where} says nearly the same; it may be this post, or another one")
    return None


def is_after_first_try(entry: Entry[Item], post: Post) -> bool:
    """Whether an entry is not older than `post`, as far as two clocks can tell."""
    return entry.posted_at >= datetime.fromisoformat(post.created_at) - SKEW_TOLERANCE


def lookup_start(post: Post) -> datetime:
    """The instant (UTC) before which nothing on a timeline is taken for `post`."""
    return datetime.fromisoformat(post.created_at) - LOOKUP_MARGIN


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant in UTC, which is also its zone if it names none.

    Raises one of UNREADABLE for anything else.
    """
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)


def require_type(value: object, kind: type[Kind]) -> Kind:
    """`value`, which must be a `kind`. Raises TypeError."""
    if not isinstance(value, kind):
        raise TypeError(f"a {kind.__name__} was expected, not a {type(value).__name__}")
    return value


def has_next_link(headers: Mapping[str, str]) -> bool:
    """Whether a Link header (RFC 8288) leads to a next page."""
    return bool(re.search(r';\s*rel="?next\b', headers.get("Link", "")))


def _measure_clock_lag(headers: Mapping[str, str], now: datetime) -> timedelta:
    """What to add to the instants of a server's posts: none looks older than by either clock.

    A look-up that takes a post for too old posts it again; one that reaches too far does no harm.
    """
    return max(measure_clock_skew(headers, now), timedelta())


def _reaches(page: Page[Item], since: datetime) -> bool:
    """Whether everything beyond `page` is older than `since`.

    Its last post tells, if the page is in order; where posts are pinned, all of them must be older.
    """
    times = [one.posted_at for one in page.entries]
    oldest_first = sorted(times)
    in_order = times == oldest_first[::-1]
    return (oldest_first[0] if in_order else oldest_first[-1]) < since
