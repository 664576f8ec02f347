"""The length of a text as each network counts it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import regex

from perihelion.compose.emoji import EMOJI
from perihelion.compose.entities import find_links
from perihelion.compose.twitter_text import has_known_domain, weighted_length
from perihelion.model.posts import Counting

if TYPE_CHECKING:
    from collections.abc import Callable

    from perihelion.model.posts import Limits

_CLUSTER = regex.compile(r"\X")
_MAYBE_CLUSTER = re.compile(r"[^\x00-\x0C\x0E-\u02FF\u2010-\u2027]")
"""Before the first combining mark nothing joins its neighbour but CR and LF: most texts need only
this look."""
_URL_HOST = regex.compile(r"https?://(?:[^/?#@]*@)?([^/?#:]*)", regex.IGNORECASE)
_MENTION = regex.compile(
    r"(?<![=/\p{L}\p{N}_])(@[a-z0-9_]+(?:[.\-]+[a-z0-9_]+)*)@[\p{L}\p{N}_.\-]*[\p{L}\p{N}_]",
    regex.IGNORECASE,
)


def measure_length(text: str, limits: Limits) -> int:
    """How long the network of `limits` takes `text` to be, in the units of `limits.counting`."""
    if limits.url_length is not None:
        text = _substitute_counted_text(text, limits.url_length)
    return _COUNTERS[limits.counting](text)


def fits_limits(text: str, limits: Limits, *, with_picture: bool) -> bool:
    """Whether the network takes `text`, alone or beside a picture."""
    count, limit = measure_against_limit(text, limits, with_picture=with_picture)
    return count <= limit


def measure_against_limit(text: str, limits: Limits, *, with_picture: bool) -> tuple[int, int]:
    """The length that decides and its limit: of the network's units, or UTF-8 bytes if exceeded."""
    count, limit = measure_length(text, limits), limits.length_for(with_picture=with_picture)
    if count <= limit and limits.max_bytes is not None:
        size = len(_encode_utf8(text))
        if size > limits.max_bytes:
            return size, limits.max_bytes
    return count, limit


def _substitute_counted_text(text: str, url_length: int) -> str:
    """What Mastodon counts instead of `text`: links are `url_length` long, @user@host is @user.

    A link is one to it only if its host ends in a name of the root zone.
    """
    parts, done = [], 0
    for start, end, url in find_links(text):
        host = _URL_HOST.match(url)
        if host and has_known_domain(host[1]):
            parts += [strip_mention_hosts(text[done:start]), url_length * "x"]
            done = end
    return "".join((*parts, strip_mention_hosts(text[done:])))


def strip_mention_hosts(text: str) -> str:
    """`text` with @user for every @user@host, as Mastodon counts and shows it."""
    return _MENTION.sub(r"\1", text) if "@" in text else text


def _count_graphemes(text: str) -> int:
    if not _MAYBE_CLUSTER.search(text):
        return len(text)
    return len(_CLUSTER.findall(text))


def _count_utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _count_threads_length(text: str) -> int:
    """Code points, but the UTF-8 bytes of an emoji: the measure Threads states for its 500."""
    if text.isascii():
        return len(text)
    extra = (len(_encode_utf8(emoji)) - len(emoji) for emoji in EMOJI.findall(text))
    return len(text) + sum(extra)


def _encode_utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


_COUNTERS: dict[Counting, Callable[[str], int]] = {
    Counting.CODEPOINTS: len,
    Counting.GRAPHEMES: _count_graphemes,
    Counting.WEIGHTED: weighted_length,
    Counting.UTF16: _count_utf16_units,
    Counting.THREADS: _count_threads_length,
}
