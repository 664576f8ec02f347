"""Deliveries that wait until something on this machine is repaired: nothing of them has left."""

from __future__ import annotations

from datetime import timedelta

REPAIR_PAUSE = timedelta(seconds=30)
"""How long a delivery waits before it is looked at whether the fault has been repaired."""

_PREFIX = "needs repair: "


def format_repair_reason(problem: str) -> str:
    """The reason of a delivery that waits because of `problem`: a template, a picture, a folder."""
    return f"{_PREFIX}{problem}"


def is_repair_reason(reason: str) -> bool:
    """Whether a delivery with this reason waits for a repair."""
    return reason.startswith(_PREFIX)
