"""Several pictures of one post, uploaded one after the other before the post is made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from perihelion.model.errors import NotSent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

One = TypeVar("One")
Made = TypeVar("Made")

TOGETHER = 30.0
"""Seconds after which no further picture is begun: each may take a minute."""

LATEST = 60.0
"""Seconds after which the post itself no longer leaves: it would have to arrive before another
worker takes its delivery over, and half of the usual lease is gone."""


def in_turn(
    pictures: Iterable[One],
    upload: Callable[[One], Made],
    steady: Callable[[], float] = time.monotonic,
) -> list[Made]:
    """What `upload` makes of each picture, in order; the first failure ends it.

    Raises NotSent where they take too long together. `steady` tells steady seconds.
    """
    begun, made = steady(), list[Made]()

    def demand(seconds: float) -> None:
        if steady() - begun > seconds:
            text = f"{len(made)} of the pictures took more than {seconds:g} seconds to upload"
            raise NotSent(f"{text}; make their files smaller")

    for picture in pictures:
        demand(TOGETHER)
        made.append(upload(picture))
    demand(LATEST)
    return made
