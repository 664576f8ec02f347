"""A post as a record of app.bsky.feed.post, and its record key. Pure.

Rules and limits are those of the lexicons app.bsky.feed.post and app.bsky.richtext.facet, and of
the TID and URI syntax of the AT Protocol.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from perihelion.compose.entities import find_hashtags, find_links
from perihelion.compose.text_length import fits_limits
from perihelion.model.posts import Counting, Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.compose.entities import Span
    from perihelion.model.posts import Post

COLLECTION = "app.bsky.feed.post"

_TID_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TAG_LIMITS = Limits(length=64, counting=Counting.GRAPHEMES, max_bytes=640)
_MAX_URI_LENGTH = 8192
_POST_ADDRESS = re.compile(
    r"(?:at://|https://bsky\.app/profile/)([^/?#]+)/(?:app\.bsky\.feed\.post|post)/([^/?#]+)"
)


def record_key(token: str) -> str:
    """The record key of the delivery with `token` (hexadecimal): a TID from its last 60 bits.

    It begins with 2, which stands for a time before September 2005, so that it cannot equal a key
    that another client of the account makes by its clock.
    """
    bits = int(token, 16)
    return "2" + "".join(_TID_DIGITS[bits >> shift & 31] for shift in range(55, -1, -5))


def post_uri(did: str, key: str) -> str:
    """The address of the account's post with that key, which is the id of its receipt."""
    return f"at://{did}/{COLLECTION}/{key}"


def post_url(did: str, key: str) -> str:
    """The post's page, by DID, because a handle may change."""
    return f"https://bsky.app/profile/{did}/post/{key}"


def parse_post_address(receipt_id: str) -> tuple[str, str] | None:
    """Repository and record key in a post's at:// address, or in the URL that a person gave."""
    found = _POST_ADDRESS.fullmatch(receipt_id)
    return (found[1], found[2]) if found else None


def make_record(
    post: Post, *, embed: dict[str, Any] | None = None, reply: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The record; the same for equal arguments."""
    record: dict[str, Any] = {
        "$type": COLLECTION,
        "text": post.text,
        "createdAt": post.created_at,
        "langs": [post.language],
    }
    marked = make_facets(post.text)
    added = {"facets": marked, "embed": embed, "reply": reply}
    return record | {name: value for name, value in added.items() if value}


def make_facets(text: str) -> list[dict[str, Any]]:
    """Links and hashtags, by the bytes of `text` in UTF-8, in order.

    Mentions stay plain text: an anniversary should notify nobody.
    """
    features = sorted([*_link_features(text), *_tag_features(text)], key=lambda one: one[0].start)
    if not features:
        return []
    offset = [0, *accumulate(len(character.encode()) for character in text)]
    return [
        {
            "index": {"byteStart": offset[span.start], "byteEnd": offset[span.end]},
            "features": [feature],
        }
        for span, feature in features
    ]


def make_link_card(post: Post, thumbnail: dict[str, Any] | None = None) -> dict[str, Any]:
    """A card for the first link of the text; empty without one.

    It has the title of what the link leads to, or its host, and tells of the event. A `thumbnail`
    is the blob of the post's picture, whose alt text the card then says: it has no place for one.
    """
    for span, link in _link_features(post.text):
        external: dict[str, Any] = {
            "uri": link["uri"],
            "title": post.link_title or urlsplit(span.value).hostname or link["uri"],
            "description": post.pictures[0].alt if thumbnail else post.title,
        }
        if thumbnail:
            external["thumb"] = thumbnail
        return {"$type": "app.bsky.embed.external", "external": external}
    return {}


def make_image(blob: dict[str, Any], alt: str, width: int, height: int) -> dict[str, Any]:
    """A picture; clients show its shape, by width and height, before it is loaded."""
    return {"image": blob, "alt": alt, "aspectRatio": {"width": width, "height": height}}


def make_images_embed(pictures: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A post's pictures, in the order in which they are shown."""
    return {"$type": "app.bsky.embed.images", "images": list(pictures)}


def _link_features(text: str) -> Iterator[tuple[Span, dict[str, Any]]]:
    for span in find_links(text):
        uri = _encode_uri(span.value)
        if uri:
            yield span, {"$type": "app.bsky.richtext.facet#link", "uri": uri}


def _tag_features(text: str) -> Iterator[tuple[Span, dict[str, Any]]]:
    for span in find_hashtags(text):
        if fits_limits(span.value, _TAG_LIMITS, with_picture=False):
            yield span, {"$type": "app.bsky.richtext.facet#tag", "tag": span.value}


def _encode_uri(link: str) -> str:
    """`link` in ASCII, as a client would request it; empty if it cannot be requested."""
    request = requests.PreparedRequest()
    try:
        request.prepare_url(link, None)
    except (ValueError, requests.RequestException):
        return ""
    uri = request.url or ""
    return uri if uri.isascii() and len(uri) <= _MAX_URI_LENGTH else ""
