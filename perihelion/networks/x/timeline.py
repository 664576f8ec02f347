"""An account's own posts on X, read back page by page, and whether one says what a post says.

X shows every link as t.co, escapes &, < and >, and adds a link for the pictures (one for all, of
which each picture's entity tells): all of that is undone before texts are compared.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from perihelion.compose.twitter_text import find_shortened_links
from perihelion.model.errors import NotSent, Rejected
from perihelion.networks.shared.error_classification import unknown_as_not_sent
from perihelion.networks.shared.html_text import is_same_text
from perihelion.networks.shared.server_clock import measure_clock_lag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perihelion.networks.shared.http_client import ApiResponse

PAGE_SIZE = 25
"""Posts asked for at a time: each one read is charged."""
MAX_PAGES = 20
FIELD_QUERIES = (
    {"post.fields": "created_at,entities,note_post"},
    {"tweet.fields": "created_at,entities,note_tweet"},
)
"""What is asked for by the names of today's API, and by those of before 2026."""

_LINK_PLACEHOLDER = "\ufffc"
"""Stands for a link where texts are compared without them."""
_SHORT_LINK = re.compile(r"https?://t\.co/\w+", re.ASCII)
_PICTURE_LINK = re.compile(
    r"https?://(?:\w+\.)?(?:x|twitter)\.com/\w+/status/\d+/(?:photo|video)/\d+"
)
_SCHEME = re.compile(r"https?://")
_LAST_SLASH = re.compile(r"/(?=\s|$)")
_PUNYCODE = re.compile(r"\bxn--[a-z0-9-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tweet:
    """A post on the timeline: its text as readers see it, links spelt out, and without links."""

    id: str
    text: str
    text_without_links: str
    posted_at: datetime

    def matches_text(self, text: str) -> bool:
        """Whether this says `text`. Where only the links are spelt otherwise, it does.

        X may show where a link leads in the end; and to post twice is worse.
        """
        if is_same_text(_canonicalize_text(self.text), _canonicalize_text(text)):
            return True
        bare = mask_links(text)
        return any(map(str.isalnum, bare)) and is_same_text(self.text_without_links, bare)


class XTimeline:
    """The posts of one account; `what` names it in errors.

    `ask(query)` makes the request for one page, and raises what a publish error is.
    """

    def __init__(
        self,
        request_page: Callable[[dict[str, str]], ApiResponse],
        what: str,
        now: Callable[[], datetime],
    ) -> None:
        self._request_page, self._what, self._now = request_page, what, now

    def read_since(self, since: datetime) -> Iterator[Tweet]:
        """Each post and when it was made by our clock, newest first, reposts left out.

        Ends with the page that reaches `since`. Raises NotSent where that is too far to look, or
        anything could not be read: an absence must be sure.
        """
        query: dict[str, str] = {"max_results": str(PAGE_SIZE), "exclude": "retweets"}
        for _ in range(MAX_PAGES):
            tweets, data = self._read_page(query)
            yield from tweets
            if data.get("errors"):
                raise NotSent(f"{self._what} could not be read whole")
            following = _next_token(data)
            if not following or (tweets and tweets[-1].posted_at < since):
                return
            query |= {"pagination_token": following}
        raise NotSent(f"{self._what} has too many posts to look through")

    def _read_page(self, query: dict[str, str]) -> tuple[list[Tweet], dict[str, Any]]:
        """One page's posts, and all it says; asked for by the old names where X wants those."""
        problem = f"{self._what} could not be read"
        for fields in FIELD_QUERIES:
            try:
                with unknown_as_not_sent():
                    answer = self._request_page(query | fields)
            except Rejected as error:
                problem = str(error)
                continue
            tweets = self._parse_page(answer)
            if all(tweets):
                return [one for one in tweets if one], answer.data
        raise NotSent(problem)

    def _parse_page(self, answer: ApiResponse) -> list[Tweet | None]:
        """The posts of a page; None for one that came without what was asked for."""
        data = answer.data if isinstance(answer.data, dict) else {}
        meta, posts = data.get("meta"), data.get("data")
        if posts is None and isinstance(meta, dict) and meta.get("result_count") == 0:
            posts = []
        if not isinstance(posts, list) or not all(map(_is_post, posts)):
            raise NotSent(f"{self._what} could not be read")
        clock_lag = measure_clock_lag(answer.headers, self._now())
        return [_parse_tweet(post, clock_lag) for post in posts]


def mask_links(text: str) -> str:
    """`text` with a placeholder for everything in it that X makes a link."""
    text = unicodedata.normalize("NFC", text)
    for start, end in reversed(list(find_shortened_links(text))):
        text = text[:start] + _LINK_PLACEHOLDER + text[end:]
    return text


def _parse_tweet(post: dict[str, Any], clock_lag: timedelta) -> Tweet | None:
    try:
        moment = datetime.fromisoformat(post["created_at"])
        at = moment.replace(tzinfo=moment.tzinfo or UTC) + clock_lag
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    text, entities = _full_text(post)
    urls = entities.get("urls") if isinstance(entities, dict) else None
    urls = urls if isinstance(urls, list) else []
    known = [url for url in urls if isinstance(url, dict) and isinstance(url.get("url"), str)]
    for url in known:
        if url.get("media_key") or _PICTURE_LINK.match(str(url.get("expanded_url"))):
            text = re.sub(rf"\s*{re.escape(url['url'])}(?!\w)", "", text)
    text = _unescape_markup(text)
    spelt = {url["url"]: str(url.get("expanded_url") or url["url"]) for url in known}
    return Tweet(
        post["id"],
        _SHORT_LINK.sub(lambda match: spelt.get(match[0], match[0]), text),
        _SHORT_LINK.sub(_LINK_PLACEHOLDER, text),
        at,
    )


def _full_text(post: dict[str, Any]) -> tuple[str, object]:
    """Text and entities; those of the long form where the short one is cut."""
    for name in ("note_post", "note_tweet"):
        note = post.get(name)
        if isinstance(note, dict) and isinstance(note.get("text"), str):
            return note["text"], note.get("entities") or post.get("entities")
    return post["text"], post.get("entities")


def _unescape_markup(text: str) -> str:
    """Undo what X escapes, and no more: what else looks like an entity was written so."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _canonicalize_text(text: str) -> str:
    """A text in which every spelling of the same links is the same."""
    text = unquote(unicodedata.normalize("NFC", text)).casefold()
    text = _PUNYCODE.sub(_decode_punycode, text)
    return _LAST_SLASH.sub("", _SCHEME.sub("", text))


def _decode_punycode(match: re.Match[str]) -> str:
    try:
        return match[0].encode().decode("idna")
    except UnicodeError:
        return match[0]


def _is_post(post: object) -> bool:
    return isinstance(post, dict) and all(isinstance(post.get(n), str) for n in ("id", "text"))


def _next_token(data: dict[str, Any]) -> str:
    meta = data.get("meta")
    token = meta.get("next_token") if isinstance(meta, dict) else None
    return token if isinstance(token, str) else ""
