"""Times with a distance between them: what is moved so that no two posts come too close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WHOLE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A span in which no post may be placed; it may be placed at either end."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Room:
    """Where posts may be placed: from `first` to `last`, both included, but in nothing `blocked`.

    All instants are UTC.
    """

    first: datetime
    last: datetime
    blocked: tuple[Blocked, ...] = ()


def arrange_times(wanted: Sequence[datetime], spacing: timedelta, room: Room) -> list[datetime]:
    """A time for each of the `wanted` ones, in their order, at least `spacing` apart.

    Each is put off until there is room; what does not fit before the end is moved forward
    from there. Where the whole room is too small, the times are spread evenly over it.
    """
    if not wanted:
        return []
    times = list(_put_off(wanted, spacing, room))
    if times[-1] > room.last:
        times = list(_bring_forward(times, spacing, room))
    return times if times[0] >= room.first else _spread_evenly(len(wanted), room)


def _put_off(wanted: Sequence[datetime], spacing: timedelta, room: Room) -> Iterator[datetime]:
    earliest = room.first
    blocked = sorted(room.blocked, key=lambda one: one.begins)
    for time in wanted:
        placed = max(time, earliest)
        for one in blocked:
            if one.begins < placed < one.ends:
                placed = one.ends
        yield placed
        earliest = placed + spacing


def _bring_forward(times: Sequence[datetime], spacing: timedelta, room: Room) -> Iterator[datetime]:
    latest = room.last
    blocked = sorted(room.blocked, key=lambda one: one.ends, reverse=True)
    placed = []
    for time in reversed(times):
        at = min(time, latest)
        for one in blocked:
            if one.begins < at < one.ends:
                at = one.begins
        placed.append(at)
        latest = at - spacing
    return reversed(placed)


def _spread_evenly(count: int, room: Room) -> list[datetime]:
    step = (room.last - room.first) / count // WHOLE_SECOND * WHOLE_SECOND
    return [room.first + number * step for number in range(count)]
