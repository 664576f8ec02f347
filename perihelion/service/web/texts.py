"""An event's words in a page's language, or in its own where it was not translated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perihelion.model.missions import Event


@dataclass(frozen=True, slots=True)
class EventText:
    """The words of an event, all in `language`."""

    language: str
    title: str
    text: str
    alts: tuple[str, ...]


def choose_event_text(event: Event, language: str, own_language: str) -> EventText:
    """The event's words in `language` if they are complete, else in the schedule's own."""
    alts = tuple(one.alt for one in event.pictures)
    translated = dict(event.translations).get(language)
    if translated is None or not translated.title or bool(event.text) > bool(translated.text):
        return EventText(own_language, event.title, event.text, alts)
    is_described = len(translated.alts) == len(alts) and all(translated.alts)
    shown = translated.alts if is_described else alts
    return EventText(language, translated.title, translated.text, shown)
