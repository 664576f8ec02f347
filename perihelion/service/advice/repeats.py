"""Advice about events that say or are the same. Pure."""

from __future__ import annotations

from collections import defaultdict
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from perihelion.model.advice_codes import AdviceCode
from perihelion.service.advice.finding import advise
from perihelion.service.local_faults import locate_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from perihelion.model.missions import Event
    from perihelion.service.advice.finding import Advice

NEARLY_SAME = 0.85
"""How alike two titles of one day are at least when both tell the same, from 0 to 1."""


def find_twins(events: Iterable[Event]) -> Iterator[Advice]:
    """Events of one day, told at the later one, that share a title, or an instant and a kind."""
    by_day: defaultdict[date, list[Event]] = defaultdict(list)
    for event in events:
        by_day[event.moment.day].append(event)
    for day in by_day.values():
        for number, event in enumerate(day):
            twin = next((one for one in day[:number] if _are_twins(one, event)), None)
            if twin:
                message = f"looks the same as {_name(twin)}; keep one of them"
                yield advise(event, AdviceCode.TWIN, message)


def find_repeated_texts(events: Iterable[Event]) -> Iterator[Advice]:
    """Each text that stands in an event before."""
    seen: dict[str, Event] = {}
    for event in events:
        for text in filter(None, (event.text, *(one.text for one in event.texts))):
            first = seen.setdefault(text.casefold(), event)
            if first is not event:
                message = f"has a text of {_name(first)}; say something of its own"
                yield advise(event, AdviceCode.REPEATED_TEXT, message)


def _name(event: Event) -> str:
    return f"{event.full_id} ({locate_event(event)})"


def _are_twins(first: Event, second: Event) -> bool:
    instant = first.moment.instant
    if instant and instant == second.moment.instant and first.kind == second.kind:
        return True
    matcher = SequenceMatcher(None, first.title.casefold(), second.title.casefold())
    return min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= NEARLY_SAME <= matcher.ratio()
