"""Which anniversaries of an account belong together: a mission's on one day, a story's parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perihelion.model.anniversaries import DueAnniversary


def join_threads(dues: Iterable[DueAnniversary]) -> Iterator[DueAnniversary]:
    """These posts, each with its thread if it has one, and followed by the parts of its story.

    The parts are due with the first one. Without that one there are none.
    """
    for due in dues:
        joined = replace(due, thread=due.thread or _name_thread(due))
        yield joined
        if due.is_chosen and not due.anniversary.is_replay:
            for number, _text in enumerate(due.anniversary.event.parts, start=2):
                yield replace(joined, anniversary=replace(due.anniversary, part=number))


def _name_thread(due: DueAnniversary) -> str:
    seen = due.anniversary
    if seen.event.mission.has_day_threads:
        return f"{seen.event.mission.id}:{seen.day}"
    return f"{seen.event.full_id}:{seen.count}-{seen.unit}" if seen.event.parts else ""
