"""The pictures of a post: whether they fit, and how long their upload may take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from perihelion.compose.picture_files import find_first_picture_problem
from perihelion.compose.text_length import measure_against_limit
from perihelion.model.errors import LocalFault, NotSent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from perihelion.model.posts import Limits, Media, Post

Item = TypeVar("Item")
Uploaded = TypeVar("Uploaded")

MAX_UPLOAD_SECONDS = 30.0
"""Seconds after which no further upload is started: each may take a minute."""
MAX_SECONDS_BEFORE_POST = 60.0
"""Seconds after which the post is no longer sent. Half of the usual lease is gone by then, and the
post has to arrive before another worker may take the delivery over."""


def require_fit(post: Post, limits: Limits) -> None:
    """Raise LocalFault for a text, alt text or picture that the network would refuse.

    It can be corrected here, so that the post waits. A picture that is uploaded need not fit:
    `fit_picture` makes it.
    """
    require_text_fit(post, limits)
    try:
        "".join(one.alt for one in post.pictures).encode()
    except UnicodeEncodeError as error:
        raise LocalFault("an alt text is not valid Unicode") from error
    if len(post.pictures) > limits.pictures:
        raise LocalFault(f"the post has {len(post.pictures)} of {limits.pictures} pictures")
    for picture in post.pictures:
        _require_picture_fit(picture, limits)


def require_text_fit(post: Post, limits: Limits) -> None:
    """Raise LocalFault for a text that the network would refuse; for edits, which send no picture.

    Of a post with pictures, it is their caption.
    """
    count, limit = measure_against_limit(post.text, limits, with_picture=bool(post.pictures))
    if count > limit:
        raise LocalFault(f"the text counts {count} of {limit}; make its template shorter")
    try:
        post.text.encode()
    except UnicodeEncodeError as error:
        raise LocalFault("the text is not valid Unicode") from error


def _require_picture_fit(picture: Media, limits: Limits) -> None:
    if len(picture.alt) > limits.alt_length:
        raise LocalFault(
            f"the alt text of {picture.name} counts {len(picture.alt)} of {limits.alt_length}"
        )
    problem = find_first_picture_problem([picture])
    if problem:
        raise LocalFault(problem)
    if limits.fetches_pictures:
        _require_file_fit(picture, limits)


def _require_file_fit(picture: Media, limits: Limits) -> None:
    """Raise LocalFault for a file that its network will fetch as it is, and refuse."""
    from perihelion.networks.shared.picture_facts import (  # noqa: PLC0415 - few networks fetch pictures
        find_refused_problems,
        find_shape_problems,
    )
    from perihelion.networks.shared.picture_fitting import read_picture_file  # noqa: PLC0415 - as above

    facts = read_picture_file(picture).facts
    problems = (*find_shape_problems(facts, limits), *find_refused_problems(facts, limits))
    if problems:
        raise LocalFault(f"the picture {picture.name} {problems[0]}")


def upload_in_turn(
    pictures: Iterable[Item],
    upload: Callable[[Item], Uploaded],
    monotonic: Callable[[], float] = time.monotonic,
) -> list[Uploaded]:
    """The result of `upload` for each picture, in order; the first failure ends it.

    Raises NotSent if all of them together take too long. `monotonic` gives seconds.
    """
    started, uploaded = monotonic(), list[Uploaded]()

    def require_within(seconds: float) -> None:
        if monotonic() - started > seconds:
            text = f"{len(uploaded)} of the pictures took more than {seconds:g} seconds to upload"
            raise NotSent(f"{text}; make their files smaller")

    for picture in pictures:
        require_within(MAX_UPLOAD_SECONDS)
        uploaded.append(upload(picture))
    require_within(MAX_SECONDS_BEFORE_POST)
    return uploaded
