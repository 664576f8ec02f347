"""An account's own posts on X, read back page by page, and whether one says what a post says.

X shows every link as t.co, escapes &, < and >, and adds a link for the pictures (one for all, of
which each picture's entity tells): all of that is undone before texts are compared.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from perihelion.compose.text_comparison import is_same_text
from perihelion.compose.twitter_text import find_shortened_links
from perihelion.model.errors import Rejected
from perihelion.networks.shared.json_values import get_list, get_text, get_value
from perihelion.networks.shared.timeline_reader import (
    UNREADABLE,
    Entry,
    Page,
    parse_instant,
    require_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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

    def matches_text(self, text: str) -> bool:
        """Whether this says `text`. Where only the links are spelt otherwise, it does.

        X may show where a link leads in the end; and to post twice is worse.
        """
        if is_same_text(_canonicalize_text(self.text), _canonicalize_text(text)):
            return True
        bare = mask_links(text)
        return any(map(str.isalnum, bare)) and is_same_text(self.text_without_links, bare)


def fetch_tweets(request_page: Callable[[dict[str, str]], ApiResponse], cursor: str) -> Page[Tweet]:
    """The page of the account's posts at `cursor`, reposts left out.

    `request_page(query)` makes the request and raises the publish errors. Where X refuses today's
    names of the fields, or leaves the fields out, it is asked again with the older names.
    """
    query = {"max_results": str(PAGE_SIZE), "exclude": "retweets"}
    query |= {"pagination_token": cursor} if cursor else {}
    today, earlier = FIELD_QUERIES
    try:
        return _parse_page(request_page(query | today))
    except (Rejected, *UNREADABLE):
        return _parse_page(request_page(query | earlier))


def _parse_page(answer: ApiResponse) -> Page[Tweet]:
    """The posts of a page. Errors in the same answer mean that some are not shown."""
    data = require_type(answer.data, dict)
    meta, posts = data.get("meta"), data.get("data")
    if posts is None and isinstance(meta, dict) and meta.get("result_count") == 0:
        posts = []
    entries = [_parse_tweet(post) for post in require_type(posts, list)]
    token = meta.get("next_token") if isinstance(meta, dict) else None
    cursor = token if isinstance(token, str) and not data.get("errors") else ""
    return Page(entries, cursor, bool(token or data.get("errors")), answer.headers)


def mask_links(text: str) -> str:
    """`text` with a placeholder for everything in it that X makes a link."""
    text = unicodedata.normalize("NFC", text)
    for start, end in reversed(list(find_shortened_links(text))):
        text = text[:start] + _LINK_PLACEHOLDER + text[end:]
    return text


def _parse_tweet(post: dict[str, Any]) -> Entry[Tweet]:
    posted_at = parse_instant(post["created_at"])
    text, entities = _full_text(post)
    known = [url for url in get_list(entities, "urls") if get_text(url, "url")]
    for url in known:
        if url.get("media_key") or _PICTURE_LINK.match(str(url.get("expanded_url"))):
            text = re.sub(rf"\s*{re.escape(url['url'])}(?!\w)", "", text)
    text = _unescape_markup(text)
    spelt = {url["url"]: str(url.get("expanded_url") or url["url"]) for url in known}
    number = require_type(post["id"], str)
    tweet = Tweet(
        number,
        _SHORT_LINK.sub(lambda match: spelt.get(match[0], match[0]), text),
        _SHORT_LINK.sub(_LINK_PLACEHOLDER, text),
    )
    return Entry(number, posted_at, tweet)


def _full_text(post: dict[str, Any]) -> tuple[str, object]:
    """Text and entities; those of the long form where the short one is cut."""
    for name in ("note_post", "note_tweet"):
        if text := get_text(post, name, "text"):
            return text, get_value(post, name, "entities") or post.get("entities")
    return require_type(post["text"], str), post.get("entities")


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
