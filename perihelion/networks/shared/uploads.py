"""Several pictures of one post, uploaded one after the other before the post is made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from perihelion.model.errors import NotSent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Item = TypeVar("Item")
Uploaded = TypeVar("Uploaded")

MAX_UPLOAD_SECONDS = 30.0
"""Seconds after which no further picture is begun: each may take a minute."""

MAX_SECONDS_BEFORE_POST = 60.0
"""Seconds after which the post itself no longer leaves: it would have to arrive before another
worker takes its delivery over, and half of the usual lease is gone."""


def upload_in_turn(
    pictures: Iterable[Item],
    upload: Callable[[Item], Uploaded],
    monotonic: Callable[[], float] = time.monotonic,
) -> list[Uploaded]:
    """What `upload` makes of each picture, in order; the first failure ends it.

    Raises NotSent where they take too long together. `steady` tells steady seconds.
    """
    begun, made = monotonic(), list[Uploaded]()

    def require_within(seconds: float) -> None:
        if monotonic() - begun > seconds:
            text = f"{len(made)} of the pictures took more than {seconds:g} seconds to upload"
            raise NotSent(f"{text}; make their files smaller")

    for picture in pictures:
        require_within(MAX_UPLOAD_SECONDS)
        made.append(upload(picture))
    require_within(MAX_SECONDS_BEFORE_POST)
    return made
