"""The last look before a request: whether the network takes this post at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from perihelion.compose.text_length import measure_against_limit
from perihelion.model.errors import Rejected

if TYPE_CHECKING:
    from perihelion.model.posts import Limits, Media, Post


def require_fit(post: Post, limits: Limits) -> None:
    """Raise Rejected for a text, alt text or picture that the network would refuse."""
    count, limit = measure_against_limit(post.text, limits, with_picture=bool(post.pictures))
    if count > limit:
        raise Rejected(f"the text counts {count} of {limit}; make its template shorter")
    try:
        "".join((post.text, *(one.alt for one in post.pictures))).encode()
    except UnicodeEncodeError as error:
        raise Rejected("the text is no valid Unicode") from error
    if len(post.pictures) > limits.pictures:
        raise Rejected(f"the post has {len(post.pictures)} of {limits.pictures} pictures")
    for picture in post.pictures:
        _require_picture_fit(picture, limits)


def _require_picture_fit(picture: Media, limits: Limits) -> None:
    if len(picture.alt) > limits.alt_length:
        raise Rejected(
            f"the alt text of {picture.file} counts {len(picture.alt)} of {limits.alt_length}"
        )
    path = Path(picture.file)
    if not path.is_file():
        raise Rejected(f"the picture {path} is not there")
    if path.stat().st_size > limits.picture_bytes:
        raise Rejected(f"the picture {path} has more than {limits.picture_bytes} bytes")
