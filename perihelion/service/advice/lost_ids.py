"""Advice about events whose ids are no longer what they were. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perihelion.model.advice_codes import AdviceCode
from perihelion.service.advice.finding import advise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from perihelion.model.missions import Event
    from perihelion.service.advice.finding import Advice


def find_lost_ids(
    before: Iterable[Event], events: Sequence[Event], revision: str
) -> Iterator[Advice]:
    """Each event of `before`, the schedule at `revision`, that has another id now, or is gone.

    One that is gone is told at the first event of its mission; not at all if that is gone too.
    """
    earlier = {event.full_id: event for event in before}
    known = {event.full_id for event in events}
    new = [event for event in events if event.full_id not in earlier]
    firsts: dict[str, Event] = {}
    for event in events:
        firsts.setdefault(event.mission.id, event)
    for full_id, lost in earlier.items():
        if full_id in known:
            continue
        renamed = next((one for one in new if _is_same(one, lost)), None)
        if renamed:
            message = (
                f"its id was `{full_id}` at {revision}; under another id it counts as another "
                "event, which may be posted again: give it its id back"
            )
            yield advise(renamed, AdviceCode.LOST_ID, message, "id")
        elif lost.mission.id in firsts:
            message = (
                f"`{full_id}` was in its mission at {revision} and is gone, so what was promised "
                "of it is skipped; put it back unless that is meant"
            )
            yield advise(firsts[lost.mission.id], AdviceCode.LOST_ID, message)


def _is_same(new: Event, lost: Event) -> bool:
    """Whether the two agree in two of: day and kind, instant, title, text."""
    agree = (
        (new.moment.day, new.kind) == (lost.moment.day, lost.kind),
        bool(lost.moment.instant) and new.moment.instant == lost.moment.instant,
        new.title == lost.title,
        bool(lost.text) and new.text == lost.text,
    )
    return sum(agree) > 1
